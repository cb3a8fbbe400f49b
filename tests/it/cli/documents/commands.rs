//! Commands in the text of the documents.

use clap::error::ErrorKind;

use super::blocks::{documents, read};
use crate::sources::root;

/// What stands for a hash in an example.
const HASH: &str = "0x1111111111111111111111111111111111111111111111111111111111111111";

/// The commands that docs/cli.md names without their program.
const GROUPS: [&str; 5] = ["admin", "dev", "fleet", "key", "market"];

#[test]
fn every_command_target_and_script_that_the_text_of_the_documents_names_exists() {
    let makefile = std::fs::read_to_string(root().join("Makefile")).unwrap();
    let mut seen = 0;
    for document in documents() {
        let (_, prose) = read(&document);
        for span in prose.split('`').skip(1).step_by(2) {
            let span = without_placeholders(span);
            let words: Vec<&str> =
                span.split_whitespace().take_while(|word| !["|", "…"].contains(word)).collect();
            let Some((first, rest)) = words.split_first() else { continue };
            match *first {
                "capi" => assert_command(&document, &words),
                group if document == "docs/cli.md" && GROUPS.contains(&group) => {
                    assert_command(&document, &[&["capi"][..], &words[..]].concat());
                }
                "make" if !rest.is_empty() => {
                    assert!(makefile.contains(&format!("\n{}: ", rest[0])), "{document}: {span}");
                }
                script if script.starts_with("scripts/") => {
                    assert!(root().join(script).exists(), "{document}: {span}");
                }
                _ => continue,
            }
            seen += 1;
        }
    }
    assert!(seen > 100, "only {seen} commands were found");
}

/// The program takes the words, or the example leaves out what follows them.
#[track_caller]
fn assert_command(document: &str, words: &[&str]) {
    // Of alternatives, the first.
    let words: Vec<&str> = words.iter().map(|word| word.split('|').next().unwrap_or(word)).collect();
    let Err(error) = capi::cli::check(&words) else { return };
    let left_out = [
        ErrorKind::DisplayHelp,
        ErrorKind::DisplayVersion,
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
        ErrorKind::MissingRequiredArgument,
        ErrorKind::MissingSubcommand,
    ];
    assert!(left_out.contains(&error.kind()), "{document}: {}: {error}", words.join(" "));
}

/// Words in place of `<hash>` and the like.
fn without_placeholders(span: &str) -> String {
    let mut text = String::new();
    let mut rest = span;
    while let Some((before, after)) = rest.split_once('<') {
        let Some((name, after)) = after.split_once('>') else { break };
        text += before;
        text += if name.contains("hash") { HASH } else { "example" };
        rest = after;
    }
    text + rest
}
