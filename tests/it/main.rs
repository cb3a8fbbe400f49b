//! All integration tests, in one binary. A file per resource, named as in `src/http/` and `src/service/`.

mod config;
mod layers;
mod metrics;
mod repository;
mod sources;
