//! Teasers: what lists show of a story, and the pieces that other views share with them.
//!
//! Like all views, they are part of the template contract that `docs/templates.md` explains.

use serde::Serialize;

use crate::archive::groups::Author;
use crate::archive::stories::{Story, StoryId};
use crate::content::article::Picture;
use crate::date::Moment;
use crate::edition::lens::Lens;
use crate::edition::target::Target;
use crate::language;
use crate::route::Route;
use crate::source::SourcePath;

/// A name and where it leads.
#[derive(Clone, Debug, Serialize)]
pub struct Link {
    /// The text.
    pub name: String,
    /// The path-absolute link; absent where there is no page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A date.
#[derive(Clone, Debug, Serialize)]
pub struct Date {
    /// RFC 3339, for `datetime`.
    pub iso: String,
    /// As readers see it.
    pub text: String,
    /// The year.
    pub year: i16,
    /// The month, from 1.
    pub month: u8,
    /// The day, from 1.
    pub day: u8,
}

/// A picture.
#[derive(Clone, Debug, Serialize)]
pub struct Image {
    /// The link to the file.
    pub url: String,
    /// What it shows.
    pub alt: String,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit: Option<String>,
    /// The line below it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// Pixels, when known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels, when known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

/// What lists show of a story.
#[derive(Clone, Debug, Serialize)]
pub struct Teaser {
    /// The headline.
    pub title: String,
    /// The link to it.
    pub url: String,
    /// The dek.
    pub description: String,
    /// When it was published.
    pub date: Date,
    /// When it was changed in substance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated: Option<Date>,
    /// Its category.
    pub category: Group,
    /// The byline; empty when the author did not say.
    pub authors: Vec<Link>,
    /// The lead picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// How often it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub views: Option<u64>,
    /// The language of the story, a BCP 47 tag, when its header says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// The direction that language is written in: `ltr` or `rtl`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dir: Option<&'static str>,
    /// Minutes to read.
    pub minutes: usize,
}

/// A category as lists show it.
#[derive(Clone, Debug, Serialize)]
pub struct Group {
    /// The name.
    pub name: String,
    /// The link to its index.
    pub url: String,
    /// Its part of URLs.
    pub key: String,
    /// One sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How many stories it has.
    pub count: usize,
}

/// A story as lists show it.
#[must_use]
pub fn teaser(lens: &Lens, id: StoryId) -> Teaser {
    let story = lens.story(id);
    let article = &story.article;
    let category = lens.category_of(story);
    Teaser {
        title: article.title.clone(),
        url: lens.config().base.href(&story.route),
        description: article.description.clone(),
        date: date(lens, article.date),
        updated: story.updated().map(|updated| date(lens, updated)),
        category: Group {
            name: category.name.clone(),
            url: lens.config().base.href(&category.route),
            key: category.slug.as_str().to_owned(),
            description: None,
            count: 0,
        },
        authors: author_links(lens, story),
        image: article
            .image
            .as_ref()
            .and_then(|image| picture(lens, image, &article.prose.path, &story.route)),
        views: story.views,
        lang: article.lang.clone(),
        dir: article.lang.as_deref().map(language::direction),
        minutes: story.minutes(),
    }
}

/// Several stories as lists show them.
#[must_use]
pub fn teasers(lens: &Lens, ids: &[StoryId]) -> Vec<Teaser> {
    ids.iter().map(|id| teaser(lens, *id)).collect()
}

/// The names in a story's byline; the publisher's when it has none.
#[must_use]
pub fn bylines(lens: &Lens, id: StoryId) -> Vec<String> {
    let names: Vec<String> = lens.authors_of(lens.story(id)).map(|author| author.name.clone()).collect();
    if names.is_empty() { vec![lens.config().publisher.name.clone()] } else { names }
}

/// The name of a story's category.
#[must_use]
pub fn category_name(lens: &Lens, id: StoryId) -> String {
    lens.category_of(lens.story(id)).name.clone()
}

/// A date as templates see it.
pub(super) fn date(lens: &Lens, moment: Moment) -> Date {
    Date {
        iso: moment.rfc3339(),
        text: lens.config().show_date(moment),
        year: moment.year(),
        month: moment.month(),
        day: moment.day(),
    }
}

fn author_links(lens: &Lens, story: &Story) -> Vec<Link> {
    let link = |author: &Author| Link {
        name: author.name.clone(),
        url: Some(lens.config().base.href(&author.route)),
    };
    lens.authors_of(story).map(link).collect()
}

/// A lead picture; `None` when it is not there.
pub(super) fn picture(lens: &Lens, image: &Picture, path: &SourcePath, route: &Route) -> Option<Image> {
    let (url, pixels) = if image.src.starts_with("https://") || image.src.starts_with("http://") {
        (image.src.clone(), None)
    } else {
        match lens.picture(&image.src, path, route) {
            Target::Picture { route, pixels } => (lens.config().base.href(&route), pixels),
            _ => return None,
        }
    };
    Some(Image {
        url,
        alt: image.alt.clone(),
        credit: image.credit.clone(),
        caption: image.caption.clone(),
        width: pixels.map(|pixels| pixels.width),
        height: pixels.map(|pixels| pixels.height),
    })
}
