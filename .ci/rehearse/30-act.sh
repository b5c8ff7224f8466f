#!/usr/bin/env bash
# The workflows that users copy, run by act, with the action as a release has it: an image instead of the Dockerfile.
set -euo pipefail
source .ci/lib.sh

socket="$WORK/podman.sock"
podman system service --time=0 "unix://$socket" &
service=$!
trap 'stop_serving; kill "$service" 2>/dev/null || true' EXIT
export DOCKER_HOST="unix://$socket"

mkdir "$WORK/action"
cp action.yml "$WORK/action/"
.ci/pin-image.sh "$IMAGE:ci" "$WORK/action/action.yml"
forced "OWNER/publish-offer@v1 is action.yml with image: docker://$IMAGE:ci"
forced "PUBLISH_OFFER_POLL_INTERVAL=50ms PUBLISH_OFFER_MAX_POLL_INTERVAL=250ms (act: --env)"

# The runner's gh, as GitHub's API answers for the environment; gh_says holds which answer.
mkdir "$WORK/gh"
cat >"$WORK/gh/gh" <<GH
#!/bin/sh
case "\$*" in "api repos/"*"/environments/marketplace-live --jq .protection_rules[].type") ;; *) exit 9 ;; esac
case \$(cat "$WORK/gh/says") in
  reviewers) printf 'branch_policy\nrequired_reviewers\n' ;;
  nobody) printf 'branch_policy\n' ;;
  missing) echo 'gh: Not Found (HTTP 404)' >&2; exit 1 ;;
  forbidden) echo 'gh: Resource not accessible by integration (HTTP 403)' >&2; exit 1 ;;
esac
GH
chmod +x "$WORK/gh/gh"
forced "gh is a script that answers for GitHub's API"

# run EVENT FILE [ARGUMENT…]: in a folder of its own, since act takes it for the checkout.
run() {
  local event=$1 file=$2 home
  shift 2
  home=$(mktemp -d "$WORK/act.XXXX")
  git -C "$home" init -q -b main
  git -C "$home" -c user.name=rehearsal -c user.email=rehearsal@example.com commit -q --allow-empty -m rehearsal
  local pairs=() pair
  for pair in "${SERVED[@]}"; do
    case $pair in
      AZURE_TENANT_ID=* | AZURE_CLIENT_ID=*) pairs+=(--var "$pair") ;;
      PUBLISH_OFFER_*) ;; # the workflow says them
      *) pairs+=(--env "$pair") ;;
    esac
  done
  (cd "$home" && PATH="$WORK/gh:$PATH" XDG_CACHE_HOME="$WORK/cache" "$WORK/bin/act" "$event" -W "$file" -P ubuntu-latest=-self-hosted \
    --no-cache-server --pull=false --container-daemon-socket - --action-cache-path "$WORK/cache/actions" \
    --container-options "-v $WORK:$WORK --network host" --local-repository "OWNER/publish-offer@v1=$WORK/action" \
    --env PUBLISH_OFFER_POLL_INTERVAL=50ms --env PUBLISH_OFFER_MAX_POLL_INTERVAL=250ms "${pairs[@]}" "$@")
}
# act does not know concurrency.queue yet, and has no queue.
pipelines="$WORK/pipelines"
cp -r testdata/pipelines/github "$pipelines"
sed -i '/^ *queue: max$/d' "$pipelines"/*.yml
forced "concurrency.queue is left out"
judge() { node .ci/node/judge.mjs "$EMULATOR_REPORT" "$@"; }

serve github 600
run push "$pipelines/publish-on-tag.yml" | tee "$WORK/log/act-tag"
grep -F 'status: waitingForPublisherReview' "$WORK/log/act-tag" || die "the report job did not get the status"
stop_serving
judge publish=1 offer=waitingForPublisherReview

echo reviewers >"$WORK/gh/says"
serve github 600
run workflow_dispatch "$pipelines/publish-approve-golive.yml" | tee "$WORK/log/act-golive"
stop_serving
judge publish=1 golive=1 offer=succeeded

# Nobody who would approve: nothing is published.
for says in nobody missing; do
  echo "$says" >"$WORK/gh/says"
  serve github 600
  run workflow_dispatch "$pipelines/publish-approve-golive.yml" >"$WORK/log/act-unprotected" 2>&1 && die "it publishes although nobody would approve: $says"
  cat "$WORK/log/act-unprotected"
  stop_serving
  judge
done
echo forbidden >"$WORK/gh/says" # not known: it says so and goes on

# The first job runs out of time and fails; the second carries on from its outputs, and the third goes live.
forced "PUBLISH_OFFER_TIMEOUT=4s, for a publish of 5 s (act: --env)"
serve github 600 'golive 5m'
run workflow_dispatch "$pipelines/publish-approve-golive.yml" --env PUBLISH_OFFER_TIMEOUT=4s >"$WORK/log/act-resumed" 2>&1 &&
  die "a publish that ran out of time is called a success"
cat "$WORK/log/act-resumed"
grep -F 'could not see whether' "$WORK/log/act-resumed" || die "it does not say that the approval is unknown"
stop_serving
judge publish=1 golive=1 offer=succeeded

serve github 600
run push "$pipelines/start-now-resume-later.yml"
run schedule "$pipelines/start-now-resume-later.yml" | tee "$WORK/log/act-schedule"
stop_serving
judge publish=1 offer=waitingForPublisherReview

# By hand: the set-up, a look, the operation of the run above, and go-live with it.
serve github 600
run push "$pipelines/publish-on-tag.yml" | tee "$WORK/log/act-operate"
operation=$(sed -n 's/.*| operation: \(\/api\/.*\)$/\1/p' "$WORK/log/act-operate" | tail -1)
[ -n "$operation" ] || die "the report job shows no operation"
run workflow_dispatch "$pipelines/operate.yml" --input command=doctor
run workflow_dispatch "$pipelines/operate.yml" --input command=status
run workflow_dispatch "$pipelines/operate.yml" --input command=wait --input "operation=$operation" --input until=preview
run workflow_dispatch "$pipelines/operate.yml" --input command=go-live --input "operation=$operation"
run workflow_dispatch "$pipelines/operate.yml" --input command=cancel
stop_serving
judge publish=1 golive=1 offer=succeeded

# A step that fails fails the job: the same with an offer that does not exist.
serve github 600 'names fabrikam other-offer'
if run push "$pipelines/publish-on-tag.yml" >"$WORK/log/act-failed" 2>&1; then
  cat "$WORK/log/act-failed"
  die "act calls a refused publish a success"
fi
grep -F 'result: failure' "$WORK/log/act-failed" || die "the report job did not run after the failure"
stop_serving
judge publish=0

proven "act $("$WORK/bin/act" --version | cut -d' ' -f3): publish on tag, publish and go live, start and resume, operate run as they stand;" \
  "outputs reach the next job; a failed publish fails the job and the report still runs; without reviewers nothing is published"
