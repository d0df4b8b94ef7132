//! Views: the counter's export, `data/views.csv`, laid over the numbers in the headers.

use std::collections::HashMap;

use super::expiry::Expired;
use super::stories::Story;
use crate::diagnostic::{Diagnostic, Label, Spot};
use crate::route::Route;
use crate::source::{Position, Source, SourcePath, Span};

/// Where the export lies.
pub const PATH: &str = "data/views.csv";

/// Numbers by source path or URL path.
#[derive(Default)]
pub struct Views {
    numbers: HashMap<String, (u64, usize)>,
}

impl Views {
    /// Reads the export: a header line `path,views`, then one line an article. The path is the article's URL path
    /// (`/politics/2026/08/a-story/`) or its file (`content/politics/a-story.md`, with or without `content/`).
    #[must_use]
    pub fn read(source: &Source) -> (Self, Vec<Diagnostic>) {
        let mut views = Self::default();
        let mut findings = Vec::new();
        let mut reader =
            csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(source.text().as_bytes());
        for (index, row) in reader.records().enumerate() {
            let Ok(row) = row else { continue };
            let line = row.position().map_or(index + 1, |place| usize::try_from(place.line()).unwrap_or(1));
            let (path, number) = (row.get(0).unwrap_or("").trim(), row.get(1).unwrap_or("").trim());
            if index == 0 && number.parse::<u64>().is_err() {
                continue;
            }
            match number.parse::<u64>() {
                Ok(number) if row.len() == 2 && !path.is_empty() => {
                    views.numbers.insert(path.to_owned(), (number, line));
                }
                _ => findings.push(bad_row(source, line)),
            }
        }
        (views, findings)
    }

    /// The number of an article.
    #[must_use]
    pub fn of(&self, path: &str, route: &Route) -> Option<u64> {
        if self.numbers.is_empty() {
            return None;
        }
        let below = path.strip_prefix("content/").unwrap_or(path);
        let keys = [route.as_str(), route.as_str().trim_end_matches('/'), path, below];
        keys.iter().find_map(|key| self.numbers.get(*key)).map(|(number, _)| *number)
    }

    /// One finding for the files named that no article has which is or was published; URLs of other pages are passed over.
    #[must_use]
    pub fn unknown(&self, stories: &[Story], expired: &[Expired]) -> Vec<Diagnostic> {
        let mut files: Vec<(usize, &str)> = self
            .numbers
            .iter()
            .filter(|(path, _)| path.to_ascii_lowercase().ends_with(".md"))
            .map(|(path, (_, line))| (*line, path.as_str()))
            .collect();
        files.sort_unstable();
        if files.is_empty() {
            return Vec::new();
        }
        let articles =
            stories.iter().map(|story| &story.article).chain(expired.iter().map(|over| &over.article));
        let known: std::collections::HashSet<&str> =
            articles.map(|article| article.prose.path.as_str()).collect();
        files
            .retain(|(_, path)| !known.contains(path) && !known.contains(format!("content/{path}").as_str()));
        let Some((line, path)) = files.first() else { return Vec::new() };
        let message = match files.len() {
            1 => format!("`{path}` is no published article"),
            count => format!("`{path}` and {} more are no published articles", count - 1),
        };
        vec![
            Diagnostic::warning("unknown-views", message)
                .label(Label::spot(&SourcePath::new(PATH), Spot::Line(*line)))
                .help("delete the line, or correct its path"),
        ]
    }
}

fn bad_row(source: &Source, line: usize) -> Diagnostic {
    let start = source.offset(Position { line, column: 1 });
    Diagnostic::error("bad-views", "this line is not a path and a whole number")
        .at(source, Span::new(start, start + source.line_at(start).len()), "")
        .help("write `path,views` on each line: `/politics/2026/08/a-story/,104`")
}

#[cfg(test)]
mod tests {
    use super::Views;
    use crate::route::Route;
    use crate::source::{Source, SourcePath};

    #[test]
    fn numbers_are_found_by_url_and_by_file() {
        let text = "path,views\n/a/b/,7\nnews/c.md,8\n\"/q,uoted/\",9\n";
        let (views, findings) = Views::read(&Source::new(SourcePath::new(super::PATH), text));
        assert!(findings.is_empty());
        assert_eq!(views.of("content/x.md", &Route::page(&["a", "b"])), Some(7));
        assert_eq!(views.of("content/news/c.md", &Route::page(&["z"])), Some(8));
        assert_eq!(views.of("content/x.md", &Route::page(&["q,uoted"])), Some(9));
        assert_eq!(views.of("content/x.md", &Route::page(&["z"])), None);
    }

    #[test]
    fn lines_that_are_no_numbers_are_findings() {
        let text = "path,views\n/a/,many\n/b/,-1\n/c/,1,2\n/d/,4\n";
        let (views, findings) = Views::read(&Source::new(SourcePath::new(super::PATH), text));
        let lines: Vec<usize> = findings.iter().map(|f| f.labels()[0].position.line).collect();
        assert_eq!(lines, [2, 3, 4]);
        assert_eq!(views.of("", &Route::page(&["d"])), Some(4));
    }
}
