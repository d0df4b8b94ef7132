//! Tests of how much the words of an article count.

use super::{KEPT, Term, Terms, digest, hash};

fn check(terms: &Terms, words: &[(&str, u32)]) {
    let weights = words.iter().map(|(word, _)| {
        let found = terms.as_slice().iter().find(|term| term.hash() == hash(digest(word)));
        (*word, found.map_or(0, |term| Term::weight_of_level(term.level())))
    });
    assert_eq!(weights.collect::<Vec<_>>(), words);
}

#[test]
fn words_weigh_by_place_and_number() {
    let terms =
        Terms::of("Floods in Assam", "floods again", &["Monsoon".to_owned()], "The floods rose and rose.");
    check(&terms, &[("floods", 17), ("assam", 11), ("monsoon", 8), ("rose", 8), ("the", 0), ("again", 0)]);
}

#[test]
fn an_article_without_text_has_no_terms() {
    assert_eq!(Terms::of("", "", &[], ""), Terms::default());
    assert!(Terms::of("The", "…", &[], " \n").as_slice().is_empty());
}

#[test]
fn abbreviations_that_look_like_stop_words_stay() {
    assert_eq!(Terms::of("", "", &[], "it is up to who you ask").as_slice().len(), 1);
    assert_eq!(Terms::of("", "", &[], "IT is up to WHO you ask").as_slice().len(), 3);
}

#[test]
fn long_articles_keep_the_words_that_say_most() {
    use std::fmt::Write as _;
    let mut body = String::new();
    for number in 0..5_000 {
        write!(body, "word{number} ").expect("writing to a string cannot fail");
    }
    body.push_str("dam dam dam");
    let terms = Terms::of("Bridge", "", &[], &body);
    assert_eq!(terms.as_slice().len(), KEPT);
    assert!(terms.as_slice().is_sorted_by(|left, right| left.hash() < right.hash()));
    check(&terms, &[("bridge", 9), ("dam", 11), ("word0", 4), ("word4000", 0)]);
}

#[test]
fn weights_grow_with_their_levels() {
    let weights: Vec<u32> = (0..32).map(Term::weight_of_level).collect();
    assert!(weights.is_sorted() && weights[0] > 0 && weights[31] == Term::MAX_WEIGHT, "{weights:?}");
}
