//! What the documents tell people to type is typed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::program::{DevMarket, capi, directory};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The shell blocks of a document.
fn blocks(document: &Path) -> Vec<String> {
    let text = fs::read_to_string(document).unwrap();
    let after = text.split("```sh\n").skip(1);
    after.map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

fn documents() -> Vec<PathBuf> {
    let pages = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = pages.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.chain(["README.md", "CONTRIBUTING.md"].map(|name| root().join(name))).collect()
}

#[test]
fn the_commands_of_the_readme_work_as_printed() {
    let directory = directory();
    let market = DevMarket::up(directory.path());
    fs::copy(root().join("README.md"), directory.path().join("README.md")).unwrap();
    let walk: Vec<String> =
        blocks(&root().join("README.md")).into_iter().filter(|block| block.contains("capi market")).collect();
    assert!(walk.len() >= 2, "the walk is gone");
    let program = Path::new(env!("CARGO_BIN_EXE_capi"));
    let script = walk
        .iter()
        .filter(|block| !block.contains("target/debug/capi dev seed"))
        .map(String::as_str)
        .collect::<String>()
        .replace("http://127.0.0.1:5000", market.said["api"].as_str().unwrap())
        .replace("$PWD/target/debug", program.parent().unwrap().to_str().unwrap());
    let mut command = Command::new("bash");
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).current_dir(directory.path());
    let output = command.args(["-euo", "pipefail", "-c", &script]).output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{shown}\n{}", String::from_utf8_lossy(&output.stderr));
    let text = fs::read(root().join("README.md")).unwrap();
    assert_eq!(fs::read(directory.path().join("copy.md")).unwrap(), text);
    assert!(
        shown.ends_with(&*String::from_utf8_lossy(&text[..100])),
        "the first 100 bytes come last: {shown}"
    );
    market.stop();
}

#[test]
fn every_command_in_the_documents_exists() {
    let directory = directory();
    let mut seen = 0;
    for document in documents() {
        let name = document.file_name().unwrap().to_string_lossy().into_owned();
        for line in blocks(&document).iter().flat_map(|block| block.lines()) {
            for (program, rest) in
                [("capi ", line.split("capi ").nth(1)), ("make ", line.strip_prefix("make "))]
            {
                let Some(rest) = rest else { continue };
                let plain = |word: &&str| {
                    word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.starts_with('-')
                };
                let words: Vec<&str> = rest.split_whitespace().take_while(plain).collect();
                if words.is_empty() {
                    continue;
                }
                seen += 1;
                let exists = match program {
                    "capi " => known_command(directory.path(), &words),
                    _ => Command::new("make")
                        .args(["-n", words[0]])
                        .current_dir(root())
                        .output()
                        .unwrap()
                        .status
                        .success(),
                };
                assert!(exists, "{name}: {line}");
            }
        }
    }
    assert!(seen > 10, "only {seen} commands were found");
}

/// Whether the longest beginning of the words that can be a command is one, and no word of it is unknown.
fn known_command(directory: &Path, words: &[&str]) -> bool {
    let depth = if matches!(words[0], "market" | "admin" | "dev" | "key" | "config") { 2 } else { 1 };
    let words = &words[..words.len().min(depth)];
    let output = capi(directory).args(words).arg("--help").output().unwrap();
    output.status.success()
}
