//! Callers: which stories refer to what, by everything that a reference may mean. Whoever gives a story another name or
//! address asks here whose links that changes.
//!
//! What a reference means is told by digests, of names, of paths and of routes. It may be more than it leads to: names that
//! nothing bears today are here, too.

use bitcode::{Decode, Encode};
use rayon::prelude::*;

use super::newspaper::Newspaper;
use super::sources::url_digest;
use crate::archive::Archive;
use crate::archive::insert::Moved;
use crate::archive::links::table::{Pair, Table};
use crate::archive::stories::StoryId;
use crate::base_url::BaseUrl;
use crate::config::breaking::Destination;
use crate::config::{self, Config};
use crate::content::article::Article;
use crate::content::markdown::{Reference, ReferenceKind};
use crate::content::names::{self, Wanted};
use crate::content::prose::Prose;
use crate::route::Route;
use crate::source::SourcePath;

/// Who refers to what.
#[derive(Default, Encode, Decode)]
pub struct Callers {
    /// By what the references in texts may mean: the stories.
    links: Table,
    /// By what pinned cross-links may mean.
    pins: Table,
}

impl Callers {
    /// The stories whose texts refer to one of these, each once and in order.
    #[must_use]
    pub fn of(&self, meant: &[u64]) -> Vec<StoryId> {
        all(&self.links, meant)
    }

    /// Takes a story in that has come between others, whose numbers move.
    pub fn insert(&mut self, id: StoryId, moved: Moved, article: &Article, base: &BaseUrl) {
        let number = |story: u64| moved.number(usize::try_from(story).unwrap_or(usize::MAX)) as u64;
        self.links.renumber(number);
        self.pins.renumber(number);
        let (mut links, mut pins) = (Vec::new(), Vec::new());
        meant_by(&article.prose, base, &mut |digest| links.push((digest, id.index() as u64)));
        pinned_by(article, &mut |digest| pins.push((digest, id.index() as u64)));
        self.links.exchange(&[], &links);
        self.pins.exchange(&[], &pins);
    }

    /// The stories whose headers refer to one of these.
    #[must_use]
    pub fn pinning(&self, meant: &[u64]) -> Vec<StoryId> {
        all(&self.pins, meant)
    }
}

fn all(table: &Table, meant: &[u64]) -> Vec<StoryId> {
    let stories = meant.iter().flat_map(|digest| table.values(*digest));
    let mut stories: Vec<StoryId> =
        stories.map(|story| StoryId::new(usize::try_from(*story).unwrap_or(usize::MAX))).collect();
    stories.sort_unstable();
    stories.dedup();
    stories
}

impl Newspaper {
    /// Everybody who refers to something.
    #[must_use]
    pub fn callers(&self) -> Callers {
        let (base, stories) = (&self.config.base, self.archive.stories());
        let links = |index: usize| {
            let mut pairs: Vec<Pair> = Vec::new();
            meant_by(&stories[index].article.prose, base, &mut |digest| pairs.push((digest, index as u64)));
            pairs
        };
        let pins = |index: usize| {
            let mut pairs: Vec<Pair> = Vec::new();
            pinned_by(&stories[index].article, &mut |digest| pairs.push((digest, index as u64)));
            pairs
        };
        let all = || (0..stories.len()).into_par_iter();
        Callers {
            links: Table::of(all().flat_map_iter(links).collect()),
            pins: Table::of(all().flat_map_iter(pins).collect()),
        }
    }
}

/// Whether anything but a story refers to one of these: a page, a record, or the config.
#[must_use]
pub fn is_meant_elsewhere(meant: &[u64], archive: &Archive, config: &Config) -> bool {
    let mut is_meant = false;
    let mut take = |digest: u64| is_meant |= meant.contains(&digest);
    archive.records().for_each(|(prose, _)| meant_by(prose, &config.base, &mut take));
    of_config(config, &mut take);
    is_meant
}

/// What references may mean an article by, its address apart.
#[must_use]
pub fn names_of(article: &Article) -> Vec<u64> {
    let former = article.rare().former_titles.iter().map(|title| names::digest(title));
    let path = names::path_digest(&article.prose.path);
    let own = [article.name, names::digest(article.slug.as_str()), path];
    own.into_iter().chain(former).collect()
}

/// What a story is called and where it is published, as references may mean it: what of it is not in `other`.
#[must_use]
pub fn names_not_in(article: &Article, route: &Route, (other, elsewhere): (&Article, &Route)) -> Vec<u64> {
    let mut names = Vec::new();
    if article.name != other.name {
        names.push(article.name);
    }
    if article.slug != other.slug {
        names.push(names::digest(article.slug.as_str()));
    }
    if route != elsewhere {
        names.push(url_digest(route));
    }
    names
}

/// What the config refers to.
fn of_config(config: &Config, take: &mut dyn FnMut(u64)) {
    let path = SourcePath::new(config::FILE_NAME);
    config.front.iter().for_each(|name| named(Wanted::of(name, &path), take));
    if let Some(Destination::Path(path)) = config.breaking.as_ref().and_then(|breaking| breaking.url.as_ref())
    {
        routes(path, &config.base, take);
    }
}

/// What the references in a text may mean.
fn meant_by(prose: &Prose, base: &BaseUrl, take: &mut dyn FnMut(u64)) {
    let all = prose.references.iter().zip(&prose.wanted);
    for (reference, wanted) in all.filter(|(reference, _)| reference.kind != ReferenceKind::Image) {
        let Reference { kind, target, .. } = reference;
        named(*wanted, take);
        if *kind == ReferenceKind::Link {
            routes(target.trim(), base, take);
        }
    }
}

/// What the pinned cross-links of an article may mean.
fn pinned_by(article: &Article, take: &mut dyn FnMut(u64)) {
    let pins = article.rare().also_read.iter();
    pins.for_each(|pin| named(Wanted::of(pin, &article.prose.path), take));
}

fn named(wanted: Wanted, take: &mut dyn FnMut(u64)) {
    match wanted {
        Wanted::Name(name) => take(name),
        Wanted::File(paths) => paths.into_iter().for_each(take),
    }
}

/// The routes that a path from the site's root may be.
fn routes(written: &str, base: &BaseUrl, take: &mut dyn FnMut(u64)) {
    let plain = written.split(['#', '?']).next().unwrap_or("");
    if !plain.starts_with('/') {
        return;
    }
    let below = plain.strip_prefix(base.path()).map(|rest| format!("/{rest}"));
    let routes = below.as_deref().into_iter().chain([plain]).filter_map(|path| Route::parse(path).ok());
    routes.for_each(|route| take(url_digest(&route)));
}
