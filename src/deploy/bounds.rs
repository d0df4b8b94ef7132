//! What a deploy refuses to do: everything that looks like a mistake, said at once and before the first byte is sent.
//!
//! Pure: what is there and what is wanted come in as data. A refusal says what was found and what to type instead.

use url::{Host, Url};

use super::listing::Listing;
use super::plan::{Plan, Reason, There};

/// A site may lose so many in a hundred of its pages at once, and no more.
const LEAST_LEFT_PERCENT: usize = 70;

/// A deploy may delete so many in a hundred of the pages, and at most this many files.
const MOST_DELETED_PERCENT: usize = 5;
const MOST_DELETED: usize = 100;

/// How many names a refusal lists.
const SHOWN: usize = 8;

/// A reason not to deploy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What is wrong, on one line.
    pub what: String,
    /// What to type instead.
    pub help: String,
}

impl Refused {
    /// A reason, and what to do about it.
    #[must_use]
    pub fn new(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self { what: what.into(), help: help.into() }
    }
}

/// What the person at the keyboard has allowed.
#[derive(Clone, Debug, Default)]
pub struct Leave {
    /// How many files may be deleted.
    pub max_delete: Option<usize>,
    /// How many pages the site may lose.
    pub allow_shrink: Option<usize>,
    /// Whether files of others may lie beside the site.
    pub adopt: bool,
    /// Whether the site may have moved to another address.
    pub moved: bool,
}

/// What was found at the target beside our own records.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The address of the site that is there, when we deployed one.
    pub base_url: Option<String>,
    /// How many pages it has.
    pub pages: usize,
    /// Some files that are there though we deployed nothing.
    pub strangers: Vec<String>,
    /// Files of others at places where this deploy would put new ones.
    pub contested: Vec<String>,
}

/// Everything that speaks against this plan.
#[must_use]
pub fn refusals(
    plan: &Plan,
    (wanted, base_url): (&Listing, &str),
    (there, found): (&There, &Found),
    leave: &Leave,
) -> Vec<Refused> {
    let mut all = Vec::new();
    all.extend(nobody_reads(base_url));
    all.extend(empty(wanted));
    all.extend(another_site(base_url, found, leave));
    all.extend(strangers(found, leave));
    all.extend(shrunken(wanted, found, leave));
    all.extend(deletes(plan, there, leave));
    all
}

/// A site for this machine alone.
fn nobody_reads(base_url: &str) -> Option<Refused> {
    let url = Url::parse(base_url).ok()?;
    let is_near = match url.host()? {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            name == "localhost"
                || [".localhost", ".local", ".test", ".invalid", ".internal"]
                    .iter()
                    .any(|end| name.ends_with(end))
        }
        Host::Ipv4(ip) => ip.is_loopback() || ip.is_private() || ip.is_unspecified() || ip.is_link_local(),
        Host::Ipv6(ip) => ip.is_loopback() || ip.is_unspecified(),
    };
    let help = "set `base_url` in newsprint.yaml to the address readers use, and build again";
    is_near.then(|| {
        Refused::new(format!("the site was built for `{base_url}`, which readers cannot reach"), help)
    })
}

fn empty(wanted: &Listing) -> Option<Refused> {
    let help = "look at what `newsprint build` says, and build again";
    let is_there = wanted.find("index.html").is_some();
    (!is_there).then(|| Refused::new("the output has no front page (`index.html`)", help))
}

fn another_site(base_url: &str, found: &Found, leave: &Leave) -> Option<Refused> {
    let other = found.base_url.as_deref().filter(|other| *other != base_url && !leave.moved)?;
    let what = format!("another site is there: `{other}`, and this one is `{base_url}`");
    Some(Refused::new(what, "choose another target; if the site itself has moved, add `--new-address`"))
}

fn strangers(found: &Found, leave: &Leave) -> Option<Refused> {
    if leave.adopt {
        return None;
    }
    if found.base_url.is_none() && !found.strangers.is_empty() {
        let what = format!(
            "Newsprint has deployed nothing here, and the target is not empty: {}",
            shown(found.strangers.iter().map(String::as_str))
        );
        let help = "choose an empty place or another `prefix`; with `--adopt` the site is put beside these files, which stay";
        return Some(Refused::new(what, help));
    }
    if !found.contested.is_empty() {
        let what = format!(
            "files that are not Newsprint's are where the site would go: {}",
            shown(found.contested.iter().map(String::as_str))
        );
        return Some(Refused::new(what, "move them away, or replace them with `--adopt`"));
    }
    None
}

fn shrunken(wanted: &Listing, found: &Found, leave: &Leave) -> Option<Refused> {
    let (before, after) = (found.pages, wanted.pages());
    let lost = before.saturating_sub(after);
    let is_small = after * 100 < before * LEAST_LEFT_PERCENT;
    if !is_small || leave.allow_shrink.is_some_and(|most| lost <= most) {
        return None;
    }
    let what = format!("the site would shrink from {before} pages to {after}");
    let help = format!("is part of `content/` missing? If this is meant, add `--allow-shrink={lost}`");
    Some(Refused::new(what, help))
}

fn deletes(plan: &Plan, there: &There, leave: &Leave) -> Option<Refused> {
    let gone: Vec<&str> = plan
        .removals
        .iter()
        .filter(|removal| removal.reason == Reason::Gone)
        .map(|removal| removal.path.as_str())
        .collect();
    let usual = (there.listing.pages() * MOST_DELETED_PERCENT).div_ceil(100).min(MOST_DELETED);
    let most = leave.max_delete.unwrap_or(usual);
    if gone.len() <= most {
        return None;
    }
    let count = gone.len();
    let what =
        format!("{count} files would be deleted, and at most {most} may be: {}", shown(gone.into_iter()));
    let help = format!("look at them with `--dry-run`; if this is meant, add `--max-delete={count}`");
    Some(Refused::new(what, help))
}

/// The first few names, and how many more there are.
fn shown<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let count = names.len();
    let mut list: Vec<String> = names.take(SHOWN).map(|name| format!("`{name}`")).collect();
    if count > SHOWN {
        list.push(format!("and {} more", count - SHOWN));
    }
    list.join(", ")
}

#[cfg(test)]
mod tests {
    use super::nobody_reads;

    #[test]
    fn addresses_that_only_we_reach_are_told() {
        for near in [
            "http://localhost:1111/",
            "http://127.0.0.1/",
            "http://[::1]/",
            "http://192.168.1.9/",
            "http://desk.local/",
            "http://0.0.0.0:8000/",
            "https://news.test/",
        ] {
            assert!(nobody_reads(near).is_some(), "{near}");
        }
        for public in ["https://news.example/", "https://localhost.news.example/", "https://1.1.1.1/"] {
            assert!(nobody_reads(public).is_none(), "{public}");
        }
    }
}
