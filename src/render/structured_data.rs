//! Structured data: what a page says of itself to machines, as JSON-LD in the vocabulary of schema.org.
//!
//! Everything in it is also on the page: the headline is its `<h1>`, the dates are those of its `<time>` elements, the
//! names those of its byline. Templates write it out with `json_script`.

use super::json::{Object, object};
use super::page_view::PageView;
use super::teaser::{Image, Link};
use crate::archive::groups::Author;
use crate::archive::stories::{Story, StoryId};
use crate::base_url::BaseUrl;
use crate::date::Moment;
use crate::edition::lens::Lens;
use crate::route::Route;

/// What a page is about.
pub(super) enum Subject<'a> {
    /// The site.
    Site,
    /// A story, with its lead picture and its tags.
    Story(&'a Story, Option<&'a Image>, &'a [Link]),
    /// A list of stories: those on the page, because older pages must not change with the number of all.
    Stories(&'a [StoryId]),
    /// An author, with their portrait.
    Person(&'a Author, Option<&'a str>),
    /// A list of something else than stories.
    Index,
    /// A page that is not news, with its last change when that is known.
    Standing(Option<Moment>),
}

/// The publisher and the site, which many pages name; written once.
pub(super) struct Publisher {
    /// The organisation with everything that is known of it.
    whole: String,
    /// The same in short.
    short: String,
    /// The web site.
    site: String,
}

impl Publisher {
    /// The publisher as the config describes it, with its logo.
    pub(super) fn new(lens: &Lens, logo: Option<&Image>) -> Self {
        let config = lens.config();
        let base = &config.base;
        let home = base.absolute(&Route::home());
        let id = format!("{home}#publisher");
        let organisation = |object: &mut Object<'_>| {
            object.text("@type", "NewsMediaOrganization");
            object.text("@id", &id);
            object.text("name", &config.publisher.name);
            object.text("url", &home);
            if let Some(logo) = logo {
                object.object("logo", |object| image(object, base, logo));
            }
        };
        let mut named = Vec::new();
        let whole = object(|object| {
            organisation(object);
            for policy in &config.publisher.policies {
                // Of two pages for one policy the first counts.
                if let Some(property) = policy.property.filter(|property| !named.contains(property)) {
                    object.text(property, &base.absolute_href(&base.href_of(&policy.url)));
                    named.push(property);
                }
            }
        });
        let site = object(|object| {
            object.text("@type", "WebSite");
            object.text("@id", &format!("{home}#website"));
            object.text("name", &config.title);
            object.text("url", &home);
            object.some_text("description", Some(&config.description));
            object.text("inLanguage", &config.language);
            object.object("publisher", |object| object.text("@id", &id));
        });
        Self { whole, short: object(organisation), site }
    }

    /// The structured data of a page, as finished JSON.
    pub(super) fn data(&self, lens: &Lens, page: &PageView, subject: &Subject<'_>) -> String {
        let main = match subject {
            Subject::Site => format!("{},{}", self.site, self.whole),
            Subject::Story(story, picture, tags) => {
                object(|object| self.story(object, lens, page, (story, *picture, tags)))
            }
            Subject::Stories(ids) => object(|object| {
                self.page(object, "CollectionPage", lens, page);
                object.object("mainEntity", |object| stories(object, lens, ids));
            }),
            Subject::Person(author, portrait) => object(|object| {
                self.page(object, "ProfilePage", lens, page);
                object.object("mainEntity", |object| self.person(object, lens, author, *portrait));
            }),
            Subject::Index => object(|object| self.page(object, "CollectionPage", lens, page)),
            Subject::Standing(modified) => object(|object| {
                self.page(object, "WebPage", lens, page);
                object.some_text("dateModified", modified.map(Moment::rfc3339).as_deref());
            }),
        };
        let way = (!page.breadcrumbs.is_empty()).then(|| object(|object| breadcrumbs(object, lens, page)));
        object(|object| {
            object.text("@context", "https://schema.org");
            object.all_written("@graph", std::iter::once(main.as_str()).chain(way.as_deref()));
        })
    }

    fn story(
        &self,
        object: &mut Object<'_>,
        lens: &Lens,
        page: &PageView,
        (story, picture, tags): (&Story, Option<&Image>, &[Link]),
    ) {
        let (base, article) = (&lens.config().base, &story.article);
        object.text("@type", "NewsArticle");
        object.text("headline", &article.title);
        object.some_text("description", Some(&article.description));
        object.text("url", &page.canonical);
        object.object("mainEntityOfPage", |object| {
            object.text("@type", "WebPage");
            object.text("@id", &page.canonical);
        });
        object.text("datePublished", &article.date.rfc3339());
        object.text("dateModified", &story.modified.rfc3339());
        if !story.corrections().is_empty() {
            object.objects("correction", story.corrections().iter(), |object, correction| {
                object.text("@type", "CorrectionComment");
                object.text("text", &correction.text);
                object.text("datePublished", &correction.date.rfc3339());
            });
        }
        if story.authors.is_empty() {
            object.all_written("author", std::iter::once(self.short.as_str()));
        } else {
            object.objects("author", lens.authors_of(story), |object, author| {
                object.text("@type", "Person");
                object.text("name", &author.name);
                object.text("url", &base.absolute(&author.route));
            });
        }
        if let Some(picture) = picture {
            object.object("image", |object| image(object, base, picture));
        }
        object.written("publisher", &self.short);
        object.text("articleSection", &lens.category_of(story).name);
        if !tags.is_empty() {
            object.texts("keywords", tags.iter().map(|tag| tag.name.as_str()));
        }
        object.text("inLanguage", article.rare().lang.as_ref().unwrap_or(&lens.config().language));
        object.number("wordCount", article.prose.words);
    }

    fn person(&self, object: &mut Object<'_>, lens: &Lens, author: &Author, portrait: Option<&str>) {
        object.text("@type", "Person");
        object.text("name", &author.name);
        object.text("url", &lens.config().base.absolute(&author.route));
        if let Some(record) = &author.record {
            object.some_text("jobTitle", record.role.as_deref());
            object.some_text("description", Some(&record.summary));
            let is_page = |url: &&str| url.starts_with("http://") || url.starts_with("https://");
            let links: Vec<&str> = record.links.iter().map(|(_, url)| url.as_str()).filter(is_page).collect();
            if !links.is_empty() {
                object.texts("sameAs", links.into_iter());
            }
        }
        object.some_text("image", portrait);
        object.written("worksFor", &self.short);
    }

    fn page(&self, object: &mut Object<'_>, kind: &str, lens: &Lens, page: &PageView) {
        object.text("@type", kind);
        object.text("name", &page.title);
        object.some_text("description", Some(&page.description));
        object.text("url", &page.canonical);
        object.text("inLanguage", &lens.config().language);
        object.written("isPartOf", &self.site);
    }
}

fn stories(object: &mut Object<'_>, lens: &Lens, ids: &[StoryId]) {
    object.text("@type", "ItemList");
    object.objects("itemListElement", (1..).zip(ids), |object, (position, id)| {
        object.text("@type", "ListItem");
        object.number("position", position);
        object.text("url", &lens.config().base.absolute(&lens.story(*id).route));
    });
}

/// The way from the home page to a page, the page itself last.
fn breadcrumbs(object: &mut Object<'_>, lens: &Lens, page: &PageView) {
    let way = page.breadcrumbs.iter().map(|crumb| (crumb.name.as_str(), crumb.url.as_deref().unwrap_or("/")));
    let way = way.chain([(page.title.as_str(), page.url.as_str())]);
    object.text("@type", "BreadcrumbList");
    object.objects("itemListElement", (1..).zip(way), |object, (position, (name, url))| {
        object.text("@type", "ListItem");
        object.number("position", position);
        object.text("name", name);
        object.text("item", &lens.config().base.absolute_href(url));
    });
}

fn image(object: &mut Object<'_>, base: &BaseUrl, picture: &Image) {
    object.text("@type", "ImageObject");
    object.text("url", &base.absolute_href(&picture.url));
    if let (Some(width), Some(height)) = (picture.width, picture.height) {
        object.number("width", width as usize);
        object.number("height", height as usize);
    }
    object.some_text("caption", picture.caption.as_deref());
    object.some_text("creditText", picture.credit.as_deref());
}
