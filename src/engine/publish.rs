//! Publishing: what is stale is rendered and given to readers, and what the next build needs is written down.
//!
//! What is to be published is known before; nothing here fails for an author's mistake but in a template.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::book::{self, Book};
use super::findings;
use super::ledger::{self, Desk, FactNotes, FileNote, PartNames, SnapshotNames, Summary};
use super::pages::{Pages, Plan, Printed, Reason};
use super::print::{Run, Shop};
use super::request::{Changes, Memory, Outcome};
use super::texts::UnchangedTexts;
use super::{Ready, Relations, Update, summary, unpublished};
use super::{roll, search, snapshot};
use crate::archive::Drafts;
use crate::diagnostic::Diagnostic;
use crate::disk::scan::Scan;
use crate::edition::newspaper::Newspaper;
use crate::fingerprint::Digest;
use crate::render::Renderer;
use crate::render::theme::Theme;
use crate::route::Route;
use crate::source::SourcePath;

/// How many facts there may be, besides the sides of stories, before all pages are rendered anew to be rid of those that
/// nobody needs: so many for each page, and so many more.
const MOST_FACTS_PER_PAGE: usize = 2;
const MOST_FACTS: usize = 10_000;

/// Up to how many pages are rendered sooner than the templates are made quick.
const FEW: usize = 64;

/// Whether a book has so many facts that all pages are rendered to be rid of those that nobody needs.
pub(super) fn is_full(book: &Book, paper: &Newspaper) -> bool {
    book.len() > MOST_FACTS_PER_PAGE * paper.edition.pages().len() + MOST_FACTS
}

/// What is settled before pages are rendered.
pub(super) struct Settled {
    pub(super) paper: Newspaper,
    pub(super) theme: Theme,
    /// The number of each story's file.
    pub(super) slots: Vec<u32>,
    pub(super) notes: Vec<FileNote>,
    pub(super) head_parts: Vec<String>,
    pub(super) findings: Vec<Diagnostic>,
    /// The imprint of the edition that is changed; `None` when a whole one is made.
    pub(super) base: Option<String>,
    pub(super) pages: Pages,
    pub(super) book: Book,
    pub(super) plan: Plan,
    /// What of the last build's notes is true as it stands.
    pub(super) held: Option<Held>,
}

/// Notes of the last build that are true as they stand.
pub(super) struct Held {
    /// When it is the same.
    pub(super) summary: Option<Summary>,
    pub(super) until: Option<i64>,
    pub(super) snapshot: SnapshotNames,
    /// The part with the findings, when these are the same.
    pub(super) findings: Option<String>,
}

impl Update<'_> {
    /// Renders what is stale, publishes it, and writes down what the next build needs.
    pub(super) fn publish(
        &self,
        ready: Ready,
        known: Option<(Desk, Pages, Book)>,
        scan: &Scan,
    ) -> anyhow::Result<Outcome> {
        let Ready { paper, references, theme, slots, notes, head_parts, findings } = ready;
        let config = paper.config.fingerprint;
        // Facts that no page asks for any more stay in the book until it is begun anew.
        let known = known.filter(|(_, _, book)| !is_full(book, &paper));
        let is_known = known.as_ref().is_some_and(|(desk, ..)| desk.config == config);
        let (base, mut pages, mut book) = match known {
            Some((desk, pages, book)) => (Some(desk.imprint), pages, book),
            None => (None, Pages::none(), Book::new(FactNotes::default())),
        };
        let changed = book.renew(&paper, &references, &slots, &|name| theme.chain(name));
        let stamps = Stamps { scan, notes: &notes };
        let plan = pages.plan(&paper, is_known.then_some(&changed), &|path| stamps.of(path));
        self.watch.lap("compare");
        // Taking a hundred thousand stories apart is work that nobody waits for, least of all a process that is about to
        // end.
        rayon::spawn(move || drop(references));
        let held = None;
        self.carry_out(
            Settled { paper, theme, slots, notes, head_parts, findings, base, pages, book, plan, held },
            scan,
        )
    }

    /// Renders and publishes what is settled, and writes down what the next build needs.
    pub(super) fn carry_out(&self, settled: Settled, scan: &Scan) -> anyhow::Result<Outcome> {
        let Settled { mut paper, theme, slots, notes, head_parts, findings: found, .. } = settled;
        let Settled { base, pages, book, plan, held, .. } = settled;
        let theme = if plan.stale.len() > FEW { theme.quick() } else { theme };
        // No page asks for them, and pages need the room.
        let relations = self.write_relations(&paper.archive.take_relations())?;
        let paper = Arc::new(paper);
        let mut imprint = base.clone().unwrap_or_default();
        let mut run = Run::default();
        if base.is_none() || !plan.stale.is_empty() || !plan.gone.is_empty() {
            let press = self.outputs.begin(base.as_deref())?;
            let needed = plan.stale.iter().map(|stale| &paper.edition.pages()[stale.place].1);
            self.kept().fill(&paper, needed)?;
            let texts = UnchangedTexts { files: self.files, spool: &self.spool };
            let renderer = Renderer::new(&paper, &theme, &texts);
            let kept = self.kept();
            let shop =
                Shop { paper: &paper, renderer: &renderer, book: &book, slots: &slots, kept, press: &*press };
            run = shop.print(&plan.stale)?;
            // What it remembers of pages is large.
            drop(renderer);
            self.watch.lap("render");
            if !run.findings.is_empty() {
                let all = found.into_iter().chain(run.findings).collect();
                let findings = findings::in_order(all, self.request.strictness);
                return Ok(unpublished(findings, &paper));
            }
            if base.is_some() {
                plan.gone.iter().try_for_each(|route| press.remove(&route.output_path()))?;
            }
            imprint = press.commit()?;
            self.watch.lap("publish");
        }
        let facts = book.close(&paper, &|name| theme.chain(name));
        let summary = held.as_ref().and_then(|held| held.summary).unwrap_or_else(|| summary(&paper));
        if self.request.memory != Memory::Consulted {
            let until = match &held {
                Some(held) => held.until,
                None => paper.archive.until(&paper.config, self.request.now),
            };
            let files = (scan, &notes[..], &found[..]);
            let pages = (pages, &run.printed, &plan.gone[..], &facts);
            let parts =
                PartNames { heads: head_parts, relations, ..self.write_parts(&paper, pages, files, held)? };
            let desk = Desk {
                key: ledger::key(self.request.program),
                config: paper.config.fingerprint,
                drafts: self.request.drafts == Drafts::Shown,
                now: self.request.now.unix(),
                until,
                imprint,
                summary,
                left_out: scan.findings.clone(),
                parts,
            };
            desk.write(self.parts)?;
            self.watch.lap("remember");
        }
        let paths = OnceCell::new();
        let report = changes(&plan, &run, &paper, |number| {
            let paths = paths.get_or_init(|| paths_by_slot(scan, &notes));
            book::in_words(number, &facts, |slot| paths.get(&slot).map(|path| (*path).to_owned()))
        });
        // See above.
        rayon::spawn(move || drop((paper, notes)));
        Ok(Outcome { findings: found, summary: Some(summary), changes: Some(report), stages: Vec::new() })
    }

    /// Writes down how articles are related, and tells the names of the parts.
    fn write_relations(&self, relations: &Relations) -> anyhow::Result<Vec<String>> {
        match self.request.memory {
            Memory::Consulted => Ok(Vec::new()),
            Memory::Kept | Memory::Forgotten => relations.write(&|kind, bytes| self.parts.write(kind, bytes)),
        }
    }

    /// Writes all parts but the heads and the relations, and tells their names.
    fn write_parts(
        &self,
        paper: &Newspaper,
        (pages, printed, gone, facts): (Pages, &Printed, &[Route], &FactNotes),
        (scan, notes, found): (&Scan, &[FileNote], &[Diagnostic]),
        held: Option<Held>,
    ) -> anyhow::Result<PartNames> {
        let (pages, facts) = rayon::join(
            || pages.write(paper, printed, gone, self.parts),
            || ledger::write(self.parts, "facts", facts),
        );
        let (search, (files, (findings, snapshot))) = rayon::join(
            || search::write(&paper.search, self.parts),
            || {
                rayon::join(
                    || roll::write(self.parts, scan, notes),
                    || match held {
                        Some(Held { snapshot, findings: Some(findings), .. }) => (Ok(findings), Ok(snapshot)),
                        Some(Held { snapshot, .. }) => {
                            (ledger::write(self.parts, "findings", found), Ok(snapshot))
                        }
                        None => rayon::join(
                            || ledger::write(self.parts, "findings", found),
                            || snapshot::write(paper, self.parts),
                        ),
                    },
                )
            },
        );
        Ok(PartNames {
            files: files?,
            findings: findings?,
            heads: Vec::new(),
            pages: pages?,
            facts: facts?,
            relations: Vec::new(),
            search: search?,
            snapshot: snapshot?,
        })
    }
}

/// Tells one state of a published file from another.
struct Stamps<'a> {
    scan: &'a Scan,
    notes: &'a [FileNote],
}

impl Stamps<'_> {
    fn of(&self, path: &SourcePath) -> u64 {
        let found = self.scan.files.binary_search_by(|file| file.path.cmp(path));
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

fn paths_by_slot<'a>(scan: &'a Scan, notes: &[FileNote]) -> HashMap<u32, &'a str> {
    scan.files.iter().zip(notes).map(|(file, note)| (note.slot, file.path.as_str())).collect()
}

fn changes(plan: &Plan, run: &Run, paper: &Newspaper, fact: impl Fn(u32) -> String) -> Changes {
    let reason = |reason: Reason| match reason {
        Reason::New => Cow::Borrowed("it is new"),
        Reason::Kind => Cow::Borrowed("what is published there is not what it was"),
        Reason::All => Cow::Borrowed("the config has changed"),
        Reason::Fact(number) => Cow::Owned(fact(number)),
    };
    let pages = paper.edition.pages();
    let written = plan.stale.iter().zip(&run.is_new).filter(|(_, is_new)| **is_new);
    Changes {
        rendered: run.is_new.len(),
        written: written.map(|(stale, _)| (pages[stale.place].0.clone(), reason(stale.reason))).collect(),
        removed: plan.gone.clone(),
        vanished: paper.lost(&plan.vanished),
    }
}
