//! Corrections: what a header says was wrong, read into notices in the order of time.
//!
//! Which of them readers see at an instant is decided with the whole archive at hand.

use super::article::Correction;
use super::front_matter::line;
use super::header::Header;
use crate::date::Moment;
use crate::diagnostic::Diagnostic;

/// Reads `corrections`; `published` is the article's own date, when it has one.
pub(super) fn read(header: &mut Header<'_, '_>, published: Option<Moment>) -> Vec<Correction> {
    let mut corrections = Vec::new();
    for (_, record) in header.record.records("corrections") {
        let date = header.date_in(&record, "date");
        let text = line(&record, "text", header.findings);
        if text.is_none() && record.text("text").is_some() {
            header.findings.push(
                Diagnostic::error("empty-correction", "a correction has no text")
                    .at(header.source, record.span("text"), "")
                    .help("say what was wrong: `text: An earlier version gave the wrong year.`"),
            );
        }
        let (Some(date), Some(text)) = (date, text) else { continue };
        if published.is_some_and(|published| date < published) {
            header.findings.push(
                Diagnostic::error("correction-before-date", "a correction is dated before the story")
                    .at(header.source, record.span("date"), "")
                    .at(header.source, header.record.span("date"), "published here")
                    .help("write the day on which the story was corrected"),
            );
        }
        corrections.push(Correction { date, text });
    }
    corrections.sort_by_key(|correction| correction.date);
    corrections
}
