# What .ci/run and the rehearsals share. Sourced with the repository's root as the current folder.
# shellcheck shell=bash

STATICCHECK=honnef.co/go/tools/cmd/staticcheck@v0.8.2
ACTIONLINT=github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
ACT=github.com/nektos/act@v0.2.89
# Bytes: the stripped binary, the slim image unpacked, and what the ci image adds to its base.
BINARY_BUDGET=9000000
SLIM_BUDGET=9500000
CI_BUDGET=12000000
# The base images' names, as the Dockerfile has them, without their digests.
GO_BASE=$(sed -nE 's/^FROM .*(docker\.io\S*golang:[^@ ]+)@sha256:[0-9a-f]{64} AS build$/\1/p' Dockerfile)
DEBIAN_BASE=$(sed -nE 's/^FROM (docker\.io\S*debian:[^@ ]+)@sha256:[0-9a-f]{64} AS ci$/\1/p' Dockerfile)
IMAGE=localhost/publish-offer

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# open_work makes the one folder that everything of a run lives in.
open_work() {
  WORK=$(mktemp -d "${TMPDIR:-/tmp}/publish-offer-ci.XXXXXX")
  export WORK
  chmod 755 "$WORK" # steps run as other users, too
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
  CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go build -tags nethttpomithttp2 -trimpath -buildvcs=false -gcflags=all=-l -ldflags "-s -w -funcalign=16 -X main.version=rehearsal" -o "$1" .
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
  debs buildah podman runc netavark conmon iptables mmdebstrap debian-archive-keyring rsync git shellcheck >"$WORK/log/apt" 2>&1 || {
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
# libatomic, and the modules, so that the build can do without a network.
stand_ins() {
  local box
  [ -n "$GO_BASE" ] || die "the Dockerfile's Go image has no tag or no digest"
  [ -n "$DEBIAN_BASE" ] || die "the Dockerfile's Debian image has no tag or no digest"
  local suite=${DEBIAN_BASE##*:}
  mmdebstrap --quiet --variant=minbase "${suite%-slim}" "$WORK/debian.tar" >"$WORK/log/mmdebstrap" 2>&1 || {
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
  buildah copy -q "$box" /usr/share/doc/ca-certificates/copyright /usr/share/doc/ca-certificates/copyright >/dev/null
  buildah run "$box" -- sh -c 'apt-get update -q && apt-get install -q -y --no-install-recommends libatomic1' >"$WORK/log/libatomic" 2>&1 || {
    cat "$WORK/log/libatomic"
    die "libatomic1"
  }
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

# serve PLATFORM SPEED [SCRIPT]: the emulator on a loopback port, by default a publish of 50 minutes; SPEED of its minutes
# pass in one. SERVED is then the list of NAME=value that points the program at it, TRUST the file of its certificate.
serve() {
  local folder
  stop_serving
  folder=$(mktemp -d "$WORK/served.XXXX")
  printf -- '-- service --\n%s\n' "${3-}" >"$folder/story.txtar"
  "$WORK/bin/demo" -serve 127.0.0.1:0 -platform "$1" -speed "$2" -report "$folder/report.json" "$folder/story.txtar" \
    >"$folder/exports" 2>"$folder/log" &
  EMULATOR=$!
  EMULATOR_REPORT="$folder/report.json"
  for _ in {1..100}; do
    grep -q '^export SSL_CERT_FILE=' "$folder/exports" && break
    kill -0 "$EMULATOR" 2>/dev/null || break
    sleep 0.1
  done
  mapfile -t SERVED < <(sed -n "s/^export \([A-Za-z_]*\)='\(.*\)'\$/\1=\2/p" "$folder/exports")
  # The certificate goes where every runner and user can reach it.
  TRUST="$folder/emulator.pem"
  install -m 644 "$(served SSL_CERT_FILE)" "$TRUST" || {
    cat "$folder/exports" "$folder/log"
    die "the emulator does not serve"
  }
  chmod 755 "$folder"
  SERVED=("${SERVED[@]/#SSL_CERT_FILE=*/SSL_CERT_FILE=$TRUST}")
  # Once is enough: a second emulator differs in its port alone.
  [ -n "${SERVED_REPORTED-}" ] ||
    forced "$(printf '%s\n' "${SERVED[@]}" | sort | sed -E 's/^([A-Z_]*TOKEN)=.*/\1=(issued by the emulator)/; s|(://[^/]*/).+|\1…|' | tr '\n' ' ')"
  SERVED_REPORTED=yes
}

# stop_serving ends the emulator, which then writes down what really happened: EMULATOR_REPORT.
stop_serving() {
  [ -n "${EMULATOR-}" ] || return 0
  kill -INT "$EMULATOR" 2>/dev/null || true
  wait "$EMULATOR" 2>/dev/null || true
  EMULATOR=
}

# served NAME: a value that the emulator handed out.
served() { printf '%s\n' "${SERVED[@]}" | sed -n "s/^$1=//p"; }

# version_of PACKAGE: of npm, as installed.
version_of() { node -p "JSON.parse(require('fs').readFileSync('$WORK/node/node_modules/$1/package.json')).version"; }
