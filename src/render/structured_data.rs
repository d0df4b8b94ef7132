//! Structured data: what a page says of itself to machines, as JSON-LD in the vocabulary of schema.org.
//!
//! Everything in it is also on the page: the headline is its `<h1>`, the dates are those of its `<time>` elements, the
//! names those of its byline. Templates write it out with `json_script`.

use tera::{Map, Value};

use super::page_view::PageView;
use super::teaser::{Image, Link, Teaser};
use crate::archive::groups::Author;
use crate::archive::stories::{Story, StoryId};
use crate::date::Moment;
use crate::edition::lens::Lens;
use crate::route::Route;

/// What a page is about.
pub(super) enum Subject<'a> {
    /// The site.
    Site,
    /// A story, as lists show it and with its tags.
    Story(&'a Story, &'a Teaser, &'a [Link]),
    /// A list of stories: those on the page, because older pages must not change with the number of all.
    Stories(&'a [StoryId]),
    /// An author, with their portrait.
    Person(&'a Author, Option<&'a str>),
    /// A list of something else than stories.
    Index,
    /// A page that is not news, with its last change when that is known.
    Standing(Option<Moment>),
}

/// The publisher and the site, which many pages name; made once.
pub(super) struct Publisher {
    /// The organisation with everything that is known of it.
    whole: Value,
    /// The same in short.
    short: Value,
    /// The web site.
    site: Value,
}

impl Publisher {
    /// The publisher as the config describes it. `logo` is the URL of its logo, with its size.
    pub(super) fn new(lens: &Lens, logo: Option<&Image>) -> Self {
        let config = lens.config();
        let home = config.base.absolute(&Route::home());
        let id = format!("{home}#publisher");
        let mut whole = node("NewsMediaOrganization");
        put(&mut whole, "@id", id.clone());
        put(&mut whole, "name", config.publisher.name.as_str());
        put(&mut whole, "url", home.as_str());
        if let Some(logo) = logo {
            put(&mut whole, "logo", image(lens, logo));
        }
        let short = Value::from(whole.clone());
        for policy in &config.publisher.policies {
            if let Some(property) = policy.property {
                let url = config.base.absolute_href(&config.base.href_of(&policy.url));
                whole.entry(property.into()).or_insert(url.into());
            }
        }
        let mut site = node("WebSite");
        put(&mut site, "@id", format!("{home}#website"));
        put(&mut site, "name", config.title.as_str());
        put(&mut site, "url", home.as_str());
        if !config.description.is_empty() {
            put(&mut site, "description", config.description.as_str());
        }
        put(&mut site, "inLanguage", config.language.as_str());
        put(&mut site, "publisher", reference(&id));
        Self { whole: whole.into(), short, site: site.into() }
    }

    /// The structured data of a page.
    pub(super) fn data(&self, lens: &Lens, page: &PageView, subject: &Subject<'_>) -> Value {
        let mut nodes = match subject {
            Subject::Site => vec![self.site.clone(), self.whole.clone()],
            Subject::Story(story, teaser, tags) => vec![self.story(lens, page, story, (teaser, tags))],
            Subject::Stories(ids) => vec![self.stories(lens, page, ids)],
            Subject::Person(author, portrait) => vec![self.person(lens, page, author, *portrait)],
            Subject::Index => vec![self.page("CollectionPage", lens, page).into()],
            Subject::Standing(modified) => {
                let mut standing = self.page("WebPage", lens, page);
                if let Some(modified) = modified {
                    put(&mut standing, "dateModified", modified.rfc3339());
                }
                vec![standing.into()]
            }
        };
        if !page.breadcrumbs.is_empty() {
            nodes.push(breadcrumbs(lens, page));
        }
        let mut data = Map::with_capacity(2);
        put(&mut data, "@context", "https://schema.org");
        put(&mut data, "@graph", nodes);
        data.into()
    }

    fn story(
        &self,
        lens: &Lens,
        page: &PageView,
        story: &Story,
        (teaser, tags): (&Teaser, &[Link]),
    ) -> Value {
        let article = &story.article;
        let base = &lens.config().base;
        let mut news = node("NewsArticle");
        put(&mut news, "headline", teaser.title.as_str());
        if !teaser.description.is_empty() {
            put(&mut news, "description", teaser.description.as_str());
        }
        put(&mut news, "url", page.canonical.as_str());
        let mut main = node("WebPage");
        put(&mut main, "@id", page.canonical.as_str());
        put(&mut news, "mainEntityOfPage", main);
        put(&mut news, "datePublished", teaser.date.iso.as_str());
        put(&mut news, "dateModified", teaser.updated.as_ref().unwrap_or(&teaser.date).iso.as_str());
        let author = |author: &Link| {
            let mut person = node("Person");
            put(&mut person, "name", author.name.as_str());
            if let Some(url) = &author.url {
                put(&mut person, "url", base.absolute_href(url));
            }
            Value::from(person)
        };
        let authors: Vec<Value> = teaser.authors.iter().map(author).collect();
        put(&mut news, "author", if authors.is_empty() { vec![self.short.clone()] } else { authors });
        if let Some(picture) = &teaser.image {
            put(&mut news, "image", image(lens, picture));
        }
        put(&mut news, "publisher", self.short.clone());
        put(&mut news, "articleSection", teaser.category.name.as_str());
        if !tags.is_empty() {
            put(&mut news, "keywords", tags.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>());
        }
        put(&mut news, "inLanguage", teaser.lang.as_ref().unwrap_or(&lens.config().language).as_str());
        put(&mut news, "wordCount", article.prose.words as u64);
        news.into()
    }

    fn stories(&self, lens: &Lens, page: &PageView, ids: &[StoryId]) -> Value {
        let base = &lens.config().base;
        let items = ids.iter().zip(1_u64..).map(|(id, position)| {
            let mut item = node("ListItem");
            put(&mut item, "position", position);
            put(&mut item, "url", base.absolute(&lens.story(*id).route));
            Value::from(item)
        });
        let mut list = node("ItemList");
        put(&mut list, "itemListElement", items.collect::<Vec<_>>());
        let mut collection = self.page("CollectionPage", lens, page);
        put(&mut collection, "mainEntity", list);
        collection.into()
    }

    fn person(&self, lens: &Lens, page: &PageView, author: &Author, portrait: Option<&str>) -> Value {
        let base = &lens.config().base;
        let mut person = node("Person");
        put(&mut person, "name", author.name.as_str());
        put(&mut person, "url", base.absolute(&author.route));
        if let Some(record) = &author.record {
            if let Some(role) = &record.role {
                put(&mut person, "jobTitle", role.as_str());
            }
            if !record.summary.is_empty() {
                put(&mut person, "description", record.summary.as_str());
            }
            let links: Vec<&str> = record
                .links
                .iter()
                .map(|(_, url)| url.as_str())
                .filter(|url| url.starts_with("http"))
                .collect();
            if !links.is_empty() {
                put(&mut person, "sameAs", links);
            }
        }
        if let Some(portrait) = portrait {
            put(&mut person, "image", portrait);
        }
        put(&mut person, "worksFor", self.short.clone());
        let mut profile = self.page("ProfilePage", lens, page);
        put(&mut profile, "mainEntity", person);
        profile.into()
    }

    fn page(&self, kind: &'static str, lens: &Lens, page: &PageView) -> Map {
        let mut map = node(kind);
        put(&mut map, "name", page.title.as_str());
        if !page.description.is_empty() {
            put(&mut map, "description", page.description.as_str());
        }
        put(&mut map, "url", page.canonical.as_str());
        put(&mut map, "inLanguage", lens.config().language.as_str());
        put(&mut map, "isPartOf", self.site.clone());
        map
    }
}

/// The way from the home page to a page, the page itself last.
fn breadcrumbs(lens: &Lens, page: &PageView) -> Value {
    let base = &lens.config().base;
    let way = page.breadcrumbs.iter().map(|crumb| (crumb.name.as_str(), crumb.url.as_deref().unwrap_or("/")));
    let items = way.chain([(page.title.as_str(), page.url.as_str())]).zip(1_u64..);
    let items = items.map(|((name, url), position)| {
        let mut item = node("ListItem");
        put(&mut item, "position", position);
        put(&mut item, "name", name);
        put(&mut item, "item", base.absolute_href(url));
        Value::from(item)
    });
    let mut list = node("BreadcrumbList");
    put(&mut list, "itemListElement", items.collect::<Vec<_>>());
    list.into()
}

fn image(lens: &Lens, picture: &Image) -> Value {
    let mut image = node("ImageObject");
    put(&mut image, "url", lens.config().base.absolute_href(&picture.url));
    if let (Some(width), Some(height)) = (picture.width, picture.height) {
        put(&mut image, "width", width);
        put(&mut image, "height", height);
    }
    for (key, text) in [("caption", &picture.caption), ("creditText", &picture.credit)] {
        if let Some(text) = text {
            put(&mut image, key, text.as_str());
        }
    }
    image.into()
}

fn node(kind: &'static str) -> Map {
    let mut map = Map::with_capacity(16);
    put(&mut map, "@type", kind);
    map
}

fn reference(id: &str) -> Value {
    let mut map = Map::with_capacity(1);
    put(&mut map, "@id", id);
    map.into()
}

fn put(map: &mut Map, key: &'static str, value: impl Into<Value>) {
    map.insert(key.into(), value.into());
}
