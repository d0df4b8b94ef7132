//! Reads the keys of `newsprint.yaml` into a [`Config`], with a finding for each value that has no meaning.

use std::sync::Arc;

use jiff::tz::TimeZone;
use serde_yaml::Value;

use super::breaking::{self, Breaking};
use super::deploy;
use super::policies;
use super::words::Words;
use super::{Config, Fate, FeedContent, Publisher, RawHtml, Redirects};
use crate::base_url::BaseUrl;
use crate::date::Moment;
use crate::date::pattern::Pattern;
use crate::diagnostic::Diagnostic;
use crate::language;
use crate::permalink::Permalink;
use crate::route::{Route, SlugLetters};
use crate::yaml::shape::Record;

/// Reads keys whose text has a meaning of its own, and notes what is wrong with them.
pub(super) struct Reader<'d> {
    pub(super) record: Record<'d>,
    pub(super) findings: Vec<Diagnostic>,
}

impl Reader<'_> {
    pub(super) fn config(&mut self) -> Option<Config> {
        let title = self.record.text("title");
        let base = self.parsed(
            &self.record.clone(),
            "base_url",
            BaseUrl::parse,
            "write a URL like `https://news.example/`",
        );
        let language = self.language();
        let words = Arc::new(Words::of(&language));
        let timezone = self.timezone();
        let permalink = self.parsed(
            &self.record.clone(),
            "permalink",
            Permalink::parse,
            "write `/{category}/{yyyy}/{mm}/{slug}/`; the parts are `{category}`, `{yyyy}`, `{mm}`, `{dd}` and `{slug}`",
        );
        let date_format = self.date_format();
        let theme = self.theme();
        let breaking = self.breaking(timezone.as_ref());
        let record = self.record.clone();
        let also_read = record.record("also_read");
        let labels = also_read.as_ref().map_or(Vec::new(), |also_read| also_read.texts("label"));
        let most_read = record.record("most_read");
        let feeds = record.record("feeds");
        let feed_hub = feeds.as_ref().and_then(|feeds| self.hub(feeds));
        let targets = deploy::read(self);
        let title = title?;
        let publisher = self.publisher(&title);
        Some(Config {
            base: base?,
            language,
            timezone,
            description: record.text("description").unwrap_or_default(),
            permalink: permalink.or_else(|| Permalink::parse("/{category}/{yyyy}/{mm}/{slug}/").ok())?,
            slugs: if record.choice("slugs") == Some("ascii") {
                SlugLetters::Ascii
            } else {
                SlugLetters::Unicode
            },
            date_format,
            words: Arc::clone(&words),
            word_lists: Vec::new(),
            raw_html: match record.choice("raw_html") {
                Some("trusted") => RawHtml::Trusted,
                Some("off") => RawHtml::Off,
                _ => RawHtml::Clean,
            },
            search: record.flag("search").unwrap_or(true),
            navigation: record.texts("navigation"),
            labels_are_written: !labels.is_empty(),
            also_read_labels: if labels.is_empty() { usual_labels(&words) } else { labels },
            also_read_count: count(also_read.as_ref(), "count", 5),
            front: record.texts("front"),
            pagination: count(Some(&record), "pagination", 20),
            most_read_count: count(most_read.as_ref(), "count", 10),
            most_read_days: u32::try_from(count(most_read.as_ref(), "days", 30)).unwrap_or(u32::MAX),
            feed_content: match feeds.as_ref().and_then(|feeds| feeds.choice("content")) {
                Some("summary") => FeedContent::Summary,
                _ => FeedContent::Full,
            },
            feed_limit: count(feeds.as_ref(), "limit", 20),
            feed_hub,
            publisher,
            theme,
            redirects: redirects(&record),
            expired: match record.choice("expired") {
                Some("gone") => Fate::Gone,
                _ => Fate::Notice,
            },
            breaking,
            targets,
            extra: record.free("extra").map_or(Value::Null, |map| Value::Mapping(map.clone())),
            fingerprint: breaking::fingerprint_of_pages(record.document()),
            title,
        })
    }

    /// The text of `key`, understood by `parse`; a finding and `None` when it is not understood.
    pub(super) fn parsed<T, E: std::fmt::Display>(
        &mut self,
        record: &Record<'_>,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
        help: &str,
    ) -> Option<T> {
        let text = record.text(key)?;
        parse(&text)
            .map_err(|reason| {
                let finding = Diagnostic::error("config-value", format!("`{key}` {reason}"));
                self.findings.push(finding.at(record.document().source(), record.span(key), "").help(help));
            })
            .ok()
    }

    /// Notes that the value of `key` has no meaning.
    pub(super) fn wrong(&mut self, record: &Record<'_>, key: &str, reason: &str, help: &str) {
        let finding = Diagnostic::error("config-value", format!("`{key}` {reason}"));
        self.findings.push(finding.at(record.document().source(), record.span(key), "").help(help));
    }

    fn language(&mut self) -> String {
        self.parsed(
            &self.record.clone(),
            "language",
            language::parse,
            "write a tag such as `en`, `hi` or `pt-BR`",
        )
        .unwrap_or_else(|| "en".to_owned())
    }

    fn timezone(&mut self) -> Option<TimeZone> {
        let parse = |name: &str| TimeZone::get(name).map_err(|_| format!("`{name}` is not a time zone"));
        self.parsed(
            &self.record.clone(),
            "timezone",
            parse,
            "write an IANA name such as `Asia/Kolkata` or `UTC`",
        )
    }

    fn date_format(&mut self) -> Option<Pattern> {
        let parse = |pattern: &str| {
            let shown = Moment::from_unix(0).format(pattern).ok_or("is not a strftime pattern")?;
            if shown.trim().is_empty() { Err("shows nothing") } else { Ok(Pattern::of(pattern)) }
        };
        self.parsed(
            &self.record.clone(),
            "date_format",
            parse,
            "write a pattern such as `%B %-d, %Y` or `%d/%m/%Y`",
        )
    }

    fn breaking(&mut self, zone: Option<&TimeZone>) -> Option<Breaking> {
        let record = self.record.record("breaking")?;
        let text = self.parsed(&record, "text", breaking::text, "write what the banner says, on one line");
        let until = |text: &str| breaking::until(text, zone);
        let until = self.parsed(
            &record,
            "until",
            until,
            "write an instant such as `2026-11-24 18:00` or `2026-11-24T18:00:00+05:30`",
        );
        let url = self.parsed(
            &record,
            "url",
            breaking::destination,
            "write a path such as `/politics/2026/11/a-story/`, or an address that starts with `https://`",
        );
        Some(Breaking { text: text?, until: until?, url })
    }

    fn publisher(&mut self, title: &str) -> Publisher {
        let Some(record) = self.record.record("publisher") else {
            return Publisher { name: title.to_owned(), logo: None, policies: Vec::new() };
        };
        Publisher {
            name: record.text("name").unwrap_or_else(|| title.to_owned()),
            logo: self.static_file(&record, "logo"),
            policies: policies::read(&record),
        }
    }

    fn hub(&mut self, feeds: &Record<'_>) -> Option<String> {
        let parse = |text: &str| match url::Url::parse(text) {
            Ok(url)
                if matches!(url.scheme(), "http" | "https") && url.has_host() && url.fragment().is_none() =>
            {
                Ok(url.to_string())
            }
            _ => Err("is not the URL of a WebSub hub"),
        };
        self.parsed(
            feeds,
            "hub",
            parse,
            "write the hub's whole URL, such as `https://pubsubhubbub.appspot.com/`",
        )
    }

    pub(super) fn static_file(&mut self, record: &Record<'_>, key: &str) -> Option<Route> {
        let parse = |text: &str| match Route::parse(&format!("/{}", text.trim_start_matches('/'))) {
            Ok(route) if !route.is_page() => Ok(route),
            Ok(_) => Err("is no file"),
            Err(reason) => Err(reason),
        };
        self.parsed(record, key, parse, "write the path of a file in `static/`, such as `/logo.svg`")
    }
}

/// The labels of cross-links where the config names none: that of the language, and the English one.
pub(super) fn usual_labels(words: &Words) -> Vec<String> {
    let mut labels = vec![words.text("also_read").to_owned(), "Also Read".to_owned()];
    labels.dedup();
    labels
}

/// The forms of redirects; all of them when none is named.
fn redirects(record: &Record<'_>) -> Redirects {
    let named = record.texts("redirects");
    let by_name = !named.is_empty();
    let wants = |form: &str| !by_name || named.iter().any(|name| name == form);
    Redirects {
        html: wants("html"),
        netlify: wants("netlify"),
        nginx: wants("nginx"),
        json: wants("json"),
        by_name,
    }
}

fn count(record: Option<&Record<'_>>, key: &str, default: usize) -> usize {
    record
        .and_then(|record| record.count(key))
        .and_then(|count| usize::try_from(count).ok())
        .unwrap_or(default)
}
