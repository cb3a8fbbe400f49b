//! Does a flood disturb honest clients? Each class of request is sent at full speed for a while, beside a maker, a buyer and
//! a reader, and compared with a quiet time of the same length. Writes the table in docs/security.md; with `FLOODS`, only
//! shows the floods whose names contain its text.

mod attackers;
mod attacks;
mod honest;
mod scene;
mod signers;
mod table;

use std::time::{Duration, Instant};

use self::attackers::attack;
pub use self::attackers::attack_if_asked;
use self::attacks::{Aim, Sent, attacks};
use self::honest::{Honest, Times, live, read_bare};
use self::scene::Scene;
use crate::report::replace_measured;
use crate::usage;

/// The seconds of the quiet time and of each flood, unless `SECONDS` names others.
const SECONDS: u64 = 60;
/// How long the minimal server is flooded at most.
const BARE_LENGTH: Duration = Duration::from_secs(10);
/// A server has recovered when so many requests in a row are answered within a few times their quiet time.
const RECOVERED_REQUESTS: usize = 20;
const RECOVERED_RATIO: u32 = 3;
const RECOVERY_TIMEOUT: Duration = Duration::from_secs(120);

/// One line of the table.
struct Measured {
    name: &'static str,
    sent: Sent,
    honest: Honest,
    /// Of a reader, while the minimal server is flooded in the same way.
    bare: Times,
    /// Bytes: the most while it lasted, and the growth of the data directory.
    memory: u64,
    disk: u64,
    /// Until reads were as fast as before, after the end.
    recovery: Option<Duration>,
}

pub async fn measure() {
    let seconds = std::env::var("SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SECONDS);
    let length = Duration::from_secs(seconds);
    let names: Vec<&str> = attacks(&Aim::default()).iter().map(|attack| attack.name).collect();
    let wanted = std::env::var("FLOODS").unwrap_or_default();
    let chosen: Vec<usize> = (0..names.len()).filter(|number| names[*number].contains(&wanted)).collect();
    let scene = Scene::set(length, chosen.len() + 1).await;
    let mut quiet = one(&scene, 0, length, "none", None).await;
    quiet.bare = bare(&scene, length, None).await;
    println!("{}", table::line(&quiet, &quiet));
    let mut all = vec![quiet];
    for (round, flood) in (1..).zip(chosen) {
        let mut measured = one(&scene, round, length, names[flood], Some(flood)).await;
        measured.recovery = recovery(&scene, all[0].honest.reads.p99()).await;
        measured.bare = bare(&scene, length, Some(flood)).await;
        println!("{}", table::line(&measured, &all[0]));
        all.push(measured);
    }
    let table = table::markdown(&all, length);
    if wanted.is_empty() {
        replace_measured("security.md", &table);
    } else {
        println!("{table}");
    }
}

/// The honest parties for a while, alone or in a flood.
async fn one(
    scene: &Scene,
    round: usize,
    length: Duration,
    name: &'static str,
    flood: Option<usize>,
) -> Measured {
    let disk = usage::disk(scene.data());
    let lived = async {
        tokio::join!(live(scene, round, Instant::now() + length), flooded(flood, length, scene.aim()))
    };
    let ((honest, sent), memory) = usage::most_memory(scene.process(), lived).await;
    let disk = usage::disk(scene.data()).saturating_sub(disk);
    Measured { name, sent, honest, bare: Times::default(), memory, disk, recovery: None }
}

/// A reader of the minimal server, alone or in a flood.
async fn bare(scene: &Scene, length: Duration, flood: Option<usize>) -> Times {
    let length = length.min(BARE_LENGTH);
    let reading = read_bare(scene, Instant::now() + length);
    tokio::join!(reading, flooded(flood, length, scene.aim_at_bare())).0
}

async fn flooded(flood: Option<usize>, length: Duration, aim: Aim) -> Sent {
    match flood {
        Some(number) => attack(number, length, &aim).await,
        None => Sent::default(),
    }
}

/// How long it takes until reads are again as fast as before; `None` if they are not in time.
async fn recovery(scene: &Scene, quiet: Duration) -> Option<Duration> {
    let begun = Instant::now();
    let mut fast = 0;
    let mut first_fast = Duration::ZERO;
    while begun.elapsed() < RECOVERY_TIMEOUT {
        let asked = begun.elapsed();
        let answered = honest::read_once(scene, fast).await;
        if answered.is_some_and(|took| took <= quiet * RECOVERED_RATIO) {
            first_fast = if fast == 0 { asked } else { first_fast };
            fast += 1;
        } else {
            fast = 0;
        }
        if fast == RECOVERED_REQUESTS {
            return Some(first_fast);
        }
        tokio::time::sleep(honest::READ_INTERVAL).await;
    }
    None
}
