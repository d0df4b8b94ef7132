//! House rules that no linter knows.

use std::fs;
use std::path::Path;

use crate::site::rust_sources;

/// The layers, lowest first; a file may import from its own and lower ones only.
const LAYERS: [&[&str]; 9] = [
    &[
        "diagnostic",
        "fingerprint",
        "source",
        "date",
        "route",
        "permalink",
        "base_url",
        "language",
        "plain",
        "yaml",
    ],
    &["config"],
    &["content"],
    &["archive"],
    &["edition"],
    &["render"],
    &["disk"],
    &["engine"],
    &["cli"],
];

const LONGEST_FILE_LINES: usize = 400;

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|modules| modules.contains(&module))
}

#[test]
fn imports_point_to_lower_layers_only() {
    for (name, text) in rust_sources() {
        let module = name.split(['/', '.']).next().unwrap_or("");
        let Some(own) = layer(module) else { continue };
        for (number, line) in text.lines().enumerate() {
            for part in line.split("crate::").skip(1) {
                let imported: String =
                    part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let Some(other) = layer(&imported) else { continue };
                assert!(other <= own, "src/{name}:{} imports from the higher layer `{imported}`", number + 1);
            }
        }
    }
}

#[test]
fn files_say_their_idea_and_keep_to_it() {
    for (name, text) in rust_sources() {
        assert!(text.starts_with("//! "), "src/{name} does not begin with its idea");
        let lines = text.lines().count();
        assert!(lines <= LONGEST_FILE_LINES, "src/{name} has {lines} lines");
    }
}

#[test]
fn only_the_borders_may_reach_outside() {
    for (name, text) in rust_sources() {
        let border = ["disk/mod.rs", "cli/mod.rs"].contains(&name.as_str());
        assert_eq!(
            text.contains("disallowed_methods"),
            border,
            "src/{name}: only src/disk and src/cli may lift the ban of `clippy.toml`, once each"
        );
    }
}

#[test]
fn names_are_the_newsrooms() {
    for (name, text) in rust_sources() {
        for word in ["Manager", "Handler", "Util", "Helper"] {
            for kind in ["struct", "enum", "trait", "mod"] {
                let banned = text.lines().any(|line| {
                    let mut words =
                        line.split(|c: char| !c.is_alphanumeric()).skip_while(|w| *w != kind).skip(1);
                    words.next().is_some_and(|found| found.contains(word))
                });
                assert!(!banned, "src/{name} names something `{word}`");
            }
        }
    }
}

#[test]
fn every_key_is_documented() {
    let read = |path: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path);
    let (configuration, writing) = (read("docs/configuration.md"), read("docs/writing.md"));
    for field in newsprint::config::FIELDS {
        assert!(
            configuration.contains(&format!("`{}`", field.name)),
            "docs/configuration.md lacks `{}`",
            field.name
        );
    }
    for field in newsprint::content::article::FIELDS {
        assert!(writing.contains(&format!("`{}`", field.name)), "docs/writing.md lacks `{}`", field.name);
    }
}
