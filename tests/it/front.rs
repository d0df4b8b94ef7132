//! The front page's order, and the words, dates and numbers of a site's language.

use crate::site::{CONFIG, SiteTest};

/// Four stories, the newest first by their letters.
fn newspaper() -> SiteTest {
    ["d", "c", "b", "a"].iter().zip(1..).fold(SiteTest::new(), |site, (letter, day)| {
        let header = format!("date: 2026-01-0{day}\nslug: {letter}\n");
        site.article(&format!("world/{letter}.md"), &format!("Story {letter}"), &header, "Text.")
    })
}

/// The stories of the front page before its sections, by their letters.
fn order(site: &SiteTest) -> String {
    site.build();
    let page = site.page("index.html");
    let (top, _) = page.split_once("class=\"sections\"").unwrap_or((&page, ""));
    let (_, top) = top.split_once("<main").expect("a main part");
    let links = top.split("<a href=\"/world/2026/01/").skip(1);
    links.filter_map(|rest| rest.split('/').next()).collect::<Vec<_>>().join(" ")
}

fn pin(site: &SiteTest, letter: &str, place: &str) {
    let path = format!("content/world/{letter}.md");
    let text = std::fs::read_to_string(site.path(&path)).expect("a story");
    site.write(&path, text.replacen("---\n", &format!("---\nfront: {place}\n"), 1));
}

#[test]
fn editors_decide_what_leads() {
    let site = newspaper();
    assert_eq!(order(&site), "a b c d");
    pin(&site, "c", "lead");
    assert_eq!(order(&site), "c a b d");
    // The newest lead leads, the other one stays on top.
    pin(&site, "b", "lead");
    pin(&site, "d", "top");
    assert_eq!(order(&site), "b c d a");
    // The desk's list goes before what stories ask for.
    site.write("newsprint.yaml", format!("{CONFIG}front: [Story d, content/world/a.md, d]\n"));
    assert_eq!(order(&site), "d a b c");
}

#[test]
fn a_pin_to_nothing_is_a_finding_at_its_place() {
    let site = newspaper().file("newsprint.yaml", format!("{CONFIG}front:\n  - Story a\n  - Story x\n"));
    insta::assert_snapshot!(site.findings().join("\n"), @"warning[also-read-unresolved] newsprint.yaml:6:5 no story is called `Story x`");
    assert_eq!(order(&site), "a b c d");
}

/// The dateline of an article in a newspaper with these lines in its config.
fn dateline(lines: &str) -> String {
    let header = "date: 2025-08-26\nviews: 104000\n";
    let site = SiteTest::new().article("world/a.md", "A", header, "Text.");
    site.write("newsprint.yaml", format!("{CONFIG}{lines}"));
    site.build();
    let page = site.page("world/2025/08/a/index.html");
    let (_, rest) = page.split_once("<ul class=\"dateline\">").expect("a dateline");
    let line = rest.split("</ul>").next().unwrap_or("").replace("</li>", ";");
    let mut text = String::new();
    for piece in line.split('<') {
        text.push_str(piece.split_once('>').map_or(piece, |(_, text)| text));
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn pages_speak_the_sites_language() {
    assert_eq!(dateline(""), "Posted on August 26, 2025; 104,000 Views; 1 min read;");
    assert_eq!(dateline("language: en-IN\n"), "Posted on 26 August 2025; 1,04,000 Views; 1 min read;");
    assert_eq!(dateline("language: hi\n"), "26 अगस्त 2025 को प्रकाशित; 1,04,000 बार पढ़ा गया; 1 मिनट में पढ़ें;");
    assert_eq!(
        dateline("language: de\n"),
        "Veröffentlicht am 26. August 2025; 104.000 Aufrufe; 1 Min. Lesezeit;"
    );
    assert_eq!(
        dateline("language: ar\ndate_format: \"%d/%m/%Y\"\n"),
        "نُشر في ٢٦/٠٨/٢٠٢٥; ١٠٤٬٠٠٠ قراءة; دقيقة قراءة;"
    );
}

#[test]
fn every_page_of_every_language_is_in_that_language() {
    for language in ["hi", "bn", "fr", "de", "es", "ar"] {
        let site = newspaper().file(
            "newsprint.yaml",
            format!(
                "{CONFIG}language: {language}\npagination: 2\nbreaking: {{text: X, until: 2027-01-01}}\n"
            ),
        );
        site.write("content/world/a.md", "---\ntitle: Story a\ndate: 2026-01-04\nauthor: Q\ntags: [x]\nviews: 3\nupdated: 2026-01-05\ncorrections: [{date: 2026-01-05, text: T.}]\n---\n\nText.\n");
        site.build();
        for (name, bytes) in site.tree().iter().filter(|(name, _)| crate::site::has_extension(name, "html")) {
            let page = String::from_utf8_lossy(bytes);
            for english in [
                "Posted on",
                "By ",
                "Most read",
                "Archive",
                "Topics",
                "Authors",
                "Skip to",
                "Latest",
                "Corrections",
                "Share",
                "Page ",
                "Newer",
                "Older",
                "Dark mode",
                "Home",
                "January",
                "Breaking",
            ] {
                let is_spoken =
                    page.contains(&format!(">{english}")) || page.contains(&format!("\"{english}"));
                // French and German share some of these words.
                let is_shared = matches!((language, english), ("fr" | "de", "Page " | "Archive"));
                assert!(!is_spoken || is_shared, "{language}: {name} says {english:?}");
            }
        }
    }
}

#[test]
fn a_newspaper_changes_words_and_adds_a_language() {
    let site = newspaper().file("templates/words/en.yaml", "words: {latest: Just in, home: Start}\n");
    site.build();
    assert!(site.page("world/index.html").contains(">Start</a>"));
    site.write("templates/words/en.yaml", "words: {home: Begin}\n");
    site.build();
    assert!(site.page("world/index.html").contains(">Begin</a>"));
    site.delete("templates/words/en.yaml");
    site.build();
    assert!(site.page("world/index.html").contains(">Home</a>"));
    site.write("newsprint.yaml", format!("{CONFIG}language: eo\n"));
    site.write(
        "templates/words/eo.yaml",
        "months: [januaro, b, c, d, e, f, g, h, i, j, k, l]\nwords: {home: Hejmo}\n",
    );
    site.build();
    assert!(site.page("world/index.html").contains(">Hejmo</a>"));
    assert!(site.page("index.html").contains("januaro 4, 2026"));
}

#[test]
fn the_config_sets_the_look() {
    let site = newspaper().file(
        "newsprint.yaml",
        format!("{CONFIG}theme: {{accent: harbour, density: compact, fonts: {{headline: Georgia, body: Charter}}}}\n"),
    );
    site.build();
    let page = site.page("index.html");
    let root = page.split("<head>").next().expect("a head");
    assert!(root.contains(" data-accent=\"harbour\" data-density=\"compact\" style=\"--font-headline: Georgia;--font-body: Charter;\""), "{root}");
    assert!(!page.contains("rel=\"preload\""), "a font that is not used is not fetched");
}

#[test]
fn bylines_have_pictures() {
    let site = newspaper()
        .file("content/_authors/q.md", "---\nname: Q\nphoto: q.png\n---\n")
        .file("content/_authors/q.png", "GIF89a\u{1}\0\u{1}\0")
        .article("world/e.md", "E", "author: q\n", "Text.");
    site.build();
    let page = site.page("world/2026/01/e/index.html");
    assert!(page.contains("<div class=\"faces\">\n<img src=\"/authors/q/q.png\" alt=\"\""), "{page}");
}
