//! Every finding there is, as it is printed: one newspaper in `findings.txt` and one snapshot for each code.

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::Command;

use crate::site::{SiteTest, rust_sources};

struct Case<'t> {
    /// The code and what the case shows.
    name: &'t str,
    /// What follows each `===`, and the lines below it.
    parts: Vec<(&'t str, &'t str)>,
}

fn cases() -> Vec<Case<'static>> {
    let (_, table) = include_str!("findings.txt").split_once("\n\n").expect("how to read the table");
    let split = |text: &'static str, mark: &'static str| {
        text.strip_prefix(mark)
            .unwrap_or("")
            .split(mark)
            .map(|part| part.split_once('\n').unwrap_or((part, "")))
    };
    let cases = table.split_inclusive("\n>>> ").map(|case| case.strip_suffix(">>> ").unwrap_or(case));
    cases
        .map(|case| {
            let (name, rest) = case.split_once('\n').expect("a case with files");
            Case { name: name.trim_start_matches(">>> "), parts: split(rest, "=== ").collect() }
        })
        .collect()
}

/// Text whose `\xNN` stand for bytes.
fn bytes(text: &str) -> Vec<u8> {
    let mut parts = text.split("\\x");
    let mut bytes = parts.next().unwrap_or("").as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).expect("two hexadecimal digits"));
        bytes.extend(&part.as_bytes()[2..]);
    }
    bytes
}

fn command(name: &str, arguments: &[&str]) {
    assert!(Command::new(name).args(arguments).status().expect("a command").success(), "{name}");
}

/// What the case's newspaper is told, without the last line, which has the time in it.
fn findings(case: &Case) -> String {
    let site = SiteTest::new().article("world/good.md", "Good", "", "Text.");
    let mut run = vec!["check".to_owned()];
    for (head, text) in &case.parts {
        let words: Vec<&str> = head.split(' ').collect();
        let at = |path: &str| site.path(&String::from_utf8_lossy(&bytes(path)));
        match words[..] {
            ["run", ..] => {
                run = words[1..].iter().map(|word| (*word).to_owned()).collect();
                let last = run.last_mut().expect("a command");
                *last = site.path(last).display().to_string();
            }
            ["no", path] => site.delete(path),
            ["link", path, target] => {
                let place = at(path);
                std::fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
                std::os::unix::fs::symlink(target, place).expect("a link");
            }
            ["pipe", path] => command("mkfifo", &[at(path).to_str().expect("plain")]),
            ["repeat", count, path] => {
                site.write(path, text.replace("\\*", &"x".repeat(count.parse().expect("a count"))));
            }
            [path] => {
                let path = bytes(path);
                site.write(std::ffi::OsStr::from_bytes(&path).to_str().expect("UTF-8"), bytes(text));
            }
            _ => panic!("what is {head:?}?"),
        }
    }
    let run = site.run(&run.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(run.code, 1, "{}: {}", case.name, run.err);
    let (told, _) = run.err.rsplit_once("\n\n").expect("findings, then a summary");
    told.replace(&format!("{}/", site.path("").display().to_string().trim_end_matches('/')), "")
}

#[test]
fn every_finding_is_printed_as_it_should_be() {
    for case in cases() {
        let told = findings(&case);
        let code = case.name.split(' ').next().unwrap_or("");
        assert!(told.contains(&format!("[{code}]")), "{} is not found:\n{told}", case.name);
        insta::with_settings!({ snapshot_path => "snapshots/findings", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(case.name.replace(' ', "-"), told);
        });
    }
}

#[test]
fn every_code_has_a_case() {
    let shown: BTreeSet<String> =
        cases().iter().map(|case| case.name.split(' ').next().unwrap_or("").to_owned()).collect();
    let mut made = BTreeSet::new();
    for (name, text) in rust_sources() {
        let text = text.split("#[cfg(test)]").next().unwrap_or("");
        if name.ends_with("/tests.rs") {
            continue;
        }
        for call in ["Diagnostic::error(", "Diagnostic::warning(", "self.error(", "self.warning("] {
            for after in text.split(call).skip(1) {
                let argument = after.trim_start().split([',', ')']).next().unwrap_or("");
                let code = match argument.strip_prefix('"') {
                    Some(code) => code.trim_end_matches('"'),
                    None if argument == "code" => continue,
                    None => constant(text, argument)
                        .unwrap_or_else(|| panic!("src/{name}: which code is {argument}?")),
                };
                made.insert(code.to_owned());
            }
        }
    }
    assert!(made.len() > 40, "{made:?}");
    let missing: Vec<&String> = made.symmetric_difference(&shown).collect();
    assert!(missing.is_empty(), "in src/ or in tests/it/findings.txt only: {missing:?}");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/snapshots/findings");
    let snapshots = std::fs::read_dir(folder).expect("snapshots").count();
    assert_eq!(snapshots, cases().len(), "a snapshot without a case, or a case without one");
}

/// The text of `const NAME: &str = "…"`.
fn constant<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.split_once(&format!("const {name}: &str = \""))?.1.split('"').next()
}
