//! Files in and out: what the newspaper holds, and the atomic exchange of its output.
//!
//! Only this module (and the memory of the last build) touches the disk during a build. It knows files, folders and
//! names; it must not know what an article, a page or a theme is.

#![expect(clippy::disallowed_methods, reason = "files are read and written here")]

pub mod amendment;
mod bring;
mod carry;
mod changes;
mod hidden;
pub mod imprint;
mod in_place;
pub mod lists;
pub mod lock;
pub mod manifest;
pub mod memory;
pub mod outlet;
pub mod parts;
mod path;
mod pour;
mod published;
pub mod refusal;
pub mod scan;
mod spare;
pub mod spool;
pub mod stage;
pub mod stopwatch;
pub mod system;
mod trash;
mod turn;
mod walk;
mod watch;
