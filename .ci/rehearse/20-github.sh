#!/usr/bin/env bash
# The image as GitHub's runner runs it. The reader of outputs and the emulator's id-token endpoint are held against
# GitHub's own toolkit first.
set -euo pipefail
source .ci/lib.sh
trap stop_serving EXIT

serve github 1
env "${SERVED[@]}" NODE_EXTRA_CA_CERTS="$TRUST" node "$WORK/node/github.mjs"
stop_serving

.ci/smoke.sh podman "$IMAGE:ci"
proven "podman $(podman --version | cut -d' ' -f3), @actions/core $(version_of @actions/core): the image publishes once with the runner's environment and mounts," \
  "the entry point of action.yml and files of another user; its outputs parse by the runner's grammar"
