//! The engine: from the files of a newspaper to its published site, in one pass of pure stages between two borders.
//!
//! Every command that needs the newspaper goes through here, so that `check` sees what `build` sees. Only reading and
//! rendering are incremental: what lies between is cheap and is worked out anew each time. Outside this module nothing
//! knows that builds are.

mod book;
mod findings;
mod heads;
mod ledger;
mod pages;
mod places;
mod print;
mod read;
mod request;
mod search;
mod survey;
mod texts;
mod why;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::archive::related::memory::Memory as Relations;
use crate::archive::{Archive, Drafts, Publication, stories};
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::disk::parts::Parts;
use crate::disk::scan::{Files, Scan, has_vanished};
use crate::edition::Edition;
use crate::edition::newspaper::Newspaper;
use crate::edition::references::References;
use crate::fingerprint::{Digest, Fingerprint};
use crate::render::Renderer;
use crate::render::theme::Theme;
use crate::source::SourcePath;

use book::Book;
use heads::Heads;
use ledger::{Desk, FactNotes, FileNote, PartNames};
use pages::{Pages, Plan, Reason};
use print::{Run, Shop};
use read::Read;
use search::{Keeping, Remembered};
use survey::Survey;
use texts::{Changed, UnchangedTexts};

pub use ledger::Summary;
pub use places::with_places;
pub use request::{Changes, Memory, Outcome, Outputs, Press, Request, Strictness, tally};
pub use why::{Account, why};

/// How many facts there may be, besides the sides of stories, before all pages are rendered anew to be rid of those that
/// nobody needs: so many for each page, and so many more.
const MOST_FACTS_PER_PAGE: usize = 2;
const MOST_FACTS: usize = 10_000;

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
    let mut last = None;
    for _ in 0..ATTEMPTS {
        match (Update { files, outputs, parts, request }).attempt() {
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
}

/// Everything that is known when pages can be rendered.
struct Ready {
    paper: Arc<Newspaper>,
    references: References,
    theme: Theme,
    /// The number of each story's file.
    slots: Vec<u32>,
    notes: Vec<FileNote>,
    head_parts: Vec<String>,
    findings: Vec<Diagnostic>,
}

impl Update<'_> {
    fn attempt(&self) -> anyhow::Result<Outcome> {
        let key = ledger::key(self.request.program);
        let (desk, scan) = rayon::join(|| Desk::read(self.parts, key), || self.files.scan());
        let (mut desk, scan) = (desk, scan?);
        let notes = desk.as_mut().map_or_else(Vec::new, |desk| std::mem::take(&mut desk.files));
        let survey = Survey::of(&scan, notes, self.files);
        let imprint = self.outputs.imprint();
        if let Some(desk) =
            desk.as_mut().filter(|desk| self.is_current(desk, &survey, &scan, imprint.as_deref()))
        {
            let findings = std::mem::take(&mut desk.findings);
            return Ok(Outcome {
                findings: findings::strictly(findings, self.request.strictness),
                summary: Some(desk.summary),
                changes: Some(Changes::default()),
            });
        }
        let mut found = scan.findings.clone();
        let config = read::config(self.files, &scan, &mut found)?;
        let Some(config) = config else { return Ok(self.unread(found)) };
        // What was read depends on the config, and so do all pages.
        let alike = desk.as_ref().filter(|desk| desk.config == config.1);
        let (heads, relations, search) = alike
            .and_then(|desk| self.remember(&desk.parts, &scan, &survey, config.0.search))
            .unwrap_or_else(|| (Heads::none(), None, Remembered::default()));
        let keep = |heads: &mut Heads| match self.request.memory {
            Memory::Consulted => Ok(Vec::new()),
            Memory::Kept | Memory::Forgotten => heads.write(self.parts),
        };
        let config_digest = config.1;
        let heads = (heads, search);
        let mut read = read::newspaper(self.files, &scan, &survey, config, heads, keep, &mut found)?;
        read.content.relations = relations;
        let ready = match self.plan(read, found)? {
            Ok(ready) => ready,
            Err(outcome) => return Ok(*outcome),
        };
        self.publish(ready, desk, &scan, config_digest, imprint.as_deref())
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
        Outcome { findings: findings::in_order(found, self.request.strictness), summary: None, changes: None }
    }

    /// The pure middle: archive, edition and theme, worked out anew. `Err` when a finding fails the build.
    fn plan(&self, read: Read, mut found: Vec<Diagnostic>) -> anyhow::Result<Result<Ready, Box<Outcome>>> {
        let Read { config, content, published, templates, head_parts, notes, search } = read;
        let now = self.request.now.in_zone(config.timezone.as_ref());
        let publication = Publication { now, drafts: self.request.drafts };
        let (archive, more) = Archive::build(content, &config, publication);
        found.extend(more);
        let search = self.shelf(&config).index(&archive, search)?;
        let (edition, more) = Edition::plan(&archive, &config, &published, &search);
        found.extend(more);
        let paper = Arc::new(Newspaper { config, publication, archive, edition, files: published, search });
        let references = paper.references();
        found.extend(paper.dead_references(&references));
        let theme = Theme::new(templates).map_err(|more| found.extend(more)).ok();
        let findings = findings::in_order(found, self.request.strictness);
        Ok(match theme {
            Some(theme) if !findings.iter().any(Diagnostic::is_error) => {
                let slots = paper.archive.stories().iter().map(|story| story.article.slot).collect();
                Ok(Ready { paper, references, theme, slots, notes, head_parts, findings })
            }
            _ => Err(Box::new(Outcome { findings, summary: Some(summary(&paper)), changes: None })),
        })
    }

    /// Renders what is stale, publishes it, and writes down what the next build needs.
    fn publish(
        &self,
        ready: Ready,
        desk: Option<Desk>,
        scan: &Scan,
        config: Fingerprint,
        imprint: Option<&str>,
    ) -> anyhow::Result<Outcome> {
        let Ready { paper, references, theme, slots, notes, head_parts, findings: mut found } = ready;
        // What was rendered is worth something only while it is published.
        let base = desk.filter(|desk| {
            imprint == Some(desk.imprint.as_str()) || self.request.memory == Memory::Consulted
        });
        let recalled = base.as_ref().and_then(|desk| self.recall(&desk.parts));
        // Facts that no page asks for any more stay in the book until it is begun anew.
        let most = MOST_FACTS_PER_PAGE * paper.edition.pages().len() + MOST_FACTS;
        let recalled = recalled.filter(|(_, book)| book.len() <= most);
        let base = base.filter(|_| recalled.is_some());
        let is_known = base.as_ref().is_some_and(|desk| desk.config == config);
        let base = base.map(|desk| desk.imprint);
        let (mut pages, mut book) =
            recalled.unwrap_or_else(|| (Pages::none(), Book::new(FactNotes::default())));
        let template = |name: &str| theme.chain(name);
        let changed = book.renew(&paper, &references, &slots, &template);
        let stamps = Stamps { scan, notes: &notes };
        let plan = pages.plan(&paper, is_known.then_some(&changed), &|path| stamps.of(path));
        let mut imprint = base.clone().unwrap_or_default();
        let mut run = Run { printed: Vec::new(), is_new: Vec::new(), findings: Vec::new() };
        if base.is_none() || !plan.stale.is_empty() || !plan.gone.is_empty() {
            let press = self.outputs.begin(base.as_deref())?;
            let needed = plan.stale.iter().map(|stale| &paper.edition.pages()[stale.place].1);
            search::fill(&paper, needed, &self.shelf(&paper.config))?;
            let texts = UnchangedTexts(self.files);
            let renderer = Renderer::new(&paper, &theme, &texts);
            let shop =
                Shop { paper: &paper, renderer: &renderer, book: &book, slots: &slots, press: &*press };
            run = shop.print(&plan.stale)?;
            if !run.findings.is_empty() {
                let all = found.into_iter().chain(run.findings).collect();
                let findings = findings::in_order(all, self.request.strictness);
                return Ok(Outcome { findings, summary: Some(summary(&paper)), changes: None });
            }
            if base.is_some() {
                plan.gone.iter().try_for_each(|route| press.remove(&route.output_path()))?;
            }
            imprint = press.commit()?;
        }
        let facts = book.close(&paper, &template);
        let paths = OnceCell::new();
        let report = changes(&plan, &run, &paper, |number| {
            let paths = paths.get_or_init(|| paths_by_slot(&notes));
            book::in_words(number, &facts, |slot| paths.get(&slot).map(|path| (*path).to_owned()))
        });
        let summary = summary(&paper);
        if self.request.memory != Memory::Consulted {
            let (pages, (facts, relations)) = rayon::join(
                || pages.write(&paper, run.printed, &plan.gone, self.parts),
                || {
                    rayon::join(
                        || ledger::write(self.parts, "facts", &facts),
                        || self.parts.write("relations", &paper.archive.relations().to_bytes()),
                    )
                },
            );
            let search = search::write(&paper.search, self.parts)?;
            let (pages, facts, relations) = (pages?, facts?, relations?);
            let parts = PartNames { heads: head_parts, pages, facts, relations, search };
            let desk = Desk {
                key: ledger::key(self.request.program),
                config,
                drafts: self.request.drafts == Drafts::Shown,
                now: self.request.now.unix(),
                until: paper.archive.until(&paper.config, self.request.now),
                imprint,
                summary,
                findings: found,
                left_out: scan.findings.clone(),
                files: notes,
                parts,
            };
            desk.write(self.parts)?;
            found = desk.findings;
        }
        // The process is about to end or to read the newspaper anew: taking a hundred thousand stories apart is work that
        // nobody waits for.
        std::mem::forget(paper);
        Ok(Outcome { findings: found, summary: Some(summary), changes: Some(report) })
    }

    /// What was read, and how articles are related: one is worth nothing without the other.
    fn remember(
        &self,
        names: &PartNames,
        scan: &Scan,
        survey: &Survey,
        has_search: bool,
    ) -> Option<(Heads, Option<Relations>, Remembered)> {
        let search =
            if has_search { Remembered::recall(self.parts, &names.search)? } else { Remembered::default() };
        let (mut heads, relations) = rayon::join(
            || Heads::recall(self.parts, &names.heads, scan, survey),
            || self.parts.read(&names.relations).and_then(|bytes| Relations::from_bytes(&bytes)),
        );
        match &relations {
            Some(relations) => {
                let keys: HashSet<u64> = relations.keys().iter().copied().collect();
                heads.retain(|path| keys.contains(&stories::key(path)));
            }
            None => heads = Heads::none(),
        }
        Some((heads, relations, search))
    }

    /// Where the words of stories are kept and read.
    fn shelf<'a>(&'a self, config: &'a Config) -> search::Desk<'a> {
        let keeping = match self.request.memory {
            Memory::Consulted => Keeping::Nothing,
            Memory::Kept | Memory::Forgotten => Keeping::Parts,
        };
        search::Desk { files: self.files, parts: self.parts, config, keeping }
    }

    fn recall(&self, names: &PartNames) -> Option<(Pages, Book)> {
        let (pages, facts) = rayon::join(
            || Pages::recall(self.parts, &names.pages),
            || ledger::read::<FactNotes>(self.parts, &names.facts),
        );
        Some((pages?, Book::new(facts?)))
    }
}

/// Tells one state of a published file from another.
struct Stamps<'a> {
    scan: &'a Scan,
    notes: &'a [FileNote],
}

impl Stamps<'_> {
    fn of(&self, path: &SourcePath) -> u64 {
        let found = self.notes.binary_search_by(|note| note.path.as_str().cmp(path.as_str()));
        let Some(note) = found.ok().map(|at| &self.notes[at]) else { return 0 };
        if let Some(digest) = note.digest {
            return digest.half();
        }
        let mut digest = Digest::new();
        digest.number(note.size).number(note.modified_ns.cast_unsigned());
        digest.number(note.changed_ns.cast_unsigned());
        if !note.settled {
            // Times that are too young tell nothing: the file counts as changed by the next build.
            digest.text(&self.scan.started_ns.to_string());
        }
        digest.finish()
    }
}

fn paths_by_slot(notes: &[FileNote]) -> HashMap<u32, &str> {
    notes.iter().map(|note| (note.slot, note.path.as_str())).collect()
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
    }
}

fn changes(plan: &Plan, run: &Run, paper: &Newspaper, fact: impl Fn(u32) -> String) -> Changes {
    let reason = |reason: Reason| match reason {
        Reason::New => Cow::Borrowed("it is new"),
        Reason::Kind => Cow::Borrowed("what is published there is another file or page"),
        Reason::All => Cow::Borrowed("the config has changed"),
        Reason::Fact(number) => Cow::Owned(fact(number)),
    };
    let pages = paper.edition.pages();
    let written = plan.stale.iter().zip(&run.is_new).filter(|(_, is_new)| **is_new);
    Changes {
        rendered: run.printed.len(),
        written: written.map(|(stale, _)| (pages[stale.place].0.clone(), reason(stale.reason))).collect(),
        removed: plan.gone.clone(),
    }
}
