//! What the whole archive decides: links between stories, lists, pagination, collisions, most read.

use crate::site::SiteTest;

#[test]
fn also_read_resolves_by_title_former_title_slug_wikilink_and_path() {
    let site = SiteTest::new()
        .article("world/target.md", "It’s the “Target”", "former_titles: [An Old Name]\n", "Text.")
        .article("world/a.md", "A", "date: 2026-01-03\n", "Also Read: it's the \"target\"")
        .article("world/b.md", "B", "date: 2026-01-03\n", "**Also read:** An old name")
        .article("world/c.md", "C", "date: 2026-01-03\n", "See [[target]] and [[It's the \"Target\"|this]].")
        .article(
            "world/d.md",
            "D",
            "date: 2026-01-03\n",
            "First line\nAlso Read: [any words](target.md)\nlast line",
        );
    site.build();
    let link = "<a href=\"/world/2026/01/target/\">";
    for name in ["a", "b", "c", "d"] {
        let page = site.page(&format!("world/2026/01/{name}/index.html"));
        assert!(page.contains(link), "{name}: {page}");
    }
    let split = site.page("world/2026/01/d/index.html");
    assert!(split.contains("<p>First line</p>") && split.contains("<p>last line</p>"), "{split}");
    assert!(site.findings().is_empty(), "{:?}", site.findings());
}

#[test]
fn references_to_nothing_and_to_unpublished_stories_are_text_and_findings() {
    let site = SiteTest::new()
        .article("world/secret.md", "Harbour plan leaked", "draft: true\n", "canary-draft")
        .article("world/later.md", "Budget in full", "date: 2027-01-01\n", "canary-later")
        .article("world/known.md", "Ferries run late", "", "Text.")
        .article(
            "world/a.md",
            "A",
            "",
            "Also Read: Harbour plan leaked\n\nAlso Read: Budget in full\n\nAlso Read: Ferries ran late\n\n[x](/nowhere/) ![y](z.jpg)\n\n- [tight](/nowhere/too/)",
        );
    insta::assert_snapshot!(site.findings().join("\n"), @r"
    warning[also-read-unpublished] content/world/a.md:6:1 `Harbour plan leaked` is not published yet
    warning[also-read-unpublished] content/world/a.md:8:1 `Budget in full` is not published yet
    warning[also-read-unresolved] content/world/a.md:10:1 no story is called `Ferries ran late`
    warning[dead-link] content/world/a.md:12:1 `/nowhere/` leads to no page of the site
    warning[missing-picture] content/world/a.md:12:16 the picture `z.jpg` is not there
    warning[dead-link] content/world/a.md:14:3 `/nowhere/too/` leads to no page of the site
    ");
    let run = site.build();
    assert!(run.err.contains("did you mean `Ferries run late`"), "{}", run.err);
    let page = site.page("world/2026/01/a/index.html");
    assert!(page.contains("<p>Also Read: Ferries ran late</p>") && page.contains("<p>x y</p>"), "{page}");
    site.run(&["build", "--strict"]).expect(1);
}

#[test]
fn related_stories_are_older_and_not_linked_already() {
    let body =
        |extra: &str| format!("The harbour pilots strike over night shifts at the container quay. {extra}");
    let site = SiteTest::new()
        .article("city/old.md", "Pilots strike in the harbour", "date: 2026-01-01\n", &body("one"))
        .article("city/linked.md", "Pilots end harbour strike", "date: 2026-01-02\n", &body("two"))
        .article("city/now.md", "Harbour pilots vote on strike", "date: 2026-01-03\n", &body("[[linked]]"))
        .article("city/new.md", "Harbour pilots go home", "date: 2026-01-04\n", &body("four"));
    site.build();
    let page = site.page("city/2026/01/now/index.html");
    let block =
        page.split("data-also-read").nth(1).expect("a block").split("</aside>").next().expect("its end");
    assert!(block.contains("/city/2026/01/old/"), "{block}");
    assert!(!block.contains("/linked/") && !block.contains("/new/") && !block.contains("/now/"), "{block}");
}

#[test]
fn a_new_story_leaves_older_list_pages_as_they_were() {
    let mut site = SiteTest::new().file("newsprint.yaml", format!("{}pagination: 3\n", crate::site::CONFIG));
    for day in 1..=10 {
        site = site.article(
            &format!("world/s{day:02}.md"),
            &format!("S{day}"),
            &format!("date: 2026-01-{day:02}\nauthor: Asha Rao\ntags: [sea]\n"),
            "x",
        );
    }
    site.build();
    let before = site.tree();
    assert!(site.has("world/page/1/index.html") && site.has("world/page/2/index.html"));
    assert!(!site.has("world/page/3/index.html"));
    let site = site.article("world/s11.md", "S11", "date: 2026-01-11\nauthor: Asha Rao\ntags: [sea]\n", "x");
    site.build();
    for list in ["world", "authors/asha-rao", "tags/sea", "archive/2026/01"] {
        for page in [1, 2] {
            let name = format!("{list}/page/{page}/index.html");
            assert!(before[&name] == site.tree()[&name], "{name}");
        }
    }
}

#[test]
fn every_collision_names_all_its_sources() {
    let site = SiteTest::new()
        .article("world/a.md", "A", "slug: same\n", "x")
        .article("world/b.md", "B", "slug: Same\n", "x")
        .article("world/c.md", "C", "aliases: [/world/]\n", "x")
        .article("tags/d.md", "D", "", "x")
        .file("static/feed.xml", "mine")
        .file("content/_pages/archive.md", "---\ntitle: Mine\n---\nx\n");
    let run = site.run(&["build"]).expect(1);
    for source in [
        "content/world/a.md",
        "content/world/b.md",
        "content/world/c.md",
        "content/tags/d.md",
        "static/feed.xml",
        "content/_pages/archive.md",
    ] {
        assert!(run.err.contains(source), "{source} is not named:\n{}", run.err);
    }
    assert!(!site.has("index.html"));
}

#[test]
fn views_come_from_the_export_and_rank_the_stories() {
    let site = SiteTest::new()
        .article("world/a.md", "Least", "views: 900\n", "x")
        .article("world/b.md", "Middle", "views: 50\n", "x")
        .article("world/c.md", "Most", "", "x")
        .file("data/views.csv", "path,views\n/world/2026/01/a/,10\nworld/c.md,5000\n");
    site.build();
    let page = site.page("most-read/index.html");
    let order: Vec<_> =
        ["Most", "Middle", "Least"].iter().map(|title| page.find(&format!(">{title}<"))).collect();
    assert!(order.is_sorted() && order[0].is_some(), "{order:?}\n{page}");
    assert!(site.page("world/2026/01/c/index.html").contains("5,000 Views"));
}

#[test]
fn why_tells_what_related_stories_have_in_common() {
    let site = SiteTest::new()
        .article(
            "city/levy.md",
            "Harbour levy passes",
            "author: Asha Rao\ndate: 2026-01-02\n",
            "The council voted.",
        )
        .article(
            "city/ferry.md",
            "Ferry strike ends",
            "date: 2026-01-03\n",
            "Ferries sail from the harbour again.",
        )
        .article("world/rain.md", "Rain", "date: 2026-01-04\n", "It falls.")
        .article(
            "city/now.md",
            "Harbour levy starts",
            "author: Asha Rao\ndate: 2026-01-05\n",
            "The levy is due.",
        );
    site.build();
    let why = |more: &[&str]| site.run(&[&["why", "/city/2026/01/now/"], more].concat()).expect(0).out;
    let text = why(&[]);
    assert!(text.contains("is made of") && text.contains("older stories under it"), "{text}");
    assert!(text.contains("/city/2026/01/levy/ “Harbour levy passes”"), "{text}");
    let value: serde_json::Value = serde_json::from_str(&why(&["--json"])).expect("JSON");
    let related = value["related"].as_array().expect("related stories");
    let titles: Vec<&str> = related.iter().filter_map(|kin| kin["title"].as_str()).collect();
    assert_eq!(titles, ["Harbour levy passes", "Ferry strike ends"]);
    // A category and an author in common, a category only; three days apart and two.
    assert_eq!(
        related.iter().map(|kin| kin["kinship"].as_f64()).collect::<Vec<_>>(),
        [Some(433.0 / 256.0), Some(333.0 / 256.0)]
    );
    let words = |kin: &serde_json::Value| -> Vec<String> {
        let terms = kin["terms"].as_array().expect("terms").iter();
        terms.filter_map(|term| term[0].as_str().map(str::to_owned)).collect()
    };
    assert_eq!(words(&related[1]), ["harbour"]);
    assert!(
        words(&related[0]).contains(&"levy".to_owned()) && words(&related[0]).contains(&"harbour".to_owned())
    );
    for kin in related {
        let dot: f64 =
            kin["terms"].as_array().expect("terms").iter().filter_map(|term| term[1].as_f64()).sum();
        let part = |key: &str| kin[key].as_f64().expect("a number");
        let score = dot * part("length") * part("recency") * part("kinship");
        assert!((score - part("score")).abs() < score / 50.0, "{kin}");
    }
    assert!(!site.run(&["why", "/"]).expect(0).out.contains("older stories"));
}
