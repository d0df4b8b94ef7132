//! Carrying a plan out: stage after stage, each complete before the next, so that a reader never meets half a site.
//!
//! This is the only place that changes what readers see. It can be interrupted at any moment: what it was about to change
//! is noted at the target before it is changed, and the same command goes on from there.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::claim::under_claim;
use super::class::Class;
use super::digest::Digest;
use super::listing::{Item, Listing};
use super::plan::{Plan, Put, Stage};
use super::prune::prune;
use super::record::{self, Record, Touched};
use super::retry::retry;
use super::store::{Answer, Clock, Fault, Form, Memory, Parcel, Sending, Store, Ticker};
use super::survey::{Site, TOUCHED, edition_note, list_note};

/// Up to how many changed files are all read again; of more than that, so many.
const VERIFIED: usize = 200;

/// How many in a hundred of a deploy's bytes may be under way at once, and be lost with the connection, besides one file.
const LOST_PERCENT: u64 = 5;

/// How many names a fault lists.
const SHOWN: usize = 5;

/// Whom a deploy works with, and for how long it keeps what.
#[derive(Clone, Copy)]
pub struct Work<'a> {
    /// The target.
    pub store: &'a dyn Store,
    /// What this machine remembers of it.
    pub memory: &'a dyn Memory,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Who watches.
    pub ticker: &'a dyn Ticker,
    /// How many earlier editions stay.
    pub keep: usize,
}

/// An edition to be published.
#[derive(Clone, Debug)]
pub struct Edition {
    /// Its name, when it was published before.
    pub id: Option<String>,
    /// Its files.
    pub listing: Listing,
    /// Where it was built for.
    pub base_url: String,
    /// The imprint of its output.
    pub imprint: String,
    /// The Git revision of the newspaper.
    pub revision: Option<String>,
}

/// Where the bytes of files to be sent are.
#[derive(Clone, Debug)]
pub enum Origin {
    /// In a folder, each at its own path.
    Folder(PathBuf),
    /// At the target itself, put aside under their digests.
    Kept,
}

/// What a deploy did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// The edition's name.
    pub id: String,
    /// How many files were sent.
    pub sent: usize,
    /// How many bytes were sent.
    pub bytes: u64,
    /// How many files were there already, from a deploy that was interrupted.
    pub already: usize,
    /// How many files were deleted.
    pub deleted: usize,
    /// How many files were read again and compared.
    pub verified: usize,
}

/// Carries a plan out.
///
/// # Errors
///
/// The first fault that does not pass. The site is as it was, or partly new; the same deploy again goes on.
pub fn carry_out(
    work: Work<'_>,
    site: &Site,
    plan: &Plan,
    edition: &Edition,
    origin: &Origin,
) -> Answer<Done> {
    let base = site.record.as_ref().map(|record| record.id.as_str());
    let new = || record::id(work.clock.millis(), &edition.imprint, base);
    let id = edition.id.clone().unwrap_or_else(new);
    let claimed = (work.store, work.memory, work.clock);
    under_claim(claimed, site, (&id, &edition.imprint), || {
        let steps = Steps { work, site, plan, edition, origin };
        steps.all(&id)
    })
}

struct Steps<'a> {
    work: Work<'a>,
    site: &'a Site,
    plan: &'a Plan,
    edition: &'a Edition,
    origin: &'a Origin,
}

impl Steps<'_> {
    fn all(&self, id: &str) -> Answer<Done> {
        let Work { store, clock, .. } = self.work;
        let base = self.site.record.as_ref().map(|record| record.id.as_str());
        let key = self.key(base);
        let goes_on = retry(clock, || store.open(&key, base))?;
        let puts = self.still_to_send(goes_on)?;
        let mut done = Done { id: id.to_owned(), ..Done::default() };
        done.already = self.plan.puts.len() - puts.len();
        if store.form() == Form::InPlace {
            self.put_aside()?;
            self.note_touched()?;
        }
        done.sent = puts.len();
        done.bytes = puts.iter().map(|put| put.item.size).sum();
        self.send_all(&puts)?;
        let gone: Vec<&str> = self.plan.removals.iter().map(|removal| removal.path.as_str()).collect();
        if store.form() == Form::Whole && !gone.is_empty() {
            retry(clock, || store.remove(&gone))?;
        }
        done.verified = self.verify(&puts)?;
        self.publish(id)?;
        if store.form() == Form::InPlace && !gone.is_empty() {
            self.work.ticker.stage("deletes", gone.len(), 0);
            retry(clock, || store.remove(&gone))?;
        }
        done.deleted = gone.len();
        retry(clock, || store.erase(&[TOUCHED.to_owned()]))?;
        prune(self.work, id)?;
        Ok(done)
    }

    /// What tells this undertaking from others: from which edition it leads to which files.
    fn key(&self, base: Option<&str>) -> String {
        let mut all = base.unwrap_or_default().to_owned();
        for (name, _) in self.edition.listing.lists() {
            all.push_str(&name);
        }
        Digest::of(all.as_bytes()).to_string()[..16].to_owned()
    }

    /// The files to send but for those that an interrupted deploy has sent.
    fn still_to_send(&self, goes_on: bool) -> Answer<Vec<&Put>> {
        let Work { store, clock, .. } = self.work;
        let may_be_there = |put: &&Put| match store.form() {
            Form::Whole => goes_on,
            Form::InPlace => self.site.there.doubtful.contains(&put.item.path),
        };
        let (doubtful, mut puts): (Vec<&Put>, Vec<&Put>) = self.plan.puts.iter().partition(may_be_there);
        if !doubtful.is_empty() {
            let items: Vec<&Item> = doubtful.iter().map(|put| &put.item).collect();
            let there = retry(clock, || store.already(&items))?;
            puts.extend(doubtful.iter().zip(there).filter(|(_, is_there)| !is_there).map(|(put, _)| *put));
        }
        Ok(puts)
    }

    /// Puts the old forms of everything that changes aside; what was touched earlier has been put aside then.
    fn put_aside(&self) -> Answer<()> {
        let Work { store, clock, keep, .. } = self.work;
        let there = &self.site.there;
        let is_touched = |path: &String| there.doubtful.contains(path) || there.doomed.contains(path);
        let puts = self.plan.puts.iter().map(|put| (&put.item.path, put.before));
        let removals = self.plan.removals.iter().map(|removal| (&removal.path, removal.before));
        let old: Vec<(&str, Digest)> = puts
            .chain(removals)
            .filter(|(path, _)| !is_touched(path))
            .filter_map(|(path, before)| Some((path.as_str(), before?)))
            .collect();
        if keep == 0 || old.is_empty() {
            return Ok(());
        }
        retry(clock, || store.keep(&old))
    }

    fn note_touched(&self) -> Answer<()> {
        let Work { store, clock, .. } = self.work;
        if self.plan.is_empty() {
            return Ok(());
        }
        let touched = Touched {
            puts: self.plan.puts.iter().map(|put| put.item.path.clone()).collect(),
            deletes: self.plan.removals.iter().map(|removal| removal.path.clone()).collect(),
        };
        retry(clock, || store.write(&[(TOUCHED.to_owned(), touched.to_bytes())]))
    }

    /// Sends files in the order of their stages; all at once where readers see nothing of it.
    fn send_all(&self, puts: &[&Put]) -> Answer<()> {
        if self.work.store.form() == Form::Whole {
            return self.send("the edition", puts);
        }
        for stage in Stage::ALL {
            let batch: Vec<&Put> = puts.iter().copied().filter(|put| put.stage == stage).collect();
            self.send(stage.name(), &batch)?;
        }
        Ok(())
    }

    fn send(&self, stage: &str, batch: &[&Put]) -> Answer<()> {
        let Work { store, clock, ticker, .. } = self.work;
        if batch.is_empty() {
            return Ok(());
        }
        ticker.stage(stage, batch.len(), batch.iter().map(|put| put.item.size).sum());
        match self.origin {
            Origin::Folder(folder) => {
                let parcels: Vec<Parcel> = batch
                    .iter()
                    .map(|put| Parcel { item: put.item.clone(), place: folder.join(&put.item.path) })
                    .collect();
                let sending = Sending {
                    under_way: self.plan.bytes() * LOST_PERCENT / 100,
                    heard: &|bytes| ticker.sent(bytes),
                };
                retry(clock, || store.put(&parcels, sending))
            }
            Origin::Kept => {
                let items: Vec<&Item> = batch.iter().map(|put| &put.item).collect();
                retry(clock, || store.restore(&items))
            }
        }
        .map_err(|fault| fault.during(stage))
    }

    /// Reads changed files again, and sends those once more that are not as they were sent.
    fn verify(&self, puts: &[&Put]) -> Answer<usize> {
        let sample = sample(puts);
        if !sample.is_empty() {
            self.work.ticker.stage("reading back", sample.len(), 0);
        }
        let bad = self.differing(&sample)?;
        if bad.is_empty() {
            return Ok(sample.len());
        }
        self.send_all(&bad)?;
        let bad = self.differing(&bad)?;
        if bad.is_empty() {
            return Ok(sample.len());
        }
        let names: Vec<String> = bad.iter().take(SHOWN).map(|put| format!("`{}`", put.item.path)).collect();
        let store = self.work.store.shown();
        Err(Fault::lasting(format!(
            "{} of {} files read back from {store} are not as they were sent: {}",
            bad.len(),
            sample.len(),
            names.join(", ")
        )))
    }

    fn differing<'p>(&self, puts: &[&'p Put]) -> Answer<Vec<&'p Put>> {
        let Work { store, clock, .. } = self.work;
        if puts.is_empty() {
            return Ok(Vec::new());
        }
        let paths: Vec<&str> = puts.iter().map(|put| put.item.path.as_str()).collect();
        let digests = retry(clock, || store.digests(&paths))?;
        let pairs = puts.iter().zip(digests);
        Ok(pairs.filter(|(put, found)| *found != Some(put.item.digest)).map(|(put, _)| *put).collect())
    }

    fn publish(&self, id: &str) -> Answer<()> {
        let Work { store, memory, clock, .. } = self.work;
        let lists = self.edition.listing.lists();
        let known: BTreeSet<&str> =
            self.site.record.iter().flat_map(|record| &record.lists).map(String::as_str).collect();
        let record = Record {
            schema: Record::SCHEMA,
            generator: concat!("newsprint ", env!("CARGO_PKG_VERSION")).to_owned(),
            id: id.to_owned(),
            kind: "production".to_owned(),
            base_url: self.edition.base_url.clone(),
            imprint: self.edition.imprint.clone(),
            deployed: clock.now(),
            revision: self.edition.revision.clone(),
            pages: self.edition.listing.pages(),
            lists: lists.iter().map(|(name, _)| name.clone()).collect(),
            retired: self.plan.retired.clone(),
        };
        let mut notes = Vec::new();
        for (name, bytes) in lists {
            memory.remember(&name, &bytes);
            if !known.contains(name.as_str()) {
                notes.push((list_note(&name), bytes));
            }
        }
        notes.push((edition_note(id), record.to_bytes()));
        retry(clock, || store.write(&notes))?;
        retry(clock, || store.publish(id, &record.to_bytes()))
    }
}

/// Of the files that were sent those to read again: all of a few, of many so many, and what every reader meets.
fn sample<'p>(puts: &[&'p Put]) -> Vec<&'p Put> {
    if puts.len() <= VERIFIED {
        return puts.to_vec();
    }
    let is_always = |put: &&&Put| {
        put.item.class() == Class::Home || matches!(&*put.item.path, "feed.xml" | "atom.xml" | "sitemap.xml")
    };
    let mut sample: Vec<&Put> = puts.iter().filter(is_always).copied().collect();
    let step = puts.len().div_ceil(VERIFIED);
    sample.extend(puts.iter().step_by(step).filter(|put| !is_always(put)).copied());
    sample
}
