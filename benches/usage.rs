//! What a server takes of the machine.

use std::path::Path;
use std::time::Duration;

use tokio::time::timeout;

/// The system counts the time of processes in these.
const TICKS_PER_SECOND: f64 = 100.0;
/// How often a process's memory is looked at.
const MEMORY_INTERVAL: Duration = Duration::from_millis(50);

/// Bytes of memory that a process has, and those of them that are not files.
pub fn memory(process: u32) -> (u64, u64) {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let kilobytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<u64>().unwrap()
    };
    (kilobytes("VmRSS") * 1024, kilobytes("RssAnon") * 1024)
}

/// Bytes of all files in a directory. One that disappears meanwhile has none.
pub fn disk(directory: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(directory) else { return 0 };
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(about) if about.is_dir() => disk(&entry.path()),
        Ok(about) => about.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size).sum()
}

/// The outcome of some work, and the most memory that a process had meanwhile, in bytes.
pub async fn most_memory<T>(process: u32, work: impl Future<Output = T>) -> (T, u64) {
    let mut work = std::pin::pin!(work);
    let mut most = 0;
    loop {
        most = most.max(memory(process).0);
        if let Ok(done) = timeout(MEMORY_INTERVAL, &mut work).await {
            return (done, most);
        }
    }
}

/// What a process and those that it started have used of the processors so far.
pub fn processor_seconds(process: u32) -> f64 {
    let directory = format!("/proc/{process}");
    let stat = std::fs::read_to_string(format!("{directory}/stat")).unwrap();
    // The name before the last parenthesis may contain anything.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |place: usize| fields[place].parse::<f64>().unwrap();
    let children = std::fs::read_to_string(format!("{directory}/task/{process}/children")).unwrap();
    let of_children = children.split_whitespace().map(|child| processor_seconds(child.parse().unwrap()));
    (ticks(11) + ticks(12)) / TICKS_PER_SECOND + of_children.sum::<f64>()
}
