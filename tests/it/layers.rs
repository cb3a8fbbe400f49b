//! Data flows one way: the table of `ARCHITECTURE.md`, and a failure for every import against it.

use proc_macro2::{Ident, TokenStream, TokenTree};

use crate::sources::{Source, rust_sources};

/// A module and what it may import besides itself.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("config", &["domain"]),
    ("telemetry", &["domain", "config"]),
    ("store", &["domain", "config"]),
    ("chain", &["domain", "config"]),
    ("service", &["domain", "store", "chain"]),
    ("http", &["domain", "telemetry", "service"]),
    ("jobs", &["domain", "telemetry", "store", "service"]),
    ("client", &["domain", "chain"]),
    ("app", &["domain", "config", "telemetry", "store", "chain", "service", "http", "jobs", "client"]),
    ("cli", &["domain", "config", "telemetry", "service", "client", "app"]),
    ("fuzzing", &["domain", "config", "store", "chain", "service", "http"]),
];

#[test]
fn no_module_imports_against_the_table() {
    let mut breaches = Vec::new();
    for source in rust_sources() {
        let Some(module) = module_path(&source.path).into_iter().next() else { continue };
        let allowed = allowed(&module);
        for import in imports(&source) {
            if import.module != module && !allowed.contains(&import.module.as_str()) {
                let rule = if allowed.is_empty() { "nothing".into() } else { allowed.join(", ") };
                let (path, line, other) = (&source.path, import.line, &import.module);
                breaches.push(format!("{path}:{line}: `{module}` imports `{other}`; it may import {rule}"));
            }
        }
    }
    assert!(breaches.is_empty(), "imports against the layers:\n{}", breaches.join("\n"));
}

#[test]
fn the_ethereum_library_stays_inside_the_chain_module() {
    let outside = |source: &Source| !module_path(&source.path).starts_with(&["chain".into()]);
    for source in rust_sources().into_iter().filter(outside) {
        for word in words(source.tokens) {
            let line = word.span().start().line;
            assert!(word != "ethers", "{}:{line}: `ethers` is named outside src/chain/", source.path);
        }
    }
}

fn allowed(module: &str) -> &'static [&'static str] {
    let row = MAY_IMPORT.iter().find(|(name, _)| *name == module);
    row.unwrap_or_else(|| panic!("the table of layers has no row for the module `{module}`")).1
}

/// The modules that a file's code lies in: `src/store/objects/mod.rs` → `store`, `objects`; none for the roots.
fn module_path(path: &str) -> Vec<String> {
    let inside = path.strip_prefix("src/").unwrap().strip_suffix(".rs").unwrap();
    let mut modules: Vec<String> = inside.split('/').map(str::to_owned).collect();
    if matches!(modules.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        modules.pop();
    }
    modules
}

#[derive(Debug, PartialEq)]
struct Import {
    module: String,
    line: usize,
}

/// The top-level modules that a file names, through `crate::…` or `super::…`, in `use` items, paths and macros.
fn imports(source: &Source) -> Vec<Import> {
    let mut found = Vec::new();
    scan(source.tokens.clone(), module_path(&source.path).len(), &mut found);
    found
}

/// `depth`: how many modules the tokens lie in.
fn scan(tokens: TokenStream, depth: usize, found: &mut Vec<Import>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            // The body of an inline module is one module deeper.
            TokenTree::Group(group) => {
                let inner = at >= 2 && is_word(&tokens[at - 2], "mod");
                scan(group.stream(), depth + usize::from(inner), found);
            }
            TokenTree::Ident(_) if follows_a_path(&tokens[..at]) => {}
            TokenTree::Ident(word) if word == "crate" => named(&tokens[at + 1..], found),
            TokenTree::Ident(word) if word == "super" => climb(&tokens[at + 1..], depth, found),
            _ => {}
        }
    }
}

/// After `super`: more of them may lead to the root of the crate.
fn climb(rest: &[TokenTree], depth: usize, found: &mut Vec<Import>) {
    if depth <= 1 {
        named(rest, found);
    } else if let Some(after) = after_colons(rest)
        && after.first().is_some_and(|token| is_word(token, "super"))
    {
        climb(&after[1..], depth - 1, found);
    }
}

/// After the root of the crate: one name, or several in braces.
fn named(rest: &[TokenTree], found: &mut Vec<Import>) {
    let Some(after) = after_colons(rest) else { return };
    match after.first() {
        Some(TokenTree::Ident(word)) => found.push(import(word)),
        Some(TokenTree::Group(group)) => {
            let inner: Vec<TokenTree> = group.stream().into_iter().collect();
            let parts = inner.split(|token| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ','));
            found.extend(parts.filter_map(|part| match part.first() {
                Some(TokenTree::Ident(word)) => Some(import(word)),
                _ => None,
            }));
        }
        _ => {}
    }
}

fn import(word: &Ident) -> Import {
    Import { module: word.to_string(), line: word.span().start().line }
}

fn after_colons(tokens: &[TokenTree]) -> Option<&[TokenTree]> {
    match tokens {
        [first, second, rest @ ..] if is_colon(first) && is_colon(second) => Some(rest),
        _ => None,
    }
}

/// `a::super` is the end of a path that was followed already.
fn follows_a_path(before: &[TokenTree]) -> bool {
    matches!(before, [.., TokenTree::Ident(_), first, second] if is_colon(first) && is_colon(second))
}

fn is_colon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(mark) if mark.as_char() == ':')
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(found) if found == word)
}

fn words(tokens: TokenStream) -> Vec<Ident> {
    let mut found = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Ident(word) => found.push(word),
            TokenTree::Group(group) => found.extend(words(group.stream())),
            _ => {}
        }
    }
    found
}

#[test]
fn imports_are_found_in_every_form() {
    let code = r#"
        // use crate::comment;
        /* crate::comment */
        use crate::{config, domain::{Hash, crate_name}, store::metadata::{self, State}};
        use super::super::chain;
        use super::sibling;
        pub(crate) fn run() { let text = "crate::text"; crate::http::serve(macro_call!(crate::jobs::all())) }
        mod tests { use super::super::super::client; use super::*; }
    "#;
    let source = Source { path: "src/store/objects/local.rs".into(), tokens: code.parse().unwrap() };
    let names: Vec<String> = imports(&source).into_iter().map(|import| import.module).collect();
    // Three modules deep, two `super` lead into `store`, and from the inline module three of them do.
    assert_eq!(names, ["config", "domain", "store", "http", "jobs"]);

    let source = Source { path: "src/store/objects.rs".into(), tokens: code.parse().unwrap() };
    let names: Vec<String> = imports(&source).into_iter().map(|import| import.module).collect();
    assert_eq!(names, ["config", "domain", "store", "chain", "http", "jobs", "client"]);
    assert_eq!(imports(&source)[0].line, 4);
}

#[test]
fn a_module_with_files_of_its_own_is_a_folder_with_a_mod_file() {
    let paths: Vec<String> = rust_sources().into_iter().map(|source| source.path).collect();
    for path in &paths {
        let folder = format!("{}/", path.strip_suffix(".rs").unwrap());
        let inside = paths.iter().find(|other| other.starts_with(&folder));
        assert!(inside.is_none(), "{path} stands beside its folder: move it to {folder}mod.rs");
    }
}
