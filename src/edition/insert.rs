//! Arrivals: the edition after a story has come that belongs to groups and a month which are there already.
//!
//! What comes of it is what planning the edition anew would give.

use std::collections::BTreeSet;

use super::feeds::{self, Channel};
use super::page::{self, Page};
use super::pagination::Pages;
use super::sources::Noted;
use super::{Edition, Group, Plan, collision};
use crate::archive::Archive;
use crate::archive::insert::Moved;
use crate::archive::search::Index;
use crate::archive::stories::StoryId;
use crate::config::Config;
use crate::route::Route;

/// Pages that have come, and the routes of those that are gone.
#[derive(Default)]
pub struct Exchanged {
    /// Where something is published that was not there before.
    pub new: Vec<Route>,
    /// Where nothing is published any more.
    pub gone: Vec<Route>,
}

impl Edition {
    /// Takes a story in that `archive` has now. `None` when more depends on it than can be told at a glance. The search
    /// index is brought in by [`Edition::index`].
    pub fn insert(
        &mut self,
        id: StoryId,
        moved: Moved,
        archive: &Archive,
        config: &Config,
    ) -> Option<Vec<Route>> {
        let story = archive.story(id);
        let number = |id: &mut StoryId| *id = StoryId::new(moved.number(id.index()));
        for (_, page) in &mut self.pages {
            if let Page::Article(other) = page {
                number(other);
            }
        }
        self.rest.calendar.values_mut().flat_map(|months| months.values_mut()).flatten().for_each(number);
        let (year, month, _) = story.article.date.day_on_its_clock();
        let of_month = self.rest.calendar.get_mut(&year)?.get_mut(&month)?;
        of_month.insert(of_month.partition_point(|other| *other < id), id);
        let of_month = of_month.clone();
        let limits = self.rest.sitemap_limits;
        let mut new = vec![(story.route.clone(), Page::Article(id))];
        let size = config.pagination;
        let mut list = |count: usize, route: &Route, page: &dyn Fn(usize) -> Page| {
            let (before, now) = (Pages::new(count - 1, size), Pages::new(count, size));
            let more = (before.numbered() + 1..=now.numbered())
                .map(|number| (now.route(route, number), page(number)));
            new.extend(more);
        };
        let categories = std::iter::once(&story.category).map(|at| {
            let group = &archive.categories()[*at];
            (Group::Category(*at), &group.route, group.stories.len())
        });
        let authors = story.authors.iter().map(|at| {
            let group = &archive.authors()[*at];
            (Group::Author(*at), &group.route, group.stories.len())
        });
        let tags = story.tags.iter().map(|at| {
            let group = &archive.tags()[*at];
            (Group::Tag(*at), &group.route, group.stories.len())
        });
        let groups: Vec<(Group, &Route, usize)> = categories.chain(authors).chain(tags).collect();
        for (group, route, count) in &groups {
            list(*count, route, &|number| match group {
                Group::Category(at) => Page::Category(*at, Some(number)),
                Group::Author(at) => Page::Author(*at, Some(number)),
                Group::Tag(at) => Page::Tag(*at, Some(number)),
            });
        }
        list(of_month.len(), &page::month_route(year, month), &|number| {
            Page::Month(year, month, Some(number))
        });
        for (group, route, count) in &groups {
            let channel = Channel::Group(*group);
            let before = feeds::formats(channel, count - 1);
            let more = feeds::formats(channel, *count).iter().filter(|format| !before.contains(format));
            new.extend(more.map(|format| (route.beside(format.file_name()), Page::Feed(channel, *format))));
        }
        let listed = new.iter().filter(|(_, page)| page.is_indexable()).count() - 1;
        let others = of_month.iter().filter(|other| **other != id).map(|other| &archive.story(*other).route);
        if !self.has_room_in_sitemaps(others, listed) {
            return None;
        }
        for (route, _) in &new {
            let is_free = collision::is_free(&self.pages, route) && self.redirect(route).is_none();
            if !is_free || !limits.is_common(route) {
                return None;
            }
        }
        let noted = Noted { url: story.mark, source: story.key, title: story.article.name };
        if !self.sources.has_room() {
            return None;
        }
        self.sources.exchange(&[], &[noted]);
        let routes = new.iter().map(|(route, _)| route.clone()).collect();
        for (route, page) in new {
            let at = self.pages.partition_point(|(other, _)| *other < route);
            self.pages.insert(at, (route, page));
        }
        Some(routes)
    }

    /// Takes the files of another search index for those of the present one.
    #[must_use]
    pub fn index(&mut self, archive: &Archive, config: &Config, index: &Index) -> Exchanged {
        let mut exchanged = Exchanged::default();
        if !config.search {
            return exchanged;
        }
        let mut plan = Plan { archive, config, routes: Vec::new() };
        plan.search(index);
        let mut files = plan.routes;
        let is_file = |page: &Page| matches!(page, Page::SearchTeasers(..) | Page::SearchShard(..));
        files.retain(|(_, page)| is_file(page));
        files.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        // All of them lie in one folder, and nothing else of the edition's does but what is small.
        let start = self.pages.partition_point(|(route, _)| route.as_str() < FOLDER);
        let end =
            start + self.pages[start..].partition_point(|(route, _)| route.as_str().starts_with(FOLDER));
        let old: BTreeSet<&Route> =
            self.pages[start..end].iter().filter(|(_, page)| is_file(page)).map(|(route, _)| route).collect();
        let now: BTreeSet<&Route> = files.iter().map(|(route, _)| route).collect();
        exchanged.new = now.difference(&old).map(|route| (*route).clone()).collect();
        exchanged.gone = old.difference(&now).map(|route| (*route).clone()).collect();
        let mut folder: Vec<(Route, Page)> =
            self.pages[start..end].iter().filter(|(_, page)| !is_file(page)).cloned().collect();
        folder.extend(files);
        folder.sort_by(|a, b| a.0.cmp(&b.0));
        self.pages.splice(start..end, folder);
        exchanged
    }
}

/// Where the files of the search index lie.
const FOLDER: &str = "/search/";
