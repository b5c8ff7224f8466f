#!/usr/bin/env bash
# GitHub's own parser over the repository's workflows, the workflows that users copy, and action.yml; actionlint over the
# copied ones (.ci/run has looked at the others); shellcheck over the scripts here; what no parser asks. The parsers have to
# find a mistake before they are believed.
set -euo pipefail
source .ci/lib.sh

broken="$WORK/broken.yml"
printf 'on: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n    stps: []\n' >"$broken"
! node "$WORK/node/workflows.mjs" "$broken" || die "the workflow parser finds no mistake"
! go run "$ACTIONLINT" "$broken" || die "actionlint finds no mistake"

printf 'on: push\npermissions: {}\nconcurrency: {group: g, cancel-in-progress: false, queue: some}\njobs:\n  one:\n    runs-on: ubuntu-latest\n    timeout-minutes: 1\n    steps: [{run: "true"}]\n' >"$broken"
! node "$WORK/node/hardening.mjs" "$broken" || die "a queue of another kind is not found"

# actionlint lets the key queue pass unread; hardening.mjs looks at its value.
node "$WORK/node/hardening.mjs" .github/workflows/*.yml testdata/pipelines/github/*.yml | tee "$WORK/log/hardened"
node "$WORK/node/workflows.mjs" .github/workflows/*.yml testdata/pipelines/github/*.yml action.yml | tee "$WORK/log/parsed"
go run "$ACTIONLINT" testdata/pipelines/github/*.yml
# Every action of this repository is named by commit, with its version beside it.
! grep -nE '^ *(- )?uses: ' .github/workflows/*.yml | grep -vE 'uses: (\./|[^ ]+@[0-9a-f]{40} # v[0-9.]+$)' || die "an action is not pinned"
# One patch version of Go builds everything.
same "versions of Go" "$(sed -n 's/^ *go-version: "\(.*\)"$/\1/p; s/^go //p' .github/workflows/*.yml go.mod | sort -u)" "$(sed -E 's/.*golang:([0-9.]+).*/\1/' <<<"$GO_BASE")"
# Every ecosystem that Dependabot looks after has a time to cool down.
same "cooldowns" "$(grep -c 'default-days:' .github/dependabot.yml)" "$(grep -c 'package-ecosystem:' .github/dependabot.yml)"

# Two pipelines never publish one offer at a time, none is cut off in the middle, none that waits is dropped, and go-live has
# its approval.
for file in testdata/pipelines/github/*.yml; do
  grep -A2 '^ *group: publish-offer-contoso-contoso-offer$' "$file" | tr -s ' \n' ' ' | grep -q 'cancel-in-progress: false queue: max' || die "$file: no lock for the offer"
done
for file in testdata/pipelines/gitlab/*-*.yml testdata/pipelines/gitlab/templates/*.yml; do
  grep -q -e 'resource_group:' -e 'component:' "$file" || die "$file: no resource group"
done
for file in testdata/pipelines/azure/*-*-*.yml; do
  grep -q '^lockBehavior: sequential$' "$file" || die "$file: no lock"
  same "$file: the connections that are named" "$(grep -c 'template: publish-offer.steps.yml' "$file")" "$(grep -cE '^ +serviceConnection: marketplace(-look)?$' "$file")"
done
same "approvals" "$(grep -lE 'environment: marketplace-live' -r testdata/pipelines | wc -l)" 5
# No go-live without the preview that was approved.
while read -r file; do
  grep -q 'operation' <(grep -A4 -E 'command: go-live|publish-offer go-live' "$file") || die "$file: go-live is bound to no operation"
done < <(grep -lE 'command: go-live|publish-offer go-live' -r testdata/pipelines)
# An image is named by digest, and the line that renews it stands by.
while read -r file; do
  grep -q '@sha256:DIGEST' "$file" || die "$file: the image has no digest"
done < <(grep -lrE '^ *(image|PUBLISH_OFFER_IMAGE|default): ghcr' testdata/pipelines)

shellcheck --external-sources --exclude SC1091,SC2034,SC2154 .ci/run .ci/*.sh .ci/rehearse/*.sh
proven "@actions/workflow-parser $(version_of @actions/workflow-parser), actionlint ${ACTIONLINT##*@}, shellcheck $(shellcheck --version | sed -n 's/^version: //p'): $(tail -1 "$WORK/log/parsed"), $(tail -1 "$WORK/log/hardened"); each example has its lock, each go-live its operation"
