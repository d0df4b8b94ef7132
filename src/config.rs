//! The newspaper's config: `newsprint.yaml`, read once, every key checked, complete when it exists.
//!
//! The list [`FIELDS`] is what may be written; `docs/configuration.md` explains each key and a test compares the two.

pub mod breaking;
mod concealed;
mod contrast;
pub mod deploy;
pub mod policies;
mod reader;
pub mod theme;
pub mod words;

use std::sync::Arc;

use jiff::tz::TimeZone;
use serde_yaml::Value;

use crate::base_url::BaseUrl;
use crate::date::Moment;
use crate::date::pattern::Pattern;
use crate::diagnostic::Diagnostic;
use crate::fingerprint::{Fingerprint, Fingerprinter};
use crate::permalink::Permalink;
use crate::route::{Route, SlugLetters};
use crate::source::{Source, SourcePath, Span};
use crate::yaml::Document;
use crate::yaml::shape::{Field, Kind, check};
use breaking::Breaking;
use deploy::Target;
use policies::Policy;
use reader::Reader;
use theme::{THEME, ThemeSettings};
use words::Words;

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
    Field::new(
        "date_format",
        Kind::Text,
        "How dates are shown, in strftime. Default: the way of the language, %B %-d, %Y in English.",
    ),
    Field::new("raw_html", Kind::Choice(&["clean", "trusted", "off"]), "HTML in articles. Default: clean."),
    Field::new("navigation", Kind::List(&Kind::Text), "Categories in the order of the navigation.")
        .elsewhere(&["menu", "categories"]),
    Field::new("also_read", Kind::Record(ALSO_READ), "The cross-links of articles."),
    Field::new("pagination", Kind::Count(1, 1_000), "Articles on a list page. Default: 20.")
        .elsewhere(&["paginate", "paginate_by"]),
    Field::new("most_read", Kind::Record(MOST_READ), "The lists of the most read articles."),
    Field::new("feeds", Kind::Record(FEEDS), "The feeds.").elsewhere(&["feed", "rss"]),
    Field::new("front", Kind::OneOrMany(&Kind::Text), "Stories on top of the front page, the lead first.")
        .elsewhere(&["featured", "frontpage", "front_page", "lead"]),
    Field::new("search", Kind::Flag, "Whether the site has a search page. Default: true."),
    Field::new("publisher", Kind::Record(PUBLISHER), "Who publishes the newspaper."),
    Field::new("theme", Kind::Record(THEME), "How the built-in theme looks."),
    Field::new(
        "redirects",
        Kind::OneOrMany(&Kind::Choice(REDIRECTS)),
        "How old URLs are redirected. Default: all forms.",
    )
    .elsewhere(&["redirect"]),
    Field::new(
        "expired",
        Kind::Choice(&["notice", "gone"]),
        "What the address of an expired article shows. Default: notice.",
    ),
    Field::new("breaking", Kind::Record(BREAKING), "The banner over all pages, while it lasts."),
    Field::new(
        "deploy",
        Kind::Named(&Kind::Record(deploy::TARGET)),
        "Where the site is published to, by name.",
    ),
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
    Field::new("hub", Kind::Text, "The WebSub hub that is told of new articles, a URL."),
];
const PUBLISHER: &[Field] = &[
    Field::new("name", Kind::Text, "The publisher's name. Default: the newspaper's title."),
    Field::new("logo", Kind::Text, "The logo, a path in static/."),
    Field::new(
        "policies",
        Kind::Named(&Kind::TextOrRecord(policies::POLICY)),
        "Editorial policies: names and URLs.",
    ),
];
const REDIRECTS: &[&str] = &["html", "netlify", "nginx", "json"];
const BREAKING: &[Field] = &[
    Field::new("text", Kind::Text, "What the banner says.").required(),
    Field::new("until", Kind::Text, "The instant from which on it is gone.")
        .required()
        .elsewhere(&["expires", "end"]),
    Field::new("url", Kind::Text, "Where it leads: a path of the site, or an absolute URL.")
        .elsewhere(&["link", "href"]),
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

/// The forms in which old URLs are redirected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each form is wanted or not")]
pub struct Redirects {
    /// A page at each old URL that leads on.
    pub html: bool,
    /// `_redirects`, for Netlify and Cloudflare Pages.
    pub netlify: bool,
    /// A map for nginx.
    pub nginx: bool,
    /// A list for uploads.
    pub json: bool,
    /// Whether the config names the forms.
    pub by_name: bool,
}

/// What the address of an expired article shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The headline, and that the story is no longer available.
    Notice,
    /// Nothing.
    Gone,
}

/// The publisher, as machine-readable outputs and bylines name it.
#[derive(Clone, Debug)]
pub struct Publisher {
    /// The name.
    pub name: String,
    /// The logo below `static/`.
    pub logo: Option<Route>,
    /// Editorial policies, in the order written.
    pub policies: Vec<Policy>,
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
    /// How dates are shown; `None` for the way of the language.
    pub date_format: Option<Pattern>,
    /// What the theme says, in the site's language.
    pub words: Arc<Words>,
    /// The newspaper's own lists of them, with the digests of their bytes.
    pub word_lists: Vec<(SourcePath, Fingerprint)>,
    /// What becomes of raw HTML.
    pub raw_html: RawHtml,
    /// Categories, by name or slug, in the order of the navigation.
    pub navigation: Vec<String>,
    /// Labels of *Also Read* lines; the first one heads the block under an article.
    pub also_read_labels: Vec<String>,
    /// Whether they stand in the config; else they are the language's.
    labels_are_written: bool,
    /// Links under an article.
    pub also_read_count: usize,
    /// Titles, slugs or paths of the stories on top of the front page, the lead first.
    pub front: Vec<String>,
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
    /// The URL of the `WebSub` hub that feeds name.
    pub feed_hub: Option<String>,
    /// Whether there is a search page.
    pub search: bool,
    /// Who publishes.
    pub publisher: Publisher,
    /// The theme's settings.
    pub theme: ThemeSettings,
    /// How old URLs are redirected.
    pub redirects: Redirects,
    /// What the addresses of expired articles show.
    pub expired: Fate,
    /// The banner; pages ask the lens for it, which knows the time.
    pub breaking: Option<Breaking>,
    /// Where the site is published to; no page shows it.
    pub targets: Vec<Target>,
    /// Anything templates want to read.
    pub extra: Value,
    /// The digest of everything in the file but the banner and the targets: all pages depend on it.
    pub fingerprint: Fingerprint,
}

impl Config {
    /// Reads the config. With an error among the findings there is no config.
    pub fn read(source: &Source) -> (Option<Self>, Vec<Diagnostic>) {
        let whole = Span::new(0, source.text().len());
        let document = match Document::parse(source, whole) {
            Ok(document) => document,
            Err(mut findings) => {
                concealed::check_text(source.text(), &mut findings);
                return (None, findings);
            }
        };
        let mut findings = Vec::new();
        let record = check(&document, FIELDS, &mut findings);
        let mut reader = Reader { record, findings };
        let config = reader.config();
        concealed::check(&document, &mut reader.findings);
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

    /// The banner, as long as it lasts.
    #[must_use]
    pub fn breaking_at(&self, now: Moment) -> Option<&Breaking> {
        self.breaking.as_ref().filter(|breaking| now < breaking.until)
    }

    /// The date as readers see it.
    #[must_use]
    pub fn show_date(&self, moment: Moment) -> String {
        self.words.date(moment, self.date_format.as_ref())
    }

    /// Takes the newspaper's own words with the digests of their files, the more general list first; everything depends on them as on the config. Tells
    /// what is wrong with them.
    pub fn take_words(&mut self, lists: &[(Source, Fingerprint)]) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        let mut whole = Fingerprinter::new();
        whole.part(&self.fingerprint.bits().to_le_bytes());
        let mut words = Words::clone(&self.words);
        for (list, digest) in lists {
            findings.extend(words.laid_over(list, &self.language));
            whole.part(&digest.bits().to_le_bytes());
        }
        self.word_lists = lists.iter().map(|(list, digest)| (list.path().clone(), *digest)).collect();
        self.words = Arc::new(words);
        self.fingerprint = whole.finish();
        if !self.labels_are_written {
            self.also_read_labels = reader::usual_labels(&self.words);
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::Config;
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
    fn everything_wrong_is_said_at_once() {
        let (config, findings) = read(concat!(
            "title: [a]\nbase_url: news.example\nlanguage: en_US\ntimezone: Mars/Olympus\npermalink: /{slug\n",
            "date_format: \"%\"\nraw_html: yes\npagination: 0\nfeeds: {hub: hub.example}\ntheme: {accent: red, fonts: \"a;b\", logo: ../x}\nauthor: x\n",
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
        9:14 `hub` is not the URL of a WebSub hub
        10:17 `accent` is not a colour
        10:29 `fonts` is not a plain list of font names
        10:42 `logo` has a part that cannot be a file's name everywhere
        11:1 unknown key `author`
        ");
    }
}
