//! The `newsprint` command: arguments in, exit code out.

use std::process::ExitCode;

/// Rendering allocates many short-lived strings on several threads; mimalloc does that in half of malloc's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    newsprint::cli::run()
}
