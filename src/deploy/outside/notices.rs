//! Who is told once a new edition is live: caches, search engines, the feeds' hub; and a reader who looks whether it is.
//!
//! Only changed addresses are named. What could not be told is told after the next deploy.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use super::calls::{Body, Caller};
use super::environment::{Secret, secret};
use crate::base_url::BaseUrl;
use crate::config::deploy::{IndexNow, Purge, Target};
use crate::deploy::class::{Class, encoding};
use crate::deploy::digest::Digest;
use crate::deploy::plan::{Plan, Put};
use crate::deploy::retry::retry;
use crate::deploy::store::{Answer, Clock, Fault};
use crate::route::Route;

/// How many addresses Cloudflare takes in one call (its API's documentation, "Purge cached content").
const CLOUDFLARE_URLS: usize = 30;

/// How many `IndexNow` takes (indexnow.org/documentation).
const INDEX_NOW_URLS: usize = 10_000;

/// How many a webhook gets at once.
const WEBHOOK_URLS: usize = 1_000;

/// How many pages are read as readers get them.
const READ: usize = 200;

/// Addresses that changed, for each who wants to know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notices {
    /// For caches: everything that is not as it was.
    pub purge: BTreeSet<String>,
    /// For search engines: pages that are new or changed.
    pub index: BTreeSet<String>,
    /// For the hub: feeds that changed.
    pub feeds: BTreeSet<String>,
}

impl Notices {
    /// What a plan changes for readers of the site at `base`, as far as somebody is to be told.
    #[must_use]
    pub fn of(plan: &Plan, base: &BaseUrl, target: &Target) -> Self {
        let url = |path: &str| base.absolute(&Route::of_output_path(path));
        let is_shown = |path: &str| !path.starts_with('.') && encoding(path).is_none();
        let mut notices = Self::default();
        if target.purge.is_some() {
            // An asset's name is new when its bytes are: no cache has it.
            let puts = plan.puts.iter().filter(|put| put.item.class() != Class::Asset);
            let paths =
                puts.map(|put| &put.item.path).chain(plan.removals.iter().map(|removal| &removal.path));
            notices.purge = paths.filter(|path| is_shown(path)).map(|path| url(path)).collect();
        }
        if target.index_now.is_some() {
            let is_page = |put: &&Put| {
                put.item.class().is_page()
                    && put.item.path.ends_with("index.html")
                    && is_shown(&put.item.path)
            };
            notices.index = plan.puts.iter().filter(is_page).map(|put| url(&put.item.path)).collect();
        }
        if target.websub {
            let is_feed =
                |path: &str| matches!(path.rsplit('/').next(), Some("feed.xml" | "atom.xml" | "feed.json"));
            let feeds = plan.puts.iter().map(|put| &put.item.path).filter(|path| is_feed(path));
            notices.feeds = feeds.map(|path| url(path)).collect();
        }
        notices
    }

    /// Adds what could not be told earlier.
    pub fn extend(&mut self, earlier: Self) {
        self.purge.extend(earlier.purge);
        self.index.extend(earlier.index);
        self.feeds.extend(earlier.feeds);
    }

    /// Whether nobody has to be told anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.purge.is_empty() && self.index.is_empty() && self.feeds.is_empty()
    }

    /// How many addresses there are in all.
    #[must_use]
    pub fn count(&self) -> usize {
        self.purge.len() + self.index.len() + self.feeds.len()
    }

    /// Tells everybody; what is left are notices that could not be given, with the reasons.
    #[must_use]
    pub fn give(
        self,
        target: &Target,
        hub: Option<&str>,
        base: &BaseUrl,
        clock: &dyn Clock,
    ) -> (Self, Vec<String>) {
        let caller = Caller::new();
        let (mut left, mut reasons) = (Self::default(), Vec::new());
        if let Some(purge) = target.purge.as_ref().filter(|_| !self.purge.is_empty())
            && let Err(fault) = clear(&caller, purge, &self.purge, clock)
        {
            reasons.push(format!("the cache was not purged: {fault}"));
            left.purge = self.purge;
        }
        if let Some(index) = target.index_now.as_ref().filter(|_| !self.index.is_empty())
            && let Err(fault) = announce(&caller, index, base, &self.index, clock)
        {
            reasons.push(format!("search engines were not told: {fault}"));
            left.index = self.index;
        }
        if target.websub && !self.feeds.is_empty() {
            let told = match hub {
                Some(hub) => publish(&caller, hub, &self.feeds, clock),
                None => Err(Fault::lasting("`websub` needs the address of a hub in `feeds: {hub: …}`")),
            };
            if let Err(fault) = told {
                reasons.push(format!("the feeds' hub was not told: {fault}"));
                left.feeds = self.feeds;
            }
        }
        (left, reasons)
    }
}

/// Clears addresses from a cache.
fn clear(caller: &Caller, purge: &Purge, urls: &BTreeSet<String>, clock: &dyn Clock) -> Answer<()> {
    let urls: Vec<&String> = urls.iter().collect();
    let needed = |name: &str| {
        secret(name).ok_or_else(|| Fault::lasting(format!("set the environment variable {name}")))
    };
    match purge {
        Purge::Cloudflare { zone, api } => {
            let token = Secret::new(format!("Bearer {}", needed("CLOUDFLARE_API_TOKEN")?.reveal()));
            let to = joined(api, &format!("zones/{zone}/purge_cache"))?;
            for some in urls.chunks(CLOUDFLARE_URLS) {
                let body = json!({ "files": some });
                retry(clock, || caller.post(&to, Some(("Authorization", &token)), Body::Json(&body)))?;
            }
        }
        Purge::Fastly { api } => {
            let token = needed("FASTLY_API_TOKEN")?;
            for url in urls {
                let cached = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
                let to = joined(api, &format!("purge/{cached}"))?;
                retry(clock, || caller.post(&to, Some(("Fastly-Key", &token)), Body::Empty))?;
            }
        }
        Purge::Webhook { url } => {
            let token = secret("NEWSPRINT_WEBHOOK_TOKEN");
            let token = token.map(|token| Secret::new(format!("Bearer {}", token.reveal())));
            for some in urls.chunks(WEBHOOK_URLS) {
                let body = json!({ "urls": some });
                let header = token.as_ref().map(|token| ("Authorization", token));
                retry(clock, || caller.post(url.as_str(), header, Body::Json(&body)))?;
            }
        }
    }
    Ok(())
}

/// Tells search engines (indexnow.org).
fn announce(
    caller: &Caller,
    index: &IndexNow,
    base: &BaseUrl,
    urls: &BTreeSet<String>,
    clock: &dyn Clock,
) -> Answer<()> {
    let urls: Vec<&String> = urls.iter().collect();
    for some in urls.chunks(INDEX_NOW_URLS) {
        let body = json!({
            "host": base.host(),
            "key": index.key,
            "keyLocation": base.absolute(&Route::file(&format!("{}.txt", index.key))),
            "urlList": some,
        });
        retry(clock, || caller.post(index.endpoint.as_str(), None, Body::Json(&body)))?;
    }
    Ok(())
}

/// Tells a hub which feeds changed (the form that `WebSub`'s hubs take from publishers, as W3C's `WebSub` leaves it to them).
fn publish(caller: &Caller, hub: &str, feeds: &BTreeSet<String>, clock: &dyn Clock) -> Answer<()> {
    for feed in feeds {
        let fields = [("hub.mode", "publish"), ("hub.topic", feed.as_str()), ("hub.url", feed.as_str())];
        retry(clock, || caller.post(hub, None, Body::Form(&fields)))?;
    }
    Ok(())
}

/// Reads changed pages as readers get them, up to a number; those that are not as they were sent.
///
/// # Errors
///
/// When the site cannot be read.
pub fn read_back(at: &Url, plan: &Plan, clock: &dyn Clock) -> Answer<(usize, Vec<String>)> {
    let caller = Caller::new();
    let is_read = |put: &&Put| put.item.path.ends_with("index.html") || put.item.class() == Class::Asset;
    let pages: Vec<&Put> = plan.puts.iter().filter(is_read).collect();
    let step = pages.len().div_ceil(READ).max(1);
    let (mut count, mut bad) = (0, Vec::new());
    for put in pages.into_iter().step_by(step) {
        let path = put.item.path.strip_suffix("index.html").unwrap_or(&put.item.path);
        let url = joined(at, path)?;
        let found: Option<Digest> = retry(clock, || caller.digest(&url))?;
        count += 1;
        if found != Some(put.item.digest) {
            bad.push(url);
        }
    }
    Ok((count, bad))
}

/// The address of a path below another address.
fn joined(base: &Url, path: &str) -> Answer<String> {
    let mut url = base.clone();
    let cannot = || Fault::lasting(format!("`{base}` cannot have a path"));
    {
        let mut parts = url.path_segments_mut().map_err(|()| cannot())?;
        parts.pop_if_empty().extend(path.split('/'));
    }
    Ok(url.to_string())
}
