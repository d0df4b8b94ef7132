//! The engine: from the files of a newspaper to its published site, in one pass of pure stages between two borders.
//!
//! Every command that needs the newspaper goes through here, so that `check` sees what `build` sees.

mod places;
mod read;

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use rayon::prelude::*;

use crate::archive::{Archive, Content, Drafts, Publication};
use crate::date::Moment;
use crate::diagnostic::{Diagnostic, Severity};
use crate::disk::scan::{Files, has_vanished};
use crate::edition::Edition;
use crate::edition::files::Origin;
use crate::edition::lens::Lens;
use crate::edition::newspaper::Newspaper;
use crate::edition::page::Page;
use crate::fingerprint::Fingerprint;
use crate::render::theme::{LIMIT, Theme, built_in_statics};
use crate::render::{Failure, Texts, render};
use crate::source::{Source, SourcePath};

/// How often a build starts again because files changed under it.
const ATTEMPTS: usize = 3;

/// What a build is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// The build's instant.
    pub now: Moment,
    /// What becomes of drafts.
    pub drafts: Drafts,
    /// Whether warnings count as errors.
    pub strictness: Strictness,
}

/// How warnings are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// They are reported.
    Lenient,
    /// They are errors (`--strict`).
    Strict,
}

/// Where rendered pages go.
pub trait Press: Sync {
    /// Takes the bytes of a page.
    ///
    /// # Errors
    ///
    /// When they cannot be kept.
    fn page(&self, path: &str, bytes: &[u8]) -> anyhow::Result<()>;

    /// Takes a file of the newspaper as it is.
    ///
    /// # Errors
    ///
    /// When it cannot be copied.
    fn file(&self, path: &str, from: &SourcePath) -> anyhow::Result<()>;

    /// Forgets what it took: the newspaper has changed in the meantime, and everything comes again.
    ///
    /// # Errors
    ///
    /// When it cannot begin anew.
    fn restart(&self) -> anyhow::Result<()>;

    /// Hears how many of how many pages are done.
    fn progress(&self, done: usize, total: usize);
}

/// What came of a run.
pub struct Outcome {
    /// Everything that was found, in reading order.
    pub findings: Vec<Diagnostic>,
    /// The newspaper, unless it could not be read.
    pub paper: Option<Arc<Newspaper>>,
}

impl Outcome {
    /// Whether a finding fails the build.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.paper.is_none() || self.findings.iter().any(Diagnostic::is_error)
    }

    fn new(
        files: &dyn Files,
        mut findings: Vec<Diagnostic>,
        paper: Option<Arc<Newspaper>>,
        strictness: Strictness,
    ) -> Self {
        if strictness == Strictness::Strict {
            findings = findings.into_iter().map(Diagnostic::promoted).collect();
        }
        findings = places::look_up(findings, files);
        findings.sort_by(Diagnostic::reading_order);
        findings.dedup();
        Self { findings: once_per_run(findings), paper }
    }
}

/// Reads the newspaper, plans its edition, renders every page and hands it to the press. Nothing is handed over when a
/// finding fails the build before; findings of a template come when pages were handed over already, so the press must
/// keep them back until the outcome is known.
///
/// # Errors
///
/// The world's failures, and files that keep changing while they are read.
pub fn build(files: &dyn Files, press: &dyn Press, request: Request) -> anyhow::Result<Outcome> {
    let mut last = None;
    for _ in 0..ATTEMPTS {
        if last.is_some() {
            press.restart()?;
        }
        match attempt(files, press, request) {
            Err(error) if error.is::<Changed>() || has_vanished(&error) => last = Some(error),
            done => return done,
        }
    }
    Err(last.unwrap_or_else(|| anyhow::anyhow!("the newspaper cannot be read")))
}

fn attempt(files: &dyn Files, press: &dyn Press, request: Request) -> anyhow::Result<Outcome> {
    let scan = files.scan()?;
    let mut findings = scan.findings.clone();
    let read = read::newspaper(files, &scan, &mut findings)?;
    let Some((config, content, published, templates)) = read else {
        return Ok(Outcome::new(files, findings, None, request.strictness));
    };
    let publication =
        Publication { now: request.now.in_zone(config.timezone.as_ref()), drafts: request.drafts };
    let (paper, plan_findings) = plan(config, content, published, publication);
    findings.extend(plan_findings);
    let theme = match Theme::new(templates) {
        Ok(theme) => Some(theme),
        Err(template_findings) => {
            findings.extend(template_findings);
            None
        }
    };
    let outcome = Outcome::new(files, findings, Some(paper), request.strictness);
    let (Some(theme), Some(paper), false) = (theme, outcome.paper.clone(), outcome.failed()) else {
        return Ok(outcome);
    };
    let template_findings = print(files, press, &paper, &theme)?;
    let mut findings = outcome.findings;
    findings.extend(template_findings);
    Ok(Outcome::new(files, findings, Some(paper), request.strictness))
}

fn plan(
    config: crate::config::Config,
    content: Content,
    files: crate::edition::files::Files,
    publication: Publication,
) -> (Arc<Newspaper>, Vec<Diagnostic>) {
    let (archive, mut findings) = Archive::build(content, &config, publication);
    let (edition, collisions) = Edition::plan(&archive, &config, &files);
    findings.extend(collisions);
    let paper = Arc::new(Newspaper { config, publication, archive, edition, files });
    findings.extend(paper.dead_references());
    (paper, findings)
}

/// Renders all pages, several at a time; each is independent of the others, so their order does not show.
fn print(
    files: &dyn Files,
    press: &dyn Press,
    paper: &Arc<Newspaper>,
    theme: &Theme,
) -> anyhow::Result<Vec<Diagnostic>> {
    let texts = UnchangedTexts::new(files, paper);
    let statics: std::collections::HashMap<String, &[u8]> = built_in_statics().into_iter().collect();
    let pages = paper.edition.pages();
    let done = AtomicUsize::new(0);
    // A page that goes over a limit takes long to fail, and so would all pages of its template: later ones are left out.
    let last = AtomicUsize::new(usize::MAX);
    let results: Vec<Option<Diagnostic>> = pages
        .par_iter()
        .enumerate()
        .map(|(index, (route, page))| {
            if index > last.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let path = route.output_path();
            let finding = match page {
                Page::File(Origin::Source(source)) => press.file(&path, source).map(|()| None)?,
                Page::File(Origin::Theme(name)) => {
                    press.page(&path, statics.get(name.as_str()).copied().unwrap_or_default())?;
                    None
                }
                _ => match render(route, page, theme, &Rc::new(Lens::new(paper)), &texts) {
                    Ok(rendered) => {
                        press.page(&path, &rendered.bytes)?;
                        None
                    }
                    Err(Failure::Template(finding)) => {
                        if finding.code() == LIMIT {
                            last.fetch_min(index, Ordering::Relaxed);
                        }
                        Some(*finding)
                    }
                    Err(Failure::World(error)) => return Err(error),
                },
            };
            press.progress(done.fetch_add(1, Ordering::Relaxed) + 1, pages.len());
            Ok(finding)
        })
        .collect::<anyhow::Result<_>>()?;
    let until = last.into_inner().saturating_add(1);
    Ok(one_per_place(results.into_iter().take(until).flatten().collect()))
}

/// One wrong line of a template fails every page that uses it; it is said once, with the first page by route.
fn one_per_place(findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut kept: Vec<Diagnostic> = Vec::new();
    for finding in findings {
        let place = |f: &Diagnostic| f.labels().first().map(|label| (label.path.clone(), label.position));
        if !kept.iter().any(|other| place(other) == place(&finding)) {
            kept.push(finding);
        }
    }
    kept
}

/// Findings whose cause is one line of the config are reported once, with a count.
fn once_per_run(findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    const ONCE: &str = "no-timezone";
    let count = findings.iter().filter(|finding| finding.code() == ONCE).count();
    let mut seen = 0;
    let mut kept = Vec::with_capacity(findings.len());
    for finding in findings {
        if finding.code() == ONCE {
            seen += 1;
            if seen > 1 {
                continue;
            }
            let more = if count > 1 {
                finding.help(format!("{} more dates are without one", count - 1))
            } else {
                finding
            };
            kept.push(more);
        } else {
            kept.push(finding);
        }
    }
    kept
}

/// How many findings there are of each severity.
#[must_use]
pub fn tally(findings: &[Diagnostic]) -> (usize, usize) {
    let errors = findings.iter().filter(|finding| finding.severity() == Severity::Error).count();
    (errors, findings.len() - errors)
}

/// A file is no longer what it was when the newspaper was read.
#[derive(Debug)]
struct Changed(SourcePath);

impl std::fmt::Display for Changed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` kept changing while the site was built; run the build again", self.0)
    }
}

impl std::error::Error for Changed {}

/// Reads texts a second time for rendering, and notices when they are no longer the same.
struct UnchangedTexts<'a> {
    files: &'a dyn Files,
    known: std::collections::HashMap<&'a SourcePath, Fingerprint>,
}

impl<'a> UnchangedTexts<'a> {
    fn new(files: &'a dyn Files, paper: &'a Newspaper) -> Self {
        let archive = &paper.archive;
        let stories = archive.stories().iter().map(|story| &story.article.prose);
        let pages = archive.pages().iter().map(|page| &page.prose);
        let categories = archive.categories().iter().filter_map(|group| Some(&group.record.as_ref()?.prose));
        let authors = archive.authors().iter().filter_map(|author| Some(&author.record.as_ref()?.prose));
        let all = stories.chain(pages).chain(categories).chain(authors);
        Self { files, known: all.map(|prose| (&prose.path, prose.fingerprint)).collect() }
    }
}

impl Texts for UnchangedTexts<'_> {
    fn text(&self, path: &SourcePath) -> anyhow::Result<Source> {
        let bytes = self.files.read(path).with_context(|| Changed(path.clone()))?;
        let changed = || anyhow::Error::new(Changed(path.clone()));
        let source = Source::decode(path.clone(), bytes).map_err(|_| changed())?;
        match self.known.get(path) {
            Some(known) if *known == Fingerprint::of(source.text().as_bytes()) => Ok(source),
            _ => Err(changed()),
        }
    }
}
