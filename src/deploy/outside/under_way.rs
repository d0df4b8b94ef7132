//! Many requests at once, and an end that loses little: after the first fault nothing new begins, and what is under way is
//! waited for, so that no body is sent in vain.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::{StreamExt as _, stream};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::deploy::store::{Answer, Fault};

/// How many requests are under way at once.
const AT_ONCE: usize = 16;

/// In which unit bytes under way are counted.
const UNIT_BYTES: u64 = 1 << 10;

/// For how many bytes there is room on the way at once.
#[derive(Debug)]
pub(super) struct Room(Semaphore, u32);

impl Room {
    /// Room for so many bytes.
    pub(super) fn of(bytes: u64) -> Self {
        let units = u32::try_from(bytes.div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX).max(1);
        Self(Semaphore::new(usize::try_from(units).unwrap_or(usize::MAX >> 4)), units)
    }

    /// Waits until there is room for so many bytes. What is larger than all of it goes alone.
    async fn take(&self, bytes: u64) -> Option<SemaphorePermit<'_>> {
        let units = u32::try_from(bytes.div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX).min(self.1);
        self.0.acquire_many(units).await.ok()
    }
}

/// Does something for each of some things, which weigh so many bytes each, and gives the answers in their order.
///
/// # Errors
///
/// The first fault in the order of the things; nothing was begun after one was known.
pub(super) async fn each<'t, T, A, F>(
    things: &'t [T],
    (room, weigh): (&Room, impl Fn(&T) -> u64),
    act: impl Fn(&'t T) -> F,
) -> Answer<Vec<A>>
where
    F: Future<Output = Answer<A>>,
{
    let has_failed = AtomicBool::new(false);
    let (act, failed, weigh) = (&act, &has_failed, &weigh);
    let tries = stream::iter(things).map(|thing| async move {
        let _room = room.take(weigh(thing)).await;
        if failed.load(Ordering::Relaxed) {
            return None;
        }
        let answer = act(thing).await;
        if answer.is_err() {
            failed.store(true, Ordering::Relaxed);
        }
        Some(answer)
    });
    let answers: Vec<Option<Answer<A>>> = tries.buffered(AT_ONCE).collect().await;
    let mut all = Vec::with_capacity(answers.len());
    let mut is_whole = true;
    for answer in answers {
        match answer {
            Some(answer) => all.push(answer?),
            None => is_whole = false,
        }
    }
    if is_whole { Ok(all) } else { Err(Fault::lasting("requests were not made after one had failed")) }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::{Room, each};
    use crate::deploy::store::Fault;

    fn block_on<T>(what: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(what)
    }

    #[test]
    fn what_is_under_way_when_something_fails_is_waited_for_and_nothing_else_begins() {
        let (begun, ended) = (Cell::new(0), Cell::new(0));
        let things: Vec<u32> = (0..100).collect();
        let answer = block_on(each(&things, (&Room::of(1), |_| 0), async |thing| {
            begun.set(begun.get() + 1);
            tokio::task::yield_now().await;
            if *thing == 3 {
                return Err(Fault::lasting("three"));
            }
            for _ in 0..5 {
                tokio::task::yield_now().await;
            }
            ended.set(ended.get() + 1);
            Ok(*thing)
        }));
        assert_eq!(answer, Err(Fault::lasting("three")));
        assert_eq!((begun.get(), ended.get()), (16, 15));
        // Nor does what has waited for room.
        begun.set(0);
        let answer = block_on(each(&things, (&Room::of(2 << 10), |_| 1 << 10), async |thing| {
            begun.set(begun.get() + 1);
            tokio::task::yield_now().await;
            if *thing == 3 { Err(Fault::lasting("three")) } else { Ok(()) }
        }));
        assert_eq!(answer, Err(Fault::lasting("three")));
        assert!(begun.get() <= 5, "{}", begun.get());
        let all = block_on(each(&things, (&Room::of(1), |_| 0), async |thing| Ok(*thing)));
        assert_eq!(all.as_deref(), Ok(&things[..]));
    }

    #[test]
    fn no_more_is_under_way_than_there_is_room_for() {
        let (now, most) = (Cell::new(0), Cell::new(0));
        let room = Room::of(10 << 10);
        let sizes: Vec<u64> = [1, 4, 2, 9, 30, 1, 1, 5].map(|size| size << 10).to_vec();
        let done = block_on(each(&sizes, (&room, |size| *size), async |size| {
            now.set(now.get() + size);
            most.set(most.get().max(now.get()));
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
            now.set(now.get() - size);
            Ok(())
        }));
        assert_eq!(done.map(|all| all.len()), Ok(8));
        assert_eq!(most.get(), 30 << 10, "the large one goes alone");
    }
}
