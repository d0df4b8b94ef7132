//! The clock of the system, and its randomness.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::deploy::store::Clock;

/// The system's clock. Deploys are dated by it and not by `--now`: leases must hold between machines.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn millis(&self) -> i64 {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
    }

    fn wait(&self, time: Duration) {
        std::thread::sleep(time);
    }

    fn random(&self) -> u64 {
        // The keys of hash maps come from the system's generator.
        RandomState::new().build_hasher().finish()
    }
}
