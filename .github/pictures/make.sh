#!/usr/bin/env bash
# Makes the README's pictures again, from the real program: demo.svg, what the demo prints when it prints it; summary.png,
# the job's page of a rejected offer as GitHub shows it. As root on Debian with Go and Node 20; needs no network but the
# packages'.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=.ci/lib.sh
source .ci/lib.sh
open_work
trap close_work EXIT

go build -o "$WORK/bin/demo" ./internal/demo
node .github/pictures/demo.mjs .github/pictures/demo.svg "$WORK/bin/demo -platform gitlab -speed 450 2>/dev/null" "go run ./internal/demo -platform gitlab -speed 450"

debs chromium cmark-gfm fonts-dejavu-core fonts-noto-color-emoji
cp -r .ci/summary "$WORK/summary"
npm ci --prefix "$WORK/summary" --no-audit --no-fund --ignore-scripts
node .ci/summary/page.mjs "$WORK/summary/node_modules" "$WORK/page.html" testdata/rejected.txtar
browse() {
  unshare -n chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$WORK/profile" \
    --virtual-time-budget=60000 "$@" "file://$WORK/page.html" 2>"$WORK/log/chromium"
}
height=$(browse --window-size=1012,600 --dump-dom | sed -n 's/.*data-height="\([0-9]*\)".*/\1/p' | head -1)
browse --window-size="1012,$height" --screenshot="$PWD/.github/pictures/summary.png"
