# The server as an image: one program in a file system without a shell, run by a user without rights.
#
#   docker build --build-arg GIT_COMMIT="$(git rev-parse HEAD)" --tag capi .
#
# It is configured when it runs, by variables (docs/settings.md); nothing of a stack is in it but stacks.yml, which the
# program carries. The target `market` is for docker-compose.yml alone.

ARG RUST_VERSION=1.95.0

# The web console, which the program carries.
FROM node:22.21.1-bookworm-slim AS console
WORKDIR /src/web
COPY web ./
RUN npm ci --ignore-scripts --no-audit --no-fund && npm run build

FROM rust:${RUST_VERSION}-bookworm AS build
WORKDIR /src
# The dependencies in a layer of their own, which lasts until the lock file changes: a program that does nothing is
# built with them, and its traces are removed.
COPY Cargo.toml Cargo.lock ./
RUN mkdir -p src && echo "fn main() {}" >src/main.rs && touch src/lib.rs \
    && cargo build --release --locked \
    && rm -rf src target/release/deps/*capi* target/release/.fingerprint/capi-* target/release/capi
COPY contracts-abi contracts-abi
COPY stacks.yml ./
COPY src src
COPY --from=console /src/web/dist web/dist
RUN cargo build --release --locked --bin capi \
    && mkdir -p /image/data \
    && cp target/release/capi /image/capi

# What docker-compose.yml begins with: the development market, with an Ethereum node of its own.
FROM node:22.21.1-bookworm-slim AS market
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

# The C library and certificates, and nothing else. Its user nonroot is 65532.
FROM gcr.io/distroless/cc-debian12:nonroot
ARG GIT_COMMIT=unknown
LABEL org.opencontainers.image.title="capi" \
      org.opencontainers.image.description="The datatrust server of the Computable protocol" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.revision="${GIT_COMMIT}"
COPY --from=build /image/capi /capi
# The only place that is written to. As a volume it keeps this owner where the rest of the file system is read-only.
COPY --from=build --chown=65532:65532 /image/data /data
VOLUME ["/data"]
ENV CAPI_DATA_DIR=/data
USER 65532:65532
EXPOSE 5000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["/capi", "health"]
# The program is process 1 itself: SIGTERM reaches it.
ENTRYPOINT ["/capi"]
CMD ["serve"]
