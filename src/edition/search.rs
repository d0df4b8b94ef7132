//! Where the parts of search are published, and what they show; the script of the search page makes the same names.

use super::newspaper::Newspaper;
use crate::archive::search::{self, File, LENGTHS};
use crate::fingerprint::Digest;
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

/// A file of a segment: its lengths, its shards by number, and the lists of their own beside them.
#[must_use]
pub fn file(segment: &str, file: &File) -> Route {
    shard(segment, file.shard, file.list)
}

/// A file of a segment by its numbers.
#[must_use]
pub fn shard(segment: &str, shard: u32, list: u32) -> Route {
    if shard == LENGTHS {
        return Route::file(&format!("search/{segment}/lengths.bin"));
    }
    let list = if list == 0 { String::new() } else { format!("-{list}") };
    Route::file(&format!("search/{segment}/{shard}{list}.bin"))
}

impl Newspaper {
    /// Takes in the segments of the index: their stories by year, and their shards.
    pub(super) fn take_search_map(&self, digest: &mut Digest) {
        for segment in self.search.segments() {
            digest.text(segment.name).number(segment.stories.len() as u64);
            digest.number(u64::from(segment.stamp)).number(u64::from(segment.shards));
            for (year, first) in &segment.years {
                digest.number(u64::from(year.unsigned_abs())).number(u64::from(*first));
            }
        }
    }

    /// Takes in the authors that a search can be narrowed to.
    pub(super) fn take_search_authors(&self, digest: &mut Digest) {
        for author in self.archive.authors().iter().filter(|author| !author.stories.is_empty()) {
            digest.text(&author.name).text(author.route.as_str());
        }
    }

    /// Takes in which stories stand in one part of a segment; `None` when there is no such segment.
    pub(super) fn take_search_teasers(&self, segment: &str, part: usize, digest: &mut Digest) -> Option<()> {
        let segment = self.search.segments().iter().find(|found| found.name == segment)?;
        digest.number(u64::from(segment.stamp));
        for number in segment.part(part) {
            digest.number(search::story(&self.archive, number).mark);
        }
        Some(())
    }
}
