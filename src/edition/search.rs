//! Where the parts of search are published; the script of the search page makes the same names.

use crate::archive::search::File;
use crate::route::Route;

/// The search page.
#[must_use]
pub fn page() -> Route {
    Route::page(&["search"])
}

/// What the script reads first.
#[must_use]
pub fn map() -> Route {
    Route::file("search/map.json")
}

/// The authors that a search can be narrowed to.
#[must_use]
pub fn authors() -> Route {
    Route::file("search/authors.json")
}

/// The teasers of one part of a segment's stories.
#[must_use]
pub fn teasers(segment: &str, part: usize) -> Route {
    Route::file(&format!("search/{segment}/t{part}.json"))
}

/// A file of a segment: its shards by number, and the lists of their own beside them.
#[must_use]
pub fn file(segment: &str, file: &File) -> Route {
    let list = if file.list == 0 { String::new() } else { format!("-{}", file.list) };
    Route::file(&format!("search/{segment}/{}{list}.bin", file.shard))
}
