//! Everything people and programs read on the terminal: findings, summaries, progress, in words, colour or JSON.

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::args::{Color, Common};
use crate::diagnostic::{Diagnostic, Label, Severity};

/// Where and how to report.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub(super) struct Report {
    json: bool,
    quiet: bool,
    verbose: bool,
    colour: bool,
}

impl Report {
    /// Decides once how to report.
    pub(super) fn new(common: &Common) -> Self {
        let colour = match common.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
        };
        Self { json: common.json, quiet: common.quiet, verbose: common.verbose > 0, colour }
    }

    /// Whether nothing but errors is to be printed.
    pub(super) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether a finding is to be shown: quiet leaves errors only.
    pub(super) fn shows(&self, finding: &Diagnostic) -> bool {
        !self.quiet || finding.is_error()
    }

    /// Reports findings: as JSON on standard output, or in words on standard error.
    pub(super) fn findings(&self, findings: &[Diagnostic]) -> anyhow::Result<()> {
        let wanted = findings.iter().filter(|finding| self.shows(finding));
        if self.json {
            let mut lines = String::new();
            for finding in wanted {
                lines.push_str(&as_json(finding).to_string());
                lines.push('\n');
            }
            return print(&lines);
        }
        let renderer = if self.colour { Renderer::styled() } else { Renderer::plain() };
        let mut text = String::new();
        for finding in wanted {
            text.push_str(&in_words(finding, &renderer));
            text.push_str("\n\n");
        }
        tell(&text)
    }

    /// Prints the line a run ends with; `record` is the same for programs.
    pub(super) fn summary(&self, line: &str, record: &serde_json::Value) -> anyhow::Result<()> {
        if self.json {
            return print(&format!("{record}\n"));
        }
        if self.quiet { Ok(()) } else { tell(&format!("{line}\n")) }
    }

    /// Says something that is neither a finding nor a failure, and what can be done about it.
    pub(super) fn warning(&self, message: &str, help: &str) -> anyhow::Result<()> {
        if self.json {
            return print(&format!("{}\n", json!({ "warning": message, "help": help })));
        }
        let (on, off) = if self.colour { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
        tell(&format!("{on}warning: {message}{off}\n  = help: {help}\n"))
    }

    /// With `--verbose`, says how long each stage of a run took, in seconds.
    pub(super) fn stages(&self, stages: &[(&'static str, Duration)]) -> anyhow::Result<()> {
        if !self.verbose || stages.is_empty() {
            return Ok(());
        }
        let seconds = stages.iter().map(|(stage, time)| (*stage, time.as_secs_f64()));
        if self.json {
            let stages: serde_json::Map<_, _> =
                seconds.map(|(stage, time)| (stage.to_owned(), json!(time))).collect();
            return print(&format!("{}\n", json!({ "stages": stages })));
        }
        let words: Vec<String> = seconds.map(|(stage, time)| format!("{stage} {time:.3} s")).collect();
        tell(&format!("{}\n", words.join(", ")))
    }

    /// Whether progress may be shown by something that moves, and questions may be asked.
    pub(super) fn is_attended(&self) -> bool {
        !self.quiet && !self.json && std::io::stderr().is_terminal() && std::io::stdin().is_terminal()
    }

    /// Prints a line about what is going on, for people.
    pub(super) fn tell(&self, line: &str) {
        if !self.quiet && !self.json {
            drop(tell(&format!("{}\n", visible(line))));
        }
    }

    /// Reports why a command failed.
    pub(super) fn failure(&self, message: &str, help: Option<&str>) {
        if self.json {
            let record = json!({ "failure": message, "help": help });
            drop(print(&format!("{record}\n")));
            return;
        }
        let help = help.map_or(String::new(), |help| format!("  = help: {help}\n"));
        drop(tell(&format!("error: {}\n{help}", visible(message))));
    }

    /// A bar on a terminal; nothing anywhere else.
    pub(super) fn progress(&self) -> ProgressBar {
        if self.quiet || self.json || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} pages  {eta} left");
        ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
    }

    /// As [`Report::progress`], in bytes.
    pub(super) fn transfer(&self, bytes: u64) -> ProgressBar {
        if self.quiet || self.json || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let style =
            "{bar:24} {decimal_bytes} of {decimal_total_bytes}, {decimal_bytes_per_sec}, {eta} left: {msg}";
        let style = ProgressStyle::with_template(style);
        ProgressBar::new(bytes).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
    }

    /// Whether more is to be told.
    pub(super) fn is_verbose(&self) -> bool {
        self.verbose
    }
}

/// Asks a question; anything but `y` or `yes` is a no.
pub(super) fn asks(question: &str) -> bool {
    drop(tell(&format!("{} [y/N] ", visible(question))));
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

/// Prints a command's result on standard output.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(())
}

/// Prints what people read beside the result, on standard error.
pub(super) fn tell(text: &str) -> anyhow::Result<()> {
    std::io::stderr().lock().write_all(text.as_bytes())?;
    Ok(())
}

fn as_json(finding: &Diagnostic) -> serde_json::Value {
    let place = |label: &Label| {
        json!({
            "file": label.path.as_str(), "line": label.position.line, "column": label.position.column,
            "source": label.excerpt, "note": label.note,
        })
    };
    json!({
        "severity": if finding.is_error() { "error" } else { "warning" },
        "code": finding.code(),
        "message": finding.message(),
        "places": finding.labels().iter().map(place).collect::<Vec<_>>(),
        "help": finding.help_lines(),
    })
}

/// One finding as people read it, with the source line and a caret.
fn in_words(finding: &Diagnostic, renderer: &Renderer) -> String {
    let level = match finding.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let message = visible(finding.message());
    let labels: Vec<(String, Label)> = finding
        .labels()
        .iter()
        .map(|label| {
            let path = visible(&format!("{}:{}:{}", label.path, label.position.line, label.position.column));
            (path, one_width(label))
        })
        .collect();
    let mut group = Group::with_title(level.primary_title(message).id(finding.code()));
    let mut places = Vec::new();
    for (index, (path, label)) in labels.iter().enumerate() {
        if label.excerpt.is_empty() {
            let note = if label.note.is_empty() { String::new() } else { format!(" ({})", label.note) };
            places.push(format!("{path}{note}"));
            continue;
        }
        let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let annotation =
            kind.span(label.underlined.range()).label(Some(label.note.as_str()).filter(|n| !n.is_empty()));
        group = group.element(
            Snippet::source(label.excerpt.as_str())
                .path(path.rsplitn(3, ':').nth(2).unwrap_or(path))
                .line_start(label.position.line)
                .annotation(annotation),
        );
    }
    let notes: Vec<String> = places.iter().map(|place| format!("at {place}")).collect();
    for note in &notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    let help: Vec<String> = finding.help_lines().iter().map(|help| visible(help)).collect();
    for line in &help {
        group = group.element(Level::HELP.message(line.as_str()));
    }
    renderer.render(&[group])
}

/// The label with control characters of its source line made visible, byte for byte, so that carets stay in place.
fn one_width(label: &Label) -> Label {
    let excerpt =
        label.excerpt.chars().map(|c| if c.is_ascii_control() && c != '\t' { ' ' } else { c }).collect();
    Label { excerpt, note: visible(&label.note), ..label.clone() }
}

/// Text without characters that could steer a terminal; newlines stay.
pub(super) fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{FFFD}' } else { c }).collect()
}
