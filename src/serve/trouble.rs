//! Pages for when there is nothing else to show: no edition yet, or a page that no template can make.
//!
//! They load themselves again when that changes. What is wrong is not found here.

use std::fmt::Write as _;

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::Response;

use super::answer;
use super::app::App;
use super::board::Standing;
use super::digests::PageTag;
use super::insert::{escaped, script};
use crate::diagnostic::{Diagnostic, Label};
use crate::route::Route;

/// The looks of these pages and of the inspector.
pub(super) const STYLE: &str = include_str!("pages.css");

/// How many errors such a page lists.
const MOST_ERRORS: usize = 50;

/// The answer while no edition is good: 503, as for a service that will be there again.
pub(super) fn no_edition(app: &App, standing: &Standing, is_head: bool) -> Response {
    let errors = app.board.errors(standing);
    let (title, lead) = if standing.number == 0 {
        (
            "The newspaper is being read",
            "The first edition takes a moment. This page loads itself again when it is there.",
        )
    } else if errors.is_empty() {
        ("The newspaper cannot be read", "This page loads itself again when it can.")
    } else {
        (
            "The newspaper has errors",
            "Nothing is shown until they are gone. This page then loads itself again.",
        )
    };
    let mut body = format!("<h1>{title}</h1>\n<p>{lead}</p>\n");
    if let Some(trouble) = &standing.trouble {
        let _ = writeln!(body, "<p class=\"trouble\">{}</p>", escaped(trouble));
    }
    body.push_str(&list(&errors, MOST_ERRORS));
    let script = script(&app.board.token, &tag_of_none(&errors, standing), &Route::home(), " data-bare");
    let page = document(title, &body, &script);
    let mut response = answer::whole(
        StatusCode::SERVICE_UNAVAILABLE,
        "text/html; charset=utf-8",
        Bytes::from(page),
        is_head,
    );
    answer::set(&mut response, RETRY_AFTER, "1");
    response
}

/// The tag of [`no_edition`]'s page: what it lists.
pub(super) fn tag_of_none(errors: &[Diagnostic], standing: &Standing) -> PageTag {
    PageTag::of_text(&format!("{} {:?} {errors:?}", standing.number == 0, standing.trouble))
}

/// The answer for a page that cannot be made and has not been shown before.
pub(super) fn broken_page(
    app: &App,
    standing: &Standing,
    (route, why): (&Route, &str),
    is_head: bool,
) -> Response {
    let errors = app.board.errors(standing);
    let mut body =
        "<h1>This page cannot be made</h1>\n<p>It loads itself again when the mistake is gone.</p>\n"
            .to_owned();
    if !why.is_empty() {
        let _ = writeln!(body, "<p class=\"trouble\">{}</p>", escaped(why));
    }
    body.push_str(&list(&errors, MOST_ERRORS));
    let script = script(&app.board.token, &PageTag::absent(), route, " data-bare");
    let page = document("This page cannot be made", &body, &script);
    answer::whole(StatusCode::INTERNAL_SERVER_ERROR, "text/html; charset=utf-8", Bytes::from(page), is_head)
}

/// A page of the preview's own.
pub(super) fn document(title: &str, body: &str, script: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n{script}</body>\n</html>\n",
        escaped(title)
    )
}

/// Findings as a list, at most so many.
pub(super) fn list(findings: &[Diagnostic], most: usize) -> String {
    let mut text = "<ol class=\"findings\">\n".to_owned();
    for finding in findings.iter().take(most) {
        text.push_str(&item(finding));
    }
    if findings.len() > most {
        let _ = writeln!(text, "<li>and {} more</li>", findings.len() - most);
    }
    text.push_str("</ol>\n");
    text
}

fn item(finding: &Diagnostic) -> String {
    let severity = if finding.is_error() { "error" } else { "warning" };
    let mut text = format!(
        "<li class=\"{severity}\"><p class=\"message\"><b>{severity}</b> {}</p>\n",
        escaped(finding.message())
    );
    for label in finding.labels() {
        let (path, place) = (escaped(label.path.as_str()), label.position);
        let _ = writeln!(text, "<p class=\"place\">{path}:{}:{}</p>", place.line, place.column);
        text.push_str(&source_line(label));
    }
    for help in finding.help_lines() {
        let _ = writeln!(text, "<p class=\"help\">help: {}</p>", escaped(help));
    }
    text.push_str("</li>\n");
    text
}

fn source_line(label: &Label) -> String {
    let line = &label.excerpt;
    let (from, until) = (label.underlined.start, label.underlined.end);
    let (Some(before), Some(inside), Some(after)) =
        (line.get(..from), line.get(from..until), line.get(until..))
    else {
        return String::new();
    };
    if line.is_empty() {
        return String::new();
    }
    let note =
        if label.note.is_empty() { String::new() } else { format!("\n<em>{}</em>", escaped(&label.note)) };
    format!(
        "<pre><i>{} │ </i>{}<mark>{}</mark>{}{note}</pre>\n",
        label.position.line,
        escaped(before),
        if inside.is_empty() { " ".to_owned() } else { escaped(inside) },
        escaped(after)
    )
}
