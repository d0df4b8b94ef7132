//! Properties: whatever is done to the input, the binary answers with findings, never with a panic or a mixed site.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use newsprint::config::Config as SiteConfig;
use newsprint::content::{article, prose, records};
use newsprint::source::{Source, SourcePath};

const STORY: &str = "---\ntitle: \"A story: of sorts\"\ndate: 2026-01-02 10:30\nauthors: [Asha Rao, B]\ntags: [a, b]\nviews: 7\n\
                     image: {src: a.jpg, alt: x}\nalso_read: [Other]\n---\n\nText with [[wiki|link]] and [a](b.md), *em*[^1].\n\n\
                     Also Read: Other\n\n| a | b |\n|--|:-:|\n| 1 | <b>x</b> |\n\n> quote\n\n![i](x.png \"t\")\n\n[^1]: note https://x.example/a_(b).\n";

fn config() -> SiteConfig {
    let source = Source::new(
        SourcePath::new("newsprint.yaml"),
        "title: T\nbase_url: https://a.example/\ntimezone: UTC\n",
    );
    SiteConfig::read(&source).0.expect("a config")
}

#[test]
fn mutated_articles_never_panic_and_findings_have_their_place() {
    let config = config();
    let dialect = prose::dialect(&config);
    let edits = prop::collection::vec(
        (
            0..STORY.len(),
            prop_oneof![
                any::<char>().prop_map(|c| c.to_string()),
                prop::sample::select(vec![
                    "---\n", "\n", "[", "]]", "|", "`", "<", "\t", ": ", "&", "*", "\u{0}", "é", "> ", "- ",
                    "!["
                ])
                .prop_map(str::to_owned),
                Just(String::new()),
            ],
            0..6usize,
        ),
        1..12,
    );
    let mut runner = TestRunner::new(Config::with_cases(if cfg!(debug_assertions) { 1_500 } else { 10_000 }));
    runner
        .run(&edits, |edits| {
            let mut text = STORY.to_owned();
            for (at, insert, remove) in edits {
                let start = text.floor_char_boundary(at.min(text.len()));
                let end = text.floor_char_boundary((start + remove).min(text.len()));
                text.replace_range(start..end.max(start), &insert);
            }
            let Ok(source) = Source::decode(SourcePath::new("content/w/a.md"), text.into_bytes()) else {
                return Ok(());
            };
            let (article, _, findings) = article::parse(&source, &config, &dialect);
            prop_assert!(article.is_some() || !findings.is_empty());
            for finding in &findings {
                prop_assert!(!finding.labels().is_empty() && !finding.help_lines().is_empty(), "{finding:?}");
                let label = &finding.labels()[0];
                prop_assert!(label.excerpt.get(label.underlined.range()).is_some(), "{label:?}");
            }
            drop(records::category(&source, &dialect));
            drop(records::author(&source, &config, &dialect));
            drop(records::page(&source, &config, &dialect));
            Ok(())
        })
        .expect("no mutation breaks the reader");
}

#[test]
fn mutated_configs_never_panic() {
    let text = "title: T\nbase_url: https://a.example/x/\nalso_read: {label: [A, B], count: 3}\ntheme: {accent: \"#abc\"}\n";
    let mut runner = TestRunner::new(Config::with_cases(800));
    let edits = prop::collection::vec((0..text.len(), any::<char>()), 1..6);
    runner
        .run(&edits, |edits| {
            let mut text = text.to_owned();
            for (at, letter) in edits {
                text.insert(text.floor_char_boundary(at.min(text.len())), letter);
            }
            let source = Source::decode(SourcePath::new("newsprint.yaml"), text.into_bytes()).expect("UTF-8");
            let (config, findings) = SiteConfig::read(&source);
            prop_assert!(config.is_some() || !findings.is_empty());
            Ok(())
        })
        .expect("no mutation breaks the reader");
}

#[test]
fn both_walks_over_a_text_see_the_same_references() {
    use newsprint::content::front_matter::split;
    use newsprint::content::markdown::{Resolution, outline, to_html};
    let config = config();
    let dialect = prose::dialect(&config);
    let mut runner = TestRunner::new(Config::with_cases(500));
    let piece = prop::sample::select(vec![
        "[[a]] ",
        "[x](b.md)",
        "\n\nAlso Read: T\n",
        "![i](c.png)",
        "`[[no]]`",
        "\n",
        "- ",
        "> ",
        "*",
        "**",
        "[",
        "<b>",
        "|a|\n|-|\n",
    ]);
    runner
        .run(&prop::collection::vec(piece, 0..30), |pieces| {
            let source =
                Source::new(SourcePath::new("content/w/a.md"), &format!("---\n---\n{}", pieces.concat()));
            let body = split(&source).expect("a header").body;
            let (outline, _) = outline(&source, body, &dialect);
            let mut seen = Vec::new();
            drop(to_html(&source, body, &dialect, "", &mut |index, reference| {
                seen.push((index, reference.clone()));
                Resolution::Link { href: "/x/".to_owned(), title: None }
            }));
            let expected: Vec<_> = outline.references.into_iter().enumerate().collect();
            prop_assert_eq!(seen, expected);
            Ok(())
        })
        .expect("the walks agree");
}
