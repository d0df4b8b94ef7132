//! Edits of texts on which nothing else depends go a short way, and end as clean builds.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use newsprint::engine::Outcome;

use crate::incremental::{Desk, Dice, was_short};
use crate::site::CONFIG;

/// How many stories there are.
const STORIES: usize = 36;

fn path(number: usize) -> String {
    format!("content/{}/{number}.md", ["world", "sport", "arts"][number % 3])
}

fn header(number: usize) -> String {
    let (month, day) = (1 + number % 9, 1 + number % 28);
    let author = ["Asha Rao", "Ben Li"][number % 2];
    format!(
        "---\ntitle: Story {number}\ndate: 2026-0{month}-{day:02}\nauthor: {author}\ntags: [rain, t{}]\nviews: {number}\n---\n\n",
        number % 4
    )
}

fn paragraph(dice: &mut Dice) -> String {
    let words: Vec<String> = (0..12 + dice.below(30))
        .map(|_| match dice.below(4) {
            0 => "the".to_owned(),
            1 => format!("harbour{}", dice.below(9)),
            2 => format!("ferry{}", dice.below(40)),
            _ => format!("w{}", dice.below(400)),
        })
        .collect();
    format!("{}.\n\n", words.join(" "))
}

/// A text with references that stay: to another story, to nothing, and to a picture that is not there.
fn body(number: usize, paragraphs: &[String]) -> String {
    let mut body = String::new();
    for (place, paragraph) in paragraphs.iter().enumerate() {
        body.push_str(paragraph);
        match place {
            0 if number.is_multiple_of(3) => {
                body.push_str("See [nothing](/nowhere/) and ![a pier](pier.png).\n\n");
            }
            1 if number > 2 => {
                _ = write!(body, "Also Read: Story {}\n\n", (number * 5 + 1) % STORIES);
            }
            _ => {}
        }
    }
    body
}

fn newspaper(dice: &mut Dice) -> (Desk, BTreeMap<usize, Vec<String>>) {
    let desk = Desk::new(&[("content/_pages/about.md", "---\ntitle: About us\n---\n\nHere.\n")]);
    desk.disk.write("newsprint.yaml", format!("{CONFIG}pagination: 3\n"));
    let mut texts = BTreeMap::new();
    for number in 0..STORIES {
        let paragraphs: Vec<String> = (0..4).map(|_| paragraph(dice)).collect();
        desk.disk.write(&path(number), header(number) + &body(number, &paragraphs));
        texts.insert(number, paragraphs);
    }
    desk.disk.advance(60);
    desk.check("the first build");
    (desk, texts)
}

/// Changes the paragraphs of a story.
fn change(paragraphs: &mut Vec<String>, texts: &[Vec<String>], dice: &mut Dice) {
    let at = dice.below(paragraphs.len());
    match dice.below(5) {
        // The references below move.
        0 => paragraphs[0] = paragraph(dice) + &paragraph(dice),
        1 => paragraphs.push(paragraph(dice)),
        2 if paragraphs.len() > 2 => drop(paragraphs.pop()),
        // A copy of another story, or none any more.
        3 => paragraphs.clone_from(&texts[dice.below(texts.len())]),
        _ => paragraphs[at] = paragraphs[at].replace("the", "the the") + &paragraph(dice),
    }
}

fn edits(seeds: std::ops::Range<u64>) {
    let (mut short, mut all) = (0, 0);
    for seed in seeds {
        let mut dice = Dice(seed * 31 + 7);
        let (desk, mut texts) = newspaper(&mut dice);
        for round in 0..10 {
            let before: Vec<Vec<String>> = texts.values().cloned().collect();
            for _ in 0..=dice.below(3) {
                let number = dice.below(STORIES);
                let paragraphs = texts.get_mut(&number).expect("a story");
                change(paragraphs, &before, &mut dice);
                desk.disk.write(&path(number), header(number) + &body(number, paragraphs));
            }
            // Sometimes too soon for the times of files to be believed.
            desk.disk.advance([1, 60][dice.below(2)]);
            let (outcome, _) = desk.check(&format!("seed {seed}, round {round}"));
            short += usize::from(was_short(&outcome));
            all += 1;
        }
    }
    assert!(short * 10 >= all * 8, "{short} of {all} builds went the short way");
}

#[test]
fn edits_of_texts_end_as_clean_builds_1() {
    edits(0..4);
}

#[test]
fn edits_of_texts_end_as_clean_builds_2() {
    edits(4..8);
}

/// Edits one text and builds.
fn edited(desk: &Desk, number: usize, text: &str, what: &str) -> Outcome {
    desk.disk.write(&path(number), text);
    desk.disk.advance(60);
    desk.check(what).0
}

#[test]
fn what_others_depend_on_goes_the_whole_way() {
    let mut dice = Dice(3);
    let (desk, texts) = newspaper(&mut dice);
    let whole = |number: usize| header(number) + &body(number, &texts[&number]);
    assert!(was_short(&edited(&desk, 1, &(whole(1) + "More.\n"), "a text")));
    let whole_ways = [
        ("a date", whole(1).replace("date: 2026-02-02", "date: 2026-02-03")),
        ("a category", whole(1).replace("author:", "category: Books\nauthor:")),
        ("views", whole(1).replace("views: 1\n", "views: 77\n")),
        ("a language", whole(1).replace("author:", "lang: hi\nauthor:")),
        ("a link more", whole(1) + "[There](/about/).\n"),
        ("a draft", whole(1).replace("author:", "draft: true\nauthor:")),
        ("a key that is none", whole(1).replace("author:", "autor: X\nauthor:")),
        ("no header", "Nothing.\n".to_owned()),
    ];
    for (what, text) in whole_ways {
        assert!(!was_short(&edited(&desk, 1, &text, what)), "{what} went the short way");
        // A draft that is published is a new story to all others.
        let back = was_short(&edited(&desk, 1, &whole(1), "as it was"));
        assert_eq!(back, what == "a draft", "back from {what}");
    }
    assert!(was_short(&edited(&desk, 1, &(whole(1) + "More.\n"), "a text again")));
    // The description is nobody else's, but lists show it.
    let described = whole(1).replace("author:", "description: In short.\nauthor:");
    assert!(was_short(&edited(&desk, 1, &described, "a description")));
    desk.disk.write("content/books/new.md", header(99).replace("2026-01-16", "2026-03-16") + "New.\n");
    assert!(!was_short(&edited(&desk, 1, &whole(1), "a new category beside a text")));
    desk.disk.write("newsprint.yaml", format!("{CONFIG}pagination: 4\n"));
    assert!(!was_short(&edited(&desk, 1, &(whole(1) + "More.\n"), "the config beside a text")));
}

#[test]
fn a_snapshot_that_is_lost_or_damaged_costs_the_whole_way_and_no_more() {
    let mut dice = Dice(4);
    let (desk, texts) = newspaper(&mut dice);
    let folder = desk.ledger.path().join(".newsprint/ledger");
    for (round, kind) in ["stories", "plan", "titles", "archive", "edition", "words"].into_iter().enumerate()
    {
        let mut parts = fs::read_dir(&folder).expect("a ledger").map(|entry| entry.expect("a file").path());
        let part = parts.find(|part| {
            let name = part.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.starts_with(&format!("{kind}-"))
        });
        let part = part.expect("a part of each kind");
        if round % 2 == 0 {
            fs::remove_file(part).expect("deleted");
        } else {
            fs::write(part, "damaged").expect("written");
        }
        let text = header(5) + &body(5, &texts[&5]) + &format!("Round {round}.\n");
        let outcome = edited(&desk, 5, &text, kind);
        assert!(kind == "words" || !was_short(&outcome), "{kind}");
        let text = text + "And more.\n";
        assert!(was_short(&edited(&desk, 5, &text, "all is there again")), "after {kind}");
    }
}

#[test]
fn time_that_passes_goes_the_short_way_until_something_is_due() {
    let mut dice = Dice(5);
    let (mut desk, texts) = newspaper(&mut dice);
    desk.disk.write("content/world/later.md", header(99).replace("2026-01-16", "2026-12-01") + "Later.\n");
    desk.disk.advance(60);
    desk.check("a scheduled story");
    let text = header(5) + &body(5, &texts[&5]);
    desk.now = "2026-11-30T12:00:00Z".to_owned();
    assert!(was_short(&edited(&desk, 5, &(text.clone() + "One.\n"), "the day before")));
    desk.now = "2026-12-01T12:00:00Z".to_owned();
    assert!(!was_short(&edited(&desk, 5, &(text.clone() + "Two.\n"), "the day")));
    assert!(was_short(&edited(&desk, 5, &(text + "Three.\n"), "the day once more")));
}
