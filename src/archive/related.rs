//! Related articles: text similarity weighed by recency, older pieces only.
//!
//! An article is compared *as of its own publication*: how rare a term is counts the articles that were out by then
//! and no others, so a piece published today changes no older article's neighbours. All arithmetic is on integers:
//! the same articles give the same lists on every machine, with any number of threads.
//!
//! ```text
//! rarity(t)   = ⌊2 log₂ n⌋ − ⌊2 log₂ df(t)⌋ + 1       n, df(t): articles as old or older, and those with term t
//! dot(a, b)   = Σ weight(a, t) · weight(b, t) · rarity(t)²         over a's terms, where b is in reach of a
//! norm(b)     = 2^(⌊2 log₂ Σ weight(b, t)²⌋ / 8)                  about the root of the vector's length, in steps
//! score(a, b) = dot(a, b) / norm(b) · √(year / (year + age in whole days)) · kinship
//! kinship     = 1.3 for a shared category · 1.3 for a shared author
//! ```
//!
//! Of the four times as many best articles as are shown, those are left out that are excluded, or copies of `a` or of a
//! better one by their sketches; `choice.rs` says which of the others are shown.
//!
//! In reach are, for each term, the few newest articles that have it and are no newer than `a`; once a few hundred
//! have been met, the less telling terms of `a` add to those only, and look less far.
//!
//! # What an edit changes
//!
//! The list of `a` is a function of what `a` sees: its terms with their rarities, the postings in reach, and the
//! norms, ages, categories, authors and sketches of the articles met there. Each of these is local or goes in steps. An edit of
//! `b` touches the postings of the terms that changed; articles that have such a posting in reach see it, 32 newer
//! ones for each term. It moves `df` by one for all newer articles with the term, but the rarity only of those where
//! `df` crosses a half power of two: one or two. The norm of `b` depends on nothing but `b`, and most edits leave it in
//! its step; where not, all that have `b` in reach see it, and so they do when its sketch is another. Then the lists of those that see something else are made
//! again, whole, by the same function as all lists of a first build. A [`Memory`] holds what that takes, so that
//! `relate(articles, count, memory of any other articles)` equals `relate(articles, count, None)`, to the byte.
//!
//! Nothing here knows of words, pages or files.

pub mod account;
pub mod amend;
mod choice;
pub mod edits;
pub mod limits;
pub mod lists;
pub mod memory;
pub mod postings;
pub mod ranks;
pub mod rewrite;
pub mod seats;
pub mod timeline;

use std::collections::HashMap;

use crate::content::sketch::Sketch;
use crate::content::terms::{Term, Terms};
use rayon::prelude::*;

use edits::{Edit, Edits, differences, hashes, within};
use limits::Limits;
use lists::{Shelf, norm_step, recencies};
use memory::{Memory, fingerprint, kinship_fingerprint};
use postings::{Posting, Postings};
use ranks::Ranks;
use rewrite::{Rewriting, mark_neighbours};
use seats::{Seats, half_powers};
use timeline::{Matching, NO_RANK, Timeline};

/// The most ranges of hashes that edits are made in.
const MOST_RANGES: usize = 64;

/// An article as it is compared with others.
#[derive(Clone, Copy)]
pub struct Candidate<'a> {
    /// Its identity from one build to the next, such as the hash of its source's path. Articles that share their key
    /// with another one, or did in the build that is remembered, must bring their terms.
    pub key: u64,
    /// The instant of publication, in seconds since 1970 UTC.
    pub seconds: i64,
    /// What its text is about; `None` says that the memory holds it, unchanged.
    pub terms: Option<&'a [Term]>,
    /// What tells its text from others.
    pub sketch: Sketch,
    /// A hash of its category; only equality matters.
    pub category: u64,
    /// Hashes of its authors; only equality matters.
    pub authors: &'a [u64],
    /// Keys of articles never to show under it: those it links in its body, or pins.
    pub exclude: &'a [u64],
}

/// The lists of all articles, and what the next comparison needs of this one.
pub struct Related {
    /// The rank of the article of each index.
    ranks: Vec<u32>,
    /// The index of the article of each rank.
    indices: Vec<u32>,
    memory: Memory,
}

impl Related {
    /// The lists of a memory. `indices` has the index of the article of each rank.
    fn of(indices: Vec<u32>, memory: Memory) -> Self {
        let mut ranks = vec![0; indices.len()];
        for (rank, &index) in (0..).zip(&indices) {
            ranks[index as usize] = rank;
        }
        Self { ranks, indices, memory }
    }

    /// The indices of the articles most related to the one at `index`, best first.
    pub fn list(&self, index: usize) -> impl Iterator<Item = u32> {
        let (count, rank) = (self.memory.count, self.ranks[index] as usize);
        let list = &self.memory.lists[rank * count..(rank + 1) * count];
        list.iter().take_while(|&&rank| rank != NO_RANK).map(|&rank| self.indices[rank as usize])
    }

    /// What to give to the next comparison.
    #[must_use]
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// What to give to the next comparison.
    #[must_use]
    pub fn into_memory(self) -> Memory {
        self.memory
    }
}

/// For each article the `count` most related ones, best first; fewer when fewer share a term with it.
///
/// Related articles are older than, or as old as, the article itself, and never the article or one it excludes.
/// Equal scores rank by recency, then by key. The memory of an earlier comparison spares the work for what is as it
/// was, and changes nothing in the lists.
///
/// # Panics
///
/// When there are more than 2²⁷ articles, when an article has more than 255 terms, or when the terms of one are
/// neither given nor remembered.
#[must_use]
pub fn relate(articles: &[Candidate<'_>], count: usize, before: Option<Memory>) -> Related {
    relate_within(Limits::USUAL, articles, count, before)
}

fn relate_within(
    limits: Limits,
    articles: &[Candidate<'_>],
    count: usize,
    before: Option<Memory>,
) -> Related {
    assert!(articles.len() <= Posting::MAX_ARTICLES, "there are more articles than ranks");
    let old = before.unwrap_or_default();
    let (line, indices) = Timeline::of(articles.iter().map(|article| (article.key, article.seconds)));
    let matching = line.matching(&old.line);
    let memory = Update::new(articles, &indices, &line, &matching, old).memory(count, limits);
    Related::of(indices, Memory { line, ..memory })
}

/// The way from the memory of other articles to that of these.
struct Update<'a> {
    articles: &'a [Candidate<'a>],
    /// The index of the article of each rank.
    indices: &'a [u32],
    line: &'a Timeline,
    matching: &'a Matching,
    old: Memory,
    /// The articles whose lists must be made again.
    affected: Ranks,
    /// The articles that count differently for all that see them.
    loud: Ranks,
    kinships: Vec<u64>,
    exclusions: Vec<u64>,
    sizes: Vec<u8>,
    norm_steps: Vec<u8>,
}

impl<'a> Update<'a> {
    fn new(
        articles: &'a [Candidate<'a>],
        indices: &'a [u32],
        line: &'a Timeline,
        matching: &'a Matching,
        old: Memory,
    ) -> Self {
        let length = articles.len();
        let of_article = |number: fn(&Candidate<'_>) -> u64| -> Vec<u64> {
            indices.par_iter().map(|&index| number(&articles[index as usize])).collect()
        };
        let mut update = Self {
            articles,
            indices,
            line,
            matching,
            old,
            affected: Ranks::none(length),
            loud: Ranks::none(length),
            kinships: of_article(kinship_fingerprint),
            exclusions: of_article(|article| fingerprint(article.exclude.iter().copied())),
            sizes: vec![0; length],
            norm_steps: vec![0; length],
        };
        update.compare();
        update
    }

    /// Goes the way; the memory is still without its timeline.
    fn memory(mut self, count: usize, limits: Limits) -> Memory {
        let postings = self.postings(limits);
        self.mark_loud(&postings, limits);
        let lists = self.lists(&postings, count, limits);
        let Self { kinships, exclusions, sizes, norm_steps, articles, indices, .. } = self;
        let sketches = indices.iter().map(|&index| articles[index as usize].sketch).collect();
        let line = Timeline::default();
        Memory { count, line, kinships, sketches, exclusions, sizes, norm_steps, lists, postings }
    }

    /// Takes over what is as it was, and marks what does not show in the terms.
    fn compare(&mut self) {
        for (rank, &old_rank) in (0_u32..).zip(&self.matching.old_ranks) {
            let (new, old) = (rank as usize, old_rank as usize);
            if old_rank == NO_RANK {
                self.affected.insert(rank);
                continue;
            }
            self.sizes[new] = self.old.sizes[old];
            self.norm_steps[new] = self.old.norm_steps[old];
            let count = self.line.peers_end[new];
            if self.exclusions[new] != self.old.exclusions[old]
                || half_powers(count) != half_powers(self.old.line.peers_end[old])
            {
                self.affected.insert(rank);
            }
            if self.kinships[new] != self.old.kinships[old] {
                self.affected.insert(rank);
                self.loud.insert(rank);
            }
        }
    }

    /// The postings with what the articles' terms change in them.
    fn postings(&mut self, limits: Limits) -> Postings {
        let remembered = self.remembered();
        self.measure(&remembered);
        let given = self.articles.iter().filter(|article| article.terms.is_some()).count();
        // The edits of a whole archive are as large as the archive's heads: one range of hashes after the other.
        let ranges = given.div_ceil(limits.at_once).clamp(1, MOST_RANGES);
        let (articles, indices, matching) = (self.articles, self.indices, self.matching);
        let edits = |range: usize| {
            let hashes = hashes(range, ranges);
            Edits::gather(indices.len(), |rank, edits| {
                let (given, old_rank) =
                    (articles[indices[rank as usize] as usize].terms, matching.old_ranks[rank as usize]);
                if old_rank != NO_RANK && given.is_none() {
                    return;
                }
                let before = within(remembered.get(&rank).map(Terms::as_slice), &hashes);
                match (within(given, &hashes), old_rank) {
                    (given, NO_RANK) => {
                        let now = given.or(before).unwrap_or(&[]);
                        edits.extend(now.iter().map(|&term| Edit::put(rank, term)));
                    }
                    (Some(now), _) => differences(rank, before.unwrap_or(&[]), now, edits),
                    (None, _) => {}
                }
            })
        };
        let first = edits(0);
        let more = match ranges {
            1 if first.count() == 0 && matching.unmoved => return std::mem::take(&mut self.old.postings),
            1 => first.count(),
            _ => articles.iter().filter_map(|article| article.terms).map(<[Term]>::len).sum(),
        };
        let old = (&self.old.postings, &self.old.line);
        let mut rewriting = Rewriting::new(old, self.line, matching, limits.reach, &mut self.affected, more);
        rewriting.take(first);
        (1..ranges).for_each(|range| rewriting.take(edits(range)));
        rewriting.finish()
    }

    /// Takes the sizes and norms of the articles whose terms are at hand, and marks those that are about something else.
    fn measure(&mut self, remembered: &HashMap<u32, Terms>) {
        let articles = self.articles;
        let terms = |rank: usize| articles[self.indices[rank] as usize].terms;
        for (rank, &old_rank) in (0_u32..).zip(&self.matching.old_ranks) {
            let new = rank as usize;
            if old_rank != NO_RANK && terms(new).is_none() {
                continue;
            }
            let before = remembered.get(&rank).map(Terms::as_slice);
            let Some(now) = terms(new).or_else(|| before.filter(|_| old_rank == NO_RANK)) else {
                assert!(old_rank != NO_RANK, "an article's terms are neither given nor remembered");
                continue;
            };
            self.sizes[new] = u8::try_from(now.len()).expect("an article has few terms");
            let step = norm_step(now);
            if old_rank != NO_RANK && before.unwrap_or(&[]) != now {
                self.affected.insert(rank);
                if step != self.norm_steps[new] {
                    self.loud.insert(rank);
                }
            }
            self.norm_steps[new] = step;
        }
    }

    /// The remembered terms, by new rank, of the articles whose terms are given, and of those that have another date
    /// and bring none.
    fn remembered(&self) -> HashMap<u32, Terms> {
        let mut wanted = Ranks::none(self.old.line.articles());
        let mut owners = HashMap::new();
        let mut strays = HashMap::new();
        for (rank, &old_rank) in (0_u32..).zip(&self.matching.old_ranks) {
            let article = &self.articles[self.indices[rank as usize] as usize];
            match (article.terms, old_rank) {
                (None, NO_RANK) => _ = strays.insert(article.key, rank),
                (Some(_), old_rank) if old_rank != NO_RANK => {
                    wanted.insert(old_rank);
                    owners.insert(old_rank, rank);
                }
                _ => {}
            }
        }
        if !strays.is_empty() {
            for ((old_rank, &new_rank), key) in (0..).zip(&self.matching.new_ranks).zip(&self.old.line.keys) {
                if new_rank == NO_RANK
                    && let Some(&rank) = strays.get(key)
                {
                    wanted.insert(old_rank);
                    owners.insert(old_rank, rank);
                }
            }
        }
        if wanted.is_empty() {
            return HashMap::new();
        }
        let postings = &self.old.postings;
        let found =
            (0..postings.directory().0.len()).into_par_iter().with_min_len(1_024).flat_map_iter(|at| {
                let group = postings.group(at);
                let wanted = group.postings.iter().filter(|posting| wanted.contains(posting.rank()));
                wanted.map(move |posting| (posting.rank(), Term::of_parts(group.hash, posting.level())))
            });
        let found: Vec<(u32, Term)> = found.collect();
        let mut rows: HashMap<u32, Vec<Term>> = wanted.iter().map(|rank| (rank, Vec::new())).collect();
        for (rank, term) in found {
            rows.entry(rank).or_default().push(term);
        }
        let kept = |(rank, row): (u32, Vec<Term>)| (owners[&rank], Terms::kept(row.into_boxed_slice()));
        rows.into_iter().map(kept).collect()
    }

    fn mark_loud(&mut self, postings: &Postings, limits: Limits) {
        if !self.loud.is_empty() {
            let ends = &self.line.peers_end;
            mark_neighbours(&self.loud, postings, ends, limits.reach, &mut self.affected);
        }
    }

    /// The lists as ranks: those of affected articles made again, the others taken over.
    fn lists(&mut self, postings: &Postings, count: usize, limits: Limits) -> Vec<u32> {
        let mut lists = vec![NO_RANK; self.line.articles() * count];
        if self.old.count == count && count > 0 {
            let taken = self.matching.old_ranks.iter().zip(lists.chunks_exact_mut(count));
            for (&old_rank, list) in taken.filter(|(old_rank, _)| **old_rank != NO_RANK) {
                let start = old_rank as usize * count;
                for (place, &old) in list.iter_mut().zip(&self.old.lists[start..start + count]) {
                    *place = if old == NO_RANK { NO_RANK } else { self.matching.new_ranks[old as usize] };
                }
            }
        } else {
            (0..).zip(&self.sizes).for_each(|(rank, _)| self.affected.insert(rank));
        }
        self.old = Memory::default();
        if self.affected.is_empty() {
            return lists;
        }
        let (reach, recencies) = (limits.reach, recencies(self.line));
        for slice in self.affected.slices(limits.at_once) {
            let seats = Seats::of(&slice, &self.sizes, postings, &self.line.peers_end, reach);
            let desk = Shelf {
                articles: self.articles,
                indices: self.indices,
                line: self.line,
                postings,
                seats: &seats,
                norm_steps: &self.norm_steps,
                limits,
                recencies: &recencies,
            };
            desk.fill(&slice, count, &mut lists);
        }
        lists
    }
}

#[cfg(test)]
mod tests;
