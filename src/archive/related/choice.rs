//! The choice among the articles most related to one: no more than two for the same words.
//!
//! The one is chosen next whose score is greatest after a part of it is taken off: the share that it owes to terms for
//! which two of the chosen are shown already (after Carbonell and Goldstein 1998, The use of MMR, diversity-based
//! reranking, who look at the one that is most alike: readers follow a story over two pieces, and on the corpus of
//! government news the first five then hold 0.485 of the links that reporters put themselves; 0.481 with one, 0.483
//! without any of this).
//!
//! All of it depends on the contenders alone, that is on what the article sees.

use crate::archive::related::lists::Ranked;

/// How many terms are told apart: as many as an article keeps.
pub(super) const TERMS: usize = 64;

/// What is taken off a score when all of it is owed to terms that are taken, in 256ths.
pub(super) const SAMENESS_256THS: u64 = 64;

/// An article that may be chosen.
pub(super) struct Contender {
    pub(super) ranked: Ranked,
    /// What each of the article's terms adds to the dot product, the most telling first.
    pub(super) parts: [u32; TERMS],
    /// How much of it is owed to what the two of the chosen that are most alike owe theirs, in 256ths.
    alike: [u64; 2],
}

impl Contender {
    /// One to which nothing is added yet.
    pub(super) fn new(ranked: Ranked) -> Self {
        Self { ranked, parts: [0; TERMS], alike: [0; 2] }
    }

    /// How much of it is owed to what two of the chosen owe theirs, in 256ths.
    pub(super) fn sameness(&self) -> u64 {
        self.alike[1]
    }

    /// Takes in that another one is chosen.
    fn see(&mut self, chosen: &Self) {
        let whole: u64 = self.parts.iter().map(|part| u64::from(*part)).sum();
        let shared = self.parts.iter().zip(&chosen.parts).map(|(one, other)| u64::from(*one.min(other)));
        let sameness = shared.sum::<u64>() * 256 / whole.max(1);
        let [most, second] = self.alike;
        self.alike = [most.max(sameness), second.max(most.min(sameness))];
    }

    /// What it is worth now. Scores have 64 bits.
    fn worth(&self) -> u128 {
        u128::from(self.ranked.score()) * u128::from(256 * 256 - SAMENESS_256THS * self.sameness())
    }
}

/// Chooses `count` of the contenders, who come best first.
pub(super) fn choose(mut contenders: Vec<Contender>, count: usize) -> Vec<Contender> {
    let mut chosen = Vec::with_capacity(count);
    while chosen.len() < count && !contenders.is_empty() {
        // Of equals the better one comes first.
        let mut best = 0;
        for at in 1..contenders.len() {
            if contenders[at].worth() > contenders[best].worth() {
                best = at;
            }
        }
        let next = contenders.remove(best);
        for contender in &mut contenders {
            contender.see(&next);
        }
        chosen.push(next);
    }
    chosen
}
