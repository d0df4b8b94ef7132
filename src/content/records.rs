//! Records: content files that are not stories (a category's `_index.md`, an author's card, a standing page).
//!
//! They share their reading; each has its own keys.

use bitcode::{Decode, Encode};

use super::front_matter::{self, line, one_line};
use super::header::aliases;
use super::markdown::Dialect;
use super::prose::{self, Prose, Read};
use crate::config::Config;
use crate::date::{ACCEPTED_FORMS, Moment};
use crate::diagnostic::Diagnostic;
use crate::route::{Route, Slug};
use crate::source::Source;
use crate::yaml::shape::{Field, Kind, Record};

/// Every key of a category's `_index.md`.
pub const CATEGORY_FIELDS: &[Field] = &[
    Field::new("title", Kind::Text, "The category's name.").required().elsewhere(&["name"]),
    Field::new("description", Kind::Text, "One sentence about it.").elsewhere(&["summary"]),
    Field::new(
        "order",
        Kind::Count(0, 100_000),
        "Its place among the categories that `navigation` leaves out.",
    )
    .elsewhere(&["weight", "position"]),
];

/// Every key of an author's record.
pub const AUTHOR_FIELDS: &[Field] = &[
    Field::new("name", Kind::Text, "The name as bylines show it.").required().elsewhere(&["title", "author"]),
    Field::new("role", Kind::Text, "Position in the newsroom.").elsewhere(&["position", "job"]),
    Field::new("photo", Kind::Text, "A file beside the record, or a path in static/.")
        .elsewhere(&["image", "picture", "avatar"]),
    Field::new("links", Kind::List(&Kind::Record(LINK)), "Where else to find the author.")
        .elsewhere(&["social", "profiles"]),
];

const LINK: &[Field] = &[
    Field::new("label", Kind::Text, "What the link says.").required().elsewhere(&["name", "title"]),
    Field::new("url", Kind::Text, "An absolute URL, or mailto:.").required().elsewhere(&["href", "link"]),
];

/// Every key of a standing page's header.
pub const PAGE_FIELDS: &[Field] = &[
    Field::new("title", Kind::Text, "The page's title.").required(),
    Field::new("description", Kind::Text, "One sentence about it; default: the first paragraph.")
        .elsewhere(&["summary"]),
    Field::new("updated", Kind::Text, "When it was last changed.").elsewhere(&["date", "lastmod"]),
    Field::new("draft", Kind::Flag, "Not published while true."),
    Field::new("aliases", Kind::OneOrMany(&Kind::Text), "Old URLs that redirect here.")
        .elsewhere(&["redirect_from"]),
    Field::new("extra", Kind::Free, "Anything the newspaper's own templates want to read."),
];

/// What a category's `_index.md` says.
#[derive(Clone, Debug, Encode, Decode)]
pub struct CategoryRecord {
    /// The longer text below the header.
    pub prose: Prose,
    /// The folder the file lies in, below `content/`.
    pub folder: String,
    /// The name readers see.
    pub name: String,
    /// One sentence; may be empty.
    pub description: String,
    /// The place in the navigation.
    pub order: Option<u64>,
}

/// What an author's record says.
#[derive(Clone, Debug, Encode, Decode)]
pub struct AuthorRecord {
    /// The biography.
    pub prose: Prose,
    /// The file's name, as the slug of the author.
    pub slug: Slug,
    /// The name bylines show.
    pub name: String,
    /// Position in the newsroom.
    pub role: Option<String>,
    /// The first paragraph of the biography as plain text.
    pub summary: String,
    /// The portrait: a file beside the record, or a path in `static/`.
    pub photo: Option<String>,
    /// Labels and URLs.
    pub links: Vec<(String, String)>,
}

/// A page that is not news.
#[derive(Clone, Debug, Encode, Decode)]
pub struct StandingPage {
    /// The text.
    pub prose: Prose,
    /// Where it is published.
    pub route: Route,
    /// The title.
    pub title: String,
    /// One sentence.
    pub description: String,
    /// When it was last changed.
    pub updated: Option<Moment>,
    /// Whether it is held back.
    pub draft: bool,
    /// Old URLs.
    pub aliases: Vec<Route>,
    /// What only templates read, as JSON.
    pub extra: Option<String>,
}

/// Reads `content/<folder>/_index.md`.
#[must_use]
pub fn category(source: &Source, dialect: &Dialect) -> (Option<CategoryRecord>, Vec<Diagnostic>) {
    read_record(source, dialect, CATEGORY_FIELDS, |read, record, findings| {
        let folder = source.path().below("content").and_then(|below| below.split_once('/'));
        let Some((folder, "_index.md")) = folder else {
            findings.push(
                Diagnostic::error(
                    "misplaced-index",
                    "an `_index.md` describes a category, and this folder is none",
                )
                .on(source.path())
                .help("move it to the category's own folder: `content/politics/_index.md`"),
            );
            return None;
        };
        Some(CategoryRecord {
            folder: folder.to_owned(),
            name: line(record, "title", findings)?,
            description: line(record, "description", findings).unwrap_or_default(),
            order: record.count("order"),
            prose: read.prose,
        })
    })
}

/// Reads `content/_authors/<slug>.md`.
#[must_use]
pub fn author(
    source: &Source,
    config: &Config,
    dialect: &Dialect,
) -> (Option<AuthorRecord>, Vec<Diagnostic>) {
    read_record(source, dialect, AUTHOR_FIELDS, |read, record, findings| {
        Some(AuthorRecord {
            slug: file_slug(source, source.path().stem(), config, findings)?,
            name: line(record, "name", findings)?,
            role: line(record, "role", findings),
            photo: record.text("photo"),
            links: links(record, findings),
            summary: read.first_paragraph,
            prose: read.prose,
        })
    })
}

/// Reads `content/_pages/<path>.md`.
#[must_use]
pub fn page(source: &Source, config: &Config, dialect: &Dialect) -> (Option<StandingPage>, Vec<Diagnostic>) {
    read_record(source, dialect, PAGE_FIELDS, |read, record, findings| {
        let mut parts = Vec::new();
        let below = source.path().below("content/_pages")?;
        for part in below.strip_suffix(".md").unwrap_or(below).split('/') {
            parts.push(file_slug(source, part, config, findings)?);
        }
        if parts.len() > 1 && parts.last().is_some_and(|last| last.as_str() == "index") {
            parts.pop();
        }
        let names: Vec<&str> = parts.iter().map(Slug::as_str).collect();
        Some(StandingPage {
            route: Route::page(&names),
            title: line(record, "title", findings)?,
            description: line(record, "description", findings).unwrap_or(read.first_paragraph),
            updated: updated(record, config, findings),
            draft: record.flag("draft").unwrap_or(false),
            aliases: aliases(record, findings),
            extra: front_matter::extra(record, findings),
            prose: read.prose,
        })
    })
}

fn read_record<T>(
    source: &Source,
    dialect: &Dialect,
    fields: &'static [Field],
    make: impl FnOnce(Read, &Record<'_>, &mut Vec<Diagnostic>) -> Option<T>,
) -> (Option<T>, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let Some(read) = prose::read(source, dialect, &mut findings) else { return (None, findings) };
    let header = read.parts.header;
    let result = front_matter::read(source, header, fields, &mut findings, |record, findings| {
        make(read, record, findings)
    });
    let failed = findings.iter().any(Diagnostic::is_error);
    (result.filter(|_| !failed), findings)
}

fn file_slug(source: &Source, name: &str, config: &Config, findings: &mut Vec<Diagnostic>) -> Option<Slug> {
    let slug = Slug::of(name, config.slugs);
    if slug.is_none() {
        findings.push(
            Diagnostic::error("bad-slug", format!("the name `{name}` has no letter or digit for a URL"))
                .on(source.path())
                .help("rename the file"),
        );
    }
    slug
}

fn links(record: &Record<'_>, findings: &mut Vec<Diagnostic>) -> Vec<(String, String)> {
    let mut links = Vec::new();
    for (_, link) in record.records("links") {
        let (Some(label), Some(url)) = (line(&link, "label", findings), link.text("url")) else { continue };
        if ["https://", "http://", "mailto:"].iter().any(|scheme| url.starts_with(scheme)) {
            links.push((label, url));
        } else {
            findings.push(
                Diagnostic::error("bad-url", format!("`{}` is not a URL for readers", one_line(&url)))
                    .at(link.document().source(), link.span("url"), "")
                    .help("write an address that starts with `https://` or `mailto:`"),
            );
        }
    }
    links
}

fn updated(record: &Record<'_>, config: &Config, findings: &mut Vec<Diagnostic>) -> Option<Moment> {
    let text = record.text("updated")?;
    Moment::parse(&text, config.timezone.as_ref())
        .map_err(|_| {
            let finding =
                Diagnostic::error("bad-date", format!("`updated` is not a date: `{}`", one_line(&text)));
            findings.push(
                finding.at(record.document().source(), record.span("updated"), "").help(ACCEPTED_FORMS),
            );
        })
        .ok()
}
