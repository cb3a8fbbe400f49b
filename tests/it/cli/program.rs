//! Runs the program: single commands, and development markets that last as long as their value.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::market::anvil;

const TIMEOUT: Duration = Duration::from_secs(60);

/// What is used of `capi dev --json`.
pub struct DevMarket {
    process: Child,
    /// Held open: a closed one would be an error to the program.
    _output: BufReader<ChildStdout>,
    /// What it printed when it was up.
    pub said: Value,
    directory: PathBuf,
}

/// The program with an environment of its own, far from any market of this checkout.
pub fn capi(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_capi"));
    let ours: Vec<_> = std::env::vars_os().map(|(name, _)| name).collect();
    for name in ours.iter().filter(|name| name.to_string_lossy().starts_with("CAPI_")) {
        command.env_remove(name);
    }
    command.current_dir(directory).env("CAPI_ANVIL", anvil()).stdin(Stdio::null());
    command
}

/// An empty directory to run the program in.
pub fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

impl DevMarket {
    /// Brings up the market in `data/dev` of the directory, on free ports.
    pub fn up(directory: &Path) -> Self {
        Self::up_with(directory, &[])
    }

    /// The same with a home directory of its own.
    pub fn up_in_home(directory: &Path, home: &Path) -> Self {
        let mut command = capi(directory);
        command.env("HOME", home).env_remove("XDG_CACHE_HOME");
        Self::start(command, directory, &[])
    }

    pub fn up_with(directory: &Path, options: &[&str]) -> Self {
        Self::start(capi(directory), directory, options)
    }

    /// The same with more variables in its environment.
    pub fn up_in(directory: &Path, variables: &[(&str, &str)]) -> Self {
        let mut command = capi(directory);
        command.envs(variables.iter().copied());
        Self::start(command, directory, &[])
    }

    fn start(mut command: Command, directory: &Path, options: &[&str]) -> Self {
        let log = File::create(directory.join("dev.log")).unwrap();
        let mut process = command
            .args(["dev", "--json", "--port", "0", "--node-port", "0"])
            .args(options)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let said = serde_json::from_str(&line).unwrap_or_else(|_| {
            let _ = process.kill();
            panic!("not up: {}", std::fs::read_to_string(directory.join("dev.log")).unwrap())
        });
        DevMarket { process, _output: output, said, directory: directory.to_owned() }
    }

    /// Runs a command against this market, which must succeed; answers what it prints.
    pub fn run(&self, arguments: &[&str]) -> Value {
        succeed(&self.directory, arguments)
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Every process that it started, and theirs.
    pub fn descendants(&self) -> Vec<u32> {
        descendants(self.pid())
    }

    pub fn signal(&self, name: &str) {
        signal(self.pid(), name);
    }

    /// Waits until it ended; answers its exit code.
    pub fn wait(&mut self) -> Option<i32> {
        until("the program does not end", || self.process.try_wait().unwrap().is_some());
        self.process.wait().unwrap().code()
    }

    /// Ends it as Ctrl-C does.
    pub fn stop(mut self) {
        self.signal("INT");
        assert_eq!(self.wait(), Some(0));
    }
}

impl Drop for DevMarket {
    fn drop(&mut self) {
        // The node ends with it.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs `capi … --json`, which must succeed; answers the JSON that it prints.
pub fn succeed(directory: &Path, arguments: &[&str]) -> Value {
    let output = run(capi(directory).args(arguments).arg("--json"));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{arguments:?}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Runs a command, which must fail with one line; answers its exit code and that line.
pub fn fail(command: &mut Command) -> (i32, String) {
    let output = run(command);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "it succeeds: {errors}");
    let lines: Vec<&str> = errors.lines().filter(|line| !line.ends_with('…')).collect();
    assert_eq!(lines.len(), 1, "{errors}");
    (output.status.code().unwrap(), lines[0].to_owned())
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap()
}

pub fn signal(pid: u32, name: &str) {
    assert!(Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status().unwrap().success());
}

/// Whether a process is there and runs; one that nobody has waited for yet does not.
pub fn runs(pid: u32) -> bool {
    let output = Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().unwrap();
    let state = String::from_utf8(output.stdout).unwrap();
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

fn descendants(pid: u32) -> Vec<u32> {
    let output = Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output().unwrap();
    let table: Vec<(u32, u32)> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .filter_map(|line| {
            let mut numbers = line.split_whitespace().map(|number| number.parse().unwrap());
            Some((numbers.next()?, numbers.next()?))
        })
        .collect();
    let mut family = vec![pid];
    let mut position = 0;
    while position < family.len() {
        let parent = family[position];
        family.extend(table.iter().filter(|(_, of)| *of == parent).map(|(child, _)| *child));
        position += 1;
    }
    family.split_off(1)
}

pub fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < TIMEOUT, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
