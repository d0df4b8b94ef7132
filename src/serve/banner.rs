//! The banner: says on every page of a preview that shows more than readers may see, or another time, what is different.
//!
//! How it looks is not known here.

use super::board::Standing;
use crate::archive::Publication;
use crate::archive::stories::Story;
use crate::edition::newspaper::Newspaper;
use crate::edition::page::Page;
use crate::route::Route;

/// What kind of preview was asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kind {
    /// Drafts or scheduled articles are shown.
    pub shows_unpublished: bool,
    /// The instant was named.
    pub is_of_an_instant: bool,
}

/// What the banner says on all pages of an edition.
pub(super) fn of_edition(paper: &Newspaper, kind: Kind) -> Option<String> {
    let mut parts = Vec::new();
    if kind.shows_unpublished {
        let publication = paper.publication;
        let stories = paper.archive.stories().iter();
        let pages = paper.archive.pages().iter().filter(|page| page.draft).count();
        let count = stories.filter(|story| status(story, publication).is_some()).count();
        parts.push(match (count, pages) {
            (0, 0) => "contains no unpublished articles".to_owned(),
            (1, 0) => "contains 1 unpublished article".to_owned(),
            (count, 0) => format!("contains {count} unpublished articles"),
            (count, pages) => format!("contains {} unpublished articles and pages", count + pages),
        });
    }
    if kind.is_of_an_instant {
        let now = paper.publication.now;
        parts.push(format!(
            "as of {}",
            now.format("%-d %B %Y, %H:%M (UTC%:z)").unwrap_or_else(|| now.rfc3339())
        ));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What the banner says on one page.
pub(super) fn of_page(standing: &Standing, route: &Route) -> Option<String> {
    let banner = standing.banner.as_deref()?;
    let paper = standing.issue.as_ref()?.paper();
    let of_story = match paper.edition.get(route) {
        Some(Page::Article(id)) => status(paper.archive.story(*id), paper.publication),
        Some(Page::Standing(index)) if paper.archive.pages()[*index].draft => {
            Some("this page is a draft".to_owned())
        }
        _ => None,
    };
    Some(of_story.map_or_else(|| banner.to_owned(), |status| format!("{banner}; {status}")))
}

/// Why readers may not see a story.
fn status(story: &Story, publication: Publication) -> Option<String> {
    if story.article.draft {
        return Some("this article is a draft".to_owned());
    }
    let date = story.article.date;
    (date > publication.now).then(|| format!("this article is scheduled for {}", date.rfc3339()))
}
