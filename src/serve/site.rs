//! The site as browsers get it: what the edition publishes at a route, and nothing that is only on the disk.
//!
//! Who may ask is the guard's business; how an answer is cut is `answer.rs`'s.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;

use super::answer::{self, Answer};
use super::app::App;
use super::board::{Found, Standing};
use super::conditions::Validators;
use super::connections::Long;
use super::digests::PageTag;
use super::insert::Insertion;
use super::media::{is_html, media_type};
use super::stream::{Piece, Pieces};
use super::target::{Target, target};
use super::trouble;
use crate::diagnostic::Diagnostic;
use crate::engine::{Issue, Shown, with_places};
use crate::fingerprint::Fingerprint;
use crate::route::Route;
use crate::source::SourcePath;

/// How long a request waits for the first edition.
const FIRST_PATIENCE: Duration = Duration::from_secs(30);

/// Files up to this size are read whole.
const SMALL_FILE_BYTES: u64 = 256 << 10;

/// What is said when something panics, which is our mistake.
const UNMADE: &str = "making this page has failed; this is a mistake of ours";

/// Hexadecimal digits of an entity tag.
const TAG_DIGITS: usize = 32;

/// Parts of one request that an answer depends on.
struct Asked {
    headers: HeaderMap,
    is_head: bool,
    /// With its question mark; empty when there is none.
    query: String,
}

/// Answers a request for a page or file.
pub(super) async fn page(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let query = parts.uri.query().map_or(String::new(), |query| format!("?{query}"));
    let asked = Asked { headers: parts.headers, is_head: parts.method == Method::HEAD, query };
    let path = parts.uri.path();
    app.board.after(0, FIRST_PATIENCE).await;
    let standing = app.board.now();
    let Some(issue) = &standing.issue else { return trouble::no_edition(&app, &standing, asked.is_head) };
    let base = issue.paper().config.base.path();
    match target(path, base) {
        Target::At(route) => at(&app, &route, &asked).await,
        Target::Outside if base.strip_suffix('/') == Some(path) || path == "/" => {
            answer::redirect(StatusCode::TEMPORARY_REDIRECT, &format!("{base}{}", asked.query))
        }
        Target::Outside | Target::Nonsense => missing(&app, &Route::file("404.html"), &asked).await,
    }
}

async fn at(app: &Arc<App>, route: &Route, asked: &Asked) -> Response {
    let (standing, found) = app.board.find(route).await;
    let Some(issue) = standing.issue.clone() else {
        return trouble::no_edition(app, &standing, asked.is_head);
    };
    match found {
        Found::Nothing => absent(app, &issue, route, asked).await,
        Found::Page(Shown::Bytes(bytes)) => shown(app, &standing, route, bytes, asked, StatusCode::OK).await,
        Found::Page(Shown::File(path)) => file(app, &standing, route, path, asked).await,
        Found::Page(Shown::Redirect(to)) => {
            answer::redirect(StatusCode::FOUND, &issue.paper().config.base.href(&to))
        }
        Found::Page(Shown::Broken(finding)) => {
            app.board.report(standing.number, placed(app, *finding).await);
            last_shown(app, &standing, (route, ""), asked)
        }
        Found::Failed(why) => last_shown(app, &standing, (route, &why), asked),
    }
}

/// A finding with the place where the mistake is.
async fn placed(app: &Arc<App>, finding: Diagnostic) -> Diagnostic {
    let library = Arc::clone(&app.library);
    let (fallback, findings) = (finding.clone(), vec![finding]);
    let placed = tokio::task::spawn_blocking(move || with_places(findings, library.folder())).await;
    placed.ok().and_then(|mut placed| placed.pop()).unwrap_or(fallback)
}

/// A page as it was when it could be made, else what is wrong with it.
fn last_shown(app: &App, standing: &Standing, (route, why): (&Route, &str), asked: &Asked) -> Response {
    match app.board.recall(route) {
        Some(bytes) => {
            let validators = Validators { tag: tag(&bytes), modified: standing.since };
            answer::of_bytes(&asked.headers, &validators, media_type(route), &bytes, asked.is_head)
        }
        None => trouble::broken_page(app, standing, (route, why), asked.is_head),
    }
}

/// What is to be said where nothing is published.
async fn absent(app: &Arc<App>, issue: &Issue, route: &Route, asked: &Asked) -> Response {
    if !route.is_page() {
        let folder = Route::of_output_path(&format!("{}/index.html", &route.as_str()[1..]));
        if issue.paper().edition.get(&folder).is_some() {
            let to = format!("{}{}", issue.paper().config.base.href(&folder), asked.query);
            return answer::redirect(StatusCode::PERMANENT_REDIRECT, &to);
        }
    }
    if let Some((bytes, kind)) = app.library.kept(route) {
        let validators = Validators { tag: tag(&bytes), modified: 0 };
        return answer::of_bytes(&asked.headers, &validators, kind, &bytes, asked.is_head);
    }
    missing(app, route, asked).await
}

/// The newspaper's own page for what is not there.
async fn missing(app: &Arc<App>, route: &Route, asked: &Asked) -> Response {
    let (standing, found) = app.board.find(&Route::file("404.html")).await;
    match found {
        Found::Page(Shown::Bytes(bytes)) => {
            shown(app, &standing, route, bytes, asked, StatusCode::NOT_FOUND).await
        }
        _ => answer::plain(StatusCode::NOT_FOUND, "nothing is published here", asked.is_head),
    }
}

/// A page with what the preview puts into it.
async fn shown(
    app: &Arc<App>,
    standing: &Arc<Standing>,
    route: &Route,
    bytes: Vec<u8>,
    asked: &Asked,
    status: StatusCode,
) -> Response {
    let is_page = status == StatusCode::NOT_FOUND || is_html(media_type(route));
    let kind = if is_page { "text/html; charset=utf-8" } else { media_type(route) };
    let bytes = if is_page {
        let Some(issue) = standing.issue.clone() else {
            return trouble::no_edition(app, standing, asked.is_head);
        };
        let (worker, at, number) = (Arc::clone(app), route.clone(), Arc::clone(standing));
        let made = tokio::task::spawn_blocking(move || {
            let tag = worker.tag_of(&issue, &at, &bytes);
            with_insertion(&worker, &number, &at, &tag, &bytes)
        });
        match made.await {
            Ok(bytes) => Bytes::from(bytes),
            Err(_) => return trouble::broken_page(app, standing, (route, UNMADE), asked.is_head),
        }
    } else {
        Bytes::from(bytes)
    };
    if status != StatusCode::OK {
        return answer::whole(status, kind, bytes, asked.is_head);
    }
    app.board.remember(route, &bytes);
    let validators = Validators { tag: tag(&bytes), modified: standing.since };
    answer::of_bytes(&asked.headers, &validators, kind, &bytes, asked.is_head)
}

fn with_insertion(app: &App, standing: &Standing, route: &Route, tag: &PageTag, bytes: &[u8]) -> Vec<u8> {
    let banner = super::banner::of_page(standing, route);
    Insertion { token: &app.board.token, tag, route, banner: banner.as_deref() }.put_into(bytes)
}

fn tag(bytes: &[u8]) -> String {
    format!("\"{}\"", Fingerprint::of(bytes).short(TAG_DIGITS))
}

/// A file of the newspaper as it is; pages among them get what pages get.
async fn file(
    app: &Arc<App>,
    standing: &Arc<Standing>,
    route: &Route,
    path: SourcePath,
    asked: &Asked,
) -> Response {
    let (library, wanted) = (Arc::clone(&app.library), path);
    let opened = tokio::task::spawn_blocking(move || library.open(&wanted)).await;
    let Ok(Ok((file, len, digest))) = opened else {
        // It went, or became something else, a moment ago.
        app.board.settle(standing.number);
        return missing(app, route, asked).await;
    };
    let kind = media_type(route);
    if is_html(kind) && len <= SMALL_FILE_BYTES {
        let read = tokio::task::spawn_blocking(move || {
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut std::io::Read::take(file, SMALL_FILE_BYTES), &mut bytes)
                .map(|_| bytes)
        });
        return match read.await {
            Ok(Ok(bytes)) => shown(app, standing, route, bytes, asked, StatusCode::OK).await,
            _ => missing(app, route, asked).await,
        };
    }
    let validators = Validators { tag: format!("\"{digest}\""), modified: standing.since };
    let answer = answer::decide(&asked.headers, &validators, len);
    let mut response = answer::head(&answer, &validators, kind, len);
    if !asked.is_head {
        let pieces = pieces(answer, kind, len);
        if !pieces.is_empty() {
            *response.body_mut() = Body::new(Pieces::new(file, pieces));
            if len > SMALL_FILE_BYTES {
                response.extensions_mut().insert(Long);
            }
        }
    }
    response
}

fn pieces(answer: Answer, kind: &str, len: u64) -> Vec<Piece> {
    match answer {
        Answer::Fresh | Answer::Nothing => Vec::new(),
        Answer::Whole => vec![Piece::File(0, len)],
        Answer::Part(from, until) => vec![Piece::File(from, until)],
        Answer::Parts(parts) => {
            let of = |part: (u64, u64)| {
                [Piece::Text(Bytes::from(answer::part_head(part, kind, len))), Piece::File(part.0, part.1)]
            };
            let end = Piece::Text(Bytes::from(answer::parts_end()));
            parts.into_iter().flat_map(of).chain([end]).collect()
        }
    }
}
