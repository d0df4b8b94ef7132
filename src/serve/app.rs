//! What every request and every round has at hand, and what a page is at this moment to whoever shows it.

use std::sync::Arc;

use super::board::{Board, Standing};
use super::digests::PageTag;
use super::library::Library;
use super::media::{is_html, media_type};
use super::{inspector, trouble};
use crate::engine::{Issue, Shown};
use crate::route::Route;

/// Where the inspector is.
pub(super) const INSPECTOR: &str = "/__newsprint/";

/// The largest file that is looked into for what it shows.
const LARGEST_PAGE: u64 = 4 << 20;

/// The board and the library.
pub(super) struct App {
    pub(super) board: Arc<Board>,
    pub(super) library: Arc<Library>,
}

impl App {
    /// The tag of a page with these bytes.
    pub(super) fn tag_of(&self, issue: &Issue, route: &Route, bytes: &[u8]) -> PageTag {
        PageTag::of(route, bytes, issue, &|part| self.library.state(issue, part))
    }

    /// The tag of what is shown at a route; `None` when that cannot be made now, so that what is shown stays.
    pub(super) fn tag_at(&self, issue: &Issue, route: &Route) -> Option<PageTag> {
        if route.as_str() == INSPECTOR {
            return None;
        }
        let printed = match issue.show(route).ok()? {
            Some(printed) => printed,
            None => issue.show(&Route::file("404.html")).ok()??,
        };
        match printed {
            Shown::Bytes(bytes) => Some(self.tag_of(issue, route, &bytes)),
            Shown::File(path) if is_html(media_type(route)) => {
                let (file, len, digest) = self.library.open(&path).ok()?;
                if len > LARGEST_PAGE {
                    return Some(PageTag::of_text(&digest));
                }
                let mut bytes = Vec::new();
                std::io::Read::read_to_end(&mut std::io::Read::take(file, LARGEST_PAGE), &mut bytes).ok()?;
                Some(self.tag_of(issue, route, &bytes))
            }
            Shown::File(path) => Some(PageTag::of_text(&self.library.open(&path).ok()?.2)),
            Shown::Redirect(to) => Some(PageTag::of_text(to.as_str())),
            Shown::Broken(_) => None,
        }
    }

    /// The tag of what is shown at a route now.
    pub(super) async fn tag_now(
        self: &Arc<Self>,
        standing: &Arc<Standing>,
        route: &Route,
    ) -> Option<PageTag> {
        if route.as_str() == INSPECTOR {
            return Some(inspector::tag(standing));
        }
        let Some(issue) = standing.issue.clone() else {
            return Some(trouble::tag_of_none(&self.board.errors(standing), standing));
        };
        if let Some(tag) = standing.tags.get(route) {
            return Some(tag.clone());
        }
        let (app, route) = (Arc::clone(self), route.clone());
        tokio::task::spawn_blocking(move || app.tag_at(&issue, &route)).await.ok().flatten()
    }
}
