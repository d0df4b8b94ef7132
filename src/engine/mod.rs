//! The engine: from the files of a newspaper to its published site, in one pass of pure stages between two borders.
//!
//! Every command that needs the newspaper goes through here, so that `check` sees what `build` sees. Only reading and
//! rendering are incremental: what lies between is worked out anew, unless little of it depends on what was edited.
//! Outside this module nothing knows that builds are.

mod amend;
mod book;
mod cabinet;
mod findings;
mod folders;
mod heads;
mod issue;
mod kin;
mod ledger;
mod look;
mod pages;
mod places;
pub mod preview;
mod print;
mod publish;
mod published;
mod read;
mod request;
mod roll;
mod search;
mod snapshot;
mod survey;
mod texts;
mod why;

use std::sync::Arc;

use crate::archive::related::memory::Memory as Relations;
use crate::archive::search::Index;
use crate::archive::{Archive, Drafts, Publication, expiry};
use crate::content::article::Article;
use crate::content::names;
use crate::date::Moment;
use crate::diagnostic::Diagnostic;
use crate::disk::parts::Parts;
use crate::disk::scan::{Files, Scan, has_vanished};
use crate::disk::spool::Spool;
use crate::disk::stopwatch::Stopwatch;
use crate::edition::Edition;
use crate::edition::newspaper::Newspaper;
use crate::edition::references::References;
use crate::fingerprint::DigestSet;
use crate::render::theme::Theme;

use book::Book;
use heads::Heads;
use ledger::{Desk, FactNotes, FileNote, PartNames};
use pages::Pages;
use read::Read;
use search::{Keeping, KeptWords, Remembered};
use survey::Survey;
use texts::Changed;

pub use issue::{Issue, Shown};
pub use kin::{Kin, kin};
pub use ledger::Summary;
pub use look::{Standing, due, look, standing};
pub use places::with_places;
pub use preview::{Look, Preview, Seen, SharedFiles};
pub use request::{Changes, Memory, Outcome, Outputs, Press, Request, Strictness, tally};
pub use why::{Account, why};

/// How often a build starts again because files changed under it.
const ATTEMPTS: usize = 3;

/// Brings the published site up to date with the newspaper: scans, reads what changed, works out the archive and the
/// edition, renders what is stale and publishes it. Nothing is published when a finding fails the build.
///
/// # Errors
///
/// The world's failures, and files that keep changing while they are read.
pub fn update(
    files: &dyn Files,
    outputs: &dyn Outputs,
    parts: &Parts,
    request: Request,
) -> anyhow::Result<Outcome> {
    if request.memory == Memory::Forgotten {
        parts.forget();
    }
    until_at_rest(|| {
        let update = Update::new(files, outputs, parts, request);
        let outcome = update.attempt()?;
        Ok(Outcome { stages: update.watch.laps(), ..outcome })
    })
}

/// Tries again when files changed meanwhile.
fn until_at_rest<T>(mut attempt: impl FnMut() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let mut last = None;
    for _ in 0..ATTEMPTS {
        match attempt() {
            Err(error) if error.is::<Changed>() || has_vanished(&error) => last = Some(error),
            done => return done,
        }
    }
    Err(last.unwrap_or_else(|| anyhow::anyhow!("the newspaper cannot be read")))
}

/// One attempt to bring the site up to date.
struct Update<'a> {
    files: &'a dyn Files,
    outputs: &'a dyn Outputs,
    parts: &'a Parts,
    request: Request,
    watch: Stopwatch,
    /// The bodies that were set when they were read.
    spool: Spool,
    /// What search puts aside.
    words: Spool,
}

/// Everything that is known before pages are rendered.
struct Planned {
    paper: Newspaper,
    references: References,
    /// `None` when there is something wrong with the templates.
    theme: Option<Theme>,
    notes: Vec<FileNote>,
    head_parts: Vec<String>,
    findings: Vec<Diagnostic>,
}

/// Everything that is known when pages can be rendered.
struct Ready {
    paper: Newspaper,
    references: References,
    theme: Theme,
    /// The number of each story's file.
    slots: Vec<u32>,
    notes: Vec<FileNote>,
    head_parts: Vec<String>,
    findings: Vec<Diagnostic>,
}

/// What was read, with the findings so far.
type Found = (Read, Vec<Diagnostic>);

impl<'a> Update<'a> {
    fn new(files: &'a dyn Files, outputs: &'a dyn Outputs, parts: &'a Parts, request: Request) -> Self {
        let (spool, words) = (parts.spool(), parts.spool());
        Self { files, outputs, parts, request, watch: Stopwatch::start(), spool, words }
    }

    fn attempt(&self) -> anyhow::Result<Outcome> {
        let (desk, scan, survey) = self.survey()?;
        let imprint = self.outputs.imprint();
        if let Some(desk) = desk.as_ref()
            && self.is_current(desk, &survey, &scan, imprint.as_deref())
            && let Some(findings) = ledger::read::<Vec<Diagnostic>>(self.parts, &desk.parts.findings)
        {
            return Ok(Outcome {
                findings: findings::strictly(findings, self.request.strictness),
                summary: Some(desk.summary),
                changes: Some(Changes::default()),
                stages: Vec::new(),
            });
        }
        if let Some(desk) = desk.as_ref()
            && let Some(outcome) = self.amend(desk, &scan, &survey, imprint.as_deref())?
        {
            return Ok(outcome);
        }
        let (read, found) = match self.read(desk.as_ref(), &scan, &survey)? {
            Ok(found) => found,
            Err(outcome) => return Ok(*outcome),
        };
        drop(survey);
        // What was rendered is worth something only while it is published.
        let base = desk.filter(|desk| {
            imprint.as_ref() == Some(&desk.imprint) || self.request.memory == Memory::Consulted
        });
        let (request, watch, parts, kept) = (self.request, &self.watch, self.parts, self.kept());
        let (planned, known) = rayon::join(
            || anyhow::Ok(plan(request, watch, Some(kept), read, found)?.ready()),
            || {
                let desk = base?;
                let (pages, book) = recall(parts, &desk.parts)?;
                Some((desk, pages, book))
            },
        );
        match planned? {
            Ok(ready) => self.publish(ready, known, &scan),
            Err(outcome) => Ok(*outcome),
        }
    }

    /// Looks at the files, and at what the last build noted of them.
    fn survey(&self) -> anyhow::Result<(Option<Desk>, Scan, Survey)> {
        let key = ledger::key(self.request.program);
        let read = || {
            let desk = Desk::read(self.parts, key)?;
            let rolls = roll::read(self.parts, &desk.parts.files)?;
            Some((desk, rolls))
        };
        let (noted, scan) = rayon::join(read, || self.files.scan());
        let (desk, rolls) = noted.map_or((None, Vec::new()), |(desk, rolls)| (Some(desk), rolls));
        let scan = scan?;
        let survey = Survey::of(&scan, &rolls, self.files);
        self.watch.lap("look");
        Ok((desk, scan, survey))
    }

    /// Reads what changed, with the findings so far. `Err` when there is no config.
    fn read(
        &self,
        desk: Option<&Desk>,
        scan: &Scan,
        survey: &Survey,
    ) -> anyhow::Result<Result<Found, Box<Outcome>>> {
        let mut found = scan.findings.clone();
        let config = read::config(self.files, scan, &mut found)?;
        let Some(config) = config else { return Ok(Err(Box::new(self.unread(found)))) };
        // What was read depends on the config, and so do all pages.
        let alike = desk.filter(|desk| desk.config == config.0.fingerprint);
        let (heads, relations, search) = alike
            .and_then(|desk| self.remember(&desk.parts, scan, survey, config.0.search))
            .unwrap_or_else(|| (Heads::none(), None, Remembered::default()));
        self.watch.lap("recall");
        let keep = |heads: &mut Heads| match self.request.memory {
            Memory::Consulted => Ok(Vec::new()),
            Memory::Kept | Memory::Forgotten => heads.write(self.parts),
        };
        let (input, known) = ((self.files, &self.spool, Some(&self.words)), (heads, search));
        let mut read = read::newspaper(input, scan, survey, config, known, keep, &mut found)?;
        read.content.relations = relations;
        self.watch.lap("read");
        Ok(Ok((read, found)))
    }

    /// Whether the published site is what a build would make.
    fn is_current(&self, desk: &Desk, survey: &Survey, scan: &Scan, imprint: Option<&str>) -> bool {
        let now = self.request.now.unix();
        survey.is_same
            && desk.drafts == (self.request.drafts == Drafts::Shown)
            && desk.now <= now
            && desk.until.is_none_or(|until| now < until)
            && (imprint == Some(desk.imprint.as_str()) || self.request.memory == Memory::Consulted)
            && scan.findings == desk.left_out
    }

    fn unread(&self, found: Vec<Diagnostic>) -> Outcome {
        Outcome {
            findings: findings::in_order(found, self.request.strictness),
            summary: None,
            changes: None,
            stages: Vec::new(),
        }
    }

    /// What was read, and how articles are related: one is worth nothing without the other.
    /// `None` when what is remembered of the search index is lost, for then all articles have to be read.
    fn remember(
        &self,
        names: &PartNames,
        scan: &Scan,
        survey: &Survey,
        has_search: bool,
    ) -> Option<(Heads, Option<Relations>, Remembered)> {
        let (parts, nothing) = (self.parts, Remembered::default);
        let (search, (mut heads, relations)) = rayon::join(
            || if has_search { Remembered::recall(parts, &names.search) } else { Some(nothing()) },
            || {
                rayon::join(
                    || Heads::recall(parts, &names.heads, scan, survey),
                    || Relations::read(&names.relations, &|name, look| parts.look(name, |bytes| look(bytes))),
                )
            },
        );
        match &relations {
            Some(relations) => forget_strangers(&mut heads, relations, self.request.now),
            None => heads = Heads::none(),
        }
        Some((heads, relations, search?))
    }

    /// Where the words of stories are kept and read.
    fn kept(&self) -> KeptWords<'_> {
        let keeping = match self.request.memory {
            Memory::Consulted => Keeping::Spool,
            Memory::Kept | Memory::Forgotten => Keeping::Parts,
        };
        let (files, parts, spool, outputs) = (self.files, self.parts, &self.words, self.outputs);
        KeptWords { files, parts, spool, keeping, outputs }
    }
}

/// Forgets the articles of which it is not remembered what they are about: they have to be read again.
fn forget_strangers(heads: &mut Heads, relations: &Relations, now: Moment) {
    let keys: DigestSet = relations.keys().iter().copied().collect();
    // An expired article is compared with no other.
    let is_whole = |article: &Article| {
        expiry::is_over(article, now) || keys.contains(&names::path_digest(&article.prose.path))
    };
    heads.retain(is_whole);
}

/// The pure middle: archive, edition and theme, worked out anew, and the search index, when it is asked for.
fn plan(
    request: Request,
    watch: &Stopwatch,
    kept: Option<KeptWords<'_>>,
    read: Read,
    mut found: Vec<Diagnostic>,
) -> anyhow::Result<Planned> {
    let Read { config, content, published, templates, head_parts, notes, search } = read;
    let now = request.now.in_zone(config.timezone.as_ref());
    let publication = Publication { now, drafts: request.drafts, scheduled: request.scheduled };
    let (archive, more) = Archive::build(content, &config, publication);
    found.extend(more);
    watch.lap("archive");
    let search = match kept {
        Some(kept) => kept.index(&archive, &archive, &config, search)?,
        None => Index::default(),
    };
    watch.lap("search");
    let (edition, more) = Edition::plan(&archive, &config, &published, &search);
    found.extend(more);
    let (config, edition, files) = (Arc::new(config), Arc::new(edition), Arc::new(published));
    let paper = Newspaper { config, publication, archive, edition, files, search: Arc::new(search) };
    let references = paper.references();
    found.extend(paper.dead_references(&references));
    let theme = Theme::new(templates, &paper.config.words).map_err(|more| found.extend(more)).ok();
    watch.lap("edition");
    let findings = findings::in_order(found, request.strictness);
    Ok(Planned { paper, references, theme, notes, head_parts, findings })
}

impl Planned {
    /// What can be rendered; `Err` when a finding fails the build.
    fn ready(self) -> Result<Ready, Box<Outcome>> {
        let Self { paper, references, theme, notes, head_parts, findings } = self;
        match theme {
            Some(theme) if !findings.iter().any(Diagnostic::is_error) => {
                let slots = paper.archive.stories().iter().map(|story| story.article.slot).collect();
                Ok(Ready { paper, references, theme, slots, notes, head_parts, findings })
            }
            _ => Err(Box::new(unpublished(findings, &paper))),
        }
    }
}

/// What is remembered of all pages; nothing unless all of it is there.
fn recall(parts: &Parts, names: &PartNames) -> Option<(Pages, Book)> {
    let (pages, book) = rayon::join(
        || Pages::recall(parts, &names.pages),
        || ledger::read::<FactNotes>(parts, &names.facts).map(Book::new),
    );
    Some((pages?, book?))
}

fn unpublished(findings: Vec<Diagnostic>, paper: &Newspaper) -> Outcome {
    Outcome { findings, summary: Some(summary(paper)), changes: None, stages: Vec::new() }
}

fn summary(paper: &Newspaper) -> Summary {
    let pages = paper.edition.pages();
    let unpublished = paper.archive.unpublished();
    Summary {
        articles: paper.archive.stories().len(),
        pages: pages.iter().filter(|(_, page)| page.is_indexable()).count(),
        files: pages.len(),
        drafts: unpublished.drafts,
        scheduled: unpublished.scheduled,
        next: unpublished.next,
        expired: unpublished.expired,
    }
}
