//! One article: from a source file to an article with its findings. Nothing here knows of other articles.

mod destination;
pub mod html;
pub mod markdown;
mod places;
pub mod terms;
