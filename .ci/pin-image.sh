#!/usr/bin/env bash
# Writes a built image into an action.yml, in place of the Dockerfile: the release does it with the image's digest, the
# rehearsal with the image that it just built.
#
#   .ci/pin-image.sh FILE IMAGE
set -euo pipefail
[ "$(grep -c '^  image: Dockerfile$' "$1")" -eq 1 ] || {
  echo "error: $1 does not hold the line \"  image: Dockerfile\" once" >&2
  exit 1
}
sed -i "s|^  image: Dockerfile\$|  image: docker://$2|" "$1"
