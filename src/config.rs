//! The newspaper's config: `newsprint.yaml`, read once, every key checked, complete when it exists.
//!
//! The list [`FIELDS`] is what may be written; `docs/configuration.md` explains each key and a test compares the two.

use jiff::tz::TimeZone;
use serde_yaml::Value;
use url::Url;

use crate::date::Moment;
use crate::diagnostic::Diagnostic;
use crate::fingerprint::Fingerprint;
use crate::route::{Permalink, Route, SlugLetters};
use crate::source::{Source, SourcePath, Span};
use crate::yaml::Document;
use crate::yaml::shape::{Field, Kind, Record, check};

/// The config's file name; its presence marks a newspaper's root.
pub const FILE_NAME: &str = "newsprint.yaml";

/// Every key of the config.
pub const FIELDS: &[Field] = &[
    Field::new("title", Kind::Text, "The newspaper's name.").required(),
    Field::new("base_url", Kind::Text, "Where the site is published: https://news.example/.")
        .required()
        .elsewhere(&["baseurl", "url", "site_url"]),
    Field::new("language", Kind::Text, "The language of the site, a BCP 47 tag. Default: en.").elsewhere(&[
        "lang",
        "locale",
        "languageCode",
    ]),
    Field::new("timezone", Kind::Text, "The IANA zone of dates written without an offset: Asia/Kolkata.")
        .elsewhere(&["tz"]),
    Field::new("description", Kind::Text, "One sentence about the newspaper.").elsewhere(&["tagline"]),
    Field::new("permalink", Kind::Text, "The URL of an article. Default: /{category}/{yyyy}/{mm}/{slug}/.")
        .elsewhere(&["permalinks"]),
    Field::new("slugs", Kind::Choice(&["unicode", "ascii"]), "Letters of slugs. Default: unicode."),
    Field::new("date_format", Kind::Text, "How dates are shown, in strftime. Default: %B %-d, %Y."),
    Field::new("raw_html", Kind::Choice(&["clean", "trusted", "off"]), "HTML in articles. Default: clean."),
    Field::new("navigation", Kind::List(&Kind::Text), "Categories in the order of the navigation.")
        .elsewhere(&["menu", "categories"]),
    Field::new("also_read", Kind::Record(ALSO_READ), "The cross-links of articles."),
    Field::new("pagination", Kind::Count(1, 1_000), "Articles on a list page. Default: 20.")
        .elsewhere(&["paginate", "paginate_by"]),
    Field::new("most_read", Kind::Record(MOST_READ), "The lists of the most read articles."),
    Field::new("feeds", Kind::Record(FEEDS), "The feeds.").elsewhere(&["feed", "rss"]),
    Field::new("publisher", Kind::Record(PUBLISHER), "Who publishes the newspaper."),
    Field::new("theme", Kind::Record(THEME), "How the built-in theme looks."),
    Field::new("deploy", Kind::Named(&Kind::Free), "Where the site is published to, by name."),
    Field::new("extra", Kind::Free, "Anything the newspaper's own templates want to read.")
        .elsewhere(&["params"]),
];

const ALSO_READ: &[Field] = &[
    Field::new("label", Kind::OneOrMany(&Kind::Text), "The label, or all labels in use. Default: Also Read."),
    Field::new("count", Kind::Count(0, 50), "Links under an article. Default: 5."),
];
const MOST_READ: &[Field] = &[
    Field::new("count", Kind::Count(0, 100), "Articles in a list. Default: 10."),
    Field::new("days", Kind::Count(0, 36_500), "How old a first choice may be; 0 for any age. Default: 30."),
];
const FEEDS: &[Field] = &[
    Field::new("content", Kind::Choice(&["full", "summary"]), "What a feed carries. Default: full."),
    Field::new("limit", Kind::Count(1, 1_000), "Articles in a feed. Default: 20."),
];
const PUBLISHER: &[Field] = &[
    Field::new("name", Kind::Text, "The publisher's name. Default: the newspaper's title."),
    Field::new("logo", Kind::Text, "The logo, a path in static/."),
    Field::new("policies", Kind::Named(&Kind::Text), "Editorial policies: names and URLs."),
];
const THEME: &[Field] = &[
    Field::new("accent", Kind::Text, "The accent colour: #a4161a."),
    Field::new("fonts", Kind::Text, "A CSS font-family list for text."),
    Field::new("logo", Kind::Text, "The masthead's picture, a path in static/."),
];

/// What to do with raw HTML in articles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawHtml {
    /// Cleaned against an allow-list; every removal is a finding.
    Clean,
    /// Passed through.
    Trusted,
    /// Shown as text.
    Off,
}

/// What a feed carries of an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedContent {
    /// The whole body.
    Full,
    /// The description alone.
    Summary,
}

/// The site's home: an origin and a path that ends with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    origin: String,
    path: String,
}

impl BaseUrl {
    /// Reads an absolute `http` or `https` URL without query, fragment and user.
    ///
    /// # Errors
    ///
    /// What is wrong with it, as the end of a sentence that begins with "it".
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.contains(char::is_whitespace) {
            return Err("has a space in it");
        }
        let url = Url::parse(text).map_err(|_| "is not an absolute URL")?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err("does not start with `https://` and a host's name");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("has a query or a fragment");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("has a user's name in it");
        }
        let mut path = url.path().to_owned();
        if !path.ends_with('/') {
            path.push('/');
        }
        Ok(Self { origin: url.origin().ascii_serialization(), path })
    }

    /// The path-absolute link to a route: `/news/politics/`.
    #[must_use]
    pub fn href(&self, route: &Route) -> String {
        format!("{}{}", self.path, &route.encoded()[1..])
    }

    /// The absolute URL of a route.
    #[must_use]
    pub fn absolute(&self, route: &Route) -> String {
        format!("{}{}", self.origin, self.href(route))
    }

    /// The site's path: `/`, or `/news/` for a site in a folder.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

/// The publisher, as machine-readable outputs and bylines name it.
#[derive(Clone, Debug)]
pub struct Publisher {
    /// The name.
    pub name: String,
    /// The logo below `static/`.
    pub logo: Option<Route>,
    /// Editorial policies: names and URLs, in the order written.
    pub policies: Vec<(String, String)>,
}

/// The built-in theme's settings.
#[derive(Clone, Debug)]
pub struct ThemeSettings {
    /// A CSS hex colour.
    pub accent: Option<String>,
    /// A CSS font-family list.
    pub fonts: Option<String>,
    /// The masthead's picture below `static/`.
    pub logo: Option<Route>,
}

/// A newspaper's config.
#[derive(Clone, Debug)]
pub struct Config {
    /// The newspaper's name.
    pub title: String,
    /// Where the site is published.
    pub base: BaseUrl,
    /// A BCP 47 tag.
    pub language: String,
    /// The zone of dates without an offset, and of what readers see.
    pub timezone: Option<TimeZone>,
    /// One sentence about the newspaper; may be empty.
    pub description: String,
    /// How article URLs are made.
    pub permalink: Permalink,
    /// Which letters slugs keep.
    pub slugs: SlugLetters,
    /// A `strftime` pattern.
    pub date_format: String,
    /// What becomes of raw HTML.
    pub raw_html: RawHtml,
    /// Categories, by name or slug, in the order of the navigation.
    pub navigation: Vec<String>,
    /// Labels of *Also Read* lines; the first one heads the block under an article.
    pub also_read_labels: Vec<String>,
    /// Links under an article.
    pub also_read_count: usize,
    /// Articles on a list page.
    pub pagination: usize,
    /// Articles in a most-read list.
    pub most_read_count: usize,
    /// How many days old a first choice of a most-read list may be; 0 for any age.
    pub most_read_days: u32,
    /// What feeds carry.
    pub feed_content: FeedContent,
    /// Articles in a feed.
    pub feed_limit: usize,
    /// Who publishes.
    pub publisher: Publisher,
    /// The theme's settings.
    pub theme: ThemeSettings,
    /// Anything templates want to read.
    pub extra: Value,
    /// The digest of the file the config was read from.
    pub fingerprint: Fingerprint,
}

impl Config {
    /// Reads the config. With an error among the findings there is no config.
    pub fn read(source: &Source) -> (Option<Self>, Vec<Diagnostic>) {
        let whole = Span::new(0, source.text().len());
        let document = match Document::parse(source, whole) {
            Ok(document) => document,
            Err(findings) => return (None, findings),
        };
        let mut findings = Vec::new();
        let record = check(&document, FIELDS, &mut findings);
        let mut reader = Reader { record, findings };
        let config = reader.config();
        let failed = reader.findings.iter().any(Diagnostic::is_error);
        (config.filter(|_| !failed), reader.findings)
    }

    /// The finding for a folder without a config.
    #[must_use]
    pub fn absent() -> Diagnostic {
        Diagnostic::error("no-config", format!("there is no `{FILE_NAME}` here"))
            .on(&SourcePath::new(FILE_NAME))
            .help("run `newsprint init DIR` to start a newspaper, or name its folder with `--root DIR`")
    }

    /// The date as readers see it.
    #[must_use]
    pub fn show_date(&self, moment: Moment) -> String {
        moment.format(&self.date_format).unwrap_or_else(|| moment.rfc3339())
    }
}

/// Reads keys whose text has a meaning of its own, and notes what is wrong with them.
struct Reader<'d> {
    record: Record<'d>,
    findings: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn config(&mut self) -> Option<Config> {
        let title = self.record.text("title");
        let base = self.parsed(
            &self.record.clone(),
            "base_url",
            BaseUrl::parse,
            "write a URL like `https://news.example/`",
        );
        let language = self.language();
        let timezone = self.timezone();
        let permalink = self.parsed(
            &self.record.clone(),
            "permalink",
            Permalink::parse,
            "write `/{category}/{yyyy}/{mm}/{slug}/`; the parts are `{category}`, `{yyyy}`, `{mm}`, `{dd}` and `{slug}`",
        );
        let date_format = self.date_format();
        let theme = self.theme();
        let record = self.record.clone();
        let also_read = record.record("also_read");
        let most_read = record.record("most_read");
        let feeds = record.record("feeds");
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
            raw_html: match record.choice("raw_html") {
                Some("trusted") => RawHtml::Trusted,
                Some("off") => RawHtml::Off,
                _ => RawHtml::Clean,
            },
            navigation: record.texts("navigation"),
            also_read_labels: Some(also_read.as_ref().map_or(Vec::new(), |r| r.texts("label")))
                .filter(|labels| !labels.is_empty())
                .unwrap_or_else(|| vec!["Also Read".to_owned()]),
            also_read_count: count(also_read.as_ref(), "count", 5),
            pagination: count(Some(&record), "pagination", 20),
            most_read_count: count(most_read.as_ref(), "count", 10),
            most_read_days: u32::try_from(count(most_read.as_ref(), "days", 30)).unwrap_or(u32::MAX),
            feed_content: match feeds.as_ref().and_then(|feeds| feeds.choice("content")) {
                Some("summary") => FeedContent::Summary,
                _ => FeedContent::Full,
            },
            feed_limit: count(feeds.as_ref(), "limit", 20),
            publisher,
            theme,
            extra: record.free("extra").map_or(Value::Null, |map| Value::Mapping(map.clone())),
            fingerprint: Fingerprint::of(record.document().source().text().as_bytes()),
            title,
        })
    }

    /// The text of `key`, understood by `parse`; a finding and `None` when it is not understood.
    fn parsed<T, E: std::fmt::Display>(
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

    fn language(&mut self) -> String {
        let parse = |text: &str| {
            let plain = text.split('-').all(|part| {
                (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
            });
            if plain { Ok(text.to_owned()) } else { Err("is not a language tag") }
        };
        self.parsed(&self.record.clone(), "language", parse, "write a tag such as `en`, `hi` or `pt-BR`")
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

    fn date_format(&mut self) -> String {
        let parse = |pattern: &str| {
            let shown = Moment::from_unix(0).format(pattern).ok_or("is not a strftime pattern")?;
            if shown.trim().is_empty() { Err("shows nothing") } else { Ok(pattern.to_owned()) }
        };
        self.parsed(
            &self.record.clone(),
            "date_format",
            parse,
            "write a pattern such as `%B %-d, %Y` or `%d/%m/%Y`",
        )
        .unwrap_or_else(|| "%B %-d, %Y".to_owned())
    }

    fn publisher(&mut self, title: &str) -> Publisher {
        let Some(record) = self.record.record("publisher") else {
            return Publisher { name: title.to_owned(), logo: None, policies: Vec::new() };
        };
        let policies = record.free("policies").into_iter().flatten();
        Publisher {
            name: record.text("name").unwrap_or_else(|| title.to_owned()),
            logo: self.static_file(&record, "logo"),
            policies: policies
                .filter_map(|(name, url)| Some((name.as_str()?.to_owned(), url.as_str()?.to_owned())))
                .collect(),
        }
    }

    fn theme(&mut self) -> ThemeSettings {
        let Some(record) = self.record.record("theme") else {
            return ThemeSettings { accent: None, fonts: None, logo: None };
        };
        let colour = |text: &str| {
            let digits = text.strip_prefix('#').unwrap_or("");
            let hex = matches!(digits.len(), 3 | 6) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            if hex { Ok(text.to_owned()) } else { Err("is not a colour") }
        };
        let family = |text: &str| {
            let plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | ',' | '-' | '_');
            if text.chars().all(plain) {
                Ok(text.to_owned())
            } else {
                Err("is not a plain list of font names")
            }
        };
        ThemeSettings {
            accent: self.parsed(
                &record,
                "accent",
                colour,
                "write a hex colour in quotes: `accent: \"#a4161a\"`",
            ),
            fonts: self.parsed(
                &record,
                "fonts",
                family,
                "write names joined by commas: `Source Serif, Georgia, serif`",
            ),
            logo: self.static_file(&record, "logo"),
        }
    }

    fn static_file(&mut self, record: &Record<'_>, key: &str) -> Option<Route> {
        let parse = |text: &str| match Route::parse(&format!("/{}", text.trim_start_matches('/'))) {
            Ok(route) if !route.is_page() => Ok(route),
            Ok(_) => Err("is no file"),
            Err(reason) => Err(reason),
        };
        self.parsed(record, key, parse, "write the path of a file in `static/`, such as `/logo.svg`")
    }
}

fn count(record: Option<&Record<'_>>, key: &str, default: usize) -> usize {
    record
        .and_then(|record| record.count(key))
        .and_then(|count| usize::try_from(count).ok())
        .unwrap_or(default)
}

#[cfg(test)]
mod tests {
    use super::{BaseUrl, Config};
    use crate::diagnostic::Diagnostic;
    use crate::route::Route;
    use crate::source::{Source, SourcePath};

    fn read(text: &str) -> (Option<Config>, Vec<String>) {
        let (config, mut findings) = Config::read(&Source::new(SourcePath::new(super::FILE_NAME), text));
        findings.sort_by(Diagnostic::reading_order);
        let shown = findings.iter().map(|f| {
            let place = f.labels()[0].position;
            format!("{}:{} {}", place.line, place.column, f.message())
        });
        (config, shown.collect())
    }

    #[test]
    fn two_lines_are_enough() {
        let (config, findings) = read("title: Courier\nbase_url: https://news.example\n");
        let config = config.expect("a config");
        assert!(findings.is_empty());
        assert_eq!((config.pagination, config.also_read_count), (20, 5));
        assert_eq!(config.publisher.name, "Courier");
        assert_eq!(config.base.absolute(&Route::page(&["a b"])), "https://news.example/a%20b/");
    }

    #[test]
    fn sites_in_a_folder_get_links_into_it() {
        let base = BaseUrl::parse("https://x.example/news").expect("a URL");
        assert_eq!(base.href(&Route::home()), "/news/");
        assert_eq!(base.href(&Route::file("feed.xml")), "/news/feed.xml");
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let (config, findings) = read(concat!(
            "title: [a]\nbase_url: news.example\nlanguage: en_US\ntimezone: Mars/Olympus\npermalink: /{slug\n",
            "date_format: \"%\"\nraw_html: yes\npagination: 0\ntheme: {accent: red, fonts: \"a;b\", logo: ../x}\nauthor: x\n",
        ));
        assert!(config.is_none());
        insta::assert_snapshot!(findings.join("\n"), @r"
        1:8 `title` must be text, not a list
        2:11 `base_url` is not an absolute URL
        3:11 `language` is not a language tag
        4:11 `timezone` `Mars/Olympus` is not a time zone
        5:12 `permalink` does not end with `/`
        6:14 `date_format` is not a strftime pattern
        7:11 `raw_html` must be `clean` or `trusted` or `off`, not the text `yes`
        8:13 `pagination` must be a whole number from 1 to 1000, not the number `0`
        9:17 `accent` is not a colour
        9:29 `fonts` is not a plain list of font names
        9:42 `logo` has a part that cannot be a file's name everywhere
        10:1 unknown key `author`
        ");
    }

    #[test]
    fn base_urls_are_checked() {
        for bad in [
            "",
            "news.example",
            "ftp://a/",
            "https://a b/",
            "https://a/?q",
            "https://a/#f",
            "https://u@a/",
            "/x",
        ] {
            assert!(BaseUrl::parse(bad).is_err(), "{bad}");
        }
    }
}
