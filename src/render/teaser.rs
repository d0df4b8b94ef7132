//! Teasers: what lists show of a story, and the pieces that other views share with them.
//!
//! Like all views, they are part of the template contract that `docs/templates.md` explains.

use std::collections::BTreeMap;

use serde::Serialize;
use tera::Value;

use super::shared::{Shared, map};
use crate::archive::stories::StoryId;
use crate::base_url::BaseUrl;
use crate::content::article::Picture;
use crate::date::Moment;
use crate::edition::files::Pixels;
use crate::edition::lens::Lens;
use crate::edition::target::Target;
use crate::edition::variants::Variant;
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
    /// All its widths, where it has variants, as `srcset` takes them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub srcset: Option<String>,
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

/// A story as lists show it: its `title`, `url`, `description`, `date`, `category`, `authors` and `minutes`; when there is
/// something to say, when it was `updated`, its `image`, `views`, `lang` and the direction (`dir`) of that language.
#[must_use]
pub fn teaser(lens: &Lens, shared: &Shared, id: StoryId) -> BTreeMap<&'static str, Value> {
    let story = lens.story(id);
    let article = &story.article;
    let mut view = BTreeMap::from([
        ("title", (*article.title).into()),
        ("url", lens.config().base.href(&story.route).into()),
        ("description", (*article.description).into()),
        ("date", date(lens, article.date)),
        ("category", shared.category(story)),
        ("authors", shared.byline(story)),
        ("minutes", story.minutes().into()),
    ]);
    let picture = article.rare().image.as_ref().and_then(|image| {
        picture(lens, image, &article.prose.path, &story.route).map(|image| Value::from_serializable(&image))
    });
    let more = [
        ("updated", story.updated().map(|updated| date(lens, updated))),
        ("image", picture),
        ("views", story.views.map(Value::from)),
        ("lang", article.rare().lang.as_deref().map(Value::from)),
        ("dir", article.rare().lang.as_deref().map(|lang| language::direction(lang).into())),
    ];
    view.extend(more.into_iter().filter_map(|(key, value)| Some((key, value?))));
    view
}

/// Several stories as lists show them.
#[must_use]
pub fn teasers(lens: &Lens, shared: &Shared, ids: &[StoryId]) -> Value {
    let of = |id: &StoryId| shared.teasers.get(*id, lens, || teaser(lens, shared, *id).into());
    ids.iter().map(of).collect::<Vec<_>>().into()
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

/// A date as templates see it: `iso` (RFC 3339, for `datetime`), `text` as readers see it, `year`, `month` and `day`.
pub(super) fn date(lens: &Lens, moment: Moment) -> Value {
    let (year, month, day) = moment.day_on_its_clock();
    map([
        ("iso", moment.rfc3339().into()),
        ("text", lens.config().show_date(moment).into()),
        ("year", year.into()),
        ("month", month.into()),
        ("day", day.into()),
    ])
}

/// A lead picture; `None` when it is not there.
pub(super) fn picture(lens: &Lens, image: &Picture, path: &SourcePath, route: &Route) -> Option<Image> {
    let (url, pixels, srcset) = if image.src.starts_with("https://") || image.src.starts_with("http://") {
        (image.src.clone(), None, None)
    } else {
        let base = &lens.config().base;
        match lens.picture(&image.src, path, route) {
            Target::Picture { route, pixels, variants } => {
                (base.href(&route), pixels, srcset(base, &route, pixels, &variants))
            }
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
        srcset,
    })
}

/// A picture's own width and those of its variants, the narrowest first, as `srcset` takes them (HTML, 4.8.4.2.1); nothing
/// where there are no variants.
pub(super) fn srcset(
    base: &BaseUrl,
    route: &Route,
    pixels: Option<Pixels>,
    variants: &[Variant],
) -> Option<String> {
    let own = pixels.filter(|_| !variants.is_empty())?.width;
    let mut all: Vec<(u32, &Route)> =
        variants.iter().map(|variant| (variant.pixels.width, &variant.route)).collect();
    let place = all.partition_point(|(width, _)| *width < own);
    all.insert(place, (own, route));
    // A comma at the end of an address would end it; none of ours ends so.
    let each = all.iter().map(|(width, route)| format!("{} {width}w", base.href(route)));
    Some(each.collect::<Vec<_>>().join(", "))
}
