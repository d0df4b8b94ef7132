//! Atom (RFC 4287).

use super::feed::{Feed, GENERATOR, Item};
use super::xml::Xml;
use crate::date::Moment;

pub(super) fn atom(feed: &Feed) -> Vec<u8> {
    let root = [("xmlns", "http://www.w3.org/2005/Atom"), ("xml:lang", feed.language.as_str())];
    Xml::document("feed", &root, |xml| {
        xml.text("id", &[], &feed.itself);
        xml.text("title", &[], &feed.title);
        xml.text("subtitle", &[], &feed.description);
        // A feed must say when it changed; one that never held anything says the beginning of time.
        xml.text("updated", &[], &feed.updated.unwrap_or(Moment::from_unix(0)).rfc3339());
        xml.empty("link", &[("rel", "self"), ("type", "application/atom+xml"), ("href", &feed.itself)]);
        xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &feed.page)]);
        if let Some(hub) = &feed.hub {
            xml.empty("link", &[("rel", "hub"), ("href", hub)]);
        }
        xml.element("author", &[], |xml| {
            xml.text("name", &[], &feed.publisher);
            xml.text("uri", &[], &feed.home);
        });
        xml.text("generator", &[], GENERATOR);
        for item in &feed.items {
            let language = item.language.as_deref().map(|language| [("xml:lang", language)]);
            xml.element("entry", language.as_ref().map_or(&[], |language| &language[..]), |xml| {
                entry(item, xml);
            });
        }
    })
}

fn entry(item: &Item, xml: &mut Xml) {
    xml.text("id", &[], &item.id);
    xml.text("title", &[], &item.title);
    xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &item.url)]);
    xml.text("published", &[], &item.published.rfc3339());
    xml.text("updated", &[], &item.modified.rfc3339());
    for (name, url) in &item.authors {
        xml.element("author", &[], |xml| {
            xml.text("name", &[], name);
            if let Some(url) = url {
                xml.text("uri", &[], url);
            }
        });
    }
    for term in &item.terms {
        xml.empty("category", &[("term", term)]);
    }
    xml.text("summary", &[], &item.description);
    if let Some(picture) = &item.picture {
        let length = picture.bytes.to_string();
        let mut link =
            vec![("rel", "enclosure"), ("type", picture.media_type), ("href", picture.url.as_str())];
        if picture.bytes > 0 {
            link.push(("length", &length));
        }
        xml.empty("link", &link);
    }
    if let Some(body) = &item.body {
        xml.verbatim("content", &[("type", "html")], body);
    }
}
