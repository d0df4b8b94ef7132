//! Random archives: their lists are those of the formula, and a memory of other archives changes nothing in them.

use std::collections::HashMap;
use std::sync::Mutex;

use super::{DAY, Dice, lists};
use crate::archive::related::limits::Limits;
use crate::archive::related::lists::{NORM_INVERSES, norm_step};
use crate::archive::related::memory::Memory;
use crate::archive::related::{Candidate, Related, relate, relate_within};
use crate::content::sketch::Sketch;
use crate::content::terms::{Term, Terms};

/// Enough keys that no two articles share one.
const MANY: u64 = 1 << 31;

/// An article of a random archive.
#[derive(Clone, Debug)]
struct Piece {
    key: u64,
    seconds: i64,
    terms: Terms,
    sketch: u64,
    category: u64,
    authors: Vec<u64>,
    exclude: Vec<u64>,
}

/// What random archives are like.
#[derive(Clone, Copy)]
struct World {
    limits: Limits,
    /// How many different words there are; a word's hash is its number.
    words: u64,
    most_words: u64,
    /// How many different instants there are.
    instants: u64,
    /// The step between them: some are less than a day apart.
    seconds: i64,
    articles: u64,
    /// How many different keys there are: with few, some articles share one.
    keys: u64,
}

impl World {
    fn terms(self, dice: &mut Dice) -> Terms {
        let mut words: Vec<u32> = (0..dice.below(self.most_words + 1))
            .map(|_| dice.below(self.words).min(dice.below(self.words)))
            .map(|word| u32::try_from(word).expect("there are few words"))
            .collect();
        words.sort_unstable();
        words.dedup();
        let term = |word| Term::of_parts(word * 1_000_003, dice.level());
        Terms::kept(words.into_iter().map(term).collect())
    }

    fn piece(self, dice: &mut Dice) -> Piece {
        Piece {
            key: dice.below(self.keys),
            seconds: self.instant(dice),
            terms: self.terms(dice),
            sketch: sketch(dice),
            category: dice.below(3),
            authors: (0..dice.below(3)).map(|_| dice.below(4)).collect(),
            exclude: Vec::new(),
        }
    }

    fn instant(self, dice: &mut Dice) -> i64 {
        i64::try_from(dice.below(self.instants)).expect("there are few instants") * self.seconds
    }

    /// Changes some articles in some way.
    fn edit(self, pieces: &mut Vec<Piece>, dice: &mut Dice) {
        for _ in 0..=dice.below(3) {
            let keys: Vec<u64> = pieces.iter().map(|piece| piece.key).collect();
            let place = dice.place(pieces.len() + 1);
            let kind = dice.below(10);
            let Some(piece) = pieces.get_mut(place).filter(|_| kind > 1) else {
                pieces.insert(place, self.piece(dice));
                continue;
            };
            match kind {
                2 => _ = pieces.remove(place),
                3 => piece.seconds = self.instant(dice),
                4 => piece.terms = self.terms(dice),
                5 => piece.category = dice.below(3),
                6 => piece.authors = vec![dice.below(4)],
                7 => piece.sketch = sketch(dice),
                8 => piece.exclude = vec![keys[dice.place(keys.len())]],
                _ => piece.terms = nudged(&piece.terms, dice),
            }
        }
        // The order in which articles are given means nothing.
        let turn = dice.place(pieces.len() + 1);
        pieces.rotate_left(turn);
    }
}

/// Some texts are copies of a few others, some are too short for a sketch.
fn sketch(dice: &mut Dice) -> u64 {
    match dice.below(3) {
        0 => 0,
        // As many parts are the same as it takes, or one fewer.
        1 => 0x1234_5678_9abc_def1 ^ (0x1111_1111 << (4 * dice.below(3))),
        _ => dice.below(MANY) << 33 | dice.below(MANY) << 2,
    }
}

/// The same terms with one level changed a little.
fn nudged(terms: &Terms, dice: &mut Dice) -> Terms {
    let mut all = terms.as_slice().to_vec();
    let place = dice.place(all.len().max(1));
    if let Some(term) = all.get_mut(place) {
        *term = Term::of_parts(term.hash(), (term.level() + 1) % 32);
    }
    Terms::kept(all.into_boxed_slice())
}

/// Compares the pieces. Terms that `before` holds unchanged are left out, most of the time.
fn compared(
    limits: Limits,
    pieces: &[Piece],
    known: &[Piece],
    before: Option<Memory>,
    dice: &mut Dice,
) -> Related {
    let candidates: Vec<Candidate<'_>> = pieces
        .iter()
        .map(|piece| {
            let same = |other: &&Piece| other.key == piece.key && other.terms == piece.terms;
            let remembered = before.is_some() && known.iter().any(|other| same(&other));
            let namesakes = |pieces: &[Piece]| pieces.iter().filter(|other| other.key == piece.key).count();
            let alone = namesakes(pieces) == 1 && namesakes(known) < 2;
            Candidate {
                key: piece.key,
                seconds: piece.seconds,
                terms: Some(piece.terms.as_slice()).filter(|_| !remembered || !alone || dice.below(4) == 0),
                sketch: Sketch::of_bits(piece.sketch),
                category: piece.category,
                authors: &piece.authors,
                exclude: &piece.exclude,
            }
        })
        .collect();
    relate_within(limits, &candidates, 3, before)
}

/// Edits random archives `times` times, four edits each, and compares each state with and without a memory.
fn a_memory_changes_nothing(world: World, seed: u64, times: usize) {
    let mut dice = Dice(seed);
    for time in 0..times {
        let mut pieces: Vec<Piece> =
            (0..dice.below(world.articles)).map(|_| world.piece(&mut dice)).collect();
        let mut memory = None;
        let mut known = Vec::new();
        for step in 0..4 {
            let updated = compared(world.limits, &pieces, &known, memory, &mut dice);
            let clean = compared(world.limits, &pieces, &[], None, &mut dice);
            let length = pieces.len();
            assert_eq!(lists(&updated, length), lists(&clean, length), "sequence {time}, step {step}");
            assert!(updated.memory() == clean.memory(), "memory of sequence {time}, step {step}");
            let kept = kept(updated.memory());
            assert!(kept == self::kept(clean.memory()));
            memory = brought_back(&kept);
            assert!(memory.as_ref() == Some(clean.memory()));
            known.clone_from(&pieces);
            world.edit(&mut pieces, &mut dice);
        }
    }
}

const SMALL: Limits = Limits { reach: 3, weighed: 5, late_reach: 1, at_once: 7 };

#[test]
fn a_memory_changes_nothing_in_small_archives() {
    let world = World {
        limits: SMALL,
        words: 12,
        most_words: 6,
        instants: 12,
        seconds: DAY / 3,
        articles: 24,
        keys: MANY,
    };
    a_memory_changes_nothing(world, 1, 1_400);
    // Everything at two instants: articles see each other both ways.
    a_memory_changes_nothing(World { instants: 2, ..world }, 2, 400);
    a_memory_changes_nothing(World { instants: 4, keys: 9, ..world }, 7, 200);
}

#[test]
fn a_memory_changes_nothing_where_words_are_rare_or_everywhere() {
    let world = World {
        limits: SMALL,
        words: 90,
        most_words: 9,
        instants: 400,
        seconds: DAY * 9,
        articles: 60,
        keys: MANY,
    };
    a_memory_changes_nothing(world, 3, 150);
    a_memory_changes_nothing(World { words: 4, most_words: 4, ..world }, 4, 150);
    a_memory_changes_nothing(World { limits: Limits::USUAL, articles: 120, words: 6, ..world }, 5, 60);
}

/// What one article adds to the list of another: its score, the other's part of each term, and where it is.
struct Rated {
    score: u64,
    parts: Vec<u64>,
    at: u32,
}

/// The articles that share terms with one of the pieces, best first, by the formula alone: every article looked at,
/// nothing remembered.
fn rated(pieces: &[Piece], index: usize) -> Vec<Rated> {
    let own = &pieces[index];
    let old: Vec<&Piece> = pieces.iter().filter(|piece| piece.seconds <= own.seconds).collect();
    let level = |piece: &Piece, hash| {
        piece.terms.as_slice().iter().find(|term| term.hash() == hash).map(|term| term.level())
    };
    let steps = |number: usize| ((number * number) as u64).ilog2();
    let mut rated = Vec::new();
    for (at, piece) in (0_u32..).zip(pieces) {
        if at as usize == index || piece.seconds > own.seconds {
            continue;
        }
        let part = |term: &Term| {
            let frequency = old.iter().filter(|other| level(other, term.hash()).is_some()).count();
            let rarity = steps(old.len()) - steps(frequency) + 1;
            let weight = level(piece, term.hash()).map_or(0, Term::weight_of_level);
            u64::from(Term::weight_of_level(term.level()) * weight * rarity * rarity)
        };
        let parts: Vec<u64> = own.terms.as_slice().iter().map(part).collect();
        let dot: u64 = parts.iter().sum();
        if dot == 0 {
            continue;
        }
        let days = own.seconds.abs_diff(piece.seconds) / 86_400;
        let recency = ((1_u64 << 32) * 31_557_600 / (31_557_600 + days * 86_400)).isqrt();
        let inverse = u64::from(NORM_INVERSES[usize::from(norm_step(piece.terms.as_slice()))]);
        let kin = usize::from(own.category == piece.category)
            + usize::from(own.authors.iter().any(|author| piece.authors.contains(author)));
        let score = ((dot * recency) >> 16) * inverse * [256, 333, 433][kin];
        rated.push(Rated { score, parts, at });
    }
    let age = |rated: &Rated| (pieces[rated.at as usize].seconds, pieces[rated.at as usize].key);
    rated.sort_unstable_by_key(|rated| std::cmp::Reverse((rated.score, age(rated))));
    rated
}

/// The list of one of the pieces by the formula alone.
fn by_the_formula(pieces: &[Piece], index: usize, count: usize) -> Vec<u32> {
    let own = &pieces[index];
    let sketch = |at: u32| Sketch::of_bits(pieces[at as usize].sketch);
    let mut left: Vec<Rated> = Vec::new();
    for rated in rated(pieces, index).into_iter().take(4 * count + own.exclude.len()) {
        let own_sketch = Sketch::of_bits(own.sketch);
        if !own.exclude.contains(&pieces[rated.at as usize].key)
            && !own_sketch.is_near(sketch(rated.at))
            && !left.iter().any(|better| sketch(better.at).is_near(sketch(rated.at)))
        {
            left.push(rated);
        }
    }
    let mut list = Vec::new();
    let mut chosen: Vec<Rated> = Vec::new();
    while list.len() < count && !left.is_empty() {
        let worth = |rated: &Rated| {
            let mut alike: Vec<u64> = chosen
                .iter()
                .map(|other| {
                    let shared = rated.parts.iter().zip(&other.parts).map(|(one, other)| one.min(other));
                    shared.sum::<u64>() * 256 / rated.parts.iter().sum::<u64>()
                })
                .collect();
            alike.sort_unstable_by(|a, b| b.cmp(a));
            u128::from(rated.score) * u128::from(65_536 - 64 * alike.get(1).copied().unwrap_or(0))
        };
        let most = left.iter().map(worth).max().unwrap_or(0);
        let next = left.iter().position(|rated| worth(rated) == most).unwrap_or(0);
        let next = left.remove(next);
        list.push(next.at);
        chosen.push(next);
    }
    list
}

#[test]
fn lists_are_those_of_the_formula_where_limits_are_far() {
    let limits = Limits { reach: 255, weighed: 1_000, late_reach: 255, at_once: 64 };
    let world =
        World { limits, words: 20, most_words: 8, instants: 30, seconds: DAY * 40, articles: 60, keys: MANY };
    let mut dice = Dice(8);
    for _ in 0..40 {
        let mut pieces: Vec<Piece> = (0..dice.below(60)).map(|_| world.piece(&mut dice)).collect();
        world.edit(&mut pieces, &mut dice);
        let related = compared(limits, &pieces, &[], None, &mut dice);
        for index in 0..pieces.len() {
            let list: Vec<u32> = related.list(index).collect();
            assert_eq!(list, by_the_formula(&pieces, index, 3), "{index} of {pieces:?}");
        }
    }
}

#[test]
fn longer_lists_are_made_with_the_terms_of_shorter_ones() {
    let mut dice = Dice(6);
    let world =
        World { limits: SMALL, words: 9, most_words: 5, instants: 9, seconds: DAY, articles: 40, keys: MANY };
    let pieces: Vec<Piece> = (0..40).map(|_| world.piece(&mut dice)).collect();
    let candidates = |with_terms: bool| -> Vec<Candidate<'_>> {
        pieces
            .iter()
            .map(|piece| Candidate {
                key: piece.key,
                seconds: piece.seconds,
                terms: Some(piece.terms.as_slice()).filter(|_| with_terms),
                sketch: Sketch::of_bits(piece.sketch),
                category: piece.category,
                authors: &piece.authors,
                exclude: &[],
            })
            .collect()
    };
    let short = relate(&candidates(true), 2, None).into_memory();
    let long = relate(&candidates(false), 6, Some(short));
    assert!(long.memory() == relate(&candidates(true), 6, None).memory());
    assert!((0..40).any(|index| long.list(index).count() > 2));
}

/// The pieces of a memory, in order.
fn kept(memory: &Memory) -> Vec<Vec<u8>> {
    let pieces = Mutex::new(HashMap::new());
    let lock = || pieces.lock().expect("nobody panics");
    let keep = |_: &str, bytes: &[u8]| {
        let name = xxhash_rust::xxh3::xxh3_128(bytes).to_string();
        lock().insert(name.clone(), bytes.to_vec());
        Ok::<String, ()>(name)
    };
    let names = memory.write(&keep).expect("kept");
    names.iter().map(|name| lock()[name].clone()).collect()
}

fn brought_back(pieces: &[Vec<u8>]) -> Option<Memory> {
    let names: Vec<String> = (0..pieces.len()).map(|at| at.to_string()).collect();
    Memory::read(&names, &|name, look| look(&pieces[name.parse::<usize>().ok()?]))
}

#[test]
fn pieces_of_another_form_are_no_memory() {
    let pieces = kept(&Memory::default());
    assert!(brought_back(&pieces).is_some());
    assert!(brought_back(&[]).is_none());
    assert!(brought_back(&pieces[1..]).is_none());
    for (at, damaged) in [(0, vec![0xff; 64]), (0, Vec::new()), (pieces.len() - 1, vec![1])] {
        let mut others = pieces.clone();
        others[at] = damaged;
        assert!(brought_back(&others).is_none(), "piece {at}");
    }
    let mut longer = pieces;
    longer[0][4] = 1;
    assert!(brought_back(&longer).is_none());
}
