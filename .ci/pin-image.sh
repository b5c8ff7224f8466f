#!/usr/bin/env bash
# Writes a built image into action.yml, in place of the Dockerfile, and into the examples, in place of sha256:DIGEST: the
# release does it with the image's digest, the rehearsal with the image that it just built.
#
#   .ci/pin-image.sh IMAGE FILE|FOLDER…
set -euo pipefail
image=$1
shift
mapfile -t files < <(grep -rlE '^  image: Dockerfile$|:v1@sha256:DIGEST' -- "$@")
for path; do
  printf '%s\n' "${files[@]}" | grep -q "^$path" || {
    echo "error: $path names no image to be replaced" >&2
    exit 1
  }
done
sed -i -E "s|^  image: Dockerfile\$|  image: docker://$image|; s|ghcr\.io/[^/ ]+/publish-offer:v1@sha256:DIGEST|$image|" "${files[@]}"
