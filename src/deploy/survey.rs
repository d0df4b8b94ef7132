//! What a target holds, read from our own records there: never by listing or hashing its files.

use std::collections::{BTreeMap, BTreeSet};

use super::bounds::Found;
use super::listing::Listing;
use super::plan::{Plan, There};
use super::record::{Claim, Record, Touched, Unreadable};
use super::retry::retry;
use super::store::{Answer, Clock, Fault, Form, Memory, Store};

/// The note with the claim of a deploy that goes on.
pub(super) const CLAIM: &str = "claim.json";

/// The note with the files it is about to change.
pub(super) const TOUCHED: &str = "touched.json";

/// How many strangers a refusal may name, and a few more to count.
const STRANGERS: usize = 100;

/// A target as it was found.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// The record of the edition that is live.
    pub record: Option<Record>,
    /// Its files, and what an interrupted deploy may have done to them.
    pub there: There,
    /// The claim of a deploy that goes on or was interrupted.
    pub claim: Option<Claim>,
    /// What it was about to change.
    pub touched: Option<Touched>,
}

/// The note of a list.
pub(super) fn list_note(name: &str) -> String {
    format!("lists/{name}")
}

/// The note of an edition's record.
pub(super) fn edition_note(id: &str) -> String {
    format!("editions/{id}.json")
}

/// Looks at a target.
///
/// # Errors
///
/// When it cannot be asked, or its records are damaged or newer than this program.
pub fn survey(store: &dyn Store, memory: &dyn Memory, clock: &dyn Clock) -> Answer<Site> {
    let live = retry(clock, || store.live())?;
    let notes = retry(clock, || store.read(&[CLAIM.to_owned(), TOUCHED.to_owned()]))?;
    let claim = notes.first().and_then(Option::as_deref).and_then(Claim::parse);
    let touched = notes.get(1).and_then(Option::as_deref).and_then(Touched::parse);
    let mut site = Site { claim, ..Site::default() };
    if let Some(bytes) = live {
        let record = Record::parse(&bytes).map_err(|why| unreadable(store, why))?;
        site.there.listing = listing(&record, store, memory, clock)?;
        site.there.retired.clone_from(&record.retired);
        site.record = Some(record);
    }
    if store.form() == Form::InPlace
        && let Some(touched) = touched
    {
        site.there.doubtful = touched.puts.iter().cloned().collect::<BTreeSet<_>>();
        site.there.doomed = touched.deletes.iter().cloned().collect();
        site.touched = Some(touched);
    }
    Ok(site)
}

/// The files of an edition at a target, from its lists, most of which this machine remembers.
///
/// # Errors
///
/// When a list cannot be read or is damaged.
pub fn listing(
    record: &Record,
    store: &dyn Store,
    memory: &dyn Memory,
    clock: &dyn Clock,
) -> Answer<Listing> {
    let mut lists = BTreeMap::new();
    let mut missing = BTreeSet::new();
    for name in &record.lists {
        match memory.list(name) {
            Some(bytes) => drop(lists.insert(name.clone(), bytes)),
            None => drop(missing.insert(name.clone())),
        }
    }
    if !missing.is_empty() {
        let notes: Vec<String> = missing.iter().map(|name| list_note(name)).collect();
        let read = retry(clock, || store.read(&notes))?;
        for (name, bytes) in missing.into_iter().zip(read) {
            let Some(bytes) = bytes else { continue };
            memory.remember(&name, &bytes);
            lists.insert(name, bytes);
        }
    }
    let whole = Listing::from_lists(&record.lists, &lists);
    whole.ok_or_else(|| unreadable(store, Unreadable::Damaged))
}

fn unreadable(store: &dyn Store, why: Unreadable) -> Fault {
    let place = store.shown();
    Fault::Refused(match why {
        Unreadable::Damaged => format!("the records of earlier deploys at {place} are damaged"),
        Unreadable::Newer => {
            format!("a newer Newsprint has deployed to {place}; update this one")
        }
    })
}

/// What else is at a target that a deploy has to know before it begins.
///
/// # Errors
///
/// When it cannot be asked.
pub fn look_around(site: &Site, plan: &Plan, store: &dyn Store, clock: &dyn Clock) -> Answer<Found> {
    let mut found = Found {
        base_url: site.record.as_ref().map(|record| record.base_url.clone()),
        pages: site.record.as_ref().map_or(0, |record| record.pages),
        ..Found::default()
    };
    if site.record.is_none() {
        // What an interrupted first deploy has put there is ours.
        let is_ours = |path: &String| site.there.doubtful.contains(path);
        let strangers = retry(clock, || store.strangers(STRANGERS + site.there.doubtful.len()))?;
        found.strangers = strangers.into_iter().filter(|path| !is_ours(path)).collect();
        return Ok(found);
    }
    found.contested = contested(site, plan, store, clock)?;
    Ok(found)
}

/// Files of others at places where a plan puts new ones. Each new place is looked at, and no other.
///
/// # Errors
///
/// When the target cannot be asked.
pub fn contested(site: &Site, plan: &Plan, store: &dyn Store, clock: &dyn Clock) -> Answer<Vec<String>> {
    let new: Vec<&str> = plan
        .puts
        .iter()
        .filter(|put| put.before.is_none() && !site.there.doubtful.contains(&put.item.path))
        .map(|put| put.item.path.as_str())
        .filter(|path| !site.there.doomed.contains(*path))
        .collect();
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let occupied = retry(clock, || store.occupied(&new))?;
    let contested = new.iter().zip(occupied).filter(|(_, is_there)| *is_there);
    Ok(contested.map(|(path, _)| (*path).to_owned()).collect())
}
