//! The news sitemap (Google News sitemaps 0.9): the stories of the last 48 hours; valid when there is none.

use super::xml::Xml;
use crate::edition::lens::Lens;
use crate::language;

pub(super) fn news(lens: &Lens) -> Vec<u8> {
    let config = lens.config();
    let namespaces = [
        ("xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9"),
        ("xmlns:news", "http://www.google.com/schemas/sitemap-news/0.9"),
    ];
    Xml::document("urlset", &namespaces, |xml| {
        for story in lens.news() {
            let article = &story.article;
            let language = language::news_code(article.rare().lang.as_deref().unwrap_or(&config.language));
            xml.element("url", &[], |xml| {
                xml.text("loc", &[], &config.base.absolute(&story.route));
                xml.element("news:news", &[], |xml| {
                    xml.element("news:publication", &[], |xml| {
                        xml.text("news:name", &[], &config.title);
                        xml.text("news:language", &[], &language);
                    });
                    xml.text("news:publication_date", &[], &article.date.rfc3339());
                    xml.text("news:title", &[], &article.title);
                });
            });
        }
    })
}
