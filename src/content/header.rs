//! An article's header, read key by key: every value understood, or a finding about it.

use super::article::{Article, Category, Picture, Pin, Rare, Said};
use super::corrections;
use super::front_matter::{self, line, one_line};
use super::prose::Prose;
use super::terms::{About, Wanted};
use crate::config::Config;
use crate::date::{ACCEPTED_FORMS, DateError, Moment};
use crate::diagnostic::Diagnostic;
use crate::language;
use crate::route::{Route, Slug};
use crate::source::{Source, SourcePath, Span};
use crate::yaml::shape::Record;

/// Headlines longer than this are most likely a mistake.
const LONG_TITLE_CHARS: usize = 300;

/// A default description is cut at the sentence that ends within this many characters.
const DESCRIPTION_CHARS: usize = 240;

/// Reads the keys whose text has a meaning of its own.
pub(super) struct Header<'r, 'd> {
    pub(super) record: &'r Record<'d>,
    pub(super) source: &'r Source,
    pub(super) config: &'r Config,
    pub(super) findings: &'r mut Vec<Diagnostic>,
}

impl Header<'_, '_> {
    pub(super) fn article(
        &mut self,
        prose: Prose,
        first_paragraph: &str,
        plain_text: &str,
    ) -> Option<Article> {
        let title = self.title();
        let date = self.date("date");
        let updated = self.updated(date);
        let expires = self.expires(date);
        let corrections = corrections::read(self, date);
        let category = self.category();
        let authors = self.authors();
        let slug = self.slug();
        let tags = self.tags();
        let aliases = aliases(self.record, self.findings);
        let image = self.image();
        let lang = self.language();
        let description = line(self.record, "description", self.findings)
            .unwrap_or_else(|| first_sentences(first_paragraph));
        let also_read = self.record.texts("also_read");
        let title = title?;
        let wanted = if self.config.search { Wanted::AllWords } else { Wanted::Terms };
        let About { terms, sketch, words } = About::of(&title, &description, &tags, plain_text, wanted);
        let former_titles = self.record.texts("former_titles").iter().map(|title| one_line(title)).collect();
        let extra = front_matter::extra(self.record, self.findings);
        let rare =
            Rare { updated, expires, corrections, aliases, image, also_read, former_titles, lang, extra };
        Some(Article {
            prose,
            date: date?,
            category: category?,
            authors: kept(authors),
            views: self.record.count("views"),
            description: description.into(),
            slug: slug?,
            tags: kept(tags),
            draft: self.record.flag("draft").unwrap_or(false),
            front: match self.record.choice("front") {
                Some("lead") => Some(Pin::Lead),
                Some(_) => Some(Pin::Top),
                None => None,
            },
            rare: (rare != Rare::default()).then(|| Box::new(rare)),
            name: 0,
            headline: 0,
            face: 0,
            about: 0,
            title: title.into(),
            sketch,
            said: Some(Box::new(Said { terms, words })),
            slot: 0,
        })
    }

    fn title(&mut self) -> Option<String> {
        let Some(title) = line(self.record, "title", self.findings) else {
            self.record.text("title")?;
            let span = self.record.span("title");
            self.error("empty-title", "`title` is empty", span, "write a headline after `title:`");
            return None;
        };
        if title.chars().count() > LONG_TITLE_CHARS {
            let message = format!("`title` has {} characters", title.chars().count());
            let finding =
                Diagnostic::warning("long-title", message).at(self.source, self.record.span("title"), "");
            self.findings
                .push(finding.help("a headline fits on three lines; move the rest to `description`"));
        }
        Some(title)
    }

    fn date(&mut self, key: &str) -> Option<Moment> {
        self.date_in(self.record, key)
    }

    /// The date under `key` of the header, or of a record in it.
    pub(super) fn date_in(&mut self, record: &Record<'_>, key: &str) -> Option<Moment> {
        let text = record.text(key)?;
        match Moment::parse(&text, self.config.timezone.as_ref()) {
            Ok(moment) => Some(moment),
            Err(DateError::NoZone) => {
                let message = format!("`{key}` has no UTC offset, and the newspaper has no `timezone`");
                let help = "add `timezone: Asia/Kolkata` (your own zone) to `newsprint.yaml`, or an offset to the date";
                self.error("no-timezone", &message, record.span(key), help);
                None
            }
            Err(DateError::NoSuchDay) => {
                let message =
                    format!("`{key}` names a day or an hour that does not exist: `{}`", one_line(&text));
                self.error("bad-date", &message, record.span(key), ACCEPTED_FORMS);
                None
            }
            Err(DateError::Form) => {
                let shown: String = one_line(&text).chars().take(60).collect();
                let message = format!("`{key}` is not a date: `{shown}`");
                self.error("bad-date", &message, record.span(key), ACCEPTED_FORMS);
                None
            }
        }
    }

    fn updated(&mut self, date: Option<Moment>) -> Option<Moment> {
        let updated = self.date("updated")?;
        if date.is_some_and(|date| updated < date) {
            let (span, first) = (self.record.span("updated"), self.record.span("date"));
            self.findings.push(
                Diagnostic::error("updated-before-date", "`updated` is before `date`")
                    .at(self.source, span, "")
                    .at(self.source, first, "published here")
                    .help("`updated` is when the story was last changed; it cannot be earlier than `date`"),
            );
        }
        Some(updated)
    }

    fn expires(&mut self, date: Option<Moment>) -> Option<Moment> {
        let expires = self.date("expires")?;
        if date.is_some_and(|date| expires < date) {
            let (span, first) = (self.record.span("expires"), self.record.span("date"));
            self.findings.push(
                Diagnostic::error("expires-before-date", "`expires` is before `date`")
                    .at(self.source, span, "")
                    .at(self.source, first, "published here")
                    .help(
                        "`expires` is when readers stop seeing the story; it cannot be earlier than `date`",
                    ),
            );
        }
        Some(expires)
    }

    fn category(&mut self) -> Option<Category> {
        let folder = self.source.path().below("content").and_then(|path| path.split_once('/'));
        let category = match (self.record.text("category"), folder) {
            (Some(_), _) => {
                Category::Header(line(self.record, "category", self.findings).unwrap_or_default().into())
            }
            (None, Some((folder, _))) => Category::Folder(folder.into()),
            (None, None) => {
                let span = self.record.document().value_span(&[]);
                let help =
                    "add `category: politics`, or move the file into a folder such as `content/politics/`";
                self.error("no-category", "the article has no category", span, help);
                return None;
            }
        };
        if Slug::of(category.name(), self.config.slugs).is_none() {
            let span = self.record.span("category");
            let message = format!("the category `{}` has no letter or digit for a URL", category.name());
            self.error("bad-category", &message, span, "name it with letters: `category: politics`");
            return None;
        }
        Some(category)
    }

    fn authors(&mut self) -> Vec<String> {
        let mut authors: Vec<String> = Vec::new();
        for key in ["author", "authors"] {
            for (index, name) in self.record.texts(key).iter().enumerate() {
                let name = one_line(name);
                if Slug::of(&name, self.config.slugs).is_none() {
                    let span = self.record.item_span(key, index);
                    let message = format!("`{name}` in `{key}` is not a name");
                    self.error(
                        "bad-author",
                        &message,
                        span,
                        "write a name such as `author: Asha Rao`, or delete the line",
                    );
                } else if !authors.contains(&name) {
                    authors.push(name);
                }
            }
        }
        authors
    }

    fn slug(&mut self) -> Option<Slug> {
        if let Some(text) = self.record.text("slug") {
            return Slug::parse(&text)
                .map_err(|reason| {
                    let safe = Slug::of(&text, self.config.slugs);
                    let example = safe.as_ref().map_or("a-story", Slug::as_str);
                    let message = format!("`slug` {reason}");
                    self.error(
                        "bad-slug",
                        &message,
                        self.record.span("slug"),
                        &format!("write `slug: {example}`"),
                    );
                })
                .ok();
        }
        let name = default_slug_text(self.source.path());
        let slug = Slug::of(name, self.config.slugs);
        if slug.is_none() {
            let message = format!("the file's name, `{name}`, has no letter or digit for a URL");
            self.error(
                "bad-slug",
                &message,
                self.record.document().value_span(&[]),
                "add a line `slug: a-story`",
            );
        }
        slug
    }

    fn tags(&mut self) -> Vec<String> {
        let mut tags: Vec<String> = Vec::new();
        for (index, tag) in self.record.texts("tags").iter().enumerate() {
            let tag = one_line(tag);
            if Slug::of(&tag, self.config.slugs).is_none() {
                let span = self.record.item_span("tags", index);
                let message = format!("the tag `{tag}` has no letter or digit for a URL");
                self.error("bad-tag", &message, span, "write a word, or delete the tag");
            } else if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        tags
    }

    fn language(&mut self) -> Option<String> {
        let tag = self.record.text("lang")?;
        language::parse(&tag)
            .map_err(|reason| {
                let span = self.record.span("lang");
                self.error(
                    "bad-language",
                    &format!("`lang` {reason}"),
                    span,
                    "write a tag such as `hi`, `bn` or `pt-BR`",
                );
            })
            .ok()
    }

    fn image(&mut self) -> Option<Picture> {
        let text = |record: &Record<'_>, key: &str| {
            record.text(key).map(|text| one_line(&text)).filter(|t| !t.is_empty())
        };
        let (src, record) = match self.record.record("image") {
            Some(record) => (record.text("src")?, Some(record)),
            None => (self.record.text("image")?, None),
        };
        let alt = record.as_ref().and_then(|record| record.text("alt"));
        if alt.is_none() {
            let span = record.as_ref().map_or_else(|| self.record.span("image"), |record| record.span("src"));
            self.findings.push(
                Diagnostic::warning("no-alt-text", "the lead picture has no `alt`")
                    .at(self.source, span, "")
                    .help("say what it shows: `image: {src: photo.jpg, alt: The mayor on the town hall's steps}`"),
            );
        }
        Some(Picture {
            src: src.trim().to_owned(),
            alt: one_line(&alt.unwrap_or_default()),
            credit: record.as_ref().and_then(|record| text(record, "credit")),
            caption: record.as_ref().and_then(|record| text(record, "caption")),
        })
    }

    fn error(&mut self, code: &'static str, message: &str, span: Span, help: &str) {
        self.findings.push(Diagnostic::error(code, message).at(self.source, span, "").help(help));
    }
}

/// The old URLs of a header, each checked.
pub(super) fn aliases(record: &Record<'_>, findings: &mut Vec<Diagnostic>) -> Vec<Route> {
    let mut routes = Vec::new();
    for (index, alias) in record.texts("aliases").iter().enumerate() {
        match Route::parse(alias) {
            Ok(route) => routes.push(route),
            Err(reason) => findings.push(
                Diagnostic::error("bad-alias", format!("the alias `{}` {reason}", one_line(alias)))
                    .at(record.document().source(), record.item_span("aliases", index), "")
                    .help("write the old path from the site's root: `/2019/old-name/`"),
            ),
        }
    }
    routes
}

/// Texts without room to grow.
fn kept(texts: Vec<String>) -> Box<[Box<str>]> {
    texts.into_iter().map(String::into_boxed_str).collect()
}

/// The text a slug is made of when the header has none: the file's name (the folder's, for a bundle) without a date
/// in front.
fn default_slug_text(path: &SourcePath) -> &str {
    let name = if path.file_name() == "index.md" {
        path.folder().rsplit('/').next().unwrap_or("")
    } else {
        path.stem()
    };
    let dated = name.len() > 11
        && name.bytes().take(11).enumerate().all(|(at, byte)| match at {
            4 | 7 | 10 => byte == b'-' || byte == b'_',
            _ => byte.is_ascii_digit(),
        });
    if dated { &name[11..] } else { name }
}

/// The sentences at the start of a paragraph that fit a description, or its first words.
fn first_sentences(paragraph: &str) -> String {
    if paragraph.chars().count() <= DESCRIPTION_CHARS {
        return paragraph.to_owned();
    }
    let limit = paragraph.char_indices().nth(DESCRIPTION_CHARS).map_or(paragraph.len(), |(at, _)| at);
    let head = &paragraph[..limit];
    let mut ends = head.char_indices().filter(|(at, c)| {
        let next = paragraph[at + c.len_utf8()..].chars().next();
        matches!(c, '.' | '!' | '?' | '।' | '…') && next.is_none_or(char::is_whitespace)
            || matches!(c, '。' | '！' | '？')
    });
    if let Some((at, end)) = ends.next_back().filter(|(at, _)| *at > DESCRIPTION_CHARS / 4) {
        return head[..at + end.len_utf8()].to_owned();
    }
    let words = head.rfind(char::is_whitespace).map_or(head, |at| &head[..at]);
    format!("{}…", words.trim_end_matches([',', ';', ':', '-', '–', '—', ' ']))
}
