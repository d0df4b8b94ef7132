//! News: the stories that are young enough for a news sitemap, and when the next of them is no longer.
//!
//! The rule is Google's (news sitemaps): articles of the last two days, at most 1,000 of them.

use super::stories::Story;
use crate::date::Moment;

/// How long a story is news, in seconds: 48 hours.
const NEWS_SECONDS: i64 = 48 * 3_600;

/// How many stories a news sitemap may hold.
const MOST_STORIES: usize = 1_000;

/// The stories published in the 48 hours before `now`, newest first, at most 1,000. `stories` are newest first.
#[must_use]
pub fn news(stories: &[Story], now: Moment) -> &[Story] {
    let count = stories.partition_point(|story| now.unix() < news_until(story));
    &stories[..count.min(MOST_STORIES)]
}

/// From when on [`news`] of the same stories is another list, in seconds since 1970.
#[must_use]
pub fn until(stories: &[Story], now: Moment) -> Option<i64> {
    news(stories, now).last().map(news_until)
}

/// Until when a story is news, in seconds since 1970.
#[must_use]
pub fn news_until(story: &Story) -> i64 {
    story.article.date.unix().saturating_add(NEWS_SECONDS)
}
