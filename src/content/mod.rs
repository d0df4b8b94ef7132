//! One article: from a source file to an article with its findings. Nothing here knows of other articles.

pub mod html;
pub mod markdown;
pub mod terms;
pub mod words;
