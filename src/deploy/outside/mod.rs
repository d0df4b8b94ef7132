//! The outside of a deploy: the output it reads, the targets it writes to, and who is told afterwards.
//!
//! Nothing here decides what is sent or deleted; that is the plan's business.

#![expect(clippy::disallowed_methods, reason = "targets are files, programs and servers")]

#[cfg(feature = "cloud")]
mod bucket;
mod calls;
mod child;
mod clock;
#[cfg(feature = "cloud")]
mod cloud;
mod desk;
pub mod environment;
mod git;
mod local;
pub mod notices;
pub mod open;
pub mod output;
mod packing;
mod repository;
mod rsync;
pub mod scan;
mod ssh;
mod tree;
#[cfg(feature = "cloud")]
mod under_way;

use std::path::Path;

pub use clock::SystemClock;
pub use desk::Desk;

/// The Git revision of a newspaper, where it is under Git and Git is there.
#[must_use]
pub fn revision(root: &Path) -> Option<String> {
    let said =
        child::Child::new("git").arg("-C").arg(root).args(["rev-parse", "--verify", "HEAD"]).run(b"").ok()?;
    let text = String::from_utf8_lossy(&said.out).trim().to_owned();
    (said.code == 0 && text.bytes().all(|c| c.is_ascii_hexdigit())).then_some(text)
}
