# The server's image: a single program in a file system without a shell, run by an unprivileged user.
#
#   docker build --build-arg GIT_COMMIT="$(git rev-parse HEAD)" --tag capi .
#
# Environment variables configure it at run time (docs/settings.md). The only stack data in it is stacks.yml, which is
# built into the program. The target `market` is only for docker-compose.yml. scripts/pin-images renews the digests of the
# base images.

# The web console, which is built into the program.
FROM node:22.21.1-bookworm-slim@sha256:25b3eb23a00590b7499f2a2ce939322727fcce1b15fdd69754fcd09536a3ae2c AS console
WORKDIR /src/web
COPY web ./
RUN npm ci --ignore-scripts --no-audit --no-fund && npm run build

FROM rust:1.95.0-bookworm@sha256:6258907abe69656e41cd992e0b705cdcfabcbbe3db374f92ed2d47121282d4a1 AS build
WORKDIR /src
# What lists the program's dependencies, in CycloneDX format.
RUN cargo install cargo-cyclonedx --version 0.5.9 --locked
# Build the dependencies in a separate layer, which stays cached until the lock file changes. An empty program is built
# with them, and its artifacts are removed.
COPY Cargo.toml Cargo.lock ./
COPY .cargo .cargo
COPY packaging/swagger-ui packaging/swagger-ui
RUN mkdir -p src && echo "fn main() {}" >src/main.rs && touch src/lib.rs \
    && cargo build --release --locked \
    && rm -rf src target/release/deps/*capi* target/release/.fingerprint/capi-* target/release/capi
COPY contracts-abi contracts-abi
COPY build.rs stacks.yml ./
COPY src src
COPY --from=console /src/web/dist web/dist
# The checkout's history is not here, so the version takes its commit from this.
ARG GIT_COMMIT=
RUN CAPI_COMMIT="$GIT_COMMIT" cargo build --release --locked --bin capi \
    && cargo cyclonedx --format json --spec-version 1.5 --override-filename capi.cdx \
    && mkdir -p /image/data \
    && cp target/release/capi capi.cdx.json /image/

# The development market with its own Ethereum node, for docker-compose.yml.
FROM node:22.21.1-bookworm-slim@sha256:25b3eb23a00590b7499f2a2ce939322727fcce1b15fdd69754fcd09536a3ae2c AS market
WORKDIR /tools
COPY scripts/dev-tools/package.json scripts/dev-tools/package-lock.json ./
RUN npm ci --include=optional --ignore-scripts --no-audit --no-fund \
    && cp node_modules/@foundry-rs/anvil-linux-*/bin/anvil /usr/local/bin/anvil \
    && chmod 755 /usr/local/bin/anvil \
    && mkdir /market \
    && chown 1000:1000 /market
COPY --from=build /image/capi /usr/local/bin/capi
USER 1000:1000
WORKDIR /market
VOLUME ["/market"]
ENTRYPOINT ["capi"]
CMD ["dev", "--no-serve", "--data-dir", "/market"]

# Contains only the C library and certificates. Its user nonroot has the id 65532.
FROM gcr.io/distroless/cc-debian12:nonroot@sha256:9dac0a79194e45a7da0158a9c6da57b217585af0786db3845d1f0ec1a0dd182f
ARG GIT_COMMIT=unknown
LABEL org.opencontainers.image.title="capi" \
      org.opencontainers.image.description="The datatrust server of the Computable protocol" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.revision="${GIT_COMMIT}"
COPY --from=build /image/capi /image/capi.cdx.json /
# The only writable directory. A volume keeps this owner even if the rest of the file system is read-only.
COPY --from=build --chown=65532:65532 /image/data /data
VOLUME ["/data"]
ENV CAPI_DATA_DIR=/data
USER 65532:65532
EXPOSE 5000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["/capi", "health"]
# The program runs as process 1, so SIGTERM reaches it.
ENTRYPOINT ["/capi"]
CMD ["serve"]
