#!/usr/bin/env bash
# A runner that hands its shell to the image must not see a green job: the words of the shell are no command.
set -euo pipefail
source .ci/lib.sh

refused() {
  local code=0
  "$@" || code=$?
  same "$*: exit code" "$code" 2
}
# Nothing else is wrong: every required input is there.
inputs=(-e PUBLISH_OFFER_PUBLISHER_ID=contoso -e PUBLISH_OFFER_OFFER_ID=contoso-offer
  -e AZURE_TENANT_ID=11111111-2222-3333-4444-555555555555 -e AZURE_CLIENT_ID=11111111-2222-3333-4444-555555555555)
refused podman run --rm "${inputs[@]}" "$IMAGE:slim" sh -c true
refused podman run --rm "${inputs[@]}" "$IMAGE:slim" bash -c "'/node' --version"
refused podman run --rm "${inputs[@]}" "$IMAGE:slim" publish sh -c true
refused podman run --rm "${inputs[@]}" -i "$IMAGE:slim" sh </dev/null
refused podman run --rm "${inputs[@]}" --entrypoint /usr/local/bin/publish-offer "$IMAGE:ci" sh -c true
# The image for CI has no entry point in the way: its shell is the job's shell.
podman run --rm "$IMAGE:ci" sh -c 'command -v publish-offer'
podman run --rm "$IMAGE:ci" bash -c 'command -v grep'
proven "podman $(podman --version | cut -d' ' -f3): slim refuses a shell's words with exit 2; ci runs the shell itself"
