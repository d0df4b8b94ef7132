//! Collisions: one URL, one page. Two claims to one route, or to two that some file system takes for one, are an error
//! that names everybody who makes them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::files::Origin;
use super::page::Page;
use super::redirects::Places;
use super::shadows;
use crate::archive::Archive;
use crate::archive::stories::StoryId;
use crate::config::Fate;
use crate::diagnostic::{Diagnostic, Label, Spot};
use crate::fingerprint::DigestMap;
use crate::route::Route;
use crate::source::SourcePath;

/// Finds every collision among the routes of an edition.
#[must_use]
pub fn find(routes: &[(Route, Page)], archive: &Archive, fate: Fate) -> Vec<Diagnostic> {
    let digests: Vec<u64> = routes.par_iter().map(|(route, _)| xxh3_64(key(route).as_bytes())).collect();
    let mut order: Vec<(u64, usize)> = digests.into_iter().zip(0..).collect();
    order.par_sort_unstable();
    let mut claims: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for alike in order.chunk_by(|(one, _), (other, _)| one == other).filter(|alike| alike.len() > 1) {
        let (_, earlier) = alike[0];
        for &(_, index) in &alike[1..] {
            if key(&routes[earlier].0) == key(&routes[index].0) {
                claims.entry(earlier).or_insert_with(|| vec![earlier]).push(index);
            }
        }
    }
    for (file, inside) in below_files(routes) {
        claims.entry(file).or_insert_with(|| vec![file]).push(inside);
    }
    if claims.is_empty() {
        return Vec::new();
    }
    let places = Places::of(archive, fate);
    let (mut findings, mut shadows) = (Vec::new(), Vec::new());
    for mut claimants in claims.into_values() {
        claimants.sort_unstable();
        claimants.dedup();
        let pages: Vec<&(Route, Page)> = claimants.iter().map(|&index| &routes[index]).collect();
        let shadowed = shadows::among(&pages, |page| claim(page, archive));
        if shadowed.is_empty() {
            findings.push(finding(routes, &claimants, archive, &places));
        }
        shadows.extend(shadowed);
    }
    findings.extend(shadows::findings(&shadows, &places));
    findings
}

/// Whether something new may be published at `route` beside all others: none of them is the same to any file system, or a
/// file where another needs a folder.
#[must_use]
pub fn is_free(routes: &[(Route, Page)], route: &Route) -> bool {
    let new = key(route);
    // Nearly all others begin with another letter, whatever its case.
    let first =
        |text: &str| text.as_bytes().get(1).filter(|byte| byte.is_ascii()).map(u8::to_ascii_lowercase);
    let collides = |(other, _): &(Route, Page)| {
        if let (Some(one), Some(another)) = (first(other.as_str()), first(&new))
            && one != another
        {
            return false;
        }
        let old = key(other);
        let is_inside =
            |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
        new == old || !other.is_page() && is_inside(&new, &old) || !route.is_page() && is_inside(&old, &new)
    };
    !routes.par_iter().with_min_len(4_096).any(collides)
}

/// What two routes share when they collide. Most routes are plain ASCII in lower case, and are their own key.
fn key(route: &Route) -> Cow<'_, str> {
    let text = route.as_str();
    let is_plain =
        |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'/' | b'-' | b'_');
    // A page's folder is its own key when no file can be called like it: the only dot is in a file's last part.
    if route.is_page() && text.as_bytes().iter().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let key = route.collision_key();
    match key.strip_suffix("index.html") {
        Some(folder) if folder.is_empty() || folder.ends_with('/') => Cow::Owned(format!("/{folder}")),
        _ => Cow::Owned(format!("/{key}")),
    }
}

/// Routes that need a folder where another route is a file: the file's index and theirs. Files are few.
fn below_files(routes: &[(Route, Page)]) -> Vec<(usize, usize)> {
    let mut files: DigestMap<usize> = DigestMap::default();
    // Most folders need no digest: no file's key is as long and ends in the same byte.
    let mut ends_alike = vec![false; 256 * 256];
    let alike = |key: &[u8]| (key.len() % 256) * 256 + usize::from(key.last().copied().unwrap_or(0));
    for (index, (route, _)) in routes.iter().enumerate().filter(|(_, (route, _))| !route.is_page()) {
        let key = key(route);
        ends_alike[alike(key.as_bytes())] = true;
        files.entry(xxh3_64(key.as_bytes())).or_insert(index);
    }
    routes
        .par_iter()
        .enumerate()
        .flat_map_iter(|(index, (route, _))| {
            let key = key(route);
            let mut found = Vec::new();
            for (end, _) in key.as_bytes().iter().enumerate().skip(1).filter(|(_, byte)| **byte == b'/') {
                let folder = &key.as_bytes()[..end];
                if ends_alike[alike(folder)]
                    && let Some(&file) = files.get(&xxh3_64(folder))
                    && file != index
                {
                    found.push((file, index));
                }
            }
            found
        })
        .collect()
}

fn finding(
    routes: &[(Route, Page)],
    claimants: &[usize],
    archive: &Archive,
    places: &Places<'_>,
) -> Diagnostic {
    let route = &routes[claimants[0]].0;
    let mut finding =
        Diagnostic::error("collision", format!("{} pages claim the URL `{route}`", claimants.len()));
    let mut described = Vec::new();
    for claimant in claimants {
        let (route, page) = &routes[*claimant];
        let (what, mut label) = claim(page, archive);
        if let Page::Redirect { to } = page {
            label = places.label(route, to);
        }
        let what = if *route == routes[claimants[0]].0 { what } else { format!("{what}, as `{route}`") };
        match label {
            Some(label) => finding = finding.label(Label { note: what, ..label }),
            None => described.push(what),
        }
    }
    if finding.labels().is_empty() {
        finding = finding.label(Label::whole(&SourcePath::new(crate::config::FILE_NAME)));
    }
    if !described.is_empty() {
        finding = finding.help(format!("the other claim is {}", described.join(" and ")));
    }
    finding.help("give one of them another `slug`, or rename its file")
}

/// What claims a route, in words, and where that comes from.
fn claim(page: &Page, archive: &Archive) -> (String, Option<Label>) {
    let story = |id: Option<&StoryId>| id.map(|id| headline(&archive.story(*id).article.prose.path));
    match page {
        Page::Article(id) => ("this article".to_owned(), story(Some(id))),
        Page::Notice(index) => {
            let path = &archive.expired()[*index].article.prose.path;
            ("the notice of this expired article".to_owned(), Some(headline(path)))
        }
        Page::Corrections(_) => {
            let first = archive.corrections().first();
            let path = first.map(|corrected| &archive.story(corrected.story).article.prose.path);
            let place = path.map(|path| Label::spot(path, Spot::header("corrections")));
            ("the list of corrections".to_owned(), place)
        }
        Page::Standing(index) => {
            let standing = &archive.pages()[*index];
            ("this page".to_owned(), Some(headline(&standing.prose.path)))
        }
        Page::Category(index, _) => {
            let category = &archive.categories()[*index];
            let record = category.record.as_ref().map(|record| Label::whole(&record.prose.path));
            (
                format!("the list of the category `{}`", category.name),
                record.or_else(|| story(category.stories.first())),
            )
        }
        Page::Author(index, _) => {
            let author = &archive.authors()[*index];
            let record = author.record.as_ref().map(|record| Label::whole(&record.prose.path));
            (
                format!("the page of the author `{}`", author.name),
                record.or_else(|| story(author.stories.first())),
            )
        }
        Page::Tag(index, _) => {
            let tag = &archive.tags()[*index];
            (format!("the list of the tag `{}`", tag.name), story(tag.stories.first()))
        }
        Page::Redirect { to } => (format!("a redirect to `{to}`"), None),
        Page::File(Origin::Source(path)) => ("this file".to_owned(), Some(Label::whole(path))),
        Page::File(Origin::Theme(name)) => (format!("the theme's file `{name}`"), None),
        Page::Feed(..) => ("a feed of the site".to_owned(), None),
        Page::Sitemap(_) => ("a sitemap".to_owned(), None),
        _ => ("a page that every newspaper has".to_owned(), None),
    }
}

/// Where a text says what it is called.
fn headline(path: &SourcePath) -> Label {
    Label::spot(path, Spot::header("title"))
}

#[cfg(test)]
mod tests {
    use super::is_free;
    use crate::archive::stories::StoryId;
    use crate::edition::page::Page;
    use crate::route::Route;

    /// `/a/b/` is a page, `/a/b` a file.
    fn route(text: &str) -> Route {
        Route::of_output_path(&format!(
            "{}{}",
            &text[1..],
            if text.ends_with('/') { "index.html" } else { "" }
        ))
    }

    fn check(others: &[&str], new: &str, expect: bool) {
        let pages: Vec<(Route, Page)> =
            others.iter().map(|other| (route(other), Page::Article(StoryId::new(0)))).collect();
        assert_eq!(is_free(&pages, &route(new)), expect, "{new} beside {others:?}");
    }

    #[test]
    fn a_route_is_free_beside_others_that_no_file_system_takes_for_it() {
        let others = ["/", "/world/", "/world/rain/", "/world/feed.xml", "/Ábc/x/", "/world/file"];
        for free in ["/world/sun/", "/sport/", "/world/rain/page/1/", "/world/atom.xml", "/ábd/x/"] {
            check(&others, free, true);
        }
        for taken in [
            "/world/rain/",
            "/World/RAIN/",
            "/world/rain./",
            "/world/FEED.xml",
            "/a\u{301}bc/x/",
            "/world/file/more/",
            "/world/file/",
            "/world",
            "/world/rain",
        ] {
            check(&others, taken, false);
        }
    }
}
