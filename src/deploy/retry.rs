//! Trying again: what may pass is tried a few times, with growing pauses, until a time is over.
//!
//! Which faults may pass is the store's judgement.

use std::time::Duration;

use super::store::{Answer, Clock, Fault};

/// How often something is tried again.
pub const RETRIES: u32 = 5;

/// The pause before the first retry; each further one is twice as long, give or take half of it.
const FIRST_PAUSE: Duration = Duration::from_millis(400);

/// The longest pause, whatever a server asks for.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// The time, in seconds, after which nothing is tried again.
pub const PATIENCE_SECONDS: i64 = 600;

/// Does something until it succeeds or fails for good.
///
/// # Errors
///
/// The last fault, as one that stays.
pub fn retry<T>(clock: &dyn Clock, mut attempt: impl FnMut() -> Answer<T>) -> Answer<T> {
    let begun = clock.now();
    let mut tries = 0;
    loop {
        match attempt() {
            Err(Fault::Passing(what, wait)) => {
                if tries == RETRIES || clock.now().saturating_sub(begun) > PATIENCE_SECONDS {
                    return Err(Fault::Lasting(format!("{what} (tried {} times)", tries + 1)));
                }
                clock.wait(wait.unwrap_or_else(|| pause(tries, clock.random())).min(LONGEST_PAUSE));
                tries += 1;
            }
            done => return done,
        }
    }
}

/// The pause before retry number `tries`, between half and one and a half of its usual length.
#[must_use]
pub fn pause(tries: u32, random: u64) -> Duration {
    let usual = FIRST_PAUSE.saturating_mul(1 << tries.min(10));
    usual / 2 + usual.mul_f64(f64::from(u32::try_from(random % 1024).unwrap_or(0)) / 1024.0)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::atomic::{AtomicI64, Ordering};
    use std::time::Duration;

    use super::retry;
    use crate::deploy::store::{Clock, Fault};

    struct Quick(AtomicI64);

    impl Clock for Quick {
        fn millis(&self) -> i64 {
            self.0.load(Ordering::Relaxed) * 1_000
        }

        fn wait(&self, time: Duration) {
            self.0.fetch_add(i64::try_from(time.as_secs()).unwrap_or(0) + 1, Ordering::Relaxed);
        }

        fn random(&self) -> u64 {
            512
        }
    }

    /// How often something is tried that fails so many times.
    fn check(failures: u32, fault: &Fault) -> (u32, bool) {
        let tries = Cell::new(0);
        let done = retry(&Quick(AtomicI64::new(0)), || {
            tries.set(tries.get() + 1);
            if tries.get() > failures { Ok(()) } else { Err(fault.clone()) }
        });
        (tries.get(), done.is_ok())
    }

    #[test]
    fn what_passes_is_tried_again_and_nothing_else() {
        let slow = Fault::Passing("503".to_owned(), Some(Duration::from_secs(7)));
        assert_eq!(check(3, &slow), (4, true));
        assert_eq!(check(9, &slow), (6, false));
        assert_eq!(check(9, &Fault::lasting("403")), (1, false));
        let long = Fault::Passing("429".to_owned(), Some(Duration::from_mins(150)));
        assert_eq!(check(5, &long), (6, true), "a server's wish is bounded");
    }
}
