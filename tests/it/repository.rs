//! Rules that hold for the repository as a whole.

use std::fs;

use capi::telemetry::metrics;
use proc_macro2::{TokenStream, TokenTree};

use crate::sources::{files_below, root, rust_sources};

/// Fails with every line of `path` that contains one of `words`.
fn assert_without(path: &str, words: &[String], rule: &str) {
    // What is not text is not written by anyone.
    let Ok(text) = fs::read_to_string(root().join(path)) else { return };
    for (number, line) in text.lines().enumerate() {
        if let Some(word) = words.iter().find(|word| line.contains(word.as_str())) {
            panic!("{path}:{}: `{word}`: {rule}", number + 1);
        }
    }
}

#[test]
fn no_file_names_the_host_of_a_package_registry() {
    // Put together here, so that this file does not name them either.
    let hosts = [
        ["registry", "npmjs.org"],
        ["registry", "yarnpkg.com"],
        ["index", "crates.io"],
        ["static", "crates.io"],
        ["pypi", "org"],
        ["files", "pythonhosted.org"],
        ["deb", "debian.org"],
    ];
    let hosts = hosts.map(|parts| parts.join("."));
    for path in files_below("") {
        assert_without(&path, &hosts, "where packages come from is the choice of whoever installs them");
    }
}

#[test]
fn the_code_has_no_leftovers() {
    let marks = ["TODO", "FIXME", "XXX", "todo!(", "unimplemented!(", "dbg!("].map(str::to_owned);
    // Stand-ins in tests may leave out what the test does not call.
    let is_test = |path: &String| path.ends_with("tests.rs") || path.contains("/tests/");
    for path in files_below("src").iter().filter(|path| !is_test(path)) {
        assert_without(path, &marks, "finish it, or write down in CHANGELOG.md what is missing");
    }
}

#[test]
fn every_promise_of_the_threat_model_is_held_by_tests_that_exist() {
    let page = fs::read_to_string(root().join("docs/security.md")).unwrap();
    let (_, promises) = page.split_once("## Promises").unwrap();
    let (promises, _) = promises.split_once("\n## ").unwrap();
    let rows: Vec<&str> = promises.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() > 10, "the table has {} rows", rows.len());
    let sources: String = [files_below("src"), files_below("tests/it")]
        .concat()
        .iter()
        .filter_map(|path| fs::read_to_string(root().join(path)).ok())
        .collect();
    for row in rows {
        let tests: Vec<&str> = row.rsplit('|').nth(1).unwrap().split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "no test holds: {row}");
        for test in tests {
            assert!(sources.contains(&format!("fn {test}(")), "there is no test {test}");
        }
    }
}

#[test]
fn every_metric_is_on_the_list_of_metrics() {
    for source in rust_sources() {
        for name in recorded_names(source.tokens) {
            let known = metrics::ALL.iter().any(|(known, ..)| *known == name);
            assert!(known, "{}: the metric {name} is not in telemetry::metrics::ALL", source.path);
        }
    }
}

/// The names that the macros of the `metrics` library are given as literals.
fn recorded_names(tokens: TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut names = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        names.extend(recorded_names(group.stream()));
        let is_macro = at >= 2
            && matches!(&tokens[at - 1], TokenTree::Punct(mark) if mark.as_char() == '!')
            && matches!(&tokens[at - 2], TokenTree::Ident(word)
                if ["counter", "gauge", "histogram"].iter().any(|name| word == name));
        if let (true, Some(TokenTree::Literal(name))) = (is_macro, group.stream().into_iter().next()) {
            names.push(name.to_string().trim_matches('"').to_owned());
        }
    }
    names
}

/// The dollars in a cell: the numbers behind the colons, or the only number.
fn dollars(cell: &str) -> f64 {
    let parts = cell.trim().trim_matches('*').split(';');
    parts.map(|part| part.rsplit(':').next().unwrap().trim().parse::<f64>().unwrap()).sum()
}

#[test]
fn the_totals_of_what_a_stack_costs_are_the_sums_of_their_rows() {
    let text = fs::read_to_string(root().join("docs/costs.md")).unwrap();
    let (_, tables) = text.split_once("## DynamoDB").unwrap();
    let (mut sums, mut totals) = ([0.0; 2], 0);
    for line in tables.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
        let [name, small, large] = cells[..] else { continue };
        if name.contains("---") || name.trim().is_empty() {
            sums = [0.0; 2];
        } else if name.contains("**") {
            for (sum, cell) in sums.iter().zip([small, large]) {
                assert!((sum - dollars(cell)).abs() < 0.005, "{line}: the rows add up to {sum:.2}");
            }
            totals += 1;
        } else {
            for (sum, cell) in sums.iter_mut().zip([small, large]) {
                *sum += dollars(cell);
            }
        }
    }
    assert_eq!(totals, 5);
}
