//! `newsprint why`: what a published page was made of.

use anyhow::bail;
use serde_json::{Value, json};

use super::CONTENT;
use super::args::Common;
use super::build::request;
use super::report::{self, Report};
use crate::config::{self, Config};
use crate::disk::parts::Parts;
use crate::disk::scan::Folder;
use crate::disk::system;
use crate::engine::{self, Kin};
use crate::route::Route;
use crate::source::{Source, SourcePath};

/// Prints what the page at `url` depends on: a path from the site's root, or an absolute URL.
pub(super) fn run(common: &Common, url: &str, report: &Report) -> anyhow::Result<u8> {
    let path = path_of(common, url)?;
    let Ok(route) = Route::parse(&path) else {
        bail!("`{url}` is no address of a page; write its path, such as `/politics/2026/a-story/`");
    };
    let Some(account) = engine::why(&Parts::of(&common.root), system::program(), &route) else {
        report.failure(
            &format!("the last build published nothing at `{route}`"),
            Some("run `newsprint build` first; the path is that of the address: `/politics/2026/a-story/`"),
        );
        return Ok(CONTENT);
    };
    let kin = related(common, &account.route)?;
    if common.json {
        let related: Vec<Value> = kin.iter().map(as_json).collect();
        let record = json!({ "url": account.route.as_str(), "made_of": account.facts, "related": related });
        report::print(&format!("{record}\n"))?;
        return Ok(0);
    }
    let facts = account.facts.join("\n  ");
    let mut text = format!("{} is made of\n  {facts}\n  the config `newsprint.yaml`\n", account.route);
    if !kin.is_empty() {
        text.push_str(
            "\nolder stories under it: score = terms in common × length × recency × kinship, less what is alike\n",
        );
        for kin in &kin {
            text.push_str(&in_words(kin));
        }
    }
    report::print(&text)?;
    Ok(0)
}

/// Why the stories under a story are there; nothing when the newspaper cannot be built as it is now.
fn related(common: &Common, route: &Route) -> anyhow::Result<Vec<Kin>> {
    let folder = Folder::new(&common.root, &common.root.join("public"))?;
    let found = engine::kin(&folder, &Parts::of(&common.root), request(common)?, route)?;
    Ok(found.unwrap_or_default())
}

fn as_json(kin: &Kin) -> Value {
    let terms: Vec<Value> = kin.terms.iter().map(|(term, part)| json!([term, part])).collect();
    json!({
        "url": kin.route.as_str(), "title": kin.title, "date": kin.date.rfc3339(), "score": kin.score,
        "terms": terms, "length": kin.norm, "recency": kin.recency, "kinship": kin.kinship,
        "alike": kin.sameness,
    })
}

/// How many terms are named.
const NAMED: usize = 8;

fn in_words(kin: &Kin) -> String {
    let dot: u32 = kin.terms.iter().map(|(_, part)| part).sum();
    let named: Vec<String> =
        kin.terms.iter().take(NAMED).map(|(term, part)| format!("{term} {part}")).collect();
    let more = match kin.terms.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(", {more} more"),
    };
    let alike = if kin.sameness > 0.0 {
        format!(" · alike −{:.0} %", kin.sameness * 100.0)
    } else {
        String::new()
    };
    format!(
        "  {:.1} {} “{}”\n    terms {dot} ({}{more}) · length {:.3} · recency {:.3} ({}) · kinship {:.2}{alike}\n",
        kin.score,
        kin.route,
        kin.title,
        named.join(", "),
        kin.norm,
        kin.recency,
        kin.date.rfc3339(),
        kin.kinship,
    )
}

/// The path of an address below the site's home.
fn path_of(common: &Common, url: &str) -> anyhow::Result<String> {
    let Some((_, rest)) = url.split_once("://") else { return Ok(url.to_owned()) };
    let path = rest.find('/').map_or("/", |at| &rest[at..]).to_owned();
    let text = std::fs::read(common.root.join(config::FILE_NAME))?;
    let source = Source::decode(SourcePath::new(config::FILE_NAME), text).ok();
    let config = source.and_then(|source| Config::read(&source).0);
    let base = config.map_or_else(|| "/".to_owned(), |config| config.base.path().to_owned());
    Ok(path.strip_prefix(&base).map_or(path.clone(), |below| format!("/{below}")))
}
