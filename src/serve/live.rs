//! Live pages: each page that a browser shows has a line open, over which it hears that it has changed, and no more.
//!
//! Events carry a number and nothing of the newspaper. What a browser does with them is in `live.js`.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::answer;
use super::app::App;
use super::board::Standing;
use super::connections::Long;
use super::digests::{PageTag, Turn};
use super::stream::Events;
use super::target::{Target, target};
use crate::diagnostic::{Diagnostic, Label};
use crate::fingerprint::Fingerprint;
use crate::route::Route;

/// The script that pages load.
const SCRIPT: &str = include_str!("live.js");

/// The looks of the list of errors.
const STYLE: &str = include_str!("overlay.css");

/// How often a silent line says that it is still there.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How long a browser waits before it opens a line again, in milliseconds.
const RETRY: &str = "retry: 400\n\n";

/// How many events may wait for a browser that takes none.
const MOST_WAITING: usize = 16;

/// How many errors a page lists.
const MOST_ERRORS: usize = 50;

/// What a browser says with its request.
struct Asked {
    route: Route,
    page: PageTag,
}

/// Gives out the script.
pub(super) async fn script(request: Request) -> Response {
    let is_head = request.method() == Method::HEAD;
    answer::whole(
        StatusCode::OK,
        "text/javascript; charset=utf-8",
        Bytes::from_static(SCRIPT.as_bytes()),
        is_head,
    )
}

/// Opens a line.
pub(super) async fn line(State(app): State<Arc<App>>, request: Request) -> Response {
    let is_head = request.method() == Method::HEAD;
    let asked = match read(&app, &request) {
        Ok(asked) => asked,
        Err(status) => return answer::plain(status, "this page is not one of this server's", is_head),
    };
    let (sender, receiver) = mpsc::channel(MOST_WAITING);
    if !is_head {
        tokio::spawn(tell(app, asked, sender));
    }
    let mut response = Response::new(Body::new(Events(receiver)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response.extensions_mut().insert(Long);
    response
}

/// What a page shows besides itself: errors, and what the banner says.
pub(super) async fn state(State(app): State<Arc<App>>, request: Request) -> Response {
    let is_head = request.method() == Method::HEAD;
    let asked = match read(&app, &request) {
        Ok(asked) => asked,
        Err(status) => return answer::plain(status, "this page is not one of this server's", is_head),
    };
    let standing = app.board.now();
    let errors = app.board.errors(&standing);
    let record = json!({
        "errors": errors.iter().take(MOST_ERRORS).map(record).collect::<Vec<_>>(),
        "more": errors.len().saturating_sub(MOST_ERRORS),
        "trouble": standing.trouble.as_deref(),
        "banner": super::banner::of_page(&standing, &asked.route),
        "style": STYLE,
    });
    answer::whole(StatusCode::OK, "application/json", Bytes::from(record.to_string()), is_head)
}

/// Reads what the script says of its page, which proves by the token that this server gave it out.
fn read(app: &App, request: &Request) -> Result<Asked, StatusCode> {
    let query = request.uri().query().unwrap_or("");
    let said: HashMap<String, String> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let text = |name: &str| said.get(name).map_or("", String::as_str);
    if text("token") != app.board.token {
        return Err(StatusCode::FORBIDDEN);
    }
    let Target::At(route) = target(text("path"), "/") else { return Err(StatusCode::BAD_REQUEST) };
    Ok(Asked { route, page: PageTag::read(text("page")).unwrap_or_else(PageTag::absent) })
}

/// Tells a browser of changes until it goes.
async fn tell(app: Arc<App>, asked: Asked, line: mpsc::Sender<Bytes>) {
    let Asked { route, mut page } = asked;
    let open = app.board.opened(route.clone(), page.clone());
    let mut bell = app.board.listen();
    let mut said = quiet();
    if line.send(Bytes::from_static(RETRY.as_bytes())).await.is_err() {
        return;
    }
    loop {
        bell.borrow_and_update();
        let standing = app.board.now();
        if let Some(now) = app.tag_now(&standing, &route).await {
            let event = match page.turn(&now) {
                Turn::Nothing => None,
                Turn::Styles => Some("style"),
                Turn::Reload => Some("page"),
            };
            page = now;
            open.is_now(&page);
            if !send(&line, event, standing.number).await {
                return;
            }
        }
        let state = digest(&app, &standing, &route);
        let event = (state != said).then_some("state");
        said = state;
        if !send(&line, event, standing.number).await {
            return;
        }
        loop {
            tokio::select! {
                rung = bell.changed() => match rung {
                    Ok(()) => break,
                    Err(_) => return,
                },
                () = line.closed() => return,
                () = sleep(HEARTBEAT) => {
                    if line.send(Bytes::from_static(b":\n\n")).await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}

/// Sends an event, if there is one; `false` when nobody listens any more.
async fn send(line: &mpsc::Sender<Bytes>, event: Option<&str>, number: u64) -> bool {
    let Some(event) = event else { return true };
    line.send(Bytes::from(format!("event: {event}\ndata: {number}\n\n"))).await.is_ok()
}

/// The digest of nothing to say, which is what a page begins with.
fn quiet() -> Fingerprint {
    Fingerprint::of(b"")
}

/// A digest of what [`state`] would say: of the errors, and of a banner that has changed since the page was made.
fn digest(app: &App, standing: &Standing, route: &Route) -> Fingerprint {
    let mut all = String::new();
    for error in app.board.errors(standing) {
        let _ = writeln!(all, "{error:?}");
    }
    all.push_str(standing.trouble.as_deref().unwrap_or(""));
    if let Some(banner) = super::banner::of_page(standing, route) {
        all.push_str(&banner);
    }
    Fingerprint::of(all.as_bytes())
}

fn record(finding: &Diagnostic) -> serde_json::Value {
    let place = |label: &Label| {
        // The script counts as JavaScript does, in units of UTF-16.
        let units = |until: usize| label.excerpt.get(..until).map_or(0, |text| text.encode_utf16().count());
        json!({
            "file": label.path.as_str(), "line": label.position.line, "column": label.position.column,
            "source": label.excerpt, "note": label.note,
            "from": units(label.underlined.start), "to": units(label.underlined.end),
        })
    };
    json!({
        "severity": if finding.is_error() { "error" } else { "warning" },
        "message": finding.message(),
        "places": finding.labels().iter().map(place).collect::<Vec<_>>(),
        "help": finding.help_lines(),
    })
}
