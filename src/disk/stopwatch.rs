//! The stopwatch: how long each stage of a run took, for people who want to know where the time goes.
//!
//! Nothing depends on what it says.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

/// Measures one stage after the other.
pub struct Stopwatch {
    since: Cell<Instant>,
    laps: RefCell<Vec<(&'static str, Duration)>>,
}

impl Stopwatch {
    /// Begins the first stage.
    #[must_use]
    pub fn start() -> Self {
        Self { since: Cell::new(Instant::now()), laps: RefCell::default() }
    }

    /// Ends the stage that runs, by its name, and begins the next one.
    pub fn lap(&self, stage: &'static str) {
        let now = Instant::now();
        self.laps.borrow_mut().push((stage, now - self.since.replace(now)));
    }

    /// The stages so far, in order, with the time each took.
    #[must_use]
    pub fn laps(&self) -> Vec<(&'static str, Duration)> {
        self.laps.borrow().clone()
    }
}
