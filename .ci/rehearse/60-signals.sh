#!/usr/bin/env bash
# Signals to PID 1: the program is the container's first process and has to end by itself, with its outputs written.
set -euo pipefail
source .ci/lib.sh
trap stop_serving EXIT

for target in ci slim; do
  for signal in SIGINT:130 SIGTERM:143; do
    serve github 1
    files=$(mktemp -d "$WORK/signals.XXXX")
    : >"$files/output"
    : >"$files/summary"
    chmod -R a+rwX "$files" # slim does not run as root
    mapfile -t variables < <(printf -- '-e\n%s\n' "${SERVED[@]}")
    name="signals-$target-${signal#*:}"
    podman run -d --name "$name" --network host -v "$files:$files" -v "$TRUST:$TRUST:ro" "${variables[@]}" \
      -e GITHUB_ACTIONS=true -e GITHUB_OUTPUT="$files/output" -e GITHUB_STEP_SUMMARY="$files/summary" \
      --entrypoint /usr/local/bin/publish-offer "$IMAGE:$target"
    for _ in {1..100}; do
      grep -q '^status' "$files/output" && break
      sleep 0.1
    done
    node .ci/node/outputs.mjs "$files/output" | grep -F '"running"' || die "no early outputs within 10 s"
    began=$(date +%s%N)
    podman kill --signal "${signal%:*}" "$name"
    code=$(podman wait "$name")
    took=$((($(date +%s%N) - began) / 1000000))
    podman logs "$name"
    podman rm "$name"
    stop_serving
    same "$target, $signal: exit code" "$code" "${signal#*:}"
    [ "$took" -lt 5000 ] || die "$target, $signal: the end took $took ms"
    node .ci/node/outputs.mjs "$files/output" | grep -F '"elapsed-seconds"' || die "no final outputs after $signal"
    node .ci/node/judge.mjs "$EMULATOR_REPORT" publish=1
  done
done
proven "podman $(podman --version | cut -d' ' -f3): SIGINT ends PID 1 with 130 and SIGTERM with 143, both images, within 5 s, outputs written, the operation left alone"
