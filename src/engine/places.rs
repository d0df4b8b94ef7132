//! Places: the line and excerpt of every finding that knows only its spot, each file read once.
//!
//! What the findings say is not known here.

use std::collections::HashMap;

use crate::content::spots;
use crate::diagnostic::{Diagnostic, Label, Spot};
use crate::disk::scan::Files;
use crate::source::{Source, SourcePath};

/// Completes the labels of findings. A file that cannot be read any more keeps its label as it is.
pub(super) fn look_up(findings: Vec<Diagnostic>, files: &dyn Files) -> Vec<Diagnostic> {
    let mut sources: HashMap<SourcePath, Option<Source>> = HashMap::new();
    let mut complete = |label: Label| {
        if label.spot == Spot::Known {
            return label;
        }
        let read = || Source::decode(label.path.clone(), files.read(&label.path).ok()?).ok();
        match sources.entry(label.path.clone()).or_insert_with(read) {
            Some(source) => spots::look_up(label, source),
            None => label,
        }
    };
    findings.into_iter().map(|finding| finding.looked_up(&mut complete)).collect()
}
