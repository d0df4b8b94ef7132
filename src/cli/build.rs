//! `newsprint build` and `newsprint check`.

use std::path::Path;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use indicatif::ProgressBar;
use serde_json::json;

use super::CONTENT;
use super::args::{Build, Common};
use super::report::Report;
use crate::archive::Drafts;
use crate::date::Moment;
use crate::disk::manifest::Kind;
use crate::disk::outlet::Outlet;
use crate::disk::scan::Folder;
use crate::disk::stage::Stage;
use crate::engine::{self, Outcome, Press, Request, Strictness};
use crate::source::SourcePath;

/// How long a build waits for another one to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// `newsprint build`.
pub(super) fn build(common: &Common, options: &Build, report: &Report) -> anyhow::Result<u8> {
    let started = Instant::now();
    let request = request(common)?;
    let output = options.output.clone().unwrap_or_else(|| common.root.join("public"));
    let output =
        std::path::absolute(&output).with_context(|| format!("cannot find `{}`", output.display()))?;
    if !common.root.join(crate::config::FILE_NAME).is_file() {
        return finish_failed(&[crate::config::Config::absent()], report);
    }
    let kind = if request.drafts == Drafts::Shown { Kind::Preview } else { Kind::Production };
    let outlet = Outlet::open(&output, &common.root, PATIENCE)?;
    let folder = Folder::new(&common.root, &output)?;
    let stage = RwLock::new(outlet.stage(kind)?);
    let press = StagePress { root: &common.root, outlet: &outlet, kind, stage, bar: report.progress() };
    let outcome = engine::build(&folder, &press, request)?;
    press.bar.finish_and_clear();
    if outcome.failed() {
        return finish_failed(&outcome.findings, report);
    }
    press.stage.into_inner().unwrap_or_else(PoisonError::into_inner).commit()?;
    report.findings(&outcome.findings)?;
    let (line, record) = summary(&outcome, started.elapsed());
    report.summary(&line, &record)?;
    Ok(0)
}

/// `newsprint check`.
pub(super) fn check(common: &Common, report: &Report) -> anyhow::Result<u8> {
    let started = Instant::now();
    if !common.root.join(crate::config::FILE_NAME).is_file() {
        return finish_failed(&[crate::config::Config::absent()], report);
    }
    let folder = Folder::new(&common.root, &common.root.join("public"))?;
    let outcome = engine::build(&folder, &NoPress, request(common)?)?;
    if outcome.failed() {
        return finish_failed(&outcome.findings, report);
    }
    report.findings(&outcome.findings)?;
    let (line, record) = summary(&outcome, started.elapsed());
    report.summary(&line, &record)?;
    Ok(if outcome.findings.is_empty() { 0 } else { CONTENT })
}

/// The instant and the rules of a run.
pub(super) fn request(common: &Common) -> anyhow::Result<Request> {
    Ok(Request {
        now: now(common)?,
        drafts: if common.drafts { Drafts::Shown } else { Drafts::HeldBack },
        strictness: if common.strict { Strictness::Strict } else { Strictness::Lenient },
    })
}

/// `--now`, or `SOURCE_DATE_EPOCH`, or the clock.
pub(super) fn now(common: &Common) -> anyhow::Result<Moment> {
    let epoch = std::env::var("SOURCE_DATE_EPOCH").ok().filter(|text| !text.is_empty());
    let (name, text) = match (&common.now, epoch) {
        (Some(text), _) => ("--now", text.clone()),
        (None, Some(text)) => ("SOURCE_DATE_EPOCH", text),
        (None, None) => {
            let elapsed =
                std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            return Ok(Moment::from_unix(i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX)));
        }
    };
    Moment::parse_instant(&text).map_err(|_| {
        let message = format!("`{text}` in {name} is not an instant; write one such as 2026-11-24T06:00:00Z");
        clap::Error::raw(clap::error::ErrorKind::ValueValidation, format!("{message}\n")).exit()
    })
}

fn finish_failed(findings: &[crate::diagnostic::Diagnostic], report: &Report) -> anyhow::Result<u8> {
    report.findings(findings)?;
    let (errors, warnings) = engine::tally(findings);
    let line =
        format!("nothing was published: {}, {}", counted(errors, "error"), counted(warnings, "warning"));
    report.summary(&line, &json!({ "published": false, "errors": errors, "warnings": warnings }))?;
    Ok(CONTENT)
}

/// `1,042 articles, 1,310 pages in 0.31 s; 2 scheduled, next at …; 3 findings`.
fn summary(outcome: &Outcome, elapsed: Duration) -> (String, serde_json::Value) {
    let Some(paper) = &outcome.paper else { return (String::new(), json!({})) };
    let articles = paper.archive.stories().len();
    let pages = paper.edition.pages().iter().filter(|(_, page)| page.is_indexable()).count();
    let unpublished = paper.archive.unpublished();
    let next = unpublished.next.map(Moment::rfc3339);
    let mut parts = vec![format!(
        "{}, {} in {:.2} s",
        counted(articles, "article"),
        counted(pages, "page"),
        elapsed.as_secs_f64()
    )];
    if let Some(next) = &next {
        parts.push(format!("{} scheduled, next at {next}", grouped(unpublished.scheduled)));
    }
    if unpublished.drafts > 0 {
        parts.push(counted(unpublished.drafts, "draft"));
    }
    if !outcome.findings.is_empty() {
        parts.push(counted(outcome.findings.len(), "finding"));
    }
    let record = json!({
        "published": true, "articles": articles, "pages": pages, "files": paper.edition.pages().len(),
        "seconds": elapsed.as_secs_f64(), "scheduled": unpublished.scheduled, "next": next,
        "drafts": unpublished.drafts, "findings": outcome.findings.len(),
    });
    (parts.join("; "), record)
}

fn counted(count: usize, what: &str) -> String {
    format!("{} {what}{}", grouped(count), if count == 1 { "" } else { "s" })
}

fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes into the staged tree.
struct StagePress<'a> {
    root: &'a Path,
    outlet: &'a Outlet,
    kind: Kind,
    stage: RwLock<Stage<'a>>,
    bar: ProgressBar,
}

impl<'a> StagePress<'a> {
    fn stage(&self) -> RwLockReadGuard<'_, Stage<'a>> {
        self.stage.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Press for StagePress<'_> {
    fn page(&self, path: &str, bytes: &[u8]) -> anyhow::Result<()> {
        self.stage().write(path, bytes)
    }

    fn file(&self, path: &str, from: &SourcePath) -> anyhow::Result<()> {
        self.stage().copy(path, &self.root.join(from.as_str()))
    }

    fn restart(&self) -> anyhow::Result<()> {
        *self.stage.write().unwrap_or_else(PoisonError::into_inner) = self.outlet.stage(self.kind)?;
        Ok(())
    }

    fn progress(&self, done: usize, total: usize) {
        if done.is_multiple_of(64) || done == total {
            self.bar.set_length(total as u64);
            self.bar.set_position(done as u64);
        }
    }
}

/// Throws everything away.
struct NoPress;

impl Press for NoPress {
    fn page(&self, _: &str, _: &[u8]) -> anyhow::Result<()> {
        Ok(())
    }

    fn file(&self, _: &str, _: &SourcePath) -> anyhow::Result<()> {
        Ok(())
    }

    fn restart(&self) -> anyhow::Result<()> {
        Ok(())
    }

    fn progress(&self, _: usize, _: usize) {}
}
