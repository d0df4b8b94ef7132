//! The snapshot: archive and edition as they were worked out, among the ledger's parts, for builds after edits on which
//! neither depends.

use rayon::prelude::*;

use super::ledger::{self, SnapshotNames};
use crate::archive::Archive;
use crate::archive::links::Titles;
use crate::archive::related::memory::Memory;
use crate::archive::snapshot::{self as archive, Find, Stories};
use crate::disk::parts::Parts;
use crate::edition::newspaper::Newspaper;
use crate::edition::page::Page;
use crate::edition::{Edition, Rest};
use crate::route::Route;

/// What is remembered of an archive and its edition.
pub(super) struct Snapshot {
    stories: Vec<Stories>,
    titles: Titles,
    archive: archive::Rest,
    edition: Edition,
}

/// Writes down archive and edition, and tells the names of the parts.
pub(super) fn write(paper: &Newspaper, parts: &Parts) -> anyhow::Result<SnapshotNames> {
    let Newspaper { archive, edition, .. } = paper;
    let stories = || {
        let runs = archive.snapshot_of_stories().map(|run| ledger::write(parts, "stories", &run));
        runs.collect::<anyhow::Result<Vec<String>>>()
    };
    let pages = || {
        let runs = edition.snapshot_of_pages().map(|run| ledger::write(parts, "plan", run));
        runs.collect::<anyhow::Result<Vec<String>>>()
    };
    let titles = || ledger::write(parts, "titles", archive.titles());
    let rest = || {
        rayon::join(
            || ledger::write(parts, "archive", &archive.snapshot_of_rest()),
            || ledger::write(parts, "edition", edition.snapshot_of_rest()),
        )
    };
    let ((stories, pages), (titles, (archive, edition))) =
        rayon::join(|| rayon::join(stories, pages), || rayon::join(titles, rest));
    Ok(SnapshotNames {
        stories: stories?,
        titles: titles?,
        archive: archive?,
        pages: pages?,
        edition: edition?,
    })
}

impl Snapshot {
    /// What the parts hold; `None` unless all of them are there.
    pub(super) fn recall(parts: &Parts, names: &SnapshotNames) -> Option<Self> {
        let stories =
            || names.stories.par_iter().map(|name| ledger::read(parts, name)).collect::<Option<_>>();
        let pages = || {
            let runs = names.pages.par_iter().map(|name| ledger::read::<Vec<(Route, Page)>>(parts, name));
            let runs = runs.collect::<Option<Vec<_>>>()?;
            Some(Edition::of_snapshot(runs, ledger::read::<Rest>(parts, &names.edition)?))
        };
        let rest =
            || rayon::join(|| ledger::read(parts, &names.titles), || ledger::read(parts, &names.archive));
        let ((stories, edition), (titles, archive)) = rayon::join(|| rayon::join(stories, pages), rest);
        Some(Self { stories: stories?, titles: titles?, archive: archive?, edition: edition? })
    }

    /// Archive and edition, with the articles that `find` finds by the numbers of their files. Stories are still without
    /// related ones; what these are compared by comes with them.
    pub(super) fn unfold(
        self,
        relations: Memory,
        find: &Find<'_>,
    ) -> Option<(Archive, archive::Compared, Edition)> {
        let Self { stories, titles, archive, edition } = self;
        let (archive, compared) = Archive::of_snapshot(&stories, titles, archive, relations, find)?;
        Some((archive, compared, edition))
    }
}
