//! Printing: stale pages are rendered, several at a time, and those whose bytes are new go to the press.
//!
//! Each page is independent of the others, so their order does not show. Why a page is stale is not known here.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::Press;
use super::book::Book;
use super::findings::one_per_place;
use super::pages::{Printed, Stale};
use super::search::KeptWords;
use crate::diagnostic::Diagnostic;
use crate::edition::files::Origin;
use crate::edition::newspaper::Newspaper;
use crate::edition::page::Page;
use crate::fingerprint::Fingerprint;
use crate::render::theme::{LIMIT, built_in_statics};
use crate::render::{Failure, Renderer};

/// What printing needs to know.
pub(super) struct Shop<'a> {
    pub(super) paper: &'a Arc<Newspaper>,
    pub(super) renderer: &'a Renderer<'a>,
    pub(super) book: &'a Book,
    /// The number of each story's file.
    pub(super) slots: &'a [u32],
    /// The files of the search index.
    pub(super) kept: KeptWords<'a>,
    pub(super) press: &'a dyn Press,
}

/// How many pages are rendered before what is to be remembered of them is put together.
const BATCH: usize = 8_192;

/// What became of the stale pages.
#[derive(Default)]
pub(super) struct Run {
    /// All of them, unless there are findings.
    pub(super) printed: Printed,
    /// For each of them, whether its bytes went to the press.
    pub(super) is_new: Vec<bool>,
    /// What is wrong with the templates.
    pub(super) findings: Vec<Diagnostic>,
}

/// The digest and the trace of a page that was rendered and whether its bytes went to the press, or what is wrong with
/// its template.
type Done = Result<(Fingerprint, Vec<u32>, bool), Box<Diagnostic>>;

impl Shop<'_> {
    /// Renders the stale pages.
    pub(super) fn print(&self, stale: &[Stale]) -> anyhow::Result<Run> {
        let statics: HashMap<String, &[u8]> = built_in_statics().into_iter().collect();
        let (done, total) = (AtomicUsize::new(0), stale.len());
        // A page that goes over a limit takes long to fail, and so would all pages of its template: later ones are left
        // out.
        let last = AtomicUsize::new(usize::MAX);
        let mut run = Run { is_new: Vec::with_capacity(total), ..Run::default() };
        for (number, batch) in stale.chunks(BATCH).enumerate() {
            let first = number * BATCH;
            let print = |(at, stale): (usize, &Stale)| {
                let index = first + at;
                if index > last.load(Ordering::Relaxed) {
                    return Ok(None);
                }
                let result = self.page(stale, &statics)?;
                if result.as_ref().is_err_and(|finding| finding.code() == LIMIT) {
                    last.fetch_min(index, Ordering::Relaxed);
                }
                self.press.progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
                Ok(Some(result))
            };
            let results: Vec<Option<Done>> =
                batch.par_iter().enumerate().map(print).collect::<anyhow::Result<_>>()?;
            let until = last.load(Ordering::Relaxed).saturating_add(1).saturating_sub(first);
            for (stale, result) in batch.iter().zip(results).take(until) {
                match result {
                    Some(Ok((digest, trace, is_new))) => {
                        run.printed.push(stale.place, digest, &trace);
                        run.is_new.push(is_new);
                    }
                    Some(Err(finding)) => run.findings.push(*finding),
                    None => {}
                }
            }
        }
        run.findings = one_per_place(run.findings);
        Ok(run)
    }

    fn page(&self, stale: &Stale, statics: &HashMap<String, &[u8]>) -> anyhow::Result<Done> {
        let (route, page) = &self.paper.edition.pages()[stale.place];
        let path = route.output_path();
        match page {
            Page::File(Origin::Source(source)) => {
                self.press.file(&path, source)?;
                Ok(Ok((Fingerprint::of(source.as_str().as_bytes()), Vec::new(), true)))
            }
            Page::File(Origin::Theme(name)) => {
                let bytes = statics.get(name.as_str()).copied().unwrap_or_default();
                let digest = Fingerprint::of(bytes);
                Ok(Ok((digest, Vec::new(), self.hand_over(stale, &path, bytes, digest)?)))
            }
            Page::SearchShard(segment, file) => {
                let file = &self.paper.search.segments()[*segment].files[*file];
                let bytes = self.kept.file(file)?;
                let is_new = self.hand_over(stale, &path, &bytes, file.digest)?;
                Ok(Ok((file.digest, Vec::new(), is_new)))
            }
            _ => match self.renderer.render(route, page) {
                Ok(rendered) => {
                    let digest = Fingerprint::of(&rendered.bytes);
                    let is_new = self.hand_over(stale, &path, &rendered.bytes, digest)?;
                    let trace = self.book.numbers(&rendered.trace, self.slots);
                    Ok(Ok((digest, trace, is_new)))
                }
                Err(Failure::Template(finding)) => Ok(Err(finding)),
                Err(Failure::World(error)) => Err(error),
            },
        }
    }

    /// Gives the press what it does not have yet, and tells whether it did.
    fn hand_over(
        &self,
        stale: &Stale,
        path: &str,
        bytes: &[u8],
        digest: Fingerprint,
    ) -> anyhow::Result<bool> {
        if stale.before == Some(digest) {
            return Ok(false);
        }
        self.press.page(path, bytes)?;
        Ok(true)
    }
}
