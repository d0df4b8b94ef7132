//! The output folder: exchanged whole, never somebody else's, the same bytes whatever the surroundings.

use std::fs;

use crate::site::SiteTest;
use crate::site::has_extension;

fn small() -> SiteTest {
    SiteTest::new()
        .article("world/a.md", "A story", "tags: [x]\nauthor: Asha Rao\nviews: 3\n", "Text [[b]].")
        .article("city/b.md", "Another story", "date: 2026-01-01\n", "Text.")
}

#[test]
fn a_failed_build_leaves_the_old_site() {
    let site = small();
    site.build();
    let before = site.tree();
    let site = site.article("world/c.md", "C", "draft: \"yes\"\n", "x").article(
        "world/d.md",
        "D",
        "titel: x\n",
        "x",
    );
    let run = site.run(&["build"]).expect(1);
    assert!(
        run.err.contains("content/world/c.md:4:8") || run.err.contains("content/world/c.md:4"),
        "{}",
        run.err
    );
    assert!(run.err.contains("content/world/d.md"), "all findings at once:\n{}", run.err);
    assert_eq!(before, site.tree());
}

#[test]
fn a_broken_template_leaves_the_old_site_and_names_its_place() {
    let site = small();
    site.build();
    let before = site.tree();
    site.write("templates/parts/kicker.html", "<p>\n{{ nothing.here }}</p>");
    let run = site.run(&["build"]).expect(1);
    assert!(
        run.err.contains("templates/parts/kicker.html:2") && run.err.contains("rendering `/"),
        "{}",
        run.err
    );
    assert_eq!(before, site.tree());
    site.write("templates/parts/kicker.html", "{% extends \"parts/kicker.html\" %}");
    let run = site.run(&["build"]).expect(1);
    assert!(run.err.contains("templates/parts/kicker.html"), "{}", run.err);
    site.write("templates/parts/kicker.html", "<p class=\"mine\">{{ story.category.name }}</p>");
    site.build();
    assert!(site.page("world/2026/01/a/index.html").contains("<p class=\"mine\">World</p>"));
}

#[test]
fn removed_articles_vanish_and_foreign_files_stay() {
    let site = small();
    site.build();
    fs::write(site.path("public/CNAME"), "news.example").expect("a foreign file");
    assert!(site.has("city/2026/01/b/index.html"));
    site.delete("content/city/b.md");
    site.build();
    assert!(!site.has("city/2026/01/b/index.html") && !site.has("city/index.html"));
    assert_eq!(site.page("CNAME"), "news.example");
}

#[test]
fn folders_that_are_not_ours_are_refused() {
    let site = small();
    fs::create_dir_all(site.path("mine")).expect("a folder");
    fs::write(site.path("mine/thesis.txt"), "years of work").expect("a file");
    for output in ["mine", ".", "content", "content/x", "..", "/", "newsprint.yaml"] {
        let output = site.path(output);
        let before = crate::site::tree(&site.path("mine"));
        let run = site.run(&["build", "--output", &output.to_string_lossy()]).expect(3);
        assert!(run.err.contains("help:"), "{}", run.err);
        assert_eq!(before, crate::site::tree(&site.path("mine")));
    }
}

#[test]
fn the_same_input_gives_the_same_bytes_everywhere() {
    let (one, other) = (small(), small());
    one.run_with(
        &["build"],
        &[("TZ", "Pacific/Kiritimati"), ("LANG", "tr_TR.UTF-8"), ("RAYON_NUM_THREADS", "1")],
    )
    .expect(0);
    other
        .run_with(&["build"], &[("TZ", "America/New_York"), ("LC_ALL", "C"), ("RAYON_NUM_THREADS", "4")])
        .expect(0);
    assert_eq!(one.tree(), other.tree());
    let again = one.tree();
    one.build();
    assert_eq!(again, one.tree());
}

#[test]
fn unpublished_articles_leave_no_trace() {
    let with = small()
        .article(
            "world/draft.md",
            "canary title one",
            "draft: true\ntags: [canary-tag]\nauthor: Canary Author\naliases: [/canary-alias/]\n",
            "canary body [[a]]",
        )
        .article(
            "canarycat/later.md",
            "canary title two",
            "date: 2026-11-24T00:00:01Z\nviews: 99999\n",
            "canary body",
        )
        .file(
            "content/world/bundle/index.md",
            "---\ntitle: canary three\ndate: 2026-01-01\ndraft: true\n---\nx\n",
        )
        .file("content/world/bundle/canary.jpg", "canary picture");
    let without = small();
    with.build();
    without.build();
    assert_eq!(with.tree(), without.tree());
}

#[test]
fn a_scheduled_story_appears_at_its_instant_in_every_channel() {
    let site = small().article("world/later.md", "Embargo lifted", "date: 2026-11-24T06:00:00+05:30\n", "x");
    let path = "world/2026/11/later/index.html";
    for (now, there) in [("2026-11-24T00:29:59Z", false), ("2026-11-24T00:30:00Z", true)] {
        let root = site.path("");
        let run = std::process::Command::new(env!("CARGO_BIN_EXE_newsprint"))
            .args(["build", "--now", now, "--root"])
            .arg(&root)
            .output()
            .expect("the binary runs");
        assert!(run.status.success());
        assert_eq!(site.has(path), there, "{now}");
        for page in [
            "index.html",
            "world/index.html",
            "feed.xml",
            "atom.xml",
            "feed.json",
            "world/feed.json",
            "archive/2026/11/index.html",
        ] {
            let shown = site.has(page) && site.page(page).contains("Embargo lifted");
            assert_eq!(shown, there, "{page} at {now}");
        }
        let month = "sitemap-2026-11.xml";
        assert_eq!(site.has(month) && site.page(month).contains("/later/"), there, "{now}");
        assert_eq!(site.page("sitemap-news.xml").contains("/later/"), there, "{now}");
        let told =
            String::from_utf8_lossy(&run.stderr).contains("1 scheduled, next at 2026-11-24T00:30:00+00:00");
        assert_eq!(told, !there, "{}", String::from_utf8_lossy(&run.stderr));
    }
}

#[test]
fn secrets_and_backups_are_not_published() {
    let site = small()
        .file("static/.env", "PASSWORD=canary")
        .file("static/id_rsa", "canary")
        .file("static/page.html~", "canary")
        .file("static/.well-known/security.txt", "Contact: x")
        .file("content/world/bundle/index.md", "---\ntitle: B\ndate: 2026-01-01\n---\nx\n")
        .file("content/world/bundle/notes.bak", "canary");
    let run = site.build();
    assert!(run.err.contains("static/.env"), "{}", run.err);
    assert!(site.has(".well-known/security.txt"));
    let leaked = site.tree().into_iter().find(|(_, bytes)| String::from_utf8_lossy(bytes).contains("canary"));
    assert!(leaked.is_none(), "{:?}", leaked.map(|(name, _)| name));
}

#[test]
fn assets_carry_their_hash_and_change_it_with_their_content() {
    let site = small();
    site.build();
    let stylesheet = |site: &SiteTest| {
        site.tree()
            .into_keys()
            .find(|name| name.starts_with("style.") && has_extension(name, "css"))
            .expect("a style sheet")
    };
    let before = stylesheet(&site);
    assert!(site.page("index.html").contains(&format!("href=\"/{before}\"")));
    site.write("static/style.css", "body { color: teal }");
    site.build();
    let after = stylesheet(&site);
    assert_ne!(before, after);
    assert!(!site.has(&before) && site.page(&after).contains("teal"));
}

#[test]
fn two_builds_at_once_do_no_harm() {
    let site = small();
    let expected = {
        let other = small();
        other.build();
        other.tree()
    };
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..6).map(|_| scope.spawn(|| site.run(&["build"]).code)).collect();
        for run in runs {
            let code = run.join().expect("a thread");
            assert!(code == 0 || code == 75, "{code}");
        }
    });
    assert_eq!(site.tree(), expected);
}

#[test]
fn an_article_in_another_language_says_so() {
    let site = SiteTest::new()
        .article("world/a.md", "خبر", "lang: ur\nslug: a\ndescription: متن\n", "متن")
        .article("world/b.md", "News", "", "Text.");
    site.build();
    let page = site.page("world/2026/01/a/index.html");
    // What the article says is in its language, what the newspaper says about it is not.
    for part in ["h1 class=\"headline", "p class=\"dek", "div class=\"article-body"] {
        assert!(page.contains(&format!("<{part}\" lang=\"ur\" dir=\"rtl\">")), "{part}: {page}");
    }
    assert!(
        page.contains("<article class=\"article\">") && page.contains("<div class=\"article-meta\">"),
        "{page}"
    );
    let list = site.page("world/index.html");
    assert!(list.contains("<a href=\"/world/2026/01/a/\" lang=\"ur\" dir=\"rtl\">"), "{list}");
    assert!(list.contains("lang=\"ur\" dir=\"rtl\">متن</p>"), "{list}");
    assert!(list.contains("<a href=\"/world/2026/01/news/\">") || list.contains("/b/\">"), "{list}");
    let plain = site.page("world/2026/01/b/index.html");
    assert!(
        plain.contains("<h1 class=\"headline\">") && plain.contains("<div class=\"article-body\">"),
        "{plain}"
    );
}
