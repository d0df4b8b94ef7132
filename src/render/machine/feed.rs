//! A feed before it is written: what all formats carry, with absolute URLs.

use std::sync::Arc;

use crate::archive::stories::{Story, StoryId};
use crate::config::FeedContent;
use crate::date::Moment;
use crate::edition::feeds::{Channel, Format};
use crate::edition::lens::Lens;
use crate::render::teaser;
use crate::route::Route;

/// The programme that made the feed, as feeds name it.
pub(super) const GENERATOR: &str = "Newsprint";

/// A feed.
pub(super) struct Feed {
    pub(super) title: String,
    pub(super) description: String,
    /// A BCP 47 tag.
    pub(super) language: String,
    /// The URL of the page the feed belongs to.
    pub(super) page: String,
    /// The feed's own URL.
    pub(super) itself: String,
    /// The URL of the site's home.
    pub(super) home: String,
    /// The `WebSub` hub.
    pub(super) hub: Option<String>,
    pub(super) publisher: String,
    /// The last change of an item; `None` without items.
    pub(super) updated: Option<Moment>,
    /// Newest first.
    pub(super) items: Vec<Item>,
}

/// A story in a feed.
pub(super) struct Item {
    /// A `tag:` URI (RFC 4151) that stays the same when the story moves.
    pub(super) id: String,
    pub(super) url: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) published: Moment,
    pub(super) modified: Moment,
    /// The byline: names, and the URLs of authors' pages.
    pub(super) authors: Vec<(String, Option<String>)>,
    /// The category and the tags.
    pub(super) terms: Vec<String>,
    /// The language, when it is not the newspaper's.
    pub(super) language: Option<String>,
    pub(super) picture: Option<Picture>,
    /// The text as HTML, when the feed carries it.
    pub(super) body: Option<Arc<str>>,
}

/// The lead picture of a story.
pub(super) struct Picture {
    pub(super) url: String,
    pub(super) media_type: &'static str,
    /// How long the file is in bytes; 0 when that is not known (RSS Advisory Board, Best Practices Profile, `enclosure`).
    pub(super) bytes: u64,
}

impl Feed {
    /// The feed of a channel at `route`. `body` makes the HTML of a story.
    pub(super) fn of(
        channel: Channel,
        route: &Route,
        lens: &Lens,
        body: impl Fn(StoryId) -> anyhow::Result<Arc<str>>,
    ) -> anyhow::Result<Self> {
        let config = lens.config();
        let source = lens.feed(channel);
        let is_full = source.may_be_full && config.feed_content == FeedContent::Full;
        let mut items = Vec::with_capacity(source.stories.len());
        for id in source.stories {
            let body = if is_full { Some(body(id)?) } else { None };
            items.push(item(lens, id, body));
        }
        let title =
            source.name.map_or_else(|| config.title.clone(), |name| format!("{name} – {}", config.title));
        Ok(Self {
            description: if source.description.is_empty() {
                title.clone()
            } else {
                source.description.to_owned()
            },
            title,
            language: config.language.clone(),
            page: config.base.absolute(&source.page),
            itself: config.base.absolute(route),
            home: config.base.absolute(&Route::home()),
            hub: config.feed_hub.clone(),
            publisher: config.publisher.name.clone(),
            updated: items.iter().map(|item| item.modified).max(),
            items,
        })
    }
}

/// The name of a feed, as the pages it belongs to announce it.
pub(in crate::render) fn announced(title: &str, format: Format) -> String {
    format!("{title} ({})", format.name())
}

fn item(lens: &Lens, id: StoryId, body: Option<Arc<str>>) -> Item {
    let base = &lens.config().base;
    let story = lens.story_in_feed(id);
    let article = &story.article;
    let authors: Vec<(String, Option<String>)> = lens
        .authors_of(story)
        .map(|author| (author.name.clone(), Some(base.absolute(&author.route))))
        .collect();
    let tags = lens.tags_of(story).map(|tag| tag.name.clone());
    Item {
        id: permanent_id(lens, story),
        url: base.absolute(&story.route),
        title: article.title.to_string(),
        description: article.description.to_string(),
        published: article.date,
        modified: story.modified,
        authors: if authors.is_empty() {
            vec![(lens.config().publisher.name.clone(), None)]
        } else {
            authors
        },
        terms: std::iter::once(lens.category_of(story).name.clone()).chain(tags).collect(),
        language: article.rare().lang.clone(),
        picture: picture(lens, story),
        body,
    }
}

/// A `tag:` URI of the site's host, the story's day, and its first address: the oldest alias once it has moved.
fn permanent_id(lens: &Lens, story: &Story) -> String {
    let base = &lens.config().base;
    let date = story.article.date;
    let (year, month, day) = (date.year(), date.month(), date.day());
    format!("tag:{},{year:04}-{month:02}-{day:02}:{}", base.host(), base.href(story.first_route()))
}

fn picture(lens: &Lens, story: &Story) -> Option<Picture> {
    let article = &story.article;
    let image = teaser::picture(lens, article.rare().image.as_ref()?, &article.prose.path, &story.route)?;
    let media_type = media_type(&image.url)?;
    let url = lens.config().base.absolute_href(&image.url);
    Some(Picture { url, media_type, bytes: lens.picture_bytes(story).unwrap_or(0) })
}

/// The media type of a picture by the name in its URL; `None` when it is no picture that feeds can carry.
fn media_type(url: &str) -> Option<&'static str> {
    let name = url.split(['?', '#']).next().unwrap_or("");
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "avif" => "image/avif",
        "svg" => "image/svg+xml",
        _ => return None,
    })
}
