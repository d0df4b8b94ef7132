//! What the parts of the search page ask of the newspaper.
//!
//! The index's own files are no pages that see it: what they are is told by their digests.

use super::Lens;
use crate::archive::search::{self, Segment};
use crate::archive::stories::StoryId;
use crate::edition::facts::Fact;

impl Lens {
    /// The segments of the search index.
    #[must_use]
    pub fn search(&self) -> &[Segment] {
        self.note(Fact::SearchMap);
        self.paper.search.segments()
    }

    /// The authors that a search can be narrowed to: their names and slugs.
    pub fn search_authors(&self) -> impl Iterator<Item = (&str, &str)> {
        self.note(Fact::SearchAuthors);
        let authors = self.paper.archive.authors().iter().filter(|author| !author.stories.is_empty());
        authors.map(|author| (author.name.as_str(), author.slug()))
    }

    /// One part of the stories of a segment of the search index, oldest first, and the segment's stamp.
    #[must_use]
    pub fn search_teasers(&self, segment: usize, part: usize) -> (u32, Vec<StoryId>) {
        let segment = &self.paper.search.segments()[segment];
        self.note(Fact::SearchTeasers(segment.name.to_owned(), part));
        let stories = segment.part(part).map(|number| search::id(&self.paper.archive, number));
        (segment.stamp, stories.collect())
    }
}
