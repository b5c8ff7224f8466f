#!/usr/bin/env bash
# Each patch in .ci/mutants breaks one promise of the program; the text above its first file says which. It is applied to
# a copy of the tree, where `go test ./...` must then fail. A patch that no longer applies or builds, or that no test
# notices, fails the gate.
#
#   .ci/mutants.sh [NAME…]      all of them, or .ci/mutants/NAME.patch alone
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree="$work/tree" log="$work/log"

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

# One copy for all, with its times kept: what a mutant does not touch comes from Go's caches.
mkdir "$tree"
git ls-files -z --cached --others --exclude-standard | xargs -0 cp -p --parents -t "$tree"
(cd "$tree" && go vet ./... && go test ./...) >"$log" 2>&1 || {
  cat "$log"
  echo "mutants: the tests fail in the unchanged copy already"
  exit 1
}

# tests PACKAGE…: runs the tests of the packages in the copy; vet has been run.
tests() { (cd "$tree" && go test -vet=off -failfast -timeout=3m "$@") >"$log" 2>&1; }

# verdict PATCH: says how the mutant ended; fails when it was not caught.
verdict() {
  git -C "$tree" apply - <"$1" >"$log" 2>&1 || {
    cat "$log"
    echo "the patch does not apply"
    return 1
  }
  # A mutant that does not build proves nothing about the tests.
  (cd "$tree" && go vet ./...) >"$log" 2>&1 || {
    cat "$log"
    echo "does not build"
    return 1
  }
  # One package that fails is enough for `go test ./...` to fail. Those that the patch touches come first, then the
  # stories, which drive the whole program, then whatever else there is. What is left of app beside them takes long.
  local touched
  mapfile -t touched < <(sed -n 's|^+++ b/|./|p' "$1" | xargs dirname | sort -u | grep -vx ./internal/app)
  if tests "${touched[@]}" && tests -run '^(TestStories|TestOne|TestTransport)' ./internal/app && tests ./...; then
    echo "survives: no test notices it"
    return 1
  fi
  # The first test that failed is the one that guards the promise.
  local guard
  guard=$(grep -m1 -oP -- '--- FAIL: \K[^ ]+' "$log") || guard=$(grep -m1 -E '^(FAIL|panic:)' "$log") || guard="?"
  echo "caught by $guard"
}

missed=0
for name in "${names[@]}"; do
  began=$SECONDS
  patch="$PWD/.ci/mutants/$name.patch"
  word=$(verdict "$patch") || missed=$((missed + 1))
  git -C "$tree" apply -R - <"$patch" 2>/dev/null || true
  printf 'mutant %-38s %3d s  %s\n' "$name" $((SECONDS - began)) "$word"
done
if [ "$missed" -ne 0 ]; then
  echo "mutants: $missed of ${#names[@]} not caught"
  exit 1
fi
echo "mutants: all ${#names[@]} caught"
