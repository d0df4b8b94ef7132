//! The plan of a deploy: a pure function from what there is and what there shall be to steps in their order.
//!
//! Nothing here knows what kind of place the target is. Whether a plan may be carried out is decided in `bounds.rs`.

use std::collections::{BTreeMap, BTreeSet};

use super::class::Class;
use super::digest::Digest;
use super::listing::{Item, Listing};
use super::record::Retired;

/// A day, in seconds.
const DAY: i64 = 86_400;

/// What is at a target, as our own records there say.
#[derive(Clone, Debug, Default)]
pub struct There {
    /// The files of the edition that is live; empty when nothing was deployed yet.
    pub listing: Listing,
    /// Assets that are there and no longer part of it.
    pub retired: Vec<Retired>,
    /// Files that an interrupted deploy may have put there already, in whatever form.
    pub doubtful: BTreeSet<String>,
    /// Files that an interrupted deploy was about to delete.
    pub doomed: BTreeSet<String>,
}

/// Where in the order a step stands. Everything of one stage is done before the next begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Hashed assets.
    Assets,
    /// Other files that pages show.
    Static,
    /// Stories and other pages of their own that were not there before: nothing that readers see leads to them yet.
    NewPages,
    /// Lists that were not there before.
    NewLists,
    /// Feeds and other files for programs that were not there before.
    NewMachine,
    /// Stories and other pages of their own that change: whatever they lead to is there now.
    Pages,
    /// Lists that change.
    Lists,
    /// The front page.
    Home,
    /// Feeds, sitemaps and what else programs read, where it changes.
    Machine,
}

impl Stage {
    /// All stages, in their order: that of kinds (assets, files, stories, lists, front page, feeds), and within it what is
    /// new before what changes. A story that changes may lead to a list that is new, such as that of a tag nobody used
    /// before; were the list sent later, as kinds alone would have it, readers would meet a dead link in between.
    pub const ALL: [Self; 9] = [
        Self::Assets,
        Self::Static,
        Self::NewPages,
        Self::NewLists,
        Self::NewMachine,
        Self::Pages,
        Self::Lists,
        Self::Home,
        Self::Machine,
    ];

    fn of(class: Class, change: Change) -> Self {
        match (class, change) {
            (Class::Asset, _) => Self::Assets,
            (Class::Static, _) => Self::Static,
            (Class::Page, Change::Add) => Self::NewPages,
            (Class::List, Change::Add) => Self::NewLists,
            (Class::Machine, Change::Add) => Self::NewMachine,
            (Class::Page, Change::Replace) => Self::Pages,
            (Class::List, Change::Replace) => Self::Lists,
            (Class::Home, _) => Self::Home,
            (Class::Machine, Change::Replace) => Self::Machine,
        }
    }

    /// What it is called on the terminal.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Assets => "assets",
            Self::Static => "pictures and files",
            Self::NewPages => "new pages",
            Self::NewLists => "new lists",
            Self::NewMachine => "new feeds",
            Self::Pages => "changed pages",
            Self::Lists => "changed lists",
            Self::Home => "front page",
            Self::Machine => "feeds and sitemaps",
        }
    }
}

/// What a step does to the file at its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// There was none.
    Add,
    /// There was another one.
    Replace,
}

/// A file to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    /// The file.
    pub item: Item,
    /// Whether another one is there.
    pub change: Change,
    /// What is there now, when that is known.
    pub before: Option<Digest>,
    /// When it is sent.
    pub stage: Stage,
}

/// A file to be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// Where it is.
    pub path: String,
    /// What is there, when that is known.
    pub before: Option<Digest>,
    /// How many bytes it has, when that is known.
    pub size: u64,
    /// Why it goes.
    pub reason: Reason,
}

/// Why a file is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It was part of the last edition and is not part of this one.
    Gone,
    /// It was left by a deploy that did not finish.
    LeftOver,
    /// An old asset whose time of grace is over.
    Expired,
}

/// What a deploy will do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Files to send, by stage and path.
    pub puts: Vec<Put>,
    /// Files to delete, by path.
    pub removals: Vec<Removal>,
    /// Assets that stay for a while though the site no longer has them.
    pub retired: Vec<Retired>,
    /// How many files stay as they are.
    pub unchanged: usize,
}

impl Plan {
    /// Works out what leads from `there` to `wanted`, at the instant `now` (seconds since 1970), where old assets stay
    /// for so many days.
    #[must_use]
    pub fn new(wanted: &Listing, there: &There, now: i64, grace_days: u32) -> Self {
        let retired: BTreeMap<&str, &Retired> =
            there.retired.iter().map(|retired| (retired.path.as_str(), retired)).collect();
        let mut plan = Self::default();
        for item in wanted.items() {
            let known = there.listing.find(&item.path).map(|item| item.digest);
            let before =
                known.or_else(|| retired.get(item.path.as_str()).and_then(|old| Digest::parse(&old.digest)));
            let is_doubtful = there.doubtful.contains(&item.path) || there.doomed.contains(&item.path);
            if before == Some(item.digest) && !is_doubtful {
                plan.unchanged += 1;
                continue;
            }
            let change = if known.is_some() { Change::Replace } else { Change::Add };
            plan.puts.push(Put {
                item: item.clone(),
                change,
                before,
                stage: Stage::of(item.class(), change),
            });
        }
        plan.puts.sort_by(|a, b| (a.stage, &a.item.path).cmp(&(b.stage, &b.item.path)));
        plan.remove(wanted, there, now, grace_days);
        plan
    }

    fn remove(&mut self, wanted: &Listing, there: &There, now: i64, grace_days: u32) {
        let mut removals: BTreeMap<&str, Removal> = BTreeMap::new();
        let removal = |path: &str, before: Option<Digest>, size: u64, reason| Removal {
            path: path.to_owned(),
            before,
            size,
            reason,
        };
        for path in there.doubtful.iter().chain(&there.doomed) {
            if wanted.find(path).is_none() {
                removals.insert(path, removal(path, None, 0, Reason::LeftOver));
            }
        }
        for item in there.listing.items().iter().filter(|item| wanted.find(&item.path).is_none()) {
            if item.class() == Class::Asset && grace_days > 0 {
                let digest = item.digest.to_string();
                self.retired.push(Retired { path: item.path.clone(), digest, since: now });
                removals.remove(item.path.as_str());
            } else {
                let gone = removal(&item.path, Some(item.digest), item.size, Reason::Gone);
                removals.insert(&item.path, gone);
            }
        }
        for old in there.retired.iter().filter(|old| wanted.find(&old.path).is_none()) {
            let is_over = now.saturating_sub(old.since) >= i64::from(grace_days) * DAY;
            if is_over {
                let expired = removal(&old.path, Digest::parse(&old.digest), 0, Reason::Expired);
                removals.insert(&old.path, expired);
            } else if !self.retired.iter().any(|retired| retired.path == old.path) {
                removals.remove(old.path.as_str());
                self.retired.push(old.clone());
            }
        }
        self.retired.sort_by(|a, b| a.path.cmp(&b.path));
        self.removals = removals.into_values().collect();
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.puts.is_empty() && self.removals.is_empty()
    }

    /// How many bytes will be sent.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.puts.iter().map(|put| put.item.size).sum()
    }

    /// How many files of each kind of change will be sent: new ones, and changed ones.
    #[must_use]
    pub fn tally(&self) -> (usize, usize) {
        let added = self.puts.iter().filter(|put| put.change == Change::Add).count();
        (added, self.puts.len() - added)
    }

    /// The files to send at one stage.
    pub fn at(&self, stage: Stage) -> impl Iterator<Item = &Put> {
        self.puts.iter().filter(move |put| put.stage == stage)
    }
}

#[cfg(test)]
mod tests;
