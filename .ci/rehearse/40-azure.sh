#!/usr/bin/env bash
# A container job as the Azure Pipelines agent runs it (ContainerOperationProvider.cs of microsoft/azure-pipelines-agent):
# the container sleeps, gets the agent's user, and each step is an exec as that user; at the end it is removed, and no signal
# reaches anybody. The first job is removed in the middle; the pipeline's next stage carries on.
set -euo pipefail
source .ci/lib.sh
trap 'stop_serving; kill "${REFUSER-}" 2>/dev/null || true; podman rm --force --time 0 azure >/dev/null 2>&1 || true' EXIT

pipelines="$PWD/testdata/pipelines/azure"
uid=1001
temp="$WORK/azure/_temp"
mkdir -p "$temp"
chown -R "$uid" "$WORK/azure"

container_job() {
  podman create --name azure --network host -v "$WORK/azure:$WORK/azure" -v "$TRUST:$TRUST:ro" "$IMAGE:ci" bash -c "sleep infinity"
  podman start azure
  same "state" "$(podman inspect --format '{{.State.Running}}' azure)" true
  podman exec azure sh -c "command -v bash"
  ! podman exec azure getent passwd "$uid" || die "the image has a user $uid already"
  podman exec azure useradd -m -u "$uid" vsts_azpcontainer
  podman exec azure groupadd azure_pipelines_sudo
  podman exec azure usermod -a -G azure_pipelines_sudo vsts_azpcontainer
  podman exec azure su -c "echo '%azure_pipelines_sudo ALL=(ALL:ALL) NOPASSWD:ALL' >> /etc/sudoers"
}

# steps PIPELINE STAGE: what the agent would run, in $folder. OUTPUTS, RESULTS and REASON say what went before, GROUP holds
# further variables.
steps() {
  folder=$(mktemp -d "$WORK/azure/steps.XXXX")
  node -e 'const [access, ...pairs] = process.argv.slice(1);
    const served = Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/s)));
    console.log(JSON.stringify({
      variables: { TF_BUILD: "True", "Build.Reason": process.env.REASON, "Agent.TempDirectory": access, "System.JobTimeout": "60", "System.OidcRequestUri": served.SYSTEM_OIDCREQUESTURI,
        MARKETPLACE_ENDPOINT: served.MARKETPLACE_ENDPOINT, AZURE_AUTHORITY_HOST: served.AZURE_AUTHORITY_HOST, SSL_CERT_FILE: served.SSL_CERT_FILE,
        PUBLISH_OFFER_POLL_INTERVAL: "50ms", PUBLISH_OFFER_MAX_POLL_INTERVAL: "250ms", ...JSON.parse(process.env.GROUP) },
      secrets: { "System.AccessToken": served.SYSTEM_ACCESSTOKEN }, outputs: JSON.parse(process.env.OUTPUTS),
      results: JSON.parse(process.env.RESULTS), refusal: process.env.REFUSAL,
      connections: Object.fromEntries(["marketplace", "marketplace-look"].map((name) => [name, {
        AZURESUBSCRIPTION_TENANT_ID: served.AZURE_TENANT_ID, AZURESUBSCRIPTION_CLIENT_ID: served.AZURE_CLIENT_ID,
        AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: served.AZURESUBSCRIPTION_SERVICE_CONNECTION_ID }])) }))' \
    "$temp" "${SERVED[@]}" >"$folder/world.json"
  node "$WORK/node/azure-steps.mjs" "$pipelines/$1" "$2" "$folder/world.json" "$folder"
  chown -R "$uid" "$folder"
}

# step N: exec as the agent's user, in the container.
step() {
  mapfile -t variables < <(sed 's/^/-e\n/' "$folder/$1.env")
  podman exec -i -u "$uid" -w /home/vsts_azpcontainer "${variables[@]}" azure bash --noprofile --norc "$folder/$1.sh"
}
# skipped PIPELINE STAGE: the stage would not run.
skipped() {
  local said
  said=$(steps "$@" || true)
  same "$2 after $RESULTS" "$said" "$2 would not run"
}
export OUTPUTS="{}" RESULTS="{}" REASON=Manual GROUP="{}"
collect() { # LOG NAME
  OUTPUTS=$(node "$WORK/node/azure-log.mjs" "$1" "$2")
}

# shellcheck disable=SC2016 # the dollars are JavaScript's and the pipeline's
# refuser: the OIDC endpoint as it answers a stage in which no task names the connection. REFUSAL is then its address.
refuser() {
  node -e 'const value = "There is no explicit reference to service connection 5f1e4a5b-0000-4000-8000-000000000000 from current stage publish.publish.__default.";
    const server = require("http").createServer((request, response) => {
      response.writeHead(200, { "Content-Type": "application/json" });
      response.end(JSON.stringify({ count: 151, value }));
    });
    server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/oidctoken`))' >"$WORK/refusal" &
  REFUSER=$!
  for _ in {1..100}; do
    [ -s "$WORK/refusal" ] && break
    sleep 0.1
  done
  REFUSAL=$(<"$WORK/refusal")
  export REFUSAL
}
refuser

forced "PUBLISH_OFFER_POLL_INTERVAL=50ms PUBLISH_OFFER_MAX_POLL_INTERVAL=250ms; the service's side (templates, macros, dependencies between stages, AzureCLI@2 without the CLI) is .ci/node/azure-steps.mjs"
serve azure-pipelines 300

container_job
steps publish-approve-golive.yml publish
step 1 >"$WORK/log/azure-publish" 2>&1 &
running=$!
for _ in {1..150}; do
  grep -q 'variable=operationPath' "$WORK/log/azure-publish" && break
  sleep 0.1
done
podman rm --force --time 0 azure
wait "$running" && die "the removed job looks green"
cat "$WORK/log/azure-publish"
collect "$WORK/log/azure-publish" publish.publish.publish
grep -F '"publish.publish.publish.status": "running"' <<<"$OUTPUTS" || die "no early outputs: $OUTPUTS"

RESULTS='{"publish":"Failed"}'
container_job
steps publish-approve-golive.yml resume
step 1
step 2 | tee "$WORK/log/azure-resume"
collect "$WORK/log/azure-resume" resume.resume.resume
grep -F '<testcase' "$temp/resume.xml" || die "no steps for the tests page"
RESULTS='{"publish":"Failed","resume":"Failed"}'
skipped publish-approve-golive.yml golive
# The publish stays failed: the resumed wait alone opens the way.
RESULTS='{"publish":"Failed","resume":"Succeeded"}'
same "resume: status" "$(node -p 'JSON.parse(process.env.OUTPUTS)["resume.resume.resume.status"]')" waitingForPublisherReview
steps publish-approve-golive.yml golive
step 1
step 2 | tee "$WORK/log/azure-golive"
podman rm --force --time 0 azure
stop_serving
collect "$WORK/log/azure-golive" golive
same "go-live: status" "$(node -p 'JSON.parse(process.env.OUTPUTS)["golive.status"]')" succeeded
node .ci/node/judge.mjs "$EMULATOR_REPORT" publish=1 golive=1 offer=succeeded

# A publish that was refused hands nothing over. The preview that the offer shows by now is not this run's.
container_job
OUTPUTS="{}" RESULTS='{"publish":"Failed"}'
steps publish-approve-golive.yml resume
step 1 && die "nothing was handed over, and resume goes on"
RESULTS='{"publish":"Failed","resume":"Succeeded"}'
steps publish-approve-golive.yml golive
step 1 && die "nothing was handed over, and go-live goes on"
podman rm --force --time 0 azure

# Without a task that names the connection no stage gets a token, nor with one that names it by a variable.
whole=$pipelines
pipelines="$WORK/azure/unnamed"
RESULTS="{}"
# shellcheck disable=SC2016
for spoil in '/- task: AzureCLI@2/,/^$/d' 's/azureSubscription: .*/azureSubscription: $(connection)/'; do
  rm -rf "$pipelines"
  cp -r "$whole" "$pipelines"
  sed -i "$spoil" "$pipelines/publish-offer.steps.yml"
  serve azure-pipelines 600
  GROUP=$(node -p 'JSON.stringify({ connection: "marketplace", connectionTenantId: process.argv[1], connectionClientId: process.argv[2], connectionId: process.argv[3] })' \
    "$(served AZURE_TENANT_ID)" "$(served AZURE_CLIENT_ID)" "$(served AZURESUBSCRIPTION_SERVICE_CONNECTION_ID)")
  container_job
  steps publish-on-tag.yml publish >"$WORK/log/azure-unnamed-steps" # through no pipe: what step runs would stay in it
  grep -F 'no task names a service connection' "$WORK/log/azure-unnamed-steps" || die "it is not noticed that no task names the connection"
  step 1 >"$WORK/log/azure-unnamed" 2>&1 && die "a stage that names no connection is green"
  cat "$WORK/log/azure-unnamed"
  # What the endpoint said is what the user reads, and which step cures it.
  grep -F 'There is no explicit reference to service connection' "$WORK/log/azure-unnamed" || die "the endpoint's words are lost"
  grep -F 'hint: since March 2026 Azure Pipelines gives a token only where a task' "$WORK/log/azure-unnamed" || die "no hint to the task that is missing"
  podman rm --force --time 0 azure
  stop_serving
  node .ci/node/judge.mjs "$EMULATOR_REPORT"
done
pipelines=$whole GROUP="{}"

# The other two pipelines, to their ends.
serve azure-pipelines 600
container_job
OUTPUTS="{}" RESULTS="{}"
steps publish-on-tag.yml publish
step 1 | tee "$WORK/log/azure-tag"
collect "$WORK/log/azure-tag" publish.publish.publish
RESULTS='{"publish":"Succeeded"}'
steps publish-on-tag.yml report
step 1 | tee "$WORK/log/azure-report"
grep -F 'status: waitingForPublisherReview' "$WORK/log/azure-report"
grep -F 'operation: /api/' "$WORK/log/azure-report"
stop_serving
node .ci/node/judge.mjs "$EMULATOR_REPORT" publish=1 offer=waitingForPublisherReview
podman rm --force --time 0 azure

serve azure-pipelines 600
container_job
RESULTS="{}"
steps start-now-resume-later.yml start
step 1
REASON=Schedule
skipped start-now-resume-later.yml start
steps start-now-resume-later.yml look
step 1
stop_serving
node .ci/node/judge.mjs "$EMULATOR_REPORT" publish=1 offer=waitingForPublisherReview

proven "podman $(podman --version | cut -d' ' -f3), azure-pipelines-task-lib $(version_of azure-pipelines-task-lib): the agent's container-job sequence works on the image;" \
  "a job removed without a signal left its outputs, the next stage carried on and went live with one publish, \
as the stages' conditions have it; without an operation nothing is carried on; a stage without a task that names the \
connection gets no token and publishes nothing; every ##vso line parses"
