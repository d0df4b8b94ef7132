//! Stable pagination: pages of a list are numbered from its oldest items, so that a new story changes the newest page
//! and, now and then, the one after, but never a thousand.
//!
//! With pages of 20 and 67 stories, `/page/1/` holds the 20 oldest, `/page/2/` the next 20, and the list's own URL the
//! 27 newest: between one page and two, less one.

use std::ops::Range;

use crate::route::Route;

/// How a list of a length is cut into pages.
#[derive(Clone, Copy, Debug)]
pub struct Pages {
    count: usize,
    size: usize,
}

impl Pages {
    /// A list of `count` items, newest first, on pages of `size`.
    #[must_use]
    pub fn new(count: usize, size: usize) -> Self {
        Self { count, size: size.max(1) }
    }

    /// How many numbered pages there are besides the newest one.
    #[must_use]
    pub fn numbered(self) -> usize {
        (self.count / self.size).saturating_sub(1)
    }

    /// The number of the newest page, which is also the number of pages.
    #[must_use]
    pub fn total(self) -> usize {
        self.numbered() + 1
    }

    /// The items of a page, as a range of the list; `None` is the newest page.
    #[must_use]
    pub fn items(self, number: Option<usize>) -> Range<usize> {
        match number {
            None => 0..self.count - self.numbered() * self.size,
            Some(number) => {
                let end = self.count - (number - 1) * self.size;
                end - self.size..end
            }
        }
    }

    /// The routes of all pages below the list's own.
    pub fn routes(self, list: &Route) -> impl Iterator<Item = (Route, Option<usize>)> {
        let numbered: Vec<_> = (1..=self.numbered()).map(|n| (self.route(list, n), Some(n))).collect();
        std::iter::once((list.clone(), None)).chain(numbered)
    }

    /// The route of the page with a number; the newest one's is the list's own.
    #[must_use]
    pub fn route(self, list: &Route, number: usize) -> Route {
        if number >= self.total() {
            return list.clone();
        }
        let number = number.to_string();
        let parts: Vec<&str> =
            list.as_str().trim_matches('/').split('/').chain(["page", number.as_str()]).collect();
        Route::page(&parts)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Pages;
    use crate::route::Route;

    #[test]
    fn the_newest_page_stands_at_the_lists_own_route() {
        let pages = Pages::new(67, 20);
        let routes: Vec<String> =
            pages.routes(&Route::page(&["world"])).map(|(route, _)| route.to_string()).collect();
        assert_eq!(routes, ["/world/", "/world/page/1/", "/world/page/2/"]);
        assert_eq!((pages.items(None), pages.items(Some(2)), pages.items(Some(1))), (0..27, 27..47, 47..67));
        assert_eq!(Pages::new(0, 20).items(None), 0..0);
        assert_eq!(Pages::new(39, 20).total(), 1);
    }

    proptest! {
        #[test]
        fn every_item_is_on_one_page_and_older_pages_keep_theirs(count in 0usize..500, size in 1usize..40) {
            let pages = Pages::new(count, size);
            let mut covered = pages.items(None).len();
            for number in 1..=pages.numbered() {
                covered += pages.items(Some(number)).len();
                let from_oldest = |pages: Pages, count: usize| {
                    let items = pages.items(Some(number));
                    count - items.end..count - items.start
                };
                prop_assert_eq!(from_oldest(pages, count), from_oldest(Pages::new(count + 1, size), count + 1));
            }
            prop_assert_eq!(covered, count);
            prop_assert!(pages.items(None).len() < 2 * size);
        }
    }
}
