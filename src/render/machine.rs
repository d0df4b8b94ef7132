//! Outputs that machines read: robots.txt, the sitemap, the RSS feed and redirects.
//!
//! XML is written by `quick-xml`, never by templates, so that it is well-formed whatever a title holds.

use std::borrow::Cow;

use quick_xml::Writer;
use quick_xml::events::{BytesCData, BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::{Texts, story_body};
use crate::archive::stories::StoryId;
use crate::config::{Config, FeedContent};
use crate::edition::lens::Lens;
use crate::edition::sitemap_part;
use crate::route::Route;

type Xml = Writer<Vec<u8>>;

/// `robots.txt` (RFC 9309): everything may be read, and here is the sitemap.
#[must_use]
pub fn robots(config: &Config) -> String {
    format!("User-agent: *\nAllow: /\n\nSitemap: {}\n", config.base.absolute(&Route::file("sitemap.xml")))
}

/// A page that leads from an old URL to the new one, for hosts that know no redirects.
#[must_use]
pub fn redirect(config: &Config, to: &Route) -> String {
    let (href, absolute) = (config.base.href(to), config.base.absolute(to));
    let (href, absolute) = (quick_xml::escape::escape(&href), quick_xml::escape::escape(&absolute));
    let language = &config.language;
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n<title>Moved</title>\n\
         <meta http-equiv=\"refresh\" content=\"0; url={href}\">\n<link rel=\"canonical\" href=\"{absolute}\">\n\
         <meta name=\"robots\" content=\"noindex\">\n</head>\n<body>\n<p><a href=\"{href}\">This page has moved.</a></p>\n\
         </body>\n</html>\n"
    )
}

/// A sitemap (sitemaps.org) of part `part`, counted from 0, of all indexable pages.
///
/// # Errors
///
/// Only if memory cannot be written.
pub fn sitemap(lens: &Lens, part: usize) -> anyhow::Result<Vec<u8>> {
    let mut xml = start()?;
    let mut root = BytesStart::new("urlset");
    root.push_attribute(("xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9"));
    xml.write_event(Event::Start(root))?;
    for (route, modified) in lens.sitemap(part) {
        open(&mut xml, "url")?;
        text(&mut xml, "loc", &lens.config().base.absolute(route))?;
        if let Some(modified) = modified {
            text(&mut xml, "lastmod", &modified.rfc3339())?;
        }
        close(&mut xml, "url")?;
    }
    close(&mut xml, "urlset")?;
    Ok(end(xml))
}

/// The list of a sitemap's parts.
///
/// # Errors
///
/// Only if memory cannot be written.
pub fn sitemap_index(lens: &Lens) -> anyhow::Result<Vec<u8>> {
    let mut xml = start()?;
    let mut root = BytesStart::new("sitemapindex");
    root.push_attribute(("xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9"));
    xml.write_event(Event::Start(root))?;
    for part in 0..lens.sitemap_parts() {
        open(&mut xml, "sitemap")?;
        text(&mut xml, "loc", &lens.config().base.absolute(&sitemap_part(part)))?;
        close(&mut xml, "sitemap")?;
    }
    close(&mut xml, "sitemapindex")?;
    Ok(end(xml))
}

/// The site's RSS 2.0 feed: the newest stories, with their texts unless the config says `summary`.
///
/// # Errors
///
/// When a story's file cannot be read.
pub fn feed(lens: &Lens, texts: &dyn Texts) -> anyhow::Result<Vec<u8>> {
    let config = lens.config();
    let mut xml = start()?;
    let mut root = BytesStart::new("rss");
    root.push_attribute(("version", "2.0"));
    root.push_attribute(("xmlns:atom", "http://www.w3.org/2005/Atom"));
    root.push_attribute(("xmlns:content", "http://purl.org/rss/1.0/modules/content/"));
    root.push_attribute(("xmlns:dc", "http://purl.org/dc/elements/1.1/"));
    xml.write_event(Event::Start(root))?;
    open(&mut xml, "channel")?;
    text(&mut xml, "title", &config.title)?;
    text(&mut xml, "link", &config.base.absolute(&Route::home()))?;
    text(
        &mut xml,
        "description",
        if config.description.is_empty() { &config.title } else { &config.description },
    )?;
    text(&mut xml, "language", &config.language)?;
    let mut itself = BytesStart::new("atom:link");
    let own_url = config.base.absolute(&Route::file("feed.xml"));
    itself.push_attribute(("rel", "self"));
    itself.push_attribute(("type", "application/rss+xml"));
    itself.push_attribute(("href", own_url.as_str()));
    xml.write_event(Event::Empty(itself))?;
    for id in lens.newest(config.feed_limit).map(StoryId::new) {
        let story = lens.story(id);
        let url = config.base.absolute(&story.route);
        open(&mut xml, "item")?;
        text(&mut xml, "title", &story.article.title)?;
        text(&mut xml, "link", &url)?;
        let mut guid = BytesStart::new("guid");
        guid.push_attribute(("isPermaLink", "true"));
        xml.write_event(Event::Start(guid))?;
        xml.write_event(Event::Text(BytesText::new(&url)))?;
        close(&mut xml, "guid")?;
        text(&mut xml, "pubDate", &story.article.date.rfc822())?;
        for author in super::teaser::bylines(lens, id) {
            text(&mut xml, "dc:creator", &author)?;
        }
        text(&mut xml, "category", &super::teaser::category_name(lens, id))?;
        text(&mut xml, "description", &story.article.description)?;
        if config.feed_content == FeedContent::Full {
            let prefix = format!("s{}-", story.article.prose.fingerprint.short(8));
            let html = absolute_urls(&story_body(id, &prefix, lens, texts)?, config);
            open(&mut xml, "content:encoded")?;
            for part in BytesCData::escaped(&xml_text(&html)) {
                xml.write_event(Event::CData(part))?;
            }
            close(&mut xml, "content:encoded")?;
        }
        close(&mut xml, "item")?;
    }
    close(&mut xml, "channel")?;
    close(&mut xml, "rss")?;
    Ok(end(xml))
}

/// Makes the path-absolute links of a body absolute: feed readers know no base.
fn absolute_urls(html: &str, config: &Config) -> String {
    let origin = config.base.origin();
    let mut absolute = html.to_owned();
    for attribute in ["href", "src"] {
        absolute = absolute.replace(&format!(" {attribute}=\"/"), &format!(" {attribute}=\"{origin}/"));
    }
    absolute
}

fn start() -> anyhow::Result<Xml> {
    let mut xml = Writer::new(Vec::new());
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.get_mut().push(b'\n');
    Ok(xml)
}

fn end(xml: Xml) -> Vec<u8> {
    let mut bytes = xml.into_inner();
    bytes.push(b'\n');
    bytes
}

fn open(xml: &mut Xml, name: &str) -> anyhow::Result<()> {
    Ok(xml.write_event(Event::Start(BytesStart::new(name)))?)
}

fn close(xml: &mut Xml, name: &str) -> anyhow::Result<()> {
    Ok(xml.write_event(Event::End(BytesEnd::new(name)))?)
}

fn text(xml: &mut Xml, name: &str, content: &str) -> anyhow::Result<()> {
    open(xml, name)?;
    xml.write_event(Event::Text(BytesText::new(&xml_text(content))))?;
    close(xml, name)
}

/// Text without the characters XML 1.0 (section 2.2) forbids.
fn xml_text(text: &str) -> Cow<'_, str> {
    let forbidden =
        |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{FFFE}' | '\u{FFFF}');
    if text.contains(forbidden) { Cow::Owned(text.replace(forbidden, "")) } else { Cow::Borrowed(text) }
}
