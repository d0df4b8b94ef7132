//! `newsprint import`: articles from elsewhere, each written with a header that reads back the same.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;

use super::args::{Common, Import};
use super::report::Report;
use super::{CONTENT, new};
use crate::diagnostic::Diagnostic;
use crate::route::{Slug, SlugLetters};
use crate::source::{Source, SourcePath, Span};

/// The parts of an article in plain text.
struct Story {
    title: String,
    date: String,
    category: String,
    author: Option<String>,
    views: Option<u64>,
    description: String,
    body: String,
}

/// `newsprint import text FILE…`.
pub(super) fn run(common: &Common, options: &Import, report: &Report) -> anyhow::Result<u8> {
    let mut findings = Vec::new();
    let mut stories = Vec::new();
    for file in &options.sources {
        let bytes = fs::read(file).with_context(|| format!("cannot read `{}`", file.display()))?;
        let path = SourcePath::new(&file.to_string_lossy());
        match Source::decode(path, bytes).and_then(|source| parse(&source)) {
            Ok(story) => stories.push(story),
            Err(finding) => findings.push(finding),
        }
    }
    if !findings.is_empty() {
        report.findings(&findings)?;
        report.summary("nothing was imported", &json!({ "imported": 0 }))?;
        return Ok(CONTENT);
    }
    let mut written = Vec::new();
    for story in &stories {
        written.push(write(&common.root, story, options.force)?);
    }
    let names: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
    let line = format!("imported {}", names.join(", "));
    report.summary(&line, &json!({ "imported": names.len(), "files": names }))?;
    Ok(0)
}

/// Reads the form of the anchor article: headline, `- ` lines, the summary, an empty line, one paragraph a line.
fn parse(source: &Source) -> Result<Story, Diagnostic> {
    let text = source.text();
    let finding = |message: &str, at: usize, help: &str| {
        Diagnostic::error("import", message)
            .at(source, Span::new(at, at + source.line_at(at).len()), "")
            .help(help)
    };
    let mut lines = text.split('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len() + 1;
        Some((start, line.trim()))
    });
    let Some((_, title)) = lines.find(|(_, line)| !line.is_empty()) else {
        return Err(finding("the file is empty", 0, "the first line is the headline"));
    };
    let (mut date, mut category, mut author, mut views) = (None, None, None, None);
    let mut paragraphs: Vec<&str> = Vec::new();
    for (at, line) in lines {
        let Some(fact) = line.strip_prefix("- ").filter(|_| paragraphs.is_empty()) else {
            if !line.is_empty() {
                paragraphs.push(line);
            }
            continue;
        };
        let fact = fact.trim();
        if let Some(posted) = fact.strip_prefix("Posted on ") {
            date = Some(posted.trim());
        } else if let Some(name) = fact.strip_prefix("By ") {
            author = Some(name.trim().to_owned());
        } else if let Some(count) = fact.strip_suffix(" Views").or_else(|| fact.strip_suffix(" View")) {
            let digits: String = count.chars().filter(|c| *c != ',').collect();
            let help = "write digits: `- 104 Views`";
            views = Some(digits.parse().map_err(|_| finding("this is not a number of views", at, help))?);
        } else if category.is_none() {
            category = Some(fact);
        } else {
            let help = "the lines are `- Posted on DATE`, `- CATEGORY`, `- By AUTHOR` and `- NUMBER Views`";
            return Err(finding("this line is not understood", at, help));
        }
    }
    let date =
        date.ok_or_else(|| finding("there is no date", 0, "add a line `- Posted on August 26, 2025`"))?;
    let mut paragraphs = paragraphs.into_iter();
    let description = paragraphs.next().unwrap_or_default().to_owned();
    Ok(Story {
        title: title.to_owned(),
        date: date.to_owned(),
        category: category.unwrap_or("News").to_owned(),
        author,
        views,
        description,
        body: paragraphs.map(escaped).collect::<Vec<_>>().join("\n\n"),
    })
}

/// Plain text as Markdown that shows the same: signs that would be markup are escaped.
fn escaped(paragraph: &str) -> String {
    let mut text = String::with_capacity(paragraph.len());
    for (index, letter) in paragraph.chars().enumerate() {
        let special = matches!(letter, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '&' | '~' | '|')
            || (index == 0 && matches!(letter, '#' | '>' | '+' | '-' | '=' | ':'));
        if special {
            text.push('\\');
        }
        text.push(letter);
    }
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    if digits > 0 && matches!(text[digits..].chars().next(), Some('.' | ')')) {
        text.insert(digits, '\\');
    }
    text
}

fn write(root: &Path, story: &Story, force: bool) -> anyhow::Result<PathBuf> {
    let folder = Slug::of(&story.category, SlugLetters::Unicode);
    let slug = Slug::of(&story.title, SlugLetters::Unicode);
    let part = |slug: Option<Slug>, other: &str| {
        slug.map_or_else(|| other.to_owned(), |slug| slug.as_str().to_owned())
    };
    let mut header =
        vec![("title", json!(story.title)), ("date", json!(story.date)), ("category", json!(story.category))];
    header.extend(story.author.as_ref().map(|author| ("author", json!(author))));
    header.extend(story.views.map(|views| ("views", json!(views))));
    if !story.description.is_empty() {
        header.push(("description", json!(story.description)));
    }
    let path = root.join("content").join(part(folder, "news")).join(format!("{}.md", part(slug, "story")));
    new::write_article(&path, &header, &story.body, force)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::{escaped, parse};
    use crate::source::{Source, SourcePath};

    const STORY: &str = "A Headline: With a Colon\n- Posted on August 26, 2025\n- City Politics\n- By Asha Rao\n\
                         - 1,104 Views\nThe summary.\n\nOne *two*.\nAlso Read: Another Story\n1. Three\n";

    #[test]
    fn every_part_is_found() {
        let story = parse(&Source::new(SourcePath::new("a.txt"), STORY)).expect("a story");
        assert_eq!(
            (story.title.as_str(), story.date.as_str()),
            ("A Headline: With a Colon", "August 26, 2025")
        );
        assert_eq!((story.category.as_str(), story.author.as_deref()), ("City Politics", Some("Asha Rao")));
        assert_eq!((story.views, story.description.as_str()), (Some(1104), "The summary."));
        assert_eq!(story.body, "One \\*two\\*.\n\nAlso Read: Another Story\n\n1\\. Three");
    }

    #[test]
    fn what_is_missing_is_said() {
        let missing =
            |text: &str| parse(&Source::new(SourcePath::new("a.txt"), text)).err().expect("a finding");
        assert_eq!(missing("").message(), "the file is empty");
        assert_eq!(missing("Title\n- Politics\n").message(), "there is no date");
        assert_eq!(missing("Title\n- Posted on x\n- a\n- b\n").labels()[0].position.line, 4);
        assert_eq!(escaped("#1 <b>"), "\\#1 \\<b>");
    }
}
