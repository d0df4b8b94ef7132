//! What every page says of itself: `page` in every template, and the feeds it announces.

use serde::Serialize;
use tera::Value;

use super::machine::announced;
use super::teaser::Link;
use crate::edition::feeds::{Channel, formats};
use crate::edition::lens::Lens;
use crate::language;
use crate::route::Route;

/// `page` in every template.
#[derive(Clone, Debug, Serialize)]
pub(super) struct PageView {
    pub(super) kind: &'static str,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) url: String,
    pub(super) canonical: String,
    pub(super) number: usize,
    /// Whether it stands at the own URL of its list.
    pub(super) front: bool,
    /// The language and territory, as Open Graph writes them.
    pub(super) locale: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) section: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) image: Option<String>,
    /// The date of the newest story, on the home page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) newest: Option<Value>,
    pub(super) breadcrumbs: Vec<Link>,
    pub(super) feeds: Vec<FeedLink>,
}

/// A feed that belongs to a page.
#[derive(Clone, Debug, Serialize)]
pub(super) struct FeedLink {
    name: String,
    /// The media type.
    #[serde(rename = "type")]
    media_type: &'static str,
    url: String,
}

impl PageView {
    /// A page at `route`, without what only some pages have.
    pub(super) fn new(
        lens: &Lens,
        route: &Route,
        kind: &'static str,
        [title, description]: [&str; 2],
    ) -> Self {
        let base = &lens.config().base;
        Self {
            kind,
            title: title.to_owned(),
            description: description.to_owned(),
            url: base.href(route),
            canonical: base.absolute(route),
            number: 1,
            front: false,
            locale: language::locale(&lens.config().language),
            section: None,
            image: None,
            newest: None,
            breadcrumbs: Vec::new(),
            feeds: Vec::new(),
        }
    }
}

/// The feeds of a channel with so many stories, which belong to the page at `page`. `name` is that of a group.
pub(super) fn feeds(
    lens: &Lens,
    channel: Channel,
    page: &Route,
    (name, stories): (Option<&str>, usize),
) -> Vec<FeedLink> {
    let config = lens.config();
    let title = name.map_or_else(|| config.title.clone(), |name| format!("{name} – {}", config.title));
    let link = |format: &crate::edition::feeds::Format| FeedLink {
        name: announced(&title, *format),
        media_type: format.media_type(),
        url: config.base.href(&page.beside(format.file_name())),
    };
    formats(channel, stories).iter().map(link).collect()
}
