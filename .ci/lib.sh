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
  WORK=$(mktemp -d "${TMPDIR:-/tmp}/publish-offer-ci.XXXXXX")
  export WORK
  mkdir "$WORK/log" "$WORK/bin"
}

close_work() {
  local mount
  # A container that a failed rehearsal left behind would hold its files.
  if [ -f "$WORK/containers.conf" ]; then
    podman rm --all --force --time 0 >/dev/null 2>&1 || true
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

# install_tools: everything that the rehearsals need, in $WORK or from Debian. Podman without a daemon, set up for a
# machine that may raise no limit and has both generations of cgroups: runc instead of crun, low limits, chroot builds.
install_tools() {
  [ "$(id -u)" -eq 0 ] || die "the rehearsals need root"
  command -v node >/dev/null || die "the rehearsals need Node 20 or newer"
  debs buildah podman runc netavark conmon iptables mmdebstrap rsync git >"$WORK/log/apt" 2>&1 || {
    cat "$WORK/log/apt"
    die "apt-get"
  }
  cat >"$WORK/containers.conf" <<CONF
[containers]
default_ulimits = ["nofile=16384:16384", "nproc=4096:4096"]
netns = "host"
pids_limit = 0
[network]
network_backend = "netavark"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
CONF
  cat >"$WORK/storage.conf" <<CONF
[storage]
driver = "overlay"
graphroot = "$WORK/graph"
runroot = "$WORK/run"
CONF
  export CONTAINERS_CONF="$WORK/containers.conf" CONTAINERS_STORAGE_CONF="$WORK/storage.conf"
  export BUILDAH_ISOLATION=chroot BUILDAH_RUNTIME=runc

  cp -r .ci/node "$WORK/node"
  npm ci --prefix "$WORK/node" --no-audit --no-fund --ignore-scripts >"$WORK/log/npm" 2>&1 || {
    cat "$WORK/log/npm"
    die "npm ci"
  }
  GOBIN="$WORK/bin" go install "$ACT"
  go build -o "$WORK/bin/demo" ./internal/demo
  stand_ins
}

# stand_ins: the two base images under their upstream names, made of Debian's packages and this machine's Go. They prove
# the Dockerfile's logic, not the upstream images. The Debian one has no certificates, as upstream; the Go one has them,
# and the modules, so that the build can do without a network.
stand_ins() {
  local box
  mmdebstrap --quiet --variant=minbase bookworm "$WORK/debian.tar" >"$WORK/log/mmdebstrap" 2>&1 || {
    cat "$WORK/log/mmdebstrap"
    die "mmdebstrap"
  }
  podman import -q "$WORK/debian.tar" "$DEBIAN_BASE" >/dev/null
  rm "$WORK/debian.tar"
  GOMODCACHE="$WORK/modules" GOFLAGS=-modcacherw go mod download
  box=$(buildah from --pull-never "$DEBIAN_BASE")
  buildah copy -q "$box" "$(go env GOROOT)" /usr/local/go >/dev/null
  buildah copy -q "$box" "$WORK/modules" /go/pkg/mod >/dev/null
  buildah copy -q "$box" /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt >/dev/null
  buildah config --env GOPATH=/go --env GOTOOLCHAIN=local --env GOPROXY=off \
    --env PATH=/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$box"
  buildah commit -q "$box" "$GO_BASE" >/dev/null
  buildah rm "$box" >/dev/null
  rm -rf "$WORK/modules"
}

# The report (descriptor 3): what a rehearsal changed about the world, and what it proved.
report() { printf '    %s\n' "$*" >&3; }
forced() { report "forced: $*"; }
proven() { report "proven: $*"; }

# same WHAT GOT WANT
same() {
  [ "$2" = "$3" ] || die "$1:
got:  $2
want: $3"
}
