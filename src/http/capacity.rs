//! How many connections this process can have: each needs an open file, and takes memory while its client reads slowly.
//! How much memory the large responses take that are held whole until their clients have read them.

use std::fs;
use std::path::Path;

/// The most open files requested from the system, even if it would allow more.
const MAX_OPEN_FILES: u64 = 65_536;
/// Open files reserved for the server: stores, the index, files being read, requests to nodes.
const RESERVED_FILES: usize = 256;
/// Memory of a connection whose client reads nothing of a large response: the server's and the system's.
const CONNECTION_BYTES: u64 = 256 << 10;
/// The part of the memory that connections may take.
const MEMORY_PART: u64 = 2;
/// The part of the memory that large responses may take, and what it is taken for if the system does not tell.
const LARGE_PART: u64 = 8;
const USUAL_MEMORY: u64 = 1 << 30;
/// The part of the open files that refused connections may have, and the most of them.
const REFUSED_PART: usize = 8;
const MAX_REFUSED: usize = 2_000;

/// Numbers of connections, and memory beyond that of all of them.
pub(super) struct Capacity {
    /// Of those that are served, and those beyond the limit.
    pub served: usize,
    /// Of refused ones that are not closed yet.
    pub refused: usize,
    /// Bytes of large responses.
    pub large_bytes: u64,
}

impl Capacity {
    /// Raises this process's limit of open files as far as possible first.
    pub(super) fn of_system() -> Self {
        let files = rlimit::increase_nofile_limit(MAX_OPEN_FILES).unwrap_or(MAX_OPEN_FILES);
        Capacity::of(usize::try_from(files).unwrap_or(usize::MAX), memory())
    }

    fn of(files: usize, memory: Option<u64>) -> Self {
        let refused = MAX_REFUSED.min(files / REFUSED_PART);
        let by_files = files.saturating_sub(RESERVED_FILES + refused);
        let by_memory = memory.map(|bytes| bytes / MEMORY_PART / CONNECTION_BYTES);
        let by_memory = by_memory.and_then(|number| usize::try_from(number).ok());
        let large_bytes = memory.unwrap_or(USUAL_MEMORY) / LARGE_PART;
        Capacity { served: by_files.min(by_memory.unwrap_or(usize::MAX)), refused, large_bytes }
    }
}

/// The bytes of memory that this process can have, as far as the system says: those of the machine, or fewer in a container
/// or service.
fn memory() -> Option<u64> {
    let groups = Path::new("/sys/fs/cgroup");
    let own = fs::read_to_string("/proc/self/cgroup").ok().as_deref().and_then(group).map(str::to_owned);
    let limits = [Some(String::new()), own].into_iter().flatten().filter_map(|group| {
        fs::read_to_string(groups.join(group).join("memory.max")).ok()?.trim().parse().ok()
    });
    of_machine().into_iter().chain(limits).min()
}

/// Asked of the kernel, because a service may not see `/proc/meminfo`.
#[cfg(target_os = "linux")]
fn of_machine() -> Option<u64> {
    let information = rustix::system::sysinfo();
    information.totalram.checked_mul(information.mem_unit.into())
}

#[cfg(not(target_os = "linux"))]
fn of_machine() -> Option<u64> {
    None
}

/// The control group in `/proc/self/cgroup`, whose line for version 2 reads `0::/path`.
fn group(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.strip_prefix("0::/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_fit_into_the_open_files_and_half_of_the_memory() {
        for (files, memory, served, refused) in [
            (65_536, None, 63_280, 2_000),
            (65_536, Some(1 << 30), 2_048, 2_000),
            (1_024, Some(1 << 30), 640, 128),
            (100, Some(1 << 40), 0, 12),
        ] {
            let capacity = Capacity::of(files, memory);
            assert_eq!(capacity.large_bytes, memory.unwrap_or(1 << 30) / 8);
            assert_eq!((capacity.served, capacity.refused), (served, refused), "{files} {memory:?}");
        }
    }

    #[test]
    fn what_the_system_says_of_memory_is_understood() {
        assert_eq!(
            group("1:name=systemd:/\n0::/system.slice/capi.service\n"),
            Some("system.slice/capi.service")
        );
        assert_eq!(group("4:memory:/docker/7\n"), None);
        #[cfg(target_os = "linux")]
        {
            let told = fs::read_to_string("/proc/meminfo").unwrap();
            let line = told.lines().find_map(|line| line.strip_prefix("MemTotal:")).unwrap();
            let kilobytes: u64 = line.trim().strip_suffix("kB").unwrap().trim().parse().unwrap();
            assert_eq!(of_machine(), Some(kilobytes << 10));
            assert!(memory() <= of_machine());
        }
    }
}
