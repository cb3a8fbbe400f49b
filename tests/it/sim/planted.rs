//! The faults that `scripts/plant-faults` plants fit the sources as they are, and the docs know them.

use std::fs;

use super::invariants;
use crate::sources::{files_below, root};

struct Planted {
    name: String,
    patch: String,
}

fn planted() -> Vec<Planted> {
    let files = files_below("tests/faults");
    let patches = files.iter().filter_map(|path| Some((path, path.rsplit('/').next()?)));
    patches
        .filter_map(|(path, file)| {
            let patch = fs::read_to_string(root().join(path)).unwrap();
            Some(Planted { name: file.strip_suffix(".patch")?.to_owned(), patch })
        })
        .collect()
}

/// What each hunk takes to be there: the file, and the lines that it keeps or removes.
fn expected(patch: &str) -> Vec<(String, String)> {
    let mut expected = Vec::new();
    let mut file = String::new();
    for line in patch.lines() {
        if let Some(path) = line.strip_prefix("+++ b/") {
            file = path.to_owned();
        } else if line.starts_with("@@") {
            expected.push((file.clone(), String::new()));
        } else if let Some((_, lines)) = expected.last_mut()
            && let Some(line) = line.strip_prefix([' ', '-']).filter(|line| !line.starts_with("-- a/"))
        {
            lines.push_str(line);
            lines.push('\n');
        }
    }
    expected
}

#[test]
fn every_planted_fault_fits_the_sources() {
    let planted = planted();
    assert!(planted.len() >= 12, "there are {} faults", planted.len());
    for Planted { name, patch } in planted {
        let hunks = expected(&patch);
        assert!(!hunks.is_empty(), "{name} changes nothing");
        for (file, lines) in hunks {
            let source = fs::read_to_string(root().join(&file)).unwrap();
            assert_eq!(source.matches(&lines).count(), 1, "{name} does not fit {file}:\n{lines}");
        }
    }
}

#[test]
fn the_docs_list_what_is_checked_and_every_planted_fault() {
    let docs = fs::read_to_string(root().join("docs/simulation.md")).unwrap();
    let faults = planted().into_iter().map(|planted| planted.name);
    for name in invariants::names().map(str::to_owned).chain(faults) {
        assert!(docs.contains(&format!("| `{name}` |")), "docs/simulation.md does not list {name}");
    }
}
