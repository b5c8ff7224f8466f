# One build, two images:
#
#   ci    (the last stage, so what a plain `docker build .` makes) runs as GitHub action, as Azure Pipelines
#         container job and as GitLab job image
#   slim  the binary, the CA certificates and the licences, nothing else: for `docker run` by hand
#
# Both base images stand here as literal digests, because that is what Dependabot renews. A build elsewhere, with a mirror's
# images, replaces the two lines.

# Go cross-compiles: the compiler always runs on the builder's own architecture.
FROM --platform=$BUILDPLATFORM docker.io/library/golang:1.26.8-bookworm@sha256:a688600ca24f8a4d3ca77f95b0dd40704a9fc787c826660eb7ba0b641b8b175d AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY LICENSE main.go ./
COPY internal ./internal
ARG TARGETOS
ARG TARGETARCH
ARG VERSION=dev
# Nothing of the builder (paths, time, VCS state) gets into the binary: the same source gives the same bytes. Without
# inlining (-l) it is 8 % smaller.
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -tags nethttpomithttp2 -trimpath -buildvcs=false -gcflags=all=-l \
    -ldflags "-s -w -funcalign=16 -X main.version=$VERSION" -o /out/bin/publish-offer .
# The licences of all that is linked into the binary, Go itself included, and of the certificates.
RUN set -e; \
    keep() { mkdir -p "/out/licenses/$1"; shift; cp "$@"; }; \
    keep . LICENSE /out/licenses/; \
    keep go "$(go env GOROOT)/LICENSE" "$(go env GOROOT)/PATENTS" /out/licenses/go/; \
    keep ca-certificates /usr/share/doc/ca-certificates/copyright /out/licenses/ca-certificates/; \
    go version -m /out/bin/publish-offer | awk '$1 == "dep" {print $2}' >/tmp/modules; \
    go list -m -f '{{.Path}}@{{.Version}} {{.Dir}}' $(cat /tmp/modules) | while read -r module folder; do \
      keep "$module" "$folder"/LICENSE* $(ls -d "$folder"/PATENTS "$folder"/NOTICE* 2>/dev/null) "/out/licenses/$module/"; \
    done; \
    [ "$(find /out/licenses -path '*@*/LICENSE*' | wc -l)" -ge "$(wc -l </tmp/modules)" ]

FROM scratch AS slim
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/bin/publish-offer /usr/local/bin/publish-offer
COPY --from=build /out/licenses /usr/share/licenses/publish-offer
ARG SOURCE=""
ARG REVISION=""
ARG VERSION=dev
LABEL org.opencontainers.image.title="publish-offer (slim)" \
      org.opencontainers.image.description="Publish a commercial-marketplace offer and follow it to the end, without a stored secret" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.source="$SOURCE" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION"
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/publish-offer"]

# The agent of Azure Pipelines brings its own Node into the container, and Node 25 and newer want libatomic, which Debian slim
# does not have. Here the Go image is one of the target's architecture, and nothing runs in it: no network, no emulation.
FROM docker.io/library/golang:1.26.8-bookworm@sha256:a688600ca24f8a4d3ca77f95b0dd40704a9fc787c826660eb7ba0b641b8b175d AS libraries

FROM docker.io/library/debian:trixie-slim@sha256:a29215f6a35e51e22adffa17f89e9d2ef06214e64a2bad10d765c46aea49f11f AS ci
# Debian slim comes without certificates. The bundle alone is all that a Go program wants: Debian's package would bring
# OpenSSL along (9 MB), need the network and differ from day to day.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/bin/publish-offer /usr/local/bin/publish-offer
COPY --from=build /out/licenses /usr/share/licenses/publish-offer
COPY --from=libraries /usr/lib/*-linux-gnu/libatomic.so.1* /usr/lib/
COPY --from=libraries /usr/share/doc/gcc-*-base/copyright /usr/share/licenses/publish-offer/libatomic/
ARG SOURCE=""
ARG REVISION=""
ARG VERSION=dev
LABEL org.opencontainers.image.title="publish-offer" \
      org.opencontainers.image.description="Publish a commercial-marketplace offer and follow it to the end, without a stored secret" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.source="$SOURCE" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION"
# No USER, on purpose: GitHub's runner hands over files that only root can write
# (https://docs.github.com/en/actions/reference/workflows-and-actions/dockerfile-support#user), and the Azure Pipelines agent
# runs useradd and groupadd in the container
# (https://learn.microsoft.com/en-us/azure/devops/pipelines/process/container-phases).
#
# No ENTRYPOINT, on purpose: GitLab's runner and Azure's agent start the container with a shell as its command; an entry
# point would swallow those words (https://docs.gitlab.com/runner/executors/docker/#overwriting-an-images-entrypoint).
# GitHub takes its entry point from action.yml.
CMD ["publish-offer", "--help"]
