//! Where a list page stands among its list's pages, as templates see it.

use serde::Serialize;

use crate::base_url::BaseUrl;
use crate::config::words::Words;
use crate::edition::pagination::Pages;
use crate::route::Route;

/// Numbered pages on each side of the current one in a pagination.
const PAGES_AROUND: usize = 3;

/// Where a list page stands among its list's pages.
#[derive(Clone, Debug, Serialize)]
pub struct Pagination {
    /// This page's number, counted from the oldest.
    pub number: usize,
    /// How many pages there are.
    pub total: usize,
    /// The page with newer stories.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newer: Option<String>,
    /// The page with older stories.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub older: Option<String>,
    /// The pages around this one, newest first.
    pub pages: Vec<PageLink>,
}

/// One numbered page.
#[derive(Clone, Debug, Serialize)]
pub struct PageLink {
    /// Its number.
    pub number: usize,
    /// The link to it.
    pub url: String,
    /// Whether it is this page.
    pub current: bool,
}

impl Pagination {
    /// Page `current` of a list, and the links around it.
    pub(super) fn of(pages: &Pages, current: usize, list: &Route, base: &BaseUrl) -> Self {
        let href = |number: usize| base.href(&pages.route(list, number));
        let from = current.saturating_sub(PAGES_AROUND).max(1);
        let to = (current + PAGES_AROUND).min(pages.total());
        Self {
            number: current,
            total: pages.total(),
            newer: (current < pages.total()).then(|| href(current + 1)),
            older: (current > 1).then(|| href(current - 1)),
            pages: (from..=to)
                .rev()
                .map(|number| PageLink { number, url: href(number), current: number == current })
                .collect(),
        }
    }
}

/// The title of a list page; older pages say their number, so that no two pages share a title.
pub(super) fn numbered(words: &Words, title: &str, number: Option<usize>) -> String {
    number.map_or_else(
        || title.to_owned(),
        |number| {
            let number = number.to_string();
            words.filled("titled_page", &[("title", title), ("n", &words.numerals().digits(&number))])
        },
    )
}
