//! All articles together: built whole from the parsed articles, immutable once it exists.

pub mod postings;
pub mod related;
