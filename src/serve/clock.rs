//! The clock of a preview: the system's, or one that stands still at an instant.

use std::time::Duration;

use crate::date::Moment;
use crate::engine::Issue;

/// The longest wait for an instant: clocks are set, and machines sleep.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// What time it is for the newspaper.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// What the system says.
    System,
    /// Always the same.
    Still(Moment),
}

impl Clock {
    /// The newspaper's instant.
    pub(super) fn now(self) -> Moment {
        match self {
            Self::System => Moment::from_unix(second()),
            Self::Still(moment) => moment,
        }
    }

    /// Whether time passes.
    pub(super) fn runs(self) -> bool {
        matches!(self, Self::System)
    }

    /// How long it is until an instant, in seconds since 1970; `None` when it never comes.
    pub(super) fn wait_until(self, instant: i64) -> Option<Duration> {
        let left = u64::try_from(instant - second()).unwrap_or(0);
        self.runs().then(|| Duration::from_secs(left).min(LONGEST_WAIT))
    }
}

/// `14:03:59` by the newspaper's own clock.
pub(super) fn time_of_day(issue: Option<&Issue>) -> String {
    let zone = issue.and_then(|issue| issue.paper().config.timezone.as_ref());
    Moment::from_unix(second()).in_zone(zone).format("%H:%M:%S").unwrap_or_default()
}

/// What the system says, in seconds since 1970.
pub(super) fn second() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
