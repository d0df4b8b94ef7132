//! The edition: everything that gets published, route by route, before a byte of it is rendered.
//!
//! It knows which pages there are and what each is about; how they look is the renderer's business.

pub mod callers;
pub mod collision;
pub mod enclosure;
pub mod facts;
pub mod feeds;
pub mod files;
pub mod fingerprints;
pub mod insert;
pub mod lens;
pub mod moves;
pub mod newspaper;
pub mod page;
pub mod pagination;
pub mod readers;
pub mod redirects;
pub mod references;
pub mod rename;
pub mod search;
pub mod shadows;
pub mod sitemaps;
pub mod snapshot;
pub mod sources;
pub mod target;
pub mod variants;

use std::collections::HashMap;

use bitcode::{Decode, Encode};
use rayon::prelude::*;

use crate::archive::Archive;
use crate::archive::search::Index;
use crate::config::{Config, Fate};
use crate::diagnostic::Diagnostic;
use crate::route::Route;

use feeds::Channel;
use files::{Files, Origin};
use page::{Calendar, Page};
use pagination::Pages;
use redirects::{Form, Redirect};
use sitemaps::Limits;
use sources::Sources;

/// All pages and files of the site.
pub struct Edition {
    pages: Vec<(Route, Page)>,
    sources: Sources,
    rest: Rest,
}

/// Everything but the pages and what they were made of.
#[derive(Encode, Decode)]
pub struct Rest {
    assets: HashMap<String, Route>,
    calendar: Calendar,
    sitemap_limits: Limits,
    redirects: Vec<Redirect>,
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
        let routes = Vec::with_capacity(archive.stories().len() * 3 / 2);
        let mut plan = Plan { archive, config, routes };
        let calendar = page::calendar(archive.stories());
        plan.stories(files);
        plan.notices();
        plan.lists();
        plan.calendar(&calendar);
        plan.fixed();
        if config.search {
            plan.search(search);
        }
        let mut findings = files.unused(archive);
        findings.extend(files.variants.findings(&files.pixels));
        let (static_routes, assets) = files.published();
        plan.routes.extend(static_routes);
        let sitemap_limits = plan.sitemaps(&calendar);
        let redirects = redirects::all(archive, config.expired);
        plan.redirects(&redirects);
        let sources = Sources::of(archive, config.expired);
        for list in 0..sources.len() {
            plan.add(sources::route(list), Page::Sources(list));
        }
        findings.extend(collision::find(&plan.routes, archive, config.expired));
        let mut pages = plan.routes;
        if !config.redirects.html {
            pages.retain(|(_, page)| !matches!(page, Page::Redirect { .. }));
        }
        pages.par_sort_by(|a, b| a.0.cmp(&b.0));
        pages.dedup_by(|later, first| later.0 == first.0);
        (Self { pages, sources, rest: Rest { assets, calendar, sitemap_limits, redirects } }, findings)
    }

    /// Every route with its page, in the order of the routes.
    #[must_use]
    pub fn pages(&self) -> &[(Route, Page)] {
        &self.pages
    }

    /// The place of a route among all pages.
    #[must_use]
    pub fn place(&self, route: &str) -> Option<usize> {
        self.pages.binary_search_by(|(other, _)| other.as_str().cmp(route)).ok()
    }

    /// What is published at `route`.
    #[must_use]
    pub fn get(&self, route: &Route) -> Option<&Page> {
        self.place(route.as_str()).map(|at| &self.pages[at].1)
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

    /// Every redirect, by its old URL.
    #[must_use]
    pub fn redirects(&self) -> &[Redirect] {
        &self.rest.redirects
    }

    /// Where the old URL `from` leads.
    #[must_use]
    pub fn redirect(&self, from: &Route) -> Option<&Route> {
        let at = self.rest.redirects.binary_search_by(|redirect| redirect.from.cmp(from)).ok()?;
        Some(&self.rest.redirects[at].to)
    }

    /// What pages were made of.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The stories by year and month.
    #[must_use]
    pub fn calendar(&self) -> &Calendar {
        &self.rest.calendar
    }

    /// How addresses are shared out among sitemaps.
    #[must_use]
    pub fn sitemap_limits(&self) -> Limits {
        self.rest.sitemap_limits
    }

    /// The route, with the content's hash in its name, of a style sheet or script in `static/` (`/style.css`).
    #[must_use]
    pub fn asset(&self, path: &str) -> Option<&Route> {
        self.rest.assets.get(path)
    }

    /// The routes of all style sheets and scripts with the content's hash in their names, in no order that means anything.
    pub fn assets(&self) -> impl Iterator<Item = &Route> {
        self.rest.assets.values()
    }
}

/// What a list is about: an index in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
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
            if story.article.is_bundle() {
                for (name, path) in files.beside(&story.article.prose.path) {
                    self.add(story.route.beside(name), Page::File(Origin::Source(path.clone())));
                }
            }
        }
        for (index, standing) in self.archive.pages().iter().enumerate() {
            self.add(standing.route.clone(), Page::Standing(index));
        }
        for author in self.archive.authors() {
            let Some(record) = &author.record else { continue };
            let photo = record.photo.as_ref().and_then(|photo| files.author_photo(record, photo));
            if let Some(path) = photo {
                self.add(author.route.beside(path.file_name()), Page::File(Origin::Source(path.clone())));
            }
        }
    }

    /// What is left of expired stories.
    fn notices(&mut self) {
        if self.config.expired == Fate::Gone {
            return;
        }
        for (index, expired) in self.archive.expired().iter().enumerate() {
            self.add(expired.route.clone(), Page::Notice(index));
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
        let corrections = self.archive.corrections().len();
        if corrections > 0 {
            let pages = Pages::new(corrections, size);
            let list = page::corrections_route();
            routes.extend(pages.routes(&list).map(|(route, number)| (route, Page::Corrections(number))));
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
        self.add(Route::file("fragments/breaking.html"), Page::BreakingFragment);
        self.add(Route::file("404.html"), Page::NotFound);
        self.feeds();
    }

    /// The stubs at old URLs, and the lists of them. A `_redirects` of the newspaper's own takes the place of ours, unless
    /// the config asks for ours by name.
    fn redirects(&mut self, redirects: &[Redirect]) {
        if redirects.is_empty() {
            return;
        }
        let wanted = self.config.redirects;
        let own = |route: &Route| self.routes.iter().any(|(other, _)| other == route);
        let netlify = wanted.netlify && (wanted.by_name || !own(&Form::Netlify.route()));
        let forms = [(netlify, Form::Netlify), (wanted.nginx, Form::Nginx), (wanted.json, Form::Json)];
        for (_, form) in forms.into_iter().filter(|(wanted, _)| *wanted) {
            self.add(form.route(), Page::Redirects(form));
        }
        for redirect in redirects {
            self.add(redirect.from.clone(), Page::Redirect { to: redirect.to.clone() });
        }
    }

    fn feeds(&mut self) {
        let archive = self.archive;
        let categories = archive.categories().iter().enumerate();
        let categories =
            categories.map(|(at, group)| (Group::Category(at), &group.route, group.stories.len()));
        let authors = archive.authors().iter().enumerate();
        let authors = authors.map(|(at, group)| (Group::Author(at), &group.route, group.stories.len()));
        let tags = archive.tags().iter().enumerate();
        let tags = tags.map(|(at, group)| (Group::Tag(at), &group.route, group.stories.len()));
        let groups = categories.chain(authors).chain(tags);
        let groups = groups.map(|(group, route, stories)| (Channel::Group(group), route, stories));
        let home = Route::home();
        for (channel, route, stories) in groups.chain([(Channel::Site, &home, archive.stories().len())]) {
            for format in feeds::formats(channel, stories) {
                self.routes.push((route.beside(format.file_name()), Page::Feed(channel, *format)));
            }
        }
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

    fn sitemaps(&mut self, calendar: &Calendar) -> Limits {
        if !self.routes.iter().any(|(route, _)| route.as_str() == "/robots.txt") {
            self.add(Route::file("robots.txt"), Page::Robots);
        }
        let limits = Limits::of(&self.routes, &self.config.base);
        for sitemap in sitemaps::plan(&self.routes, calendar, self.archive.stories(), limits) {
            self.add(sitemap.route(), Page::Sitemap(sitemap));
        }
        limits
    }
}
