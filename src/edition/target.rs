//! Targets: what the references in texts become, as the newspaper stands.
//!
//! Pure questions; who asks them and what comes of the answers is not known here.

use super::files::Pixels;
use super::newspaper::Newspaper;
use super::variants::Variant;
use crate::archive::groups::Author;
use crate::archive::links::Verdict;
use crate::config::breaking::{Breaking, Destination};
use crate::content::markdown::{Reference, ReferenceKind};
use crate::content::names::Wanted;
use crate::route::Route;
use crate::source::SourcePath;

/// What a reference in a text becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A link to a route, with the part of the URL behind it, and the title of what it leads to.
    Page {
        /// Where it leads.
        route: Route,
        /// `#part` or `?query`, or empty.
        rest: String,
        /// The title, for references that show it.
        title: Option<String>,
    },
    /// A picture that is published.
    Picture {
        /// Where it is published.
        route: Route,
        /// Its size, when that is known.
        pixels: Option<Pixels>,
        /// The same picture in other widths, the narrowest first.
        variants: Vec<Variant>,
    },
    /// Nothing a reader may see.
    Dead(Verdict),
}

impl Newspaper {
    /// What a reference in the text of `path`, published at `route`, becomes.
    #[must_use]
    pub fn target(&self, reference: &Reference, path: &SourcePath, route: &Route) -> Target {
        self.meant(reference, Wanted::of(reference.target.trim(), path), path, route)
    }

    /// The same, of a reference of which it is known what it means.
    pub(super) fn meant(
        &self,
        reference: &Reference,
        wanted: Wanted,
        path: &SourcePath,
        route: &Route,
    ) -> Target {
        let written = reference.target.trim();
        if reference.kind == ReferenceKind::Image {
            return self.picture(written, path, route);
        }
        match self.archive.titles().find(wanted) {
            Verdict::Story(id) => {
                let story = self.archive.story(id);
                let title = Some(story.article.title.to_string());
                return Target::Page { route: story.route.clone(), rest: rest_of(written), title };
            }
            Verdict::Page(route) => return Target::Page { route, rest: rest_of(written), title: None },
            Verdict::Notice(index) => {
                let expired = &self.archive.expired()[index];
                let title = Some(expired.article.title.to_string());
                return Target::Page { route: expired.route.clone(), rest: rest_of(written), title };
            }
            Verdict::Expired => return Target::Dead(Verdict::Expired),
            Verdict::Withheld => return Target::Dead(Verdict::Withheld),
            Verdict::Nowhere => {}
        }
        if reference.kind != ReferenceKind::Link {
            return Target::Dead(Verdict::Nowhere);
        }
        let plain = written.split(['#', '?']).next().unwrap_or("");
        let file = percent_encoding::percent_decode_str(plain).decode_utf8_lossy();
        if let Some(name) = self.bundle_file(&file, path) {
            return Target::Page { route: route.beside(&name), rest: rest_of(written), title: None };
        }
        match self.internal(plain) {
            Some(route) => Target::Page { route, rest: rest_of(written), title: None },
            None => Target::Dead(self.gone(plain)),
        }
    }

    /// The banner of breaking news while it lasts, and the link it leads to, if it leads anywhere.
    #[must_use]
    pub fn banner(&self) -> Option<(&Breaking, Option<String>)> {
        let breaking = self.config.breaking_at(self.publication.now)?;
        let href = match breaking.url.as_ref() {
            None => None,
            Some(Destination::External(url)) => Some(url.clone()),
            Some(Destination::Path(path)) => {
                let route = self.internal(path.split(['#', '?']).next().unwrap_or(""));
                route.map(|route| format!("{}{}", self.config.base.href(&route), rest_of(path)))
            }
        };
        Some((breaking, href))
    }

    /// Why a path of the site leads nowhere.
    fn gone(&self, plain: &str) -> Verdict {
        if self.archive.expired().is_empty() {
            return Verdict::Nowhere;
        }
        let below = plain.strip_prefix(self.config.base.path()).map(|rest| format!("/{rest}"));
        let mut routes =
            below.as_deref().into_iter().chain([plain]).filter_map(|path| Route::parse(path).ok());
        let is_expired = routes.any(|route| self.archive.expired_at(&route).is_some());
        if is_expired { Verdict::Expired } else { Verdict::Nowhere }
    }

    /// The picture a path means: a file beside the text, or one in `static/`.
    #[must_use]
    pub fn picture(&self, written: &str, path: &SourcePath, route: &Route) -> Target {
        let plain = written.split(['#', '?']).next().unwrap_or("");
        let decoded = percent_encoding::percent_decode_str(plain).decode_utf8_lossy();
        if let Some(name) = self.bundle_file(&decoded, path) {
            let route = route.beside(&name);
            let file = path.join(&name);
            let (pixels, variants) =
                file.map_or_else(Default::default, |file| self.files.measured(&file, &route));
            return Target::Picture { route, pixels, variants };
        }
        match self.internal(plain).filter(|route| !route.is_page()) {
            Some(route) => {
                let file = SourcePath::new(&format!("static{}", route.as_str()));
                let (pixels, variants) = self.files.measured(&file, &route);
                Target::Picture { route, pixels, variants }
            }
            None => Target::Dead(Verdict::Nowhere),
        }
    }

    /// The portrait an author's record names: beside the record, or in `static/`.
    #[must_use]
    pub fn portrait(&self, author: &Author) -> Option<(Route, Option<Pixels>)> {
        let record = author.record.as_ref()?;
        let photo = record.photo.as_ref()?;
        if let Some(file) = self.files.author_photo(record, photo) {
            return Some((author.route.beside(file.file_name()), self.files.pixels.get(file).copied()));
        }
        match self.picture(photo, &record.prose.path, &author.route) {
            Target::Picture { route, pixels, .. } => Some((route, pixels)),
            _ => None,
        }
    }

    /// The route of a style sheet or script, with the hash in its name, or of anything else that is published.
    #[must_use]
    pub fn published(&self, path: &str) -> Option<Route> {
        if let Some(route) = self.edition.asset(path) {
            return Some(route.clone());
        }
        Route::parse(path).ok().filter(|route| self.edition.get(route).is_some())
    }

    /// A file that belongs to the text at `path`, by its name relative to it.
    fn bundle_file(&self, written: &str, path: &SourcePath) -> Option<String> {
        if written.starts_with('/') || path.file_name() != "index.md" {
            return None;
        }
        let file = path.join(written)?;
        self.files.content_file(&file)?;
        file.below(path.folder()).map(str::to_owned)
    }

    /// A page or file of the site, by a path from its root, with or without the site's own folder.
    pub(super) fn internal(&self, plain: &str) -> Option<Route> {
        if !plain.starts_with('/') {
            return None;
        }
        let below = plain.strip_prefix(self.config.base.path()).map(|rest| format!("/{rest}"));
        let redirected = |path: &str| self.edition.redirect(&Route::parse(path).ok()?).cloned();
        below
            .as_deref()
            .into_iter()
            .chain([plain])
            .find_map(|path| redirected(path).or_else(|| self.published(path)))
    }
}
/// The query and fragment of a written link.
fn rest_of(written: &str) -> String {
    written.find(['#', '?']).map_or(String::new(), |at| {
        let rest = &written[at..];
        rest.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect()
    })
}
