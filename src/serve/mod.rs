//! The preview server: shows the newspaper as it would be built, to this machine only, and again after each save.
//!
//! One thread keeps the edition up to date (`rounds.rs`); requests are answered from the edition that hangs on the board
//! (`board.rs`, `site.rs`). Nothing is written. How an edition is made is the engine's business, and how people are told
//! is that of whoever starts this.

#![expect(
    clippy::disallowed_methods,
    reason = "a server reads the clock, listens, and opens files for whoever asks"
)]

mod answer;
mod app;
mod banner;
mod board;
mod clock;
mod conditions;
mod connections;
mod digests;
mod door;
mod guard;
mod insert;
mod inspector;
mod library;
mod live;
mod media;
mod mentions;
mod proof;
mod ranges;
mod rounds;
mod site;
mod stream;
mod target;
mod tree;
mod trouble;
mod watch;
mod wire;

use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use crate::diagnostic::Diagnostic;
use crate::disk::parts::Parts;
use crate::disk::scan::Folder;
use crate::engine::{Preview, Request};

use app::{App, INSPECTOR};
use board::{Board, Standing};
use guard::Names;
use library::Library;
use rounds::Rounds;
use watch::Watch;

pub use banner::Kind;
pub use board::Round;
pub use clock::Clock;
pub use door::{Address, PORT};

/// Stack of each thread that makes pages: as many nested template parts as a build allows fit into it.
const STACK_BYTES: usize = 64 << 20;

/// How many threads make pages and read files.
const MOST_WORKERS: usize = 8;

/// How long the end waits for answers that are on their way.
const FAREWELL: Duration = Duration::from_millis(150);

/// What to show, and to whom.
pub struct Settings {
    /// The newspaper.
    pub folder: Folder,
    /// What earlier builds remember; it is read and left as it is.
    pub parts: Parts,
    /// What is asked of the engine.
    pub request: Request,
    /// What time it is.
    pub clock: Clock,
    /// What kind of preview it is.
    pub kind: Kind,
    /// Where to listen.
    pub address: Address,
    /// Further names by which the server may be called.
    pub allowed_hosts: Vec<String>,
    /// Whether to look at files from time to time instead of waiting for the system to tell.
    pub polls: bool,
}

/// Who hears what happens.
pub trait Audience: Send + Sync {
    /// Something has happened.
    fn hear(&self, news: &News<'_>);
}

/// What happens.
pub enum News<'a> {
    /// The server listens at this URL.
    Open(&'a str),
    /// A round is over.
    Round(Told<'a>),
    /// The system cannot tell of all changes: files are looked at from time to time instead.
    Polling,
}

/// New warnings.
#[derive(Default)]
pub struct Fresh {
    /// The first of them, with their places.
    pub warnings: Vec<Diagnostic>,
    /// How many more there are.
    pub more: usize,
}

/// What there is to tell of a round.
pub struct Told<'a> {
    /// What was done.
    pub round: &'a Round,
    /// Whether it is the first one.
    pub is_first: bool,
    /// Whether something keeps a new edition from being shown.
    pub failed: bool,
    /// Whether there is any edition to show.
    pub shows: bool,
    /// What keeps it, when that is no finding.
    pub trouble: Option<&'a str>,
    /// Errors.
    pub errors: &'a [Diagnostic],
    /// Warnings that were not there before.
    pub fresh: Fresh,
    /// How many warnings there are.
    pub warnings: usize,
    /// How many articles are published.
    pub articles: usize,
    /// How many are held back.
    pub held_back: usize,
}

impl<'a> Told<'a> {
    fn of(round: &'a Round, standing: &'a Standing, fresh: Fresh) -> Self {
        let archive = standing.issue.as_ref().map(|issue| &issue.paper().archive);
        Self {
            round,
            is_first: standing.number == 1,
            failed: standing.failed,
            shows: standing.issue.is_some(),
            trouble: standing.trouble.as_deref(),
            errors: &standing.errors,
            fresh,
            warnings: standing.findings.iter().filter(|finding| !finding.is_error()).count(),
            articles: archive.map_or(0, |archive| archive.stories().len()),
            held_back: archive.map_or(0, |archive| {
                let unpublished = archive.unpublished();
                unpublished.drafts + unpublished.scheduled
            }),
        }
    }
}

/// Why the server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Ctrl-C.
    Interrupted,
    /// Somebody asked the process to end.
    Terminated,
    /// The terminal was closed.
    HungUp,
}

/// Serves until a signal ends it.
///
/// # Errors
///
/// When it cannot listen.
pub fn run(settings: Settings, audience: Arc<dyn Audience>) -> anyhow::Result<Ending> {
    let Settings { folder, parts, request, clock, kind, address, allowed_hosts, polls } = settings;
    let door = door::open(&address)?;
    let runtime = runtime()?;
    let (sender, calls) = mpsc::channel();
    let watch = Watch::new(&folder, (!polls).then(|| sender.clone()));
    let board = Arc::new(Board::new(token(), sender));
    let app = Arc::new(App { board, library: Arc::new(Library::new(folder.clone())) });
    let url = format!("http://{}:{}/", shown_host(&address), door.port);
    let ending = runtime.block_on(async {
        let signals = signals()?;
        let listeners = door.listeners.into_iter().map(TcpListener::from_std);
        let listeners = listeners.collect::<Result<Vec<_>, _>>().context("cannot listen")?;
        tokio::spawn(connections::accept(listeners, router(&app, &allowed_hosts)));
        audience.hear(&News::Open(&url));
        let maker = Box::new(move || Preview::new(Arc::new(folder.clone()), parts.clone(), request));
        let rounds = Rounds { app, maker, calls, watch, clock, kind, polls, audience };
        std::thread::Builder::new()
            .name("rounds".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || rounds.run())
            .context("cannot start a thread")?;
        anyhow::Ok(signals.await)
    });
    runtime.shutdown_timeout(FAREWELL);
    ending
}

fn runtime() -> anyhow::Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(2).max_blocking_threads(MOST_WORKERS).thread_stack_size(STACK_BYTES).enable_all();
    builder.build().context("cannot start the server's threads")
}

fn router(app: &Arc<App>, allowed_hosts: &[String]) -> Router {
    let names = Arc::new(Names::new(allowed_hosts));
    Router::new()
        .route(INSPECTOR, get(inspector::page))
        .route("/__newsprint/live.js", get(live::script))
        .route("/__newsprint/live", get(live::line))
        .route("/__newsprint/state", get(live::state))
        .fallback(site::page)
        .with_state(Arc::clone(app))
        .layer(from_fn_with_state(names, guard::watch))
}

/// What a person types to get here.
fn shown_host(address: &Address) -> String {
    match address.host {
        Some(host) if host.is_ipv6() && !host.is_loopback() => format!("[{host}]"),
        Some(host) if !host.is_loopback() => host.to_string(),
        _ => "localhost".to_owned(),
    }
}

/// A text that nobody can guess: by the seeds that the system gives each process's hash maps.
fn token() -> String {
    use std::hash::{BuildHasher as _, RandomState};
    let half = |part: u8| RandomState::new().hash_one(part);
    format!("{:016x}{:016x}", half(0), half(1))
}

#[cfg(unix)]
fn signals() -> anyhow::Result<impl Future<Output = Ending>> {
    use tokio::signal::unix::{SignalKind, signal};
    let cannot = "cannot wait for signals";
    let mut interrupt = signal(SignalKind::interrupt()).context(cannot)?;
    let mut terminate = signal(SignalKind::terminate()).context(cannot)?;
    let mut hang_up = signal(SignalKind::hangup()).context(cannot)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => Ending::Interrupted,
            _ = terminate.recv() => Ending::Terminated,
            _ = hang_up.recv() => Ending::HungUp,
        }
    })
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "other systems can fail here")]
fn signals() -> anyhow::Result<impl Future<Output = Ending>> {
    Ok(async {
        // Where Ctrl-C cannot be waited for, the system ends the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Ending::Interrupted
    })
}
