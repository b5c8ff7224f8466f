#!/usr/bin/env bash
# Both images from the Dockerfile, twice, without any network; then what is in them, and what is not.
set -euo pipefail
source .ci/lib.sh

# The stand-ins have the names of the base images, and cannot have their digests.
sed -E '/^FROM /s/@sha256:[0-9a-f]{64}//' Dockerfile >"$WORK/Dockerfile"
build() { # TARGET TAG [FLAG]
  unshare -n buildah bud --isolation chroot --pull-never --layers "${@:3}" --timestamp 0 --target "$1" -f "$WORK/Dockerfile" \
    --build-arg TARGETOS=linux --build-arg TARGETARCH="$(go env GOARCH)" \
    --build-arg VERSION=v0.0.0-rehearsal --build-arg REVISION=0123456789abcdef --build-arg SOURCE=https://example.com/publish-offer \
    -t "$2" .
}
look() { podman image inspect --format "$2" "$1"; }
label() { look "$1" "{{index .Labels \"org.opencontainers.image.$2\"}}"; }

forced "FROM $GO_BASE, FROM $DEBIAN_BASE, without their digests (stand-ins made of Debian's packages and this machine's Go; the second has no certificates)"
podman run --rm "$DEBIAN_BASE" sh -c '[ ! -e /etc/ssl/certs/ca-certificates.crt ]' || die "the stand-in for Debian slim holds certificates: nothing would be proven"
for target in slim ci; do
  build "$target" "$IMAGE:$target"
  build "$target" "$IMAGE:$target-again" --no-cache
  same "$target: digest of the second build" "$(look "$IMAGE:$target" '{{.Digest}}')" "$(look "$IMAGE:$target-again" '{{.Digest}}')"
  same "$target: licence" "$(label "$IMAGE:$target" licenses)" MIT
  same "$target: version" "$(label "$IMAGE:$target" version)" v0.0.0-rehearsal
  same "$target: revision" "$(label "$IMAGE:$target" revision)" 0123456789abcdef
  same "$target: source" "$(label "$IMAGE:$target" source)" https://example.com/publish-offer
  [ -n "$(label "$IMAGE:$target" title)" ] || die "$target: no title"
  [ -n "$(label "$IMAGE:$target" description)" ] || die "$target: no description"
  # The program says which version it is; --version asks for no configuration.
  podman run --rm --entrypoint /usr/local/bin/publish-offer "$IMAGE:$target" --version | grep -F v0.0.0-rehearsal
  # A secret has no place in a build: nothing but the path may be in the environment.
  same "$target: environment" "$(look "$IMAGE:$target" '{{range .Config.Env}}{{println .}}{{end}}' | sed '/^PATH=/d')" ""
done

# slim: two files and the licences, in all layers together, deleted ones included.
podman save -q --format oci-dir -o "$WORK/slim" "$IMAGE:slim"
files=$(for blob in "$WORK"/slim/blobs/sha256/*; do tar -tf "$blob" 2>/dev/null || true; done | sed '/\/$/d' | sort -u)
licences="usr/share/licenses/publish-offer"
same "slim: files" "$(grep -v "^$licences/" <<<"$files")" "etc/ssl/certs/ca-certificates.crt
usr/local/bin/publish-offer"
# The licence of each module that is linked in, in both images.
build_binary "$WORK/publish-offer"
mapfile -t linked < <(go version -m "$WORK/publish-offer" | awk '$1 == "dep" {print $2 "@" $3}')
[ ${#linked[@]} -ge 10 ] || die "only ${#linked[@]} modules are linked in"
for module in "${linked[@]}" go; do
  grep -q "^$licences/$module/LICENSE" <<<"$files" || die "slim: no licence of $module"
  podman run --rm "$IMAGE:ci" sh -c "grep -q . /$licences/$module/LICENSE*" || die "ci: no licence of $module"
done
podman run --rm "$IMAGE:ci" cat "/$licences/LICENSE" | cmp - LICENSE
for part in ca-certificates libatomic; do
  podman run --rm "$IMAGE:ci" test -s "/$licences/$part/copyright" || die "ci: no licence of $part"
done
# The loader finds what Node 25 wants.
same "ci: libatomic" "$(podman run --rm -e LD_PRELOAD=libatomic.so.1 "$IMAGE:ci" true 2>&1)" ""
same "slim: user" "$(look "$IMAGE:slim" '{{.Config.User}}')" 65532:65532
same "slim: entry point" "$(look "$IMAGE:slim" '{{json .Config.Entrypoint}}')" '["/usr/local/bin/publish-offer"]'
slim=$(look "$IMAGE:slim" '{{.Size}}')
[ "$slim" -le "$SLIM_BUDGET" ] || die "slim has $slim bytes, the budget is $SLIM_BUDGET"

same "ci: user" "$(look "$IMAGE:ci" '{{.Config.User}}')" ""
same "ci: entry point" "$(look "$IMAGE:ci" '{{json .Config.Entrypoint}}')" null
same "ci: command" "$(look "$IMAGE:ci" '{{json .Config.Cmd}}')" '["publish-offer","--help"]'
added=$(($(look "$IMAGE:ci" '{{.Size}}') - $(look "$DEBIAN_BASE" '{{.Size}}')))
[ "$added" -le "$CI_BUDGET" ] || die "ci adds $added bytes to its base, the budget is $CI_BUDGET"
podman run --rm "$IMAGE:ci" | grep -F publisher-id >/dev/null || die "ci: its command prints no help"
certificates=$(podman run --rm "$IMAGE:ci" grep -c 'BEGIN CERTIFICATE' /etc/ssl/certs/ca-certificates.crt)
[ "$certificates" -ge 50 ] || die "ci: $certificates certificates"

proven "buildah $(buildah --version | cut -d' ' -f3): both images built without a network, twice to the same digest;" \
  "slim $slim bytes, two files and the licences of ${#linked[@]} modules; ci base + $added bytes, $certificates certificates, no ENTRYPOINT, no USER"
