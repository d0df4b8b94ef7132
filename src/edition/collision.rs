//! Collisions: one URL, one page. Two claims to one route, or to two that some file system takes for one, are an error
//! that names everybody who makes them.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::files::Origin;
use super::page::Page;
use crate::archive::Archive;
use crate::archive::stories::StoryId;
use crate::diagnostic::{Diagnostic, Label, Spot};
use crate::route::Route;
use crate::source::SourcePath;

/// Finds every collision among the routes of an edition.
#[must_use]
pub fn find(routes: &[(Route, Page)], archive: &Archive) -> Vec<Diagnostic> {
    let mut first: HashMap<String, usize> = HashMap::with_capacity(routes.len());
    let mut claims: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, (route, _)) in routes.iter().enumerate() {
        if let Some(earlier) = first.insert(route.collision_key(), index) {
            first.insert(route.collision_key(), earlier);
            claims.entry(earlier).or_insert_with(|| vec![earlier]).push(index);
        }
    }
    let bare_files: HashSet<String> =
        routes.iter().filter(|(route, _)| !route.is_page()).map(|(route, _)| route.collision_key()).collect();
    #[expect(clippy::iter_over_hash_type, reason = "what is found is collected in a map with an order")]
    for (key, index) in &first {
        for (at, _) in key.match_indices('/') {
            if bare_files.contains(&key[..at])
                && let Some(file) = first.get(&key[..at])
            {
                claims.entry(*file).or_insert_with(|| vec![*file]).push(*index);
            }
        }
    }
    claims
        .into_values()
        .map(|mut claimants| {
            claimants.sort_unstable();
            claimants.dedup();
            finding(routes, &claimants, archive)
        })
        .collect()
}

fn finding(routes: &[(Route, Page)], claimants: &[usize], archive: &Archive) -> Diagnostic {
    let route = &routes[claimants[0]].0;
    let mut finding =
        Diagnostic::error("collision", format!("{} pages claim the URL `{route}`", claimants.len()));
    let mut described = Vec::new();
    for claimant in claimants {
        let (route, page) = &routes[*claimant];
        let (what, label) = claim(page, archive);
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
        Page::Redirect { to } => {
            let story = archive.stories().iter().find(|story| story.route == *to);
            let place = story.map(|story| Label::spot(&story.article.prose.path, Spot::header("aliases")));
            (format!("a redirect to `{to}`"), place)
        }
        Page::File(Origin::Source(path)) => ("this file".to_owned(), Some(Label::whole(path))),
        Page::File(Origin::Theme(name)) => (format!("the theme's file `{name}`"), None),
        _ => ("a page that every newspaper has".to_owned(), None),
    }
}

/// Where a text says what it is called.
fn headline(path: &SourcePath) -> Label {
    Label::spot(path, Spot::header("title"))
}
