//! The inspector: what whoever makes the newspaper wants to know of it, and no reader may: findings, drafts, what is
//! scheduled and when, articles that nothing leads to, and what the last round did.
//!
//! It is a page of the preview alone. What it shows is asked of the edition when somebody looks.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;

use super::answer;
use super::app::{App, INSPECTOR};
use super::board::{Round, Standing};
use super::digests::PageTag;
use super::insert::{escaped, script};
use super::trouble::{document, list};
use crate::archive::links::Verdict;
use crate::archive::stories::{Story, StoryId};
use crate::content::on_file::OnFile;
use crate::date::Moment;
use crate::diagnostic::Diagnostic;
use crate::edition::newspaper::Newspaper;
use crate::engine::with_places;
use crate::route::Route;

/// How many entries a list shows.
const MOST: usize = 200;

/// Answers a request for the inspector.
pub(super) async fn page(State(app): State<Arc<App>>, request: Request) -> Response {
    let is_head = request.method() == Method::HEAD;
    let made = tokio::task::spawn_blocking(move || whole(&app)).await;
    match made {
        Ok(page) => answer::whole(StatusCode::OK, "text/html; charset=utf-8", Bytes::from(page), is_head),
        Err(_) => answer::plain(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the inspector cannot be made; this is a mistake of ours",
            is_head,
        ),
    }
}

fn whole(app: &App) -> String {
    let standing = app.board.now();
    let paper = standing.issue.as_ref().map(|issue| issue.paper());
    let title = paper.map_or("The newspaper", |paper| paper.config.title.as_str());
    let mut body = format!("<h1>{}: inspector</h1>\n", escaped(title));
    body.push_str("<p class=\"soft\">For whoever makes the newspaper. Readers never see this page.</p>\n");
    body.push_str(
        "<nav><a href=\"/\">Front page</a> <a href=\"#round\">Last update</a> <a href=\"#findings\">Findings</a> \
         <a href=\"#drafts\">Drafts</a> <a href=\"#scheduled\">Scheduled</a> <a href=\"#orphans\">Orphans</a></nav>\n",
    );
    round(&mut body, &standing);
    findings(&mut body, app, &standing);
    if let Some(paper) = paper {
        let withheld = &paper.archive.withheld().articles;
        drafts(&mut body, paper, withheld);
        scheduled(&mut body, paper, withheld);
        orphans(&mut body, paper);
    }
    let tag = tag(&standing);
    document(
        &format!("{title}: inspector"),
        &body,
        &script(
            &app.board.token,
            &tag,
            &Route::of_output_path(&format!("{}index.html", &INSPECTOR[1..])),
            " data-bare",
        ),
    )
}

/// The tag of the inspector: it is another page after each round.
pub(super) fn tag(standing: &Standing) -> PageTag {
    PageTag::of_text(&format!("round {}", standing.number))
}

fn heading(body: &mut String, id: &str, title: &str, count: Option<usize>) {
    let count = count.map_or(String::new(), |count| format!("<small>{count}</small>"));
    let _ = writeln!(body, "<h2 id=\"{id}\">{title}{count}</h2>");
}

fn round(body: &mut String, standing: &Standing) {
    heading(body, "round", "Last update", None);
    let Some(round) = &standing.round else {
        body.push_str("<p>The newspaper is being read.</p>\n");
        return;
    };
    let Round { at, files, reason, took, stages, pages, changed } = &**round;
    let verdict = if standing.failed {
        "something keeps a new edition from being shown; the last good one stays"
    } else {
        "the edition is up to date"
    };
    let _ = writeln!(body, "<p><time>{}</time>: {verdict}. {pages} pages.</p>", escaped(at));
    if let Some(trouble) = &standing.trouble {
        let _ = writeln!(body, "<p class=\"trouble\">{}</p>", escaped(trouble));
    }
    body.push_str("<div class=\"wide\"><table>\n<tr><th>Why</th><th>Pages in browsers that changed</th><th class=\"number\">Took</th></tr>\n");
    let why = if files.is_empty() {
        escaped(if reason.is_empty() { "files came or went" } else { reason })
    } else {
        names(files)
    };
    let routes: Vec<String> = changed.iter().map(|route| route.as_str().to_owned()).collect();
    let routes = if routes.is_empty() { "none".to_owned() } else { names(&routes) };
    let _ = writeln!(
        body,
        "<tr><td>{why}</td><td>{routes}</td><td class=\"number\">{:.1} ms</td></tr>",
        took.as_secs_f64() * 1_000.0
    );
    body.push_str("</table></div>\n<div class=\"wide\"><table>\n<tr><th>Stage</th>");
    for (stage, _) in stages {
        let _ = write!(body, "<th class=\"number\">{}</th>", escaped(stage));
    }
    body.push_str("</tr>\n<tr><th>Time</th>");
    for (_, time) in stages {
        let _ = write!(body, "<td class=\"number\">{:.1} ms</td>", time.as_secs_f64() * 1_000.0);
    }
    body.push_str("</tr>\n</table></div>\n");
}

fn names(all: &[String]) -> String {
    let mut text: Vec<String> =
        all.iter().take(10).map(|name| format!("<code>{}</code>", escaped(name))).collect();
    if all.len() > text.len() {
        text.push(format!("and {} more", all.len() - text.len()));
    }
    text.join("<br>")
}

fn findings(body: &mut String, app: &App, standing: &Standing) {
    let mut all = app.board.errors(standing);
    let errors = all.len();
    let warnings = standing.findings.iter().filter(|finding| !finding.is_error());
    let count = warnings.clone().count();
    let some: Vec<Diagnostic> = warnings.take(MOST).cloned().collect();
    all.extend(with_places(some, app.library.folder()));
    heading(body, "findings", "Findings", Some(errors + count));
    if all.is_empty() {
        body.push_str("<p>None.</p>\n");
        return;
    }
    body.push_str(&list(&all, errors + MOST));
    if count > MOST {
        let _ = writeln!(
            body,
            "<p class=\"soft\">and {} more warnings: <code>newsprint check</code> lists them all.</p>",
            count - MOST
        );
    }
}

/// One row of a table of articles: when, what, where.
fn row(body: &mut String, when: &str, title: &str, href: Option<&str>, file: &str) {
    let title = match href {
        Some(href) => format!("<a href=\"{}\">{}</a>", escaped(href), escaped(title)),
        None => escaped(title),
    };
    let _ = writeln!(
        body,
        "<tr><td><time>{}</time></td><td>{title}</td><td><code>{}</code></td></tr>",
        escaped(when),
        escaped(file)
    );
}

fn table(body: &mut String, when: &str, rows: impl FnOnce(&mut String)) {
    let _ =
        writeln!(body, "<div class=\"wide\"><table>\n<tr><th>{when}</th><th>Article</th><th>File</th></tr>");
    rows(body);
    body.push_str("</table></div>\n");
}

fn when(date: Moment) -> String {
    date.format("%Y-%m-%d %H:%M (UTC%:z)").unwrap_or_else(|| date.rfc3339())
}

fn drafts(body: &mut String, paper: &Newspaper, withheld: &[OnFile]) {
    let shown: Vec<&Story> = paper.archive.stories().iter().filter(|story| story.article.draft).collect();
    let hidden: Vec<&OnFile> = withheld.iter().filter(|article| article.draft).collect();
    let pages = &paper.archive.withheld().pages;
    let count = shown.len() + hidden.len() + pages.len();
    heading(body, "drafts", "Drafts", Some(count));
    if count == 0 {
        body.push_str("<p>None.</p>\n");
        return;
    }
    if !hidden.is_empty() {
        body.push_str(
            "<p class=\"soft\">Start with <code>--drafts</code> to read them in the preview.</p>\n",
        );
    }
    table(body, "Dated", |body| {
        for story in shown.iter().take(MOST) {
            let article = &story.article;
            let href = paper.config.base.href(&story.route);
            row(body, &when(article.date), &article.title, Some(&href), article.prose.path.as_str());
        }
        for article in hidden.iter().take(MOST) {
            row(body, &when(article.date), &article.title, None, article.prose.path.as_str());
        }
        for page in pages.iter().take(MOST) {
            row(body, "", &page.title, None, page.prose.path.as_str());
        }
    });
}

fn scheduled(body: &mut String, paper: &Newspaper, withheld: &[OnFile]) {
    let now = paper.publication.now;
    let hidden = withheld.iter().filter(|article| !article.draft).map(|article| (article, None));
    let shown =
        paper.archive.stories().iter().filter(|story| !story.article.draft && story.article.date > now);
    let mut all: Vec<(&OnFile, Option<String>)> = hidden
        .chain(shown.map(|story| (&story.article, Some(paper.config.base.href(&story.route)))))
        .collect();
    all.sort_by(|(one, _), (other, _)| {
        one.date.cmp(&other.date).then_with(|| one.prose.path.cmp(&other.prose.path))
    });
    heading(body, "scheduled", "Scheduled", Some(all.len()));
    let _ = writeln!(
        body,
        "<p class=\"soft\">This edition is as of <time>{}</time>.{}</p>",
        escaped(&when(now)),
        next(paper)
    );
    if all.is_empty() {
        body.push_str("<p>Nothing is scheduled.</p>\n");
        return;
    }
    table(body, "Appears", |body| {
        for (article, href) in all.iter().take(MOST) {
            row(body, &when(article.date), &article.title, href.as_deref(), article.prose.path.as_str());
        }
    });
}

/// When the site changes by itself.
fn next(paper: &Newspaper) -> String {
    let until = paper.archive.until(&paper.config, paper.publication.now);
    until.map_or(String::new(), |until| {
        let moment = Moment::from_unix(until).in_zone(paper.config.timezone.as_ref());
        format!(" The site changes by itself next at <time>{}</time>.", escaped(&when(moment)))
    })
}

fn orphans(body: &mut String, paper: &Newspaper) {
    let stories = paper.archive.stories();
    let mut led_to: HashSet<StoryId> = HashSet::new();
    for (index, story) in stories.iter().enumerate() {
        led_to.extend(story.pinned.iter().chain(&story.related));
        for wanted in &story.article.prose.wanted {
            if let Verdict::Story(id) = paper.archive.titles().find(*wanted)
                && id.index() != index
            {
                led_to.insert(id);
            }
        }
    }
    let alone: Vec<&Story> = stories
        .iter()
        .enumerate()
        .filter(|(index, _)| !led_to.contains(&StoryId::new(*index)))
        .map(|(_, story)| story)
        .collect();
    heading(body, "orphans", "Orphans", Some(alone.len()));
    body.push_str("<p class=\"soft\">Articles that no other article links to or shows under Also Read, newest first.</p>\n");
    if alone.is_empty() {
        body.push_str("<p>None.</p>\n");
        return;
    }
    table(body, "Dated", |body| {
        for story in alone.iter().take(MOST) {
            let href = paper.config.base.href(&story.route);
            row(
                body,
                &when(story.article.date),
                &story.article.title,
                Some(&href),
                story.article.prose.path.as_str(),
            );
        }
    });
    if alone.len() > MOST {
        let _ = writeln!(body, "<p class=\"soft\">and {} older ones</p>", alone.len() - MOST);
    }
}
