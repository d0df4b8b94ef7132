//! Stories that get other headlines and addresses go a short way, and end as clean builds, whoever refers to them.

use std::fmt::Write as _;

use crate::incremental::{Desk, Dice, was_short};
use crate::site::CONFIG;

/// How many stories there are.
const STORIES: usize = 40;

/// A story whose names change.
#[derive(Clone)]
struct Story {
    title: String,
    slug: Option<String>,
    /// Lines of the header that stay.
    lines: String,
    text: String,
}

fn path(number: usize) -> String {
    format!("content/{}/{number}.md", ["world", "sport"][number % 2])
}

fn title(dice: &mut Dice) -> String {
    let words = ["Rain", "harbour", "Mayor", "talks", "ferry", "n1", "n2", "n3"];
    let mut all = vec![words[dice.below(8)], words[dice.below(8)]];
    if dice.below(4) > 0 {
        all.push(words[dice.below(8)]);
    }
    // Some titles are like the slugs of others.
    if dice.below(12) == 0 { format!("s{}", dice.below(9)) } else { all.join(" ") }
}

fn address(number: usize, slug: &str) -> String {
    format!("/{}/2026/{slug}/", ["world", "sport"][number % 2])
}

impl Story {
    fn new(number: usize, dice: &mut Dice) -> Self {
        let mut text =
            format!("The w{} of w{} came to w{}.\n\n", dice.below(30), dice.below(30), dice.below(30));
        for _ in 0..dice.below(3) {
            let other = dice.below(STORIES);
            _ = match dice.below(6) {
                0 => write!(text, "Also Read: {}\n\n", title(dice)),
                1 => write!(text, "See [[{}]].\n\n", title(dice)),
                2 => write!(text, "See [that](../{}).\n\n", &path(other)[8..]),
                3 => write!(text, "See [there]({}).\n\n", address(other, &format!("s{}", dice.below(9)))),
                4 => write!(text, "See [the first]({}).\n\n", address(other, &other.to_string())),
                _ => write!(text, "Also Read: s{}\n\n", dice.below(9)),
            };
        }
        let mut lines = format!("date: 2026-0{}-0{}\n", 1 + dice.below(3), 1 + dice.below(3));
        if dice.below(12) == 0 {
            _ = writeln!(lines, "also_read: [{}]", title(dice));
        }
        if dice.below(8) == 0 {
            _ = writeln!(lines, "also_read: [../{}]", &path(dice.below(STORIES))[8..]);
        }
        if dice.below(6) == 0 {
            _ = writeln!(lines, "former_titles: [{}]", title(dice));
        }
        if dice.below(9) == 0 {
            _ = writeln!(lines, "aliases: [/old/{number}/]");
        }
        if dice.below(9) == 0 {
            _ = writeln!(lines, "draft: true");
        }
        Self { title: title(dice), slug: None, lines, text }
    }

    fn whole(&self) -> String {
        let slug = self.slug.as_ref().map_or(String::new(), |slug| format!("slug: {slug}\n"));
        // One key twice is an error.
        let pins = self.lines.matches("also_read").count();
        let lines =
            if pins > 1 { self.lines.replacen("also_read", "extra: 1 # ", 1) } else { self.lines.clone() };
        format!("---\ntitle: {}\n{slug}{lines}tags: [rain]\nviews: 3\n---\n\n{}", self.title, self.text)
    }

    fn change(&mut self, number: usize, dice: &mut Dice) {
        match dice.below(8) {
            0..3 => self.title = title(dice),
            3 => self.title = self.title.to_uppercase(),
            4 | 5 => self.slug = Some(format!("s{}-{number}", dice.below(9))),
            6 => self.slug = Some(format!("s{}", dice.below(9))),
            _ => {
                self.slug = None;
                self.text.push_str("One more sentence.\n\n");
            }
        }
    }
}

fn renames(seeds: std::ops::Range<u64>) {
    let (mut short, mut all) = (0, 0);
    for seed in seeds {
        let mut dice = Dice(seed * 77 + 5);
        let page = "---\ntitle: About us\n---\n\nSee [[Rain harbour]] and [one](/world/2026/s3/).\n";
        let desk = Desk::new(&[("content/_pages/about.md", page)]);
        let front = if seed % 2 == 0 { "front: [Mayor talks]\n" } else { "" };
        desk.disk.write("newsprint.yaml", format!("{CONFIG}pagination: 3\n{front}"));
        let mut stories: Vec<Story> = (0..STORIES).map(|number| Story::new(number, &mut dice)).collect();
        for (number, story) in stories.iter().enumerate() {
            desk.disk.write(&path(number), story.whole());
        }
        desk.disk.advance(60);
        desk.check("the first build");
        for round in 0..14 {
            for _ in 0..=dice.below(3) {
                let number = dice.below(STORIES);
                let before = stories[number].clone();
                stories[number].change(number, &mut dice);
                // Two stories at one address are an error, which is another test's.
                let taken = |slug: &String| {
                    let others = stories.iter().enumerate().filter(|(other, _)| *other != number);
                    others
                        .filter(|(other, _)| other % 2 == number % 2)
                        .any(|(_, o)| o.slug.as_ref() == Some(slug))
                };
                if stories[number].slug.as_ref().is_some_and(taken) && dice.below(8) > 0 {
                    stories[number] = before;
                }
                desk.disk.write(&path(number), stories[number].whole());
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
fn stories_that_are_renamed_end_as_clean_builds_1() {
    renames(0..8);
}

#[test]
fn stories_that_are_renamed_end_as_clean_builds_2() {
    renames(8..16);
}

#[test]
fn notes_on_names_that_are_lost_or_damaged_cost_the_whole_way_and_no_more() {
    let mut dice = Dice(11);
    let desk = Desk::new(&[]);
    let mut stories: Vec<Story> = (0..STORIES).map(|number| Story::new(number, &mut dice)).collect();
    for (number, story) in stories.iter_mut().enumerate() {
        story.title = format!("Story {number}");
        story.lines = format!("date: 2026-01-{:02}\n", 1 + number % 28);
        desk.disk.write(&path(number), story.whole());
    }
    desk.disk.advance(60);
    desk.check("the first build");
    let folder = desk.ledger.path().join(".newsprint/ledger");
    let mut rename = |title: &str| {
        stories[5].title = title.to_owned();
        desk.disk.write(&path(5), stories[5].whole());
        desk.disk.advance(60);
        was_short(&desk.check(title).0)
    };
    for (round, kind) in ["callers", "headlines", "sources", "titles"].into_iter().enumerate() {
        assert!(rename(&format!("Nothing lost {round}")), "before {kind}");
        let parts = std::fs::read_dir(&folder).expect("a ledger").map(|entry| entry.expect("a file").path());
        let is_kind = |part: &std::path::PathBuf| {
            let name = part.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| name.starts_with(&format!("{kind}-")))
        };
        for part in parts.filter(is_kind) {
            if round % 2 == 0 {
                std::fs::remove_file(part).expect("deleted");
            } else {
                std::fs::write(part, "damaged").expect("written");
            }
        }
        assert!(!rename(&format!("Without {kind}")), "{kind}");
    }
}
