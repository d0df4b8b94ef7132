//! Redirects that cannot be: from the URL of a page that is published, or round in a circle.
//!
//! They are told apart from other collisions because another thing helps: a line of `aliases` has to go.

use std::collections::{BTreeMap, BTreeSet};

use super::page::Page;
use super::redirects::Places;
use crate::diagnostic::{Diagnostic, Label};
use crate::route::Route;

/// An old URL that is a page's present one.
pub struct Shadow {
    /// The URL as the header has it.
    pub from: Route,
    /// The page it would lead to.
    pub to: Route,
    /// The page that stands there.
    pub page: Route,
    /// What that page is, in words, and where it comes from.
    pub claim: (String, Option<Label>),
}

/// The shadows among the pages that claim one URL: a page, and redirects. Other collisions have none.
pub fn among(claimants: &[&(Route, Page)], claim: impl Fn(&Page) -> (String, Option<Label>)) -> Vec<Shadow> {
    let is_redirect = |page: &Page| matches!(page, Page::Redirect { .. });
    let mut pages = claimants.iter().filter(|(_, page)| !is_redirect(page));
    let (Some((at, page)), None) = (pages.next(), pages.next()) else { return Vec::new() };
    let shadow = |(from, redirect): &&(Route, Page)| match redirect {
        Page::Redirect { to } => {
            Some(Shadow { from: from.clone(), to: to.clone(), page: at.clone(), claim: claim(page) })
        }
        _ => None,
    };
    claimants.iter().filter_map(shadow).collect()
}

/// The findings for all shadows: one for each circle, and one for each that is in none.
#[must_use]
pub fn findings(shadows: &[Shadow], places: &Places<'_>) -> Vec<Diagnostic> {
    let mut next: BTreeMap<&Route, Vec<usize>> = BTreeMap::new();
    for (index, shadow) in shadows.iter().enumerate() {
        next.entry(&shadow.page).or_default().push(index);
    }
    let mut in_circles = BTreeSet::new();
    let mut findings = Vec::new();
    for index in 0..shadows.len() {
        if in_circles.contains(&index) {
            continue;
        }
        if let Some(circle) = circle(index, shadows, &next) {
            findings.push(round(&circle, shadows, places));
            in_circles.extend(circle);
        }
    }
    let rest = shadows.iter().enumerate().filter(|(index, _)| !in_circles.contains(index));
    findings.extend(rest.map(|(_, shadow)| shadowing(shadow, places)));
    findings
}

/// The redirects that lead from the page of `start` back to it, if they do. Each page is visited once.
fn circle(start: usize, shadows: &[Shadow], next: &BTreeMap<&Route, Vec<usize>>) -> Option<Vec<usize>> {
    let goal = &shadows[start].page;
    let mut seen = BTreeSet::from([&shadows[start].to]);
    let mut open = vec![vec![start]];
    while let Some(way) = open.pop() {
        let here = &shadows[*way.last()?].to;
        if here == goal {
            return Some(way);
        }
        for &on in next.get(here).into_iter().flatten() {
            if seen.insert(&shadows[on].to) {
                open.push(way.iter().copied().chain([on]).collect());
            }
        }
    }
    None
}

fn round(circle: &[usize], shadows: &[Shadow], places: &Places<'_>) -> Diagnostic {
    let first = &shadows[circle[0]];
    let message = if circle.len() == 1 {
        format!("the alias `{}` is the URL of its own page", first.from)
    } else {
        let froms: Vec<String> = circle.iter().map(|&index| format!("`{}`", shadows[index].from)).collect();
        format!("the aliases {} lead round in a circle", froms.join(", "))
    };
    let mut finding = Diagnostic::error("redirect-loop", message);
    for &index in circle {
        let shadow = &shadows[index];
        if let Some(label) = places.label(&shadow.from, &shadow.to) {
            finding = finding.label(Label { note: format!("leads to `{}`", shadow.to), ..label });
        }
    }
    finding.help("delete the alias: a page that is published needs no redirect to it")
}

fn shadowing(shadow: &Shadow, places: &Places<'_>) -> Diagnostic {
    let message = format!("the alias `{}` is the URL of a page that is published", shadow.from);
    let mut finding = Diagnostic::error("alias-shadows-page", message);
    if let Some(label) = places.label(&shadow.from, &shadow.to) {
        finding = finding.label(Label { note: format!("leads to `{}`", shadow.to), ..label });
    }
    let (what, place) = &shadow.claim;
    match place {
        Some(label) => finding = finding.label(Label { note: what.clone(), ..label.clone() }),
        None => finding = finding.help(format!("the page is {what}")),
    }
    finding.help("delete the alias, or give the page that stands there another `slug`")
}
