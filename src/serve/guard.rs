//! The guard: who may ask, and how; everybody else learns nothing of the newspaper.
//!
//! A web page elsewhere can make the editor's browser ask this server, under a name of its own (DNS rebinding) or as a part
//! of itself. What is published where is not known here.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, HOST, ORIGIN, REFERRER_POLICY, TRANSFER_ENCODING,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};
use axum::middleware::Next;
use axum::response::Response;

use super::answer;

/// The longest request target, in bytes.
const LONGEST_TARGET: usize = 8 << 10;

/// How many bytes the headers of a request may have.
const MOST_HEADER_BYTES: usize = 16 << 10;

/// What every answer says: nothing is kept, framed, guessed, embedded, found by search engines or told to others.
const ALWAYS: [(HeaderName, &str); 6] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (CACHE_CONTROL, "no-store"),
    (REFERRER_POLICY, "no-referrer"),
    (X_FRAME_OPTIONS, "SAMEORIGIN"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("x-robots-tag"), "noindex"),
];

/// The names by which this server may be called.
#[derive(Debug)]
pub(super) struct Names {
    allowed: Vec<String>,
}

impl Names {
    /// This machine's own names, and others that the editor has allowed.
    pub(super) fn new(allowed: &[String]) -> Self {
        Self { allowed: allowed.iter().map(|name| name.to_ascii_lowercase()).collect() }
    }

    /// Whether a `Host` header names us. Its port may be another one, as behind a tunnel.
    fn has(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let name = match host.rsplit_once(':') {
            Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            Some((_, "")) => return false,
            _ => host.as_str(),
        };
        let is_local = matches!(name, "localhost" | "127.0.0.1" | "[::1]")
            || name.strip_suffix(".localhost").is_some_and(is_name);
        is_local || self.allowed.iter().any(|allowed| allowed == name)
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

/// Lets a request pass, or answers it.
pub(super) async fn watch(State(names): State<Arc<Names>>, request: Request, next: Next) -> Response {
    let is_head = request.method() == Method::HEAD;
    let mut response = match refusal(&names, &request) {
        Some((status, message)) => {
            let mut response = answer::plain(status, message, is_head);
            if status == StatusCode::METHOD_NOT_ALLOWED {
                response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            }
            // Whatever else the other end has sent, it is not read.
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            response
        }
        None => next.run(request).await,
    };
    for (name, value) in ALWAYS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Why a request is not answered as it wishes.
fn refusal(names: &Names, request: &Request<Body>) -> Option<(StatusCode, &'static str)> {
    let headers = request.headers();
    if let Some(refusal) = oversize(request) {
        return Some(refusal);
    }
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Some((StatusCode::BAD_REQUEST, "a request names one host"));
    };
    if !host.to_str().is_ok_and(|host| names.has(host)) {
        return Some((StatusCode::FORBIDDEN, "this host name is not served here; see --allow-host"));
    }
    if request.version() < Version::HTTP_10 {
        return Some((StatusCode::BAD_REQUEST, "this version of HTTP is not served here"));
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Some((StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are served here"));
    }
    // Whoever sends a body with these means something that we do not know.
    let length = headers.get(CONTENT_LENGTH).map(HeaderValue::as_bytes);
    if headers.contains_key(TRANSFER_ENCODING) || length.is_some_and(|length| length != b"0") {
        return Some((StatusCode::BAD_REQUEST, "a request for a page has no body"));
    }
    if request.uri().authority().is_some() || !request.uri().path().starts_with('/') {
        return Some((StatusCode::BAD_REQUEST, "a request names a path"));
    }
    if !is_own(headers, host) {
        return Some((StatusCode::FORBIDDEN, "another site's pages may not read the preview"));
    }
    None
}

fn oversize(request: &Request<Body>) -> Option<(StatusCode, &'static str)> {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target > LONGEST_TARGET {
        return Some((StatusCode::URI_TOO_LONG, "the address is too long"));
    }
    let headers = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    if headers.sum::<usize>() > MOST_HEADER_BYTES {
        return Some((StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too large"));
    }
    None
}

/// Whether a request comes from a page of this server, from the address bar, a link, or from no browser at all.
fn is_own(headers: &HeaderMap, host: &HeaderValue) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(origin) = headers.get(ORIGIN) {
        let own = host.to_str().is_ok_and(|host| {
            let origin = origin.to_str().unwrap_or("");
            origin.strip_prefix("http://").is_some_and(|of| of.eq_ignore_ascii_case(host))
        });
        if !own || headers.get_all(ORIGIN).iter().count() > 1 {
            return false;
        }
    }
    // Fetch Metadata: a page that is followed to is one thing, a part of somebody's page another.
    match text("sec-fetch-site") {
        None | Some("same-origin" | "none") => true,
        Some(_) => text("sec-fetch-mode") == Some("navigate") && text("sec-fetch-dest") == Some("document"),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};

    use super::{Names, is_own};

    #[test]
    fn the_host_is_this_machine() {
        let names = Names::new(&["News.LAN".to_owned(), "10.0.0.5".to_owned()]);
        for host in [
            "localhost",
            "localhost:1605",
            "LOCALHOST:1",
            "127.0.0.1:1605",
            "[::1]",
            "[::1]:1605",
            "a.localhost:1605",
            "news.lan:1605",
            "10.0.0.5",
        ] {
            assert!(names.has(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:1605",
            "localhost.evil.example",
            "localhost.",
            "127.0.0.2",
            "127.1",
            "2130706433",
            "::1",
            "[::]",
            "0.0.0.0",
            ".localhost",
            "localhost:",
            "localhost:x",
            "a@localhost",
            "evil.example/.localhost",
            "xlocalhost",
            "10.0.0.50",
            "news.lan.evil.example",
        ] {
            assert!(!names.has(host), "{host}");
        }
    }

    fn check(headers: &[(&'static str, &'static str)], is: bool) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        assert_eq!(is_own(&map, &HeaderValue::from_static("localhost:1605")), is, "{headers:?}");
    }

    #[test]
    fn other_sites_read_nothing() {
        check(&[], true);
        check(&[("origin", "http://localhost:1605")], true);
        check(&[("origin", "http://localhost:1606")], false);
        check(&[("origin", "https://localhost:1605")], false);
        check(&[("origin", "null")], false);
        check(&[("origin", "http://evil.example")], false);
        check(&[("sec-fetch-site", "same-origin")], true);
        check(&[("sec-fetch-site", "none")], true);
        check(&[("sec-fetch-site", "cross-site")], false);
        check(&[("sec-fetch-site", "same-site"), ("sec-fetch-mode", "cors")], false);
        check(
            &[
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-dest", "document"),
            ],
            true,
        );
        check(
            &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")],
            false,
        );
    }
}
