//! One content file: from a source to an article, or another record, with its findings.
//!
//! Nothing here knows of other files, and nothing fails: what cannot be read is a finding.

pub mod alias_lines;
pub mod article;
mod corrections;
mod destination;
pub mod front_matter;
mod header;
pub mod html;
pub mod markdown;
pub mod names;
pub mod on_file;
mod places;
pub mod prose;
pub mod records;
pub mod sketch;
pub mod spots;
pub mod term_rows;
pub mod terms;
pub mod vocabulary;
pub mod words;
