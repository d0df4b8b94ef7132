//! Bodies: the texts of stories as feeds carry them, made once for the feeds that are written near each other.
//!
//! A story stands in the feeds of the site, of its category and of its authors, in two or three formats each. What is
//! remembered is bounded, so that an archive of any size takes the same memory.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use super::absolute::absolute;
use crate::archive::stories::StoryId;
use crate::edition::lens::Lens;
use crate::render::{Texts, story_body};

/// How many bytes of bodies are remembered.
const MOST_BYTES: usize = 16 * 1_024 * 1_024;

/// The bodies made last.
#[derive(Default)]
pub struct Bodies(Mutex<Shelf>);

#[derive(Default)]
struct Shelf {
    bodies: HashMap<StoryId, Arc<str>>,
    /// The same stories, the oldest entry first.
    order: VecDeque<StoryId>,
    bytes: usize,
}

impl Bodies {
    /// The HTML of a story's text, every URL in it absolute.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or has changed since the newspaper was read.
    pub fn body(&self, id: StoryId, lens: &Lens, texts: &dyn Texts) -> anyhow::Result<Arc<str>> {
        if let Some(body) = self.shelf().bodies.get(&id) {
            lens.story_text(id);
            return Ok(Arc::clone(body));
        }
        let html = story_body(id, "", lens, texts)?;
        let url = lens.config().base.absolute(&lens.story(id).route);
        let body: Arc<str> = absolute(&html, &url).into();
        self.shelf().put(id, Arc::clone(&body));
        Ok(body)
    }

    fn shelf(&self) -> std::sync::MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelf {
    fn put(&mut self, id: StoryId, body: Arc<str>) {
        // One body must not drive all others out.
        if body.len() > MOST_BYTES / 8 || self.bodies.contains_key(&id) {
            return;
        }
        self.bytes += body.len();
        self.bodies.insert(id, body);
        self.order.push_back(id);
        while self.bytes > MOST_BYTES {
            let Some(oldest) = self.order.pop_front() else { return };
            self.bytes -= self.bodies.remove(&oldest).map_or(0, |body| body.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_BYTES, Shelf};
    use crate::archive::stories::StoryId;

    #[test]
    fn memory_is_bounded() {
        let mut shelf = Shelf::default();
        let body: std::sync::Arc<str> = "x".repeat(MOST_BYTES / 10).into();
        for index in 0..100 {
            shelf.put(StoryId::new(index), std::sync::Arc::clone(&body));
            shelf.put(StoryId::new(index), std::sync::Arc::clone(&body));
        }
        assert_eq!((shelf.bodies.len(), shelf.order.len()), (10, 10));
        assert!(shelf.bytes <= MOST_BYTES && shelf.bodies.contains_key(&StoryId::new(99)));
        shelf.put(StoryId::new(200), "x".repeat(MOST_BYTES / 2).into());
        assert_eq!(shelf.bodies.len(), 10);
    }
}
