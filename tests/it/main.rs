//! All integration tests: one binary, so that it is linked once. A file per resource, named as in `src/http/` and
//! `src/service/`.

mod config;
mod layers;
mod metrics;
mod repository;
mod sources;
mod stores;
