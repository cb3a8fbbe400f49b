//! A real load balancer in front of two places for servers, set up as that of a stack is.

use std::net::TcpListener;
use std::path::PathBuf;

use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::sources::root;
use crate::support::eventually::eventually;

/// Ends with this value.
pub struct Balancer {
    pub url: String,
    /// The ports of the places `one` and `two`.
    pub ports: [u16; 2],
    _process: Child,
    _directory: TempDir,
}

impl Balancer {
    /// Answers when it listens.
    pub async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let [port, one, two] = free_ports();
        let file = directory.path().join("haproxy.cfg");
        std::fs::write(&file, configuration(port, one, two)).unwrap();
        let process =
            Command::new(program()).arg("-db").arg("-f").arg(&file).kill_on_drop(true).spawn().unwrap();
        eventually("the balancer listens", async || TcpStream::connect(("127.0.0.1", port)).await.is_ok())
            .await;
        let url = format!("http://127.0.0.1:{port}");
        Balancer { url, ports: [one, two], _process: process, _directory: directory }
    }
}

/// The header in which the balancer tells which place answered.
pub const PLACE: &str = "x-place";

/// A server that has just closed its door is not a failed request: the other one is asked.
fn configuration(port: u16, one: u16, two: u16) -> String {
    format!(
        "defaults
            mode http
            option http-server-close
            option redispatch 1
            retries 5
            retry-on conn-failure empty-response
            timeout connect 5s
            timeout client 60s
            timeout server 60s
            timeout queue 60s
        frontend api
            bind 127.0.0.1:{port}
            default_backend servers
        backend servers
            option httpchk GET /started
            http-check expect status 200
            http-response set-header {PLACE} %s
            default-server check inter 200ms fall 2 rise 2
            server one 127.0.0.1:{one}
            server two 127.0.0.1:{two}
"
    )
}

/// Ports that nobody listens on, all different.
fn free_ports<const N: usize>() -> [u16; N] {
    let listeners = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

fn program() -> PathBuf {
    let program = root().join(".dev/bin/haproxy");
    assert!(program.exists(), "{} is missing: run scripts/install-dev-tools --tests", program.display());
    program
}
