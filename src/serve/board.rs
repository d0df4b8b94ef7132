//! The board: what is shown now, which pages browsers have open, and the bell that rings when something is new.
//!
//! Editions hang there whole: whoever has taken one down may go on reading it. How they are made is not known here.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use tokio::sync::watch;

use super::digests::PageTag;
use super::rounds::Call;
use crate::diagnostic::Diagnostic;
use crate::engine::{Issue, Shown};
use crate::route::Route;

/// How many pages are remembered as they were shown last.
const MOST_SHOWN: usize = 64;

/// The largest page that is remembered, in bytes.
const LARGEST_SHOWN: usize = 1 << 20;

/// How often a page is asked for again when the files behind it are changing.
const ATTEMPTS: usize = 6;

/// How long a request that has met a changed file waits for the system to tell of it.
const COURTESY: Duration = Duration::from_millis(150);

/// How long a request waits for the files behind a page to come to rest, for each attempt.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is shown at one time, and what is to be said about it.
#[derive(Clone, Default)]
pub(super) struct Standing {
    /// Counts the rounds, from 1; 0 is before the first.
    pub(super) number: u64,
    /// The last edition without errors; `None` when there has been none.
    pub(super) issue: Option<Arc<Issue>>,
    /// In seconds since 1970, when that came; each has another second.
    pub(super) since: i64,
    /// Everything that the engine found in the last round.
    pub(super) findings: Arc<Vec<Diagnostic>>,
    /// The errors among it and those of templates, with their places.
    pub(super) errors: Arc<Vec<Diagnostic>>,
    /// What keeps a newer edition from being shown, other than a finding.
    pub(super) trouble: Option<Arc<str>>,
    /// Whether something does.
    pub(super) failed: bool,
    /// What the pages that browsers show are now.
    pub(super) tags: Arc<HashMap<Route, PageTag>>,
    /// What the last round was.
    pub(super) round: Option<Arc<Round>>,
    /// What the banner says of the edition.
    pub(super) banner: Option<Arc<str>>,
}

/// What was done in one round.
#[derive(Clone, Debug, Default)]
pub struct Round {
    /// At what time of day, by this machine's clock.
    pub at: String,
    /// The files that were read or are gone.
    pub files: Vec<String>,
    /// Why it was begun, when it was not for a file.
    pub reason: &'static str,
    /// How long it took.
    pub took: Duration,
    /// The stages with their times.
    pub stages: Vec<(&'static str, Duration)>,
    /// Pages for readers.
    pub pages: usize,
    /// The pages that browsers show and that have changed.
    pub changed: Vec<Route>,
}

/// The board.
pub(super) struct Board {
    /// Tells this process from others, and pages of ours from others'.
    pub(super) token: String,
    standing: Mutex<Arc<Standing>>,
    bell: watch::Sender<u64>,
    open: Mutex<BTreeMap<u64, (Route, PageTag)>>,
    shown: Mutex<Recent>,
    calls: Mutex<Sender<Call>>,
    broken: Mutex<Broken>,
}

/// Pages as they were shown last, the latest at the end.
#[derive(Default)]
struct Recent {
    order: VecDeque<Route>,
    bytes: HashMap<Route, Bytes>,
}

/// Pages of the present edition whose templates are wrong.
#[derive(Default)]
struct Broken {
    number: u64,
    findings: Vec<Diagnostic>,
    seen: HashSet<String>,
}

/// What is at a route.
pub(super) enum Found {
    /// Nothing.
    Nothing,
    /// Something.
    Page(Shown),
    /// It could not be made, for a reason of the world's.
    Failed(String),
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing is half done when somebody panics while holding one of these.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Board {
    pub(super) fn new(token: String, calls: Sender<Call>) -> Self {
        Self {
            token,
            standing: Mutex::default(),
            bell: watch::Sender::new(0),
            open: Mutex::default(),
            shown: Mutex::default(),
            calls: Mutex::new(calls),
            broken: Mutex::default(),
        }
    }

    /// What is shown now.
    pub(super) fn now(&self) -> Arc<Standing> {
        Arc::clone(&lock(&self.standing))
    }

    /// Shows something else, and rings.
    pub(super) fn show(&self, standing: Standing) {
        let number = standing.number;
        let before = std::mem::replace(&mut *lock(&self.standing), Arc::new(standing));
        self.bell.send_replace(number);
        // An edition may be large, and nobody waits for its end.
        drop(before);
    }

    /// Hears the bell.
    pub(super) fn listen(&self) -> watch::Receiver<u64> {
        self.bell.subscribe()
    }

    /// Rings without anything new on the board: there is more to say about it.
    fn ring(&self) {
        self.bell.send_modify(|_| {});
    }

    /// Waits until a round after `number` is shown, for a while.
    pub(super) async fn after(&self, number: u64, patience: Duration) {
        let mut bell = self.listen();
        let later = bell.wait_for(|now| *now > number);
        drop(tokio::time::timeout(patience, later).await);
    }

    /// Notes that a browser shows a page, until what comes back is dropped.
    pub(super) fn opened(self: &Arc<Self>, route: Route, tag: PageTag) -> Open {
        let mut open = lock(&self.open);
        let id = open.last_key_value().map_or(0, |(id, _)| id + 1);
        open.insert(id, (route, tag));
        Open { board: Arc::clone(self), id }
    }

    /// The pages that browsers show, each with a tag that one of them has.
    pub(super) fn open_pages(&self) -> BTreeMap<Route, PageTag> {
        lock(&self.open).values().cloned().collect()
    }

    /// What is at a route. When the files behind it are no longer those of the edition, a newer one is waited for.
    pub(super) async fn find(self: &Arc<Self>, route: &Route) -> (Arc<Standing>, Found) {
        let mut last = String::new();
        for _ in 0..ATTEMPTS {
            let standing = self.now();
            let Some(issue) = &standing.issue else { return (standing, Found::Nothing) };
            let (issue, wanted) = (Arc::clone(issue), route.clone());
            let printed = tokio::task::spawn_blocking(move || issue.show(&wanted)).await;
            match printed {
                Ok(Ok(None)) => return (standing, Found::Nothing),
                Ok(Ok(Some(printed))) => return (standing, Found::Page(printed)),
                // A function of a template has panicked: this page is lost, and nothing else.
                Err(_) => {
                    return (
                        standing,
                        Found::Failed("making this page has failed; this is a mistake of ours".to_owned()),
                    );
                }
                Ok(Err(error)) => last = format!("{error:#}"),
            }
            // The system is about to tell of the change, and knows better when the save is whole.
            self.after(standing.number, COURTESY).await;
            self.settle(standing.number);
            self.after(standing.number, PATIENCE).await;
        }
        (self.now(), Found::Failed(last))
    }

    /// Asks for a look at all files, unless there has been a round after `number` when it comes to that.
    pub(super) fn settle(&self, number: u64) {
        if self.now().number == number {
            // When the rounds have ended, so has the process.
            drop(lock(&self.calls).send(Call::Settle(number)));
        }
    }

    /// Remembers a page as it is shown.
    pub(super) fn remember(&self, route: &Route, bytes: &Bytes) {
        if bytes.len() > LARGEST_SHOWN {
            return;
        }
        let mut shown = lock(&self.shown);
        if shown.bytes.insert(route.clone(), bytes.clone()).is_some() {
            shown.order.retain(|other| other != route);
        }
        shown.order.push_back(route.clone());
        if shown.order.len() > MOST_SHOWN
            && let Some(oldest) = shown.order.pop_front()
        {
            shown.bytes.remove(&oldest);
        }
    }

    /// A page as it was shown last.
    pub(super) fn recall(&self, route: &Route) -> Option<Bytes> {
        lock(&self.shown).bytes.get(route).cloned()
    }

    /// Notes that a page of the present edition cannot be made, because a template is wrong.
    pub(super) fn report(&self, number: u64, finding: Diagnostic) {
        let mut broken = lock(&self.broken);
        if broken.number != number {
            *broken = Broken { number, ..Broken::default() };
        }
        let name = format!("{:?} {}", finding.labels().first(), finding.message());
        if broken.seen.insert(name) {
            broken.findings.push(finding);
            drop(broken);
            self.ring();
        }
    }

    /// The errors of a standing, with those found when its pages were asked for.
    pub(super) fn errors(&self, standing: &Standing) -> Vec<Diagnostic> {
        let mut errors = (*standing.errors).clone();
        let broken = lock(&self.broken);
        if broken.number == standing.number {
            errors.extend(broken.findings.iter().cloned());
        }
        errors
    }
}

/// A page that a browser shows.
pub(super) struct Open {
    board: Arc<Board>,
    id: u64,
}

impl Open {
    /// Notes what the browser has been told that the page is.
    pub(super) fn is_now(&self, tag: &PageTag) {
        if let Some((_, known)) = lock(&self.board.open).get_mut(&self.id) {
            known.clone_from(tag);
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        lock(&self.board.open).remove(&self.id);
    }
}
