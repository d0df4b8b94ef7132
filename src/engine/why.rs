//! Why: what a published page was made of, as the last build noted it.

use super::book;
use super::ledger::{self, Desk, FactNotes, PageNotes};
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
        let at = notes.routes.binary_search_by(|noted| noted.as_str().cmp(route.as_str())).ok()?;
        Some((notes, at))
    })?;
    let path = |slot: u32| desk.files.iter().find(|file| file.slot == slot).map(|file| file.path.clone());
    let trace = &notes.traces[notes.starts[at] as usize..notes.starts[at + 1] as usize];
    let mut words: Vec<String> = trace.iter().map(|number| book::in_words(*number, &facts, path)).collect();
    words.sort();
    Some(Account { route: route.clone(), facts: words })
}
