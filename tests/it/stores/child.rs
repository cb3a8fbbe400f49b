//! Processes that die in mid-write or fill their disk: ignored tests of this binary, run again as children.

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

/// Runs the test named `test` on `directory`, where no file can grow beyond some MiB; it must pass.
pub fn limited(test: &str, directory: &Path) {
    // With the signal ignored, a write beyond the limit is an error like that of a full disk.
    let shell = ["-c", r#"trap "" XFSZ; ulimit -f 4096; exec "$@""#, "sh"];
    let mut command = Command::new("sh");
    command.args(shell).arg(std::env::current_exe().unwrap());
    let output = as_child(&mut command, test, directory).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn as_child<'command>(command: &'command mut Command, test: &str, directory: &Path) -> &'command mut Command {
    command.args([test, "--exact", "--ignored", "--nocapture"]).env(DIRECTORY, directory)
}

/// Runs the test named `test` on `directory` and kills it after some reports; answers all it made.
pub fn kill_after(reports: usize, test: &str, directory: &Path) -> Vec<String> {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = as_child(&mut command, test, directory).spawn().unwrap();
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
