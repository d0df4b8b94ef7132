//! The claim: one deploy at a time changes a target, also when two machines publish.
//!
//! A claim is a note with a lease that is renewed while the deploy goes on. One that was left behind by a killed run binds
//! nobody for longer than its lease, and its own machine, where a lock of the system tells that the run is dead, not at all.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::record::{Claim, Record};
use super::retry::retry;
use super::store::{Answer, Clock, Fault, Memory, Store};
use super::survey::{CLAIM, Site};

/// For how long a claim holds when nobody renews it, in seconds.
const LEASE_SECONDS: i64 = 120;

/// How often it is renewed.
const RENEWAL: Duration = Duration::from_secs(30);

/// Does `work` under a claim to the target, which must still be as it was found. A claim is given back whatever comes of
/// the work; what was touched is noted elsewhere.
///
/// # Errors
///
/// [`Fault::Busy`] when somebody else has the claim or has deployed meanwhile; else what the work fails with.
pub(super) fn under_claim<T>(
    (store, memory, clock): (&dyn Store, &dyn Memory, &dyn Clock),
    site: &Site,
    (id, imprint): (&str, &str),
    work: impl FnOnce() -> Answer<T>,
) -> Answer<T> {
    let claim = Claim {
        schema: Record::SCHEMA,
        machine: memory.machine(),
        run: format!("{:016x}", clock.random()),
        until: clock.now() + LEASE_SECONDS,
        id: id.to_owned(),
        imprint: imprint.to_owned(),
    };
    take(store, clock, &claim)?;
    let done = still_as_found(store, clock, site).and_then(|()| {
        thread::scope(|scope| {
            let (stop, stopped) = mpsc::channel::<()>();
            let claim = &claim;
            scope.spawn(move || {
                while stopped.recv_timeout(RENEWAL) == Err(RecvTimeoutError::Timeout) {
                    let renewed = Claim { until: clock.now() + LEASE_SECONDS, ..claim.clone() };
                    // The next renewal comes long before the lease is over.
                    let _ = store.write(&[(CLAIM.to_owned(), renewed.to_bytes())]);
                }
            });
            let done = work();
            drop(stop);
            done
        })
    });
    let freed = retry(clock, || store.erase(&[CLAIM.to_owned()]));
    let done = done?;
    freed.map(|()| done)
}

/// Takes away a claim that a killed run of this machine left behind after its work was done.
///
/// # Errors
///
/// When it cannot be deleted.
pub fn give_back_left(store: &dyn Store, memory: &dyn Memory, clock: &dyn Clock, site: &Site) -> Answer<()> {
    if site.claim.as_ref().is_some_and(|claim| claim.machine == memory.machine()) {
        return retry(clock, || store.erase(&[CLAIM.to_owned()]));
    }
    Ok(())
}

fn take(store: &dyn Store, clock: &dyn Clock, claim: &Claim) -> Answer<()> {
    let bytes = claim.to_bytes();
    if !retry(clock, || store.create(CLAIM, &bytes))? {
        let held = held(store, clock)?;
        // A try whose answer was lost may have written ours.
        if let Some(held) = held.filter(|held| held.run != claim.run) {
            if held.machine != claim.machine && clock.now() <= held.until {
                return Err(busy(store, &held, clock));
            }
            retry(clock, || store.write(&[(CLAIM.to_owned(), bytes.clone())]))?;
        } else {
            retry(clock, || store.write(&[(CLAIM.to_owned(), bytes.clone())]))?;
        }
    }
    // Not every store keeps its promise to create a note only once.
    match held(store, clock)? {
        Some(held) if held.run != claim.run => Err(busy(store, &held, clock)),
        _ => Ok(()),
    }
}

fn held(store: &dyn Store, clock: &dyn Clock) -> Answer<Option<Claim>> {
    let notes = retry(clock, || store.read(&[CLAIM.to_owned()]))?;
    Ok(notes.first().and_then(Option::as_deref).and_then(Claim::parse))
}

fn busy(store: &dyn Store, held: &Claim, clock: &dyn Clock) -> Fault {
    let seconds = held.until.saturating_sub(clock.now()).max(0);
    Fault::Busy(format!(
        "another newsprint is deploying to {} (edition {}); its claim ends in {seconds} s unless it goes on",
        store.shown(),
        held.id
    ))
}

fn still_as_found(store: &dyn Store, clock: &dyn Clock, site: &Site) -> Answer<()> {
    let now = retry(clock, || store.live())?;
    let now = now.as_deref().and_then(|bytes| Record::parse(bytes).ok()).map(|record| record.id);
    if now.as_deref() == site.record.as_ref().map(|record| record.id.as_str()) {
        return Ok(());
    }
    Err(Fault::Busy(format!("another newsprint has deployed to {} in this moment", store.shown())))
}
