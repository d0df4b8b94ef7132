//! The commands as people type them.

use std::process::Command;

use crate::site::{SiteTest, tree};

fn newsprint(arguments: &[&str]) -> (i32, String, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_newsprint")).args(arguments).output().expect("the binary runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

#[test]
fn init_makes_a_newspaper_that_builds_without_findings() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let root = folder.path().join("paper");
    let root = root.to_string_lossy();
    assert_eq!(newsprint(&["init", &root]).0, 0);
    assert_eq!(newsprint(&["build", "--strict", "--root", &root]).0, 0);
    let plain = tree(&folder.path().join("paper/public"));
    assert_eq!(newsprint(&["init", &root]).0, 3, "a folder that is not empty is refused");
    let with_theme = folder.path().join("themed");
    let with_theme = with_theme.to_string_lossy();
    assert_eq!(newsprint(&["init", "--with-theme", &with_theme]).0, 0);
    assert_eq!(newsprint(&["build", "--root", &with_theme]).0, 0);
    let themed = tree(&folder.path().join("themed/public"));
    assert_eq!(plain["index.html"], themed["index.html"], "the theme copied out gives the same pages");
}

#[test]
fn the_anchor_form_is_imported_with_all_its_parts() {
    let story = "Mayor Opens the New Pier: \"At Last\"\n- Posted on August 26, 2025\n- City Politics\n- By Asha Rao\n- 104 Views\n\
                 The mayor opened the pier.\n\nFirst *paragraph* of the story.\nAlso Read: Pier Costs Double\nLast paragraph.\n";
    let site = SiteTest::new().file("story.txt", story);
    let file = site.path("story.txt");
    site.run(&["import", "text", &file.to_string_lossy()]).expect(0);
    site.run(&["import", "text", &file.to_string_lossy()]).expect(0);
    let run = site.build();
    assert!(run.err.contains("also-read-unresolved"), "{}", run.err);
    let path = "city-politics/2025/08/mayor-opens-the-new-pier-at-last/index.html";
    let page = site.page(path);
    for part in [
        "<h1 class=\"headline\">Mayor Opens the New Pier: &quot;At Last&quot;</h1>",
        "Posted on <time datetime=\"2025-08-26T00:00:00+00:00\">August 26, 2025</time>",
        "href=\"/city-politics/\">City Politics</a>",
        "href=\"/authors/asha-rao/\">Asha Rao</a>",
        "104 Views",
        "The mayor opened the pier.",
        "<p>First *paragraph* of the story.</p>",
        "<p>Also Read: Pier Costs Double</p>",
        "<p>Last paragraph.</p>",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    let site = site.article("city-politics/pier.md", "Pier Costs Double", "", "x");
    site.build();
    assert!(
        site.page(path)
            .contains("Also Read:</span> <a href=\"/city-politics/2026/01/pier/\">Pier Costs Double</a>")
    );
    assert!(site.findings().is_empty());
    site.write("story.txt", story.replace("First", "Changed"));
    site.run(&["import", "text", &file.to_string_lossy()]).expect(3);
    site.run(&["import", "text", "--force", &file.to_string_lossy()]).expect(0);
}

#[test]
fn new_makes_a_draft_that_checks() {
    let site = SiteTest::new().article("news/a.md", "A", "", "x");
    let run = site
        .run(&["new", "It's \"quoted\": a title", "--category", "City", "--author", "Asha Rao"])
        .expect(0);
    assert!(run.err.contains("content/city/2026/its-quoted-a-title.md"), "{}", run.err);
    site.run(&["check"]).expect(0);
    site.run(&["new", "It's \"quoted\": a title", "--category", "City"]).expect(3);
    site.run(&["build", "--drafts"]).expect(0);
    assert!(site.has("city/2026/11/its-quoted-a-title/index.html"));
}

#[test]
fn check_writes_nothing_and_exits_with_one_when_there_is_a_finding() {
    let site = SiteTest::new().article("world/a.md", "A", "", "Also Read: Nothing");
    site.run(&["check"]).expect(1);
    assert!(!site.path("public").exists());
    site.write("content/world/a.md", "---\ntitle: A\ndate: 2026-01-01\n---\nx\n");
    site.run(&["check"]).expect(0);
}

#[test]
fn schemas_completions_and_the_manual_are_printed() {
    for of in ["article", "config"] {
        let (code, out, _) = newsprint(&["schema", of]);
        let schema: serde_json::Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!((code, &schema["additionalProperties"]), (0, &serde_json::Value::Bool(false)));
    }
    for shell in ["bash", "zsh", "fish"] {
        assert!(newsprint(&["completions", shell]).1.contains("newsprint"));
    }
    assert!(newsprint(&["man"]).1.contains(".TH"));
}

#[test]
fn usage_errors_exit_with_two() {
    assert_eq!(newsprint(&["bild"]).0, 2);
    assert_eq!(newsprint(&["build", "--now", "yesterday"]).0, 2);
    let nowhere = tempfile::TempDir::new().expect("a folder");
    let (code, _, err) = newsprint(&["build", "--root", &nowhere.path().to_string_lossy()]);
    assert!(code == 1 && err.contains("newsprint init"), "{code}: {err}");
}

#[test]
fn the_summary_says_what_was_built() {
    let site = SiteTest::new()
        .article("world/a.md", "A", "", "x")
        .article("world/b.md", "B", "date: 2027-05-01\n", "x")
        .article("world/c.md", "C", "draft: true\n", "x");
    let run = site.build();
    let line = run.err.lines().last().expect("a line");
    assert!(
        line.starts_with("1 article, ")
            && line.contains("1 scheduled, next at 2027-05-01T00:00:00+00:00; 1 draft"),
        "{line}"
    );
    let run = site.run(&["build", "--json"]).expect(0);
    let record: serde_json::Value =
        serde_json::from_str(run.out.lines().last().expect("a line")).expect("JSON");
    assert_eq!((&record["articles"], &record["scheduled"]), (&serde_json::json!(1), &serde_json::json!(1)));
    assert_eq!(site.run(&["build", "-q"]).expect(0).err, "");
}
