//! Amending: the archive after edits that change what some stories say, and nothing that other stories depend on.
//!
//! A shortcut for whoever holds an archive already. What it gives is what building the archive anew would give.

use std::sync::Arc;

use rayon::prelude::*;

use super::related::memory::Memory;
use super::snapshot::Compared;
use super::stories::{Story, StoryId};
use super::{Archive, also_read};
use crate::config::Config;
use crate::content::article::Article;
use crate::content::names;
use crate::content::term_rows::TermRows;
use crate::content::terms::Terms;
use crate::fingerprint::DigestMap;

/// The text of a story as it was edited, and what it is about.
pub type Edited = (Arc<Article>, Option<Terms>);

impl Archive {
    /// The archive with other texts of some stories. `relations` is the archive's own memory of how articles are
    /// related, which is brought up to date. `None` when an article is no story yet or does not count as before.
    #[must_use]
    pub fn amended(&self, edited: Vec<Edited>, relations: &mut Memory, config: &Config) -> Option<Self> {
        let mut texts: DigestMap<Edited> = DigestMap::default();
        for (article, terms) in edited {
            texts.insert(names::path_digest(&article.prose.path), (article, terms));
        }
        let places: Vec<usize> = self
            .stories
            .par_iter()
            .enumerate()
            .filter(|(_, story)| texts.contains_key(&story.key))
            .map(|(place, _)| place)
            .collect();
        if places.len() != texts.len() {
            return None;
        }
        let counts = |place: &usize| {
            let Story { article, key, .. } = &self.stories[*place];
            texts[key].0.counts_as(article)
        };
        if !places.iter().all(counts) {
            return None;
        }
        let mut archive = self.clone();
        let mut about = TermRows::default();
        for place in places {
            let story = &mut archive.stories[place];
            let Some((article, terms)) = texts.remove(&story.key) else { continue };
            if (article.about, article.sketch) != (story.article.about, story.article.sketch) {
                about.insert(story.key, &terms?);
            }
            story.article = article.into();
        }
        if !about.is_empty() {
            let before = Some(std::mem::take(relations));
            let groups = (&*archive.categories, &*archive.authors);
            *relations =
                also_read::relate(&mut archive.stories, &archive.titles, groups, config, (about, before));
        }
        Some(archive)
    }

    /// Gives the stories of a snapshot their related ones. `edited` has the stories that were edited, and `terms` what those
    /// are about that are about something else. `None` when what is remembered belongs to other stories.
    pub fn relate(
        &mut self,
        compared: Compared,
        edited: &[StoryId],
        terms: &TermRows,
        config: &Config,
    ) -> Option<()> {
        let before = std::mem::take(&mut self.relations);
        let groups = (&*self.categories, &*self.authors);
        let sketch = |id: &StoryId| (id.index(), self.stories[id.index()].article.sketch);
        let edited: Vec<_> = edited.iter().map(sketch).collect();
        let now = (&edited[..], terms, before);
        self.relations = also_read::amend(&mut self.stories, compared, groups, config, now)?;
        Some(())
    }

    /// Takes the memory of how articles are related out of the archive.
    #[must_use]
    pub fn take_relations(&mut self) -> Memory {
        std::mem::take(&mut self.relations)
    }
}
