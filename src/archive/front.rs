//! The front page's order: what editors pin stands first, then the newest stories.
//!
//! A list in the config goes before the headers: its first story is the lead. Of several stories whose headers ask to be
//! the lead the newest one is, the others stand among the top stories.

use super::links::{Near, Titles, Verdict};
use super::stories::{Story, StoryId};
use crate::config::{self, Config};
use crate::content::article::Pin;
use crate::diagnostic::{Diagnostic, Label, Spot};
use crate::source::SourcePath;

/// The stories that are pinned to the front page, the lead first, and what is wrong with the config's list.
#[must_use]
pub fn pinned(stories: &[Story], titles: &Titles, config: &Config) -> (Vec<StoryId>, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let mut pinned: Vec<StoryId> = Vec::new();
    let path = SourcePath::new(config::FILE_NAME);
    for (item, name) in config.front.iter().enumerate() {
        match titles.look_up(name, &path) {
            Verdict::Story(id) => pinned.push(id),
            other => {
                let place = Label::spot(&path, Spot::Header(Box::from("front"), item));
                findings.push(titles.finding(&other, name, place, &Near::Stories(stories)));
            }
        }
    }
    let asking = |wanted: Pin| {
        let asks = move |(_, story): &(usize, &Story)| story.article.front == Some(wanted);
        stories.iter().enumerate().filter(asks).map(|(index, _)| StoryId::new(index))
    };
    let by_header = asking(Pin::Lead).take(1).chain(merged(asking(Pin::Lead).skip(1), asking(Pin::Top)));
    pinned.extend(by_header);
    let mut seen = std::collections::BTreeSet::new();
    pinned.retain(|id| seen.insert(*id));
    (pinned, findings)
}

/// The first `limit` stories of the front page.
#[must_use]
pub fn stories(pinned: &[StoryId], all: usize, limit: usize) -> Vec<StoryId> {
    let pinned = &pinned[..limit.min(pinned.len())];
    let newest = (0..all).map(StoryId::new).filter(|id| !pinned.contains(id));
    pinned.iter().copied().chain(newest).take(limit).collect()
}

/// Two runs of stories as one, the newest first.
fn merged(
    one: impl Iterator<Item = StoryId>,
    other: impl Iterator<Item = StoryId>,
) -> impl Iterator<Item = StoryId> {
    let mut both: Vec<StoryId> = one.chain(other).collect();
    both.sort_unstable();
    both.into_iter()
}
