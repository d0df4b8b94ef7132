//! What edits change besides texts: names, addresses, and which stories there are.

use super::Kept;
use crate::archive::Archive;
use crate::archive::links::headlines::Headlines;
use crate::archive::snapshot::{Compared, Stories};
use crate::archive::stories::StoryId;
use crate::disk::parts::Parts;
use crate::edition::callers::Callers;
use crate::edition::facts::Fact;
use crate::engine::ledger::{self, SnapshotNames};
use crate::engine::snapshot;
use crate::route::Route;

/// What changes.
#[derive(Default)]
pub(super) struct Alteration {
    /// The stories that are called otherwise, or have come.
    pub(super) stories: Vec<StoryId>,
    /// The stories whose references may lead somewhere else.
    pub(super) calling: Vec<StoryId>,
    /// Those that stand beside the altered ones, or lead to them: they may show other names or addresses.
    pub(super) showing: Vec<StoryId>,
    /// Where nothing is published any more.
    pub(super) gone: Vec<Route>,
    /// Where something is published that was not there before.
    pub(super) new: Vec<Route>,
    /// Which facts may be worth something else.
    pub(super) scope: Scope,
    /// The headlines of all stories, run by run, when any has changed.
    pub(super) headlines: Vec<Headlines>,
    /// Who refers to what, when stories have come.
    pub(super) callers: Option<Callers>,
    /// From when on the stories that have come make another newspaper.
    pub(super) until: Option<i64>,
}

/// Which facts may be worth something else than before.
#[derive(Default)]
pub(super) enum Scope {
    /// None.
    #[default]
    Nothing,
    /// Those that tell names.
    Names,
    /// Those that tell addresses of stories of these years and months, too.
    Addresses(Vec<(i16, u8)>),
    /// All but those that no story is in.
    Stories,
}

impl Alteration {
    /// Whether nothing changes but texts.
    pub(super) fn is_nothing(&self) -> bool {
        self.stories.is_empty()
    }

    /// Whether stories have come.
    pub(super) fn has_arrivals(&self) -> bool {
        matches!(self.scope, Scope::Stories)
    }

    /// Whether a fact may be worth something else.
    pub(super) fn may_change(&self, fact: &Fact) -> bool {
        match &self.scope {
            Scope::Nothing => false,
            Scope::Names => fact.tells_names(),
            Scope::Addresses(months) => fact.tells_addresses(months),
            Scope::Stories => !matches!(fact, Fact::Notice(_) | Fact::Redirects | Fact::Standing(_)),
        }
    }

    /// Follows the references of the stories that refer to what has changed; `None` when one is not there.
    pub(super) fn follow(
        &self,
        archive: &Archive,
        compared: &mut Compared,
        runs: &mut [Stories],
    ) -> Option<()> {
        for &id in &self.calling {
            let to = archive.leads_to(id);
            let (run, at) = place(runs, id)?;
            if runs[run].lead(at, &to) {
                compared.excluded[id.index()] = to.iter().map(|id| archive.story(*id).key).collect();
                compared.led.push(id.index());
            }
        }
        Some(())
    }

    /// Writes the parts of the snapshot again that are no longer what they were, and tells the names of all.
    pub(super) fn write(
        &self,
        kept: &Kept<'_>,
        names: &SnapshotNames,
        parts: &Parts,
    ) -> anyhow::Result<SnapshotNames> {
        let mut now = names.clone();
        if self.is_nothing() {
            return Ok(now);
        }
        let Kept { stories: runs, archive, edition } = *kept;
        let touched = self.stories.iter().chain(&self.calling).filter_map(|id| place(runs, *id));
        let mut touched: Vec<usize> = touched.map(|(run, _)| run).collect();
        if self.has_arrivals() {
            touched = (0..runs.len()).collect();
        }
        touched.sort_unstable();
        touched.dedup();
        for run in touched {
            now.stories[run] = ledger::write(parts, "stories", &runs[run])?;
            now.headlines[run] = ledger::write(parts, "headlines", &self.headlines[run])?;
        }
        let (titles, sources) = rayon::join(
            || ledger::write(parts, "titles", archive.titles()),
            || ledger::write(parts, "sources", edition.sources()),
        );
        (now.titles, now.sources) = (titles?, sources?);
        if !self.new.is_empty() || !self.gone.is_empty() || self.has_arrivals() {
            now.pages = snapshot::pages(edition, parts)?;
        }
        if let Some(callers) = &self.callers {
            now.callers = ledger::write(parts, "callers", callers)?;
            now.archive = ledger::write(parts, "archive", &archive.snapshot_of_rest())?;
            now.edition = ledger::write(parts, "edition", edition.snapshot_of_rest())?;
        }
        Ok(now)
    }
}

/// The run of a story, and its place there.
pub(super) fn place(runs: &[Stories], id: StoryId) -> Option<(usize, usize)> {
    let mut start = 0;
    for (number, run) in runs.iter().enumerate() {
        if id.index() < start + run.len() {
            return Some((number, id.index() - start));
        }
        start += run.len();
    }
    None
}
