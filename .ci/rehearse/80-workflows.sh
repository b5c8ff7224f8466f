#!/usr/bin/env bash
# GitHub's own parser over the repository's workflows, the workflows that users copy, and action.yml; actionlint over the
# latter two (.ci/run has looked at the first). Both have to find a mistake before they are believed.
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
proven "@actions/workflow-parser $(version_of @actions/workflow-parser), actionlint ${ACTIONLINT##*@}: $(tail -1 "$WORK/log/parsed")"
