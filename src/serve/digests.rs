//! Digests of pages: what of a page is new to a browser that shows it, and whether it takes a reload.
//!
//! A page is its text, its style sheets and whatever else it shows; each has a digest of its own.

use std::collections::BTreeSet;

use super::mentions::{self, Mention};
use super::target::{Target, target};
use crate::edition::files::Origin;
use crate::edition::page::Page;
use crate::engine::{Issue, Shown};
use crate::fingerprint::Fingerprint;
use crate::route::Route;

/// Hexadecimal digits of each digest.
const DIGITS: usize = 16;

/// What a page is to a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PageTag {
    /// The page without the names of its style sheets.
    text: String,
    /// Its style sheets.
    styles: String,
    /// Pictures, scripts and fragments.
    rest: String,
}

/// What a browser has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing.
    Nothing,
    /// Take other style sheets.
    Styles,
    /// Load the page again.
    Reload,
}

impl PageTag {
    /// The tag of a page that is not there.
    pub(super) fn absent() -> Self {
        Self { text: "0".to_owned(), styles: "0".to_owned(), rest: "0".to_owned() }
    }

    /// The tag of a page that has no parts.
    pub(super) fn of_text(text: &str) -> Self {
        Self { text: Fingerprint::of(text.as_bytes()).short(DIGITS), ..Self::absent() }
    }

    /// Digests a page. `state` tells the state of a file that is published as it is.
    pub(super) fn of(route: &Route, bytes: &[u8], issue: &Issue, state: &dyn Fn(&Route) -> String) -> Self {
        let html = String::from_utf8_lossy(bytes);
        let base = issue.paper().config.base.path();
        let mut text = String::with_capacity(html.len());
        let (mut styles, mut rest) = (BTreeSet::new(), BTreeSet::new());
        let mut copied = 0;
        for Mention { at, is_style } in mentions::of(&html) {
            let named = &html[at.clone()];
            let of = aim(route, named, base).filter(|of| is_of_the_site(issue, of));
            if is_style {
                text.push_str(&html[copied..at.start]);
                copied = at.end;
                styles.insert(format!("{named} {}", of.as_ref().map_or(String::new(), state)));
            } else if let Some(of) = &of {
                rest.insert(format!("{named} {}", state(of)));
            }
        }
        text.push_str(&html[copied..]);
        let digest = |text: &str| Fingerprint::of(text.as_bytes()).short(DIGITS);
        let all = |set: BTreeSet<String>| digest(&set.into_iter().collect::<Vec<_>>().join("\n"));
        Self { text: digest(&text), styles: all(styles), rest: all(rest) }
    }

    /// As pages carry it.
    pub(super) fn shown(&self) -> String {
        format!("{}.{}.{}", self.text, self.styles, self.rest)
    }

    /// Reads what a page carries.
    pub(super) fn read(shown: &str) -> Option<Self> {
        let mut parts = shown.split('.').map(str::to_owned);
        let (text, styles, rest) = (parts.next()?, parts.next()?, parts.next()?);
        parts.next().is_none().then_some(Self { text, styles, rest })
    }

    /// What a browser that shows this has to do to show `now`.
    pub(super) fn turn(&self, now: &Self) -> Turn {
        if self.text != now.text || self.rest != now.rest {
            Turn::Reload
        } else if self.styles != now.styles {
            Turn::Styles
        } else {
            Turn::Nothing
        }
    }
}

/// The route that a page at `route` names.
fn aim(route: &Route, named: &str, base: &str) -> Option<Route> {
    let path = named.split(['?', '#']).next().unwrap_or(named);
    let path = if path.starts_with('/') {
        path.to_owned()
    } else if path.is_empty() || path.contains(':') {
        return None;
    } else {
        let folder = route.as_str().rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{}{folder}/{path}", base.trim_end_matches('/'))
    };
    match target(&path, base) {
        Target::At(route) => Some(route),
        Target::Outside | Target::Nonsense => None,
    }
}

/// Whether something stands there that a page may show as a part of itself.
fn is_of_the_site(issue: &Issue, route: &Route) -> bool {
    let page = issue.paper().edition.get(route);
    matches!(page, Some(Page::File(_) | Page::MostReadFragment | Page::BreakingFragment))
}

/// The state of a part of a page; `file` digests a file of the newspaper.
pub(super) fn state(
    issue: &Issue,
    route: &Route,
    file: &dyn Fn(&crate::source::SourcePath) -> String,
) -> String {
    match issue.paper().edition.get(route) {
        Some(Page::File(Origin::Source(path))) => file(path),
        // The theme inside the program does not change while it runs.
        Some(Page::File(Origin::Theme(name))) => name.clone(),
        _ => match issue.show(route) {
            Ok(Some(Shown::Bytes(bytes))) => Fingerprint::of(&bytes).short(DIGITS),
            _ => String::new(),
        },
    }
}
