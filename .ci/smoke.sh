#!/usr/bin/env bash
# Publishes once with an image, as GitHub's runner runs a container action
# (https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/ContainerActionHandler.cs), against the emulator.
#
#   .ci/smoke.sh ENGINE IMAGE      ENGINE is docker or podman
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=.ci/lib.sh
source .ci/lib.sh
engine=$1 image=$2
if [ -z "${WORK-}" ]; then
  open_work
  trap 'stop_serving; close_work' EXIT
  exec 3>&1
  go build -o "$WORK/bin/demo" ./internal/demo
else
  trap stop_serving EXIT
fi

serve github 600
world=$(mktemp -d "$WORK/github.XXXX")
mkdir "$world"/{home,workflow,file_commands,workspace,runner_temp}
# As on a hosted machine: the files belong to the runner's user, and only root may write them from inside.
for name in output state env path step_summary; do : >"$world/file_commands/$name"; done
[ "$(id -u)" -ne 0 ] || chown -R 1001:1001 "$world"

# Every declared input is there, empty when it was not given; hyphens stay; an input may have several lines.
mapfile -t inputs < <(sed -n '/^# inputs/,/^# end inputs/s/^  \([a-z-]*\):$/\1/p' action.yml)
[ ${#inputs[@]} -ge 15 ] || die "action.yml: only ${#inputs[@]} inputs found"
variables=()
for input in "${inputs[@]}"; do
  case $input in
    publisher-id) value=$(served PUBLISH_OFFER_PUBLISHER_ID) ;;
    offer-id) value=$(served PUBLISH_OFFER_OFFER_ID) ;;
    tenant-id) value=$(served AZURE_TENANT_ID) ;;
    client-id) value=$(served AZURE_CLIENT_ID) ;;
    notification-emails) value=$'ann@example.com\nbob@example.com' ;;
    poll-interval) value=50ms ;;
    max-poll-interval) value=250ms ;;
    *) value= ;;
  esac
  variables+=("INPUT_${input^^}=$value")
done
variables+=(GITHUB_ACTIONS=true CI=true HOME=/github/home RUNNER_OS=Linux RUNNER_TEMP=/github/runner_temp
  GITHUB_WORKSPACE=/github/workspace GITHUB_REPOSITORY=contoso/app GITHUB_RUN_ID=1 GITHUB_SERVER_URL=https://github.com
  GITHUB_OUTPUT=/github/file_commands/output GITHUB_STATE=/github/file_commands/state
  GITHUB_ENV=/github/file_commands/env GITHUB_PATH=/github/file_commands/path
  GITHUB_STEP_SUMMARY=/github/file_commands/step_summary)
for name in MARKETPLACE_ENDPOINT AZURE_AUTHORITY_HOST SSL_CERT_FILE ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_ID_TOKEN_REQUEST_TOKEN; do
  variables+=("$name=$(served "$name")")
done
by_name=()
for variable in "${variables[@]}"; do by_name+=(-e "${variable%%=*}"); done

entrypoint=$(sed -n 's/^  entrypoint: //p' action.yml)
env "${variables[@]}" "$engine" run --rm --network host --workdir /github/workspace "${by_name[@]}" \
  -v "$world/home:/github/home" -v "$world/workflow:/github/workflow" -v "$world/file_commands:/github/file_commands" \
  -v "$world/workspace:/github/workspace" -v "$world/runner_temp:/github/runner_temp" -v "$TRUST:$TRUST:ro" \
  --entrypoint "$entrypoint" "$image" | tee "$world/log"
stop_serving

grep -q '^::add-mask::' "$world/log" || die "the log masks nothing"
[ -s "$world/file_commands/step_summary" ] || die "no summary was written"
[ -z "$(find "$world/workspace" -mindepth 1)" ] || die "the workspace was written to"
node .ci/node/outputs.mjs "$world/file_commands/output" >"$world/outputs.json"
cat "$world/outputs.json" "$EMULATOR_REPORT"
node .ci/node/judge.mjs "$EMULATOR_REPORT" publish=1 offer=waitingForPublisherReview \
  outputs="$world/outputs.json" status=waitingForPublisherReview
