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

/// One article. A newspaper may have a million of them, and all are in memory: what few of them say stands apart, and no
/// text has room to grow.
#[derive(Clone, Debug, Encode, Decode)]
pub struct Article {
    /// The story's text, without its body.
    pub prose: Prose,
    /// The headline.
    pub title: Box<str>,
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
    /// The category as the header or the folder names it.
    pub category: Category,
    /// The byline, in order; empty when the author did not say.
    pub authors: Box<[Box<str>]>,
    /// How often it was read.
    pub views: Option<u64>,
    /// The dek.
    pub description: Box<str>,
    /// The last part of its URL.
    pub slug: Slug,
    /// Topics, each once.
    pub tags: Box<[Box<str>]>,
    /// Whether it is held back.
    pub draft: bool,
    /// The place it asks for on the front page.
    pub front: Option<Pin>,
    /// What few articles say; `None` when it says none of it.
    pub rare: Option<Box<Rare>>,
    /// What tells its body from others.
    pub sketch: Sketch,
    /// What its text says, until somebody has taken it, who compares articles with each other and searches them.
    #[bitcode(skip)]
    pub said: Option<Box<Said>>,
    /// The number of its file, for whoever keeps notes from build to build.
    #[bitcode(skip)]
    pub slot: u32,
}

/// What a header says that few headers say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Rare {
    /// When the story was last changed in substance; never before its date.
    pub updated: Option<Moment>,
    /// From when on readers no longer see it; never before its date.
    pub expires: Option<Moment>,
    /// What was corrected, the oldest first.
    pub corrections: Vec<Correction>,
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
    /// What only the newspaper's own templates read, as JSON.
    pub extra: Option<String>,
}

/// What the text of an article says.
#[derive(Clone, Debug)]
pub struct Said {
    /// What it is about.
    pub terms: Terms,
    /// Every word of it; `None` when there is no search.
    pub words: Option<Vocabulary>,
}

/// How an article's category was named.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Category {
    /// In the header.
    Header(Box<str>),
    /// By the first folder below `content/`.
    Folder(Box<str>),
}

impl Category {
    /// The name as written.
    #[must_use]
    pub fn name(&self) -> &str {
        let (Self::Header(name) | Self::Folder(name)) = self;
        name
    }
}

impl Rare {
    /// What there is to know of an article that says none of it.
    const NOTHING: &'static Self = &Self {
        updated: None,
        expires: None,
        corrections: Vec::new(),
        aliases: Vec::new(),
        image: None,
        also_read: Vec::new(),
        former_titles: Vec::new(),
        lang: None,
        extra: None,
    };

    /// Whether it counts the same as `other` for all other articles.
    fn counts_as(&self, other: &Self) -> bool {
        let Self { updated, expires, corrections, aliases, image, also_read, former_titles, lang, extra: _ } =
            self;
        (updated, expires) == (&other.updated, &other.expires)
            && *corrections == other.corrections
            && *aliases == other.aliases
            && *image == other.image
            && *also_read == other.also_read
            && *former_titles == other.former_titles
            // The news sitemap tells it.
            && *lang == other.lang
    }
}

impl Article {
    /// What few articles say, and this one perhaps.
    #[must_use]
    pub fn rare(&self) -> &Rare {
        self.rare.as_deref().unwrap_or(Rare::NOTHING)
    }

    /// Works out the digests of what others show of the article. To be called once, when all else is known.
    #[must_use]
    pub fn with_digests(mut self) -> Self {
        let mut digest = Digest::new();
        let rare = self.rare.as_deref().unwrap_or(Rare::NOTHING);
        self.name = names::digest(&self.title);
        self.headline = digest.text(&self.title).finish();
        digest.number(self.headline).text(&self.description).text(rare.lang.as_deref().unwrap_or(""));
        digest.number(self.date.bits());
        digest.number(rare.updated.map_or(0, |updated| updated.bits().wrapping_add(1)));
        if let Some(image) = &rare.image {
            digest.text(&image.src).text(&image.alt);
            digest.text(image.credit.as_deref().unwrap_or("")).text(image.caption.as_deref().unwrap_or(""));
        }
        self.face = digest.finish();
        self.about = self.said.as_ref().map_or(0, |said| said.terms.digest());
        self
    }

    /// Whether the article counts the same as `other` for all others: it stands in the same lists at the same places, has
    /// the same addresses, is meant by the same names and leads to the same things. Only what its own page and the
    /// places that show it say may differ.
    #[must_use]
    pub fn counts_as(&self, other: &Self) -> bool {
        self.stands_as(other) && self.is_called_as(other)
    }

    /// Whether the article has the same headline and address as `other`.
    #[must_use]
    pub fn is_called_as(&self, other: &Self) -> bool {
        self.name == other.name && self.headline == other.headline && self.slug == other.slug
    }

    /// Whether the article counts the same as `other` for all others, but for what it is called and where it is published.
    #[must_use]
    pub fn stands_as(&self, other: &Self) -> bool {
        let Self {
            prose,
            title: _,
            name: _,
            headline: _,
            face: _,
            about: _,
            sketch: _,
            said: _,
            date,
            category,
            authors,
            views,
            description: _,
            slug: _,
            tags,
            draft,
            front,
            rare: _,
            slot,
        } = self;
        *date == other.date
            && *category == other.category
            && *authors == other.authors
            && *views == other.views
            && *tags == other.tags
            && *draft == other.draft
            && *front == other.front
            && *slot == other.slot
            && self.rare().counts_as(other.rare())
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
