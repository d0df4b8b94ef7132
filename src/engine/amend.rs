//! Amending: the short way for a build after edits of a few articles that stand among all others as before, even if they are
//! called otherwise, and for a few new ones. Archive and edition are those of the last build, with other texts and names in
//! them and more stories; what hangs on these is looked at again, and nothing else.
//!
//! Whenever something is not as it should be, the answer is `None`, and the build goes the whole way. What is published is
//! the same on both.

mod alteration;
mod arrivals;
mod findings;
mod renaming;
mod texts;

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use self::alteration::Alteration;
use self::arrivals::Known;
use self::texts::{Exchanged, TakenIn, Text};

use super::book::Book;
use super::cabinet::Cabinet;
use super::heads::Heads;
use super::ledger::{self, Desk, FileNote, PartNames, SnapshotNames};
use super::pages::{Pages, Plan};
use super::publish::{self, Held, Settled};
use super::read;
use super::request::{Memory, Outcome};
use super::search::Remembered;
use super::snapshot::{Snapshot, Unfolded};
use super::survey::Survey;
use super::{Relations, Update, findings as all_findings, published, recall};
use crate::archive::rename::Renamed;
use crate::archive::search::{Edited, Index};
use crate::archive::snapshot::Stories;
use crate::archive::stories::StoryId;
use crate::archive::{Archive, Drafts, Publication, Scheduled};
use crate::config::Config;
use crate::content::on_file::{self, OnFile};
use crate::content::term_rows::TermRows;
use crate::diagnostic::Diagnostic;
use crate::disk::parts::Parts;
use crate::disk::scan::{Files, Scan};
use crate::edition::Edition;
use crate::edition::facts::Fact;
use crate::edition::files::Files as PublishedFiles;
use crate::edition::newspaper::Newspaper;
use crate::edition::search as index;
use crate::render::theme::Theme;
use crate::source::SourcePath;

/// How many texts may be edited at once: each makes a little more to look at, and many may as well go the whole way.
const MOST_TEXTS: usize = 64;

/// How many stories may have come at once.
const MOST_ARRIVALS: usize = 16;

/// What a snapshot is written from again.
#[derive(Clone, Copy)]
struct Kept<'a> {
    stories: &'a [Stories],
    archive: &'a Archive,
    edition: &'a Edition,
}

/// What is to be published, but for the findings about it.
struct Shaped {
    archive: Archive,
    edition: Edition,
    search: Index,
    /// The stories as they are to be kept.
    stories: Vec<Stories>,
    altered: Alteration,
    /// The edited stories.
    ids: Vec<StoryId>,
    /// The number of each story's file.
    slots: Vec<u32>,
}

/// What is remembered of the last build.
struct Recalled {
    cabinet: Cabinet,
    relations: Relations,
    search: Remembered,
    snapshot: Snapshot,
    pages: Pages,
    book: Book,
    findings: Vec<Diagnostic>,
}

/// What the files say besides texts.
struct Around {
    notes: Vec<FileNote>,
    published: PublishedFiles,
    theme: Theme,
}

impl Update<'_> {
    /// Brings the site up to date after edits of texts; `None` when more has changed.
    pub(super) fn amend(
        &self,
        desk: &Desk,
        scan: &Scan,
        survey: &Survey,
        imprint: Option<&str>,
    ) -> anyhow::Result<Option<Outcome>> {
        let Some(edited) = survey.edited.as_ref().filter(|_| self.is_base(desk, scan, imprint)) else {
            return Ok(None);
        };
        let Some((config, _)) = read::config(self.files, scan, &mut Vec::new())? else { return Ok(None) };
        let (changed, came) = (&edited.changed, &edited.came);
        let is_few = !(changed.is_empty() && came.is_empty())
            && changed.len() <= MOST_TEXTS
            && came.len() <= MOST_ARRIVALS;
        if !is_few || config.fingerprint != desk.config {
            return Ok(None);
        }
        let has_come = |place: &usize| came.contains(place);
        let texts = changed.iter().chain(came);
        let texts = texts.map(|place| self.text((desk, &config), scan, survey, (*place, has_come(place))));
        let Some(texts) = texts.collect::<anyhow::Result<Option<Vec<Text>>>>()? else { return Ok(None) };
        self.watch.lap("read");
        let (parts, files) = (self.parts, self.files);
        let (recalled, around) = rayon::join(
            || recall_all(parts, &desk.parts, config.search, (scan, survey)),
            || around(files, scan, survey, &config),
        );
        let (Some(recalled), Some(around)) = (recalled, around?) else { return Ok(None) };
        self.watch.lap("recall");
        self.amended(desk, config, (scan, texts), recalled, around)
    }

    /// Whether the published site is what the last build made, and that still holds but for edits.
    fn is_base(&self, desk: &Desk, scan: &Scan, imprint: Option<&str>) -> bool {
        let now = self.request.now.unix();
        self.request.memory == Memory::Kept
            && self.request.scheduled == Scheduled::HeldBack
            && desk.drafts == (self.request.drafts == Drafts::Shown)
            && desk.now <= now
            && desk.until.is_none_or(|until| now < until)
            && imprint == Some(desk.imprint.as_str())
            && scan.findings == desk.left_out
    }

    /// Puts the edited texts into what is remembered, and publishes what changes.
    fn amended(
        &self,
        desk: &Desk,
        config: Config,
        (scan, texts): (&Scan, Vec<Text>),
        recalled: Recalled,
        around: Around,
    ) -> anyhow::Result<Option<Outcome>> {
        let Recalled { cabinet, relations, mut search, snapshot, mut pages, mut book, findings } = recalled;
        let Around { mut notes, published, theme } = around;
        let (findings, has_moved) = findings::moved(findings, &texts);
        let TakenIn { terms, heads, articles } = self.take_in(texts, &mut notes, &mut search, config.search);
        let cabinet: Arc<dyn on_file::Cabinet> = Arc::new(cabinet);
        let find = |slot: u32| match articles.iter().find(|(article, _)| article.slot == slot) {
            Some((article, _)) => Arc::clone(article).into(),
            None => OnFile::filed(slot, Arc::clone(&cabinet)),
        };
        let remembered = (snapshot.unfold(relations, &find), search);
        let shaped = self.shaped(desk, (&config, scan), remembered, (&articles, &terms), &book)?;
        let Some(Shaped { archive, edition, search, stories, altered, ids, slots }) = shaped else {
            return Ok(None);
        };
        let now = self.request.now.in_zone(config.timezone.as_ref());
        let publication = Publication { now, drafts: self.request.drafts, scheduled: self.request.scheduled };
        let (config, edition, files) = (Arc::new(config), Arc::new(edition), Arc::new(published));
        let paper = Newspaper { config, publication, archive, edition, files, search: Arc::new(search) };
        let strictness = self.request.strictness;
        let findings = if altered.is_nothing() {
            Some(all_findings::strictly(findings, strictness))
        } else {
            let story = |path: &SourcePath| story_at(path, scan, &notes, &slots);
            findings::altered(findings, &altered, &paper, strictness, &story)
        };
        let Some(findings) = findings.filter(|found| !found.iter().any(Diagnostic::is_error)) else {
            return Ok(None);
        };
        let plan = plan(&paper, &mut book, &mut pages, (&altered, &ids), &slots);
        let Some(plan) = plan else { return Ok(None) };
        self.watch.lap("compare");
        let Some(head_parts) = Heads::put(self.parts, &desk.parts.heads, heads)? else { return Ok(None) };
        let kept = Kept { stories: &stories, archive: &paper.archive, edition: &paper.edition };
        let held = Held {
            summary: (!altered.has_arrivals()).then_some(desk.summary),
            until: desk.until.into_iter().chain(altered.until).min(),
            snapshot: altered.write(&kept, &desk.parts.snapshot, self.parts)?,
            findings: (!has_moved && altered.is_nothing()).then(|| desk.parts.findings.clone()),
        };
        let (base, held) = (Some(desk.imprint.clone()), Some(held));
        let settled =
            Settled { paper, theme, slots, notes, head_parts, findings, base, pages, book, plan, held };
        self.carry_out(settled, scan).map(Some)
    }

    /// Archive, edition and search index with the edited articles in them. `None` when more hangs on these than can be told
    /// at a glance.
    fn shaped(
        &self,
        desk: &Desk,
        (config, scan): (&Config, &Scan),
        (unfolded, search): (Option<Unfolded>, Remembered),
        (articles, terms): (&[Exchanged], &TermRows),
        book: &Book,
    ) -> anyhow::Result<Option<Shaped>> {
        let Some(mut unfolded) = unfolded else { return Ok(None) };
        let known = (self.parts, &desk.parts.snapshot);
        let altered = self.altered(articles, &mut unfolded, config, scan, known);
        let Some(mut altered) = altered else { return Ok(None) };
        let slots: Vec<u32> = unfolded.archive.stories().iter().map(|story| story.article.slot()).collect();
        let Some(ids) = stories_of(&slots, articles) else { return Ok(None) };
        let Unfolded { mut archive, compared, mut edition, stories } = unfolded;
        self.watch.lap("unfold");
        let dates = if altered.has_arrivals() { compared.dates.clone() } else { Vec::new() };
        if archive.relate(compared, &ids, terms, config).is_none() {
            return Ok(None);
        }
        self.watch.lap("archive");
        let search = if altered.has_arrivals() {
            let texts = texts_of(&slots, book, articles);
            let index = self.kept().index(&archive, &Known { dates, texts }, config, search)?;
            let files = edition.index(&archive, config, &index);
            altered.new.extend(files.new);
            altered.gone.extend(files.gone);
            Some(index)
        } else {
            self.kept().amended(config, search, &in_index(&archive, &ids))?
        };
        let Some(search) = search else { return Ok(None) };
        self.watch.lap("search");
        Ok(Some(Shaped { archive, edition, search, stories, altered, ids, slots }))
    }

    /// Brings archive and edition up to date with what the articles are called now, and which of them have come. `None` when
    /// that is more than can be told at a glance.
    fn altered(
        &self,
        articles: &[Exchanged],
        unfolded: &mut Unfolded,
        config: &Config,
        scan: &Scan,
        known: (&Parts, &SnapshotNames),
    ) -> Option<Alteration> {
        let views = || read::views(self.files, scan, &mut Vec::new()).ok();
        let (other, came): (Vec<_>, Vec<_>) =
            articles.iter().partition(|(_, before)| before.story().is_some());
        let other = other.into_iter().filter_map(|(now, before)| Some((now, before.story()?)));
        let other: Vec<_> = other.filter(|(now, before)| !now.is_called_as(before)).collect();
        match (came.is_empty(), other.is_empty()) {
            (true, true) => Some(Alteration::default()),
            (true, false) => {
                let slots = unfolded.archive.stories().par_iter().map(|story| story.article.slot());
                let find = |(index, slot): (usize, u32)| {
                    let (_, before) = other.iter().find(|(now, _)| now.slot == slot)?;
                    Some(Renamed { id: StoryId::new(index), before })
                };
                let renamed: Vec<Renamed<'_>> = slots.enumerate().filter_map(find).collect();
                let is_all = renamed.len() == other.len();
                is_all.then(|| Alteration::of_names(&renamed, unfolded, config, &views, known))?
            }
            (false, true) => {
                let now = self.request.now.in_zone(config.timezone.as_ref());
                Alteration::of_arrivals(&came, unfolded, config, (now, &views()?), known)
            }
            (false, false) => None,
        }
    }
}

/// Decides which pages are stale; `None` when that cannot be told from what is remembered.
fn plan(
    paper: &Newspaper,
    book: &mut Book,
    pages: &mut Pages,
    (altered, edited): (&Alteration, &[StoryId]),
    slots: &[u32],
) -> Option<Plan> {
    if publish::is_full(book, paper) {
        return None;
    }
    let looked = edited.iter().chain(&altered.stories).chain(&altered.calling).chain(&altered.showing);
    let looked: BTreeSet<StoryId> = looked.copied().collect();
    let looked: Vec<StoryId> = looked.into_iter().collect();
    let may_change = |fact: &Fact| *fact == Fact::SearchMap || altered.may_change(fact);
    let changed = book.amend(paper, slots, &looked, &may_change);
    let new = altered.new.iter().filter_map(|route| paper.edition.place(route.as_str()));
    let places: Vec<usize> = index_files(paper).into_iter().chain(new).collect();
    pages.plan_edits(paper, &changed, &places, &altered.gone)
}

/// Recalls everything that is remembered; `None` unless all of it is there.
fn recall_all(
    parts: &Parts,
    names: &PartNames,
    has_search: bool,
    (scan, survey): (&Scan, &Survey),
) -> Option<Recalled> {
    let search = || {
        if has_search { Remembered::recall(parts, &names.search) } else { Some(Remembered::default()) }
    };
    let ((cabinet, relations), ((snapshot, known), (search, findings))) = rayon::join(
        || {
            rayon::join(
                || Cabinet::of(parts, &names.heads, scan, &survey.slots),
                || Relations::read(&names.relations, &|name, look| parts.look(name, |bytes| look(bytes))),
            )
        },
        || {
            rayon::join(
                || rayon::join(|| Snapshot::recall(parts, &names.snapshot), || recall(parts, names)),
                || rayon::join(search, || ledger::read::<Vec<Diagnostic>>(parts, &names.findings)),
            )
        },
    );
    let (pages, book) = known?;
    Some(Recalled {
        cabinet: cabinet?,
        relations: relations?,
        search: search?,
        snapshot: snapshot?,
        pages,
        book,
        findings: findings?,
    })
}

/// Looks at what the files say besides texts; `None` when templates are not as they should be.
fn around(
    files: &dyn Files,
    scan: &Scan,
    survey: &Survey,
    config: &Config,
) -> anyhow::Result<Option<Around>> {
    let mut notes = read::notes(scan, survey);
    let mut found = Vec::new();
    let templates = read::templates(files, scan, config, &mut notes, &mut found)?;
    let (theme, published) = rayon::join(
        || Theme::new(templates, &config.words).ok(),
        || published::files(files, scan, &mut notes),
    );
    let published = published?;
    Ok(theme.map(|theme| Around { notes, published, theme }))
}

/// The stories among `articles`, by the numbers of all stories' files; `None` unless all are.
fn stories_of(slots: &[u32], articles: &[Exchanged]) -> Option<Vec<StoryId>> {
    let is_edited = |slot: u32| articles.iter().any(|(now, _)| now.slot == slot);
    let found = slots.par_iter().enumerate().filter(|(_, slot)| is_edited(**slot));
    let found: Vec<StoryId> = found.map(|(index, _)| StoryId::new(index)).collect();
    (found.len() == articles.len()).then_some(found)
}

/// For each story the digest of its file.
fn texts_of(slots: &[u32], book: &Book, articles: &[Exchanged]) -> Vec<u64> {
    let edited = |slot: u32| articles.iter().find(|(now, _)| now.slot == slot);
    let text = |slot: &u32| match edited(*slot) {
        Some((now, _)) => now.prose.fingerprint.half(),
        None => book.text(*slot).unwrap_or_default(),
    };
    slots.iter().map(text).collect()
}

/// The edited stories as the search index knows them.
fn in_index(archive: &Archive, edited: &[StoryId]) -> Vec<Edited> {
    let one = |id: &StoryId| {
        let story = archive.story(*id);
        let number = archive.stories().len() - 1 - id.index();
        Edited { number, key: story.key, text: story.article.prose.fingerprint.half() }
    };
    edited.iter().map(one).collect()
}

/// The story of a file.
fn story_at(path: &SourcePath, scan: &Scan, notes: &[FileNote], slots: &[u32]) -> Option<StoryId> {
    let at = scan.files.binary_search_by(|file| file.path.cmp(path)).ok()?;
    slots.iter().position(|slot| *slot == notes[at].slot).map(StoryId::new)
}

/// The places of the files of the search index that were made.
fn index_files(paper: &Newspaper) -> Vec<usize> {
    let segments = paper.search.segments().iter();
    let made = segments.flat_map(|segment| {
        let made = segment.files.iter().filter(|file| file.is_made());
        made.map(|file| index::file(segment.name, file))
    });
    made.filter_map(|route| paper.edition.place(route.as_str())).collect()
}
