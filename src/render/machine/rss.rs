//! RSS 2.0 (RSS Advisory Board), with whole texts in `content:encoded` and names in `dc:creator`.

use super::feed::{Feed, GENERATOR, Item};
use super::xml::Xml;

const NAMESPACES: [(&str, &str); 4] = [
    ("version", "2.0"),
    ("xmlns:atom", "http://www.w3.org/2005/Atom"),
    ("xmlns:content", "http://purl.org/rss/1.0/modules/content/"),
    ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
];

pub(super) fn rss(feed: &Feed) -> Vec<u8> {
    Xml::document("rss", &NAMESPACES, |xml| xml.element("channel", &[], |xml| channel(feed, xml)))
}

fn channel(feed: &Feed, xml: &mut Xml) {
    xml.text("title", &[], &feed.title);
    xml.text("link", &[], &feed.page);
    xml.text("description", &[], &feed.description);
    xml.text("language", &[], &feed.language);
    if let Some(updated) = feed.updated {
        xml.text("lastBuildDate", &[], &updated.rfc822());
    }
    xml.text("generator", &[], GENERATOR);
    xml.empty("atom:link", &[("rel", "self"), ("type", "application/rss+xml"), ("href", &feed.itself)]);
    if let Some(hub) = &feed.hub {
        xml.empty("atom:link", &[("rel", "hub"), ("href", hub)]);
    }
    for entry in &feed.items {
        xml.element("item", &[], |xml| item(entry, xml));
    }
}

fn item(item: &Item, xml: &mut Xml) {
    xml.text("title", &[], &item.title);
    xml.text("link", &[], &item.url);
    xml.text("guid", &[("isPermaLink", "false")], &item.id);
    xml.text("pubDate", &[], &item.published.rfc822());
    for (name, _) in &item.authors {
        xml.text("dc:creator", &[], name);
    }
    if let Some(language) = &item.language {
        xml.text("dc:language", &[], language);
    }
    for term in &item.terms {
        xml.text("category", &[], term);
    }
    xml.text("description", &[], &item.description);
    if let Some(picture) = &item.picture {
        let length = picture.bytes.to_string();
        xml.empty("enclosure", &[("url", &picture.url), ("length", &length), ("type", picture.media_type)]);
    }
    if let Some(body) = &item.body {
        xml.verbatim("content:encoded", &[], body);
    }
}
