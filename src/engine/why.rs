//! Why: what a published page was made of, as the last build noted it.

use std::collections::HashSet;

use super::book;
use super::ledger::{self, Desk, FactNotes, PageNotes};
use super::roll;
use crate::disk::parts::Parts;
use crate::route::Route;

/// What a page was made of.
#[derive(Debug, PartialEq, Eq)]
pub struct Account {
    /// Where it is published.
    pub route: Route,
    /// Everything it depends on, in words; empty for files that are copied.
    pub facts: Vec<String>,
}

/// Looks a page up in the ledger; `None` when the last build published no such page, or nothing is known of it.
#[must_use]
pub fn why(parts: &Parts, program: u64, route: &Route) -> Option<Account> {
    let desk = Desk::read(parts, ledger::key(program))?;
    let facts: FactNotes = ledger::read(parts, &desk.parts.facts)?;
    let (notes, at) = desk.parts.pages.iter().find_map(|name| {
        let notes: PageNotes = ledger::read(parts, name)?;
        let at = (0..notes.routes.len()).find(|at| notes.routes.get(*at) == Some(route.as_str()))?;
        Some((notes, at))
    })?;
    let trace = &notes.traces[notes.starts[at] as usize..notes.starts[at + 1] as usize];
    let files = roll::read(parts, &desk.parts.files)?;
    let wanted: HashSet<u32> = trace.iter().filter_map(|number| book::slot(*number)).collect();
    let paths = roll::paths(&files, |slot| wanted.contains(&slot));
    let path = |slot: u32| paths.get(&slot).cloned();
    let mut words: Vec<String> = trace.iter().map(|number| book::in_words(*number, &facts, path)).collect();
    words.sort();
    Some(Account { route: route.clone(), facts: words })
}
