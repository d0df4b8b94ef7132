//! The kinds of pages a site has.

use std::collections::BTreeMap;

use bitcode::{Decode, Encode};

use super::feeds::{Channel, Format};
use super::files::Origin;
use super::redirects::Form;
use super::sitemaps::Sitemap;
use crate::archive::stories::{Story, StoryId};
use crate::route::Route;

/// One page or file of the site. List pages carry their stable number: `None` for the newest, which stands at the
/// list's own route.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Page {
    /// The front page.
    Home,
    /// A story.
    Article(StoryId),
    /// The notice at the address of an expired story: its place among them.
    Notice(usize),
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
    /// The banner of breaking news as a fragment that pages load.
    BreakingFragment,
    /// The corrections of all stories.
    Corrections(Option<usize>),
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
    /// A sitemap.
    Sitemap(Sitemap),
    /// A feed.
    Feed(Channel, Format),
    /// An old URL.
    Redirect {
        /// Where it leads.
        to: Route,
    },
    /// All redirects at once, as a host reads them.
    Redirects(Form),
    /// One list of what pages were made of.
    Sources(usize),
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
                | Self::BreakingFragment
                | Self::Notice(_)
                | Self::SearchMap
                | Self::SearchAuthors
                | Self::SearchTeasers(..)
                | Self::SearchShard(..)
                | Self::NotFound
                | Self::Robots
                | Self::Sitemap(_)
                | Self::Feed(..)
                | Self::Redirect { .. }
                | Self::Redirects(_)
                | Self::Sources(_)
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
        let (year, month, _) = story.article.date.day_on_its_clock();
        years.entry(year).or_default().entry(month).or_default().push(id);
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

/// `/corrections/`.
#[must_use]
pub fn corrections_route() -> Route {
    Route::page(&["corrections"])
}
