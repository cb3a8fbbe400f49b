//! The process of the attackers, so that the honest parties share no thread with them.
//!
//! It has one thread. On two cores, a flood at full speed keeps one of them busy, and the server the other.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::process::Command;

use super::attacks::{Aim, Sent, attacks, flood};

/// The first argument of the process.
const ASKED: &str = "attack";

/// The second argument, as JSON.
#[derive(Serialize, Deserialize)]
struct Orders {
    /// Which of the floods.
    number: usize,
    length: Duration,
    aim: Aim,
}

/// Sends a flood from another process.
pub async fn attack(number: usize, length: Duration, aim: &Aim) -> Sent {
    let orders = Orders { number, length, aim: aim.clone() };
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([ASKED, &serde_json::to_string(&orders).unwrap()]).kill_on_drop(true);
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Floods, and ends the process, if it was started as the attackers.
pub fn attack_if_asked() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [asked, orders] = arguments.as_slice()
        && asked == ASKED
    {
        let Orders { number, length, aim } = serde_json::from_str(orders).unwrap();
        let attack = attacks(&aim).swap_remove(number);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let sent = runtime.block_on(flood(attack, &aim.address, Instant::now() + length));
        println!("{}", serde_json::to_string(&sent).unwrap());
        std::process::exit(0);
    }
}
