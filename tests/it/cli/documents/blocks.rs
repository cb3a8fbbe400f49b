//! The fenced blocks of the documents.

use std::fs;

use crate::sources::{files_below, root};

/// The language of blocks to type into a shell.
pub const SHELL: &str = "sh";

pub struct Fence {
    /// From the root of the repository.
    pub document: String,
    pub line: usize,
    pub language: String,
    /// Without the indentation of the fence.
    pub text: String,
}

/// Data of another project, in files that look like documents.
const ADVISORIES: &str = "supply-chain/advisory-db/";

/// The documents, from the root of the repository.
pub fn documents() -> Vec<String> {
    let is_document = |path: &String| path.ends_with(".md") && !path.starts_with(ADVISORIES);
    let documents: Vec<String> = files_below("").into_iter().filter(is_document).collect();
    assert!(documents.iter().any(|path| path == "docs/operating.md"), "{documents:?}");
    documents
}

pub fn every_fence() -> Vec<Fence> {
    documents().iter().flat_map(|document| read(document).0).collect()
}

/// The fenced blocks of a document, and everything else.
pub fn read(document: &str) -> (Vec<Fence>, String) {
    let text = fs::read_to_string(root().join(document)).unwrap();
    let (mut fences, mut prose, mut open) = (Vec::new(), String::new(), None::<(Fence, usize)>);
    for (number, line) in text.lines().enumerate() {
        let mark = line.trim_start().strip_prefix("```");
        match (open.take(), mark) {
            (Some((fence, _)), Some("")) => fences.push(fence),
            (Some((mut fence, indentation)), _) => {
                let line = line.get(indentation..).unwrap_or_default();
                fence.text.push_str(line);
                fence.text.push('\n');
                open = Some((fence, indentation));
            }
            (None, Some(language)) => {
                let indentation = line.len() - line.trim_start().len();
                let (document, language) = (document.to_owned(), language.to_owned());
                let fence = Fence { document, line: number + 1, language, text: String::new() };
                open = Some((fence, indentation));
            }
            (None, None) => {
                prose.push_str(line);
                prose.push('\n');
            }
        }
    }
    assert!(open.is_none(), "{document}: a block does not end");
    (fences, prose)
}
