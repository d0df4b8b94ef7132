//! A snapshot of an edition: its pages and what else was worked out for it, in pieces, to be kept from one build to the
//! next.

use rayon::prelude::*;

use super::page::Page;
use super::sources::Sources;
use super::{Edition, Rest};
use crate::route::Route;

/// How many pages stand in one piece: pieces are read and written side by side.
const PAGES: usize = 8_192;

impl Edition {
    /// The pages in runs, to be kept.
    #[must_use]
    pub fn snapshot_of_pages(&self) -> impl IndexedParallelIterator<Item = &[(Route, Page)]> {
        self.pages.par_chunks(PAGES)
    }

    /// All else, to be kept.
    #[must_use]
    pub fn snapshot_of_rest(&self) -> &Rest {
        &self.rest
    }

    /// The edition of a snapshot.
    #[must_use]
    pub fn of_snapshot(runs: Vec<Vec<(Route, Page)>>, sources: Sources, rest: Rest) -> Self {
        let pages = runs.into_iter().flatten().collect();
        Self { pages, sources, rest }
    }
}
