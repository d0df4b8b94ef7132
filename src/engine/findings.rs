//! The findings of a run, as they are reported: in reading order, each once.

use rayon::prelude::*;

use super::Strictness;
use crate::diagnostic::Diagnostic;

/// Orders what was found. Places are looked up when somebody wants to see them.
pub(super) fn in_order(mut findings: Vec<Diagnostic>, strictness: Strictness) -> Vec<Diagnostic> {
    findings.par_sort_by(Diagnostic::reading_order);
    findings.dedup();
    strictly(once_per_run(findings), strictness)
}

/// Findings as errors, when warnings count as such.
pub(super) fn strictly(findings: Vec<Diagnostic>, strictness: Strictness) -> Vec<Diagnostic> {
    match strictness {
        Strictness::Strict => findings.into_iter().map(Diagnostic::promoted).collect(),
        Strictness::Lenient => findings,
    }
}

/// One wrong line of a template fails every page that uses it; it is said once, with the first page by route.
pub(super) fn one_per_place(findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut kept: Vec<Diagnostic> = Vec::new();
    for finding in findings {
        let place = |f: &Diagnostic| f.labels().first().map(|label| (label.path.clone(), label.position));
        if !kept.iter().any(|other| place(other) == place(&finding)) {
            kept.push(finding);
        }
    }
    kept
}

/// Findings whose cause is one line of the config are reported once, with a count.
fn once_per_run(findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    const ONCE: &str = "no-timezone";
    let count = findings.iter().filter(|finding| finding.code() == ONCE).count();
    let mut seen = 0;
    let mut kept = Vec::with_capacity(findings.len());
    for finding in findings {
        if finding.code() == ONCE {
            seen += 1;
            if seen > 1 {
                continue;
            }
            let more = if count > 1 {
                finding.help(format!("{} more dates are without one", count - 1))
            } else {
                finding
            };
            kept.push(more);
        } else {
            kept.push(finding);
        }
    }
    kept
}
