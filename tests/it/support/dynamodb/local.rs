//! The process of DynamoDB Local. Starting it takes longer than most tests, so all that run at a time share it, also
//! as processes of their own.
//!
//! Each user holds a shared lock for as long as it lives. A keeper runs beside them, an ignored test of this binary:
//! it starts DynamoDB Local, and ends it once nobody has held the lock for some seconds.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

/// Ends what it runs when its input closes, in whatever way that comes about. All is in memory: nothing is lost.
const SUPERVISOR: &str = r#"
    exec 3<&0
    "$@" </dev/null 3<&- &
    server=$!
    { read -r _ <&3; kill -KILL "$server"; } &
    exec 3<&-
    wait "$server"
"#;
const KEEPER: &str = "support::dynamodb::local::keeps_it_running_while_it_is_used";
const KEEP: &str = "CAPI_TEST_KEEP_DYNAMODB";

/// Compiling less and collecting garbage on one thread, it starts in half the time.
const JAVA_OPTIONS: [&str; 3] = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx1g"];

const TIMEOUT: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// How long it stays unused: from one test to the next.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);

struct Use {
    port: u16,
    _lock: File,
}

static USE: OnceLock<Use> = OnceLock::new();

/// The port where it answers, until this process ends.
pub fn port() -> u16 {
    USE.get_or_init(begin).port
}

fn begin() -> Use {
    let lock = file("users");
    // Waits while an unused one is being ended.
    lock.lock_shared().unwrap();
    let starting = file("starting");
    starting.lock().unwrap();
    let port = running().unwrap_or_else(start);
    Use { port, _lock: lock }
}

/// The port of the one that runs already.
fn running() -> Option<u16> {
    let port = fs::read_to_string(path("port")).ok()?.parse().ok()?;
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok().map(|_| port)
}

fn start() -> u16 {
    installed("bin/java");
    installed("dynamodb");
    let _ = fs::remove_file(path("port"));
    let mut keeper = Command::new(std::env::current_exe().unwrap());
    keeper.args([KEEPER, "--exact", "--ignored"]).env(KEEP, "yes").process_group(0);
    keeper.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut keeper = keeper.spawn().unwrap();
    wait(|| {
        let ended = keeper.try_wait().unwrap();
        assert!(ended.is_none(), "DynamoDB Local could not be started: {ended:?}");
        running()
    })
}

#[test]
#[ignore = "runs as a child of other tests"]
fn keeps_it_running_while_it_is_used() {
    if std::env::var_os(KEEP).is_none() {
        return;
    }
    let port = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let mut process = spawn(port);
    wait(|| {
        assert!(process.try_wait().unwrap().is_none(), "it ended by itself");
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()
    });
    // Nobody shall read half of it.
    fs::write(path("port.new"), port.to_string()).unwrap();
    fs::rename(path("port.new"), path("port")).unwrap();
    let lock = file("users");
    let mut used = Instant::now();
    while process.try_wait().unwrap().is_none() {
        thread::sleep(POLL_INTERVAL);
        if lock.try_lock().is_err() {
            used = Instant::now();
        } else if used.elapsed() < IDLE_TIMEOUT {
            lock.unlock().unwrap();
        } else {
            // Who comes now waits until the lock is gone with this process, and then starts another one.
            let _ = fs::remove_file(path("port"));
            drop(process.stdin.take());
            process.wait().unwrap();
            return;
        }
    }
}

fn spawn(port: u16) -> Child {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", SUPERVISOR, "stand-in"]).arg(installed("bin/java")).args(JAVA_OPTIONS);
    command.arg("-Djava.library.path=DynamoDBLocal_lib").args(["-jar", "DynamoDBLocal.jar"]);
    command.args(["-inMemory", "-sharedDb", "-port", &port.to_string()]).current_dir(installed("dynamodb"));
    // What it says on its way out explains tests that it refused.
    let log = File::create(path("log")).unwrap();
    command.stdin(Stdio::piped()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap()
}

fn wait<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "DynamoDB Local does not answer");
        thread::sleep(POLL_INTERVAL);
    }
}

fn installed(part: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".dev").join(part);
    assert!(path.exists(), "{} is missing: run scripts/install-dev-tools", path.display());
    path
}

fn file(name: &str) -> File {
    File::options().create(true).truncate(false).write(true).open(path(name)).unwrap()
}

fn path(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dynamodb");
    fs::create_dir_all(&directory).unwrap();
    directory.join(name)
}
