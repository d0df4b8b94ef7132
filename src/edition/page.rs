//! The kinds of pages a site has.

use std::collections::BTreeMap;

use super::files::Origin;
use crate::archive::stories::{Story, StoryId};
use crate::route::Route;

/// One page or file of the site. List pages carry their stable number: `None` for the newest, which stands at the
/// list's own route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// The front page.
    Home,
    /// A story.
    Article(StoryId),
    /// A category's stories.
    Category(usize, Option<usize>),
    /// All authors.
    Authors,
    /// An author's stories.
    Author(usize, Option<usize>),
    /// All tags.
    Tags,
    /// A tag's stories.
    Tag(usize, Option<usize>),
    /// The years of the archive.
    Calendar,
    /// The months of a year.
    Year(i16),
    /// The stories of a month.
    Month(i16, u8, Option<usize>),
    /// The most read stories.
    MostRead,
    /// The same as a fragment that pages load.
    MostReadFragment,
    /// The search page.
    Search,
    /// What the search page's script reads first.
    SearchMap,
    /// The authors that a search can be narrowed to.
    SearchAuthors,
    /// Teasers of some stories, for the search page: a segment of the search index, and the part of its stories.
    SearchTeasers(usize, usize),
    /// A file of a segment of the search index.
    SearchShard(usize, usize),
    /// A page that is not news.
    Standing(usize),
    /// What hosts show where nothing is.
    NotFound,
    /// `robots.txt`.
    Robots,
    /// A sitemap, or one part of it.
    Sitemap(usize),
    /// The list of a sitemap's parts.
    SitemapIndex,
    /// The RSS feed.
    Feed,
    /// An old URL.
    Redirect {
        /// Where it leads.
        to: Route,
    },
    /// A file copied as it is.
    File(Origin),
}

impl Page {
    /// Whether search engines should list the page (sitemaps.org: canonical pages only).
    #[must_use]
    pub fn is_indexable(&self) -> bool {
        !matches!(
            self,
            Self::MostReadFragment
                | Self::Search
                | Self::SearchMap
                | Self::SearchAuthors
                | Self::SearchTeasers(..)
                | Self::SearchShard(..)
                | Self::NotFound
                | Self::Robots
                | Self::Sitemap(_)
                | Self::SitemapIndex
                | Self::Feed
                | Self::Redirect { .. }
                | Self::File(_)
        )
    }
}

/// Stories with their ids.
pub fn ids(stories: &[Story]) -> impl Iterator<Item = (StoryId, &Story)> {
    stories.iter().enumerate().map(|(index, story)| (StoryId::new(index), story))
}

/// Years, their months, and the stories of each, newest first.
pub type Calendar = BTreeMap<i16, Year>;

/// The months of a year, and the stories of each, newest first.
pub type Year = BTreeMap<u8, Vec<StoryId>>;

/// The stories by the year and month of their own clocks.
#[must_use]
pub fn calendar(stories: &[Story]) -> Calendar {
    let mut years = Calendar::new();
    for (id, story) in ids(stories) {
        let date = story.article.date;
        years.entry(date.year()).or_default().entry(date.month()).or_default().push(id);
    }
    years
}

/// `/archive/2025/`.
#[must_use]
pub fn year_route(year: i16) -> Route {
    Route::page(&["archive", &format!("{year:04}")])
}

/// `/archive/2025/08/`.
#[must_use]
pub fn month_route(year: i16, month: u8) -> Route {
    Route::page(&["archive", &format!("{year:04}"), &format!("{month:02}")])
}
