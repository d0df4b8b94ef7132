//! One connection's bytes, with an eye on time and on what the HTTP parser would forgive.
//!
//! A request that does not arrive ends the connection, and so does a browser that takes nothing any more. What is asked
//! for is not known here.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

/// How long the head of a request may take to arrive.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);

/// How long nothing may pass over a connection.
const IDLE_PATIENCE: Duration = Duration::from_mins(1);

/// A control character, which no request may have: it takes the place of what the parser must not pass over.
const REFUSED: u8 = 1;

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Doing {
    /// It waits for the rest of a request.
    Asking,
    /// A request is being answered.
    Answering,
    /// A whole answer was given to the connection.
    Answered,
    /// A long answer is on its way: a large file, or events.
    Streaming,
}

/// What is known of a connection from outside.
#[derive(Debug)]
pub(super) struct Pulse {
    started: Instant,
    doing: AtomicU8,
    /// When bytes last passed, in milliseconds since the start.
    last: AtomicU64,
}

impl Pulse {
    pub(super) fn new() -> Arc<Self> {
        let doing = AtomicU8::new(Doing::Asking as u8);
        Arc::new(Self { started: Instant::now(), doing, last: AtomicU64::new(0) })
    }

    pub(super) fn set(&self, doing: Doing) {
        self.doing.store(doing as u8, Ordering::Relaxed);
    }

    pub(super) fn is(&self, doing: Doing) -> bool {
        self.doing.load(Ordering::Relaxed) == doing as u8
    }

    /// How long nothing has passed.
    pub(super) fn quiet(&self) -> Duration {
        self.started.elapsed().saturating_sub(Duration::from_millis(self.last.load(Ordering::Relaxed)))
    }

    fn beat(&self) {
        let passed = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(passed, Ordering::Relaxed);
    }
}

/// Where in the head of a request the next byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spot {
    /// Before its first byte.
    Before,
    /// In the request line.
    Line,
    /// In a header's line, with something in it.
    Header,
    /// At the beginning of a header's line.
    Start,
}

/// A connection.
pub(super) struct Wire {
    stream: TcpStream,
    pulse: Arc<Pulse>,
    spot: Spot,
    alarm: Pin<Box<Sleep>>,
}

impl Wire {
    pub(super) fn new(stream: TcpStream, pulse: Arc<Pulse>) -> Self {
        let alarm = Box::pin(sleep_until(Instant::now() + HEAD_PATIENCE));
        Self { stream, pulse, spot: Spot::Before, alarm }
    }

    /// Looks at bytes that came in. No request of ours has a body, so that heads follow each other.
    fn inspect(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.spot = match (self.spot, *byte) {
                (Spot::Before, b'\r' | b'\n') => Spot::Before,
                (Spot::Before, _) => {
                    self.pulse.set(Doing::Asking);
                    self.alarm.as_mut().reset(Instant::now() + HEAD_PATIENCE);
                    Spot::Line
                }
                (Spot::Line | Spot::Header, b'\n') | (Spot::Start, b'\r') => Spot::Start,
                (Spot::Line, b'#') => {
                    // The parser would leave a fragment out, and whoever stands before us may not have.
                    *byte = REFUSED;
                    Spot::Line
                }
                (Spot::Line, _) => Spot::Line,
                (Spot::Start, b'\n') => {
                    self.alarm.as_mut().reset(Instant::now() + IDLE_PATIENCE);
                    Spot::Before
                }
                (Spot::Start | Spot::Header, _) => Spot::Header,
            };
        }
    }

    /// Something passed; in the middle of a head that earns no more time.
    fn passed(&mut self) {
        self.pulse.beat();
        if self.spot == Spot::Before {
            self.alarm.as_mut().reset(Instant::now() + IDLE_PATIENCE);
        }
    }

    /// What waiting comes to: more of it, or the end.
    fn wait<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if self.pulse.is(Doing::Answering) {
            // The other end waits for us.
            return Poll::Pending;
        }
        ready!(self.alarm.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Ready(Ok(())) => {
                self.passed();
                self.inspect(&mut buffer.filled_mut()[before..]);
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => self.wait(context),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(context, bytes) {
            Poll::Ready(done) => {
                self.passed();
                Poll::Ready(done)
            }
            Poll::Pending => self.wait(context),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write_vectored(context, slices) {
            Poll::Ready(done) => {
                self.passed();
                Poll::Ready(done)
            }
            Poll::Pending => self.wait(context),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
