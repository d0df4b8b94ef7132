//! Renaming: the edition after stories got other headlines or addresses and are in all else what they were.
//!
//! What comes of it is what planning the edition anew would give.

use super::facts::Fact;
use super::page::Page;
use super::sitemaps::Sitemap;
use super::sources::{Noted, url_digest};
use super::{Edition, collision};
use crate::archive::Archive;
use crate::archive::rename::Renamed;
use crate::route::Route;

impl Edition {
    /// Moves the pages of stories to the routes they have in `archive`. `old` has the route of each before. `None` when
    /// more depends on a route than can be told at a glance.
    pub fn rename(&mut self, renamed: &[Renamed<'_>], old: &[Route], archive: &Archive) -> Option<()> {
        let route = |renamed: &Renamed<'_>| &archive.story(renamed.id).route;
        let moved: Vec<_> = renamed.iter().zip(old).filter(|(renamed, old)| route(renamed) != *old).collect();
        for (renamed, old) in &moved {
            let is_target = self.rest.redirects.iter().any(|redirect| redirect.to == **old);
            if is_target
                || archive.story(renamed.id).article.is_bundle()
                || !self.rest.sitemap_limits.is_common(old)
            {
                return None;
            }
            let at = self.place(old.as_str()).filter(|at| self.pages[*at].1 == Page::Article(renamed.id))?;
            self.pages.remove(at);
        }
        for (renamed, _) in &moved {
            let new = route(renamed);
            let is_free = collision::is_free(&self.pages, new) && self.redirect(new).is_none();
            if !is_free || !self.rest.sitemap_limits.is_common(new) {
                return None;
            }
            let at = self.pages.partition_point(|(other, _)| other < new);
            self.pages.insert(at, (new.clone(), Page::Article(renamed.id)));
        }
        for (renamed, old) in renamed.iter().zip(old) {
            let story = archive.story(renamed.id);
            let noted = |url: u64, title: u64| Noted { url, source: story.key, title };
            let aliases: Vec<u64> = story.article.rare().aliases.iter().map(url_digest).collect();
            let all = |own: u64, title: u64| -> Vec<Noted> {
                aliases.iter().copied().chain([own]).map(|url| noted(url, title)).collect()
            };
            self.sources
                .exchange(&all(url_digest(old), renamed.before.name), &all(story.mark, story.article.name));
        }
        Some(())
    }
}

impl Fact {
    /// Whether the fact may be worth something else when stories are called otherwise than before, besides what is known
    /// of the stories themselves.
    #[must_use]
    pub fn tells_names(&self) -> bool {
        matches!(self, Self::Record(_) | Self::Target(_) | Self::Sources(_) | Self::Sitemap(Sitemap::News))
    }

    /// The same when stories of these years and months are published elsewhere than before.
    #[must_use]
    pub fn tells_addresses(&self, months: &[(i16, u8)]) -> bool {
        match self {
            Self::Sitemap(Sitemap::Month(year, month, _)) => months.contains(&(*year, *month)),
            Self::List(_)
            | Self::Newest(_)
            | Self::Front(_)
            | Self::MostRead(_)
            | Self::MostReadIn(..)
            | Self::Sections(_)
            | Self::Feed(_)
            | Self::SearchTeasers(..)
            | Self::Published(_)
            | Self::Query(_)
            | Self::Breaking => true,
            _ => self.tells_names(),
        }
    }
}
