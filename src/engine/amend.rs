//! Amending: the short way for a build after edits of a few articles that stand among all others as before, even if they are
//! called otherwise. Archive and edition are those of the last build, with other texts and names in them; what hangs on
//! these is looked at again, and nothing else.
//!
//! Whenever something is not as it should be, the answer is `None`, and the build goes the whole way. What is published is
//! the same on both.

mod findings;
mod renaming;

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use self::renaming::Renaming;

use super::book::Book;
use super::cabinet::Cabinet;
use super::heads::Heads;
use super::ledger::{self, Desk, FileNote, Head, Parsed, PartNames};
use super::pages::Pages;
use super::publish::{self, Held, Settled};
use super::read::{self, Aside};
use super::request::{Memory, Outcome};
use super::search::{self, Remembered};
use super::snapshot::{Snapshot, Unfolded};
use super::survey::Survey;
use super::{Relations, Update, findings as all_findings, published, recall};
use crate::archive::rename::Renamed;
use crate::archive::search::Edited;
use crate::archive::snapshot::Stories;
use crate::archive::stories::StoryId;
use crate::archive::{Archive, Drafts, Publication, Scheduled, expiry};
use crate::config::Config;
use crate::content::article::{Article, Said};
use crate::content::on_file::{self, OnFile};
use crate::content::term_rows::TermRows;
use crate::content::{names, prose};
use crate::diagnostic::Diagnostic;
use crate::disk::parts::Parts;
use crate::disk::scan::{Files, Scan};
use crate::edition::Edition;
use crate::edition::facts::Fact;
use crate::edition::files::Files as PublishedFiles;
use crate::edition::newspaper::Newspaper;
use crate::edition::search as index;
use crate::fingerprint::Fingerprint;
use crate::render::theme::Theme;
use crate::source::{Source, SourcePath};

/// How many texts may be edited at once: each makes a little more to look at, and many may as well go the whole way.
const MOST_TEXTS: usize = 64;

/// An article that was edited.
struct Text {
    /// The place of its file in the scan.
    place: usize,
    digest: Fingerprint,
    head: Head,
    said: Box<Said>,
    before: Arc<Article>,
    now: Arc<Article>,
}

/// The edited texts, by who needs what of them.
#[derive(Default)]
struct TakenIn {
    /// What those are about that are about something else.
    terms: TermRows,
    heads: Vec<Head>,
    /// What the articles are now, and were.
    articles: Vec<(Arc<Article>, Arc<Article>)>,
}

/// What a snapshot is written from again.
struct Kept<'a> {
    stories: &'a [Stories],
    archive: &'a Archive,
    edition: &'a Edition,
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
        if edited.is_empty() || edited.len() > MOST_TEXTS || config.fingerprint != desk.config {
            return Ok(None);
        }
        let texts = edited.iter().map(|&place| self.text(desk, &config, scan, survey, place));
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

    /// Whether readers see an article; the short way is for stories.
    fn is_published(&self, article: &Article) -> bool {
        let now = self.request.now;
        (!article.draft || self.request.drafts == Drafts::Shown)
            && article.date <= now
            && !expiry::is_over(article, now)
    }

    /// Reads a file that was edited; `None` unless it is an article that counts as before and in which nothing is found.
    fn text(
        &self,
        desk: &Desk,
        config: &Config,
        scan: &Scan,
        survey: &Survey,
        place: usize,
    ) -> anyhow::Result<Option<Text>> {
        let (file, slot) = (&scan.files[place], survey.slots[place]);
        if file.path.below("content").is_none() || !file.path.is_markdown() {
            return Ok(None);
        }
        let Some(old) = Heads::peek(self.parts, &desk.parts.heads, slot, &file.path) else { return Ok(None) };
        let bytes = self.files.read(&file.path)?;
        let digest = Fingerprint::of(&bytes);
        let Ok(source) = Source::decode(file.path.clone(), bytes) else { return Ok(None) };
        let aside = Aside { spool: &self.spool, stamp: file.stamp() };
        let (mut parsed, said, found) = read::parse(&source, config, &prose::dialect(config), &aside);
        parsed.lies_at(&file.path, slot);
        let (Parsed::Article(now), Parsed::Article(before), Some(said)) = (&parsed, old.parsed, said) else {
            return Ok(None);
        };
        let is_found = !found.is_empty() || !old.findings.is_empty();
        if is_found || !now.stands_as(&before) || !self.is_published(now) {
            return Ok(None);
        }
        let now = Arc::clone(now);
        let head = Head { slot, parsed, findings: found };
        Ok(Some(Text { place, digest, head, said, before, now }))
    }

    /// Notes the edited texts, and puts their words where the search index looks for them.
    fn take_in(
        &self,
        texts: Vec<Text>,
        notes: &mut [FileNote],
        search: &mut Remembered,
        has_search: bool,
    ) -> TakenIn {
        let mut taken = TakenIn::default();
        for Text { place, digest, head, said, before, now } in texts {
            let key = names::path_digest(&now.prose.path);
            notes[place].digest = Some(digest);
            let Said { terms, words } = *said;
            if let Some(words) = words.filter(|_| has_search) {
                self.words.put(search::words_name(key), search.lexicon.entry(&words).bytes());
                search.fresh.insert(key, words.length());
            }
            if (now.about, now.sketch) != (before.about, before.sketch) {
                taken.terms.insert(key, &terms);
            }
            taken.articles.push((now, before));
            taken.heads.push(head);
        }
        taken
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
        let Some(mut unfolded) = snapshot.unfold(relations, &find) else { return Ok(None) };
        let slots: Vec<u32> = unfolded.archive.stories().iter().map(|story| story.article.slot()).collect();
        let Some(edited) = stories_of(&slots, &articles) else { return Ok(None) };
        let ids: Vec<StoryId> = edited.iter().map(|renamed| renamed.id).collect();
        let renamed: Vec<Renamed<'_>> =
            edited.into_iter().filter(|edited| is_renamed(edited, &unfolded)).collect();
        let known = (self.parts, &desk.parts.snapshot);
        let Some(renaming) = Renaming::of(&renamed, &mut unfolded, &config, scan, known) else {
            return Ok(None);
        };
        let Unfolded { mut archive, compared, edition, stories } = unfolded;
        self.watch.lap("unfold");
        if archive.relate(compared, &ids, &terms, &config).is_none() {
            return Ok(None);
        }
        self.watch.lap("archive");
        let in_index = |id: &StoryId| Edited {
            number: slots.len() - 1 - id.index(),
            key: archive.story(*id).key,
            text: archive.story(*id).article.prose.fingerprint.half(),
        };
        let in_index: Vec<Edited> = ids.iter().map(in_index).collect();
        let Some(search) = self.kept().amended(&config, search, &in_index)? else { return Ok(None) };
        self.watch.lap("search");
        let now = self.request.now.in_zone(config.timezone.as_ref());
        let publication = Publication { now, drafts: self.request.drafts, scheduled: self.request.scheduled };
        let (config, edition, files) = (Arc::new(config), Arc::new(edition), Arc::new(published));
        let paper = Newspaper { config, publication, archive, edition, files, search: Arc::new(search) };
        let strictness = self.request.strictness;
        let findings = if renaming.is_nothing() {
            Some(all_findings::strictly(findings, strictness))
        } else {
            let story = |path: &SourcePath| story_at(path, scan, &notes, &slots);
            findings::renamed(findings, &renaming, &paper, strictness, &story)
        };
        let Some(findings) = findings.filter(|found| !found.iter().any(Diagnostic::is_error)) else {
            return Ok(None);
        };
        if publish::is_full(&book, &paper) {
            return Ok(None);
        }
        let looked: BTreeSet<StoryId> =
            ids.iter().chain(&renaming.calling).chain(&renaming.showing).copied().collect();
        let looked: Vec<StoryId> = looked.into_iter().collect();
        let may_change = |fact: &Fact| *fact == Fact::SearchMap || renaming.may_change(fact);
        let changed = book.amend(&paper, &slots, &looked, &may_change);
        let new = renaming.new.iter().filter_map(|route| paper.edition.place(route.as_str()));
        let places: Vec<usize> = index_files(&paper).into_iter().chain(new).collect();
        let Some(plan) = pages.plan_edits(&paper, &changed, &places, &renaming.gone) else {
            return Ok(None);
        };
        self.watch.lap("compare");
        let Some(head_parts) = Heads::exchange(self.parts, &desk.parts.heads, heads)? else {
            return Ok(None);
        };
        let kept = Kept { stories: &stories, archive: &paper.archive, edition: &paper.edition };
        let held = Held {
            summary: desk.summary,
            until: desk.until,
            snapshot: renaming.write(&kept, &desk.parts.snapshot, self.parts)?,
            findings: (!has_moved && renaming.is_nothing()).then(|| desk.parts.findings.clone()),
        };
        let (base, held) = (Some(desk.imprint.clone()), Some(held));
        let settled =
            Settled { paper, theme, slots, notes, head_parts, findings, base, pages, book, plan, held };
        self.carry_out(settled, scan).map(Some)
    }
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
fn stories_of<'a>(slots: &[u32], articles: &'a [(Arc<Article>, Arc<Article>)]) -> Option<Vec<Renamed<'a>>> {
    let edited = |slot: u32| articles.iter().find(|(now, _)| now.slot == slot).map(|(_, before)| before);
    let found = slots.par_iter().enumerate();
    let found = found
        .filter_map(|(index, slot)| edited(*slot).map(|before| Renamed { id: StoryId::new(index), before }));
    let found: Vec<Renamed<'a>> = found.collect();
    (found.len() == articles.len()).then_some(found)
}

/// Whether an edited story is called otherwise than before.
fn is_renamed(edited: &Renamed<'_>, unfolded: &Unfolded) -> bool {
    !unfolded.archive.story(edited.id).article.is_called_as(edited.before)
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
