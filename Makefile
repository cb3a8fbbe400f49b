# The common tasks in this repository. `make help` lists them.

.PHONY: help dev test test-api test-fleet faults web client sim fuzz bench check docs demo

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-18s %s\n", $$1 $$3, $$2 }' $(MAKEFILE_LIST)

dev: ## start a complete market on this machine and serve its API and console on port 5000 (ARGS="--fresh" starts over)
	@scripts/install-dev-tools --node
	@scripts/build-web
	@cargo run --locked -- dev $(ARGS)

test: ## run every test
	@scripts/install-dev-tools --tests
	@scripts/check-dependencies --prepare
	@scripts/build-web
	@scripts/run-tests
	@scripts/test-web

test-fleet: ## run stories, deliveries and uploads on three servers that share DynamoDB Local and an S3 stand-in
	@scripts/install-dev-tools --tests
	@CAPI_TEST_REPLICAS=3 CAPI_TEST_METADATA=dynamodb CAPI_TEST_OBJECTS=s3 \
		scripts/run-tests story:: deliveries:: uploads::

test-api: ## test the API from outside, against its own description (EXAMPLES=10 for each operation; REQUESTS=20000 in all; SEED=n)
	@EXAMPLES=$(EXAMPLES) REQUESTS=$(REQUESTS) SEED=$(SEED) scripts/test-api $(CAPI)

faults: ## show that the simulation finds planted faults (ONLY="fence-forgotten …"; default: all of them)
	@scripts/plant-faults $(ONLY)

web: ## build the web console, which the program serves at /app
	@scripts/build-web

client: ## regenerate the typed API client that the web console uses
	@scripts/build-web --packages
	@cargo run --quiet --locked -- openapi >web/client/openapi.json.new
	@mv web/client/openapi.json.new web/client/openapi.json
	@cd web && npm run --silent types

sim: ## simulate settlement under faults (SEEDS=1000 FIRST=0 THREADS=4; SEED=n logs one seed in full)
	@CAPI_SIM_SEED=$(SEED) CAPI_SIM_SEEDS=$(or $(SEEDS),1000) CAPI_SIM_FIRST=$(FIRST) CAPI_SIM_THREADS=$(THREADS) \
		cargo test --locked --profile sim --test it -- --exact --nocapture \
		sim::campaign::no_seed_breaks_what_must_hold

fuzz: ## give a parser made-up inputs (TARGET=multipart SECONDS=60; default: all of them, see fuzz/corpus)
	@scripts/fuzz "$(TARGET)" $(or $(SECONDS),60)

bench: ## measure against a reference in the same run (ONLY="downloads scale" or quick; ROUNDS=5 LISTINGS=1000,1000000 SECONDS=60)
	@scripts/install-dev-tools --bench
	@ROUNDS=$(ROUNDS) LISTINGS=$(LISTINGS) SECONDS=$(SECONDS) cargo bench --locked --bench against-reference -- $(ONLY)

check: ## check format, lints, and the dependencies' licences, sources and advisories
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	@scripts/check-dependencies

docs: ## generate docs/settings.md, and the code documentation in target/doc
	@cargo run --quiet -- config reference >docs/settings.md.new
	@mv docs/settings.md.new docs/settings.md
	cargo doc --no-deps --document-private-items

demo: ## list, sell and buy a file on a running `make dev` market (FILE=path; default: README.md)
	@scripts/demo "$(or $(FILE),README.md)"
