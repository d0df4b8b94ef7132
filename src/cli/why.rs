//! `newsprint why`: what a published page was made of.

use anyhow::bail;
use serde_json::json;

use super::CONTENT;
use super::args::Common;
use super::report::{self, Report};
use crate::config::{self, Config};
use crate::disk::parts::Parts;
use crate::disk::system;
use crate::engine;
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
    let record = json!({ "url": account.route.as_str(), "made_of": account.facts });
    if common.json {
        report::print(&format!("{record}\n"))?;
        return Ok(0);
    }
    let facts = account.facts.join("\n  ");
    report::print(&format!("{} is made of\n  {facts}\n  the config `newsprint.yaml`\n", account.route))?;
    Ok(0)
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
