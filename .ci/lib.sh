# What .ci/run and the rehearsals share. Sourced with the repository's root as the current folder.
# shellcheck shell=bash

STATICCHECK=honnef.co/go/tools/cmd/staticcheck@v0.8.2
ACTIONLINT=github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
ACT=github.com/nektos/act@v0.2.89
# Bytes: the stripped binary, the slim image unpacked, and what the ci image adds to its base.
BINARY_BUDGET=9000000
SLIM_BUDGET=9500000
CI_BUDGET=12000000
GO_BASE=docker.io/library/golang:1.26.8-bookworm
DEBIAN_BASE=docker.io/library/debian:bookworm-slim
IMAGE=localhost/publish-offer

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# open_work makes the one folder that everything of a run lives in.
open_work() {
  [ -n "${WORK-}" ] && return
  WORK=$(mktemp -d "${TMPDIR:-/tmp}/publish-offer-ci.XXXXXX")
  export WORK
  mkdir "$WORK/log" "$WORK/bin"
}

close_work() {
  local mount
  # A container that a failed rehearsal left behind would hold its files.
  if [ -f "$WORK/containers.conf" ]; then
    podman rm --all --force --time 0 >/dev/null 2>&1 || true
    podman system migrate >/dev/null 2>&1 || true
  fi
  while read -r mount; do
    umount -l "$mount" || true
  done < <(awk -v under="$WORK/" 'index($2, under) == 1 {print $2}' /proc/mounts | sort -r)
  chmod -R u+w "$WORK" 2>/dev/null || true
  rm -rf "$WORK"
}

# build_binary FILE: the program as it is released, against its budget.
build_binary() {
  CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=rehearsal" -o "$1" .
  [ "$(stat -c %s "$1")" -le "$BINARY_BUDGET" ] || die "the binary has $(stat -c %s "$1") bytes, the budget is $BINARY_BUDGET"
}

# debs PACKAGE…: Debian packages, installed only where one is missing.
debs() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}
