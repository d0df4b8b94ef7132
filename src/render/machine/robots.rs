//! `robots.txt` (RFC 9309): everything may be read, and here are the sitemaps.

use crate::config::Config;
use crate::edition::sitemaps::Sitemap;

pub(super) fn robots(config: &Config) -> String {
    let url = |sitemap: Sitemap| config.base.absolute(&sitemap.route());
    let (index, news) = (url(Sitemap::Index), url(Sitemap::News));
    format!("User-agent: *\nAllow: /\n\nSitemap: {index}\nSitemap: {news}\n")
}
