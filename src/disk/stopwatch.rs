//! The stopwatch: how long each stage of a run took, for people who want to know where the time goes.
//!
//! Nothing depends on what it says.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Measures one stage after the other.
pub struct Stopwatch {
    state: Mutex<(Instant, Vec<Lap>)>,
}

/// A stage and the time it took.
type Lap = (&'static str, Duration);

impl Stopwatch {
    /// Begins the first stage.
    #[must_use]
    pub fn start() -> Self {
        Self { state: Mutex::new((Instant::now(), Vec::new())) }
    }

    /// Ends the stage that runs, by its name, and begins the next one.
    pub fn lap(&self, stage: &'static str) {
        let now = Instant::now();
        let mut times = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let took = now - std::mem::replace(&mut times.0, now);
        times.1.push((stage, took));
    }

    /// The stages so far, in order, with the time each took.
    #[must_use]
    pub fn laps(&self) -> Vec<(&'static str, Duration)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }
}
