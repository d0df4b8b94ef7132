//! Corrections of all stories, as the newspaper's own list of them has them: the newest first.
//!
//! A correction that is dated later than the build is in no list yet, as a scheduled story is not.

use std::cmp::Reverse;

use bitcode::{Decode, Encode};

use super::stories::{Story, StoryId};
use crate::content::article::{Article, Correction};
use crate::date::Moment;

/// One correction: its story, and its place among the story's corrections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Corrected {
    /// The story.
    pub story: StoryId,
    /// The place in [`Story::corrections`].
    pub place: usize,
}

/// How many of an article's corrections readers may see at `now`.
#[must_use]
pub fn shown(article: &Article, now: Moment) -> usize {
    article.rare().corrections.partition_point(|correction| correction.date <= now)
}

/// The next instant, in seconds since 1970, at which a correction of an article appears.
#[must_use]
pub fn next(article: &Article, now: Moment) -> Option<i64> {
    article.rare().corrections.get(shown(article, now)).map(|correction| correction.date.unix())
}

/// The corrections of all stories, newest first; ties break by the stories' order, then the later one in its story.
#[must_use]
pub fn all(stories: &[Story]) -> Vec<Corrected> {
    let mut all: Vec<(Moment, Corrected)> = Vec::new();
    for (index, story) in stories.iter().enumerate().filter(|(_, story)| story.corrected > 0) {
        let corrected = |(place, correction): (usize, &Correction)| {
            (correction.date, Corrected { story: StoryId::new(index), place })
        };
        all.extend(story.corrections().iter().enumerate().map(corrected));
    }
    all.sort_by_key(|(date, corrected)| (Reverse(*date), corrected.story, Reverse(corrected.place)));
    all.into_iter().map(|(_, corrected)| corrected).collect()
}
