//! The book of facts: a number for each fact, and what it was worth when pages were last rendered.
//!
//! A side of a story has the number of its file and the side; all other facts are numbered as they are met. Which pages
//! hang on a fact is not known here.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use rayon::prelude::*;

use super::ledger::FactNotes;
use crate::archive::stories::StoryId;
use crate::edition::facts::{Aspect, Fact, Trace};
use crate::edition::fingerprints::Sides;
use crate::edition::newspaper::Newspaper;
use crate::edition::references::References;
use crate::fingerprint::{ByText, Digest};

/// The bit that tells other facts from sides of stories.
const OTHER: u32 = 1 << 31;

/// How many numbers a story takes: one more than it has sides is a power of two.
const PER_STORY: u32 = 8;

/// All facts that pages were made of.
pub(super) struct Book {
    notes: FactNotes,
    numbers: RwLock<HashMap<Fact, u32, ByText>>,
    /// Facts that were met first while rendering.
    fresh: RwLock<Vec<Fact>>,
}

/// Which facts are worth something else than before.
pub(super) struct Changed {
    sides: Vec<u8>,
    facts: Vec<bool>,
}

impl Changed {
    /// The first fact of a trace that has changed.
    pub(super) fn first(&self, trace: &[u32]) -> Option<u32> {
        trace.iter().copied().find(|number| self.has(*number))
    }

    fn has(&self, number: u32) -> bool {
        if number & OTHER != 0 {
            return self.facts.get((number & !OTHER) as usize).copied().unwrap_or(true);
        }
        let (slot, aspect) = (number / PER_STORY, number % PER_STORY);
        self.sides.get(slot as usize).is_none_or(|mask| mask & (1 << aspect) != 0)
    }
}

impl Book {
    /// The book as it was kept.
    pub(super) fn new(notes: FactNotes) -> Self {
        let numbered = notes.facts.iter().zip(0..).map(|((fact, _), number)| (fact.clone(), number | OTHER));
        let numbers = RwLock::new(numbered.collect());
        Self { notes, numbers, fresh: RwLock::default() }
    }

    /// The digest of a story's file, by the number of the file.
    pub(super) fn text(&self, slot: u32) -> Option<u64> {
        self.notes.sides.get(slot as usize).map(|sides| sides[Aspect::Text as usize])
    }

    /// How many facts there are besides the sides of stories.
    pub(super) fn len(&self) -> usize {
        self.notes.facts.len()
    }

    /// Works out every fact anew and tells which have changed. `slots` has the number of each story's file.
    pub(super) fn renew(
        &mut self,
        paper: &Newspaper,
        references: &References,
        slots: &[u32],
        template: &(dyn Fn(&str) -> Option<u64> + Sync),
    ) -> Changed {
        let count = slots.iter().max().map_or(0, |most| *most as usize + 1).max(self.notes.sides.len());
        let mut sides = vec![Sides::default(); count];
        for (slot, side) in slots.iter().zip(paper.sides(references)) {
            sides[*slot as usize] = side;
        }
        let old = std::mem::replace(&mut self.notes.sides, sides);
        let none = Sides::default();
        let changed_sides = self
            .notes
            .sides
            .iter()
            .enumerate()
            .map(|(slot, now)| {
                let before = old.get(slot).unwrap_or(&none);
                let differs = |at: &usize| now[*at] != before[*at];
                (0..Aspect::ALL.len()).filter(differs).fold(0, |mask, at| mask | 1 << at)
            })
            .collect();
        let changed_facts = self
            .notes
            .facts
            .par_iter_mut()
            .map(|(fact, worth)| {
                let now = value(paper, fact, template);
                std::mem::replace(worth, now) != now
            })
            .collect();
        Changed { sides: changed_sides, facts: changed_facts }
    }

    /// Works out again what a few edits may change, and tells which facts have changed: the sides of the stories that are
    /// `looked` at, which stories are related to which, and of the other facts those that `may_change`.
    pub(super) fn amend(
        &mut self,
        paper: &Newspaper,
        slots: &[u32],
        looked: &[StoryId],
        may_change: &(dyn Fn(&Fact) -> bool + Sync),
    ) -> Changed {
        let count = slots.iter().max().map_or(0, |most| *most as usize + 1).max(self.notes.sides.len());
        self.notes.sides.resize(count, Sides::default());
        let mut sides = vec![0; count];
        let mut take = |slot: u32, aspect: Aspect, now: u64| {
            let before = &mut self.notes.sides[slot as usize][aspect as usize];
            if std::mem::replace(before, now) != now {
                sides[slot as usize] |= 1 << aspect as usize;
            }
        };
        for (slot, related) in slots.iter().zip(paper.related_sides()) {
            take(*slot, Aspect::Related, related);
        }
        let digest = &mut Digest::new();
        for &id in looked {
            let links = paper.links_of(paper.archive.story(id));
            for (aspect, now) in Aspect::ALL.into_iter().zip(paper.sides_of(id, links, digest)) {
                take(slots[id.index()], aspect, now);
            }
        }
        let renew = |(fact, worth): &mut (Fact, Option<u64>)| {
            // What templates are worth is not known here.
            if matches!(fact, Fact::Template(_)) || !may_change(fact) {
                return false;
            }
            let now = paper.fingerprint(fact);
            std::mem::replace(worth, now) != now
        };
        Changed { sides, facts: self.notes.facts.par_iter_mut().map(renew).collect() }
    }

    /// The numbers of the facts of a trace. Any thread may call this.
    pub(super) fn numbers(&self, trace: &Trace, slots: &[u32]) -> Vec<u32> {
        let side = |(id, aspect): &(StoryId, Aspect)| slots[id.index()] * PER_STORY + *aspect as u32;
        let mut numbers = Vec::with_capacity(trace.stories.len() + trace.facts.len());
        // What is most likely to have changed comes first: a page is stale at the first fact that has.
        numbers.extend(trace.facts.iter().map(|fact| self.number(fact)));
        numbers.extend(trace.stories.iter().map(side));
        numbers
    }

    fn number(&self, fact: &Fact) -> u32 {
        if let Some(number) = self.numbers.read().unwrap_or_else(PoisonError::into_inner).get(fact) {
            return *number;
        }
        let mut numbers = self.numbers.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = numbers.get(fact) {
            return *number;
        }
        let mut fresh = self.fresh.write().unwrap_or_else(PoisonError::into_inner);
        let number =
            u32::try_from(self.notes.facts.len() + fresh.len()).expect("facts fit in 31 bits") | OTHER;
        fresh.push(fact.clone());
        numbers.insert(fact.clone(), number);
        number
    }

    /// What is to be kept, once all pages are rendered.
    pub(super) fn close(
        self,
        paper: &Newspaper,
        template: &(dyn Fn(&str) -> Option<u64> + Sync),
    ) -> FactNotes {
        let mut notes = self.notes;
        let fresh = self.fresh.into_inner().unwrap_or_else(PoisonError::into_inner);
        notes.facts.par_extend(fresh.into_par_iter().map(|fact| {
            let now = value(paper, &fact, template);
            (fact, now)
        }));
        notes
    }
}

fn value(paper: &Newspaper, fact: &Fact, template: &(dyn Fn(&str) -> Option<u64> + Sync)) -> Option<u64> {
    match fact {
        Fact::Template(name) => template(name),
        other => paper.fingerprint(other),
    }
}

/// The number of the file whose story a fact is about, by the fact's number.
pub(super) fn slot(number: u32) -> Option<u32> {
    (number & OTHER == 0).then_some(number / PER_STORY)
}

/// A fact by its number, in words. `path` tells the file of a slot.
pub(super) fn in_words(number: u32, notes: &FactNotes, path: impl Fn(u32) -> Option<String>) -> String {
    if number & OTHER != 0 {
        let fact = notes.facts.get((number & !OTHER) as usize);
        return fact.map_or_else(|| "something unknown".to_owned(), |(fact, _)| fact.to_string());
    }
    let aspect = Aspect::ALL.get((number % PER_STORY) as usize).map_or(String::new(), ToString::to_string);
    let file = path(number / PER_STORY).unwrap_or_else(|| "a file that is gone".to_owned());
    format!("{aspect} of `{file}`")
}
