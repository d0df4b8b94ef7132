//! Tests of what lists hold.

mod random;

use super::{Candidate, Related, relate};
use crate::content::sketch::Sketch;
use crate::content::terms::Terms;

const DAY: i64 = 86_400;

/// A story: its text, the day it was published, its category, and the indices it must not show.
type Story<'a> = (&'a str, i64, u64, &'a [u64]);

fn lists(related: &Related, articles: usize) -> Vec<Vec<u32>> {
    (0..articles).map(|index| related.list(index).collect()).collect()
}

fn related(stories: &[Story<'_>], count: usize) -> Vec<Vec<u32>> {
    let terms: Vec<Terms> = stories.iter().map(|story| Terms::of("", "", &[], story.0)).collect();
    let candidates =
        (0..).zip(stories).zip(&terms).map(|((key, &(_, day, category, exclude)), terms)| Candidate {
            key,
            seconds: day * DAY,
            terms: Some(terms.as_slice()),
            sketch: Sketch::default(),
            category,
            authors: &[],
            exclude,
        });
    lists(&relate(&candidates.collect::<Vec<_>>(), count, None), stories.len())
}

fn check(stories: &[Story<'_>], index: usize, expected: &[u32]) {
    assert_eq!(related(stories, 3)[index], expected, "related to {:?}", stories[index].0);
}

/// Irregular numbers, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    /// A place in something of this length.
    fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).expect("the place is below the length")
    }

    fn level(&mut self) -> u8 {
        u8::try_from(self.below(32)).expect("there are 32 levels")
    }
}

/// Stories over `days` days that share words of a small vocabulary in a fixed, irregular way.
fn archive(days: i64) -> Vec<(String, i64)> {
    let mut dice = Dice(7);
    let mut story = |day| {
        let words: Vec<String> =
            (0..30).map(|_| format!("word{}", dice.below(20) * dice.below(20))).collect();
        (words.join(" "), day / 3)
    };
    (0..days).map(&mut story).collect()
}

fn borrowed(stories: &[(String, i64)]) -> Vec<Story<'_>> {
    stories.iter().map(|(text, day)| (text.as_str(), *day, 0, &[][..])).collect()
}

#[test]
fn the_obvious_neighbour_comes_first() {
    let stories: [Story<'_>; 5] = [
        ("monsoon floods displace thousands in assam", 1, 0, &[]),
        ("cricket captain wins toss in mumbai", 2, 0, &[]),
        ("parliament debates budget in delhi", 3, 0, &[]),
        ("assam floods recede as monsoon weakens", 4, 0, &[]),
        ("cricket team in mumbai celebrates", 5, 0, &[]),
    ];
    check(&stories, 3, &[0]);
    check(&stories, 4, &[1]);
}

#[test]
fn newer_and_excluded_articles_are_never_shown() {
    let stories: [Story<'_>; 4] = [
        ("floods in assam", 3, 0, &[]),
        ("floods in assam", 1, 0, &[]),
        ("floods in assam", 2, 0, &[1]),
        ("floods in assam", 4, 0, &[2, 0]),
    ];
    check(&stories, 0, &[2, 1]);
    check(&stories, 1, &[]);
    check(&stories, 2, &[]);
    check(&stories, 3, &[1]);
}

#[test]
fn articles_of_one_instant_may_show_each_other() {
    let stories: [Story<'_>; 3] =
        [("floods in assam", 1, 0, &[]), ("floods in assam", 1, 0, &[]), ("floods in assam", 1, 0, &[])];
    check(&stories, 0, &[2, 1]);
    check(&stories, 2, &[1, 0]);
}

#[test]
fn recency_and_kinship_weigh_in() {
    let stories: [Story<'_>; 4] = [
        ("floods in assam", 0, 1, &[]),
        ("floods in assam", 3_000, 2, &[]),
        ("floods in assam", 3_001, 1, &[]),
        ("floods in assam", 3_010, 1, &[]),
    ];
    check(&stories, 3, &[2, 1, 0]);
}

#[test]
fn other_scripts_relate_and_empty_articles_do_not() {
    let stories: [Story<'_>; 6] = [
        ("असम में बाढ़ से हज़ारों लोग बेघर", 1, 0, &[]),
        ("", 2, 0, &[]),
        ("東京都で大雨", 3, 0, &[]),
        ("बाढ़ के बाद असम में राहत", 4, 0, &[]),
        ("大雨で東京の電車が止まる", 5, 0, &[]),
        ("", 6, 0, &[]),
    ];
    check(&stories, 3, &[0]);
    check(&stories, 4, &[2]);
    check(&stories, 5, &[]);
    assert!(related(&[], 5).is_empty() && related(&stories, 0).iter().all(Vec::is_empty));
}

#[test]
fn copies_are_shown_once_and_never_under_one_another() {
    let terms = Terms::of("", "", &[], "monsoon floods in assam displace thousands");
    let copy = Sketch::of_bits(0x1234_5678_9abc_def0);
    // A wire story, nine copies of it, two stories of our own, and one more copy, which asks for related ones.
    let candidates: Vec<Candidate<'_>> = (0..13)
        .map(|key| Candidate {
            key,
            seconds: i64::try_from(key).expect("small") * DAY,
            terms: Some(terms.as_slice()),
            sketch: if matches!(key, 10 | 11) {
                Sketch::of_bits(0x1111_1111_1111_1111 * (key - 5))
            } else {
                copy
            },
            category: 0,
            authors: &[],
            exclude: &[],
        })
        .collect();
    let lists = lists(&relate(&candidates, 5, None), 13);
    assert_eq!(lists[12], [11, 10]);
    assert_eq!(lists[11], [10, 9]);
    assert_eq!(lists[5], [0_u32; 0]);
}

#[test]
fn no_more_than_two_are_shown_for_the_same_words() {
    let (harbour, school) = ("harbour levy ferry", "school budget vote");
    let mut stories: Vec<Story<'_>> = vec![
        (school, 1, 1, &[]),
        (school, 1, 1, &[]),
        (school, 1, 1, &[]),
        (harbour, 1, 0, &[]),
        (harbour, 1, 0, &[]),
        (harbour, 1, 0, &[]),
    ];
    stories.push(("harbour levy ferry school budget vote", 2, 0, &[0, 1]));
    // Each of the three about the harbour has a better score than the one about the school.
    check(&stories, 6, &[5, 4, 2]);
}

#[test]
fn any_number_of_threads_gives_the_same_lists() {
    let stories = archive(2_000);
    let with_threads = |threads| {
        let pool =
            rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
        pool.install(|| related(&borrowed(&stories), 5))
    };
    let lists = with_threads(1);
    assert_eq!(lists, with_threads(4));
    assert!(lists[1_000..].iter().all(|list| list.len() == 5));
    // The lists are part of every page, on every machine: these numbers may change only on purpose.
    assert_eq!(lists[1_999], [1_930, 1_955, 1_998, 1_954, 1_903]);
}

#[test]
fn a_new_article_changes_no_older_list() {
    let mut stories = archive(600);
    let before = related(&borrowed(&stories), 5);
    stories.push((stories[0].0.clone(), 1_000));
    assert_eq!(related(&borrowed(&stories), 5)[..600], before);
}

#[test]
fn an_unrelated_article_changes_no_list_at_all() {
    let mut stories = archive(600);
    let before = related(&borrowed(&stories), 5);
    // Day 175 of 200: 528 to 600 articles were out by then and after, and no half power of two lies between.
    stories.push(("quite something else".to_owned(), 175));
    assert_eq!(related(&borrowed(&stories), 5)[..600], before);
}
