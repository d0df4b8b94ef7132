//! `newsprint new`: an article file with a correct header.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::args::{Common, New};
use super::build::now;
use super::report::Report;
use crate::config::Config;
use crate::disk::refusal::Refusal;
use crate::route::{Slug, SlugLetters};
use crate::source::{Source, SourcePath};

/// `newsprint new TITLE`.
pub(super) fn run(common: &Common, options: &New, report: &Report) -> anyhow::Result<u8> {
    let place = common.root.join(crate::config::FILE_NAME);
    let bytes = fs::read(&place).with_context(|| format!("cannot read `{}`", place.display()))?;
    let config = Source::decode(SourcePath::new(crate::config::FILE_NAME), bytes)
        .ok()
        .and_then(|s| Config::read(&s).0);
    let zone = config.as_ref().and_then(|config| config.timezone.clone());
    let date = if let Some(date) = &options.date {
        date.clone()
    } else {
        let now = now(common)?.in_zone(zone.as_ref());
        let pattern = if zone.is_some() { "%Y-%m-%d %H:%M" } else { "%Y-%m-%dT%H:%M:%S%:z" };
        now.format(pattern).unwrap_or_else(|| now.rfc3339())
    };
    let part = |name: &str, other: &str| {
        Slug::of(name, SlugLetters::Unicode).map_or_else(|| other.to_owned(), |slug| slug.as_str().to_owned())
    };
    let mut header = vec![("title", json!(options.title)), ("date", json!(date))];
    header.extend(options.author.as_ref().map(|author| ("author", json!(author))));
    header.push(("draft", json!(true)));
    let year = date.get(..4).filter(|year| year.bytes().all(|b| b.is_ascii_digit())).unwrap_or("").to_owned();
    let folder = common.root.join("content").join(part(&options.category, "news")).join(year);
    let path = folder.join(format!("{}.md", part(&options.title, "story")));
    write_article(&path, &header, "Write the story here.", false)?;
    report.summary(&format!("{}", path.display()), &json!({ "file": path.display().to_string() }))?;
    if options.edit {
        let editor = std::env::var("EDITOR").unwrap_or_else(|_| "vi".to_owned());
        Command::new(&editor).arg(&path).status().with_context(|| format!("cannot start `{editor}`"))?;
    }
    Ok(0)
}

/// Writes an article whose header reads back as it was given: JSON scalars are YAML.
pub(super) fn write_article(
    path: &Path,
    header: &[(&str, Value)],
    body: &str,
    force: bool,
) -> anyhow::Result<()> {
    let lines: Vec<String> = header.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    let lines = lines.join("\n");
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    let text = format!("---\n{lines}\n---\n\n{body}\n");
    if fs::read(path).is_ok_and(|there| there == text.as_bytes()) {
        return Ok(());
    }
    if !force && path.exists() {
        return Err(exists(path).into());
    }
    fs::write(path, text).with_context(|| format!("cannot write `{}`", path.display()))
}

fn exists(path: &Path) -> Refusal {
    Refusal::new(
        format!("`{}` is there already, with another text", path.display()),
        "choose another title, or rename the file; `import` takes `--force` to write over it",
    )
}
