//! Builds after edits: the same bytes as a clean build, and no more work than the edit asks for.

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex, PoisonError};

use newsprint::archive::{Drafts, Scheduled};
use newsprint::date::Moment;
use newsprint::disk::memory::Memory;
use newsprint::disk::parts::Parts;
use newsprint::disk::scan::Files as _;
use newsprint::engine::{self, Outcome, Outputs, Press, Request, Strictness};
use newsprint::source::SourcePath;
use tempfile::TempDir;

use crate::site::{CONFIG, NOW, has_extension};

pub(crate) type Tree = BTreeMap<String, Vec<u8>>;

/// A newspaper and its web site in memory, with the ledger on disk.
pub(crate) struct Desk {
    pub(crate) disk: Arc<Memory>,
    web: Web,
    pub(crate) ledger: TempDir,
    pub(crate) now: String,
    pub(crate) drafts: Drafts,
    /// What tells the program from others.
    pub(crate) program: u64,
    /// Whether the ledger is being damaged: then pages are written again, and nothing else may happen.
    pub(crate) is_damaged: bool,
}

/// What is published, and what the last edition wrote.
#[derive(Default)]
struct Web {
    state: Mutex<(Tree, usize)>,
    written: Mutex<Vec<String>>,
}

struct Edition<'a> {
    web: &'a Web,
    disk: &'a Memory,
    tree: Mutex<Tree>,
    written: Mutex<Vec<String>>,
}

struct Place<'a>(&'a Web, &'a Memory);

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Outputs for Place<'_> {
    fn imprint(&self) -> Option<String> {
        let edition = lock(&self.0.state).1;
        (edition > 0).then(|| edition.to_string())
    }

    fn read(&self, path: &str) -> Option<Vec<u8>> {
        lock(&self.0.state).0.get(path).cloned()
    }

    fn begin(&self, base: Option<&str>) -> anyhow::Result<Box<dyn Press + '_>> {
        let tree = if base.is_some() { lock(&self.0.state).0.clone() } else { Tree::new() };
        Ok(Box::new(Edition { web: self.0, disk: self.1, tree: Mutex::new(tree), written: Mutex::default() }))
    }
}

impl Press for Edition<'_> {
    fn page(&self, path: &str, bytes: &[u8]) -> anyhow::Result<()> {
        lock(&self.tree).insert(path.to_owned(), bytes.to_vec());
        lock(&self.written).push(path.to_owned());
        Ok(())
    }

    fn file(&self, path: &str, from: &SourcePath) -> anyhow::Result<()> {
        let bytes = self.disk.read(from)?;
        self.page(path, &bytes)
    }

    fn remove(&self, path: &str) -> anyhow::Result<()> {
        anyhow::ensure!(lock(&self.tree).remove(path).is_some(), "`{path}` was not there");
        Ok(())
    }

    fn progress(&self, _: usize, _: usize) {}

    fn commit(self: Box<Self>) -> anyhow::Result<String> {
        let mut state = lock(&self.web.state);
        state.0 = self.tree.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.1 += 1;
        *lock(&self.web.written) = self.written.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(state.1.to_string())
    }
}

impl Desk {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let disk = Arc::new(Memory::of(&[("newsprint.yaml", CONFIG)]));
        for (path, text) in files {
            disk.write(path, *text);
        }
        disk.advance(60);
        let ledger = TempDir::new().expect("a folder");
        Self {
            disk,
            web: Web::default(),
            ledger,
            now: NOW.to_owned(),
            drafts: Drafts::HeldBack,
            program: 1,
            is_damaged: false,
        }
    }

    pub(crate) fn request(&self, memory: engine::Memory) -> Request {
        Request {
            now: Moment::parse_instant(&self.now).expect("an instant"),
            drafts: self.drafts,
            scheduled: Scheduled::HeldBack,
            strictness: Strictness::Lenient,
            memory,
            program: self.program,
        }
    }

    /// Builds, and tells what came of it and the paths that were written.
    pub(crate) fn build(&self) -> (Outcome, Vec<String>) {
        lock(&self.web.written).clear();
        let parts = Parts::of(self.ledger.path());
        let request = self.request(engine::Memory::Kept);
        let outcome =
            engine::update(&*self.disk, &Place(&self.web, &self.disk), &parts, request).expect("a build");
        let mut written = lock(&self.web.written).clone();
        written.sort();
        (outcome, written)
    }

    /// When the site changes by itself, if it does.
    fn due(&self) -> Option<i64> {
        let parts = Parts::of(self.ledger.path());
        engine::due(&*self.disk, &parts, self.request(engine::Memory::Consulted)).expect("a look").ok()?
    }

    /// What a build from nothing makes.
    pub(crate) fn clean(&self) -> (Outcome, Tree) {
        let (web, ledger) = (Web::default(), TempDir::new().expect("a folder"));
        let parts = Parts::of(ledger.path());
        let request = self.request(engine::Memory::Forgotten);
        let outcome =
            engine::update(&*self.disk, &Place(&web, &self.disk), &parts, request).expect("a build");
        let tree = lock(&web.state).0.clone();
        (outcome, tree)
    }

    /// Builds, and checks that the site and the findings are those of a clean build, and that nothing was written that
    /// was there already.
    pub(crate) fn check(&self, what: &str) -> (Outcome, Vec<String>) {
        let before = lock(&self.web.state).0.clone();
        let (outcome, written) = self.build();
        let (clean, tree) = self.clean();
        assert_eq!(outcome.findings, clean.findings, "findings after {what}");
        if clean.failed() {
            assert!(lock(&self.web.state).0 == before, "a failed build changed the site after {what}");
            return (outcome, written);
        }
        let now = lock(&self.web.state).0.clone();
        let differing: Vec<&String> =
            tree.keys().chain(now.keys()).filter(|path| tree.get(*path) != now.get(*path)).collect();
        assert!(differing.is_empty(), "after {what}: {differing:?}");
        if !self.is_damaged {
            self.check_idle(what, &before, &written);
        }
        (outcome, written)
    }

    /// Checks that nothing was written that was there already.
    fn check_idle(&self, what: &str, before: &Tree, written: &[String]) {
        let now = &lock(&self.web.state).0;
        let idle: Vec<&String> = written
            .iter()
            .filter(|path| before.get(*path) == now.get(*path) && path_is_rendered(path))
            .collect();
        assert!(idle.is_empty(), "after {what}, written as it was: {idle:?}");
    }
}

/// Files that are copied are compared by the outlet, not by the engine.
fn path_is_rendered(path: &str) -> bool {
    [".html", ".xml", ".json", ".bin", "_redirects"].iter().any(|end| path.ends_with(end))
        || path.starts_with(".newsprint-routes/")
}

/// Whether a build took archive and edition from what it remembered.
pub(crate) fn was_short(outcome: &Outcome) -> bool {
    outcome.stages.iter().any(|(stage, _)| *stage == "unfold")
}

/// Numbers that look random and are the same on every machine (a linear congruence after Knuth).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % limit
    }

    fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }
}

/// The header and body of one article, to be changed key by key.
#[derive(Clone)]
pub(crate) struct Story {
    title: String,
    date: String,
    lines: BTreeMap<&'static str, String>,
    body: String,
}

impl Story {
    fn new(dice: &mut Dice) -> Self {
        let mut story =
            Self { title: title(dice), date: date(dice), lines: BTreeMap::new(), body: body(dice) };
        for _ in 0..3 {
            story.change_key(dice);
        }
        story
    }

    fn change_key(&mut self, dice: &mut Dice) {
        let key = *dice.of(&[
            &"category",
            &"author",
            &"views",
            &"slug",
            &"tags",
            &"also_read",
            &"description",
            &"aliases",
            &"updated",
            &"former_titles",
            &"lang",
            &"image",
            &"expires",
            &"corrections",
            &"front",
        ]);
        if dice.below(4) == 0 {
            self.lines.remove(key);
            return;
        }
        let value = match key {
            "category" => dice.of(&["World", "Sport", "Arts and books"]).to_owned(),
            "author" => dice.of(&["Asha Rao", "Ben Li", "[Asha Rao, Ben Li]", "Unknown Hand"]).to_owned(),
            "views" => dice.below(50).to_string(),
            "slug" => format!("slug-{}", dice.below(9)),
            "tags" => dice.of(&["[rain]", "[rain, ports]", "[Ports]", "[elections]"]).to_owned(),
            "also_read" | "former_titles" => format!("[{}]", title(dice)),
            "aliases" => format!("[/old/{}/]", dice.below(6)),
            "updated" => "2026-11-20".to_owned(),
            "expires" => dice.of(&["2026-11-01", "2026-11-24", "2026-12-10"]).to_owned(),
            "corrections" => format!(
                "[{{date: 2026-{:02}-20, text: About {}.}}, {{date: 2026-12-01, text: Late.}}]",
                9 + dice.below(3),
                title(dice)
            ),
            "lang" => dice.of(&["hi", "en"]).to_owned(),
            "front" => dice.of(&["lead", "top"]).to_owned(),
            "image" => {
                dice.of(&["/map.png", "{src: /map.png, alt: Map}", "https://a.example/p.jpg"]).to_owned()
            }
            _ => format!("About {}.", title(dice)),
        };
        self.lines.insert(key, value);
    }

    pub(crate) fn text(&self) -> String {
        let lines: Vec<String> = self.lines.iter().map(|(key, value)| format!("{key}: {value}\n")).collect();
        let lines = lines.concat();
        format!("---\ntitle: {}\ndate: {}\n{lines}---\n\n{}\n", self.title, self.date, self.body)
    }
}

fn title(dice: &mut Dice) -> String {
    let nouns = ["Harbour", "Rain", "Council", "Ferry", "Budget"];
    format!("{} {} {}", dice.of(&nouns), dice.of(&["opens", "falls", "waits"]), dice.below(4))
}

fn date(dice: &mut Dice) -> String {
    // Some are after the instant of the build, 2026-11-24, and some are news.
    if dice.below(3) == 0 {
        return format!("2026-11-{:02}T{:02}:00:00Z", 21 + dice.below(5), dice.below(24));
    }
    format!("20{}-{:02}-{:02}", 24 + dice.below(3), 1 + dice.below(12), 1 + dice.below(28))
}

fn body(dice: &mut Dice) -> String {
    let mut text = String::new();
    for _ in 0..=dice.below(3) {
        match dice.below(7) {
            0 => {
                text.push_str("Also Read: ");
                text.push_str(&title(dice));
                text.push_str("\n\n");
            }
            1 => text.push_str("See [the page](/about/) and [that](../world/1.md).\n\n"),
            2 => text.push_str("![Pier](pier.png) ![Map](/map.png)\n\n"),
            3 => text.push_str("## Part\n\nNote[^1].\n\n[^1]: Here.\n\n"),
            4 => text.push_str(&wire_story(dice)),
            _ => {
                for part in ["The ", " in the ", " of ", ".\n\n"] {
                    text.push_str(part);
                    text.push_str(&title(dice));
                }
            }
        }
    }
    text
}

/// A story from a wire service, as desks print it: whole, shortened, or with other words here and there.
fn wire_story(dice: &mut Dice) -> String {
    let mut words: Vec<String> = (0..70).map(|number| format!("wire{}", number * number % 43)).collect();
    words.truncate(50 + dice.below(21));
    for _ in 0..dice.below(4) {
        let at = dice.below(words.len());
        words[at] = title(dice);
    }
    format!("{}.\n\n", words.join(" "))
}

/// The newspaper that random edits begin with.
pub(crate) fn start(dice: &mut Dice) -> (Desk, BTreeMap<String, Story>) {
    let desk = Desk::new(&[
        ("content/_pages/about.md", "---\ntitle: About us\n---\n\nWe are [here](/world/).\n"),
        ("content/_authors/asha-rao.md", "---\nname: Asha Rao\nrole: Editor\n---\n\nShe writes.\n"),
        ("content/world/_index.md", "---\ntitle: World\ndescription: Far away.\n---\n\nAll of it.\n"),
        ("static/map.png", PIXEL),
        ("static/extra.css", "p { color: teal }"),
    ]);
    let mut stories = BTreeMap::new();
    for number in 0..8 {
        let path = format!("content/{}/{number}.md", dice.of(&["world", "sport"]));
        stories.insert(path, Story::new(dice));
    }
    for (path, story) in &stories {
        desk.disk.write(path, story.text());
    }
    desk.disk.write("newsprint.yaml", config(0));
    desk.disk.advance(60);
    (desk, stories)
}

/// A picture of one pixel, as far as its header goes.
const PIXEL: &str = "GIF89a\u{1}\0\u{1}\0\0\0\0\0";

fn config(variant: usize) -> String {
    let more = [
        "",
        "description: News.\n",
        "also_read: {count: 2}\n",
        "most_read: {days: 30}\n",
        "feeds: {content: summary, limit: 2}\n",
        "feeds: {limit: 3, hub: \"https://hub.example/\"}\npublisher: {policies: {Corrections: /about/}}\n",
        "expired: gone\nredirects: [netlify, nginx]\n",
        "breaking: {text: Storm, until: 2026-11-30, url: /world/}\n",
        "breaking: {text: Flood, until: 2026-11-01, url: /nowhere/}\nexpired: gone\n",
        "language: bn\ntheme: {accent: moss, density: compact, fonts: {headline: Georgia}}\n",
        "front: [Rain falls 1, /about/, Harbour opens 0]\n",
        "search: false\n",
    ][variant];
    format!("{CONFIG}pagination: 3\n{more}")
}

/// One random edit; tells what it was.
#[expect(clippy::too_many_lines, reason = "one short arm for each kind of edit")]
pub(crate) fn edit(desk: &mut Desk, stories: &mut BTreeMap<String, Story>, dice: &mut Dice) -> String {
    let paths: Vec<String> = stories.keys().cloned().collect();
    let path = paths[dice.below(paths.len())].clone();
    let mut rewrite = |change: &mut dyn FnMut(&mut Story)| {
        let story = stories.get_mut(&path).expect("a story");
        change(story);
        desk.disk.write(&path, story.text());
    };
    let files = &desk.disk;
    let what = match dice.below(25) {
        0 => {
            let (new, story) = (format!("content/sport/new-{}.md", dice.below(5)), Story::new(dice));
            files.write(&new, story.text());
            stories.insert(new, story);
            "a new article"
        }
        1 | 2 => {
            rewrite(&mut |story| story.body = body(dice));
            "a body"
        }
        3 | 4 => {
            rewrite(&mut |story| story.title = title(dice));
            "a title"
        }
        5 => {
            rewrite(&mut |story| story.date = date(dice));
            "a date"
        }
        6..=9 => {
            rewrite(&mut |story| story.change_key(dice));
            "a key of a header"
        }
        10 => {
            let draft = ["true", "false"][dice.below(2)].to_owned();
            rewrite(&mut |story| drop(story.lines.insert("draft", draft.clone())));
            "a draft"
        }
        11 if stories.len() > 2 => {
            files.remove(&path);
            stories.remove(&path);
            "an article less"
        }
        12 => {
            let to = format!("content/{}/moved-{}.md", dice.of(&["world", "arts"]), dice.below(3));
            files.rename(&path, &to);
            let story = stories.remove(&path).expect("a story");
            stories.insert(to, story);
            "an article elsewhere"
        }
        13 => {
            let text = *dice.of(&[
                &"{% extends \"theme/article.html\" %}",
                &"{{ article.title }} {{ article.body | safe }} {{ articles(category=\"World\", limit=2) | length }}",
                &"{{ article.title }} {% for a in articles(tag=\"rain\") %}{{ a.title }}{% endfor %}{{ url(path=\"/extra.css\") }}",
            ]);
            files.write("templates/article.html", text);
            "the article's template"
        }
        14 => {
            files.write("templates/parts/card-text.html", format!("{{{{ story.title }}}}{}", dice.below(3)));
            "a part of the theme"
        }
        15 => {
            files.remove(dice.of(&["templates/article.html", "templates/parts/card-text.html"]));
            "a template less"
        }
        16 => {
            files.write("newsprint.yaml", config(dice.below(12)));
            "the config"
        }
        17 => {
            desk.now = match (dice.below(4), desk.due()) {
                // Just before something is due, and just then.
                (0 | 1, Some(due)) => (due - i64::from(dice.below(2) == 0)).to_string(),
                (2, _) => format!("2026-11-{:02}T{:02}:00:00Z", 22 + dice.below(5), dice.below(24)),
                _ => format!("2026-{:02}-24T00:00:00Z", 10 + dice.below(3)),
            };
            "the instant"
        }
        18 => {
            files.write("data/views.csv", format!("path,views\n{path},{}\n", dice.below(90)));
            "the views"
        }
        19 => {
            files.write("static/extra.css", format!("p {{ margin: {}px }}", dice.below(9)));
            files.write("static/map.png", format!("{PIXEL}{}", dice.below(3)));
            // The map in other widths, and what has another form.
            match dice.below(4) {
                0 => files.write("static/map-2w.png", "GIF89a\u{2}\0\u{2}\0\0\0\0\0"),
                1 => files.write("static/map-3w.png", "GIF89a\u{3}\0\u{3}\0\0\0\0\0"),
                2 => files.write("static/map-2w.png", "GIF89a\u{2}\0\u{9}\0\0\0\0\0"),
                _ => files.remove("static/map-3w.png"),
            }
            "static files"
        }
        20 => {
            let text = *dice.of(&[
                &"---\nname: Asha R.\nphoto: face.png\n---\n",
                &"---\nname: Asha Rao\n---\n\nNew [life](/about/).\n",
            ]);
            files.write("content/_authors/asha-rao.md", text);
            files.write("content/_authors/face.png", format!("{PIXEL}{}", dice.below(2)));
            let text =
                *dice.of(&[&"---\ntitle: The world\n---\n", &"---\ntitle: World\norder: 3\n---\n\nText.\n"]);
            files.write("content/world/_index.md", text);
            "records"
        }
        21 => {
            files.write(&path, "---\ntitle: [broken\n---\n");
            "a broken article"
        }
        22 => {
            let story = stories.get_mut(&path).expect("a story");
            story.body = story.body.replace('e', "o");
            files.write_unnoticed(&path, story.text());
            "a change of the same size and time"
        }
        23 => {
            let words = format!("words: {{home: Home {}, posted: \"On {{date}}\"}}\n", dice.below(2));
            files.write(dice.of(&["templates/words/en.yaml", "templates/words/bn.yaml"]), words);
            "words"
        }
        _ => {
            desk.drafts = if desk.drafts == Drafts::Shown { Drafts::HeldBack } else { Drafts::Shown };
            "drafts shown or held back"
        }
    };
    what.to_owned()
}

/// Runs random edits over some newspapers, each step compared with a clean build.
fn random_edits(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let mut dice = Dice(seed * 7_919 + 1);
        let (mut desk, mut stories) = start(&mut dice);
        desk.check("the first build");
        let mut done = Vec::new();
        for _ in 0..5 {
            for _ in 0..=dice.below(2) {
                done.push(edit(&mut desk, &mut stories, &mut dice));
            }
            // Sometimes too soon for the times of files to be believed.
            desk.disk.advance(*dice.of(&[&1, &60]));
            desk.check(&format!("seed {seed}: {}", done.join(", ")));
            // What was broken is mended before the next step.
            for (path, story) in &stories {
                if desk.disk.read(&SourcePath::new(path)).is_ok_and(|text| text.ends_with(b"[broken\n---\n"))
                {
                    desk.disk.write(path, story.text());
                }
            }
        }
    }
}

#[test]
fn random_edits_end_as_clean_builds_1() {
    random_edits(0..100);
}

#[test]
fn random_edits_end_as_clean_builds_2() {
    random_edits(100..200);
}

#[test]
fn random_edits_end_as_clean_builds_3() {
    random_edits(200..300);
}

#[test]
fn a_damaged_ledger_changes_nothing() {
    let mut dice = Dice(11);
    let (mut desk, mut stories) = start(&mut dice);
    desk.check("the first build");
    desk.is_damaged = true;
    let folder = desk.ledger.path().join(".newsprint/ledger");
    for round in 0..250 {
        for _ in 0..4 {
            let mut files: Vec<_> =
                fs::read_dir(&folder).expect("a ledger").map(|entry| entry.expect("a file").path()).collect();
            files.sort();
            let Some(file) = files.get(dice.below(files.len().max(1))) else { continue };
            let mut bytes = fs::read(file).expect("a part");
            match dice.below(4) {
                0 => bytes.truncate(dice.below(bytes.len() + 1)),
                1 => bytes.push(0),
                _ if bytes.is_empty() => {}
                _ => {
                    let at = dice.below(bytes.len());
                    bytes[at] ^= 1 << dice.below(8);
                }
            }
            fs::write(file, bytes).expect("damaged");
        }
        if round % 10 == 0 {
            edit(&mut desk, &mut stories, &mut dice);
            desk.disk.advance(60);
            desk.check(&format!("damage, round {round}"));
            for (path, story) in &stories {
                desk.disk.write(path, story.text());
            }
        } else {
            desk.build();
        }
    }
}

/// Stories of two categories, each with an author and tags of its own.
fn two_desks() -> Desk {
    let story = |title: &str, day: usize, author: &str, tag: &str| {
        format!(
            "---\ntitle: {title}\ndate: 2026-10-{day:02}\nauthor: {author}\ntags: [{tag}]\n---\n\nText of {title}.\n"
        )
    };
    let desk = Desk::new(&[]);
    for number in 1..=4 {
        desk.disk.write(
            &format!("content/world/{number}.md"),
            story(&format!("World {number}"), number, "Asha Rao", "rain"),
        );
        desk.disk.write(
            &format!("content/sport/{number}.md"),
            story(&format!("Sport {number}"), number, "Ben Li", "cup"),
        );
    }
    desk.disk.advance(60);
    desk.check("the first build");
    desk
}

/// The feeds and sitemaps among what was written.
fn for_machines(written: &[String]) -> Vec<&str> {
    let is_for_machines = |path: &&str| !has_extension(path, "html");
    written.iter().map(String::as_str).filter(is_for_machines).collect()
}

#[test]
fn an_edited_text_rewrites_the_feeds_it_stands_in() {
    let desk = two_desks();
    desk.disk.write(
        "content/sport/4.md",
        "---\ntitle: Sport 4\ndate: 2026-10-04\nauthor: Ben Li\ntags: [cup]\ndescription: Text of Sport 4.\n---\n\nNew.\n",
    );
    desk.disk.advance(60);
    let (_, written) = desk.check("a new text");
    assert_eq!(
        for_machines(&written),
        [
            "atom.xml",
            "authors/ben-li/atom.xml",
            "authors/ben-li/feed.xml",
            "feed.json",
            "feed.xml",
            "search/d/0.bin",
            "search/d/lengths.bin",
            "sport/atom.xml",
            "sport/feed.json",
            "sport/feed.xml",
        ]
    );
}

#[test]
fn a_new_story_rewrites_the_files_of_its_month_and_groups() {
    let desk = two_desks();
    desk.disk.write(
        "content/sport/5.md",
        "---\ntitle: Sport 5\ndate: 2026-11-23\nauthor: Ben Li\ntags: [cup]\n---\n\nText.\n",
    );
    desk.disk.advance(60);
    let (_, written) = desk.check("a new story");
    let written = for_machines(&written);
    assert!(
        !written
            .iter()
            .any(|path| path.starts_with("world/") || path.contains("asha-rao") || path.contains("rain")),
        "{written:?}"
    );
    assert!(!written.contains(&"sitemap-2026-10.xml"), "{written:?}");
    for path in
        ["sport/feed.xml", "tags/cup/feed.xml", "sitemap-2026-11.xml", "sitemap.xml", "sitemap-news.xml"]
    {
        assert!(written.contains(&path), "{path} is not among {written:?}");
    }
}

#[test]
fn time_alone_changes_the_news_and_nothing_else() {
    let mut desk = two_desks();
    desk.disk.write("content/world/5.md", "---\ntitle: News\ndate: 2026-11-23\n---\n\nText.\n");
    desk.disk.advance(60);
    desk.check("news");
    "2026-11-24T23:59:59Z".clone_into(&mut desk.now);
    assert!(desk.check("a day later").1.is_empty());
    "2026-11-25T00:00:00Z".clone_into(&mut desk.now);
    let (outcome, written) = desk.check("two days later");
    assert_eq!(written, ["sitemap-news.xml"]);
    assert_eq!(outcome.changes.expect("changes").rendered, 1);
}

#[test]
fn the_site_changes_at_instants_that_are_due_and_at_no_others() {
    for seed in 0..40 {
        let mut dice = Dice(seed * 104_729 + 5);
        let (mut desk, stories) = start(&mut dice);
        desk.disk.write("newsprint.yaml", config(usize::try_from(seed % 11).expect("a variant")));
        // Stories without a mistake in their times.
        for (path, story) in stories {
            let Story { title, body, mut lines, .. } = story;
            lines.insert("expires", format!("2026-12-{:02}", 1 + dice.below(9)));
            lines.remove("updated");
            let date = format!("2026-11-{:02}", 20 + dice.below(9));
            desk.disk.write(&path, Story { title, date, lines, body }.text());
        }
        desk.disk.advance(60);
        desk.check(&format!("seed {seed}: the first build"));
        let Some(mut due) = desk.due() else { continue };
        for step in 0..6 {
            let before = lock(&desk.web.state).0.clone();
            desk.now = (due - 1).to_string();
            let (_, written) = desk.check(&format!("seed {seed}, step {step}: just before"));
            assert!(written.is_empty() && before == lock(&desk.web.state).0, "seed {seed}, step {step}");
            desk.now = due.to_string();
            desk.check(&format!("seed {seed}, step {step}"));
            match desk.due() {
                Some(next) => due = next,
                None => break,
            }
        }
    }
}

#[test]
fn an_alias_changes_the_id_of_a_story_in_every_feed() {
    let desk = two_desks();
    desk.disk.write(
        "content/sport/4.md",
        "---\ntitle: Sport 4\ndate: 2026-10-04\nauthor: Ben Li\ntags: [cup]\naliases: [/old/]\n---\n\nText of Sport 4.\n",
    );
    desk.disk.advance(60);
    let (_, written) = desk.check("an alias");
    for path in
        ["feed.xml", "sport/atom.xml", "authors/ben-li/feed.xml", "tags/cup/feed.xml", "tags/cup/atom.xml"]
    {
        assert!(for_machines(&written).contains(&path), "{path} is not among {written:?}");
    }
}
