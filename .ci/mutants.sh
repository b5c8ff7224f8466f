#!/usr/bin/env bash
# Each patch in .ci/mutants breaks one promise of the program; the text above its first file says which. It is applied to
# a copy of the tree, where `go test ./...` must then fail. A patch that no longer applies or builds, or that no test
# notices, fails the gate.
#
#   .ci/mutants.sh [NAME…]      all of them, or .ci/mutants/NAME.patch alone
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# tests PACKAGE…: runs tests in the copy; go vet is not about promises.
tests() { (cd "$tree" && go test -vet=off -failfast -timeout=10m "$@") >"$log" 2>&1; }

# verdict PATCH: says how the mutant ended; fails when it was not caught.
verdict() {
  git -C "$tree" apply - <"$1" >"$log" 2>&1 || {
    cat "$log"
    echo "the patch does not apply"
    return 1
  }
  # One package that fails is enough for `go test ./...` to fail. Those that the patch touches come first: for a rule that
  # is the explorer. Then the stories, which drive the whole program, then whatever else there is.
  local touched survives=false
  mapfile -t touched < <(sed -n 's|^+++ b/|./|p' "$1" | xargs dirname | sort -u | grep -vx ./internal/app)
  if { [ ${#touched[@]} -eq 0 ] || tests "${touched[@]}"; } && tests -skip '^TestChaos' ./internal/app && tests ./...; then
    survives=true
  fi
  # A mutant that does not build proves nothing about the tests.
  if grep -q '\[build failed\]' "$log"; then
    cat "$log"
    echo "does not build"
    return 1
  fi
  if "$survives"; then
    echo "survives: no test notices it"
    return 1
  fi
  # The first test that failed is the one that guards the promise.
  local guard
  guard=$(grep -m1 -oP -- '--- FAIL: \K[^ ]+' "$log") || guard=$(grep -m1 -E '^(FAIL|panic:)' "$log") || guard="?"
  echo "caught by $guard"
}

# one NAME: judges a patch in the copy of its worker.
one() {
  local began=$SECONDS patch="$PWD/.ci/mutants/$1.patch" word
  tree="$work/tree$slot" log="$work/log$slot"
  word=$(verdict "$patch") || echo "$1" >>"$work/missed"
  git -C "$tree" apply -R - <"$patch" 2>/dev/null || true
  printf 'mutant %-38s %3d s  %s\n' "$1" $((SECONDS - began)) "$word"
}

if [ "${1-}" = --one ]; then # what xargs runs
  work=$2 slot=$3
  one "$4"
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
names=("$@")
if [ ${#names[@]} -eq 0 ]; then
  for patch in .ci/mutants/*.patch; do
    [ -f "$patch" ] || {
      echo "mutants: .ci/mutants holds no patch"
      exit 1
    }
    names+=("$(basename "$patch" .patch)")
  done
fi

# A copy for each worker, with its times kept: what a mutant does not touch comes from Go's caches.
workers=2
for slot in $(seq 0 $((workers - 1))); do
  mkdir "$work/tree$slot"
  git ls-files -z --cached --others --exclude-standard | xargs -0 cp -p --parents -t "$work/tree$slot"
done
(cd "$work/tree0" && go test -vet=off ./...) >"$work/log" 2>&1 || {
  cat "$work/log"
  echo "mutants: the tests fail in the unchanged copy already"
  exit 1
}

# shellcheck disable=SC2016 # the inner shell expands them
printf '%s\0' "${names[@]}" |
  xargs -0 -n 1 -P "$workers" --process-slot-var=slot bash -c 'exec bash "$1" --one "$2" "$slot" "$3"' - "$0" "$work"
if [ -s "$work/missed" ]; then
  echo "mutants: $(wc -l <"$work/missed") of ${#names[@]} not caught: $(paste -sd' ' "$work/missed")"
  exit 1
fi
echo "mutants: all ${#names[@]} caught"
