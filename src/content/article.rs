//! An article: a story with its header, complete and checked when it exists.
//!
//! Whether it is published, which category it ends up in and what it links to is decided with all articles at hand.

use bitcode::{Decode, Encode};

use super::front_matter::{self};
use super::header::Header;
use super::markdown::{Dialect, Galley};
use super::names;
use super::prose::{self, Prose};
use super::sketch::Sketch;
use super::terms::Terms;
use super::vocabulary::Vocabulary;
use crate::config::Config;
use crate::date::Moment;
use crate::diagnostic::Diagnostic;
use crate::fingerprint::Digest;
use crate::route::{Route, Slug};
use crate::source::Source;
use crate::yaml::shape::{Field, Kind};

/// Every key of an article's header.
pub const FIELDS: &[Field] = &[
    Field::new("title", Kind::Text, "The headline.").required().elsewhere(&["headline", "name"]),
    Field::new("date", Kind::Text, "When the story was or will be published.").required().elsewhere(&[
        "publish_date",
        "pubdate",
        "published",
        "published_at",
        "posted",
        "datetime",
        "created",
        "go_live",
    ]),
    Field::new("author", Kind::OneOrMany(&Kind::Text), "Who wrote it: a name or slug, or several.")
        .elsewhere(&["by", "byline"]),
    Field::new("authors", Kind::OneOrMany(&Kind::Text), "The same as author."),
    Field::new("category", Kind::Text, "The category; default: the first folder.")
        .elsewhere(&["section", "categories"]),
    Field::new("views", Kind::Count(0, u64::MAX), "How often it was read.").elsewhere(&["hits", "reads"]),
    Field::new("description", Kind::Text, "The dek; default: the first paragraph.").elsewhere(&[
        "summary",
        "excerpt",
        "dek",
        "standfirst",
        "subtitle",
        "abstract",
    ]),
    Field::new("slug", Kind::Text, "The last part of the URL; default: the file's name.")
        .elsewhere(&["url", "permalink"]),
    Field::new("tags", Kind::OneOrMany(&Kind::Text), "Topics.").elsewhere(&["keywords", "topics", "tag"]),
    Field::new("draft", Kind::Flag, "Not published while true.").elsewhere(&["unpublished", "hidden"]),
    Field::new("updated", Kind::Text, "When it was last changed in substance.").elsewhere(&[
        "lastmod",
        "modified",
        "last_modified",
        "update",
    ]),
    Field::new("expires", Kind::Text, "From when on readers no longer see the story.").elsewhere(&[
        "expiry",
        "expire",
        "expiry_date",
        "expirydate",
        "expiration",
        "unpublish_date",
    ]),
    Field::new(
        "corrections",
        Kind::List(&Kind::Record(CORRECTION)),
        "What was wrong, and since when it is right.",
    )
    .elsewhere(&["correction", "errata"]),
    Field::new("aliases", Kind::OneOrMany(&Kind::Text), "Old URLs that redirect here.")
        .elsewhere(&["redirect_from", "alias"]),
    Field::new("image", Kind::TextOrRecord(IMAGE), "The lead picture.").elsewhere(&[
        "cover",
        "photo",
        "thumbnail",
        "featured_image",
        "hero",
    ]),
    Field::new("also_read", Kind::OneOrMany(&Kind::Text), "Pinned cross-links: titles, slugs or paths.")
        .elsewhere(&["related"]),
    Field::new("former_titles", Kind::OneOrMany(&Kind::Text), "Titles that still lead to this article."),
    Field::new(
        "lang",
        Kind::Text,
        "The language of the article when it is not the newspaper's, a BCP 47 tag.",
    )
    .elsewhere(&["language", "locale"]),
    Field::new("front", Kind::Choice(&["lead", "top"]), "Its place on the front page, while it says so.")
        .elsewhere(&["featured", "sticky", "pinned", "pin", "weight"]),
    Field::new("extra", Kind::Free, "Anything the newspaper's own templates want to read.")
        .elsewhere(&["params"]),
];

const IMAGE: &[Field] = &[
    Field::new("src", Kind::Text, "A file beside the article, or a path in static/.").required(),
    Field::new("alt", Kind::Text, "What the picture shows."),
    Field::new("credit", Kind::Text, "Who made it."),
    Field::new("caption", Kind::Text, "The line below it."),
];

const CORRECTION: &[Field] = &[
    Field::new("date", Kind::Text, "When the story was corrected.").required(),
    Field::new("text", Kind::Text, "What was wrong, in one or two sentences.").required(),
];

/// The lead picture of an article.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Picture {
    /// A file beside the article, a path in `static/` that starts with `/`, or an absolute URL.
    pub src: String,
    /// What the picture shows; empty when the author did not say.
    pub alt: String,
    /// Who made it.
    pub credit: Option<String>,
    /// The line below it.
    pub caption: Option<String>,
}

/// The place that an article asks for on the front page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Pin {
    /// The first.
    Lead,
    /// One of those after it.
    Top,
}

/// One correction of an article.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Correction {
    /// When the story was corrected; never before it was published. Readers see the notice from then on.
    pub date: Moment,
    /// What was wrong, as plain text on one line.
    pub text: String,
}

/// One article.
#[derive(Clone, Debug, Encode, Decode)]
pub struct Article {
    /// The story's text, without its body.
    pub prose: Prose,
    /// The headline.
    pub title: String,
    /// The digest of the headline as a name.
    pub name: u64,
    /// The digest of the headline as it is written.
    pub headline: u64,
    /// The digest of everything in the header that lists of stories show.
    pub face: u64,
    /// The digest of what its text is about.
    pub about: u64,
    /// When it is published.
    pub date: Moment,
    /// When it was last changed in substance; never before `date`.
    pub updated: Option<Moment>,
    /// From when on readers no longer see it; never before `date`.
    pub expires: Option<Moment>,
    /// What was corrected, the oldest first.
    pub corrections: Vec<Correction>,
    /// The category as the header or the folder names it.
    pub category: Category,
    /// The byline, in order; empty when the author did not say.
    pub authors: Vec<String>,
    /// How often it was read.
    pub views: Option<u64>,
    /// The dek.
    pub description: String,
    /// The last part of its URL.
    pub slug: Slug,
    /// Topics, each once.
    pub tags: Vec<String>,
    /// Whether it is held back.
    pub draft: bool,
    /// Old URLs.
    pub aliases: Vec<Route>,
    /// The lead picture.
    pub image: Option<Picture>,
    /// Pinned cross-links.
    pub also_read: Vec<String>,
    /// Titles it had before.
    pub former_titles: Vec<String>,
    /// The language it is written in, a BCP 47 tag, when the header says so.
    pub lang: Option<String>,
    /// The place it asks for on the front page.
    pub front: Option<Pin>,
    /// What only the newspaper's own templates read, as JSON.
    pub extra: Option<String>,
    /// What tells its body from others.
    pub sketch: Sketch,
    /// What its text is about; `None` once somebody has taken it, who relates articles to each other.
    #[bitcode(skip)]
    pub terms: Option<Terms>,
    /// Every word of it, until they are in the search index; `None` when there is no search, too.
    #[bitcode(skip)]
    pub words: Option<Vocabulary>,
    /// The number of its file, for whoever keeps notes from build to build.
    #[bitcode(skip)]
    pub slot: u32,
}

/// How an article's category was named.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Category {
    /// In the header.
    Header(String),
    /// By the first folder below `content/`.
    Folder(String),
}

impl Category {
    /// The name as written.
    #[must_use]
    pub fn name(&self) -> &str {
        let (Self::Header(name) | Self::Folder(name)) = self;
        name
    }
}

impl Article {
    /// Works out the digests of what others show of the article. To be called once, when all else is known.
    #[must_use]
    pub fn with_digests(mut self) -> Self {
        let mut digest = Digest::new();
        self.name = names::digest(&self.title);
        self.headline = digest.text(&self.title).finish();
        digest.number(self.headline).text(&self.description).text(self.lang.as_deref().unwrap_or(""));
        digest.number(self.date.bits());
        digest.number(self.updated.map_or(0, |updated| updated.bits().wrapping_add(1)));
        if let Some(image) = &self.image {
            digest.text(&image.src).text(&image.alt);
            digest.text(image.credit.as_deref().unwrap_or("")).text(image.caption.as_deref().unwrap_or(""));
        }
        self.face = digest.finish();
        self.about = self.terms.as_ref().map_or(0, Terms::digest);
        self
    }

    /// Whether the article counts the same as `other` for all others: it stands in the same lists at the same places, has
    /// the same addresses, is meant by the same names and leads to the same things. Only what its own page and the
    /// places that show it say may differ.
    #[must_use]
    pub fn counts_as(&self, other: &Self) -> bool {
        let Self {
            prose,
            title: _,
            name,
            headline,
            face: _,
            about: _,
            sketch: _,
            words: _,
            date,
            updated,
            expires,
            corrections,
            category,
            authors,
            views,
            description: _,
            slug,
            tags,
            draft,
            aliases,
            image,
            also_read,
            former_titles,
            lang: _,
            front,
            extra: _,
            terms: _,
            slot,
        } = self;
        *name == other.name
            && *headline == other.headline
            && (date, updated, expires) == (&other.date, &other.updated, &other.expires)
            && *corrections == other.corrections
            && *category == other.category
            && *authors == other.authors
            && *views == other.views
            && *slug == other.slug
            && *tags == other.tags
            && *draft == other.draft
            && *aliases == other.aliases
            && *image == other.image
            && *also_read == other.also_read
            && *former_titles == other.former_titles
            && *front == other.front
            && *slot == other.slot
            && prose.leads_where(&other.prose)
    }

    /// Whether the article is a bundle: the `index.md` of a folder whose other files belong to it.
    #[must_use]
    pub fn is_bundle(&self) -> bool {
        self.prose.path.as_str().ends_with("/index.md")
    }
}

/// An article, its body as it is set, and what was found.
pub type Parsed = (Option<Article>, Option<Galley>, Vec<Diagnostic>);

/// Reads an article. It exists unless a finding is an error; all findings are reported either way.
pub fn parse(source: &Source, config: &Config, dialect: &Dialect) -> Parsed {
    let mut findings = Vec::new();
    let Some(read) = prose::read(source, dialect, &mut findings) else { return (None, None, findings) };
    let article = front_matter::read(source, read.parts.header, FIELDS, &mut findings, |record, findings| {
        let mut header = Header { record, source, config, findings };
        let article = header.article(read.prose, &read.first_paragraph, &read.plain_text);
        article.map(Article::with_digests)
    });
    let failed = findings.iter().any(Diagnostic::is_error);
    (article.filter(|_| !failed), read.galley, findings)
}
