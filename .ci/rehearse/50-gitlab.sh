#!/usr/bin/env bash
# The GitLab pipelines that users copy, run by gitlab-ci-local in the image; outputs reach later jobs as a dotenv report.
set -euo pipefail
source .ci/lib.sh
trap stop_serving EXIT

# gitlab-ci-local copies files with a helper image of its own: Debian with rsync.
helper=localhost/gitlab-ci-local-helper
box=$(buildah from --pull-never "$DEBIAN_BASE")
buildah run "$box" -- sh -c 'apt-get update -q && apt-get install -q -y --no-install-recommends rsync'
buildah commit -q "$box" "$helper"
buildah rm "$box"

# Two repositories: the user's, and the component's, which is fetched from its own by tag.
project="$WORK/gitlab/project" component="$WORK/gitlab/OWNER/publish-offer"
mkdir -p "$project" "$component"
repository() { # FOLDER: a commit of everything in it
  git -C "$1" init -q -b main
  git -C "$1" add .
  git -C "$1" -c user.name=rehearsal -c user.email=rehearsal@example.com commit -q -m rehearsal
}
cp testdata/pipelines/gitlab/*.yml "$project"
cp -r testdata/pipelines/gitlab/templates "$component"
repository "$project"
repository "$component"
git -C "$component" tag 1.0.0
ln -s publish-offer "$component.git"
git -C "$project" remote add origin git@gitlab.example.com:contoso/app.git
git -C "$project" symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/main
export GIT_CONFIG_COUNT=3 GIT_CONFIG_KEY_0="url.file://$WORK/gitlab/OWNER/.insteadOf" GIT_CONFIG_VALUE_0=git@gitlab.example.com:OWNER/
export GIT_CONFIG_KEY_1="$GIT_CONFIG_KEY_0" GIT_CONFIG_VALUE_1=ssh://git@gitlab.example.com:22/OWNER/
export GIT_CONFIG_KEY_2=safe.directory GIT_CONFIG_VALUE_2='*'

forced "GITLAB_CI=true (gitlab-ci-local says false, and our GitLab code would not run) PUBLISH_OFFER_IMAGE=$IMAGE:ci"
forced "PUBLISH_OFFER_POLL_INTERVAL=50ms PUBLISH_OFFER_MAX_POLL_INTERVAL=250ms CI_JOB_TIMEOUT=3600; AZURE_ID_TOKEN, since gitlab-ci-local issues none"
# run FILE [ARGUMENT…]
run() {
  local file=$1 pairs=() pair
  shift
  for pair in "${SERVED[@]}"; do
    case $pair in
      PUBLISH_OFFER_* | GITLAB_CI=*) ;; # the pipeline says the first
      *) pairs+=(--variable "$pair") ;;
    esac
  done
  rm -rf "$project/.gitlab-ci-local"
  (cd "$project" && TMPDIR="$WORK" node --import "$WORK/node/polyfill.mjs" "$WORK/node/node_modules/.bin/gitlab-ci-local" \
    --home "$WORK/gitlab/home" --container-executable podman --pull-policy if-not-present --network host --helper-image "$helper" \
    --volume "$TRUST:$TRUST:ro" --ignore-predefined-vars GITLAB_CI,CI_COMMIT_TAG,CI_PIPELINE_SOURCE,CI_JOB_TIMEOUT --file "$file" \
    --variable GITLAB_CI=true --variable "PUBLISH_OFFER_IMAGE=$IMAGE:ci" --variable CI_JOB_TIMEOUT=3600 \
    --variable PUBLISH_OFFER_POLL_INTERVAL=50ms --variable PUBLISH_OFFER_MAX_POLL_INTERVAL=250ms "${pairs[@]}" "$@")
}
judge() { node .ci/node/judge.mjs "$EMULATOR_REPORT" "$@"; }

forced "CI_COMMIT_TAG=v1"
serve gitlab 600
run publish-on-tag.yml --variable CI_COMMIT_TAG=v1 | tee "$WORK/log/gitlab-tag"
stop_serving
judge publish=1 offer=waitingForPublisherReview
grep -F '> status: waitingForPublisherReview' "$WORK/log/gitlab-tag" || die "the report job did not get the status"
grep -F '> operation: /api/publishers/contoso/' "$WORK/log/gitlab-tag" || die "the report job did not get the operation"

# A mere push publishes nothing. gitlab-ci-local does not heed workflow:rules, so they are read instead.
for file in publish-approve-golive.yml use-component.yml; do
  same "$file: what starts it" "$(sed -n '/^workflow:/,/^$/s/.*- if: //p' "$project/$file")" "\$CI_PIPELINE_SOURCE == \"web\"
\$CI_COMMIT_TAG"
done

forced "CI_PIPELINE_SOURCE=web"
# The approval is bound to the operation that the publish handed over. (An offer of the old kind has a path without an id,
# which the job that resumes cannot bind an approval to.)
serve gitlab 600 'shape migrated'
run publish-approve-golive.yml --variable CI_PIPELINE_SOURCE=web --manual go-live | tee "$WORK/log/gitlab-golive"
stop_serving
judge publish=1 golive=1 offer=succeeded
grep -rhF 'OPERATION_PATH=/api/publishers/contoso/offers/contoso-offer/operations/' "$project/.gitlab-ci-local/artifacts" || die "no operation was handed over"

# Somebody else's publish runs, so that ours is refused. What it brings to preview is not for this pipeline to go live with.
serve gitlab 600 'running publish 300m left'
if run publish-approve-golive.yml --variable CI_PIPELINE_SOURCE=web --manual go-live >"$WORK/log/gitlab-refused" 2>&1; then
  cat "$WORK/log/gitlab-refused"
  die "gitlab-ci-local calls a refused publish a success"
fi
cat "$WORK/log/gitlab-refused"
grep -F 'handed over no operation' "$WORK/log/gitlab-refused" || die "resume did not refuse an empty hand-over"
stop_serving
judge publish=0 golive=0

forced "CI_COMMIT_TAG=v1, then CI_PIPELINE_SOURCE=schedule"
serve gitlab 600
run start-now-resume-later.yml --variable CI_COMMIT_TAG=v1
run start-now-resume-later.yml --variable CI_PIPELINE_SOURCE=schedule
stop_serving
judge publish=1 offer=waitingForPublisherReview

forced "git@gitlab.example.com:OWNER/publish-offer.git is a repository with testdata/pipelines/gitlab/templates, tagged 1.0.0"
serve gitlab 600
run use-component.yml --variable CI_PIPELINE_SOURCE=web --manual go-live
stop_serving
judge publish=1 golive=1 offer=succeeded

# A job that fails is red, and the one after it still reports.
serve gitlab 600 'names fabrikam other-offer'
if run publish-on-tag.yml --variable CI_COMMIT_TAG=v1 >"$WORK/log/gitlab-failed" 2>&1; then
  cat "$WORK/log/gitlab-failed"
  die "gitlab-ci-local calls a refused publish a success"
fi
grep -F '> message: ' "$WORK/log/gitlab-failed" || die "the report job did not run after the failure"
stop_serving
judge

# Neither is a job green whose image swallows the shell: slim has an entry point and no shell.
if run publish-on-tag.yml --variable CI_COMMIT_TAG=v1 --variable "PUBLISH_OFFER_IMAGE=$IMAGE:slim" >"$WORK/log/gitlab-slim" 2>&1; then
  cat "$WORK/log/gitlab-slim"
  die "a job in an image without a shell is green"
fi

proven "gitlab-ci-local $(version_of gitlab-ci-local): publish on tag, publish and go live, start and resume, and the component run as they stand;" \
  "resume refuses an empty hand-over; the dotenv report reaches later jobs, the path with dollar signs survives as %24, a failed publish is red"
