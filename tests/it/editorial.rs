//! Editorial time: expiry, corrections and breaking news, and the instants at which the site changes by itself.

use crate::site::{CONFIG, SiteTest};

const BEFORE: &str = "2026-06-01T00:00:00Z";
const AFTER: &str = "2026-07-01T00:00:00Z";

/// A newspaper whose one story expires between [`BEFORE`] and [`AFTER`], and what leads to it.
fn expiring(config: &str) -> SiteTest {
    SiteTest::new()
        .file("newsprint.yaml", format!("{CONFIG}{config}"))
        .file("data/views.csv", "path,views\nworld/wire.md,9\n")
        .article(
            "world/wire.md",
            "Wire story on rice",
            "description: Rice deck.\nexpires: 2026-06-15\ncategory: Rice news\nauthor: Wire Hand\ntags: [rice]\naliases: [/old-wire/]\nviews: 3\n",
            "Rice body, rice harbour words.",
        )
        .article(
            "world/stay.md",
            "A story that stays",
            "also_read: [Wire story on rice]\n",
            "Also Read: Wire story on rice\n\n[By file](wire.md) and [by path](/rice-news/2026/01/wire/) and [[wire|a wikilink]]. Rice harbour.",
        )
}

fn pages_with(site: &SiteTest, text: &str) -> Vec<String> {
    let holds = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(text);
    site.tree()
        .into_iter()
        .filter(|(name, bytes)| !name.starts_with(".newsprint") && (holds(bytes) || name.contains(text)))
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn an_expired_story_leaves_everything_but_a_notice() {
    let site = expiring("");
    site.run(&["build", "--now", BEFORE]).expect(0);
    assert!(pages_with(&site, "Wire story on rice").len() > 8);
    let run = site.run(&["build", "--now", AFTER, "--strict"]).expect(0);
    assert!(run.err.contains("; 1 expired"), "{}", run.err);
    let notice = "rice-news/2026/01/wire/index.html";
    // The story that refers to it says its headline, and so does the notice.
    assert_eq!(
        pages_with(&site, "Wire story on rice"),
        [
            "atom.xml",
            "feed.json",
            "feed.xml",
            notice,
            "world/2026/01/stay/index.html",
            "world/atom.xml",
            "world/feed.json",
            "world/feed.xml"
        ]
    );
    assert_eq!(site.page("feed.xml").matches("<item>").count(), 1);
    assert_eq!(pages_with(&site, "Wire Hand"), Vec::<String>::new());
    let page = site.page(notice);
    assert!(page.contains("<meta name=\"robots\" content=\"noindex\">"), "{page}");
    assert!(page.contains("<h1 class=\"page-title\">Wire story on rice</h1>"), "{page}");
    assert!(!page.contains("Rice deck") && !page.contains("Rice body"), "{page}");
    let stay = site.page("world/2026/01/stay/index.html");
    assert_eq!(stay.matches("href=\"/rice-news/2026/01/wire/\"").count(), 4, "{stay}");
    assert!(!stay.contains("data-also-read"), "{stay}");
    assert!(site.page("old-wire/index.html").contains("url=/rice-news/2026/01/wire/"));
    for sitemap in ["sitemap.xml", "sitemap-pages.xml", "sitemap-2026-01.xml", "sitemap-news.xml"] {
        let text = site.page(sitemap);
        assert!(!text.contains("wire") && !text.contains("rice"), "{text}");
    }
    for gone in ["rice-news/index.html", "tags/rice/index.html", "authors/wire-hand/index.html"] {
        assert!(!site.has(gone), "{gone}");
    }
}

#[test]
fn an_expired_story_can_be_gone() {
    let site = expiring("expired: gone\n");
    site.run(&["build", "--now", BEFORE]).expect(0);
    let run = site.run(&["build", "--now", AFTER]).expect(0);
    assert_eq!(run.err.matches("warning[also-read-expired]").count(), 5, "{}", run.err);
    assert!(!run.err.contains("dead-link") && !run.err.contains("unknown-views"), "{}", run.err);
    assert!(pages_with(&site, "rice-news").is_empty());
    assert!(pages_with(&site, "old-wire").is_empty());
    assert!(site.page("world/2026/01/stay/index.html").contains("Also Read: Wire story on rice"));
    site.run(&["build", "--now", AFTER, "--strict"]).expect(1);
    // As a newspaper without it, but for what refers to it.
    let clean = SiteTest::new()
        .file("newsprint.yaml", format!("{CONFIG}expired: gone\n"))
        .file("data/views.csv", "path,views\nworld/wire.md,9\n")
        .file("content/world/stay.md", std::fs::read(site.path("content/world/stay.md")).expect("a story"));
    clean.run(&["build", "--now", AFTER]).expect(0);
    assert!(clean.tree() == site.tree());
}

#[test]
fn a_draft_or_an_early_story_does_not_expire() {
    let site = SiteTest::new()
        .article("world/a.md", "A", "", "Text.")
        .article("world/b.md", "B", "date: 2027-01-01\nexpires: 2027-02-01\n", "Text.")
        .article("world/c.md", "C", "draft: true\nexpires: 2026-02-01\n", "Text.")
        .article("world/d.md", "D", "expires: 2026-01-02\n", "Never seen.");
    let run = site.build();
    assert!(
        run.err.contains("1 scheduled, next at 2027-01-01T00:00:00+00:00; 1 draft; 1 expired"),
        "{}",
        run.err
    );
    assert!(!site.has("world/2026/01/c/index.html") && site.has("world/2026/01/d/index.html"));
}

#[test]
fn corrections_stand_on_the_article_and_on_a_page_of_their_own() {
    let corrections = "date: 2026-01-02\ncorrections:\n  - {date: 2026-03-05, text: \"The year was <wrong>.\"}\n  - {date: 2026-02-01, text: A name was misspelt.}\n  - {date: 2026-12-01, text: Not known yet.}\n";
    let site = SiteTest::new()
        .file("newsprint.yaml", format!("{CONFIG}pagination: 2\n"))
        .article("world/a.md", "Pier opens", corrections, "Text.")
        .article(
            "world/b.md",
            "Ferry sails",
            "date: 2026-01-02\ncorrections: [{date: 2026-03-01, text: The ferry is green.}]\n",
            "Text.",
        )
        .article("world/c.md", "Rain falls", "", "Text.");
    site.build();
    let page = site.page("world/2026/01/a/index.html");
    let (first, second) = (page.find("A name was misspelt."), page.find("The year was &lt;wrong&gt;."));
    assert!(first.is_some() && first < second, "{page}");
    assert!(page.contains("Updated <time datetime=\"2026-03-05T00:00:00+00:00\">"), "{page}");
    assert!(page.contains("href=\"/corrections/\""));
    let machines = "\"correction\":[{\"@type\":\"CorrectionComment\",\"text\":\"A name was misspelt.\",\"datePublished\":\"2026-02-01T00:00:00+00:00\"},";
    assert!(page.contains(machines), "{page}");
    let other = site.page("world/2026/01/c/index.html");
    assert!(!other.contains("/corrections/") && !other.contains("\"correction\""), "{other}");
    let list = site.page("corrections/index.html");
    let newest: Vec<_> =
        ["The year was", "The ferry is green", "A name was"].map(|text| list.find(text)).into();
    assert!(newest.iter().all(Option::is_some) && newest.is_sorted(), "{list}");
    assert!(list.contains("<a href=\"/world/2026/01/b/\">Ferry sails</a>"), "{list}");
    assert!(site.page("sitemap-pages.xml").contains("https://news.example/corrections/"));
    assert!(site.page("sitemap-2026-01.xml").contains("<lastmod>2026-03-05T00:00:00+00:00</lastmod>"));
    assert!(pages_with(&site, "Not known yet").is_empty());
    site.run(&["build", "--now", "2026-12-01T00:00:00Z"]).expect(0);
    assert!(site.page("corrections/page/1/index.html").contains("A name was"));
    assert!(site.page("world/2026/01/a/index.html").contains("Not known yet"));
}

#[test]
fn breaking_news_stand_in_a_fragment_and_on_no_page() {
    let site =
        SiteTest::new().article("world/a.md", "A", "", "Text.").article("world/b.md", "B", "", "Text.");
    site.build();
    assert_eq!(site.page("fragments/breaking.html"), "");
    let before = site.tree();
    let breaking = |until: &str, url: &str| {
        format!("{CONFIG}breaking:\n  text: Storm <tonight> & tomorrow\n  until: {until}\n  url: {url}\n")
    };
    site.write("newsprint.yaml", breaking("2026-11-24 12:00", "/world/2026/01/a/#live"));
    let run = site.run(&["build", "--json"]).expect(0);
    assert!(run.out.contains("\"rendered\":1,\"written\":1"), "{}", run.out);
    let fragment = site.page("fragments/breaking.html");
    assert!(
        fragment.contains("<a href=\"/world/2026/01/a/#live\">Storm &lt;tonight&gt; &amp; tomorrow</a>"),
        "{fragment}"
    );
    let pages = |tree: std::collections::BTreeMap<String, Vec<u8>>| {
        let is_page = |name: &String| !name.starts_with("fragments/") && !name.starts_with(".newsprint");
        tree.into_iter().filter(|(name, _)| is_page(name)).collect::<Vec<_>>()
    };
    assert!(pages(before) == pages(site.tree()), "a page changed with the news");
    site.run(&["build", "--now", "2026-11-24T12:00:00Z"]).expect(0);
    assert_eq!(site.page("fragments/breaking.html"), "");
    site.write("newsprint.yaml", breaking("2026-11-25", "https://live.example/?a=1&b=2"));
    site.build();
    assert!(site.page("fragments/breaking.html").contains("href=\"https://live.example/?a=1&amp;b=2\""));
    site.write("newsprint.yaml", breaking("2026-11-25", "/nowhere/"));
    let findings = site.findings();
    assert_eq!(findings, ["warning[dead-link] newsprint.yaml:7:8 `/nowhere/` leads to no page of the site"]);
    site.build();
    assert!(!site.page("fragments/breaking.html").contains("href"));
    site.write("newsprint.yaml", breaking("2026-11-23", "/nowhere/"));
    assert!(site.findings().is_empty());
}

#[test]
fn due_tells_each_instant_in_turn() {
    let site = SiteTest::new()
        .file(
            "newsprint.yaml",
            format!("{CONFIG}most_read: {{days: 10}}\nbreaking: {{text: Storm, until: 2026-11-24 06:00}}\n"),
        )
        .article("world/a.md", "A", "date: 2026-11-20\nviews: 4\n", "Text.")
        .article("world/b.md", "B", "date: 2026-11-25\nexpires: 2026-12-24\n", "Text.")
        .article(
            "world/c.md",
            "C",
            "date: 2026-01-02\nexpires: 2026-11-26\ncorrections: [{date: 2026-11-25 10:00, text: So.}]\n",
            "Text.",
        );
    let mut now = "2026-11-24T00:00:00Z".to_owned();
    let mut told = Vec::new();
    for built in [false, true, false, true, true, true, false] {
        if built {
            site.run(&["build", "--now", &now]).expect(0);
        }
        let run = site.run(&["due", "--now", &now]).expect(0);
        now = run.out.trim().to_owned();
        told.push(now.clone());
    }
    assert_eq!(
        told,
        [
            "2026-11-24T06:00:00+00:00",
            "2026-11-25T00:00:00+00:00",
            "2026-11-25T10:00:00+00:00",
            "2026-11-26T00:00:00+00:00",
            // The story of the 25th is no longer news.
            "2026-11-27T00:00:00+00:00",
            "2026-11-30T00:00:01+00:00",
            "2026-12-24T00:00:00+00:00",
        ]
    );
    let run = site.run(&["due", "--now", &now]).expect(0);
    assert_eq!((run.out.as_str(), run.err.as_str()), ("never\n", ""));
    let run = site.run(&["due", "--json", "--now", &now]).expect(0);
    assert_eq!(run.out, "{\"due\":null,\"seconds\":null}\n");
    let run = site.run(&["due", "--json"]).expect(0);
    assert_eq!(run.out, "{\"due\":\"2026-11-24T06:00:00+00:00\",\"seconds\":21600}\n");
    site.write("content/world/d.md", "---\ntitle: [\n---\n");
    let run = site.run(&["due"]).expect(1);
    assert!(run.err.contains("error[yaml-syntax]") && run.out.is_empty(), "{}", run.err);
}

#[test]
fn the_site_moves_from_instant_to_instant_without_a_clean_build() {
    let site = expiring("breaking: {text: Storm, until: 2026-06-20 12:00}\n").article(
        "world/late.md",
        "Late",
        "date: 2026-06-10\nviews: 2\nexpires: 2026-06-30\ncorrections: [{date: 2026-06-12, text: So it was.}]\n",
        "Text.",
    );
    let mut now = BEFORE.to_owned();
    while now != "never" {
        site.run(&["build", "--now", &now]).expect(0);
        let clean = site.path("clean").display().to_string();
        site.run(&["build", "--now", &now, "--no-cache", "--output", &clean]).expect(0);
        assert!(crate::site::tree(&site.path("clean")) == site.tree(), "at {now}");
        now = site.run(&["due", "--now", &now]).expect(0).out.trim().to_owned();
    }
}
