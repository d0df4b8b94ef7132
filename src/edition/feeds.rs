//! Feeds: which lists of stories can be followed, in which formats, where, and what each carries.
//!
//! How a format is written is the renderer's business.

use bitcode::{Decode, Encode};

use super::Group;
use super::newspaper::Newspaper;
use crate::archive::stories::StoryId;
use crate::fingerprint::Digest;
use crate::route::Route;

/// How many stories a tag needs to have a feed: below that nobody follows it, and there are many such tags.
const FEWEST_STORIES_OF_A_TAG: usize = 3;

/// How many stories the feed of a tag carries at most, by their descriptions only: there are thousands of tags, and with
/// whole texts their feeds would outweigh the articles.
const MOST_STORIES_OF_A_TAG: usize = 10;

/// What is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Channel {
    /// The whole site.
    Site,
    /// A category, author or tag.
    Group(Group),
}

/// How a feed is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Format {
    /// RSS 2.0 (RSS Advisory Board).
    Rss,
    /// Atom (RFC 4287).
    Atom,
    /// JSON Feed 1.1 (jsonfeed.org).
    Json,
}

impl Format {
    /// The name of the feed's file, in the folder of the page it belongs to.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Rss => "feed.xml",
            Self::Atom => "atom.xml",
            Self::Json => "feed.json",
        }
    }

    /// The media type, for `<link rel="alternate">`.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Rss => "application/rss+xml",
            Self::Atom => "application/atom+xml",
            Self::Json => "application/feed+json",
        }
    }

    /// What readers call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rss => "RSS",
            Self::Atom => "Atom",
            Self::Json => "JSON Feed",
        }
    }
}

/// The formats in which a channel with so many stories can be followed; none when it cannot.
#[must_use]
pub fn formats(channel: Channel, stories: usize) -> &'static [Format] {
    match channel {
        Channel::Site | Channel::Group(Group::Category(_)) => &[Format::Rss, Format::Atom, Format::Json],
        Channel::Group(Group::Author(_)) => &[Format::Rss, Format::Atom],
        Channel::Group(Group::Tag(_)) if stories >= FEWEST_STORIES_OF_A_TAG => &[Format::Rss, Format::Atom],
        Channel::Group(Group::Tag(_)) => &[],
    }
}

/// What a feed is about and carries.
pub struct Feed<'a> {
    /// The name of the category, author or tag; `None` for the site.
    pub name: Option<&'a str>,
    /// One sentence about it; may be empty.
    pub description: &'a str,
    /// The page it belongs to.
    pub page: Route,
    /// Its newest stories.
    pub stories: Vec<StoryId>,
    /// Whether it may carry whole texts.
    pub may_be_full: bool,
}

impl Newspaper {
    /// The feed of a channel.
    #[must_use]
    pub fn feed(&self, channel: Channel) -> Feed<'_> {
        let limit = self.config.feed_limit;
        let newest = |stories: &[StoryId]| stories.iter().copied().take(limit).collect();
        let archive = &self.archive;
        match channel {
            Channel::Site => Feed {
                name: None,
                description: &self.config.description,
                page: Route::home(),
                stories: (0..archive.stories().len().min(limit)).map(StoryId::new).collect(),
                may_be_full: true,
            },
            Channel::Group(Group::Category(index)) => {
                let category = &archive.categories()[index];
                Feed {
                    name: Some(&category.name),
                    description: category.record.as_ref().map_or("", |record| &record.description),
                    page: category.route.clone(),
                    stories: newest(&category.stories),
                    may_be_full: true,
                }
            }
            Channel::Group(Group::Author(index)) => {
                let author = &archive.authors()[index];
                Feed {
                    name: Some(&author.name),
                    description: author.record.as_ref().map_or("", |record| &record.summary),
                    page: author.route.clone(),
                    stories: newest(&author.stories),
                    may_be_full: true,
                }
            }
            Channel::Group(Group::Tag(index)) => {
                let tag = &archive.tags()[index];
                let count = tag.stories.len().min(MOST_STORIES_OF_A_TAG);
                Feed {
                    name: Some(&tag.name),
                    description: "",
                    page: tag.route.clone(),
                    stories: newest(&tag.stories[..count]),
                    may_be_full: false,
                }
            }
        }
    }

    /// Takes in what the feed belonging to the page at `route` is about and which stories it carries.
    pub(super) fn take_feed(&self, route: &Route, digest: &mut Digest) -> Option<()> {
        let channel = match route.as_str() {
            "/" => Channel::Site,
            _ => Channel::Group(self.edition.group(route)?),
        };
        let feed = self.feed(channel);
        digest.text(feed.name.unwrap_or("")).text(feed.description);
        for id in feed.stories {
            digest.text(self.archive.story(id).route.as_str());
        }
        Some(())
    }
}
