//! Facts: everything that a page can depend on, by names that mean the same in every build.
//!
//! A story's facts are told by the story and an [`Aspect`], because there are many; all others have a name of their
//! own. What each is worth at the moment is computed in `fingerprints.rs`.

use std::fmt;

use bitcode::{Decode, Encode};

use super::sitemaps::Sitemap;
use crate::archive::stories::StoryId;
use crate::route::{Route, Slug};
use crate::source::SourcePath;

/// One side of a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// What lists show of it.
    Teaser,
    /// The bytes of its file.
    Text,
    /// What the references in its text lead to.
    Links,
    /// Which stories it is related to.
    Related,
    /// Its neighbours in time, its tags, its authors' portraits, its first address, and those of its corrections that may be
    /// seen.
    Around,
}

impl Aspect {
    /// All sides, in order.
    pub const ALL: [Self; 5] = [Self::Teaser, Self::Text, Self::Links, Self::Related, Self::Around];
}

/// Anything else that a page can depend on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Fact {
    /// The navigation and the logos.
    Site,
    /// The template of a page, with every template that it draws on.
    Template(String),
    /// The name and description of a category, author or tag, and how many stories it has.
    Group(Route),
    /// The same without the number of stories, and whether they can be followed.
    Named(Route),
    /// Which stories stand on a list page, and where the page stands among its list's pages.
    List(Route),
    /// Which stories are the newest so many.
    Newest(usize),
    /// Which stories are the first so many of the front page.
    Front(usize),
    /// Which stories are the most read so many.
    MostRead(usize),
    /// Which stories of a category are the most read so many.
    MostReadIn(Route, usize),
    /// All categories with their counts and so many first stories.
    Sections(usize),
    /// All authors with their records.
    Authors,
    /// All tags with their counts.
    Tags,
    /// A page that is not news.
    Standing(Route),
    /// The text of a record or standing page, its links resolved.
    Record(SourcePath),
    /// The years and months with the number of their stories.
    Calendar,
    /// The months that have stories.
    Months,
    /// The months of a year with the number of their stories.
    Year(i16),
    /// What a feed is about and which stories it carries, by the page it belongs to.
    Feed(Route),
    /// The addresses in a sitemap and their last changes.
    Sitemap(Sitemap),
    /// The segments of the search index: their stories by year, and their shards.
    SearchMap,
    /// The authors that a search can be narrowed to.
    SearchAuthors,
    /// Which stories stand in one part of a segment of the search index.
    SearchTeasers(String, usize),
    /// What a title, slug or path leads to.
    Target(String),
    /// The published name of an asset, or that something is published there.
    Published(String),
    /// Which stories a template asked for.
    Query(Query),
    /// The headline of the expired story whose notice stands at a route.
    Notice(Route),
    /// The banner of breaking news.
    Breaking,
    /// All redirects.
    Redirects,
    /// One list of what pages were made of.
    Sources(usize),
}

/// A template's question for stories.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Query {
    /// The slug of the category, or any.
    pub category: Option<Slug>,
    /// The slug of the author, or any.
    pub author: Option<Slug>,
    /// The slug of the tag, or any.
    pub tag: Option<Slug>,
    /// How many are wanted.
    pub limit: usize,
}

/// What a page was made of: every fact once, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// Sides of stories.
    pub stories: Vec<(StoryId, Aspect)>,
    /// Everything else.
    pub facts: Vec<Fact>,
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Teaser => "headline and teaser",
            Self::Text => "text",
            Self::Links => "links",
            Self::Related => "related stories",
            Self::Around => "neighbours, tags, portraits, first address and corrections",
        })
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Site => f.write_str("the navigation and the logos"),
            Self::Template(name) => write!(f, "the template `{name}`"),
            Self::Group(route) => write!(f, "the name, description and count of `{route}`"),
            Self::Named(route) => write!(f, "the name and description of `{route}`"),
            Self::List(route) => write!(f, "the stories listed at `{route}`"),
            Self::Newest(limit) => write!(f, "the {limit} newest stories"),
            Self::Front(limit) => write!(f, "the first {limit} stories of the front page"),
            Self::MostRead(limit) => write!(f, "the {limit} most read stories"),
            Self::MostReadIn(route, limit) => write!(f, "the {limit} most read stories of `{route}`"),
            Self::Sections(_) => f.write_str("the categories and their newest stories"),
            Self::Authors => f.write_str("the authors"),
            Self::Tags => f.write_str("the topics"),
            Self::Standing(route) => write!(f, "the page `{route}`"),
            Self::Record(path) => write!(f, "the text of `{path}`"),
            Self::Calendar => f.write_str("the number of stories of every month"),
            Self::Months => f.write_str("the months that have stories"),
            Self::Year(year) => write!(f, "the number of stories of {year}"),
            Self::Feed(route) => write!(f, "the stories in the feed of `{route}`"),
            Self::Sitemap(sitemap) => write!(f, "the addresses in `{}`", sitemap.route()),
            Self::SearchMap => f.write_str("the parts of the search index"),
            Self::SearchAuthors => f.write_str("the names of the authors"),
            Self::SearchTeasers(segment, part) => {
                write!(f, "the stories in part {part} of `{segment}` in the search index")
            }
            Self::Target(target) => write!(f, "what `{target}` leads to"),
            Self::Published(path) => write!(f, "what is published as `{path}`"),
            Self::Query(query) => write!(f, "{query}"),
            Self::Notice(route) => write!(f, "the headline of the expired story at `{route}`"),
            Self::Redirects => f.write_str("the redirects"),
            Self::Sources(list) => write!(f, "the files of the pages on list {list:02x}"),
            Self::Breaking => f.write_str("the banner of breaking news"),
        }
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} newest stories", self.limit)?;
        for (kind, slug) in [("category", &self.category), ("author", &self.author), ("tag", &self.tag)] {
            if let Some(slug) = slug {
                write!(f, " of the {kind} `{}`", slug.as_str())?;
            }
        }
        Ok(())
    }
}
