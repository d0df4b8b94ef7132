//! The snapshot: archive and edition as they were worked out, among the ledger's parts, for builds after edits on which
//! neither depends, or little of them does.

use rayon::prelude::*;

use super::ledger::{self, SnapshotNames};
use crate::archive::Archive;
use crate::archive::links::Titles;
use crate::archive::related::memory::Memory;
use crate::archive::snapshot::{self as archive, Find, Stories};
use crate::disk::parts::Parts;
use crate::edition::Edition;
use crate::edition::newspaper::Newspaper;
use crate::edition::page::Page;
use crate::route::Route;

/// What is remembered of an archive and its edition.
pub(super) struct Snapshot {
    stories: Vec<Stories>,
    titles: Titles,
    archive: archive::Rest,
    edition: Edition,
}

/// A snapshot in use.
pub(super) struct Unfolded {
    /// The archive, its stories still without related ones.
    pub(super) archive: Archive,
    /// What related stories are found by.
    pub(super) compared: archive::Compared,
    pub(super) edition: Edition,
    /// The stories as they were kept.
    pub(super) stories: Vec<Stories>,
}

type Names = anyhow::Result<Vec<String>>;

/// Writes down archive and edition, and tells the names of the parts.
pub(super) fn write(paper: &Newspaper, parts: &Parts) -> anyhow::Result<SnapshotNames> {
    let Newspaper { archive, edition, .. } = paper;
    let stories = || -> Names {
        archive.snapshot_of_stories().map(|run| ledger::write(parts, "stories", &run)).collect()
    };
    let headlines = || -> Names {
        archive.snapshot_of_headlines().map(|run| ledger::write(parts, "headlines", &run)).collect()
    };
    let callers = || ledger::write(parts, "callers", &paper.callers());
    let titles = || ledger::write(parts, "titles", archive.titles());
    let sources = || ledger::write(parts, "sources", edition.sources());
    let rest = || {
        rayon::join(
            || ledger::write(parts, "archive", &archive.snapshot_of_rest()),
            || ledger::write(parts, "edition", edition.snapshot_of_rest()),
        )
    };
    let ((stories, headlines), (callers, (titles, sources))) = rayon::join(
        || rayon::join(stories, headlines),
        || rayon::join(callers, || rayon::join(titles, sources)),
    );
    let (pages, (archive, edition)) = rayon::join(|| pages(edition, parts), rest);
    Ok(SnapshotNames {
        stories: stories?,
        headlines: headlines?,
        titles: titles?,
        archive: archive?,
        callers: callers?,
        pages: pages?,
        sources: sources?,
        edition: edition?,
    })
}

/// Writes down the pages of an edition.
pub(super) fn pages(edition: &Edition, parts: &Parts) -> anyhow::Result<Vec<String>> {
    edition.snapshot_of_pages().map(|run| ledger::write(parts, "plan", run)).collect()
}

impl Snapshot {
    /// What the parts hold; `None` unless all of them are there.
    pub(super) fn recall(parts: &Parts, names: &SnapshotNames) -> Option<Self> {
        let stories =
            || names.stories.par_iter().map(|name| ledger::read(parts, name)).collect::<Option<_>>();
        let pages = || {
            let runs = names.pages.par_iter().map(|name| ledger::read::<Vec<(Route, Page)>>(parts, name));
            runs.collect::<Option<Vec<_>>>()
        };
        let rest = || {
            let (sources, rest) =
                rayon::join(|| ledger::read(parts, &names.sources), || ledger::read(parts, &names.edition));
            Some((sources?, rest?))
        };
        let own =
            || rayon::join(|| ledger::read(parts, &names.titles), || ledger::read(parts, &names.archive));
        let ((stories, pages), ((titles, archive), rest)) =
            rayon::join(|| rayon::join(stories, pages), || rayon::join(own, rest));
        let (sources, rest) = rest?;
        let edition = Edition::of_snapshot(pages?, sources, rest);
        Some(Self { stories: stories?, titles: titles?, archive: archive?, edition })
    }

    /// Archive and edition, with the articles that `find` finds by the numbers of their files.
    pub(super) fn unfold(self, relations: Memory, find: &Find<'_>) -> Option<Unfolded> {
        let Self { stories, titles, archive, edition } = self;
        let (archive, compared) = Archive::of_snapshot(&stories, titles, archive, relations, find)?;
        Some(Unfolded { archive, compared, edition, stories })
    }
}
