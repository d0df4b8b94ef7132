//! Renaming: the archive after stories got other headlines or addresses and are in all else what they were.
//!
//! Only for an archive that nobody else holds. What comes of it is what building the archive anew would give.

use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use super::Archive;
use super::also_read;
use super::stories::StoryId;
use crate::config::Config;
use crate::content::article::Article;
use crate::route::Route;

/// A story that is called otherwise than before.
#[derive(Clone, Copy)]
pub struct Renamed<'a> {
    /// The story, which has its new article already.
    pub id: StoryId,
    /// What it was.
    pub before: &'a Article,
}

impl Archive {
    /// Gives stories the names and addresses that their articles have now, and tells the address that each had. `None` when
    /// that would change their order: `seconds` tells when a story was published.
    pub fn rename(
        &mut self,
        renamed: &[Renamed<'_>],
        config: &Config,
        seconds: impl Fn(usize) -> Option<i64>,
    ) -> Option<Vec<Route>> {
        let titles = Arc::get_mut(&mut self.titles)?;
        let mut old = Vec::with_capacity(renamed.len());
        for Renamed { id, before } in renamed {
            let story = &mut self.stories[id.index()];
            let article = &story.article;
            titles.rename(*id, before, article);
            let category = &self.categories[story.category].slug;
            let route = config.permalink.route(category, article.date, &article.slug);
            story.mark = xxh3_64(route.as_str().as_bytes());
            self.marks[id.index()] = (story.mark, article.headline);
            old.push(std::mem::replace(&mut story.route, route));
        }
        let in_order = |later: usize, earlier: usize| -> Option<bool> {
            let (Some(one), Some(other)) = (self.stories.get(later), self.stories.get(earlier)) else {
                return Some(true);
            };
            Some(seconds(later)? > seconds(earlier)? || one.route < other.route)
        };
        for Renamed { id, .. } in renamed {
            let at = id.index();
            let before = at.checked_sub(1).map_or(Some(true), |before| in_order(before, at))?;
            if !before || !in_order(at, at + 1)? {
                return None;
            }
        }
        Some(old)
    }

    /// The stories that one links in its text or pins.
    #[must_use]
    pub fn leads_to(&self, id: StoryId) -> Vec<StoryId> {
        also_read::leads_to(self.story(id), &self.titles).collect()
    }
}
