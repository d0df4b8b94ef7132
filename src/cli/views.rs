//! `newsprint views`: access logs and exports of counters become `data/views.csv`.
//!
//! Logs are read in pieces, whatever their length. What counts as a reading is `edition/readers.rs`'s business.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;

use anyhow::Context as _;
use serde_json::json;

use super::args::{Common, Views};
use super::build::{counted, failed, grouped, has_config, no_config, request, show};
use super::replace::replace;
use super::report::Report;
use crate::archive::stories::StoryId;
use crate::archive::views::PATH;
use crate::diagnostic::{Diagnostic, label};
use crate::disk::parts::Parts;
use crate::disk::scan::Folder;
use crate::edition::newspaper::Newspaper;
use crate::edition::readers::{Columns, Line, Readers, whole};
use crate::engine::{self, Strictness};
use crate::source::{Source, SourcePath, Span};

/// How much is read at once.
const PIECE_BYTES: usize = 256 << 10;

/// The longest line that is taken for one: servers refuse requests of more than a few kilobytes.
const LONGEST_LINE_BYTES: usize = 64 << 10;

/// What was counted so far.
struct Count {
    paper: Arc<Newspaper>,
    readers: Readers,
    /// By the story's place in the archive.
    views: Vec<u64>,
    lines: u64,
    readings: u64,
}

/// Lines of one file that are none.
#[derive(Default)]
struct Malformed {
    count: u64,
    /// The number of the first, from 1, and its text.
    first: Option<(usize, String)>,
}

/// Counts, and writes `data/views.csv`.
pub(super) fn run(common: &Common, options: &Views, report: &Report) -> anyhow::Result<u8> {
    if !has_config(&common.root)? {
        return no_config(report);
    }
    let folder = Folder::new(&common.root, &common.root.join("public"))?;
    let request = request(common)?;
    let paper = match engine::look(&folder, &Parts::of(&common.root), request)? {
        Ok(paper) => paper,
        Err(outcome) => return failed(&outcome.findings, &folder, report, "nothing was counted"),
    };
    let views = vec![0; paper.archive.stories().len()];
    let mut count = Count { readers: Readers::of(&paper), paper, views, lines: 0, readings: 0 };
    let mut findings = Vec::new();
    for file in &options.files {
        let name = file.display().to_string();
        let opened: Box<dyn Read> = if name == "-" {
            Box::new(io::stdin().lock())
        } else {
            Box::new(File::open(file).with_context(|| format!("cannot read `{name}`"))?)
        };
        let mut reader = BufReader::with_capacity(PIECE_BYTES, opened);
        let malformed = count.file(&mut reader).with_context(|| format!("cannot read `{name}`"))?;
        findings.extend(finding(&name, &malformed));
    }
    if request.strictness == Strictness::Strict && !findings.is_empty() {
        let findings: Vec<Diagnostic> = findings.into_iter().map(Diagnostic::promoted).collect();
        return failed(&findings, &folder, report, "nothing was counted");
    }
    let place = common.root.join(PATH);
    let before = fs::read(&place).unwrap_or_default();
    let kept = if options.add { count.add(&before) } else { BTreeMap::new() };
    let text = count.csv(kept)?;
    let is_new = text != before;
    if is_new {
        replace(&place, &text)?;
    }
    show(&findings, &folder, report)?;
    let stories = count.views.iter().filter(|views| **views > 0).count();
    let change = if is_new { "written" } else { "nothing changed" };
    let line = format!(
        "{} in {}; {PATH}: {}, {change}",
        plural(count.readings, "reading"),
        plural(count.lines, "line"),
        counted(stories, "article")
    );
    let record = json!({
        "lines": count.lines, "readings": count.readings, "articles": stories, "written": is_new,
    });
    report.summary(&line, &record)?;
    Ok(0)
}

impl Count {
    /// Counts one file: an export when its first row names its columns, else a log.
    fn file(&mut self, reader: &mut dyn BufRead) -> anyhow::Result<Malformed> {
        let mut line = Vec::new();
        let mut number = 0;
        // Exports have comments above their header.
        while read_line(reader, &mut line)? {
            number += 1;
            if !line.starts_with(b"#") && !line.trim_ascii().is_empty() {
                break;
            }
        }
        let text = String::from_utf8_lossy(&line);
        let header = text.trim_start_matches('\u{feff}').trim_end();
        let delimiter = [b',', b';', b'\t'].into_iter().find_map(|delimiter| {
            let columns =
                Columns::of(header.split(char::from(delimiter)).map(|name| name.trim_matches('"')))?;
            Some((delimiter, columns))
        });
        match delimiter {
            Some((delimiter, columns)) => self.export(reader, delimiter, columns, number),
            None => self.log(reader, line, number),
        }
    }

    /// Counts a log whose first line was read already.
    fn log(
        &mut self,
        reader: &mut dyn BufRead,
        first: Vec<u8>,
        mut number: usize,
    ) -> anyhow::Result<Malformed> {
        let mut malformed = Malformed::default();
        let mut line = first;
        if line.is_empty() {
            return Ok(malformed);
        }
        loop {
            self.lines += 1;
            match self.readers.line(line.trim_ascii_end()) {
                Line::Read(story) => {
                    self.views[story.index()] += 1;
                    self.readings += 1;
                }
                Line::Other => {}
                Line::Malformed if line.trim_ascii().is_empty() || line.starts_with(b"#") => {}
                Line::Malformed => malformed.note(number, &line),
            }
            number += 1;
            if !read_line(reader, &mut line)? {
                return Ok(malformed);
            }
        }
    }

    /// Counts an export below its header.
    fn export(
        &mut self,
        reader: &mut dyn BufRead,
        delimiter: u8,
        columns: Columns,
        above: usize,
    ) -> anyhow::Result<Malformed> {
        let mut malformed = Malformed::default();
        let mut rows = csv::ReaderBuilder::new()
            .flexible(true)
            .has_headers(false)
            .comment(Some(b'#'))
            .delimiter(delimiter)
            .from_reader(reader);
        let mut row = csv::ByteRecord::new();
        while rows.read_byte_record(&mut row)? {
            self.lines += 1;
            let line = row.position().map_or(1, csv::Position::line);
            let text = |place: usize| row.get(place).map(String::from_utf8_lossy);
            let number = text(columns.views).and_then(|number| whole(number.trim()));
            match (text(columns.path), number) {
                (Some(path), Some(number)) => {
                    if let Some(story) = self.readers.story(&path) {
                        self.views[story.index()] += number;
                        self.readings += number;
                    }
                }
                _ => malformed.note(above + usize::try_from(line).unwrap_or(1), row.as_slice()),
            }
        }
        Ok(malformed)
    }

    /// Adds the numbers of an earlier `data/views.csv`, and gives back its rows that are of no published article.
    fn add(&mut self, before: &[u8]) -> BTreeMap<String, u64> {
        let stories = self.paper.archive.stories();
        let files: BTreeMap<&str, usize> =
            stories.iter().zip(0..).map(|(story, at)| (story.article.prose.path.as_str(), at)).collect();
        let mut kept = BTreeMap::new();
        let mut rows = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(before);
        for row in rows.records().flatten() {
            let path = row.get(0).unwrap_or("").trim();
            let Some(number) = row.get(1).and_then(|number| number.trim().parse::<u64>().ok()) else {
                continue;
            };
            let by_file =
                || files.get(path).or_else(|| files.get(format!("content/{path}").as_str())).copied();
            match self.readers.story(path).map(StoryId::index).or_else(by_file) {
                Some(at) => self.views[at] += number,
                None => *kept.entry(path.to_owned()).or_default() += number,
            }
        }
        kept
    }

    /// The bytes of the file: a row for each article that was read, by its file, in order.
    fn csv(&self, kept: BTreeMap<String, u64>) -> anyhow::Result<Vec<u8>> {
        let mut rows = kept;
        for (story, views) in self.paper.archive.stories().iter().zip(&self.views) {
            let path = story.article.prose.path.as_str();
            if *views > 0 {
                rows.insert(path.strip_prefix("content/").unwrap_or(path).to_owned(), *views);
            }
        }
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["path", "views"])?;
        for (path, views) in &rows {
            writer.write_record([path.as_str(), views.to_string().as_str()])?;
        }
        writer.into_inner().map_err(|error| anyhow::anyhow!("cannot write the numbers: {error}"))
    }
}

impl Malformed {
    fn note(&mut self, number: usize, line: &[u8]) {
        self.count += 1;
        if self.first.is_none() {
            let text = String::from_utf8_lossy(line.trim_ascii_end());
            self.first = Some((number, text.chars().take(160).collect()));
        }
    }
}

/// Reads one line with its end; `false` at the end of the file. What is too long for a line is read and cut.
fn read_line(reader: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    loop {
        let piece = match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            piece => piece?,
        };
        if piece.is_empty() {
            return Ok(!line.is_empty());
        }
        let end = memchr::memchr(b'\n', piece);
        let taken = end.map_or(piece.len(), |end| end + 1);
        let room = LONGEST_LINE_BYTES.saturating_sub(line.len());
        line.extend_from_slice(&piece[..taken.min(room)]);
        reader.consume(taken);
        if end.is_some() {
            return Ok(true);
        }
    }
}

fn finding(name: &str, malformed: &Malformed) -> Option<Diagnostic> {
    let (number, text) = malformed.first.as_ref()?;
    let message = match malformed.count {
        1 => "this line is no line of an access log and no row of an export".to_owned(),
        more => format!(
            "this line and {} more are no lines of an access log and no rows of an export",
            grouped_u64(more - 1)
        ),
    };
    // The file may be long, or gone by as a stream: its one line is all there is to show.
    let source = Source::new(SourcePath::new(name), text);
    let mut place = label(&source, Span::new(0, text.len()), String::new());
    place.position.line = *number;
    let finding = Diagnostic::warning("malformed-line", message).label(place);
    Some(finding.help("logs are in the combined format of Apache and nginx; exports begin with a row that names their columns, such as `path,views`"))
}

fn plural(count: u64, what: &str) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), what)
}

fn grouped_u64(count: u64) -> String {
    grouped(usize::try_from(count).unwrap_or(usize::MAX))
}
