//! Teasers that were made lately: a story stands in a dozen lists, most of which are rendered one after the other.
//!
//! Bounded, so that memory does not grow with the archive. What a teaser shows is not known here.

use std::sync::{Mutex, PoisonError};

use tera::Value;

use crate::archive::stories::StoryId;
use crate::edition::facts::Trace;
use crate::edition::lens::Lens;

/// How many teasers are kept, at some two kilobytes each: those of all stories, or of so many where there are more. Few of so
/// few are then asked for again before another story takes the place.
const ALL: usize = 16_384;
const OF_MANY: usize = 4_096;

/// The teasers of some stories. Each story has one place, which it shares with others.
pub(super) struct Teasers(Box<[Mutex<Option<Kept>>]>);

struct Kept {
    story: StoryId,
    view: Value,
    /// What a page that shows it has to note.
    notes: Trace,
}

impl Teasers {
    /// Room for the teasers of so many stories.
    pub(super) fn of(stories: usize) -> Self {
        let kept = if stories > ALL { OF_MANY } else { stories.max(1) };
        Self((0..kept).map(|_| Mutex::default()).collect())
    }

    /// The teaser of a story, which is made by `make` through the lens unless it is at hand.
    pub(super) fn get(&self, story: StoryId, lens: &Lens, make: impl FnOnce() -> Value) -> Value {
        let place = &self.0[story.index() % self.0.len()];
        let lock = || place.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = lock().as_ref().filter(|kept| kept.story == story) {
            lens.note_all(&kept.notes);
            return kept.view.clone();
        }
        let mark = lens.mark();
        let view = make();
        let before = lock().replace(Kept { story, view: view.clone(), notes: lens.noted_since(mark) });
        // Taking it apart takes time, and others may be waiting for the place.
        drop(before);
        view
    }
}
