//! Newsprint: a folder of articles in, a complete static news site out.
//!
//! ```text
//!  scan → read → parse → Archive → Edition → render → publish
//!   I/O    I/O   pure     pure      pure      pure     I/O
//! ```
//!
//! The modules stand in reading order, and each imports only from those above it. `ARCHITECTURE.md` tells why.

// 0: vocabulary
pub mod base_url;
pub mod date;
pub mod diagnostic;
pub mod fingerprint;
pub mod language;
pub mod permalink;
mod plain;
pub mod route;
pub mod source;
pub mod yaml;
// 1: the config
pub mod config;
// 2: one article
pub mod content;
// 3: all articles
pub mod archive;
// 4: what gets published
pub mod edition;
// 5: bytes
pub mod render;
// 6: files in and out
pub mod disk;
// 7: the stages in their order
pub mod engine;
// 9: the command line
pub mod cli;
