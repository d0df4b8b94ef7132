//! A snapshot of an edition: its pages and what else was worked out for it, in pieces, to be kept from one build to the
//! next.

use std::collections::HashMap;

use bitcode::{Decode, Encode};
use rayon::prelude::*;

use super::Edition;
use super::page::{Calendar, Page};
use super::redirects::Redirect;
use super::sitemaps::Limits;
use super::sources::Sources;
use crate::route::Route;

/// How many pages stand in one piece: pieces are read and written side by side.
const PAGES: usize = 8_192;

/// Everything but the pages.
#[derive(Encode, Decode)]
pub struct Rest {
    assets: HashMap<String, Route>,
    calendar: Calendar,
    sitemap_limits: Limits,
    redirects: Vec<Redirect>,
    sources: Sources,
}

impl Edition {
    /// The pages in runs, to be kept.
    #[must_use]
    pub fn snapshot_of_pages(&self) -> impl IndexedParallelIterator<Item = &[(Route, Page)]> {
        self.pages.par_chunks(PAGES)
    }

    /// All else, to be kept.
    #[must_use]
    pub fn snapshot_of_rest(&self) -> Rest {
        Rest {
            assets: self.assets.clone(),
            calendar: self.calendar.clone(),
            sitemap_limits: self.sitemap_limits,
            redirects: self.redirects.clone(),
            sources: self.sources.clone(),
        }
    }

    /// The edition of a snapshot.
    #[must_use]
    pub fn of_snapshot(runs: Vec<Vec<(Route, Page)>>, rest: Rest) -> Self {
        let pages = runs.into_iter().flatten().collect();
        let Rest { assets, calendar, sitemap_limits, redirects, sources } = rest;
        Self { pages, assets, calendar, sitemap_limits, redirects, sources }
    }
}
