//! The program. Everything is in the library, so that tests can use it too.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Requests allocate small values on several threads, and bursts must not leave memory behind.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    capi::cli::main()
}
