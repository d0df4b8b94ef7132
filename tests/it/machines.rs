//! What machines read: feeds, sitemaps and structured data, on newspapers made for it and on the demo.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use html5ever::tendril::TendrilSink as _;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use quick_xml::events::Event;
use serde_json::Value;

use crate::site::{CONFIG, NOW, SiteTest, has_extension, skipped};

/// An element of an XML document: its name, attributes and text.
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    text: String,
}

/// The elements of an XML document in the order of their ends.
fn elements(xml: &str) -> Vec<Element> {
    let mut reader = quick_xml::Reader::from_str(xml);
    let (mut open, mut done): (Vec<Element>, Vec<Element>) = (Vec::new(), Vec::new());
    loop {
        let event = reader.read_event().expect("well-formed XML");
        let is_empty = matches!(event, Event::Empty(_));
        match event {
            Event::Start(tag) | Event::Empty(tag) => {
                let attributes = tag.attributes().map(|attribute| {
                    let attribute = attribute.expect("an attribute");
                    let value =
                        quick_xml::escape::unescape(&attribute.value).expect("known entities").into_owned();
                    (attribute.key.as_ref().to_owned(), value)
                });
                open.push(Element {
                    name: tag.name().as_ref().to_owned(),
                    attributes: attributes.collect(),
                    text: String::new(),
                });
                if is_empty {
                    done.extend(open.pop());
                }
            }
            Event::End(_) => done.extend(open.pop()),
            Event::Text(text) => add(&mut open, &text),
            Event::CData(text) => add(&mut open, &text),
            Event::GeneralRef(name) => {
                let entity = format!("&{};", &*name);
                add(&mut open, &quick_xml::escape::unescape(&entity).expect("a known entity"));
            }
            Event::Eof => return done,
            _ => {}
        }
    }
}

fn add(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// The texts of all elements with a name.
fn texts(xml: &str, name: &str) -> Vec<String> {
    elements(xml).into_iter().filter(|element| element.name == name).map(|element| element.text).collect()
}

/// Some attribute of all elements with a name.
fn attributes(xml: &str, name: &str, attribute: &str) -> Vec<String> {
    let found = elements(xml).into_iter().filter(|element| element.name == name);
    found.filter_map(|mut element| element.attributes.remove(attribute)).collect()
}

/// Sees an element's name, attributes and text.
type See<'a> = &'a mut dyn FnMut(&str, &BTreeMap<String, String>, &str);

fn each_element(html: &str, see: See<'_>) {
    let dom = parse_document(RcDom::default(), ParseOpts::default()).one(html);
    let mut open = vec![dom.document.clone()];
    while let Some(node) = open.pop() {
        if let NodeData::Element { name, attrs, .. } = &node.data {
            let attributes = attrs.borrow();
            let attributes =
                attributes.iter().map(|a| (a.name.local.to_string(), a.value.to_string())).collect();
            see(&name.local, &attributes, &text_of(&node));
        }
        open.extend(node.children.borrow().iter().rev().cloned());
    }
}

fn text_of(node: &Handle) -> String {
    match &node.data {
        NodeData::Text { contents } => contents.borrow().to_string(),
        _ => node.children.borrow().iter().map(text_of).collect(),
    }
}

/// What a page shows of what machines are told, too.
#[derive(Default)]
struct Shown {
    headings: Vec<String>,
    times: Vec<String>,
    byline: Vec<String>,
    canonical: String,
    meta: BTreeMap<String, Vec<String>>,
    data: Vec<Value>,
    is_indexed: bool,
}

impl Shown {
    fn of(html: &str) -> Self {
        let mut shown = Self { is_indexed: true, ..Self::default() };
        each_element(html, &mut |name, attributes, text| {
            let attribute = |name: &str| attributes.get(name).cloned().unwrap_or_default();
            match name {
                "h1" => shown.headings.push(text.to_owned()),
                "time" => shown.times.push(attribute("datetime")),
                "p" if attribute("class") == "byline" => {
                    let names = text.trim_start_matches("By ").replace(" and ", ", ");
                    shown.byline = names.split(", ").map(str::to_owned).collect();
                }
                "link" if attribute("rel") == "canonical" => shown.canonical = attribute("href"),
                "meta" => {
                    let name = attribute("property") + &attribute("name");
                    shown.is_indexed &= !attribute("content").contains("noindex");
                    shown.meta.entry(name).or_default().push(attribute("content"));
                }
                "script" if attribute("type") == "application/ld+json" => {
                    let data: Value = serde_json::from_str(text).expect("JSON");
                    shown.data.extend(data["@graph"].as_array().expect("a graph").clone());
                }
                _ => {}
            }
        });
        shown
    }

    fn data(&self, kind: &str) -> Option<&Value> {
        self.data.iter().find(|node| node["@type"] == kind)
    }

    fn meta(&self, name: &str) -> &[String] {
        self.meta.get(name).map_or(&[], Vec::as_slice)
    }
}

fn demo() -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::TempDir::new().expect("a folder");
    build_demo(&folder.path().join("out"));
    crate::site::tree(&folder.path().join("out"))
}

fn build_demo(output: &Path) {
    let run = Command::new(env!("CARGO_BIN_EXE_newsprint"))
        .args(["build", "--now", NOW, "--root", env!("CARGO_MANIFEST_DIR"), "--output"])
        .arg(output)
        .output()
        .expect("the binary runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn structured_data_says_what_the_page_shows() {
    let (mut articles, mut others) = (0, 0);
    for (name, bytes) in demo().iter().filter(|(name, _)| has_extension(name, "html")) {
        let shown = Shown::of(&String::from_utf8_lossy(bytes));
        if shown.canonical.is_empty() || !shown.is_indexed {
            continue;
        }
        if let Some(crumbs) = shown.data("BreadcrumbList") {
            assert!(crumbs["itemListElement"].as_array().is_some_and(|items| items.len() >= 2), "{name}");
        } else {
            assert_eq!(name, "index.html");
        }
        let Some(article) = shown.data("NewsArticle") else {
            let main = ["CollectionPage", "ProfilePage", "WebPage", "WebSite"]
                .iter()
                .find_map(|kind| shown.data(kind));
            assert_eq!(main.expect(name)["url"], shown.canonical.as_str(), "{name}");
            others += 1;
            continue;
        };
        articles += 1;
        assert_eq!(shown.headings, [article["headline"].as_str().expect("a headline")], "{name}");
        assert_eq!(article["datePublished"], shown.times[0].as_str(), "{name}");
        let is_updated = article["dateModified"] != article["datePublished"];
        assert_eq!(article["dateModified"], shown.times[usize::from(is_updated)].as_str(), "{name}");
        assert_eq!(shown.meta("article:published_time"), [shown.times[0].as_str()], "{name}");
        let names: Vec<&str> = article["author"]
            .as_array()
            .expect("authors")
            .iter()
            .filter_map(|author| author["name"].as_str())
            .collect();
        assert_eq!(names, shown.byline, "{name}");
        assert_eq!(names, shown.meta("article:author"), "{name}");
        assert_eq!(article["url"], shown.canonical.as_str(), "{name}");
        assert_eq!(article["mainEntityOfPage"]["@id"], shown.canonical.as_str(), "{name}");
        assert_eq!(shown.meta("og:title"), shown.headings, "{name}");
        assert_eq!(shown.meta("og:locale").len(), 1, "{name}");
        if let Some(url) = article["image"]["url"].as_str() {
            assert_eq!(shown.meta("og:image"), [url], "{name}");
            assert_eq!(shown.meta("og:image:width"), [article["image"]["width"].to_string()], "{name}");
        }
        assert_eq!(article["publisher"]["name"], "The Amaya Courier");
        assert!(article["wordCount"].as_u64().is_some_and(|words| words > 100), "{name}");
    }
    assert!(articles == 25 && others > 50, "{articles} articles, {others} others");
}

#[test]
fn the_publisher_is_described_by_its_policies() {
    let site = SiteTest::new()
        .file(
            "newsprint.yaml",
            format!(
                "{CONFIG}publisher:\n  name: Courier Trust\n  logo: /logo.png\n  policies:\n    Corrections: /fix/\n    \
                 Privacy: https://other.example/p\n    Wer zahlt: {{url: /money/, is: ownershipFundingInfo}}\n"
            ),
        )
        .file("static/logo.png", b"GIF89a\x02\0\x01\0\0\0\0\0")
        .article("world/a.md", "A", "", "Text.");
    site.build();
    let home = Shown::of(&site.page("index.html"));
    let publisher = home.data("NewsMediaOrganization").expect("a publisher");
    assert_eq!(publisher["name"], "Courier Trust");
    assert_eq!(publisher["logo"]["url"], "https://news.example/logo.png");
    assert_eq!(publisher["logo"]["width"], 2);
    assert_eq!(publisher["correctionsPolicy"], "https://news.example/fix/");
    assert_eq!(publisher["ownershipFundingInfo"], "https://news.example/money/");
    assert!(!publisher.to_string().contains("other.example"));
    assert!(site.page("index.html").contains("<a href=\"https://other.example/p\">Privacy</a>"));
    // The byline of a story without authors is the publisher's.
    let story = Shown::of(&site.page("world/2026/01/a/index.html"));
    let article = story.data("NewsArticle").expect("an article");
    assert_eq!(article["author"][0]["@type"], "NewsMediaOrganization");
    assert_eq!(story.byline, ["Courier Trust"]);
    assert_eq!(story.meta("article:author"), ["Courier Trust"]);
    assert_eq!(texts(&site.page("feed.xml"), "dc:creator"), ["Courier Trust"]);
}

/// A newspaper in a folder of its host, with everything in one story that feeds must make absolute.
fn followed() -> SiteTest {
    let raw = "<img src=\"/map.png\" srcset=\"/map.png 1x, pier.png 2x\" alt=\"m\">\n\n\
               <video poster=\"/map.png\" src=\"clip.mp4\"></video>\n\n[there](/about/) and [on](#part)";
    SiteTest::new()
        .file(
            "newsprint.yaml",
            "title: Courier & Sons\nbase_url: https://news.example:8443/daily/\ntimezone: UTC\nraw_html: trusted\n\
             feeds: {limit: 4, hub: \"https://hub.example/\"}\n",
        )
        .file("static/map.png", "GIF89a\u{1}\0\u{1}\0")
        .file("content/world/_index.md", "---\ntitle: World\ndescription: Far away.\n---\n")
        .file("content/_pages/about.md", "---\ntitle: About\n---\nx\n")
        .file("content/world/pier/pier.png", "GIF89a\u{1}\0\u{1}\0more")
        .file(
            "content/world/pier/index.md",
            format!(
                "---\ntitle: The pier\ndate: 2026-01-05\nupdated: 2026-01-06\nauthor: [Asha Rao, Ben Li]\ntags: [sea, rain]\n\
                 image: {{src: pier.png, alt: Pier}}\n---\n\n## Part\n\nNote[^1]. {raw}\n\n[^1]: Here.\n"
            ),
        )
        .article("world/b.md", "B", "date: 2026-01-03\ntags: [sea]\nauthor: Ben Li\nlang: hi\n", "B [[The pier]].")
        .article("city/c.md", "C", "tags: [sea, rain]\n", "C.")
}

#[test]
fn every_feed_is_where_it_belongs_and_is_announced_there() {
    let site = followed();
    site.build();
    let tree = site.tree();
    let feeds: Vec<&String> = tree
        .keys()
        .filter(|name| ["feed.xml", "atom.xml", "feed.json"].contains(&name.rsplit('/').next().unwrap_or("")))
        .collect();
    assert_eq!(
        feeds,
        [
            "atom.xml",
            "authors/asha-rao/atom.xml",
            "authors/asha-rao/feed.xml",
            "authors/ben-li/atom.xml",
            "authors/ben-li/feed.xml",
            "city/atom.xml",
            "city/feed.json",
            "city/feed.xml",
            "feed.json",
            "feed.xml",
            "tags/sea/atom.xml",
            "tags/sea/feed.xml",
            "world/atom.xml",
            "world/feed.json",
            "world/feed.xml",
        ]
    );
    let mut announced = BTreeSet::new();
    for (name, bytes) in tree.iter().filter(|(name, _)| has_extension(name, "html")) {
        each_element(&String::from_utf8_lossy(bytes), &mut |element, attributes, _| {
            if element == "link" && attributes.get("rel").is_some_and(|rel| rel == "alternate") {
                let path = attributes["href"].strip_prefix("/daily/").expect("in the site's folder");
                assert!(tree.contains_key(path), "{name}: {path}");
                let folder = name.strip_suffix("index.html");
                if folder
                    .is_some_and(|folder| path.strip_prefix(folder).is_some_and(|file| !file.contains('/')))
                {
                    announced.insert(path.to_owned());
                }
            }
        });
    }
    assert_eq!(announced.iter().collect::<Vec<_>>(), feeds, "each page announces its own feeds");
}

#[test]
fn feeds_carry_stories_whole_with_absolute_urls() {
    let site = followed();
    site.build();
    let rss = site.page("feed.xml");
    assert_eq!(texts(&rss, "title"), ["Courier & Sons", "The pier", "B", "C"]);
    assert_eq!(texts(&rss, "guid")[0], "tag:news.example,2026-01-05:/daily/world/2026/01/pier/");
    assert_eq!(
        attributes(&rss, "atom:link", "href"),
        ["https://news.example:8443/daily/feed.xml", "https://hub.example/"]
    );
    assert_eq!(texts(&rss, "dc:creator"), ["Asha Rao", "Ben Li", "Ben Li", "Courier & Sons"]);
    assert_eq!(texts(&rss, "dc:language"), ["hi"]);
    assert_eq!(texts(&rss, "category")[..3], ["World", "sea", "rain"]);
    let picture = "https://news.example:8443/daily/world/2026/01/pier/pier.png";
    assert_eq!(attributes(&rss, "enclosure", "url"), [picture]);
    assert_eq!(attributes(&rss, "enclosure", "length"), ["14"]);
    assert_eq!(attributes(&rss, "enclosure", "type"), ["image/png"]);
    let body = &texts(&rss, "content:encoded")[0];
    let mut urls = Vec::new();
    each_element(body, &mut |_, attributes, _| {
        for name in ["href", "src", "poster"] {
            urls.extend(attributes.get(name).cloned());
        }
        if let Some(list) = attributes.get("srcset") {
            urls.extend(list.split(", ").map(str::to_owned));
        }
    });
    assert!(urls.len() >= 8, "{urls:?}");
    for url in &urls {
        assert!(url.starts_with("https://news.example:8443/"), "{url} in {body}");
    }
    assert!(
        urls.contains(&format!("{picture} 2x")) || urls.iter().any(|url| url.ends_with("2x")),
        "{urls:?}"
    );

    let atom = site.page("world/atom.xml");
    assert_eq!(texts(&atom, "title"), ["World – Courier & Sons", "The pier", "B"]);
    assert_eq!(texts(&atom, "subtitle"), ["Far away."]);
    assert_eq!(texts(&atom, "id")[1], texts(&rss, "guid")[0]);
    assert_eq!(texts(&atom, "updated")[..2], ["2026-01-06T00:00:00+00:00", "2026-01-06T00:00:00+00:00"]);
    assert_eq!(texts(&atom, "published")[0], "2026-01-05T00:00:00+00:00");
    assert_eq!(&texts(&atom, "content")[0], body);
    assert_eq!(attributes(&atom, "entry", "xml:lang"), ["hi"]);

    let json: Value = serde_json::from_str(&site.page("feed.json")).expect("JSON");
    assert_eq!(json["version"], "https://jsonfeed.org/version/1.1");
    assert_eq!(json["feed_url"], "https://news.example:8443/daily/feed.json");
    assert_eq!(json["hubs"][0]["url"], "https://hub.example/");
    assert_eq!(json["items"][0]["content_html"], body.as_str());
    assert_eq!(json["items"][0]["id"], texts(&rss, "guid")[0].as_str());
    assert_eq!(json["items"][0]["image"], picture);
    assert_eq!(json["items"][0]["authors"][1]["url"], "https://news.example:8443/daily/authors/ben-li/");

    // Feeds of tags carry descriptions only.
    let tag = site.page("tags/sea/feed.xml");
    assert_eq!(texts(&tag, "item").len(), 3);
    assert!(texts(&tag, "content:encoded").is_empty() && texts(&tag, "description")[1].starts_with("Note"));
}

#[test]
fn feeds_of_summaries_carry_descriptions() {
    let site = followed().file(
        "newsprint.yaml",
        format!("{CONFIG}raw_html: trusted\nfeeds: {{content: summary, limit: 1}}\n"),
    );
    site.build();
    let rss = site.page("feed.xml");
    assert_eq!(texts(&rss, "item").len(), 1);
    assert!(texts(&rss, "content:encoded").is_empty() && attributes(&rss, "atom:link", "rel") == ["self"]);
    assert!(texts(&site.page("atom.xml"), "content").is_empty());
    let json: Value = serde_json::from_str(&site.page("feed.json")).expect("JSON");
    assert_eq!(json["items"][0]["content_text"], json["items"][0]["summary"]);
}

#[test]
fn a_story_that_moves_keeps_its_id() {
    let site = SiteTest::new().article("world/a.md", "A", "", "Text.");
    site.build();
    let before = texts(&site.page("atom.xml"), "id");
    site.delete("content/world/a.md");
    let site = site.article("city/b.md", "A new title", "aliases: [/world/2026/01/a/, /short/]\n", "Text.");
    site.build();
    assert_eq!(texts(&site.page("atom.xml"), "id"), before);
    assert_eq!(texts(&site.page("feed.xml"), "guid"), before[1..]);
}

#[test]
fn nothing_in_a_title_or_text_breaks_what_machines_read() {
    let hostile = "]]> </script><script>alert(1)</script> &amp; <b> \\\" \u{1F980} --> <![CDATA[";
    let site = SiteTest::new()
        .article(
            "world/a.md",
            hostile,
            "slug: a\ntags: [\"]]> a\", \"<i>\"]\nauthor: \"A </script> B\"\n",
            hostile,
        )
        .article("world/b.md", "B", "", &format!("`{hostile}`\n\n    ]]>\n\n]]]]>>"));
    site.build();
    let title = "]]> </script><script>alert(1)</script> &amp; <b> \" \u{1F980} --> <![CDATA[";
    for (name, element) in [("feed.xml", "title"), ("atom.xml", "title"), ("world/feed.xml", "title")] {
        assert!(texts(&site.page(name), element).iter().any(|found| found == title), "{name}");
    }
    let json: Value = serde_json::from_str(&site.page("feed.json")).expect("JSON");
    assert!(json["items"].as_array().expect("items").iter().any(|item| item["title"] == title));
    let bodies = texts(&site.page("feed.xml"), "content:encoded");
    assert!(bodies.iter().any(|body| body.contains("]]]]&gt;&gt;") || body.contains("]]]]>>")), "{bodies:?}");
    let story = Shown::of(&site.page("world/2026/01/a/index.html"));
    assert_eq!(story.data("NewsArticle").expect("an article")["headline"], title);
    assert_eq!(story.data("NewsArticle").expect("an article")["author"][0]["name"], "A </script> B");
    assert!(!site.page("world/2026/01/a/index.html").contains("<script>alert"));
}

/// The addresses in all sitemaps but the news, with their last changes.
fn addresses(site: &SiteTest) -> BTreeMap<String, Option<String>> {
    let mut found = BTreeMap::new();
    for file in texts(&site.page("sitemap.xml"), "loc") {
        let xml = site.page(file.strip_prefix("https://news.example/").expect("on this site"));
        let mut loc = String::new();
        for element in elements(&xml) {
            match element.name.as_str() {
                "loc" => {
                    loc.clone_from(&element.text);
                    assert!(found.insert(element.text, None).is_none(), "{loc} stands twice");
                }
                "lastmod" => drop(found.insert(loc.clone(), Some(element.text))),
                _ => {}
            }
        }
    }
    found
}

#[test]
fn sitemaps_list_every_page_and_nothing_else() {
    let mut site = SiteTest::new()
        .file("newsprint.yaml", format!("{CONFIG}pagination: 2\n"))
        .file("content/_pages/about.md", "---\ntitle: About\nupdated: 2026-02-03\naliases: [/wer/]\n---\nx\n")
        .article("world/draft.md", "Draft", "draft: true\n", "x")
        .article("world/later.md", "Later", "date: 2027-01-01\n", "x");
    for number in 1..=7 {
        let header = format!(
            "date: 2026-0{number}-01\nupdated: 2026-10-0{number}\ntags: [x]\naliases: [/old/{number}/]\n"
        );
        site = site.article(&format!("world/{number}.md"), &format!("Story {number}"), &header, "Text.");
    }
    site.build();
    let listed = addresses(&site);
    let mut pages = BTreeSet::new();
    for (name, bytes) in site.tree().iter().filter(|(name, _)| has_extension(name, "html")) {
        let shown = Shown::of(&String::from_utf8_lossy(bytes));
        let is_redirect = String::from_utf8_lossy(bytes).contains("http-equiv=\"refresh\"");
        if shown.is_indexed && !is_redirect && !name.starts_with("fragments/") {
            let modified = shown.data("NewsArticle").or(shown.data("WebPage"));
            let modified = modified.and_then(|data| data["dateModified"].as_str()).map(str::to_owned);
            assert_eq!(listed.get(&shown.canonical), Some(&modified), "{name}");
            pages.insert(shown.canonical);
        }
    }
    assert_eq!(listed.keys().cloned().collect::<BTreeSet<_>>(), pages);
    assert!(site.has("sitemap-2026-07.xml") && !site.has("sitemap-2027-01.xml"));
    let robots = site.page("robots.txt");
    for name in ["sitemap.xml", "sitemap-news.xml"] {
        assert!(robots.contains(&format!("\nSitemap: https://news.example/{name}\n")), "{robots}");
    }
}

#[test]
fn news_is_what_appeared_in_the_last_48_hours_of_the_instant() {
    let site = SiteTest::new()
        .file(
            "newsprint.yaml",
            "title: Courier\nbase_url: https://news.example/\nlanguage: pt-BR\ntimezone: UTC\n",
        )
        .article(
            "world/a.md",
            "First & last",
            "date: 2026-11-20T12:00:00Z\nupdated: 2026-11-22T12:00:00Z\n",
            "x",
        )
        .article("world/b.md", "二", "slug: b\nlang: zh-Hant\ndate: 2026-11-21T12:00:00+05:30\n", "x");
    let news = |now: &str| {
        let root = site.path("");
        let run = Command::new(env!("CARGO_BIN_EXE_newsprint"))
            .args(["build", "--now", now, "--root"])
            .arg(root)
            .output()
            .expect("the binary runs");
        assert!(run.status.success());
        let xml = site.page("sitemap-news.xml");
        (texts(&xml, "news:title"), texts(&xml, "news:language"), texts(&xml, "news:publication_date"), xml)
    };
    let (titles, languages, dates, _) = news("2026-11-21T07:00:00Z");
    assert_eq!(titles, ["二", "First & last"]);
    assert_eq!(languages, ["zh-tw", "pt"]);
    assert_eq!(dates, ["2026-11-21T06:30:00+00:00", "2026-11-20T12:00:00+00:00"]);
    // Nothing but the time has changed, and the next build notices.
    assert_eq!(news("2026-11-22T11:59:59Z").0.len(), 2);
    assert_eq!(news("2026-11-22T12:00:00Z").0, ["二"]);
    assert_eq!(news("2026-11-23T06:29:59Z").0, ["二"]);
    let (titles, .., xml) = news("2026-11-23T06:30:00Z");
    assert!(titles.is_empty());
    assert_eq!(elements(&xml).len(), 1, "an empty news sitemap is a whole document: {xml}");
    assert_eq!(texts(&news("2026-11-21T07:00:00Z").3, "news:name"), ["Courier", "Courier"]);
}

/// `scripts/check-site` with feedparser, feedsmith and xmllint on the demo.
#[test]
fn the_parsers_that_readers_use_find_no_fault() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let output = folder.path().join("out");
    build_demo(&output);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/check-site");
    let Ok(run) = Command::new("python3").arg(script).arg(&output).output() else {
        return skipped("python3 is not installed");
    };
    if run.status.code() == Some(77) {
        return skipped(String::from_utf8_lossy(&run.stderr).trim());
    }
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{said}{}", String::from_utf8_lossy(&run.stderr));
    assert!(said.contains("25 articles") && said.contains("51 feeds"), "{said}");
}
