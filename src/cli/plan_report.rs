//! A deploy's plan and progress in words: what will be sent and deleted, and how far it is.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::ProgressBar;
use serde_json::json;

use super::build::{counted, grouped};
use super::report::{self, Report};
use crate::deploy::plan::{Change, Plan, Reason, Stage};
use crate::deploy::store::Ticker;

/// How many lines of each kind are shown unless everything is asked for.
const SHOWN: usize = 20;

/// Prints the plan: on standard output when it is what was asked for.
pub(super) fn show(plan: &Plan, report: &Report, json: bool, is_result: bool) -> anyhow::Result<()> {
    let most = if is_result || report.is_verbose() { usize::MAX } else { SHOWN };
    let mut text = String::new();
    for put in plan.puts.iter().take(most) {
        let (word, mark) = match put.change {
            Change::Add => ("add", '+'),
            Change::Replace => ("change", '~'),
        };
        if json {
            let stage = put.stage.name();
            let record =
                json!({ "step": word, "path": put.item.path, "size": put.item.size, "stage": stage });
            writeln!(text, "{record}")?;
        } else {
            writeln!(text, "{mark} {} ({})", put.item.path, size(put.item.size))?;
        }
    }
    for removal in plan.removals.iter().take(most) {
        if json {
            let reason = reason(removal.reason);
            let record =
                json!({ "step": "delete", "path": removal.path, "size": removal.size, "reason": reason });
            writeln!(text, "{record}")?;
        } else {
            writeln!(text, "- {} ({})", removal.path, reason(removal.reason))?;
        }
    }
    let hidden = plan.puts.len().saturating_sub(most) + plan.removals.len().saturating_sub(most);
    if hidden > 0 {
        writeln!(text, "… and {} more", grouped(hidden))?;
    }
    if is_result && !report.is_quiet() {
        return report::print(&text);
    }
    report.tell(text.trim_end());
    Ok(())
}

/// The plan on one line, and for programs.
pub(super) fn summary(plan: &Plan, shown: &str) -> (String, serde_json::Value) {
    let (added, changed) = plan.tally();
    let redirects = plan.puts.iter().filter(|put| put.item.path == "_redirects").count();
    let deleted = plan.removals.len();
    let line = format!(
        "{shown}: {} to add, {changed} to change, {deleted} to delete, {} to send, {} as they are",
        grouped(added),
        size(plan.bytes()),
        grouped(plan.unchanged),
    );
    let stages: serde_json::Map<_, _> =
        Stage::ALL.iter().map(|stage| (stage.name().to_owned(), json!(plan.at(*stage).count()))).collect();
    let record = json!({
        "plan": { "add": added, "change": changed, "delete": deleted, "bytes": plan.bytes(),
                  "unchanged": plan.unchanged, "redirects": redirects > 0, "stages": stages },
    });
    (line, record)
}

fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Gone => "no longer part of the site",
        Reason::LeftOver => "left by a deploy that did not finish",
        Reason::Expired => "an old asset",
    }
}

/// `1.2 MB`: in steps of a thousand, as disks and networks count.
pub(super) fn size(bytes: u64) -> String {
    let mut steps = ["kB", "MB", "GB", "TB"].iter();
    let (mut unit, mut whole) = ("B", bytes);
    let mut tenths = bytes.saturating_mul(10);
    while whole >= 1_000 {
        let Some(next) = steps.next() else { break };
        unit = next;
        whole /= 1_000;
        tenths /= 1_000;
    }
    if unit == "B" { format!("{bytes} B") } else { format!("{}.{} {unit}", tenths / 10, tenths % 10) }
}

/// The progress of a deploy: a bar with bytes and the time that is left on a terminal, a line for each stage elsewhere.
pub(super) struct Bar<'a> {
    report: &'a Report,
    shown: ProgressBar,
    sent: AtomicU64,
    total: u64,
}

impl<'a> Bar<'a> {
    pub(super) fn new(report: &'a Report, total: u64) -> Self {
        Self { report, shown: report.transfer(total), sent: AtomicU64::new(0), total }
    }

    pub(super) fn finish(&self) {
        self.shown.finish_and_clear();
    }
}

impl Ticker for Bar<'_> {
    fn stage(&self, name: &str, files: usize, bytes: u64) {
        if self.shown.is_hidden() {
            let what = if bytes > 0 { format!(", {}", size(bytes)) } else { String::new() };
            self.report.tell(&format!("{name}: {}{what}", counted(files, "file")));
        } else {
            self.shown.set_message(name.to_owned());
        }
    }

    fn sent(&self, bytes: u64) {
        // What is sent twice counts once.
        let sent = self.sent.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        self.shown.set_position(sent.min(self.total));
    }

    fn tell(&self, line: &str) {
        self.shown.suspend(|| self.report.tell(line));
    }
}
