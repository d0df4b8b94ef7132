//! What a run of the engine is asked for, where its pages go, and what comes of it.
//!
//! How that is done is not known here.

use std::borrow::Cow;
use std::time::Duration;

use super::ledger::Summary;
use crate::archive::{Drafts, Scheduled};
use crate::date::Moment;
use crate::diagnostic::{Diagnostic, Severity};
use crate::route::Route;
use crate::source::SourcePath;

/// What a build is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// The build's instant.
    pub now: Moment,
    /// What becomes of drafts.
    pub drafts: Drafts,
    /// What becomes of articles dated later; only a preview, which remembers nothing, may show them.
    pub scheduled: Scheduled,
    /// Whether warnings count as errors.
    pub strictness: Strictness,
    /// What becomes of the ledger.
    pub memory: Memory,
    /// A number that tells this program from other versions of it.
    pub program: u64,
}

/// How warnings are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// They are reported.
    Lenient,
    /// They are errors (`--strict`).
    Strict,
}

/// What becomes of the memory of earlier builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// It is used, and brought up to date.
    Kept,
    /// It is used and left as it is; the output is nobody's business.
    Consulted,
    /// It is forgotten first: everything is made anew.
    Forgotten,
}

/// Where editions are published.
pub trait Outputs: Sync {
    /// Which edition is published there now; `None` when there is none that can be told.
    fn imprint(&self) -> Option<String>;

    /// The bytes of a page or file as it is published there; `None` when there is none.
    fn read(&self, path: &str) -> Option<Vec<u8>>;

    /// Begins an edition: a change of the one with the imprint `base`, or a whole one.
    ///
    /// # Errors
    ///
    /// When the place for it cannot be made.
    fn begin(&self, base: Option<&str>) -> anyhow::Result<Box<dyn Press + '_>>;
}

/// Where rendered pages go until the edition is complete. Dropping it leaves what is published as it was.
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

    /// Takes a page or file of the edition before away.
    ///
    /// # Errors
    ///
    /// When it cannot be said.
    fn remove(&self, path: &str) -> anyhow::Result<()>;

    /// Hears how many of how many pages are done.
    fn progress(&self, done: usize, total: usize);

    /// Publishes the edition and tells its imprint.
    ///
    /// # Errors
    ///
    /// When it cannot be published; the one before stays.
    fn commit(self: Box<Self>) -> anyhow::Result<String>;
}

/// What came of a run.
pub struct Outcome {
    /// Everything that was found, by file; [`with_places`](super::with_places) tells where exactly.
    pub findings: Vec<Diagnostic>,
    /// What was counted; `None` when the newspaper could not be read.
    pub summary: Option<Summary>,
    /// What happened to the output; `None` when nothing was published.
    pub changes: Option<Changes>,
    /// The stages the run went through, in order, with the time each took.
    pub stages: Vec<(&'static str, Duration)>,
}

/// What happened to the output.
#[derive(Debug, Default)]
pub struct Changes {
    /// How many pages were rendered.
    pub rendered: usize,
    /// The pages and files with new bytes, by route, and why they were looked at.
    pub written: Vec<(Route, Cow<'static, str>)>,
    /// The routes where nothing is published any more.
    pub removed: Vec<Route>,
    /// Those of them where a story or page was that has not expired, and from where nothing leads on.
    pub vanished: Vec<Route>,
}

impl Outcome {
    /// Whether a finding fails the build.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.summary.is_none() || self.findings.iter().any(Diagnostic::is_error)
    }
}

/// How many findings there are of each severity.
#[must_use]
pub fn tally(findings: &[Diagnostic]) -> (usize, usize) {
    let errors = findings.iter().filter(|finding| finding.severity() == Severity::Error).count();
    (errors, findings.len() - errors)
}
