//! New stories go a short way when their groups are there already, and end as clean builds.

use std::fmt::Write as _;

use crate::incremental::{Desk, Dice, was_short};
use crate::site::CONFIG;

const CATEGORIES: [&str; 3] = ["world", "sport", "arts"];

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
        _ = writeln!(header, "former_titles: [Story {}]", dice.below(60));
    }
    if dice.below(9) == 0 {
        _ = writeln!(header, "category: {}", ["Sport", "World", "sport"][dice.below(3)]);
    }
    if dice.below(4) == 0 {
        _ = writeln!(header, "draft: true");
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
        if seed % 2 == 1 {
            // The counter knows some stories by their paths and some by their addresses, and one before it comes.
            let counts = "path,views\ncontent/world/3.md,70\n/sport/2026/4/,80\ncontent/arts/35.md,9\n";
            desk.disk.write("data/views.csv", counts);
        }
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
            if dice.below(3) == 0 {
                // A draft that was published, or is.
                let number = dice.below(stories.len());
                let (is, was) = ("draft: true\n---\n\n", "---\n\n");
                let has = stories[number].contains(is);
                stories[number] = if has {
                    stories[number].replacen(is, was, 1)
                } else {
                    stories[number].replacen(was, is, 1)
                };
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
    assert!(short * 10 >= all * 2, "{short} of {all} builds went the short way");
}

#[test]
fn new_stories_end_as_clean_builds_1() {
    arrivals(0..8);
}

#[test]
fn new_stories_end_as_clean_builds_2() {
    arrivals(8..16);
}

/// A small newspaper, and what a story in it says.
fn small() -> (Desk, impl Fn(&str, &str) -> String) {
    let text = |title: &str, lines: &str| {
        format!(
            "---\ntitle: {title}\ndate: 2026-03-09T08:00:00Z\nauthor: Asha Rao\ntags: [rain]\n{lines}---\n\nIt rained.\n"
        )
    };
    let desk = Desk::new(&[("content/_pages/about.md", "---\ntitle: About us\n---\n\nSee [[A promise]].\n")]);
    for number in 0..8 {
        let pin = if number == 3 { "also_read: [The sequel]\n" } else { "" };
        desk.disk.write(
            &path(number * 3),
            text(&format!("Story {number}"), pin).replace("09T08", &format!("0{}T08", 1 + number)),
        );
    }
    desk.disk.write(&path(1), text("Sport", "author: René Élan\n").replacen("author: Asha Rao\n", "", 1));
    desk.disk.advance(60);
    desk.check("the first build");
    (desk, text)
}

#[test]
fn only_stories_on_which_little_hangs_go_the_short_way() {
    let (desk, text) = small();
    let came = |path: &str, text: String, what: &str| {
        desk.disk.write(path, text);
        desk.disk.advance(60);
        let (outcome, _) = desk.check(what);
        desk.disk.remove(path);
        desk.disk.advance(60);
        assert!(!was_short(&desk.check(&format!("without {what}")).0), "{what} went the short way");
        was_short(&outcome)
    };
    let there = "content/world/more.md";
    for (what, text) in [
        ("a plain story", text("More rain", "")),
        ("letters of another script", text("वर्षा और बाढ़", "slug: वर्षा\n")),
        ("an author with a record of no kind", text("More", "").replace("Asha Rao", "René Élan")),
        ("the name of another story", text("Story 2", "")),
        ("an end", text("More", "expires: 2027-01-01\n")),
    ] {
        assert!(came(there, text, what), "{what} went the whole way");
    }
    desk.disk.write(there, text("Kept back", "draft: true\n"));
    desk.disk.advance(60);
    desk.check("a draft");
    assert!(came(there, text("Kept back", ""), "a draft that is published"));
    for (what, text) in [
        ("a new tag", text("More", "").replace("[rain]", "[rain, floods]")),
        ("a tag in another spelling", text("More", "").replace("[rain]", "[Rain]")),
        ("a new author", text("More", "").replace("Asha Rao", "Chidi Obi")),
        ("a new category", text("More", "category: Arts\n")),
        ("a new month", text("More", "").replace("2026-03", "2026-04")),
        ("a draft", text("More", "draft: true\n")),
        ("a scheduled story", text("More", "").replace("2026-03", "2030-03")),
        ("the lead", text("More", "front: lead\n")),
        ("an old address", text("More", "aliases: [/old/]\n")),
        ("a correction", text("More", "corrections: [{date: 2026-03-10, text: It did not.}]\n")),
        ("what a story pins", text("The sequel", "")),
        ("what a page links", text("A promise", "")),
        ("a finding", text("More", "autor: X\n")),
        ("an address that is taken", text("More", "slug: '6'\n")),
    ] {
        assert!(!came(there, text, what), "{what} went the short way");
    }
    assert!(!came("content/world/new/index.md", text("A bundle", ""), "a bundle"));
}
