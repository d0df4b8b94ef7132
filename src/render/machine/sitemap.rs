//! Sitemaps (sitemaps.org 0.9): the index, the months of stories, and the other pages.

use super::xml::Xml;
use crate::date::Moment;
use crate::edition::lens::Lens;
use crate::route::Route;

const NAMESPACE: (&str, &str) = ("xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9");

/// The list of all sitemaps but the news.
pub(super) fn index(lens: &Lens) -> Vec<u8> {
    entries(lens, ["sitemapindex", "sitemap"], lens.sitemap_index())
}

/// One part of the pages that are no stories.
pub(super) fn pages(lens: &Lens, part: usize) -> Vec<u8> {
    entries(lens, ["urlset", "url"], lens.sitemap_pages(part))
}

/// One part of the stories of a month.
pub(super) fn month(lens: &Lens, year: i16, month: u8, part: usize) -> Vec<u8> {
    entries(lens, ["urlset", "url"], lens.sitemap_month(year, month, part))
}

fn entries<'a>(
    lens: &Lens,
    [root, entry]: [&str; 2],
    entries: impl Iterator<Item = (&'a Route, Option<Moment>)>,
) -> Vec<u8> {
    Xml::document(root, &[NAMESPACE], |xml| {
        for (route, modified) in entries {
            xml.element(entry, &[], |xml| {
                xml.text("loc", &[], &lens.config().base.absolute(route));
                if let Some(modified) = modified {
                    xml.text("lastmod", &[], &modified.rfc3339());
                }
            });
        }
    })
}
