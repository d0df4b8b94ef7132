//! Redirects: from the old URLs that headers name to the pages that name them. Each leads straight to a page, never to
//! another redirect.
//!
//! What stands at an old URL for readers and hosts is the renderer's business.

use std::collections::HashMap;

use bitcode::{Decode, Encode};

use crate::archive::Archive;
use crate::config::Fate;
use crate::diagnostic::{Label, Spot};
use crate::route::Route;
use crate::source::SourcePath;

/// The folder at the top of an output for lists of routes that hosts and tools read and readers do not. Its name says that
/// it is Newsprint's own; commands that publish leave such names out.
pub const FOLDER: &str = ".newsprint-routes";

/// A form in which a host reads all redirects at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Form {
    /// `_redirects`, for Netlify and Cloudflare Pages.
    Netlify,
    /// A `map` for nginx.
    Nginx,
    /// JSON, with the metadata of an S3 object for each.
    Json,
}

impl Form {
    /// Where the list stands.
    #[must_use]
    pub fn route(self) -> Route {
        match self {
            Self::Netlify => Route::file("_redirects"),
            Self::Nginx => Route::file(&format!("{FOLDER}/nginx.conf")),
            Self::Json => Route::file(&format!("{FOLDER}/redirects.json")),
        }
    }
}

/// One redirect.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Redirect {
    /// The old URL.
    pub from: Route,
    /// The page it leads to.
    pub to: Route,
}

/// Something published that may have old URLs.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'a> {
    /// Its file.
    pub path: &'a SourcePath,
    /// Where it is published.
    pub route: &'a Route,
    /// The old URLs.
    pub aliases: &'a [Route],
    /// Its title.
    pub title: &'a str,
    /// The name by which it may be known at another URL.
    pub slug: &'a str,
}

/// Everything published that may have old URLs: stories, the notices of expired ones, standing pages.
pub fn holders(archive: &Archive, fate: Fate) -> impl Iterator<Item = Holder<'_>> {
    let stories = archive.stories().iter().map(|story| (&story.article, &story.route));
    let expired = archive.expired().iter().filter(move |_| fate == Fate::Notice);
    let notices = expired.map(|over| (&over.article, &over.route));
    let articles = stories.chain(notices).map(|(article, route)| Holder {
        path: &article.prose.path,
        route,
        aliases: &article.rare().aliases,
        title: &article.title,
        slug: article.slug.as_str(),
    });
    let pages = archive.pages().iter().map(|page| Holder {
        path: &page.prose.path,
        route: &page.route,
        aliases: &page.aliases,
        title: &page.title,
        slug: last_part(&page.route),
    });
    articles.chain(pages)
}

/// The last part of a URL that is more than a number: `/2026/01/a-story/` ends with `a-story`.
#[must_use]
pub fn last_part(route: &Route) -> &str {
    let is_name = |part: &&str| part.bytes().any(|byte| !byte.is_ascii_digit());
    route.as_str().rsplit('/').find(is_name).unwrap_or("")
}

/// Every redirect, by its old URL; one that a header names twice is there once.
#[must_use]
pub fn all(archive: &Archive, fate: Fate) -> Vec<Redirect> {
    let mut redirects: Vec<Redirect> = holders(archive, fate)
        .flat_map(|holder| {
            let to = holder.route;
            holder.aliases.iter().map(|from| Redirect { from: from.clone(), to: to.clone() })
        })
        .collect();
    redirects.sort_unstable();
    redirects.dedup();
    redirects
}

/// Where each redirect is written. Made when there is something to say about one.
pub struct Places<'a>(HashMap<(&'a Route, &'a Route), (&'a SourcePath, usize)>);

impl<'a> Places<'a> {
    /// Looks all of them up.
    #[must_use]
    pub fn of(archive: &'a Archive, fate: Fate) -> Self {
        let mut places = HashMap::new();
        for holder in holders(archive, fate) {
            for (item, from) in holder.aliases.iter().enumerate() {
                places.entry((from, holder.route)).or_insert((holder.path, item));
            }
        }
        Self(places)
    }

    /// The line of the header that makes a redirect.
    #[must_use]
    pub fn label(&self, from: &Route, to: &Route) -> Option<Label> {
        let (path, item) = self.0.get(&(from, to))?;
        Some(Label::spot(path, Spot::Header(Box::from("aliases"), *item)))
    }
}
