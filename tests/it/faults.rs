//! Bad input: every fault is a finding with its place and a way out, all at once, and nothing is written.

use crate::site::{SiteTest, has_extension};

/// The findings of one article file among good ones.
fn findings_of(content: impl AsRef<[u8]>) -> Vec<String> {
    let site =
        SiteTest::new().article("world/good.md", "Good", "", "x").file("content/world/bad.md", content);
    let findings = site.findings();
    assert!(findings.iter().all(|finding| !finding.contains("good.md")), "{findings:?}");
    findings
}

fn header(lines: &str) -> String {
    format!("---\ntitle: A\ndate: 2026-01-01\n{lines}---\n\nText.\n")
}

#[test]
fn faults_of_headers_and_encodings() {
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("F01", b"---\ntitle: A\ndate: 2026-01-01\n\nText.".to_vec()),
        ("F02", b"".to_vec()),
        ("F03", b"Just text.\n".to_vec()),
        ("F04", b"---\ntitle: [unclosed\ndate: 2026-01-01\n---\nx\n".to_vec()),
        ("F05", header("title: B\n").into_bytes()),
        ("F06", b"---\ntitle: A\nimage:\n\tsrc: x\n---\nx\n".to_vec()),
        ("F07", header("draf: true\npublish_date: 2027-01-01\n").into_bytes()),
        ("F08", header("draft: \"yes\"\n").into_bytes()),
        ("F08b", header("draft: 1\n").into_bytes()),
        ("F09", header("Draft: true\n").into_bytes()),
        ("F10", b"---\ntitle: A\ndate: 2026-13-45\n---\nx\n".to_vec()),
        ("F10b", b"---\ntitle: A\ndate: 31/12/2026\n---\nx\n".to_vec()),
        ("F12", header("views: -5\n").into_bytes()),
        ("F12b", header("views: \"1,234\"\n").into_bytes()),
        ("F12c", header("views: 18446744073709551616\n").into_bytes()),
        ("F13", header("author: {name: x}\n").into_bytes()),
        ("F13b", header("author: [\"\"]\n").into_bytes()),
        ("F14", header("category: \"..\"\n").into_bytes()),
        ("F18", b"---\ntitle: A\ndate: 2026-01-01\n---\ncaf\xe9\n".to_vec()),
        ("F19", b"\xff\xfe-\0-\0".to_vec()),
        ("F31", header("slug: ../../x\naliases: [/a/../../b, /etc/x/%2e%2e/, C:\\x]\n").into_bytes()),
        ("F32", header("slug: con\n").into_bytes()),
        ("updated", header("updated: 2025-12-31\n").into_bytes()),
    ];
    let shown: Vec<String> = cases
        .into_iter()
        .map(|(name, content)| format!("{name}\n  {}", findings_of(content).join("\n  ")))
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn marks_newlines_and_control_characters_do_no_harm() {
    let site = SiteTest::new()
        .file("content/world/a.md", "---\ntitle: A\ndate: 2026-01-01\nslug: s\n---\n\nOne\ntwo.\n\nThree.\n");
    site.build();
    let plain = site.page("world/2026/01/s/index.html");
    for text in [
        "\u{feff}---\ntitle: A\ndate: 2026-01-01\nslug: s\n---\n\nOne\ntwo.\n\nThree.\n",
        "---\r\ntitle: A\r\ndate: 2026-01-01\r\nslug: s\r\n---\r\n\r\nOne\r\ntwo.\r\n\r\nThree.\r\n",
        "---\rtitle: A\rdate: 2026-01-01\rslug: s\r---\r\rOne\rtwo.\r\rThree.\r",
    ] {
        site.write("content/world/a.md", text);
        site.build();
        assert_eq!(site.page("world/2026/01/s/index.html"), plain);
    }
    site.write(
        "content/world/a.md",
        "---\ntitle: \"A\\u0001b\"\ndate: 2026-01-01\nslug: s\n---\nOne\u{1}two\u{0}\n",
    );
    let findings = site.findings();
    assert_eq!(findings.len(), 2, "{findings:?}");
    site.build();
    for (name, bytes) in site.tree() {
        let is_text =
            !name.starts_with("favicon") && !name.starts_with("fonts/") && !has_extension(&name, "bin");
        assert!(!is_text || !bytes.contains(&1) && !bytes.contains(&0), "{name}");
    }
}

#[test]
fn faults_of_the_config_are_found() {
    let cases = [
        ("unknown key", "title: A\nbase_url: https://a.example/\nauthor: x\n"),
        ("no scheme", "title: A\nbase_url: a.example\n"),
        ("query", "title: A\nbase_url: https://a.example/?q\n"),
        ("space", "title: A\nbase_url: https://a example/\n"),
        ("syntax", "title: [A\n"),
        ("empty", ""),
    ];
    let shown: Vec<String> = cases
        .iter()
        .map(|(name, config)| {
            format!("{name}\n  {}", SiteTest::new().file("newsprint.yaml", config).findings().join("\n  "))
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn a_missing_time_zone_is_said_once() {
    let site = SiteTest::new()
        .file("newsprint.yaml", "title: A\nbase_url: https://a.example/\n")
        .article("world/a.md", "A", "", "x")
        .article("world/b.md", "B", "", "x");
    let run = site.run(&["build"]).expect(1);
    assert_eq!(run.err.matches("error[no-timezone]").count(), 1, "{}", run.err);
    assert!(run.err.contains("1 more dates are without one"), "{}", run.err);
}

#[test]
fn seven_broken_files_are_seven_findings() {
    let mut site = SiteTest::new().article("world/good.md", "Good", "", "x");
    for number in 1..=7 {
        site = site.article(&format!("world/bad{number}.md"), "Bad", "views: many\n", "x");
    }
    let findings = site.findings();
    assert_eq!(findings.iter().filter(|finding| finding.contains("wrong-type")).count(), 7, "{findings:?}");
}

#[test]
fn hostile_sizes_end_quickly() {
    let started = std::time::Instant::now();
    let bodies = [
        ">".repeat(50_000),
        "[".repeat(50_000),
        "*a_".repeat(50_000),
        "`".repeat(50_000),
        "<!--".repeat(50_000),
        "- ".repeat(5_000),
        format!("|{}\n|{}\n|{}\n", "a|".repeat(10_000), "-|".repeat(10_000), "b|".repeat(10_000)),
        "<div>".repeat(20_000),
        "[[a".repeat(20_000),
    ];
    let mut site = SiteTest::new();
    for (number, body) in bodies.iter().enumerate() {
        site = site.article(&format!("world/h{number}.md"), "Hostile", "", body);
    }
    let long = "x".repeat(100_000);
    site = site.article("world/long.md", &long, "", "x");
    site = site.file("content/world/deep.md", format!("---\na: {}\n---\n", "[".repeat(20_000)));
    let run = site.run(&["check", "-q"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.err.contains("deep.md"), "{}", run.err);
    site.delete("content/world/deep.md");
    site.build();
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn template_syntax_in_an_article_is_text() {
    let site = SiteTest::new().article(
        "world/a.md",
        "{{ site.title }} {% if x %}",
        "slug: a\n",
        "{{ 1 + 1 }} {% raw %} {# x #}",
    );
    site.build();
    let page = site.page("world/2026/01/a/index.html");
    assert!(
        page.contains("{{ 1 + 1 }} {% raw %} {# x #}") && page.contains("{{ site.title }} {% if x %}"),
        "{page}"
    );
}
