//! Sitemaps: which files there are, and which addresses stand in each (sitemaps.org).
//!
//! Stories stand in one file a month, so that a new story changes one file and the index; everything else that search
//! engines should list stands in files of its own.

use bitcode::{Decode, Encode};

use super::newspaper::Newspaper;
use super::page::Page;
use super::{Edition, page};
use crate::archive::news;
use crate::archive::stories::{Story, StoryId};
use crate::base_url::BaseUrl;
use crate::date::Moment;
use crate::fingerprint::Digest;
use crate::route::Route;

/// URLs a file may hold.
const MOST_URLS: usize = 50_000;

/// Bytes a file may have.
const MOST_BYTES: usize = 52_428_800;

/// Characters a URL may have, and one more.
const URL_LIMIT: usize = 2_048;

/// Bytes of an entry besides its URL, and of a file besides its entries, rounded up.
const ENTRY_BYTES: usize = 100;
const FRAME_BYTES: usize = 1_000;

/// Most URLs are so short that as many of them fit into a file as may be there, however they are encoded.
const SHORT: usize = MOST_BYTES / MOST_URLS - ENTRY_BYTES;

/// Percent-encoding makes three bytes of one.
const LONGEST_ENCODING: usize = 3;

/// One sitemap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Sitemap {
    /// The list of all others but the news.
    Index,
    /// The stories of a year and month: one part of them, counted from 0.
    Month(i16, u8, usize),
    /// All other pages: one part of them, counted from 0.
    Pages(usize),
    /// The stories of the last 48 hours.
    News,
}

impl Sitemap {
    /// Where it is published.
    #[must_use]
    pub fn route(self) -> Route {
        let part = |part: usize| if part == 0 { String::new() } else { format!("-{}", part + 1) };
        match self {
            Self::Index => Route::file("sitemap.xml"),
            Self::Month(year, month, number) => {
                Route::file(&format!("sitemap-{year:04}-{month:02}{}.xml", part(number)))
            }
            Self::Pages(number) => Route::file(&format!("sitemap-pages{}.xml", part(number))),
            Self::News => Route::file("sitemap-news.xml"),
        }
    }
}

/// How addresses are shared out among files.
#[derive(Clone, Copy, Debug, Encode, Decode)]
pub struct Limits {
    /// The length of what every URL begins with.
    base_bytes: usize,
    /// How many URLs every file may hold: with the longest of them it still has not too many bytes.
    urls: usize,
}

impl Limits {
    /// Finds how many URLs of these pages a file may hold.
    #[must_use]
    pub fn of(pages: &[(Route, Page)], base: &BaseUrl) -> Self {
        let base_bytes = base.absolute(&Route::home()).len();
        let limits = Self { base_bytes, urls: MOST_URLS };
        let lengths = pages.iter().filter(|(_, page)| page.is_indexable()).map(|(route, _)| {
            let bound = limits.bound(route);
            if bound < SHORT { bound } else { limits.length(route) }
        });
        let longest = lengths.filter(|length| *length < URL_LIMIT).max().unwrap_or(0);
        let fitting = (MOST_BYTES - FRAME_BYTES) / (longest + ENTRY_BYTES);
        Self { urls: fitting.min(MOST_URLS), ..limits }
    }

    /// Whether the URL of a page is so short that it limits no file.
    pub(super) fn is_common(self, route: &Route) -> bool {
        self.bound(route) < SHORT
    }

    /// Whether the URL of a page may stand in a sitemap: it must not be too long.
    fn admits(self, route: &Route) -> bool {
        self.bound(route) < URL_LIMIT || self.length(route) < URL_LIMIT
    }

    fn bound(self, route: &Route) -> usize {
        self.base_bytes + LONGEST_ENCODING * route.as_str().len()
    }

    fn length(self, route: &Route) -> usize {
        self.base_bytes + route.encoded().len()
    }

    /// How many files so many URLs take.
    fn parts(self, urls: usize) -> usize {
        urls.div_ceil(self.urls)
    }

    fn part<T>(self, urls: impl Iterator<Item = T>, part: usize) -> impl Iterator<Item = T> {
        urls.skip(part * self.urls).take(self.urls)
    }
}

/// All sitemaps of a site with these pages.
pub(super) fn plan(
    pages: &[(Route, Page)],
    calendar: &page::Calendar,
    stories: &[Story],
    limits: Limits,
) -> Vec<Sitemap> {
    let mut sitemaps = vec![Sitemap::Index, Sitemap::News];
    let others = pages.iter().filter(|(route, page)| is_other(page) && limits.admits(route)).count();
    sitemaps.extend((0..limits.parts(others)).map(Sitemap::Pages));
    for (year, months) in calendar {
        for (month, ids) in months {
            let listed = ids.iter().filter(|id| limits.admits(&stories[id.index()].route)).count();
            sitemaps.extend((0..limits.parts(listed)).map(|part| Sitemap::Month(*year, *month, part)));
        }
    }
    sitemaps
}

/// Whether a page that is no story should be listed.
fn is_other(page: &Page) -> bool {
    page.is_indexable() && !matches!(page, Page::Article(_))
}

impl Edition {
    /// Whether another story of a month and some more pages of lists leave the number of sitemaps as it is. `of_month` has
    /// the routes of the month's stories without the new one.
    pub(super) fn has_room_in_sitemaps<'a>(
        &self,
        of_month: impl Iterator<Item = &'a Route>,
        pages: usize,
    ) -> bool {
        let limits = self.sitemap_limits();
        let listed = of_month.filter(|route| limits.admits(route)).count();
        let others =
            self.pages().iter().filter(|(route, page)| is_other(page) && limits.admits(route)).count();
        limits.parts(listed) == limits.parts(listed + 1)
            && limits.parts(others) == limits.parts(others + pages)
    }

    /// Every sitemap but the index and the news, in the order of their routes.
    fn sitemaps(&self) -> impl Iterator<Item = (&Route, Sitemap)> {
        self.pages().iter().filter_map(|(route, page)| match page {
            Page::Sitemap(sitemap @ (Sitemap::Month(..) | Sitemap::Pages(_))) => Some((route, *sitemap)),
            _ => None,
        })
    }
}

impl Newspaper {
    /// The addresses in one part of the pages that are no stories, with their last change when it is known.
    pub fn sitemap_pages(&self, part: usize) -> impl Iterator<Item = (&Route, Option<Moment>)> {
        let limits = self.edition.sitemap_limits();
        let others =
            self.edition.pages().iter().filter(move |(route, page)| is_other(page) && limits.admits(route));
        limits.part(others, part).map(|(route, page)| {
            let modified = match page {
                Page::Standing(index) => self.archive.pages()[*index].updated,
                _ => None,
            };
            (route, modified)
        })
    }

    /// The stories in one part of a month, newest first.
    pub fn sitemap_month(&self, year: i16, month: u8, part: usize) -> impl Iterator<Item = &Story> {
        let limits = self.edition.sitemap_limits();
        let ids = self.edition.calendar().get(&year).and_then(|months| months.get(&month));
        let stories = ids.map_or(&[] as &[StoryId], Vec::as_slice).iter().map(|id| self.archive.story(*id));
        limits.part(stories.filter(move |story| limits.admits(&story.route)), part)
    }

    /// The files the index names, with the last change of a story in them.
    pub fn sitemap_index(&self) -> impl Iterator<Item = (&Route, Option<Moment>)> {
        self.edition.sitemaps().map(|(route, sitemap)| {
            let modified = match sitemap {
                Sitemap::Month(year, month, part) => {
                    self.sitemap_month(year, month, part).map(|story| story.modified).max()
                }
                _ => None,
            };
            (route, modified)
        })
    }

    /// The stories of the news sitemap, newest first.
    #[must_use]
    pub fn news(&self) -> &[Story] {
        news::news(self.archive.stories(), self.publication.now)
    }

    /// Takes in what stands in a sitemap.
    pub(super) fn take_sitemap(&self, sitemap: Sitemap, digest: &mut Digest) {
        let mut entry = |route: &Route, modified: Option<Moment>| {
            digest
                .text(route.as_str())
                .number(modified.map_or(0, |modified| modified.bits().wrapping_add(1)));
        };
        match sitemap {
            Sitemap::Index => self.sitemap_index().for_each(|(route, modified)| entry(route, modified)),
            Sitemap::Pages(part) => {
                self.sitemap_pages(part).for_each(|(route, modified)| entry(route, modified));
            }
            Sitemap::Month(year, month, part) => self
                .sitemap_month(year, month, part)
                .for_each(|story| entry(&story.route, Some(story.modified))),
            Sitemap::News => {
                for story in self.news() {
                    let article = &story.article;
                    digest.text(story.route.as_str()).text(&article.title);
                    digest.number(article.date.bits()).text(article.rare().lang.as_deref().unwrap_or(""));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Limits, MOST_BYTES, Sitemap};
    use crate::archive::stories::StoryId;
    use crate::base_url::BaseUrl;
    use crate::edition::page::Page;
    use crate::route::Route;

    fn limits(routes: &[String]) -> Limits {
        let base = BaseUrl::parse("https://news.example/").expect("a URL");
        let pages: Vec<(Route, Page)> =
            routes.iter().map(|route| (Route::page(&[route]), Page::Article(StoryId::new(0)))).collect();
        Limits::of(&pages, &base)
    }

    #[test]
    fn files_hold_as_many_urls_as_may_be() {
        let short = limits(&["a-story".to_owned()]);
        assert_eq!((short.urls, short.parts(0), short.parts(50_000), short.parts(50_001)), (50_000, 0, 1, 2));
        assert_eq!(limits(&[]).urls, 50_000);
    }

    #[test]
    fn long_urls_make_shorter_files_and_longer_ones_stay_away() {
        let letters = "ক".repeat(200);
        let long = limits(std::slice::from_ref(&letters));
        assert!(long.urls < 50_000 && long.urls * (1_800 + 121) < MOST_BYTES, "{}", long.urls);
        assert!(long.admits(&Route::page(&[&letters])));
        let longest = "ক".repeat(225);
        assert!(!long.admits(&Route::page(&[&longest])));
        assert_eq!(limits(&[longest]).urls, 50_000);
    }

    #[test]
    fn files_are_called_by_what_they_hold() {
        let names =
            [Sitemap::Index, Sitemap::Month(2026, 1, 0), Sitemap::Month(2026, 1, 1), Sitemap::Pages(2)];
        let routes: Vec<String> = names.iter().map(|sitemap| sitemap.route().to_string()).collect();
        assert_eq!(
            routes,
            ["/sitemap.xml", "/sitemap-2026-01.xml", "/sitemap-2026-01-2.xml", "/sitemap-pages-3.xml"]
        );
    }
}
