//! Markdown at the border: what raw HTML points to, whose an id is, and what is said about a text.

use std::collections::BTreeSet;
use std::path::Path;

use html5ever::tendril::TendrilSink as _;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

use crate::site::SiteTest;

#[test]
fn links_and_pictures_in_raw_html_are_those_of_markdown() {
    let body = "<p><a href=\"../other.md#part\">other</a> <a href=\"lost.md\">lost</a></p>\n\n\
                <figure><img src=\"there.svg\" alt=\"There\"></figure> <img src=\"gone.jpg\" alt=\"Gone\">";
    let site = SiteTest::new()
        .article("w/other.md", "Other", "", "Text.")
        .article("w/a/index.md", "A", "", body)
        .file("content/w/a/there.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
    site.build();
    let page = site.page("w/2026/01/a/index.html");
    for part in [
        "<a href=\"/w/2026/01/other/#part\">other</a>",
        "<a>lost</a>",
        "<img src=\"/w/2026/01/a/there.svg\" alt=\"There\" loading=\"lazy\">",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!page.contains("lost.md") && !page.contains("gone.jpg"), "{page}");
    let findings = site.findings();
    let found = |code: &str, name: &str| findings.iter().any(|f| f.contains(code) && f.contains(name));
    assert!(found("dead-link", "lost.md") && found("missing-picture", "gone.jpg"), "{findings:?}");
    assert_eq!(findings.len(), 2, "{findings:?}");
}

#[test]
fn texts_may_choose_no_id_of_the_theme() {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut ids = BTreeSet::new();
    for entry in walkdir::WalkDir::new(templates).into_iter().flatten().filter(|e| e.file_type().is_file()) {
        let text = std::fs::read_to_string(entry.path()).expect("a template");
        let values = text.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next());
        ids.extend(values.filter(|id| !id.contains('{')).map(str::to_owned));
    }
    assert!(ids.len() > 5, "{ids:?}");
    let parts: Vec<String> = ids.iter().map(|id| format!("<i id=\"{id}\">x</i>\n\n## {id}\n\n")).collect();
    let site = SiteTest::new().article("w/a.md", "A", "tags: [t]\n", &parts.concat());
    site.build();
    assert_eq!(site.findings().iter().filter(|f| f.contains("raw-html-removed")).count(), ids.len());
    let page = site.page("w/2026/01/a/index.html");
    let dom = parse_document(RcDom::default(), ParseOpts::default()).one(page.as_str());
    let mut seen = BTreeSet::new();
    each_id(&dom.document, &mut |id| assert!(seen.insert(id.to_owned()), "the id `{id}` stands twice"));
    assert!(ids.iter().all(|id| seen.contains(&format!("{id}-2"))), "{seen:?}");
}

fn each_id(root: &Handle, visit: &mut dyn FnMut(&str)) {
    if let NodeData::Element { attrs, .. } = &root.data {
        attrs.borrow().iter().filter(|a| &*a.name.local == "id").for_each(|a| visit(&a.value));
    }
    for child in root.children.borrow().iter() {
        each_id(child, visit);
    }
}

#[test]
fn quotation_marks_are_those_of_the_site() {
    let site = SiteTest::new().article("w/a.md", "A", "", "Er sagte: \"Ja.\"");
    for (language, text) in [("de", "„Ja.“"), ("fr", "«\u{202F}Ja.\u{202F}»"), ("hi", "“Ja.”")] {
        site.write("newsprint.yaml", format!("{}language: {language}\n", crate::site::CONFIG));
        site.build();
        assert!(site.page("w/2026/01/a/index.html").contains(text), "{language}");
    }
}

#[test]
fn deep_nesting_and_unused_notes_are_findings() {
    let body = format!("{}deep\n\nText.\n\n[^n]: note\n", ">".repeat(300));
    let site = SiteTest::new().article("w/a.md", "A", "", &body);
    site.build();
    let findings = site.findings();
    for code in ["nested-too-deep", "unused-footnote"] {
        assert!(findings.iter().any(|f| f.contains(code)), "{code}: {findings:?}");
    }
}
