//! Forgetting editions that are older than those a rollback may want, with everything that only they need.

use std::collections::BTreeSet;

use super::carry_out::Work;
use super::digest::Digest;
use super::listing::Listing;
use super::record::Record;
use super::retry::retry;
use super::store::{Answer, Form};
use super::survey::{edition_note, list_note, listing};

/// Keeps the edition `live` and the newest ones beside it, and forgets the others.
pub(super) fn prune(work: Work<'_>, live: &str) -> Answer<()> {
    let Work { store, clock, keep, .. } = work;
    let mut ids = retry(clock, || store.editions())?;
    ids.retain(|id| id != live);
    ids.sort_unstable_by(|a, b| b.cmp(a));
    let old = ids.split_off(keep.min(ids.len()));
    if old.is_empty() {
        return Ok(());
    }
    let (kept, dropped) = (records(work, &ids)?, records(work, &old)?);
    let now = records(work, &[live.to_owned()])?;
    let needed: BTreeSet<&String> = kept.iter().chain(&now).flat_map(|record| &record.lists).collect();
    let loose: BTreeSet<&String> =
        dropped.iter().flat_map(|record| &record.lists).filter(|list| !needed.contains(list)).collect();
    if store.form() == Form::InPlace {
        forget(work, &kept, &dropped)?;
    }
    for id in &old {
        retry(clock, || store.discard(id))?;
    }
    let mut notes: Vec<String> = loose.into_iter().map(|name| list_note(name)).collect();
    notes.extend(old.iter().map(|id| edition_note(id)));
    retry(clock, || store.erase(&notes))
}

/// Deletes what was put aside for editions that are dropped and that no kept one needs.
fn forget(work: Work<'_>, kept: &[Record], dropped: &[Record]) -> Answer<()> {
    let needed = digests(work, kept)?;
    let loose: Vec<Digest> = digests(work, dropped)?.difference(&needed).copied().collect();
    if loose.is_empty() {
        return Ok(());
    }
    // Of what was never put aside there is nothing to delete.
    let there = retry(work.clock, || work.store.kept(&loose))?;
    let loose: Vec<Digest> = loose.into_iter().zip(there).filter(|(_, kept)| *kept).map(|(d, _)| d).collect();
    retry(work.clock, || work.store.forget(&loose))
}

fn digests(work: Work<'_>, records: &[Record]) -> Answer<BTreeSet<Digest>> {
    let mut all = BTreeSet::new();
    for record in records {
        let files: Listing = listing(record, work.store, work.memory, work.clock)?;
        all.extend(files.items().iter().map(|item| item.digest));
        all.extend(record.retired.iter().filter_map(|old| Digest::parse(&old.digest)));
    }
    Ok(all)
}

/// The records of these editions, as far as they can be read.
pub(super) fn records(work: Work<'_>, ids: &[String]) -> Answer<Vec<Record>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let notes: Vec<String> = ids.iter().map(|id| edition_note(id)).collect();
    let read = retry(work.clock, || work.store.read(&notes))?;
    Ok(read.into_iter().flatten().filter_map(|bytes| Record::parse(&bytes).ok()).collect())
}
