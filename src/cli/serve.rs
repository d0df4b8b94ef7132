//! `newsprint serve`: the preview, and what the terminal says of it: one line for each round.

use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use clap::CommandFactory as _;
use clap::error::ErrorKind;
use serde_json::json;

use super::args::{Args, Common, Serve};
use super::build::{counted, grouped, has_config, no_config, now, request};
use super::report::{self, Report};
use super::{HUNG_UP, INTERRUPTED, TERMINATED};
use crate::archive::{Drafts, Scheduled};
use crate::disk::parts::Parts;
use crate::disk::scan::Folder;
use crate::engine::Request;
use crate::route::Route;
use crate::serve::{self, Address, Audience, Clock, Ending, Kind, News, Settings, Told};

/// How many files a line names.
const MOST_NAMED: usize = 1;

/// `newsprint serve`.
pub(super) fn run(common: &Common, options: &Serve, report: &Arc<Report>) -> anyhow::Result<u8> {
    if options.host.is_some_and(|host| !host.is_loopback()) {
        if options.allow_host.is_empty() {
            let message = "--host opens the preview to other machines: say with --allow-host by which name they call \
                           it, such as --allow-host news.lan";
            Args::command().error(ErrorKind::MissingRequiredArgument, message).exit();
        }
        report.warning(
            "other machines can reach this preview, and read what is not published",
            "leave --host out to keep it to this machine",
        )?;
    }
    let scheduled = if options.future { Scheduled::Shown } else { Scheduled::HeldBack };
    let request = Request { scheduled, ..request(common)? };
    if !has_config(&common.root)? {
        return no_config(report);
    }
    let is_still =
        common.now.is_some() || std::env::var_os("SOURCE_DATE_EPOCH").is_some_and(|text| !text.is_empty());
    let settings = Settings {
        folder: Folder::new(&common.root, &common.root.join("public"))?,
        parts: Parts::of(&common.root),
        request,
        clock: if is_still { Clock::Still(now(common)?) } else { Clock::System },
        kind: Kind {
            shows_unpublished: request.drafts == Drafts::Shown || options.future,
            is_of_an_instant: is_still,
        },
        address: Address { host: options.host, port: options.port },
        allowed_hosts: options.allow_host.clone(),
        polls: options.poll,
    };
    let terminal = Terminal { report: Arc::clone(report), opens: options.open, url: OnceLock::new() };
    Ok(match serve::run(settings, Arc::new(terminal))? {
        Ending::Interrupted => INTERRUPTED,
        Ending::Terminated => TERMINATED,
        Ending::HungUp => HUNG_UP,
    })
}

/// Who reads what happens.
struct Terminal {
    report: Arc<Report>,
    opens: bool,
    url: OnceLock<String>,
}

impl Audience for Terminal {
    fn hear(&self, news: &News<'_>) {
        // A terminal that was closed is no reason to stop: its signal will be.
        let _ = match news {
            News::Open(url) => self.open(url),
            News::Round(told) => self.round(told),
            News::Polling => self.report.warning(
                "the system cannot watch all folders of the newspaper: they are looked at from time to time instead",
                "raise fs.inotify.max_user_watches and fs.inotify.max_user_instances, then start again",
            ),
        };
    }
}

impl Terminal {
    fn open(&self, url: &str) -> anyhow::Result<()> {
        let url = self.url.get_or_init(|| url.to_owned());
        let line = format!("the preview is at {url}, its inspector at {url}__newsprint/; Ctrl-C ends it");
        self.report.summary(&line, &json!({ "serving": url, "inspector": format!("{url}__newsprint/") }))?;
        if self.opens && open::that_detached(url).is_err() {
            self.report.warning("no browser could be opened", &format!("open {url} yourself"))?;
        }
        Ok(())
    }

    fn round(&self, told: &Told<'_>) -> anyhow::Result<()> {
        self.report.findings(told.errors)?;
        self.report.findings(&told.fresh.warnings)?;
        if told.fresh.more > 0 {
            let url = self.url.get().map_or("", String::as_str);
            let line = format!("… and {}: see {url}__newsprint/", counted(told.fresh.more, "more warning"));
            self.report.summary(&line, &json!({ "more_warnings": told.fresh.more }))?;
        }
        self.report.summary(&line(told), &record(told))?;
        self.report.stages(&told.round.stages)
    }
}

/// `14:03:59  content/politics/a.md: 1,312 pages, 1 reloaded, 24 ms`.
fn line(told: &Told<'_>) -> String {
    let round = told.round;
    let mut line = format!("{}  ", round.at);
    match &round.files[..] {
        _ if told.is_first => {
            let _ = write!(line, "{}, {}", counted(told.articles, "article"), counted(round.pages, "page"));
            if told.held_back > 0 {
                let _ = write!(line, ", {} held back", grouped(told.held_back));
            }
        }
        [] if round.reason.is_empty() => line.push_str("files came or went"),
        [] => line.push_str(round.reason),
        files => {
            let named = &files[..files.len().min(MOST_NAMED)];
            line.push_str(&report::visible(&named.join(", ")));
            if files.len() > MOST_NAMED {
                let _ = write!(line, " and {}", counted(files.len() - MOST_NAMED, "more file"));
            }
        }
    }
    line.push_str(": ");
    if let Some(trouble) = told.trouble {
        line.push_str(&report::visible(trouble));
        line.push_str(", ");
    } else if told.failed {
        line.push_str(&counted(told.errors.len(), "error"));
        line.push_str(if told.shows { "; the last version without errors stays, " } else { ", " });
    } else {
        if !told.is_first {
            let _ = write!(line, "{}, ", counted(round.pages, "page"));
        }
        if told.warnings > 0 {
            let _ = write!(line, "{}, ", counted(told.warnings, "warning"));
        }
        if !round.changed.is_empty() {
            let _ = write!(line, "{} reloaded, ", grouped(round.changed.len()));
        }
    }
    line.push_str(&milliseconds(round.took));
    line
}

fn record(told: &Told<'_>) -> serde_json::Value {
    let round = told.round;
    json!({
        "round": round.at, "files": round.files, "reason": round.reason, "failed": told.failed,
        "trouble": told.trouble, "errors": told.errors.len(), "warnings": told.warnings,
        "articles": told.articles, "pages": round.pages,
        "reloaded": round.changed.iter().map(Route::as_str).collect::<Vec<_>>(),
        "seconds": round.took.as_secs_f64(),
    })
}

fn milliseconds(took: Duration) -> String {
    if took < Duration::from_secs(10) {
        format!("{} ms", grouped(usize::try_from(took.as_millis().max(1)).unwrap_or(usize::MAX)))
    } else {
        format!("{:.1} s", took.as_secs_f64())
    }
}
