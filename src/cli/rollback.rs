//! `newsprint rollback`: an earlier edition becomes the one that readers see.

use std::fmt::Write as _;
use std::time::Instant;

use serde_json::json;

use super::args::{Common, Rollback};
use super::build::{counted, failed as failed_by, has_config, no_config};
use super::deploy::usual_output;
use super::report::{self, Report};
use super::target::{self, Desktop};
use super::{IO, REFUSED, plan_report};
use crate::date::Moment;
use crate::deploy::bounds::Refused;
use crate::deploy::carry_out::Work;
use crate::deploy::outside::notices::Notices;
use crate::deploy::outside::{SystemClock, open};
use crate::deploy::survey::survey;
use crate::deploy::turn_back::{Earlier, choose, editions, plan, turn_back};
use crate::disk::scan::Folder;

/// `newsprint rollback [TARGET]`.
pub(super) fn run(common: &Common, options: &Rollback, report: &Report) -> anyhow::Result<u8> {
    if !has_config(&common.root)? {
        return no_config(report);
    }
    let output = std::path::absolute(usual_output(&common.root))?;
    let desktop = match target::choose(common, &output, options.target.as_deref())? {
        Ok(desktop) => desktop,
        Err(target::Unusable::Findings(findings)) => {
            let folder = Folder::new(&common.root, &output)?;
            return failed_by(&findings, &folder, report, "nothing was changed");
        }
        Err(target::Unusable::Target(code, refused)) => {
            report.failure(&refused.what, Some(&refused.help));
            return Ok(code);
        }
    };
    go_back(common, options, &desktop, report).map_err(|error| target::cleaned(error, &desktop.redactor))
}

fn go_back(common: &Common, options: &Rollback, desktop: &Desktop, report: &Report) -> anyhow::Result<u8> {
    let started = Instant::now();
    let Desktop { config, target, desk, .. } = desktop;
    let output = std::path::absolute(usual_output(&common.root))?;
    let store = match open::open(target, (&common.root, &output), desk)? {
        Ok(store) => store,
        Err(reason) => return Ok(refuse(desktop, &reason, report)),
    };
    let site = survey(&*store, desk, &SystemClock)?;
    let bar = plan_report::Bar::new(report, 0);
    let work = Work { store: &*store, memory: desk, clock: &SystemClock, ticker: &bar, keep: target.keep };
    let all = editions(work, &site)?;
    if options.list {
        list(&all, common.json, report)?;
        return Ok(0);
    }
    let chosen = match choose(&all, options.to.as_deref(), &site) {
        Ok(chosen) => chosen,
        Err(reason) => return Ok(refuse(desktop, &reason, report)),
    };
    let plan = match plan(work, &site, &chosen.record, target.grace_days)? {
        Ok(plan) => plan,
        Err(reason) => return Ok(refuse(desktop, &reason, report)),
    };
    let shown = store.shown();
    if options.dry_run || report.is_verbose() {
        plan_report::show(&plan, report, common.json, options.dry_run)?;
    }
    if options.dry_run {
        let (line, record) = plan_report::summary(&plan, &shown);
        report.summary(&line, &record)?;
        return Ok(0);
    }
    let done = turn_back(work, &site, &plan, &chosen.record)?;
    bar.finish();
    let told = target::tell_others(desktop, Notices::of(&plan, &config.base, target), report);
    let date = Moment::from_unix(chosen.record.deployed).rfc3339();
    let line = format!(
        "{shown} is back at the edition of {date} ({}), now {}: {} changed in {:.1} s",
        chosen.record.id,
        done.id,
        counted(plan.puts.len() + plan.removals.len(), "file"),
        started.elapsed().as_secs_f64()
    );
    let record = json!({ "edition": done.id, "from": chosen.record.id, "changed": plan.puts.len(), "deleted": plan.removals.len() });
    report.summary(&line, &record)?;
    Ok(if told { 0 } else { IO })
}

fn refuse(desktop: &Desktop, reason: &Refused, report: &Report) -> u8 {
    let clean = |text: &str| desktop.redactor.clean(text);
    report.failure(&clean(&reason.what), Some(&clean(&reason.help)));
    REFUSED
}

/// Prints the editions, newest first.
fn list(all: &[Earlier], json: bool, report: &Report) -> anyhow::Result<()> {
    let mut text = String::new();
    for Earlier { record, is_live } in all {
        let date = Moment::from_unix(record.deployed).rfc3339();
        if json {
            let record = json!({
                "edition": record.id, "deployed": date, "pages": record.pages, "live": is_live, "revision": record.revision,
            });
            writeln!(text, "{record}")?;
        } else {
            let revision = record.revision.as_deref().and_then(|revision| revision.get(..12));
            let revision = revision.map_or(String::new(), |revision| format!("  {revision}"));
            let mark = if *is_live { '*' } else { ' ' };
            writeln!(text, "{mark} {}  {date}  {}{revision}", record.id, counted(record.pages, "page"))?;
        }
    }
    if report.is_quiet() { Ok(()) } else { report::print(&text) }
}
