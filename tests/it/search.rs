//! Search: what the page's script finds on a built site, compared with a search of all texts, word by word.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::process::Command;

use newsprint::archive::search::list::{self, Posting};
use newsprint::config::Config;
use newsprint::content::{article, prose};
use newsprint::source::{Source, SourcePath};
use serde_json::{Value, json};

use crate::site::{CONFIG, SiteTest, skipped};

/// Every article with its words, to be searched by looking at each.
pub(crate) struct Texts {
    articles: Vec<Text>,
    numbers: HashMap<String, usize>,
    words: Vec<String>,
    having: Vec<u32>,
    average: f64,
}

struct Text {
    url: String,
    /// Words by number, with how much each counts.
    words: Vec<(usize, u32)>,
    length: u32,
    title: Vec<String>,
}

impl Texts {
    /// Reads the articles below a newspaper's folder; `urls` tells where each is published.
    pub(crate) fn read(root: &Path, url: impl Fn(&str, &article::Article) -> String) -> Self {
        let read = |path: &Path| {
            let name = path.strip_prefix(root).expect("below").to_string_lossy().replace('\\', "/");
            let bytes = std::fs::read(path).expect("a text");
            (name.clone(), Source::new(SourcePath::new(&name), &String::from_utf8_lossy(&bytes)))
        };
        let (_, source) = read(&root.join("newsprint.yaml"));
        let config = Config::read(&source).0.expect("a config");
        let dialect = prose::dialect(&config);
        let mut texts = Self {
            articles: Vec::new(),
            numbers: HashMap::new(),
            words: Vec::new(),
            having: Vec::new(),
            average: 0.0,
        };
        for entry in walkdir::WalkDir::new(root.join("content")).sort_by_file_name().into_iter().flatten() {
            let is_record =
                entry.path().components().any(|part| part.as_os_str().to_string_lossy().starts_with('_'));
            if !entry.file_type().is_file() || is_record {
                continue;
            }
            let (name, source) = read(entry.path());
            let Some(article) = article::parse(&source, &config, &dialect).0.filter(|article| !article.draft)
            else {
                continue;
            };
            let vocabulary = article.said.as_ref().and_then(|said| said.words.clone()).expect("words");
            let mut words: BTreeMap<usize, u32> = BTreeMap::new();
            for (word, _, weight) in vocabulary.words() {
                *words.entry(texts.number(word)).or_default() += weight;
            }
            for word in words.keys() {
                texts.having[*word] += 1;
            }
            let mut title = Vec::new();
            newsprint::content::words::each_word(&article.title, |word| title.push(word.folded.to_owned()));
            let words = words.into_iter().collect();
            texts.articles.push(Text {
                url: url(&name, &article),
                words,
                length: vocabulary.length(),
                title,
            });
        }
        let lengths: f64 = texts.articles.iter().map(|text| f64::from(text.length)).sum();
        #[expect(clippy::cast_precision_loss, reason = "a test has few articles")]
        let average = lengths / texts.articles.len() as f64;
        Self { average, ..texts }
    }

    fn number(&mut self, word: &str) -> usize {
        if let Some(number) = self.numbers.get(word) {
            return *number;
        }
        self.numbers.insert(word.to_owned(), self.words.len());
        self.words.push(word.to_owned());
        self.having.push(0);
        self.words.len() - 1
    }

    /// The BM25 scores of all articles for some words.
    fn scores(&self, words: &[&str]) -> Vec<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a test has few articles")]
        let all = self.articles.len() as f64;
        let score = |text: &Text| {
            let part = |word: &&str| {
                let Some(number) = self.numbers.get(*word) else { return 0.0 };
                let place = text.words.binary_search_by_key(number, |(number, _)| *number);
                let count = f64::from(place.map_or(0, |place| text.words[place].1));
                let having = f64::from(self.having[*number]);
                let norm = 1.2 * (0.25 + 0.75 * f64::from(text.length) / self.average);
                (1.0 + (all - having + 0.5) / (having + 0.5)).ln() * count / (count + norm)
            };
            words.iter().map(part).sum()
        };
        self.articles.iter().map(score).collect()
    }

    /// So many queries: words of titles and of texts, one to three together, common and rare.
    fn queries(&self, count: usize) -> Vec<Vec<String>> {
        let mut seed = 7_u64;
        let mut below = move |limit: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(seed >> 33).expect("31 bits") % limit
        };
        (0..count)
            .map(|number| {
                let text = &self.articles[below(self.articles.len())];
                let mut words: Vec<&String> = if number % 2 == 0 {
                    text.title.iter().collect()
                } else {
                    text.words.iter().map(|(number, _)| &self.words[*number]).collect()
                };
                let mut chosen = Vec::new();
                for _ in 0..=number % 3 {
                    if words.is_empty() {
                        break;
                    }
                    chosen.push(words.swap_remove(below(words.len())).clone());
                }
                chosen
            })
            .collect()
    }

    /// The share of the ten best articles that the script found, for each query.
    fn recall(&self, query: &[String], urls: &[&str]) -> f64 {
        let words: Vec<String> =
            query.iter().map(|word| newsprint::content::vocabulary::plain(word)).collect();
        let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
        words.sort_unstable();
        words.dedup();
        let scores = self.scores(&words);
        let mut best: Vec<f64> = scores.iter().copied().filter(|score| *score > 0.0).collect();
        best.sort_by(|a, b| b.total_cmp(a));
        best.truncate(10);
        let Some(least) = best.last() else { return 1.0 };
        // Which of those that are as good as the tenth comes tenth is anybody's choice.
        let is_best = |url: &&&str| {
            let place = self.articles.iter().position(|text| text.url == **url).expect("an article");
            scores[place] >= least - 1e-9
        };
        #[expect(clippy::cast_precision_loss, reason = "there are at most ten")]
        let share = urls.iter().filter(is_best).count() as f64 / best.len() as f64;
        share
    }
}

/// What the script says to queries; `None` when there is no node.
fn ask(site: &Path, queries: &[Value]) -> Option<Vec<Value>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if Command::new("node").arg("--version").output().is_err() {
        skipped("node is not installed: the search page's script was not run");
        return None;
    }
    let folder = tempfile::tempdir().expect("a folder");
    // Node takes a file for a module by its name.
    let (script, input) = (folder.path().join("search.mjs"), folder.path().join("queries.json"));
    std::fs::copy(root.join("static/search.js"), &script).expect("the script");
    std::fs::write(&input, json!(queries).to_string()).expect("written");
    let run = Command::new("node")
        .arg(root.join("tests/it/search/queries.mjs"))
        .args([site, &script, &input])
        .output()
        .expect("node runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    Some(serde_json::from_slice(&run.stdout).expect("JSON"))
}

fn urls(answer: &Value) -> Vec<&str> {
    answer["urls"].as_array().expect("URLs").iter().filter_map(Value::as_str).collect()
}

/// A newspaper of many articles of words that are as common and as rare as words are.
fn many(articles: usize) -> SiteTest {
    let mut seed = 3_u64;
    let mut random = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(seed >> 33).expect("31 bits")) / f64::from(1_u32 << 31)
    };
    let syllables = ["ka", "ri", "to", "mun", "sel", "vor", "pa", "né", "das", "lim", "ou", "ber"];
    let mut word = move || {
        // The rank of a word by Zipf's law.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is small")]
        let mut rank = (3_000_f64.powf(random())) as usize;
        let mut word = String::new();
        while rank > 0 || word.len() < 4 {
            word.push_str(syllables[rank % syllables.len()]);
            rank /= syllables.len();
        }
        word
    };
    let mut text = move |count: usize| (0..count).map(|_| word()).collect::<Vec<_>>().join(" ");
    let mut site = SiteTest::new().file("newsprint.yaml", format!("{CONFIG}permalink: /{{slug}}/\n"));
    for number in 0..articles {
        let header = format!(
            "date: {}-{:02}-{:02}\nauthor: Writer {}\n",
            2000 + number / 100,
            1 + number % 12,
            1 + number % 28,
            number % 7
        );
        let category = ["world", "sport", "arts"][number % 3];
        let (title, body) = (text(4), text(40 + number % 90));
        site = site.article(&format!("{category}/story-{number}.md"), &title, &header, &body);
    }
    site
}

#[test]
fn the_script_finds_what_a_search_of_all_texts_finds() {
    let site = many(1_200);
    site.build();
    let texts = Texts::read(&site.path(""), |_, article| format!("/{}/", article.slug.as_str()));
    let queries = texts.queries(200);
    let asked: Vec<Value> = queries.iter().map(|words| json!({ "q": words.join(" ") })).collect();
    let Some(answers) = ask(&site.path("public"), &asked) else { return };
    let recall: f64 =
        queries.iter().zip(&answers).map(|(query, answer)| texts.recall(query, &urls(answer))).sum();
    assert!(recall / 200.0 >= 0.95, "recall@10 is {}", recall / 200.0);
    let most = |of: &dyn Fn(&Value) -> u64| answers.iter().map(of).max().unwrap_or(0);
    assert!(most(&|answer| answer["bytes"].as_u64().expect("bytes")) < 150_000);
}

/// How many files of the index are others now, and keeps what they are.
fn changed(site: &SiteTest, before: &mut BTreeMap<String, Vec<u8>>) -> usize {
    assert_eq!(site.build().code, 0);
    let index: BTreeMap<String, Vec<u8>> =
        site.tree().into_iter().filter(|(name, _)| name.starts_with("search/")).collect();
    let before = std::mem::replace(before, index.clone());
    let others = index.iter().filter(|(name, bytes)| before.get(*name) != Some(bytes)).count();
    others + before.keys().filter(|name| !index.contains_key(*name)).count()
}

#[test]
fn an_edit_rewrites_the_words_it_changes_and_a_new_story_the_newest() {
    let site = many(1_000);
    let mut index = BTreeMap::new();
    let all = changed(&site, &mut index);
    assert!(all > 100, "{all} files");
    let path = "content/world/story-300.md";
    let text = std::fs::read_to_string(site.path(path)).expect("a story");
    site.write(path, format!("{text}\nThe ferry sails again.\n"));
    let few = changed(&site, &mut index);
    // The lists of four words, one of them in so many stories that it is a file of its own, and the lengths.
    assert!((2..=6).contains(&few), "{few} files");
    let mut written = Vec::new();
    for number in 0..6 {
        let header = format!("date: 2026-11-{:02}\n", 10 + number);
        site.write(
            &format!("content/world/new-{number}.md"),
            format!(
                "---\ntitle: New {number}\n{header}---\n\nThe ferry sails once more, says number {number}.\n"
            ),
        );
        written.push(changed(&site, &mut index));
    }
    written.sort_unstable();
    assert!(written[2] <= 25, "{written:?}");
}

/// A small newspaper in a folder of its host, with stories in several scripts.
fn small() -> SiteTest {
    SiteTest::new()
        .file("newsprint.yaml", CONFIG.replace("news.example/", "news.example/daily/"))
        .article("city/a.md", "Lanterns over the quay", "author: Ben Li\n", "The night market opens again.")
        .article("culture/b.md", "The last lantern maker", "date: 2026-02-03\n", "Paper, wire and patience.")
        .article("city/c.md", "Harbour levy passes", "author: Asha Rao\n", "The council voted.")
        .article("city/d.md", "Harbour before the levy", "date: 2025-02-03\nauthor: Ben Li\n", "A look back.")
        .article("city/e.md", "चुनाव की तैयारी", "lang: hi\n", "मुख्यमंत्री ने कहा।")
        .article("city/f.md", "東京の雨", "lang: ja\n", "大雨が続く。")
        .article("city/g.md", "L’école ferme", "lang: fr\n", "Les enfants attendent.")
        .article("city/h.md", "Secret canaryword", "draft: true\n", "canarybody")
        .article("city/i.md", "Later canaryword", "date: 2027-01-01\n", "canarybody")
        .article("city/j.md", "Past canaryword", "date: 2025-12-30\nexpires: 2025-12-31\n", "canarybody")
}

#[test]
fn people_search_with_the_keyboard_in_a_real_browser() {
    let Some(playwright) = std::env::var_os("PLAYWRIGHT_CORE") else {
        return skipped("PLAYWRIGHT_CORE does not name the folder of playwright-core: no browser was used");
    };
    let Some(browser) = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| Command::new(name).arg("--version").output().is_ok())
    else {
        return skipped("Chromium is not installed: no browser was used");
    };
    let path = Command::new("sh").args(["-c", &format!("command -v {browser}")]).output().expect("a shell");
    let path = String::from_utf8_lossy(&path.stdout).trim().to_owned();
    let site = small();
    site.build();
    let run = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/search/browser.mjs"))
        .arg(playwright)
        .args([Path::new(&path), &site.path("public"), Path::new("/daily/")])
        .output()
        .expect("node runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn nothing_unpublished_is_in_the_index() {
    let with = small();
    with.build();
    let without = small();
    for name in ["h", "i", "j"] {
        without.delete(&format!("content/city/{name}.md"));
    }
    without.build();
    let index = |site: &SiteTest| -> BTreeMap<String, Vec<u8>> {
        site.tree().into_iter().filter(|(name, _)| name.starts_with("search/")).collect()
    };
    assert!(index(&with) == index(&without));
    assert!(index(&with).len() >= 5, "{:?}", index(&with).keys());
    for (name, bytes) in index(&with) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("canary") && !text.contains("2027"), "{name}");
    }
}

#[test]
fn a_newspaper_may_have_no_search() {
    let site = small();
    site.build();
    assert!(site.page("city/index.html").contains("href=\"/daily/search/\""));
    let config = CONFIG.replace("news.example/", "news.example/daily/");
    site.write("newsprint.yaml", format!("{config}search: false\n"));
    site.build();
    assert!(!site.tree().keys().any(|name| name.starts_with("search/")));
    assert!(!site.page("city/index.html").contains("/search/"));
    site.write("newsprint.yaml", config);
    site.build();
    assert!(site.has("search/map.json") && site.has("search/index.html"));
}

#[test]
fn both_sides_cut_texts_into_the_same_words() {
    let site = small();
    site.build();
    let texts = [
        "The Prime-Minister’s 2nd visit, in 2025! don't x 7 ok",
        "ÉCOLE naïve Straße ΑΘΗΝΑΣ Αθήνας Москва İstanbul ﬁnance ½ ™ Ⅷ x² ａｂｃ",
        "cafe\u{301} CAFE\u{301}s co\u{ad}operate \u{301}alone a\u{301}",
        "मुख्यमंत्री ने कहा। স\u{95c}ক নির্বাচন தமிழ்நாடு അമ്മ ગુજરાત क्\u{200d}षमा ক\u{9cb} ২০২৬",
        "東京都の雨。大雨 雨 서울시 ｶﾞｽ か\u{3099}す iPhone発売2025年",
        "ที่นี่ น้ำท่วม ລາວ မြန်မာ ខ្មែរ ደህና ქართული",
        "السلام عليكم، ١٢٣ שָׁלוֹם עולם",
        "snake_case a.b.c http://x.example/y?z=1 user@mail.example #tag @name 👩‍👩‍👧 ok👍🏽go",
        "",
    ];
    let mut all: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    // Every character of the first planes that node's version of Unicode has, among letters and alone.
    let Some(known) = ask(&site.path("public"), &[json!({ "below": 0x3_0000 })]) else { return };
    let known: Vec<char> = known[0].as_str().expect("characters").chars().collect();
    assert!(known.len() > 100_000);
    for some in known.chunks(4_000) {
        all.push(some.iter().flat_map(|c| ['a', 'b', *c, 'c', 'd', ' ', *c, ' ', *c, *c, '\n']).collect());
    }
    let queries: Vec<Value> = all.iter().map(|text| json!({ "text": text })).collect();
    let Some(answers) = ask(&site.path("public"), &queries) else { return };
    let mut differing = Vec::new();
    for (text, answer) in all.iter().zip(&answers) {
        let mut ours = Vec::new();
        newsprint::content::words::each_word(text, |word| {
            ours.push(newsprint::content::vocabulary::plain(word.folded));
        });
        ours.retain(|word| !word.is_empty() && word.len() <= 64);
        let theirs: Vec<&str> =
            answer.as_array().expect("words").iter().map(|word| word.as_str().expect("a word")).collect();
        if ours != theirs {
            let at = ours.iter().zip(&theirs).position(|(one, other)| one != other).unwrap_or(0);
            differing.push(format!("{:?} {:?}", &ours.get(at..at + 3), &theirs.get(at..at + 3)));
        }
    }
    assert!(differing.is_empty(), "{} texts: {differing:#?}", differing.len());
}

#[test]
fn lists_come_back() {
    let site = small();
    site.build();
    let (all, mut seed) = (5_000_u32, 11_u64);
    let mut below = move |limit: u32| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(seed >> 33).expect("31 bits") % limit
    };
    let (mut queries, mut given) = (Vec::new(), Vec::new());
    for share in [1, 2, 20, 200, 400, 900, 1_600, 2_500, 3_600, 4_300, 4_990, 5_000] {
        for mark in [false, true] {
            let mut stories: Vec<u32> = (0..all).filter(|_| below(all) < share).collect();
            stories.push(all - 1);
            stories.dedup();
            let counts: Vec<u8> = stories
                .iter()
                .map(|_| if mark { 0 } else { u8::try_from(1 + below(12)).expect("it is small") })
                .collect();
            let postings: Vec<Posting> =
                stories.iter().zip(&counts).map(|(story, count)| Posting::new(*story, *count)).collect();
            let mut bytes = Vec::new();
            list::write(&postings, all as usize, &mut Vec::new(), &mut bytes);
            queries.push(json!({ "list": bytes, "all": all }));
            given.push((stories, counts));
        }
    }
    let lengths: Vec<u32> = (0..all).map(|number| 1 + below(1 + number)).collect();
    queries.push(json!({ "lengths": list::write_lengths(&lengths), "all": all }));
    let Some(answers) = ask(&site.path("public"), &queries) else { return };
    for ((stories, counts), answer) in given.iter().zip(&answers) {
        assert_eq!(answer["stories"], json!(stories));
        let read = answer["counts"].as_array().expect("counts");
        for (count, read) in counts.iter().zip(read) {
            let (count, read) = (f64::from((*count).max(1)), read.as_f64().expect("a number"));
            // Of what most stories have, few are told apart.
            let is_common = stories.len() * 5 > all as usize * 3;
            assert!(count / read < 1.3 && (is_common || read <= count), "{count} as {read}");
        }
    }
    let read = answers.last().and_then(Value::as_array).expect("lengths");
    for (length, read) in lengths.iter().zip(read) {
        let (length, read) = (f64::from(*length), read.as_f64().expect("a number"));
        assert!(read / length < 1.01 && length / read < 1.01, "{length} as {read}");
    }
}

/// Figures for a large newspaper: `NEWSPRINT_SEARCH_DIR=NEWSPAPER cargo test --release --test it -- --ignored
/// --nocapture what_searching_costs`, once it is built. Permalinks have to be `/{category}/{yyyy}/{slug}/`.
#[test]
#[ignore = "prints figures, and wants a newspaper"]
fn what_searching_costs() {
    let Some(root) = std::env::var_os("NEWSPRINT_SEARCH_DIR") else { return };
    let root = Path::new(&root);
    let texts = Texts::read(root, |_, article| {
        format!("/{}/{}/{}/", article.category.name(), article.date.year(), article.slug.as_str())
    });
    let queries = texts.queries(200);
    let asked: Vec<Value> = queries.iter().map(|words| json!({ "q": words.join(" ") })).collect();
    let Some(answers) = ask(&root.join("public"), &asked) else { return };
    let shares: Vec<f64> =
        queries.iter().zip(&answers).map(|(query, answer)| texts.recall(query, &urls(answer))).collect();
    let script = include_bytes!("../../static/search.js").len() as u64;
    let step = |step: &Value, key: &str| step[key].as_u64().expect("bytes");
    let steps = |answer: &Value| answer["steps"].as_array().expect("steps").clone();
    let first = answers.iter().map(|answer| script + step(&steps(answer)[0], "bytes")).collect();
    let whole = answers.iter().map(|answer| script + step(answer, "bytes")).collect();
    let later: Vec<Value> = answers.iter().flat_map(|answer| steps(answer).split_off(1)).collect();
    let further = later.iter().map(|later| step(later, "index")).collect();
    let further_whole = later.iter().map(|later| step(later, "bytes")).collect();
    let files: Vec<u64> =
        crate::site::tree(&root.join("public/search")).values().map(|b| b.len() as u64).collect();
    #[expect(clippy::cast_precision_loss, reason = "there are few queries")]
    let recall = shares.iter().sum::<f64>() / shares.len() as f64;
    let spread = |mut bytes: Vec<u64>| {
        bytes.sort_unstable();
        format!("median {}, greatest {} bytes", bytes[bytes.len() / 2], bytes[bytes.len() - 1])
    };
    let worst = shares.iter().copied().fold(1.0, f64::min);
    let lines = format!(
        "{} articles; index: {} files, {} bytes\nrecall@10 {recall:.4}, worst {worst}\nfirst word with script, map and \
         teasers: {}\nwhole query with script, map and teasers: {}\nfurther word: {}\nfurther word with teasers: {}\n",
        texts.articles.len(),
        files.len(),
        files.iter().sum::<u64>(),
        spread(first),
        spread(whole),
        spread(further),
        spread(further_whole),
    );
    std::io::Write::write_all(&mut std::io::stderr(), lines.as_bytes())
        .expect("a standard error to write to");
}
