//! Renaming on the short way: stories that got other headlines or addresses, and everybody who refers to them.

use rayon::prelude::*;

use crate::archive::links::headlines::Headlines;
use crate::archive::rename::Renamed;
use crate::archive::stories::{Story, StoryId};
use crate::archive::views;
use crate::config::Config;
use crate::disk::parts::Parts;
use crate::disk::scan::Scan;
use crate::edition::Edition;
use crate::edition::callers::{self, Callers};
use crate::edition::facts::Fact;
use crate::engine::ledger::{self, SnapshotNames};
use crate::engine::snapshot::{self, Unfolded};
use crate::route::Route;

/// What comes of it that stories are called otherwise than before.
#[derive(Default)]
pub(super) struct Renaming {
    /// The stories that are called otherwise.
    pub(super) renamed: Vec<StoryId>,
    /// The stories whose references may lead somewhere else.
    pub(super) calling: Vec<StoryId>,
    /// Those that stand beside the renamed ones, or lead to them: they may show other names or addresses.
    pub(super) showing: Vec<StoryId>,
    /// Where pages were that are somewhere else now.
    pub(super) gone: Vec<Route>,
    /// Where they are now.
    pub(super) new: Vec<Route>,
    /// The years and months of the stories that moved.
    months: Vec<(i16, u8)>,
    /// The headlines of all stories, run by run, when any story is called otherwise.
    pub(super) headlines: Vec<Headlines>,
}

impl Renaming {
    /// Brings archive and edition up to date. `None` when too much hangs on it.
    pub(super) fn of(
        renamed: &[Renamed<'_>],
        unfolded: &mut Unfolded,
        config: &Config,
        scan: &Scan,
        (parts, names): (&Parts, &SnapshotNames),
    ) -> Option<Self> {
        if renamed.is_empty() {
            return Some(Self::default());
        }
        let Unfolded { archive, compared, edition, stories: runs } = unfolded;
        let seconds = |at: usize| compared.seconds.get(at).copied();
        let old = archive.rename(renamed, config, seconds)?;
        edition.rename(renamed, &old, archive)?;
        let mut all = Self { renamed: renamed.iter().map(|renamed| renamed.id).collect(), ..Self::default() };
        let mut meant = Vec::new();
        for (Renamed { id, before }, old) in renamed.iter().zip(&old) {
            let Story { article, route, .. } = archive.story(*id);
            meant.extend(callers::names_not_in(before, old, (article, route)));
            meant.extend(callers::names_not_in(article, route, (before, old)));
            if old != route {
                let (year, month, _) = article.date.day_on_its_clock();
                all.months.push((year, month));
                all.gone.push(old.clone());
                all.new.push(route.clone());
            }
        }
        // Where counters know stories by their routes, a moved one may have been read more or less often.
        let has_views = scan.files.binary_search_by(|file| file.path.as_str().cmp(views::PATH)).is_ok();
        all.gone.retain(|route| !all.new.contains(route));
        if has_views && !all.new.is_empty() {
            return None;
        }
        let known: Callers = ledger::read(parts, &names.callers)?;
        if !known.pinning(&meant).is_empty() || callers::is_meant_elsewhere(&meant, archive, config) {
            return None;
        }
        all.calling = known.of(&meant);
        let mut start = 0;
        for run in &mut *runs {
            all.showing.extend(run.leading_to(&all.renamed).map(|at| StoryId::new(start + at)));
            start += run.len();
        }
        for &id in &all.calling {
            let to = archive.leads_to(id);
            let (run, at) = place(runs, id)?;
            if runs[run].lead(at, &to) {
                compared.excluded[id.index()] = to.iter().map(|id| archive.story(*id).key).collect();
                compared.led.push(id.index());
            }
        }
        let headlines = names.headlines.par_iter().map(|name| ledger::read(parts, name));
        all.headlines = headlines.collect::<Option<_>>()?;
        for &id in &all.renamed {
            let (run, at) = place(runs, id)?;
            let story = archive.story(id);
            runs[run].rename(at, story);
            all.headlines.get_mut(run)?.set(at, &story.article.title);
            let (newer, older) = archive.neighbours(id);
            all.showing.extend(newer.into_iter().chain(older));
        }
        Some(all)
    }

    /// Whether nothing of the sort happened.
    pub(super) fn is_nothing(&self) -> bool {
        self.renamed.is_empty()
    }

    /// Whether a fact may be worth something else.
    pub(super) fn may_change(&self, fact: &Fact) -> bool {
        match (self.renamed.is_empty(), self.new.is_empty()) {
            (true, _) => false,
            (false, true) => fact.tells_names(),
            (false, false) => fact.tells_addresses(&self.months),
        }
    }

    /// Writes the parts of the snapshot again that are no longer what they were, and tells the names of all.
    pub(super) fn write(
        &self,
        unfolded: &super::Kept<'_>,
        names: &SnapshotNames,
        parts: &Parts,
    ) -> anyhow::Result<SnapshotNames> {
        if self.is_nothing() {
            return Ok(names.clone());
        }
        let (runs, archive, edition): (_, _, &Edition) =
            (unfolded.stories, unfolded.archive, unfolded.edition);
        let touched = self.renamed.iter().chain(&self.calling).filter_map(|id| place(runs, *id));
        let mut touched: Vec<usize> = touched.map(|(run, _)| run).collect();
        touched.sort_unstable();
        touched.dedup();
        let mut now = names.clone();
        for run in touched {
            now.stories[run] = ledger::write(parts, "stories", &runs[run])?;
            now.headlines[run] = ledger::write(parts, "headlines", &self.headlines[run])?;
        }
        let (titles, sources) = rayon::join(
            || ledger::write(parts, "titles", archive.titles()),
            || ledger::write(parts, "sources", edition.sources()),
        );
        (now.titles, now.sources) = (titles?, sources?);
        if !self.new.is_empty() {
            now.pages = snapshot::pages(edition, parts)?;
        }
        Ok(now)
    }
}

/// The run of a story, and its place there.
fn place(runs: &[crate::archive::snapshot::Stories], id: StoryId) -> Option<(usize, usize)> {
    let mut start = 0;
    for (number, run) in runs.iter().enumerate() {
        if id.index() < start + run.len() {
            return Some((number, id.index() - start));
        }
        start += run.len();
    }
    None
}
