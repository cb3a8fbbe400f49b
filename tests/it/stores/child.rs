//! Processes that die in mid-write: ignored tests of this binary, run again as children and killed.

use std::io::{BufRead, BufReader, Write, stderr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const DIRECTORY: &str = "CAPI_TEST_CHILD_DIRECTORY";
const MARK: &str = "done: ";

/// In the child: the directory to write to; `None` when the test was not started as a child.
pub fn directory() -> Option<PathBuf> {
    std::env::var_os(DIRECTORY).map(PathBuf::from)
}

/// In the child: tells that the store has answered `work`.
pub fn report(work: &str) {
    stderr().write_all(format!("{MARK}{work}\n").as_bytes()).unwrap();
}

/// Runs the test named `test` on `directory` and kills it after some reports; answers all it made.
pub fn kill_after(reports: usize, test: &str, directory: &Path) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--ignored", "--nocapture"])
        .env(DIRECTORY, directory)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut made = Vec::new();
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        made.extend(line.unwrap().strip_prefix(MARK).map(str::to_owned));
        if made.len() == reports {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(made.len() >= reports, "the child ended by itself after {made:?}");
    made
}
