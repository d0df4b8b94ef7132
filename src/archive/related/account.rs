//! The account of a list: what the scores of the articles in it are made of.
//!
//! It is worked out once more, by the same functions as the list, from what is remembered. What terms and articles are
//! called is not known here.

use crate::archive::related::choice::SAMENESS_256THS;
use crate::archive::related::limits::Limits;
use crate::archive::related::lists::{Shelf, recencies};
use crate::archive::related::memory::Memory;
use crate::archive::related::ranks::Ranks;
use crate::archive::related::seats::Seats;
use crate::archive::related::timeline::Timeline;
use crate::archive::related::{Candidate, timeline::NO_RANK};

/// What the score of one related article is made of: `dot / norm · recency · kinship`, less a part when two that were
/// chosen before are there for the same terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The index of the related article.
    pub index: usize,
    /// The hashes of the terms that both share and what each adds to the dot product, most first; the sum is the dot
    /// product.
    pub terms: Vec<(u32, u32)>,
    /// What is left of the dot product by the related article's norm, in 65,536ths.
    pub norm_65536ths: u32,
    /// What recency leaves, in 65,536ths.
    pub recency_65536ths: u64,
    /// What the category and the author that both share multiply, in 256ths.
    pub kinship_256ths: u64,
    /// The score so far, in 2⁻²⁴ths of the dot product's unit.
    pub score: u64,
    /// What is taken off it for sameness, in 65,536ths.
    pub sameness_65536ths: u64,
}

/// The accounts of what is shown of the list of the article at `index`, best first. `memory` is that of these articles;
/// `None` when it is not.
#[must_use]
pub fn account(articles: &[Candidate<'_>], index: usize, memory: &Memory) -> Option<Vec<Account>> {
    let (line, indices) = Timeline::of(articles.iter().map(|article| (article.key, article.seconds)));
    let at = indices.iter().position(|own| *own as usize == index)?;
    if line != memory.line {
        return None;
    }
    let rank = u32::try_from(at).unwrap_or(NO_RANK);
    let mut wanted = Ranks::none(line.articles());
    wanted.insert(rank);
    let limits = Limits::USUAL;
    let postings = &memory.postings;
    let seats = Seats::of(&wanted, &memory.sizes, postings, &line.peers_end, limits.reach);
    let shelf = Shelf {
        articles,
        indices: &indices,
        line: &line,
        postings,
        seats: &seats,
        norm_steps: &memory.norm_steps,
        limits,
        recencies: &recencies(&line),
    };
    let (chosen, seats) = shelf.chosen(rank, memory.count);
    let (hashes, ends) = postings.directory();
    // The most telling terms come first: as many as an article keeps.
    let terms: Vec<u32> = seats.iter().map(|at| hashes[ends.partition_point(|end| end <= at)]).collect();
    let one = |contender: &crate::archive::related::choice::Contender| {
        let other = contender.ranked.rank();
        let parts = terms.iter().copied().zip(contender.parts).filter(|(_, part)| *part > 0);
        let mut parts: Vec<(u32, u32)> = parts.collect();
        parts.sort_by_key(|(_, part)| std::cmp::Reverse(*part));
        Account {
            index: indices[other as usize] as usize,
            terms: parts,
            norm_65536ths: shelf.norm(other),
            recency_65536ths: shelf.recency_of(rank, other),
            kinship_256ths: shelf.kinship_of(rank, other),
            score: contender.ranked.score(),
            sameness_65536ths: SAMENESS_256THS * contender.sameness(),
        }
    };
    Some(chosen.iter().map(one).collect())
}
