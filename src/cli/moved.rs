//! `newsprint moved`: which published URLs are gone, where their pages are now, and the redirects that are missing.
//!
//! What was published is read from the manifest of an output; content stays the only truth: what `--write` leaves behind
//! are lines of `aliases` in headers.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;

use super::CONTENT;
use super::args::{Common, Moved};
use super::build::{counted, failed, has_config, no_config, request, show};
use super::replace::replace;
use super::report::{self, Report};
use crate::content::alias_lines::with_aliases;
use crate::diagnostic::{Diagnostic, Label, Spot};
use crate::disk::manifest::{FILE_NAME, Manifest};
use crate::disk::parts::Parts;
use crate::disk::scan::{Files as _, Folder};
use crate::edition::moves::{Outcome, Sign, Tracker};
use crate::edition::newspaper::Newspaper;
use crate::edition::redirects::FOLDER;
use crate::edition::sources::Notes;
use crate::engine;
use crate::route::Route;
use crate::source::SourcePath;

/// A URL that was published and leads nowhere now.
struct Gone {
    from: Route,
    outcome: Outcome,
    /// Whether the redirect was written.
    mended: bool,
}

/// Compares the newspaper with what was published.
pub(super) fn run(common: &Common, options: &Moved, report: &Report) -> anyhow::Result<u8> {
    if !has_config(&common.root)? {
        return no_config(report);
    }
    let published = options.manifest.clone().unwrap_or_else(|| common.root.join("public"));
    // The mark itself may be named, too.
    let published = match published.file_name() {
        Some(name) if name == FILE_NAME => published.parent().map_or(PathBuf::from("."), Path::to_owned),
        _ => published,
    };
    let Some(manifest) = Manifest::read(&published)? else {
        let message = format!("`{}` is no output that Newsprint made", published.display());
        let help = "run `newsprint build` first, or name the folder of what is published: one with `.newsprint.json`";
        report.failure(&message, Some(help));
        return Ok(CONTENT);
    };
    let folder = Folder::new(&common.root, &common.root.join("public"))?;
    let paper = match engine::look(&folder, &Parts::of(&common.root), request(common)?)? {
        Ok(paper) => paper,
        Err(outcome) => return failed(&outcome.findings, &folder, report, "nothing was compared"),
    };
    let mut gone = compare(&manifest, &published, &paper)?;
    if options.write {
        write(&mut gone, &folder)?;
    }
    list(&gone, report, common.json)?;
    let mark = published.join(FILE_NAME);
    let mark = mark.strip_prefix(&common.root).unwrap_or(&mark);
    let findings: Vec<Diagnostic> =
        gone.iter().filter_map(|gone| finding(gone, &SourcePath::new(&mark.to_string_lossy()))).collect();
    let (missing, mended) = (findings.len(), gone.iter().filter(|gone| gone.mended).count());
    show(&findings, &folder, report)?;
    let mut line = format!("{} gone, {missing} without a redirect", counted(gone.len(), "URL"));
    if options.write {
        line = format!("{line}; {} written", counted(mended, "redirect"));
    }
    report.summary(&line, &json!({ "gone": gone.len(), "missing": missing, "written": mended }))?;
    Ok(if missing == 0 { 0 } else { CONTENT })
}

/// The pages of an output that are in the edition neither as pages nor as old URLs.
fn compare(manifest: &Manifest, published: &Path, paper: &Newspaper) -> anyhow::Result<Vec<Gone>> {
    let is_list = |path: &str| path.strip_prefix(FOLDER).is_some_and(|name| name.starts_with("/sources-"));
    let mut lists = Vec::new();
    for entry in manifest.files().iter().filter(|entry| is_list(&entry.path)) {
        let place = published.join(&*entry.path);
        // What was deployed may lack them: then URLs and titles have to do.
        if place.exists() {
            let text = fs::read_to_string(&place);
            lists.push(text.with_context(|| format!("cannot read `{}`", place.display()))?);
        }
    }
    let notes = Notes::read(lists.iter().map(String::as_str));
    let is_page = |path: &str| {
        Path::new(path).extension().is_some_and(|kind| kind == "html") && !path.starts_with("fragments/")
    };
    let pages = manifest.files().iter().map(|entry| &*entry.path).filter(|path| is_page(path));
    let is_gone =
        |route: &Route| paper.edition.get(route).is_none() && paper.edition.redirect(route).is_none();
    let routes: Vec<Route> = pages.map(Route::of_output_path).filter(is_gone).collect();
    if routes.is_empty() {
        return Ok(Vec::new());
    }
    let outcomes = Tracker::of(paper).follow_all(&routes, &notes);
    let all = routes.into_iter().zip(outcomes);
    Ok(all.map(|(from, outcome)| Gone { from, outcome, mended: false }).collect())
}

/// Writes the redirects that are missing into the headers of their pages, where that can be done.
fn write(gone: &mut [Gone], folder: &Folder) -> anyhow::Result<()> {
    let mut by_file: BTreeMap<SourcePath, Vec<usize>> = BTreeMap::new();
    for (index, gone) in gone.iter().enumerate() {
        let is_written = Route::parse(gone.from.as_str()).is_ok_and(|route| route == gone.from);
        if let (Outcome::Moved { path, .. }, true) = (&gone.outcome, is_written) {
            by_file.entry(path.clone()).or_default().push(index);
        }
    }
    for (path, indices) in by_file {
        let aliases: Vec<&str> = indices.iter().map(|&index| gone[index].from.as_str()).collect();
        let bytes = folder.read(&path)?;
        let Some(edited) = with_aliases(&path, &bytes, &aliases) else { continue };
        replace(&folder.place(&path), &edited)?;
        for index in indices {
            gone[index].mended = true;
        }
    }
    Ok(())
}

/// Prints every URL that is gone and what became of it.
fn list(gone: &[Gone], report: &Report, json: bool) -> anyhow::Result<()> {
    let mut text = String::new();
    for Gone { from, outcome, mended } in gone {
        let (to, path, by) = match outcome {
            Outcome::Moved { to, path, by } => (Some(to.as_str()), Some(path.as_str()), sign(*by)),
            Outcome::Expired => (None, None, "expired"),
            Outcome::List => (None, None, "list"),
            Outcome::Lost => (None, None, "lost"),
        };
        if json {
            let record =
                json!({ "from": from.as_str(), "to": to, "file": path, "by": by, "written": mended });
            writeln!(text, "{record}")?;
            continue;
        }
        let (to, path) = (to.unwrap_or("-"), path.map_or(String::new(), |path| format!(" {path}")));
        writeln!(text, "{from} {to} {by}{path}")?;
    }
    if report.is_quiet() { Ok(()) } else { report::print(&text) }
}

/// How a page was known again, in a word for programs.
fn sign(sign: Sign) -> &'static str {
    match sign {
        Sign::File => "file",
        Sign::Title => "title",
        Sign::Name => "name",
        Sign::OldName => "old-name",
        Sign::Redirect => "redirect",
    }
}

fn finding(gone: &Gone, mark: &SourcePath) -> Option<Diagnostic> {
    let from = &gone.from;
    match &gone.outcome {
        Outcome::Moved { to, path, .. } if !gone.mended => Some(
            Diagnostic::warning("moved", format!("`{from}` is now `{to}`, and nothing leads there from the old URL"))
                .label(Label::spot(path, Spot::header("title")))
                .help(format!("add `aliases: [{from}]` to the header, or run `newsprint moved --write`")),
        ),
        Outcome::Lost => Some(
            Diagnostic::warning("vanished", format!("`{from}` was published, and nothing is there any more"))
                .on(mark)
                .help("write it into the `aliases` of the page that takes its place, or bring the page back; give a story that goes on purpose an `expires`"),
        ),
        _ => None,
    }
}
