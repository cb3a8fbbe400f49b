//! The files of this repository, for the tests that hold them to its rules.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;

/// A file of Rust code below `src/`.
pub struct Source {
    /// From the root of the repository: `src/http/listings.rs`.
    pub path: String,
    /// Its code without comments.
    pub tokens: TokenStream,
}

pub fn rust_sources() -> Vec<Source> {
    let mut sources = Vec::new();
    for path in files_below("src") {
        if path.ends_with(".rs") {
            let text = fs::read_to_string(root().join(&path)).unwrap();
            let tokens = text.parse().unwrap_or_else(|error| panic!("{path} is not Rust: {error}"));
            sources.push(Source { path, tokens });
        }
    }
    assert!(sources.len() > 30, "the sources are not where this test looks for them");
    sources
}

/// The files below a directory of the repository, sorted; of the whole repository for "".
pub fn files_below(directory: &str) -> Vec<String> {
    let mut found = Vec::new();
    collect(&root().join(directory), &mut found);
    let relative = |path: PathBuf| path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
    let mut paths: Vec<String> = found.into_iter().map(relative).collect();
    paths.sort();
    paths
}

/// What git ignores, and git's own: nothing in them belongs to the repository.
const FOREIGN: [&str; 9] = [
    ".git",
    ".dev",
    "target",
    "data",
    "web/dist",
    "web/pictures",
    "fuzz/target",
    "fuzz/grown",
    "fuzz/artifacts",
];

fn collect(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        let foreign = FOREIGN.iter().any(|name| path == root().join(name));
        if kind.is_dir() && !foreign && entry.file_name() != "node_modules" {
            collect(&path, found);
        } else if kind.is_file() && !foreign {
            found.push(path);
        }
    }
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
