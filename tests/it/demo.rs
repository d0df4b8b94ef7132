//! The demo newspaper: the repository itself, built whole, its links crawled, its bytes remembered.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use html5ever::tendril::TendrilSink as _;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

use crate::site::{NOW, tree};
use crate::site::{has_extension, skipped};

fn build() -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::TempDir::new().expect("a folder");
    let output = folder.path().join("out");
    let run = Command::new(env!("CARGO_BIN_EXE_newsprint"))
        .args(["build", "--strict", "--now", NOW, "--root", env!("CARGO_MANIFEST_DIR"), "--output"])
        .arg(&output)
        .output()
        .expect("the binary runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    tree(&output)
}

#[test]
fn the_demo_builds_without_a_finding_and_every_file_is_remembered() {
    let files = build();
    let lines: Vec<String> = files
        .iter()
        .filter(|(name, _)| !name.starts_with(".newsprint"))
        .map(|(name, bytes)| format!("{} {name}", newsprint::fingerprint::Fingerprint::of(bytes).short(16)))
        .collect();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/demo.txt");
    let expected = std::fs::read_to_string(&golden).unwrap_or_default();
    let now = lines.join("\n") + "\n";
    if std::env::var_os("NEWSPRINT_UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(golden.parent().expect("a folder")).expect("a folder");
        std::fs::write(&golden, &now).expect("the golden list");
        return;
    }
    let changed: Vec<&str> = now.lines().filter(|line| !expected.contains(*line)).collect();
    assert!(
        now == expected,
        "run with NEWSPRINT_UPDATE_GOLDEN=1 and look at the difference; changed:\n{}",
        changed.join("\n")
    );
}

#[test]
fn no_link_of_the_demo_leads_nowhere() {
    let files = build();
    let mut checked = 0;
    for (name, bytes) in files.iter().filter(|(name, _)| has_extension(name, "html")) {
        let dom = parse_document(RcDom::default(), ParseOpts::default())
            .one(String::from_utf8_lossy(bytes).as_ref());
        for (attribute, value) in links(&dom.document) {
            let Some(path) = value.strip_prefix('/') else { continue };
            let path = path.split(['#', '?']).next().unwrap_or("");
            let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned();
            let file = if decoded.is_empty() || decoded.ends_with('/') {
                format!("{decoded}index.html")
            } else {
                decoded
            };
            assert!(files.contains_key(&file), "{name}: {attribute}=\"{value}\" leads nowhere");
            checked += 1;
        }
    }
    assert!(checked > 1_000, "only {checked} links were followed");
}

#[test]
fn ids_are_unique_and_each_page_has_one_heading() {
    for (name, bytes) in
        build().iter().filter(|(name, _)| has_extension(name, "html") && !name.starts_with("fragments/"))
    {
        let text = String::from_utf8_lossy(bytes);
        if text.contains("http-equiv=\"refresh\"") {
            continue;
        }
        let dom = parse_document(RcDom::default(), ParseOpts::default()).one(text.as_ref());
        let mut ids = BTreeSet::new();
        let mut headings = 0;
        each_element(&dom.document, &mut |element, attributes| {
            headings += usize::from(element == "h1");
            for (attribute, value) in attributes {
                assert!(
                    attribute != "id" || ids.insert(value.clone()),
                    "{name}: the id `{value}` stands twice"
                );
            }
        });
        assert_eq!(headings, 1, "{name}");
    }
}

/// The Nu HTML checker (npm `vnu-jar`, with Java) on every page; `VNU_JAR` names the jar.
#[test]
fn the_html_checker_finds_no_error() {
    let Some(jar) = std::env::var_os("VNU_JAR") else {
        return skipped("VNU_JAR does not name the jar of the HTML checker");
    };
    let folder = tempfile::TempDir::new().expect("a folder");
    let mut pages = 0;
    for (name, bytes) in build() {
        if has_extension(&name, "html") && !name.starts_with("fragments/") {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, bytes).expect("a page");
            pages += 1;
        }
    }
    assert!(pages > 60, "only {pages} pages");
    let run = Command::new("java")
        .arg("-jar")
        .arg(jar)
        .args(["--errors-only", "--skip-non-html"])
        .arg(folder.path())
        .output()
        .expect("Java runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

/// `xmllint` on every XML file.
#[test]
fn all_xml_is_well_formed_for_xmllint() {
    if Command::new("xmllint").arg("--version").output().is_err() {
        return skipped("xmllint is not installed");
    }
    let folder = tempfile::TempDir::new().expect("a folder");
    let mut files = 0;
    for (name, bytes) in build() {
        if has_extension(&name, "xml") {
            let path = folder.path().join(name.replace('/', "-"));
            std::fs::write(&path, bytes).expect("a file");
            let run = Command::new("xmllint").arg("--noout").arg(&path).output().expect("xmllint runs");
            assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
            files += 1;
        }
    }
    assert!(files > 50, "only {files} files");
}

fn links(root: &Handle) -> Vec<(String, String)> {
    let mut found = Vec::new();
    each_element(root, &mut |_, attributes| {
        let leads = |name: &str| matches!(name, "href" | "src" | "data-fragment");
        found.extend(attributes.iter().filter(|(name, _)| leads(name)).cloned());
    });
    found
}

/// Sees an element's name and attributes.
type See<'a> = &'a mut dyn FnMut(&str, &[(String, String)]);

fn each_element(root: &Handle, see: See<'_>) {
    let mut open = vec![root.clone()];
    while let Some(node) = open.pop() {
        if let NodeData::Element { name, attrs, .. } = &node.data {
            let attributes: Vec<(String, String)> =
                attrs.borrow().iter().map(|a| (a.name.local.to_string(), a.value.to_string())).collect();
            see(&name.local, &attributes);
        }
        open.extend(node.children.borrow().iter().cloned());
    }
}
