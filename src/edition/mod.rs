//! The edition: everything that gets published, route by route, before a byte of it is rendered.
//!
//! It knows which pages there are and what each is about; how they look is the renderer's business.

pub mod collision;
pub mod facts;
pub mod files;
pub mod fingerprints;
pub mod lens;
pub mod newspaper;
pub mod page;
pub mod pagination;
pub mod references;
pub mod search;
pub mod target;

use std::collections::HashMap;

use rayon::prelude::*;

use crate::archive::Archive;
use crate::archive::search::Index;
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::route::Route;

use files::{Files, Origin};
use page::{Calendar, Page};
use pagination::Pages;

/// URLs a sitemap may hold (sitemaps.org).
pub const SITEMAP_URLS: usize = 50_000;

/// All pages and files of the site.
pub struct Edition {
    pages: Vec<(Route, Page)>,
    assets: HashMap<String, Route>,
    calendar: Calendar,
}

impl Edition {
    /// Plans the edition. Findings are collisions and files that belong to nothing.
    #[must_use]
    pub fn plan(
        archive: &Archive,
        config: &Config,
        files: &Files,
        search: &Index,
    ) -> (Self, Vec<Diagnostic>) {
        let mut plan = Plan { archive, config, routes: Vec::new() };
        let calendar = page::calendar(archive.stories());
        plan.stories(files);
        plan.lists();
        plan.calendar(&calendar);
        plan.fixed();
        if config.search {
            plan.search(search);
        }
        let mut findings = files.unused(archive);
        let (static_routes, assets) = files.published();
        plan.routes.extend(static_routes);
        plan.sitemaps();
        findings.extend(collision::find(&plan.routes, archive));
        let mut pages = plan.routes;
        pages.par_sort_by(|a, b| a.0.cmp(&b.0));
        pages.dedup_by(|later, first| later.0 == first.0);
        (Self { pages, assets, calendar }, findings)
    }

    /// Every route with its page, in the order of the routes.
    #[must_use]
    pub fn pages(&self) -> &[(Route, Page)] {
        &self.pages
    }

    /// What is published at `route`.
    #[must_use]
    pub fn get(&self, route: &Route) -> Option<&Page> {
        let at = self.pages.binary_search_by(|(other, _)| other.cmp(route)).ok()?;
        Some(&self.pages[at].1)
    }

    /// The category, author or tag whose list begins at `route`.
    #[must_use]
    pub fn group(&self, route: &Route) -> Option<Group> {
        match self.get(route)? {
            Page::Category(index, _) => Some(Group::Category(*index)),
            Page::Author(index, _) => Some(Group::Author(*index)),
            Page::Tag(index, _) => Some(Group::Tag(*index)),
            _ => None,
        }
    }

    /// The stories by year and month.
    #[must_use]
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// How many parts the sitemap has.
    #[must_use]
    pub fn sitemap_parts(&self) -> usize {
        self.pages.iter().filter(|(_, page)| matches!(page, Page::Sitemap(_))).count()
    }

    /// The route, with the content's hash in its name, of a style sheet or script in `static/` (`/style.css`).
    #[must_use]
    pub fn asset(&self, path: &str) -> Option<&Route> {
        self.assets.get(path)
    }
}

/// What a list is about: an index in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// A category.
    Category(usize),
    /// An author.
    Author(usize),
    /// A tag.
    Tag(usize),
}

/// Collects the routes of an edition.
struct Plan<'a> {
    archive: &'a Archive,
    config: &'a Config,
    routes: Vec<(Route, Page)>,
}

impl Plan<'_> {
    fn add(&mut self, route: Route, page: Page) {
        self.routes.push((route, page));
    }

    fn stories(&mut self, files: &Files) {
        for (id, story) in page::ids(self.archive.stories()) {
            self.add(story.route.clone(), Page::Article(id));
            for alias in &story.article.aliases {
                self.add(alias.clone(), Page::Redirect { to: story.route.clone() });
            }
            if story.article.is_bundle() {
                for (name, path) in files.beside(&story.article.prose.path) {
                    self.add(story.route.beside(name), Page::File(Origin::Source(path.clone())));
                }
            }
        }
        for (index, standing) in self.archive.pages().iter().enumerate() {
            self.add(standing.route.clone(), Page::Standing(index));
            for alias in &standing.aliases {
                self.add(alias.clone(), Page::Redirect { to: standing.route.clone() });
            }
        }
        for author in self.archive.authors() {
            let Some(record) = &author.record else { continue };
            let photo = record.photo.as_ref().and_then(|photo| files.author_photo(record, photo));
            if let Some(path) = photo {
                self.add(author.route.beside(path.file_name()), Page::File(Origin::Source(path.clone())));
            }
        }
    }

    fn lists(&mut self) {
        let size = self.config.pagination;
        let mut routes = Vec::new();
        for (index, category) in self.archive.categories().iter().enumerate() {
            let pages = Pages::new(category.stories.len(), size);
            routes.extend(
                pages.routes(&category.route).map(|(route, number)| (route, Page::Category(index, number))),
            );
        }
        for (index, author) in self.archive.authors().iter().enumerate() {
            let pages = Pages::new(author.stories.len(), size);
            routes.extend(
                pages.routes(&author.route).map(|(route, number)| (route, Page::Author(index, number))),
            );
        }
        for (index, tag) in self.archive.tags().iter().enumerate() {
            let pages = Pages::new(tag.stories.len(), size);
            routes.extend(pages.routes(&tag.route).map(|(route, number)| (route, Page::Tag(index, number))));
        }
        self.routes.extend(routes);
    }

    fn calendar(&mut self, calendar: &Calendar) {
        for (&year, months) in calendar {
            self.add(page::year_route(year), Page::Year(year));
            for (&month, ids) in months {
                let pages = Pages::new(ids.len(), self.config.pagination);
                let routes: Vec<_> = pages.routes(&page::month_route(year, month)).collect();
                for (route, number) in routes {
                    self.add(route, Page::Month(year, month, number));
                }
            }
        }
    }

    fn fixed(&mut self) {
        self.add(Route::home(), Page::Home);
        self.add(Route::page(&["authors"]), Page::Authors);
        self.add(Route::page(&["tags"]), Page::Tags);
        self.add(Route::page(&["archive"]), Page::Calendar);
        self.add(Route::page(&["most-read"]), Page::MostRead);
        self.add(Route::file("fragments/most-read.html"), Page::MostReadFragment);
        self.add(Route::file("404.html"), Page::NotFound);
        self.add(Route::file("feed.xml"), Page::Feed);
    }

    fn search(&mut self, index: &Index) {
        self.add(search::page(), Page::Search);
        self.add(search::map(), Page::SearchMap);
        self.add(search::authors(), Page::SearchAuthors);
        for (number, segment) in index.segments().iter().enumerate() {
            for part in 0..segment.teasers() {
                self.add(search::teasers(segment.name, part), Page::SearchTeasers(number, part));
            }
            for (at, file) in segment.files.iter().enumerate() {
                self.add(search::file(segment.name, file), Page::SearchShard(number, at));
            }
        }
    }

    fn sitemaps(&mut self) {
        if !self.routes.iter().any(|(route, _)| route.as_str() == "/robots.txt") {
            self.add(Route::file("robots.txt"), Page::Robots);
        }
        let urls = self.routes.iter().filter(|(_, page)| page.is_indexable()).count();
        if urls <= SITEMAP_URLS {
            self.add(Route::file("sitemap.xml"), Page::Sitemap(0));
            return;
        }
        self.add(Route::file("sitemap.xml"), Page::SitemapIndex);
        for part in 0..urls.div_ceil(SITEMAP_URLS) {
            self.add(sitemap_part(part), Page::Sitemap(part));
        }
    }
}

/// The route of one part of a sitemap that has several, counted from 0.
#[must_use]
pub fn sitemap_part(part: usize) -> Route {
    Route::file(&format!("sitemap-{}.xml", part + 1))
}
