//! `newsprint build` and `newsprint check`.

use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::json;

use super::CONTENT;
use super::args::{Build, Common};
use super::publish::{Nowhere, Place};
use super::report::Report;
use crate::archive::{Drafts, Scheduled};
use crate::config::{self, Config};
use crate::date::Moment;
use crate::diagnostic::Diagnostic;
use crate::disk::manifest::Kind;
use crate::disk::outlet::Outlet;
use crate::disk::parts::Parts;
use crate::disk::scan::{Files, Folder};
use crate::disk::system;
use crate::engine::{self, Changes, Memory, Outcome, Request, Strictness};
use crate::source::SourcePath;

/// How many files of an output that was replaced a build deletes, once the new one is published.
const TRASH_PER_RUN: usize = 500;

/// How long a build waits for another one to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// What comes of a build with errors.
const NOTHING: &str = "nothing was published";

/// `newsprint build`.
pub(super) fn build(common: &Common, options: &Build, report: &Report) -> anyhow::Result<u8> {
    let started = Instant::now();
    let request = request(common)?;
    let output = options.output.clone().unwrap_or_else(|| common.root.join("public"));
    let output =
        std::path::absolute(&output).with_context(|| format!("cannot find `{}`", output.display()))?;
    if !has_config(&common.root)? {
        return no_config(report);
    }
    let kind = if request.drafts == Drafts::Shown { Kind::Preview } else { Kind::Production };
    let outlet = Outlet::open(&output, &common.root, PATIENCE)?;
    let folder = Folder::new(&common.root, &output)?;
    let memory = if options.no_cache { Memory::Forgotten } else { Memory::Kept };
    let place = Place { root: &common.root, outlet: &outlet, kind, bar: report.progress() };
    let parts = Parts::of(&common.root);
    let mut outcome = engine::update(&folder, &place, &parts, Request { memory, ..request })?;
    place.bar.finish_and_clear();
    if outcome.failed() {
        return failed(&outcome.findings, &folder, report, NOTHING);
    }
    // Not a finding of the newspaper, which is right as it is, but of this build: the next one no longer knows.
    outcome.findings.extend(outcome.changes.as_ref().and_then(vanished));
    show(&outcome.findings, &folder, report)?;
    if options.explain {
        explain(&outcome, report)?;
    }
    let (line, record) = summary(&outcome, started.elapsed());
    report.stages(&outcome.stages)?;
    report.summary(&line, &record)?;
    outlet.empty_trash(TRASH_PER_RUN);
    // The process is about to end, and there may be tens of thousands of findings to take apart.
    std::mem::forget(outcome);
    Ok(0)
}

/// The finding for URLs of stories and pages that this build took away.
fn vanished(changes: &Changes) -> Option<Diagnostic> {
    let first = changes.vanished.first()?;
    let message = match changes.vanished.len() {
        1 => format!("`{first}` was published, and nothing is there any more"),
        more => format!(
            "`{first}` and {} more URLs were published, and nothing is there any more",
            grouped(more - 1)
        ),
    };
    let finding = Diagnostic::warning("vanished", message).on(&SourcePath::new("content"));
    Some(finding.help("run `newsprint moved DIR` with the folder that readers still see; it finds where pages have gone, and writes redirects"))
}

/// Says of each page that was written why it was looked at.
fn explain(outcome: &Outcome, report: &Report) -> anyhow::Result<()> {
    let Some(changes) = &outcome.changes else { return Ok(()) };
    for (route, reason) in &changes.written {
        let record = json!({ "written": route.as_str(), "reason": reason });
        report.summary(&format!("{route}: {reason}"), &record)?;
    }
    for route in &changes.removed {
        report.summary(&format!("{route}: removed"), &json!({ "removed": route.as_str() }))?;
    }
    Ok(())
}

/// `newsprint check`.
pub(super) fn check(common: &Common, report: &Report) -> anyhow::Result<u8> {
    let started = Instant::now();
    if !has_config(&common.root)? {
        return no_config(report);
    }
    let folder = Folder::new(&common.root, &common.root.join("public"))?;
    let parts = Parts::of(&common.root);
    let outcome = engine::update(&folder, &Nowhere, &parts, request(common)?)?;
    if outcome.failed() {
        return failed(&outcome.findings, &folder, report, NOTHING);
    }
    show(&outcome.findings, &folder, report)?;
    let (line, record) = summary(&outcome, started.elapsed());
    report.summary(&line, &record)?;
    Ok(if outcome.findings.is_empty() { 0 } else { CONTENT })
}

/// The instant and the rules of a run.
pub(super) fn request(common: &Common) -> anyhow::Result<Request> {
    Ok(Request {
        now: now(common)?,
        drafts: if common.drafts { Drafts::Shown } else { Drafts::HeldBack },
        scheduled: Scheduled::HeldBack,
        strictness: if common.strict { Strictness::Strict } else { Strictness::Lenient },
        memory: Memory::Consulted,
        program: system::program(),
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

/// Whether there is a newspaper in a folder; a folder that may not be looked into is an error.
pub(super) fn has_config(root: &Path) -> anyhow::Result<bool> {
    let place = root.join(config::FILE_NAME);
    match std::fs::metadata(&place) {
        Ok(found) => Ok(found.is_file()),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(false),
        Err(error) => Err(error).with_context(|| format!("cannot read `{}`", place.display())),
    }
}

/// There is no newspaper here.
pub(super) fn no_config(report: &Report) -> anyhow::Result<u8> {
    report.findings(&[Config::absent()])?;
    stopped(1, 0, report, NOTHING)
}

/// Shows findings with their places; a quiet run looks no place up that it does not show.
pub(super) fn show(findings: &[Diagnostic], files: &dyn Files, report: &Report) -> anyhow::Result<()> {
    let shown = findings.iter().filter(|finding| report.shows(finding)).cloned().collect();
    report.findings(&engine::with_places(shown, files))
}

/// Shows the findings that keep a command from what it should do; `outcome` says what that means.
pub(super) fn failed(
    findings: &[Diagnostic],
    files: &dyn Files,
    report: &Report,
    outcome: &str,
) -> anyhow::Result<u8> {
    let (errors, warnings) = engine::tally(findings);
    show(findings, files, report)?;
    stopped(errors, warnings, report, outcome)
}

fn stopped(errors: usize, warnings: usize, report: &Report, outcome: &str) -> anyhow::Result<u8> {
    let line = format!("{outcome}: {}, {}", counted(errors, "error"), counted(warnings, "warning"));
    report.summary(&line, &json!({ "published": false, "errors": errors, "warnings": warnings }))?;
    Ok(CONTENT)
}

/// `1,042 articles, 1,310 pages in 0.31 s, 3 written; 2 scheduled, next at …; 3 findings`.
fn summary(outcome: &Outcome, elapsed: Duration) -> (String, serde_json::Value) {
    let Some(summary) = &outcome.summary else { return (String::new(), json!({})) };
    let next = summary.next.map(Moment::rfc3339);
    let seconds = elapsed.as_secs_f64();
    let mut parts = vec![format!(
        "{}, {} in {seconds:.2} s{}",
        counted(summary.articles, "article"),
        counted(summary.pages, "page"),
        outcome.changes.as_ref().map_or(String::new(), |changes| written(changes, summary.files))
    )];
    if let Some(next) = &next {
        parts.push(format!("{} scheduled, next at {next}", grouped(summary.scheduled)));
    }
    if summary.drafts > 0 {
        parts.push(counted(summary.drafts, "draft"));
    }
    if summary.expired > 0 {
        parts.push(format!("{} expired", grouped(summary.expired)));
    }
    if !outcome.findings.is_empty() {
        parts.push(counted(outcome.findings.len(), "finding"));
    }
    let mut record = json!({
        "published": true, "articles": summary.articles, "pages": summary.pages, "files": summary.files,
        "seconds": seconds, "scheduled": summary.scheduled, "next": next,
        "drafts": summary.drafts, "expired": summary.expired, "findings": outcome.findings.len(),
    });
    if let Some(changes) = &outcome.changes {
        record["rendered"] = json!(changes.rendered);
        record["written"] = json!(changes.written.len());
        record["removed"] = json!(changes.removed.len());
    }
    (parts.join("; "), record)
}

/// What happened to the output, unless all of it is new.
fn written(changes: &Changes, files: usize) -> String {
    match (changes.written.len(), changes.removed.len()) {
        (0, 0) => ", nothing changed".to_owned(),
        (written, 0) if written == files => String::new(),
        (written, 0) => format!(", {} written", grouped(written)),
        (written, removed) => format!(", {} written, {} removed", grouped(written), grouped(removed)),
    }
}

pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{} {what}{}", grouped(count), if count == 1 { "" } else { "s" })
}

pub(super) fn grouped(count: usize) -> String {
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
