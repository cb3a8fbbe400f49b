//! The program. Everything is in the library, so that tests can use it too.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Requests allocate small values on several threads, and bursts must not leave memory behind.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    refuse_huge_pages();
    capi::cli::main()
}

/// With huge pages, an allocation of a few bytes may take 2 MiB: several times the memory that is in use. Allocators and
/// systems that hand them out to everyone are overruled; if the system does not let us, it only costs memory.
#[cfg(target_os = "linux")]
fn refuse_huge_pages() {
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

#[cfg(not(target_os = "linux"))]
fn refuse_huge_pages() {}
