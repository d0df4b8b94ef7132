//! The part of the context that all pages share: the newspaper itself, its navigation and its people.

use serde_json::{Map, Value, json};

use super::teaser::{Group, Image};
use super::wording;
use crate::archive::groups::{Author, Category};
use crate::config::theme::ACCENTS;
use crate::edition::lens::Lens;
use crate::edition::page::corrections_route;
use crate::edition::search;
use crate::edition::target::Target;
use crate::language;
use crate::route::Route;

/// `site` in every template.
#[must_use]
pub fn site(lens: &Lens) -> Value {
    let config = lens.config();
    let base = &config.base;
    let categories = lens.navigation();
    let navigation: Vec<Value> = categories
        .iter()
        .map(|category| json!({ "name": category.name, "url": base.href(&category.route), "key": category.slug.as_str() }))
        .collect();
    let logo = |route: Option<&Route>| route.and_then(|route| static_picture(lens, route, &config.title));
    let policies = config.publisher.policies.iter();
    let policies = policies.map(|policy| json!({ "name": policy.name, "url": base.href_of(&policy.url) }));
    let mut site = json!({
        "title": config.title,
        "description": config.description,
        "language": config.language,
        "script": language::script(&config.language),
        "direction": language::direction(&config.language),
        "url": base.absolute(&Route::home()),
        "home": base.href(&Route::home()),
        "navigation": navigation,
        "words": wording::texts(&config.words),
        "counts": wording::counts(&config.words),
        "label": { "also_read": config.also_read_labels.first() },
        "publisher": {
            "name": config.publisher.name,
            "logo": logo(config.publisher.logo.as_ref()),
            "policies": policies.collect::<Vec<_>>(),
        },
        "theme": theme(lens),
        "most_read_url": base.href(&Route::page(&["most-read"])),
        "archive_url": base.href(&Route::page(&["archive"])),
        "authors_url": base.href(&Route::page(&["authors"])),
        "tags_url": base.href(&Route::page(&["tags"])),
        "feed_url": base.href(&Route::file("feed.xml")),
        "corrections_url": base.href(&corrections_route()),
        "breaking_fragment": base.href(&Route::file("fragments/breaking.html")),
        "most_read_fragment": base.href(&Route::file("fragments/most-read.html")),
        "extra": config.extra,
        "version": env!("CARGO_PKG_VERSION"),
    });
    if config.search {
        site["search_url"] = json!(base.href(&search::page()));
    }
    site
}

fn theme(lens: &Lens) -> Value {
    let theme = &lens.config().theme;
    let named = |accent: &&String| ACCENTS.contains(&accent.as_str());
    let fonts = [
        ("headline", &theme.fonts.headline),
        ("body", &theme.fonts.body),
        ("interface", &theme.fonts.interface),
    ];
    let fonts: Map<String, Value> = fonts
        .iter()
        .filter_map(|(role, family)| Some(((*role).to_owned(), json!((*family).as_ref()?))))
        .collect();
    json!({
        "accent": theme.accent.as_ref().filter(|accent| !named(accent)),
        "accent_name": theme.accent.as_ref().filter(named),
        "density": theme.is_compact.then_some("compact"),
        "fonts": (!fonts.is_empty()).then_some(fonts),
        "logo": theme.logo.as_ref().and_then(|route| static_picture(lens, route, &lens.config().title)),
    })
}

/// A category as lists show it.
#[must_use]
pub fn group(lens: &Lens, category: &Category) -> Group {
    let description = category.record.as_ref().map(|record| record.description.clone());
    Group {
        name: category.name.clone(),
        url: lens.config().base.href(&category.route),
        key: category.slug.as_str().to_owned(),
        description: description.filter(|text| !text.is_empty()),
        count: category.stories.len(),
    }
}

/// An author as lists show them.
#[must_use]
pub fn person(lens: &Lens, author: &Author) -> Value {
    let mut view = json!({
        "name": author.name,
        "url": lens.config().base.href(&author.route),
        "count": author.stories.len(),
        "links": [],
    });
    let Some(record) = &author.record else { return view };
    view["role"] = json!(record.role);
    view["links"] = record.links.iter().map(|(name, url)| json!({ "name": name, "url": url })).collect();
    if record.photo.is_some() {
        view["photo"] = json!(portrait(lens, author));
    }
    view
}

/// The portrait of an author.
pub(super) fn portrait(lens: &Lens, author: &Author) -> Option<Image> {
    let (route, pixels) = lens.portrait(author)?;
    Some(Image {
        url: lens.config().base.href(&route),
        alt: lens.config().words.filled("portrait", &[("name", &author.name)]),
        credit: None,
        caption: None,
        width: pixels.map(|pixels| pixels.width),
        height: pixels.map(|pixels| pixels.height),
        srcset: None,
    })
}

/// The publisher's logo.
pub(super) fn publisher_logo(lens: &Lens) -> Option<Image> {
    let config = lens.config();
    config.publisher.logo.as_ref().and_then(|route| static_picture(lens, route, &config.publisher.name))
}

/// A picture in `static/` that the config names.
fn static_picture(lens: &Lens, route: &Route, alt: &str) -> Option<Image> {
    let home = Route::home();
    let Target::Picture { route, pixels, .. } =
        lens.picture(route.as_str(), &crate::source::SourcePath::new("newsprint.yaml"), &home)
    else {
        return None;
    };
    Some(Image {
        url: lens.config().base.href(&route),
        alt: alt.to_owned(),
        credit: None,
        caption: None,
        width: pixels.map(|pixels| pixels.width),
        height: pixels.map(|pixels| pixels.height),
        srcset: None,
    })
}
