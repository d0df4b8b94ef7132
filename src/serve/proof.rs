//! The proof: before an edition is shown, the pages that browsers have open are made, and what is new of each is told.
//!
//! When templates have changed, one page of each kind is made, too: a mistake in a template is then found at once, and the
//! last good edition stays. No other page is made before somebody asks for it.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::app::App;
use super::board::Standing;
use super::digests::{PageTag, Turn};
use crate::diagnostic::Diagnostic;
use crate::edition::page::Page;
use crate::engine::{Issue, Shown, with_places};
use crate::route::Route;
use crate::source::SourcePath;

/// How many errors are looked up and shown.
const MOST_ERRORS: usize = 200;

/// What a proof came to.
pub(super) struct Proof {
    /// The edition, if it may be shown.
    pub(super) issue: Option<Arc<Issue>>,
    /// Errors with their places; of very many, some.
    pub(super) errors: Vec<Diagnostic>,
    /// What the pages that browsers show are now.
    pub(super) tags: HashMap<Route, PageTag>,
    /// Those of them that have changed.
    pub(super) changed: Vec<Route>,
}

/// Proofs an edition that took reading the files `read`.
pub(super) fn read(
    app: &App,
    before: &Standing,
    issue: Option<Arc<Issue>>,
    findings: &[Diagnostic],
    read: &[SourcePath],
) -> Proof {
    let errors: Vec<Diagnostic> =
        findings.iter().filter(|finding| finding.is_error()).take(MOST_ERRORS).cloned().collect();
    let errors = with_places(errors, app.library.folder());
    let tags = (*before.tags).clone();
    let Some(issue) = issue else { return Proof { issue: None, errors, tags, changed: Vec::new() } };
    let of_all_pages =
        |path: &SourcePath| path.as_str().starts_with("templates/") || !path.as_str().contains('/');
    if before.issue.is_none() || before.failed || read.iter().any(of_all_pages) {
        let broken = broken(&issue, samples(&issue).chain(app.board.open_pages().into_keys()));
        if !broken.is_empty() {
            let errors = with_places(broken, app.library.folder());
            return Proof { issue: None, errors, tags, changed: Vec::new() };
        }
    }
    app.library.keep(&issue);
    let mut tags = HashMap::new();
    let mut changed = Vec::new();
    for (route, shown) in app.board.open_pages() {
        let Some(tag) = app.tag_at(&issue, &route) else { continue };
        if shown.turn(&tag) != Turn::Nothing {
            changed.push(route.clone());
        }
        tags.insert(route, tag);
    }
    Proof { issue: Some(issue), errors, tags, changed }
}

/// The first page of each kind that a template makes.
fn samples(issue: &Arc<Issue>) -> impl Iterator<Item = Route> {
    let mut kinds = HashSet::new();
    let pages = issue.paper().edition.pages().iter();
    let of_template = |page: &Page| {
        !matches!(
            page,
            Page::File(_)
                | Page::Redirect { .. }
                | Page::Redirects(_)
                | Page::Sources(_)
                | Page::Robots
                | Page::Sitemap(_)
                | Page::Feed(..)
        )
    };
    let firsts = pages.filter(|(_, page)| of_template(page) && kinds.insert(std::mem::discriminant(page)));
    firsts.map(|(route, _)| route.clone()).collect::<Vec<_>>().into_iter()
}

/// What is wrong with the templates of these pages, each mistake once.
fn broken(issue: &Issue, routes: impl Iterator<Item = Route>) -> Vec<Diagnostic> {
    let mut findings: Vec<Diagnostic> = Vec::new();
    for route in routes {
        // A panic is found again when the page is asked for, and said there.
        let printed = catch_unwind(AssertUnwindSafe(|| issue.show(&route)));
        if let Ok(Ok(Some(Shown::Broken(finding)))) = printed {
            let is_known = |known: &Diagnostic| {
                known.labels().first().map(|label| (&label.path, label.position))
                    == finding.labels().first().map(|label| (&label.path, label.position))
            };
            if !findings.iter().any(is_known) {
                findings.push(*finding);
            }
        }
    }
    findings
}
