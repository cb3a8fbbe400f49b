//! A Prometheus that watches one server of a test, with the alert rules of ops/.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::tool;
use crate::sources::root;
use crate::support::eventually::eventually;
use crate::support::http::client;

/// Ends with this value.
pub struct Prometheus {
    url: String,
    _process: Child,
    _directory: TempDir,
}

impl Prometheus {
    /// Answers when it listens.
    pub async fn watch(target: SocketAddr) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let config = directory.path().join("prometheus.yml");
        fs::write(&config, configuration(target)).unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let process = Command::new(tool("prometheus"))
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", directory.path().join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .arg("--log.level=error")
            .current_dir(directory.path())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let prometheus =
            Prometheus { url: format!("http://{address}"), _process: process, _directory: directory };
        eventually("Prometheus is ready", async || {
            let asked = client().get(format!("{}/-/ready", prometheus.url)).send().await;
            asked.is_ok_and(|answer| answer.status().is_success())
        })
        .await;
        prometheus
    }

    /// The series that an expression has now, or why it cannot be evaluated.
    pub async fn query(&self, expression: &str) -> Result<Vec<Value>, String> {
        let mut answer = self.get("query", &[("query", expression)]).await;
        match answer["data"]["result"].take() {
            Value::Array(series) => Ok(series),
            _ => Err(answer["error"].to_string()),
        }
    }

    /// The alert rules with their state.
    pub async fn rules(&self) -> Vec<Value> {
        let answer = self.get("rules", &[]).await;
        let groups = answer["data"]["groups"].as_array().unwrap();
        groups.iter().flat_map(|group| group["rules"].as_array().unwrap().clone()).collect()
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Value {
        let request = client().get(format!("{}/api/v1/{path}", self.url)).query(query);
        request.send().await.unwrap().json().await.unwrap()
    }
}

fn configuration(target: SocketAddr) -> String {
    format!(
        "global: {{scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms}}
rule_files: [\"{}\"]
scrape_configs:
  - job_name: capi
    static_configs: [{{targets: [\"{target}\"], labels: {{stack: test}}}}]
",
        root().join("ops/prometheus/rules.yml").display()
    )
}
