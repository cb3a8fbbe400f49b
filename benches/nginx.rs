//! nginx, which sends files by `sendfile` and asks nothing.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use tempfile::TempDir;

use crate::support::eventually::eventually;

/// Serves until it is dropped.
pub struct Nginx {
    pub address: String,
    process: Child,
    _directory: TempDir,
}

impl Nginx {
    /// Serves the files below a directory, with a process for each core.
    pub async fn serve(files: &Path) -> Self {
        let directory = TempDir::new().unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let settings = directory.path().join("nginx.conf");
        fs::write(&settings, configuration(files, directory.path(), &address)).unwrap();
        let mut command = Command::new(program());
        command.arg("-c").arg(&settings).arg("-p").arg(directory.path()).args(["-e", "stderr"]);
        let process = command.spawn().unwrap();
        let nginx = Nginx { address, process, _directory: directory };
        eventually("nginx serves", async || tokio::net::TcpStream::connect(&nginx.address).await.is_ok())
            .await;
        nginx
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Only if it is asked does it end its other processes.
        let _ = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        let _ = self.process.wait();
    }
}

fn configuration(files: &Path, directory: &Path, address: &str) -> String {
    // Only this user may read the files. A user other than root keeps itself anyway.
    let user = if fs::metadata("/proc/self").unwrap().uid() == 0 { "user root;" } else { "" };
    let (files, directory) = (files.display(), directory.display());
    let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary: String =
        kinds.iter().map(|kind| format!("{kind}_temp_path {directory}/{kind};\n")).collect();
    format!(
        "{user}\ndaemon off;\nworker_processes auto;\npid {directory}/pid;\nevents {{ worker_connections 4096; }}\n\
         http {{\naccess_log off;\nsendfile on;\ntcp_nopush on;\nkeepalive_requests 1000000000;\n{temporary}\
         server {{ listen {address}; root {files}; }}\n}}\n"
    )
}

fn program() -> PathBuf {
    let nginx = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".dev/bin/nginx");
    assert!(nginx.exists(), "{} is missing: run scripts/install-dev-tools --bench", nginx.display());
    nginx
}
