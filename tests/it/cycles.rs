//! No file imports another that leads back to it. Only what a folder's own files take from the folders around them is
//! left out: a child may use what its ancestors define, and a parent what its children do.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::sources::{Source, rust_sources};

/// The modules from the root of the crate.
type Module = Vec<String>;
/// From each file's module to those it imports.
type Imports = BTreeMap<Module, BTreeSet<Module>>;

#[test]
fn no_files_import_each_other_in_a_circle() {
    let graph = imports(&rust_sources());
    let circles: BTreeSet<String> = graph.keys().filter_map(|start| circle(&graph, start)).collect();
    assert!(
        circles.is_empty(),
        "imports in a circle:\n{}",
        circles.into_iter().collect::<Vec<_>>().join("\n")
    );
}

/// The shortest way from a module back to itself.
fn circle(graph: &Imports, start: &Module) -> Option<String> {
    let mut ways = vec![vec![start]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for next in graph.get(*way.last()?).into_iter().flatten() {
                let way: Vec<&Module> = way.iter().copied().chain([next]).collect();
                if next == start {
                    return Some(told(&way));
                }
                if seen.insert(next) {
                    longer.push(way);
                }
            }
        }
        ways = longer;
    }
    None
}

/// A circle, beginning at its first module in the alphabet, so that it is told once.
fn told(way: &[&Module]) -> String {
    let ring = &way[1..];
    let first = (0..ring.len()).min_by_key(|at| ring[*at]).unwrap();
    let names: Vec<String> =
        ring[first..].iter().chain(&ring[..=first]).map(|module| module.join("::")).collect();
    names.join(" -> ")
}

fn imports(sources: &[Source]) -> Imports {
    let modules: BTreeSet<Module> = sources.iter().map(|source| module(&source.path)).collect();
    let mut graph = Imports::new();
    for source in sources {
        let from = module(&source.path);
        let mut paths = Vec::new();
        scan(&source.tokens, &from, &modules, &mut paths);
        let others = paths.iter().map(|path| holder(path, &modules)).filter(|to| !from.starts_with(to));
        graph.entry(from.clone()).or_default().extend(others);
    }
    graph
}

/// The module of a file: `src/store/objects/mod.rs` → `store::objects`; that of the roots has no name.
fn module(path: &str) -> Module {
    let inside = path.strip_prefix("src/").unwrap().strip_suffix(".rs").unwrap();
    let mut modules: Module = inside.split('/').map(str::to_owned).collect();
    if matches!(modules.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        modules.pop();
    }
    modules
}

/// The module with a file that a path leads into.
fn holder(path: &[String], modules: &BTreeSet<Module>) -> Module {
    let longest = (0..=path.len()).rev().find(|length| modules.contains(&path[..*length]));
    path[..longest.unwrap_or_default()].to_vec()
}

/// Collects the paths that tokens name, from the root of the crate. Tests of a file are not part of what it is.
fn scan(tokens: &TokenStream, here: &Module, modules: &BTreeSet<Module>, found: &mut Vec<Module>) {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(_)
                if at >= 2 && is_word(&tokens[at - 2], "mod") && is_word(&tokens[at - 1], "tests") => {}
            TokenTree::Group(group) => scan(&group.stream(), here, modules, found),
            TokenTree::Ident(word) if !follows_colons(&tokens[..at]) => {
                let base = match word.to_string().as_str() {
                    "crate" => Some(Module::new()),
                    "super" => Some(parent(here)),
                    "self" => Some(here.clone()),
                    name => Some(child(here, name)).filter(|child| modules.contains(child)),
                };
                if let Some(base) = base {
                    follow(&tokens[at + 1..], base, found);
                }
            }
            _ => {}
        }
    }
}

/// Follows `::name::{…}` from a module; `super` leads up again.
fn follow(rest: &[TokenTree], base: Module, found: &mut Vec<Module>) {
    let [first, second, next, after @ ..] = rest else { return };
    if !is_colon(first) || !is_colon(second) {
        return;
    }
    match next {
        TokenTree::Ident(word) if word == "super" => follow(after, parent(&base), found),
        TokenTree::Ident(word) => {
            let path = child(&base, &word.to_string());
            found.push(path.clone());
            follow(after, path, found);
        }
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
            let inner: Vec<TokenTree> = group.stream().into_iter().collect();
            for part in inner.split(|token| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ','))
            {
                if let Some(TokenTree::Ident(word)) = part.first() {
                    let path = if word == "self" { base.clone() } else { child(&base, &word.to_string()) };
                    found.push(path.clone());
                    follow(&part[1..], path, found);
                }
            }
        }
        _ => {}
    }
}

fn parent(module: &Module) -> Module {
    module[..module.len().saturating_sub(1)].to_vec()
}

fn child(module: &Module, name: &str) -> Module {
    module.iter().cloned().chain([name.to_owned()]).collect()
}

fn follows_colons(before: &[TokenTree]) -> bool {
    matches!(before, [.., first, second] if is_colon(first) && is_colon(second))
}

fn is_colon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(mark) if mark.as_char() == ':')
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(found) if found == word)
}

#[test]
fn a_circle_is_found_however_it_is_written() {
    let source = |path: &str, code: &str| Source { path: path.into(), tokens: code.parse().unwrap() };
    let files = |b: &str| {
        [
            source("src/a/mod.rs", "mod one; mod two; pub struct Shared;"),
            source("src/a/one.rs", "use super::{Shared, two::Thing};"),
            source("src/a/two.rs", b),
            source("src/b.rs", "fn f() { crate::a::one::g() } mod tests { use crate::a::two; }"),
        ]
    };
    let circles = |b| {
        let graph = imports(&files(b));
        graph
            .keys()
            .filter_map(|start| circle(&graph, start))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
    };
    assert!(circles("use super::Shared; use std::a::one;").is_empty());
    assert_eq!(circles("use crate::{a::Shared, a::one};"), ["a::one -> a::two -> a::one"]);
    assert_eq!(circles("fn f() { super::super::b::g() }"), ["a::one -> a::two -> b -> a::one"]);
}
