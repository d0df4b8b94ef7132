//! Outputs that machines read: robots.txt, sitemaps, feeds and redirects.
//!
//! None of them is made by a template, so that each is well-formed whatever a title or a text holds.

mod absolute;
mod atom;
pub mod bodies;
mod feed;
mod json_feed;
mod news_sitemap;
mod redirect;
mod robots;
mod rss;
mod sitemap;
mod xml;

pub(super) use feed::announced;

use super::Texts;
use crate::edition::feeds::Format;
use crate::edition::lens::Lens;
use crate::edition::page::Page;
use crate::edition::sitemaps::Sitemap;
use crate::route::Route;

use bodies::Bodies;

/// The bytes of an output that machines read.
///
/// # Errors
///
/// When the file of a story in a feed cannot be read.
pub fn output(
    route: &Route,
    page: &Page,
    lens: &Lens,
    texts: &dyn Texts,
    bodies: &Bodies,
) -> anyhow::Result<Vec<u8>> {
    Ok(match page {
        Page::Robots => robots::robots(lens.config()).into_bytes(),
        Page::Redirect { to } => redirect::redirect(lens.config(), to).into_bytes(),
        Page::Sitemap(Sitemap::Index) => sitemap::index(lens),
        Page::Sitemap(Sitemap::Pages(part)) => sitemap::pages(lens, *part),
        Page::Sitemap(Sitemap::Month(year, month, part)) => sitemap::month(lens, *year, *month, *part),
        Page::Sitemap(Sitemap::News) => news_sitemap::news(lens),
        Page::Feed(channel, format) => {
            let feed = feed::Feed::of(*channel, route, lens, |id| bodies.body(id, lens, texts))?;
            match format {
                Format::Rss => rss::rss(&feed),
                Format::Atom => atom::atom(&feed),
                Format::Json => json_feed::json(&feed)?,
            }
        }
        _ => unreachable!("templates make all other pages"),
    })
}
