#!/usr/bin/env bash
# GitHub's own parser over the repository's workflows, the workflows that users copy, and action.yml; actionlint over the
# copied ones (.ci/run has looked at the others); shellcheck over the scripts here. The parsers have to find a mistake
# before they are believed.
set -euo pipefail
source .ci/lib.sh

broken="$WORK/broken.yml"
printf 'on: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n    stps: []\n' >"$broken"
! node "$WORK/node/workflows.mjs" "$broken" || die "the workflow parser finds no mistake"
! go run "$ACTIONLINT" "$broken" || die "actionlint finds no mistake"

node "$WORK/node/workflows.mjs" .github/workflows/*.yml testdata/pipelines/github/*.yml action.yml | tee "$WORK/log/parsed"
go run "$ACTIONLINT" testdata/pipelines/github/*.yml
# Every action of this repository is named by commit, with its version beside it.
! grep -nE '^ *(- )?uses: ' .github/workflows/*.yml | grep -vE 'uses: (\./|[^ ]+@[0-9a-f]{40} # v[0-9.]+$)' || die "an action is not pinned"
# Two pipelines never publish one offer at a time, none is cut off in the middle, and go-live has its approval.
for file in testdata/pipelines/github/*.yml; do
  grep -q '^  group: publish-offer-contoso-contoso-offer$' "$file" || die "$file: no concurrency group for the offer"
  grep -q '^  cancel-in-progress: false$' "$file" || die "$file: a newer run would cut it off"
done
for file in testdata/pipelines/gitlab/*-*.yml testdata/pipelines/gitlab/templates/*.yml; do
  grep -q -e 'resource_group:' -e 'component:' "$file" || die "$file: no resource group"
done
for file in testdata/pipelines/azure/*-*-*.yml; do
  grep -q '^lockBehavior: sequential$' "$file" || die "$file: no lock"
done
same "approvals" "$(grep -lE 'environment: marketplace-live' -r testdata/pipelines | wc -l)" 4

shellcheck --external-sources --exclude SC1091,SC2034,SC2154 .ci/run .ci/*.sh .ci/rehearse/*.sh
proven "@actions/workflow-parser $(version_of @actions/workflow-parser), actionlint ${ACTIONLINT##*@}, shellcheck $(shellcheck --version | sed -n 's/^version: //p'): $(tail -1 "$WORK/log/parsed"); each example has its lock"
