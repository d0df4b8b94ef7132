//! Stories that have come, or were drafts, and everybody who refers to them already.

use rayon::prelude::*;

use super::alteration::{Alteration, Scope, place};
use super::texts::{Before, Exchanged};
use crate::archive::insert::Moved;
use crate::archive::search::Told;
use crate::archive::stories::StoryId;
use crate::archive::views::Views;
use crate::config::Config;
use crate::date::Moment;
use crate::disk::parts::Parts;
use crate::edition::callers::{self, Callers};
use crate::edition::sources::url_digest;
use crate::engine::ledger::{self, SnapshotNames};
use crate::engine::snapshot::Unfolded;

impl Alteration {
    /// Takes stories into archive and edition. `None` when too much hangs on them.
    pub(super) fn of_arrivals(
        arrivals: &[&Exchanged],
        unfolded: &mut Unfolded,
        config: &Config,
        (now, views): (Moment, &Views),
        (parts, names): (&Parts, &SnapshotNames),
    ) -> Option<Self> {
        let mut all = Self { scope: Scope::Stories, ..Self::default() };
        let mut known: Callers = ledger::read(parts, &names.callers)?;
        let headlines = names.headlines.par_iter().map(|name| ledger::read(parts, name));
        all.headlines = headlines.collect::<Option<_>>()?;
        for arrival in arrivals {
            all.arrive(arrival, unfolded, config, now, &mut known)?;
            let story = unfolded.archive.story(*all.stories.last()?);
            // What a counter knows already was strange to it, and counts for more than the header.
            if views.of(story.article.prose.path.as_str(), &story.route).is_some() {
                return None;
            }
        }
        let Unfolded { archive, compared, stories: runs, .. } = unfolded;
        all.calling.retain(|id| !all.stories.contains(id));
        all.calling.sort_unstable();
        all.calling.dedup();
        all.follow(archive, compared, runs)?;
        for &id in &all.stories {
            let to = archive.leads_to(id);
            let (run, at) = place(runs, id)?;
            runs[run].lead(at, &to);
            compared.excluded[id.index()] = to.iter().map(|id| archive.story(*id).key).collect();
            let (newer, older) = archive.neighbours(id);
            all.showing.extend(newer.into_iter().chain(older));
        }
        all.until = all.stories.iter().filter_map(|id| archive.until_of(*id, config, now)).min();
        all.callers = Some(known);
        Some(all)
    }

    fn arrive(
        &mut self,
        (article, before): &Exchanged,
        unfolded: &mut Unfolded,
        config: &Config,
        now: Moment,
        known: &mut Callers,
    ) -> Option<()> {
        let Unfolded { archive, compared, edition, stories: runs } = unfolded;
        let mut names = Vec::new();
        if let Before::Draft(draft) = before {
            names.extend(callers::names_of(draft));
            archive.unveil(draft)?;
        }
        let (id, moved) = archive.insert(article, config, now, &compared.dates)?;
        compared.dates.insert(id.index(), article.date);
        compared.excluded.insert(id.index(), Vec::new());
        let new = edition.insert(id, moved, archive, config)?;
        let story = archive.story(id);
        names.extend(callers::names_of(article));
        let meant: Vec<u64> = names.into_iter().chain(new.iter().map(url_digest)).collect();
        if !known.pinning(&meant).is_empty() || callers::is_meant_elsewhere(&meant, archive, config) {
            return None;
        }
        self.renumber(moved);
        self.calling.extend(known.of(&meant).into_iter().map(|id| StoryId::new(moved.number(id.index()))));
        known.insert(id, moved, article, &config.base);
        let end = runs.iter().map(crate::archive::snapshot::Stories::len).sum::<usize>();
        let (run, at) = if id.index() == end {
            (runs.len().checked_sub(1)?, runs.last()?.len())
        } else {
            place(runs, id)?
        };
        runs.par_iter_mut().for_each(|run| run.renumber(|number| moved.number(number)));
        runs[run].insert(at, story, &[]);
        self.headlines.get_mut(run)?.insert(at, &article.title);
        self.stories.push(id);
        self.new.extend(new);
        Some(())
    }

    /// Gives the stories that are known so far the numbers they have after another one has come.
    fn renumber(&mut self, moved: Moved) {
        let all = self.stories.iter_mut().chain(&mut self.calling).chain(&mut self.showing);
        all.for_each(|id| *id = StoryId::new(moved.number(id.index())));
    }
}

/// What is known of the stories of a snapshot without a look at their articles.
pub(super) struct Known {
    pub(super) dates: Vec<Moment>,
    /// The digest of each one's file.
    pub(super) texts: Vec<u64>,
}

impl Told for Known {
    fn text(&self, id: StoryId) -> u64 {
        self.texts[id.index()]
    }

    fn year(&self, id: StoryId) -> i16 {
        self.dates[id.index()].year()
    }
}
