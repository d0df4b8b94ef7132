//! Rounds: what happens after a save. Wait until it is whole, bring the newspaper up to date, show it, say so.
//!
//! One thread does this, one round after the other; requests are answered meanwhile from what is shown. How the newspaper
//! is brought up to date is the engine's business.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::app::App;
use super::banner::{self, Kind};
use super::board::{Round, Standing};
use super::clock::{Clock, second, time_of_day};
use super::proof::{self, Proof};
use super::watch::{Pending, Watch};
use super::{Audience, Fresh, News, Told};
use crate::diagnostic::Diagnostic;
use crate::engine::{Issue, Look, Preview, Seen, with_places};

/// The longest time from the first event to the round, in a storm of them.
const LONGEST_GATHERING: Duration = Duration::from_millis(200);

/// How long after a failure of the world's another round is tried, at first and at most.
const FIRST_RETRY: Duration = Duration::from_millis(200);
const LAST_RETRY: Duration = Duration::from_secs(5);

/// How often all files are looked at where the system does not tell of changes: at least so long after the last look, and
/// so many times as long as that took.
const POLL: Duration = Duration::from_millis(400);
const POLL_FACTOR: u32 = 15;

/// The same where it does, for file systems on which others write without its knowing.
const RESCAN: Duration = Duration::from_secs(30);
const RESCAN_FACTOR: u32 = 200;

/// The reason of a round that somebody asked for who has met a file that is not what it was.
const SETTLED: &str = "files were changing";

/// The reason of a round for which there is none but caution.
const AGAIN: &str = "looked again";

/// How many warnings are told at once.
const MOST_TOLD: usize = 10;

/// A call to the thread of the rounds.
pub(super) enum Call {
    /// The system tells of a change.
    Heard(notify::Result<notify::Event>),
    /// Somebody has met a file that is not what it was in the round of this number: look at everything.
    Settle(u64),
}

/// Makes a newspaper of which nothing is read yet.
pub(super) type Maker = Box<dyn Fn() -> Preview + Send>;

/// The thread's belongings.
pub(super) struct Rounds {
    pub(super) app: Arc<App>,
    pub(super) maker: Maker,
    pub(super) calls: Receiver<Call>,
    pub(super) watch: Watch,
    pub(super) clock: Clock,
    pub(super) kind: Kind,
    /// Whether it was asked for that files are looked at from time to time.
    pub(super) polls: bool,
    pub(super) audience: Arc<dyn Audience>,
}

/// What is carried from round to round.
struct Progress {
    preview: Preview,
    /// What the engine gave in the last round.
    findings: Arc<Vec<Diagnostic>>,
    issue: Option<Arc<Issue>>,
    /// The findings of the last round without errors, whose warnings have been told.
    told: Arc<Vec<Diagnostic>>,
    /// When, in seconds since 1970, the site changes by itself.
    until: Option<i64>,
    /// When to try again after a failure, and how long to wait after the next one.
    retry: Option<Instant>,
    pause: Duration,
    /// When everything was looked at, and how long that took.
    looked: Instant,
    cost: Duration,
}

impl Rounds {
    /// Goes on until nobody can call any more.
    pub(super) fn run(mut self) {
        let mut progress = Progress {
            preview: (self.maker)(),
            findings: Arc::default(),
            issue: None,
            told: Arc::default(),
            until: None,
            retry: None,
            pause: FIRST_RETRY,
            looked: Instant::now(),
            cost: Duration::ZERO,
        };
        self.safely(&mut progress, &Seen::Everything, "started");
        self.watch.plant();
        // What was saved while the first edition was made and its folders were not watched yet.
        self.safely(&mut progress, &Seen::Everything, AGAIN);
        let mut is_told = self.polls;
        loop {
            if !is_told && !self.watch.is_on() {
                is_told = true;
                self.audience.hear(&News::Polling);
            }
            let Some((seen, reason)) = self.gather(&progress) else { return };
            self.safely(&mut progress, &seen, reason);
        }
    }

    /// A round that cannot end the rounds: whatever panics in it is our mistake, and the last good edition stays.
    fn safely(&mut self, progress: &mut Progress, seen: &Seen, reason: &'static str) {
        let began = Instant::now();
        if catch_unwind(AssertUnwindSafe(|| self.round(progress, seen, reason))).is_err() {
            // What is half done in it is nobody's to mend.
            progress.preview = (self.maker)();
            progress.issue = None;
            self.fail(
                progress,
                "making the newspaper has failed; this is a mistake of ours",
                (reason, began),
            );
        }
    }

    /// Waits for something to do; `None` when nothing will come any more.
    fn gather(&mut self, progress: &Progress) -> Option<(Seen, &'static str)> {
        let mut pending = Pending::default();
        while pending.is_empty() {
            let (wait, reason) = self.rest(progress);
            match self.calls.recv_timeout(wait) {
                Ok(Call::Heard(event)) => self.watch.take(event, &mut pending),
                Ok(Call::Settle(number)) if number == self.app.board.now().number => {
                    return Some((Seen::Everything, SETTLED));
                }
                Ok(Call::Settle(_)) => {}
                Err(RecvTimeoutError::Timeout) => return Some((Seen::Everything, reason)),
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
        let began = Instant::now();
        while let Some(left) = LONGEST_GATHERING.checked_sub(began.elapsed()) {
            match self.calls.recv_timeout(pending.pause().min(left)) {
                Ok(Call::Heard(event)) => self.watch.take(event, &mut pending),
                // Whoever asks looks again after this round.
                Ok(Call::Settle(_)) => {}
                Err(_) => break,
            }
        }
        Some((pending.seen(), ""))
    }

    /// How long to wait when nobody calls, and what to do then.
    fn rest(&self, progress: &Progress) -> (Duration, &'static str) {
        let (least, factor) = if self.watch.is_on() { (RESCAN, RESCAN_FACTOR) } else { (POLL, POLL_FACTOR) };
        let rescan = least.max(progress.cost * factor).saturating_sub(progress.looked.elapsed());
        let mut rest = (rescan, AGAIN);
        if let Some(retry) = progress.retry {
            let wait = retry.saturating_duration_since(Instant::now());
            rest = rest.min((wait, "tried again"));
        }
        if let Some(wait) = progress.until.and_then(|until| self.clock.wait_until(until)) {
            rest = rest.min((wait, "time has passed"));
        }
        rest
    }

    fn round(&mut self, progress: &mut Progress, seen: &Seen, reason: &'static str) {
        let began = Instant::now();
        let now = self.clock.now();
        let is_whole = matches!(seen, Seen::Everything);
        let done = progress.preview.update(now, seen);
        if is_whole {
            progress.looked = Instant::now();
            progress.cost = began.elapsed();
        }
        match done {
            Ok(look) => {
                progress.retry = None;
                progress.pause = FIRST_RETRY;
                self.accept(progress, look, (reason, began));
            }
            Err(error) => self.fail(progress, &format!("{error:#}"), (reason, began)),
        }
    }

    /// Shows what came of a round, unless that is what is shown already.
    fn accept(&mut self, progress: &mut Progress, look: Look, (reason, began): (&'static str, Instant)) {
        let Look { findings, issue, read, stages } = look;
        let before = self.app.board.now();
        let is_same = match (&issue, &progress.issue) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => findings == progress.findings,
            _ => false,
        };
        if is_same && before.number > 0 && before.trouble.is_none() {
            if reason == SETTLED {
                // Somebody waits for an edition that is made of the files as they are.
                self.app.board.show(Standing { number: before.number + 1, ..(*before).clone() });
            }
            return;
        }
        progress.issue.clone_from(&issue);
        let Proof { issue, errors, tags, changed } = proof::read(&self.app, &before, issue, &findings, &read);
        let failed = issue.is_none();
        let issue = issue.or_else(|| before.issue.clone());
        let banner = match &issue {
            Some(issue) if !failed => banner::of_edition(issue.paper(), self.kind).map(Arc::from),
            _ => before.banner.clone(),
        };
        let round = Arc::new(Round {
            at: time_of_day(issue.as_deref()),
            files: read.iter().map(|path| path.as_str().to_owned()).collect(),
            reason,
            took: began.elapsed(),
            stages,
            pages: issue.as_ref().map_or(0, |issue| pages(issue)),
            changed,
        });
        // An error brings warnings of its own: what leads to a broken article leads nowhere. They are told when it is gone.
        let fresh = if failed { Fresh::default() } else { self.fresh(&findings, &progress.told) };
        let standing = Standing {
            number: before.number + 1,
            since: if failed { before.since } else { second().max(before.since + 1) },
            issue,
            findings: Arc::clone(&findings),
            errors: Arc::new(errors),
            trouble: None,
            failed,
            tags: Arc::new(tags),
            round: Some(Arc::clone(&round)),
            banner,
        };
        let until = standing.issue.clone().filter(|_| !failed && self.clock.runs());
        self.app.board.show(standing.clone());
        self.audience.hear(&News::Round(Told::of(&round, &standing, fresh)));
        if !failed {
            progress.told = Arc::clone(&findings);
        }
        progress.findings = findings;
        progress.until = until.and_then(|issue| {
            let paper = issue.paper();
            paper.archive.until(&paper.config, paper.publication.now)
        });
    }

    /// The warnings that were not there before: known by what they say and of which file, for their places move.
    fn fresh(&self, findings: &Arc<Vec<Diagnostic>>, before: &Arc<Vec<Diagnostic>>) -> Fresh {
        if Arc::ptr_eq(findings, before) {
            return Fresh::default();
        }
        let name = |finding: &Diagnostic| {
            let path = finding.labels().first().map(|label| label.path.clone());
            (path, finding.message().to_owned())
        };
        let known: HashSet<_> = before.iter().map(name).collect();
        let is_new = |finding: &&Diagnostic| !finding.is_error() && !known.contains(&name(finding));
        let fresh: Vec<&Diagnostic> = findings.iter().filter(is_new).collect();
        let told = fresh.iter().take(MOST_TOLD).map(|finding| (*finding).clone()).collect();
        let more = fresh.len().saturating_sub(MOST_TOLD);
        Fresh { warnings: with_places(told, self.app.library.folder()), more }
    }

    /// Says why there is no new edition, and comes back to it.
    fn fail(&mut self, progress: &mut Progress, message: &str, (reason, began): (&'static str, Instant)) {
        progress.retry = Some(Instant::now() + progress.pause);
        progress.pause = (progress.pause * 2).min(LAST_RETRY);
        let before = self.app.board.now();
        if before.trouble.as_deref() == Some(message) {
            return;
        }
        let at = time_of_day(before.issue.as_deref());
        let round = Arc::new(Round { at, reason, took: began.elapsed(), ..Round::default() });
        let standing = Standing {
            number: before.number + 1,
            trouble: Some(Arc::from(message)),
            failed: true,
            round: Some(Arc::clone(&round)),
            ..(*before).clone()
        };
        self.app.board.show(standing.clone());
        self.audience.hear(&News::Round(Told::of(&round, &standing, Fresh::default())));
    }
}

/// How many pages for readers an edition has.
fn pages(issue: &Issue) -> usize {
    issue.paper().edition.pages().iter().filter(|(_, page)| page.is_indexable()).count()
}
