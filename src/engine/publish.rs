//! Publishing: what is stale is rendered and given to readers, and what the next build needs is written down.
//!
//! What is to be published is known before; nothing here fails for an author's mistake but in a template.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;

use super::book::{self, Book};
use super::findings;
use super::ledger::{self, Desk, FactNotes, FileNote, PartNames};
use super::pages::{Pages, Plan, Reason};
use super::print::{Run, Shop};
use super::request::{Changes, Memory, Outcome};
use super::texts::UnchangedTexts;
use super::{Ready, Update, summary, unpublished};
use super::{roll, search};
use crate::archive::Drafts;
use crate::disk::scan::Scan;
use crate::edition::newspaper::Newspaper;
use crate::fingerprint::Digest;
use crate::render::Renderer;
use crate::source::SourcePath;

/// How many facts there may be, besides the sides of stories, before all pages are rendered anew to be rid of those that
/// nobody needs: so many for each page, and so many more.
const MOST_FACTS_PER_PAGE: usize = 2;
const MOST_FACTS: usize = 10_000;

impl Update<'_> {
    /// Renders what is stale, publishes it, and writes down what the next build needs.
    pub(super) fn publish(
        &self,
        ready: Ready,
        known: Option<(Desk, Pages, Book)>,
        scan: &Scan,
    ) -> anyhow::Result<Outcome> {
        let Ready { paper, references, theme, slots, notes, head_parts, findings: found } = ready;
        let config = paper.config.fingerprint;
        // Facts that no page asks for any more stay in the book until it is begun anew.
        let most = MOST_FACTS_PER_PAGE * paper.edition.pages().len() + MOST_FACTS;
        let known = known.filter(|(_, _, book)| book.len() <= most);
        let is_known = known.as_ref().is_some_and(|(desk, ..)| desk.config == config);
        let (base, mut pages, mut book) = match known {
            Some((desk, pages, book)) => (Some(desk.imprint), pages, book),
            None => (None, Pages::none(), Book::new(FactNotes::default())),
        };
        let template = |name: &str| theme.chain(name);
        let changed = book.renew(&paper, &references, &slots, &template);
        let stamps = Stamps { scan, notes: &notes };
        let plan = pages.plan(&paper, is_known.then_some(&changed), &|path| stamps.of(path));
        self.watch.lap("compare");
        let mut imprint = base.clone().unwrap_or_default();
        let mut run = Run { printed: Vec::new(), is_new: Vec::new(), findings: Vec::new() };
        if base.is_none() || !plan.stale.is_empty() || !plan.gone.is_empty() {
            let press = self.outputs.begin(base.as_deref())?;
            let needed = plan.stale.iter().map(|stale| &paper.edition.pages()[stale.place].1);
            self.kept().fill(&paper, needed)?;
            let texts = UnchangedTexts { files: self.files, spool: &self.spool };
            let renderer = Renderer::new(&paper, &theme, &texts);
            let (renderer, kept) = (&renderer, self.kept());
            let shop = Shop { paper: &paper, renderer, book: &book, slots: &slots, kept, press: &*press };
            run = shop.print(&plan.stale)?;
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
        let facts = book.close(&paper, &template);
        let paths = OnceCell::new();
        let report = changes(&plan, &run, &paper, |number| {
            let paths = paths.get_or_init(|| paths_by_slot(scan, &notes));
            book::in_words(number, &facts, |slot| paths.get(&slot).map(|path| (*path).to_owned()))
        });
        let summary = summary(&paper);
        if self.request.memory != Memory::Consulted {
            let (pages, (facts, relations)) = rayon::join(
                || pages.write(&paper, run.printed, &plan.gone, self.parts),
                || {
                    rayon::join(
                        || ledger::write(self.parts, "facts", &facts),
                        || paper.archive.relations().write(&|kind, bytes| self.parts.write(kind, bytes)),
                    )
                },
            );
            let (search, (files, findings)) = rayon::join(
                || search::write(&paper.search, self.parts),
                || {
                    rayon::join(
                        || roll::write(self.parts, scan, &notes),
                        || ledger::write(self.parts, "findings", &found),
                    )
                },
            );
            let parts = PartNames {
                files: files?,
                findings: findings?,
                heads: head_parts,
                pages: pages?,
                facts: facts?,
                relations: relations?,
                search: search?,
            };
            let desk = Desk {
                key: ledger::key(self.request.program),
                config,
                drafts: self.request.drafts == Drafts::Shown,
                now: self.request.now.unix(),
                until: paper.archive.until(&paper.config, self.request.now),
                imprint,
                summary,
                left_out: scan.findings.clone(),
                parts,
            };
            desk.write(self.parts)?;
            self.watch.lap("remember");
        }
        // Taking a hundred thousand stories apart is work that nobody waits for, least of all a process that is about to
        // end.
        rayon::spawn(move || drop((paper, references, notes)));
        Ok(Outcome { findings: found, summary: Some(summary), changes: Some(report), stages: Vec::new() })
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
        rendered: run.printed.len(),
        written: written.map(|(stale, _)| (pages[stale.place].0.clone(), reason(stale.reason))).collect(),
        removed: plan.gone.clone(),
        vanished: paper.lost(&plan.vanished),
    }
}
