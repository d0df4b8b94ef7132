//! JSON Feed 1.1 (jsonfeed.org).

use serde::Serialize;

use super::feed::{Feed, Item};

#[derive(Serialize)]
struct Document<'a> {
    version: &'static str,
    title: &'a str,
    home_page_url: &'a str,
    feed_url: &'a str,
    description: &'a str,
    language: &'a str,
    authors: [Author<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    hubs: Option<[Hub<'a>; 1]>,
    items: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Author<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
}

#[derive(Serialize)]
struct Hub<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    url: &'a str,
}

#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    url: &'a str,
    title: &'a str,
    /// An item must have one of these two.
    #[serde(skip_serializing_if = "Option::is_none")]
    content_html: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_text: Option<&'a str>,
    summary: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    date_published: String,
    date_modified: String,
    authors: Vec<Author<'a>>,
    tags: &'a [String],
    language: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    attachments: Option<[Attachment<'a>; 1]>,
}

#[derive(Serialize)]
struct Attachment<'a> {
    url: &'a str,
    mime_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_in_bytes: Option<u64>,
}

pub(super) fn json(feed: &Feed) -> anyhow::Result<Vec<u8>> {
    let document = Document {
        version: "https://jsonfeed.org/version/1.1",
        title: &feed.title,
        home_page_url: &feed.page,
        feed_url: &feed.itself,
        description: &feed.description,
        language: &feed.language,
        authors: [Author { name: &feed.publisher, url: Some(&feed.home) }],
        hubs: feed.hub.as_deref().map(|url| [Hub { kind: "WebSub", url }]),
        items: feed.items.iter().map(|item| entry(item, &feed.language)).collect(),
    };
    let mut bytes = serde_json::to_vec_pretty(&document)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn entry<'a>(item: &'a Item, language: &'a str) -> Entry<'a> {
    let body = item.body.as_deref();
    let author = |(name, url): &'a (String, Option<String>)| Author { name, url: url.as_deref() };
    Entry {
        id: &item.id,
        url: &item.url,
        title: &item.title,
        content_html: body,
        content_text: if body.is_none() { Some(&item.description) } else { None },
        summary: &item.description,
        image: item.picture.as_ref().map(|picture| picture.url.as_str()),
        date_published: item.published.rfc3339(),
        date_modified: item.modified.rfc3339(),
        authors: item.authors.iter().map(author).collect(),
        tags: &item.terms,
        language: item.language.as_deref().unwrap_or(language),
        attachments: item.picture.as_ref().map(|picture| {
            let size_in_bytes = Some(picture.bytes).filter(|bytes| *bytes > 0);
            [Attachment { url: &picture.url, mime_type: picture.media_type, size_in_bytes }]
        }),
    }
}
