//! `newsprint init`: a new newspaper with a config and a few articles.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde_json::json;

use super::args::Init;
use super::report::Report;
use crate::disk::refusal::Refusal;
use crate::render::theme::{built_in_statics, built_in_templates};

/// The files of a new newspaper.
const FILES: [(&str, &str); 5] = [
    ("newsprint.yaml", include_str!("init/newsprint.yaml")),
    ("content/news/welcome.md", include_str!("init/welcome.md")),
    ("content/city/bridge-reopens.md", include_str!("init/bridge-reopens.md")),
    ("content/_authors/asha-rao.md", include_str!("init/asha-rao.md")),
    ("content/_pages/about.md", include_str!("init/about.md")),
];

/// `newsprint init DIR`.
pub(super) fn run(options: &Init, report: &Report) -> anyhow::Result<u8> {
    let folder = &options.folder;
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) || folder.is_file() {
        return Err(Refusal::new(
            format!("`{}` is not an empty folder", folder.display()),
            "name a folder that does not exist yet",
        )
        .into());
    }
    for (name, text) in FILES {
        write(&folder.join(name), text.as_bytes())?;
    }
    if options.with_theme {
        for (kind, files) in [("templates", built_in_templates()), ("static", built_in_statics())] {
            for (name, content) in files {
                write(&folder.join(kind).join(name), content)?;
            }
        }
    }
    let shown = folder.display();
    let line = format!("a new newspaper is in `{shown}`; build it with `newsprint build --root {shown}`");
    report.summary(&line, &json!({ "folder": shown.to_string() }))?;
    Ok(0)
}

fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    fs::write(path, content).with_context(|| format!("cannot write `{}`", path.display()))
}
