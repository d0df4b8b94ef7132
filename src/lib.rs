//! Newsprint: a folder of articles in, a complete static news site out.
//!
//! ```text
//!  scan → read → parse → Archive → Edition → render → publish
//!   I/O    I/O   pure     pure      pure      pure     I/O
//! ```
//!
//! The modules stand in reading order, and each imports only from those above it. `ARCHITECTURE.md` tells why.

// 0: vocabulary
pub mod date;
pub mod diagnostic;
pub mod fingerprint;
pub mod route;
pub mod source;
// 2: one article
pub mod content;
// 3: all articles
pub mod archive;
// 6: files in and out
pub mod disk;
