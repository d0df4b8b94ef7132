//! Answers: bytes with their headers, whole, in part, or only told about.
//!
//! Where the bytes come from is not known here; what every answer says is the guard's business.

use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, LAST_MODIFIED, LOCATION,
    RANGE,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;

use super::clock;
use super::conditions::Validators;
use super::ranges::{Wanted, wanted};

/// What separates the parts of an answer; no text of ours has it.
const BOUNDARY: &str = "newsprint-part-7d1f0c5a93e24b68";

/// An answer without a body.
pub(super) fn bare(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// A short answer in words.
pub(super) fn plain(status: StatusCode, message: &str, is_head: bool) -> Response {
    whole(status, "text/plain; charset=utf-8", Bytes::from(format!("{message}\n")), is_head)
}

/// An answer of some bytes.
pub(super) fn whole(status: StatusCode, kind: &str, bytes: Bytes, is_head: bool) -> Response {
    let mut response = bare(status);
    set(&mut response, CONTENT_TYPE, kind);
    set(&mut response, CONTENT_LENGTH, &bytes.len().to_string());
    if !is_head {
        *response.body_mut() = Body::from(bytes);
    }
    response
}

/// A way to another address of ours.
pub(super) fn redirect(status: StatusCode, to: &str) -> Response {
    let mut response = plain(status, "this page has moved", false);
    set(&mut response, LOCATION, to);
    response
}

/// Sets a header, unless the value cannot be one.
pub(super) fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// What a request for a file comes to, before the file is touched.
pub(super) enum Answer {
    /// The browser has it.
    Fresh,
    /// All of it.
    Whole,
    /// One part: from a byte up to another.
    Part(u64, u64),
    /// Several parts.
    Parts(Vec<(u64, u64)>),
    /// No such part.
    Nothing,
}

/// Decides what a request for `len` bytes comes to.
pub(super) fn decide(headers: &HeaderMap, validators: &Validators, len: u64) -> Answer {
    if validators.is_fresh(headers) {
        return Answer::Fresh;
    }
    let range = headers.get(RANGE).and_then(|value| value.to_str().ok());
    let Some(range) = range.filter(|_| validators.allows_part(headers)) else { return Answer::Whole };
    match wanted(range, len) {
        Wanted::Whole => Answer::Whole,
        Wanted::Nothing => Answer::Nothing,
        Wanted::Parts(parts) => match parts[..] {
            [(from, until)] => Answer::Part(from, until),
            _ => Answer::Parts(parts),
        },
    }
}

/// The head of an answer about `len` bytes of the media type `kind`; the body is the caller's.
pub(super) fn head(answer: &Answer, validators: &Validators, kind: &str, len: u64) -> Response {
    let mut response = bare(match answer {
        Answer::Fresh => StatusCode::NOT_MODIFIED,
        Answer::Whole => StatusCode::OK,
        Answer::Part(..) | Answer::Parts(_) => StatusCode::PARTIAL_CONTENT,
        Answer::Nothing => StatusCode::RANGE_NOT_SATISFIABLE,
    });
    set(&mut response, ETAG, &validators.tag);
    if let Some(modified) = validators.last_modified(clock::second()) {
        set(&mut response, LAST_MODIFIED, &modified);
    }
    set(&mut response, ACCEPT_RANGES, "bytes");
    match answer {
        Answer::Fresh => {}
        Answer::Nothing => {
            set(&mut response, CONTENT_RANGE, &format!("bytes */{len}"));
            set(&mut response, CONTENT_LENGTH, "0");
        }
        Answer::Whole => {
            set(&mut response, CONTENT_TYPE, kind);
            set(&mut response, CONTENT_LENGTH, &len.to_string());
        }
        Answer::Part(from, until) => {
            set(&mut response, CONTENT_TYPE, kind);
            set(&mut response, CONTENT_RANGE, &format!("bytes {from}-{}/{len}", until - 1));
            set(&mut response, CONTENT_LENGTH, &(until - from).to_string());
        }
        Answer::Parts(parts) => {
            let bodies: u64 = parts.iter().map(|(from, until)| until - from).sum();
            let heads: usize = parts.iter().map(|part| part_head(*part, kind, len).len()).sum();
            let total = bodies + (heads + parts_end().len()) as u64;
            set(&mut response, CONTENT_TYPE, &format!("multipart/byteranges; boundary={BOUNDARY}"));
            set(&mut response, CONTENT_LENGTH, &total.to_string());
        }
    }
    response
}

/// What stands before one of several parts.
pub(super) fn part_head((from, until): (u64, u64), kind: &str, len: u64) -> String {
    format!(
        "\r\n--{BOUNDARY}\r\nContent-Type: {kind}\r\nContent-Range: bytes {from}-{}/{len}\r\n\r\n",
        until - 1
    )
}

/// What stands behind the last of several parts.
pub(super) fn parts_end() -> String {
    format!("\r\n--{BOUNDARY}--\r\n")
}

/// Answers a request for bytes that are at hand.
pub(super) fn of_bytes(
    headers: &HeaderMap,
    validators: &Validators,
    kind: &str,
    bytes: &Bytes,
    is_head: bool,
) -> Response {
    let len = bytes.len() as u64;
    let answer = decide(headers, validators, len);
    let mut response = head(&answer, validators, kind, len);
    if is_head {
        return response;
    }
    let slice = |from: u64, until: u64| {
        let at = |place: u64| usize::try_from(place).unwrap_or(usize::MAX).min(bytes.len());
        bytes.slice(at(from)..at(until))
    };
    *response.body_mut() = match answer {
        Answer::Fresh | Answer::Nothing => Body::empty(),
        Answer::Whole => Body::from(bytes.clone()),
        Answer::Part(from, until) => Body::from(slice(from, until)),
        Answer::Parts(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(part_head(part, kind, len).as_bytes());
                all.extend(slice(part.0, part.1));
            }
            all.extend(parts_end().as_bytes());
            Body::from(all)
        }
    };
    response
}
