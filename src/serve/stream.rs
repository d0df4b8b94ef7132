//! Bodies that are longer than what should be kept in memory: parts of files, piece by piece, and events as they come.
//!
//! What is in them is not known here.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io::{self, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::fs::File;
use tokio::io::{AsyncRead as _, AsyncSeek as _, ReadBuf};
use tokio::sync::mpsc;

/// How many bytes are read at once.
const PIECE_BYTES: usize = 64 << 10;

/// One piece of an answer.
pub(super) enum Piece {
    /// Words of our own.
    Text(Bytes),
    /// Bytes of the file, from one place up to another.
    File(u64, u64),
}

/// Pieces of a file, with words between them.
pub(super) struct Pieces {
    file: File,
    todo: VecDeque<Piece>,
    is_placed: bool,
    buffer: Vec<u8>,
}

impl Pieces {
    pub(super) fn new(file: std::fs::File, todo: impl IntoIterator<Item = Piece>) -> Self {
        let buffer = vec![0; PIECE_BYTES];
        Self { file: File::from_std(file), todo: todo.into_iter().collect(), is_placed: false, buffer }
    }

    /// Goes to the place in the file where the piece begins.
    fn place(&mut self, from: u64, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.is_placed {
            Pin::new(&mut self.file).start_seek(SeekFrom::Start(from))?;
            self.is_placed = true;
        }
        ready!(Pin::new(&mut self.file).poll_complete(context))?;
        Poll::Ready(Ok(()))
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = &mut *self;
        let (from, until) = match this.todo.front() {
            None => return Poll::Ready(None),
            Some(Piece::Text(text)) => {
                let text = text.clone();
                this.todo.pop_front();
                return Poll::Ready(Some(Ok(Frame::data(text))));
            }
            Some(Piece::File(from, until)) => (*from, *until),
        };
        if from >= until {
            this.todo.pop_front();
            this.is_placed = false;
            return self.poll_frame(context);
        }
        ready!(this.place(from, context))?;
        let wanted = usize::try_from(until - from).unwrap_or(usize::MAX).min(PIECE_BYTES);
        let mut buffer = ReadBuf::new(&mut this.buffer[..wanted]);
        ready!(Pin::new(&mut this.file).poll_read(context, &mut buffer))?;
        let read = Bytes::copy_from_slice(buffer.filled());
        if read.is_empty() {
            // The file has become shorter: the answer cannot be what was promised.
            return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())));
        }
        this.todo[0] = Piece::File(from + read.len() as u64, until);
        Poll::Ready(Some(Ok(Frame::data(read))))
    }
}

/// Events as they come, until whoever sends them stops.
pub(super) struct Events(pub(super) mpsc::Receiver<Bytes>);

impl Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|event| event.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
