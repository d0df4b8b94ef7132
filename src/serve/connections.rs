//! Connections: how many there may be at once, and which give way to a new one.
//!
//! Slow and silent ones cannot keep a reader out: when all places are taken, whoever has waited longest without asking
//! for anything goes. What is served is not known here.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tower_service::Service as _;

use super::wire::{Doing, Pulse, Wire};

/// How many connections there may be.
const MOST: usize = 256;

/// How long an answered connection keeps its place when another one wants it.
const GRACE: Duration = Duration::from_secs(1);

/// How much of a head the parser takes; what goes beyond is refused by the parser itself.
const BUFFER_BYTES: usize = 48 << 10;

/// How many headers the parser takes.
const MOST_HEADERS: usize = 100;

/// How long to wait when the system has no more descriptors for us.
const RESPITE: Duration = Duration::from_millis(50);

/// What a connection gets when there is no place for it.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n\
    Content-Length: 21\r\nRetry-After: 1\r\nConnection: close\r\n\r\ntoo many connections\n";

/// Marks an answer that goes on for long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Long;

/// One place that is taken.
struct Place {
    pulse: Arc<Pulse>,
    task: AbortHandle,
}

/// Accepts connections for ever.
pub(super) async fn accept(listeners: Vec<TcpListener>, router: Router) {
    let (sender, mut arrivals) = mpsc::channel(16);
    for listener in listeners {
        tokio::spawn(listen(listener, sender.clone()));
    }
    let mut places: BTreeMap<u64, Place> = BTreeMap::new();
    let mut next = 0;
    while let Some(stream) = arrivals.recv().await {
        if places.len() >= MOST {
            places.retain(|_, place| !place.task.is_finished());
        }
        if places.len() >= MOST && !give_way(&mut places) {
            tokio::spawn(refuse(stream));
            continue;
        }
        let pulse = Pulse::new();
        let task = tokio::spawn(talk(stream, Arc::clone(&pulse), router.clone())).abort_handle();
        places.insert(next, Place { pulse, task });
        next += 1;
    }
}

async fn listen(listener: TcpListener, arrivals: mpsc::Sender<TcpStream>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                if arrivals.send(stream).await.is_err() {
                    return;
                }
            }
            // The connection is gone again, or there are no descriptors left: both pass.
            Err(_) => tokio::time::sleep(RESPITE).await,
        }
    }
}

/// Ends one connection that waits; `false` when all are busy.
fn give_way(places: &mut BTreeMap<u64, Place>) -> bool {
    let waits = |place: &Place| place.pulse.is(Doing::Asking);
    let rests = |place: &Place| place.pulse.is(Doing::Answered) && place.pulse.quiet() > GRACE;
    let oldest = places.iter().find(|(_, place)| waits(place));
    let Some((&id, place)) = oldest.or_else(|| places.iter().find(|(_, place)| rests(place))) else {
        return false;
    };
    place.task.abort();
    places.remove(&id);
    true
}

async fn refuse(mut stream: TcpStream) {
    // Whether the other end hears of it is its own affair.
    drop(tokio::time::timeout(GRACE, stream.write_all(FULL)).await);
}

async fn talk(stream: TcpStream, pulse: Arc<Pulse>, router: Router) {
    // Pages are small, and an event is worth sending at once.
    drop(stream.set_nodelay(true));
    let service = service_fn(|request: Request<Incoming>| {
        pulse.set(Doing::Answering);
        let (mut router, pulse) = (router.clone(), Arc::clone(&pulse));
        async move {
            let answer: Result<Response<Body>, _> = router.call(request.map(Body::new)).await;
            let is_long = answer.as_ref().is_ok_and(|answer| answer.extensions().get::<Long>().is_some());
            pulse.set(if is_long { Doing::Streaming } else { Doing::Answered });
            answer
        }
    });
    let io = TokioIo::new(Wire::new(stream, Arc::clone(&pulse)));
    // What goes wrong on a connection is the other end's doing, and ends with it.
    drop(
        http1::Builder::new()
            .max_buf_size(BUFFER_BYTES)
            .max_headers(MOST_HEADERS)
            .serve_connection(io, service)
            .await,
    );
}
