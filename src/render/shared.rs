//! Shared views: what many pages show alike, made once and handed to each of them.
//!
//! A page that shows one of these has to ask its lens for the story or the navigation it belongs to, as for any view.

use std::collections::BTreeMap;

use tera::Value;

use super::site;
use super::teaser::Link;
use super::teasers::Teasers;
use crate::archive::stories::Story;
use crate::edition::lens::Lens;

/// Views that do not differ from page to page.
pub struct Shared {
    /// `site` in every template.
    pub site: Value,
    /// A story's category, by its index: `name`, `url`, `key`.
    categories: Vec<Value>,
    /// An author's link, by index.
    authors: Vec<Value>,
    /// A byline of this author alone, by index.
    bylines: Vec<Value>,
    /// The byline of a story without authors.
    nobody: Value,
    /// Stories as lists show them.
    pub(super) teasers: Teasers,
}

impl Shared {
    /// Makes them, with room for the teasers of so many stories. What the lens notes is nobody's: each page notes what it shows.
    #[must_use]
    pub fn of(lens: &Lens, stories: usize) -> Self {
        let base = &lens.config().base;
        let categories = lens.navigation().iter().map(|category| {
            map([
                ("name", category.name.as_str().into()),
                ("url", base.href(&category.route).into()),
                ("key", category.slug.as_str().into()),
            ])
        });
        let links = lens.authors().iter().map(|author| {
            Value::from_serializable(&Link { name: author.name.clone(), url: Some(base.href(&author.route)) })
        });
        let authors: Vec<Value> = links.collect();
        let bylines = authors.iter().map(|author| Value::from(vec![author.clone()])).collect();
        let nobody = Value::from(Vec::<Value>::new());
        let site = Value::from_serializable(&site::site(lens));
        Self {
            site,
            categories: categories.collect(),
            authors,
            bylines,
            nobody,
            teasers: Teasers::of(stories),
        }
    }

    /// The category of a story.
    pub(super) fn category(&self, story: &Story) -> Value {
        self.categories[story.category].clone()
    }

    /// The authors of a story, in the byline's order.
    pub(super) fn byline(&self, story: &Story) -> Value {
        match story.authors.as_slice() {
            [] => self.nobody.clone(),
            [author] => self.bylines[*author].clone(),
            several => several.iter().map(|author| self.authors[*author].clone()).collect::<Vec<_>>().into(),
        }
    }
}

/// A map of these entries. Tera hashes each key once when they come sorted, and twice from a map of its own kind.
pub(super) fn map(entries: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    entries.into_iter().collect::<BTreeMap<_, _>>().into()
}
