//! An index that was brought up to date equals one made from nothing, after any series of edits.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::lexicon::Lexicon;
use super::{Fresh, Index, Notes, Shelf};
use crate::archive::stories::Story;
use crate::archive::{Archive, Content, Drafts, Publication, Scheduled};
use crate::config::Config;
use crate::content::article::Said;
use crate::content::names::path_digest;
use crate::content::vocabulary::Vocabulary;
use crate::content::{article, prose};
use crate::date::Moment;
use crate::fingerprint::Fingerprint;
use crate::source::{Source, SourcePath};

/// The files of a newspaper, and the blocks that were kept.
struct Desk {
    config: Config,
    texts: BTreeMap<String, String>,
    blocks: Mutex<BTreeMap<String, Vec<u8>>>,
    fresh: Mutex<BTreeMap<u64, Vec<u8>>>,
    /// Half of the files find room.
    files: Mutex<BTreeMap<Fingerprint, Vec<u8>>>,
    /// What was published last.
    published: BTreeMap<String, Vec<u8>>,
}

impl Shelf for Desk {
    fn look(&self, name: &str, look: &mut dyn FnMut(&[u8])) -> Option<()> {
        let block = self.blocks.lock().expect("no panic").get(name).cloned()?;
        look(&block);
        Some(())
    }

    fn fresh(&self, key: u64) -> Option<Vec<u8>> {
        self.fresh.lock().expect("no panic").get(&key).cloned()
    }

    fn published(&self, segment: &str, (shard, list, digest): &(u32, u32, Fingerprint)) -> Option<Vec<u8>> {
        let bytes = self.published.get(&format!("{segment}/{shard}-{list}")).cloned()?;
        assert_eq!(Fingerprint::of(&bytes), *digest, "another file is published");
        Some(bytes)
    }

    fn put(&self, digest: Fingerprint, file: &[u8]) -> bool {
        if digest.half().is_multiple_of(2) {
            self.files.lock().expect("no panic").insert(digest, file.to_vec());
        }
        digest.half().is_multiple_of(2)
    }

    fn keep(&self, block: &[u8]) -> anyhow::Result<String> {
        let name = format!("{:?}", Fingerprint::of(block));
        self.blocks.lock().expect("no panic").insert(name.clone(), block.to_vec());
        Ok(name)
    }

    fn vocabulary(&self, story: &Story) -> anyhow::Result<Vocabulary> {
        let path = story.article.prose.path.as_str();
        Ok(self.article(path).said.and_then(|said| said.words).expect("words"))
    }
}

impl Desk {
    fn article(&self, path: &str) -> article::Article {
        let source = Source::new(SourcePath::new(path), &self.texts[path]);
        article::parse(&source, &self.config, &prose::dialect(&self.config)).0.expect("an article")
    }

    /// The archive, and the words of the articles whose paths are given.
    fn read(&self, lexicon: &Lexicon, paths: &[String]) -> (Archive, Fresh) {
        let mut content = Content::default();
        let mut fresh = Fresh::default();
        for path in self.texts.keys() {
            let mut article = self.article(path);
            let Said { terms, words } = *article.said.take().expect("what it says");
            let words = words.expect("words");
            if paths.contains(path) {
                let (key, entry) = (path_digest(&article.prose.path), lexicon.entry(&words));
                fresh.insert(key, words.length());
                // A story whose words are lost is read again.
                if key % 5 > 0 {
                    self.fresh.lock().expect("no panic").insert(key, entry.bytes().to_vec());
                }
            }
            content.terms.insert(path_digest(&article.prose.path), &terms);
            content.articles.push(Arc::new(article));
        }
        let publication = Publication {
            now: Moment::from_unix(1_900_000_000),
            drafts: Drafts::HeldBack,
            scheduled: Scheduled::HeldBack,
        };
        (Archive::build(content, &self.config, publication).0, fresh)
    }
}

/// Numbers that look random and are the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }

    fn text(&mut self) -> String {
        let (day, category) = (self.below(900), ["world", "sport"][self.below(2)]);
        let words: Vec<String> = (0..20 + self.below(40))
            .map(|_| {
                let rank = self.below(60) * self.below(60) / 12;
                format!("w{rank}ord")
            })
            .collect();
        let date = Moment::from_unix(1_600_000_000 + i64::try_from(day).expect("small") * 86_400);
        format!(
            "---\ntitle: {}\ndate: {}\ncategory: {category}\nauthor: A{}\n---\n\n{}\n",
            words[0],
            date.rfc3339(),
            day % 5,
            words[1..].join(" ")
        )
    }
}

fn config() -> Config {
    let text = "title: T\nbase_url: https://news.example/\ntimezone: UTC\n";
    Config::read(&Source::new(SourcePath::new("newsprint.yaml"), text)).0.expect("a config")
}

/// Every file of an index by its name, with what tells its segment's state.
fn files(index: &Index, archive: &Archive, desk: &Desk) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for (number, segment) in index.segments().iter().enumerate() {
        for (at, file) in segment.files.iter().enumerate() {
            if !file.is_made() {
                index.fill(number, archive, desk).expect("made");
            }
            let spooled = || desk.files.lock().expect("no panic").get(&file.digest).cloned();
            let bytes = segment.files[at].take().or_else(spooled).expect("made");
            assert_eq!(Fingerprint::of(&bytes), file.digest);
            let state = (segment.stamp, segment.shards, &segment.stories, &segment.years);
            files.push((format!("{}/{}-{} {state:?}", segment.name, file.shard, file.list), bytes));
        }
    }
    files
}

#[test]
fn edits_end_as_an_index_from_nothing() {
    let mut dice = Dice(5);
    let (blocks, fresh, found) = (Mutex::default(), Mutex::default(), Mutex::default());
    let (texts, published) = (BTreeMap::new(), BTreeMap::new());
    let mut desk = Desk { config: config(), texts, blocks, fresh, files: found, published };
    for number in 0..200 {
        desk.texts.insert(format!("content/world/{number}.md"), dice.text());
    }
    let mut remembered = (Lexicon::default(), Notes::default());
    let (mut names, mut kept) = (std::collections::BTreeSet::new(), 0);
    let mut changed: Vec<String> = desk.texts.keys().cloned().collect();
    for round in 0..40 {
        let (lexicon, notes) = remembered;
        let (archive, fresh) = desk.read(&lexicon, &changed);
        let index = Index::build(&archive, &archive, lexicon, fresh, notes, &desk).expect("an index");
        let all = index.segments().iter().flat_map(|segment| &segment.files);
        kept += all.filter(|file| !file.is_made()).count();
        let (archive, fresh) = desk.read(&Lexicon::default(), &[]);
        let clean = Index::build(&archive, &archive, Lexicon::default(), fresh, Notes::default(), &desk);
        let clean = clean.expect("an index");
        let all = files(&clean, &archive, &desk);
        assert!(files(&index, &archive, &desk) == all, "round {round}");
        desk.published = all
            .into_iter()
            .map(|(name, bytes)| (name[..name.find(' ').expect("a state")].to_owned(), bytes))
            .collect();
        names.extend(index.segments().iter().map(|segment| segment.name));
        remembered = (Lexicon::of_lines(&index.lexicon()), index.notes().clone());
        changed.clear();
        for _ in 0..dice.below(4) {
            let paths: Vec<String> = desk.texts.keys().cloned().collect();
            let path = paths[dice.below(paths.len())].clone();
            match dice.below(8) {
                0 => drop(desk.texts.remove(&path)),
                1 => changed.push(format!("content/world/new-{round}.md")),
                2 => drop(desk.texts.get_mut(&path).map(|text| text.push_str("\nw3ord another\n"))),
                _ => drop(desk.texts.get_mut(&path).map(|text| *text = text.replace(" w1", " w7"))),
            }
            if desk.texts.contains_key(&path) {
                changed.push(path);
            }
        }
        for path in &changed {
            desk.texts.entry(path.clone()).or_insert_with(|| dice.text());
        }
        if round % 10 == 9 {
            // Somebody has lost a block.
            let mut blocks = desk.blocks.lock().expect("no panic");
            let name = blocks.keys().min().cloned().expect("a block");
            blocks.remove(&name);
        }
    }
    assert_eq!(names.len(), 4, "the edits met every segment");
    assert!(kept > 500, "{kept} files were not made again");
}

/// The texts of some stories are edited, and the index is amended from what was published.
#[test]
fn edits_of_texts_amend_the_lists_they_change() {
    let mut dice = Dice(11);
    let (blocks, fresh, found) = (Mutex::default(), Mutex::default(), Mutex::default());
    let (texts, published) = (BTreeMap::new(), BTreeMap::new());
    let mut desk = Desk { config: config(), texts, blocks, fresh, files: found, published };
    for number in 0..400 {
        desk.texts.insert(format!("content/world/{number}.md"), dice.text());
    }
    let paths: Vec<String> = desk.texts.keys().cloned().collect();
    let lexicon = Lexicon::default();
    let (archive, fresh) = desk.read(&lexicon, &paths);
    let mut index =
        Index::build(&archive, &archive, lexicon, fresh, Notes::default(), &desk).expect("an index");
    let named =
        |(name, bytes): (String, Vec<u8>)| (name[..name.find(' ').expect("a state")].to_owned(), bytes);
    desk.published = files(&index, &archive, &desk).into_iter().map(named).collect();
    let mut amended = 0;
    for round in 0..40 {
        let changed: Vec<String> =
            (0..=dice.below(3)).map(|_| paths[dice.below(paths.len())].clone()).collect();
        for path in &changed {
            let text = desk.texts.get_mut(path).expect("a text");
            match dice.below(4) {
                0 => text.push_str("\nw3ord another\n"),
                1 => text.push_str(&"\nw0ord w0ord w1ord common\n".repeat(1 + dice.below(30))),
                2 => *text = text.replace(" w1", " w7"),
                _ => *text = text.replace("w0ord", "other"),
            }
        }
        let lexicon = Lexicon::of_lines(&index.lexicon());
        let (archive, fresh) = desk.read(&lexicon, &changed);
        let edited = |number: usize| {
            let prose = &super::story(&archive, number).article.prose;
            let key = path_digest(&prose.path);
            fresh.contains_key(&key).then(|| super::Edited { number, key, text: prose.fingerprint.half() })
        };
        let edited: Vec<_> = (0..archive.stories().len()).filter_map(edited).collect();
        let notes = index.notes().clone();
        let short = Index::amended(lexicon, &fresh, notes.clone(), &edited, &desk).expect("an index");
        let lexicon = Lexicon::of_lines(&index.lexicon());
        let (archive, fresh) = desk.read(&lexicon, &changed);
        let long = Index::build(&archive, &archive, lexicon, fresh, notes, &desk).expect("an index");
        let all = files(&long, &archive, &desk);
        if let Some(short) = short {
            amended += 1;
            // Files that nobody had to make are those that were published.
            let kept = short
                .segments()
                .iter()
                .flat_map(|segment| segment.files.iter())
                .filter(|file| !file.is_made());
            assert!(kept.count() > 0, "round {round}");
            assert!(files(&short, &archive, &desk) == all, "round {round}");
            let (short, long) = (short.notes(), long.notes());
            assert_eq!(short.segments, long.segments, "round {round}");
            assert_eq!(short.stories, long.stories, "round {round}");
        }
        desk.published = all.into_iter().map(named).collect();
        index = long;
    }
    assert!(amended > 12, "{amended} of 40 edits went the short way");
}
