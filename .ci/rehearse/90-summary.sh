#!/usr/bin/env bash
# The job's page of every story: Markdown by GitHub's own cmark-gfm, charts by the real mermaid, in a headless browser. No
# text of the service becomes markup, what failed and why and what to do can be read, every chart draws every bar.
set -euo pipefail
source .ci/lib.sh

debs chromium cmark-gfm fonts-dejavu-core fonts-noto-color-emoji
cp -r .ci/summary "$WORK/summary"
npm ci --prefix "$WORK/summary" --no-audit --no-fund --ignore-scripts

# judged NAME STORY…: the page's verdict, with its complaints below.
judged() {
  local name=$1
  shift
  node .ci/summary/page.mjs "$WORK/summary/node_modules" "$WORK/summary/$name.html" "$@"
  browse "$name" --virtual-time-budget=300000 --dump-dom >"$WORK/summary/$name.dom"
  verdict=$(sed -n 's|^<title>\(.*\)</title>$|\1|p' "$WORK/summary/$name.dom" | head -1)
  complaints=$(sed -n '/<pre id="complaints"/,/<\/pre>/p' "$WORK/summary/$name.dom")
}

# browse NAME FLAG…: a browser without a network and without a profile of its own. Root cannot have Chromium's sandbox.
browse() {
  local name=$1
  shift
  unshare -n chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$WORK/summary/profile" \
    "$@" "file://$WORK/summary/$name.html" 2>"$WORK/summary/$name.log"
}

# The judge itself, first: it must find what is wrong.
judged spoiled .ci/summary/spoiled.txtar
for fault in "the element &lt;img" "the element &lt;b" "a comment:  hidden" "hello @octocat" "see #1" ":tada:" "costs \$x\$" \
  "a link to http://www.evil.example/" "a link to https://evil.example/" "the element &lt;em" "the step Certification is not named" "the reason is" \
  "it does not say what to do next" "spoiled 2: 1 bars are drawn" "spoiled 2: no bar is called section Certification"; do
  [[ "$complaints" == *"$fault"* ]] || die "the judge overlooks: $fault
$complaints"
done

judged stories testdata/*.txtar
[[ "$verdict" == "fine: "* ]] || die "$verdict
$complaints"

node .ci/summary/page.mjs "$WORK/summary/node_modules" "$WORK/summary/one.html" testdata/rejected.txtar
browse one --virtual-time-budget=60000 --window-size=1012,1000 --screenshot="$WORK/summary/one.png"
[ "$(stat -c %s "$WORK/summary/one.png")" -gt 20000 ] || die "the screenshot is empty"

proven "cmark-gfm $(cmark-gfm --version | head -1 | cut -d' ' -f2), mermaid $(node -p 'require(process.argv[1]).version' "$WORK/summary/node_modules/mermaid/package.json")," \
  "chromium $(chromium --version 2>/dev/null | grep -o '[0-9][0-9.]*' | head -1): ${verdict#fine: }; no foreign text acts, every bar is drawn; each failure names its step, its reason and what to do"
