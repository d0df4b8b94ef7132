//! Places: the line and excerpt of every finding that knows only its spot, looked up when it is shown.
//!
//! What the findings say is not known here.

use crate::content::spots;
use crate::diagnostic::{Diagnostic, Label, Spot};
use crate::disk::scan::Files;
use crate::source::{Source, SourcePath};

/// Findings with the places of their labels, in reading order. A file that cannot be read any more keeps its labels as
/// they are.
#[must_use]
pub fn with_places(findings: Vec<Diagnostic>, files: &dyn Files) -> Vec<Diagnostic> {
    // Findings come by file, so the file before is mostly the file wanted.
    let mut last: Option<(SourcePath, Option<Source>)> = None;
    let mut complete = |label: Label| {
        if label.spot == Spot::Known {
            return label;
        }
        if last.as_ref().is_none_or(|(path, _)| *path != label.path) {
            let source = files.read(&label.path).ok();
            let source = source.and_then(|bytes| Source::decode(label.path.clone(), bytes).ok());
            last = Some((label.path.clone(), source));
        }
        match &last {
            Some((_, Some(source))) => spots::look_up(label, source),
            _ => label,
        }
    };
    let mut findings: Vec<Diagnostic> =
        findings.into_iter().map(|finding| finding.looked_up(&mut complete)).collect();
    findings.sort_by(Diagnostic::reading_order);
    findings
}
