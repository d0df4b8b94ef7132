//! New stories go a short way when their groups are there already, and end as clean builds.

use std::fmt::Write as _;

use newsprint::engine::Outcome;

use crate::incremental::{Desk, Dice};
use crate::site::CONFIG;

const CATEGORIES: [&str; 3] = ["world", "sport", "arts"];

fn was_short(outcome: &Outcome) -> bool {
    outcome.stages.iter().any(|(stage, _)| *stage == "unfold")
}

fn words(dice: &mut Dice, count: usize) -> String {
    let words: Vec<String> = (0..count)
        .map(|_| match dice.below(4) {
            0 => "the".to_owned(),
            1 => format!("harbour{}", dice.below(9)),
            _ => format!("w{}", dice.below(90)),
        })
        .collect();
    words.join(" ")
}

fn path(number: usize) -> String {
    format!("content/{}/{number}.md", CATEGORIES[number % 3])
}

/// A story; `late` ones are newer than most.
fn story(number: usize, late: bool, dice: &mut Dice) -> String {
    let mut header = format!("title: Story {number}\n");
    let (month, day) =
        if late && dice.below(4) > 0 { (9, 1 + number % 9) } else { (1 + number % 9, 1 + number % 28) };
    _ = writeln!(header, "date: 2026-0{month}-{day:02}T{:02}:00:00Z", dice.below(24));
    _ = writeln!(header, "author: [{}]", ["Asha Rao", "Ben Li", "Asha Rao, Ben Li"][dice.below(3)]);
    _ = writeln!(header, "tags: [rain, t{}]", number % 4);
    if dice.below(3) > 0 {
        _ = writeln!(header, "views: {}", dice.below(40));
    }
    if dice.below(9) == 0 {
        _ = writeln!(header, "updated: 2026-10-{:02}", 1 + dice.below(20));
    }
    if dice.below(9) == 0 {
        _ = writeln!(header, "expires: 2027-0{}-01", 1 + dice.below(9));
    }
    if dice.below(9) == 0 {
        _ = writeln!(header, "also_read: [Story {}]", dice.below(60));
    }
    if dice.below(9) == 0 {
        _ = writeln!(header, "category: {}", ["Sport", "World", "sport"][dice.below(3)]);
    }
    let mut text = format!("{}.\n\n", words(dice, 12));
    for _ in 0..dice.below(3) {
        let other = dice.below(70);
        _ = match dice.below(6) {
            0 => write!(text, "Also Read: Story {other}\n\n"),
            1 => write!(text, "See [[Story {other}]] and ![a pier](pier.png).\n\n"),
            2 => write!(text, "See [that](../{}).\n\n", &path(other)[8..]),
            3 => write!(text, "See [there](/{}/2026/{other}/).\n\n", CATEGORIES[other % 3]),
            4 => write!(text, "See [the list](/{}/page/{}/).\n\n", CATEGORIES[other % 3], 1 + dice.below(12)),
            _ => write!(text, "{}.\n\n", words(dice, 9)),
        };
    }
    format!("---\n{header}---\n\n{text}")
}

fn arrivals(seeds: std::ops::Range<u64>) {
    let (mut short, mut all) = (0, 0);
    for seed in seeds {
        let mut dice = Dice(seed * 131 + 3);
        let author = "---\nname: Ben Li\n---\n\nSees [[Story 50]].\n";
        let desk = Desk::new(&[
            ("content/_pages/about.md", "---\ntitle: About us\n---\n\nHere is [[Story 3]].\n"),
            ("content/sport/_index.md", "---\ntitle: Sport\n---\n\nGames.\n"),
            ("content/_authors/ben-li.md", if seed % 2 == 0 { author } else { "---\nname: Ben Li\n---\n" }),
        ]);
        desk.disk.write("newsprint.yaml", format!("{CONFIG}pagination: 3\nfeeds: {{limit: 4}}\n"));
        let mut stories: Vec<String> = (0..30).map(|number| story(number, false, &mut dice)).collect();
        for (number, text) in stories.iter().enumerate() {
            desk.disk.write(&path(number), text);
        }
        desk.disk.advance(60);
        let (outcome, _) = desk.check("the first build");
        assert!(!outcome.failed(), "{:?}", outcome.findings);
        for round in 0..14 {
            for _ in 0..=dice.below(2) {
                let number = stories.len();
                let text = story(number, true, &mut dice);
                desk.disk.write(&path(number), &text);
                stories.push(text);
            }
            if dice.below(3) == 0 {
                let number = dice.below(stories.len());
                stories[number].push_str("One more sentence of the harbour.\n\n");
                desk.disk.write(&path(number), &stories[number]);
            }
            if dice.below(9) == 0 {
                let number = dice.below(stories.len());
                stories[number] = stories[number].replacen("title: ", "title: New ", 1);
                desk.disk.write(&path(number), &stories[number]);
            }
            desk.disk.advance([1, 60][dice.below(2)]);
            let (outcome, _) = desk.check(&format!("seed {seed}, round {round}"));
            short += usize::from(was_short(&outcome));
            all += 1;
        }
    }
    assert!(short * 10 >= all * 7, "{short} of {all} builds went the short way");
}

#[test]
fn new_stories_end_as_clean_builds_1() {
    arrivals(0..8);
}

#[test]
fn new_stories_end_as_clean_builds_2() {
    arrivals(8..16);
}
