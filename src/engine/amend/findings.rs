//! The findings after edits: those of the last build, with places as they are in the edited texts, and those about
//! references made again where names have changed.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::Text;
use super::alteration::Alteration;
use crate::archive::links::{MOST_OFFERS, Near};
use crate::archive::stories::StoryId;
use crate::diagnostic::{Diagnostic, Spot};
use crate::edition::newspaper::Newspaper;
use crate::engine::findings;
use crate::engine::request::Strictness;
use crate::source::SourcePath;

/// What is found about references to names.
const OF_NAMES: [&str; 3] = ["also-read-unresolved", "also-read-unpublished", "also-read-expired"];

/// All that is found about what a story refers to.
const OF_REFERENCES: [&str; 5] =
    ["also-read-unresolved", "also-read-unpublished", "also-read-expired", "dead-link", "missing-picture"];

/// The findings with the places of references as they are in the edited texts, and whether any has moved.
pub(super) fn moved(mut findings: Vec<Diagnostic>, texts: &[Text]) -> (Vec<Diagnostic>, bool) {
    let by_path: Vec<(&SourcePath, &Text)> = texts.iter().map(|text| (&text.now.prose.path, text)).collect();
    let mut has_moved = false;
    for finding in &mut findings {
        finding.respot(|path, spot| {
            let Spot::Bytes(span) = spot else { return };
            let Some((_, text)) = by_path.iter().find(|(edited, _)| *edited == path) else { return };
            let Some(before) = text.before.story() else { return };
            let (before, now) = (&before.prose.references, &text.now.prose.references);
            let place = before.iter().position(|reference| reference.span == *span);
            if let Some(reference) = place.and_then(|place| now.get(place))
                && reference.span != *span
            {
                *span = reference.span;
                has_moved = true;
            }
        });
    }
    if has_moved {
        findings.par_sort_by(Diagnostic::reading_order);
    }
    (findings, has_moved)
}

/// The findings after stories were renamed or have come: about the references of these, of those that refer to them, and wherever
/// titles are offered that somebody may have meant. `None` when these are too many, or of others than stories. `story`
/// finds the story of a file.
pub(super) fn altered(
    findings: Vec<Diagnostic>,
    alteration: &Alteration,
    paper: &Newspaper,
    strictness: Strictness,
    story: &dyn Fn(&SourcePath) -> Option<StoryId>,
) -> Option<Vec<Diagnostic>> {
    let of_names = findings.iter().filter(|finding| OF_NAMES.contains(&finding.code()));
    let of_names: Vec<Option<StoryId>> =
        of_names.map(|finding| story(&finding.labels().first()?.path)).collect();
    if of_names.len() >= MOST_OFFERS {
        return None;
    }
    let of_names = of_names.into_iter().collect::<Option<Vec<StoryId>>>()?;
    let looked: BTreeSet<StoryId> =
        alteration.stories.iter().chain(&alteration.calling).copied().chain(of_names).collect();
    let paths: BTreeSet<&SourcePath> =
        looked.iter().map(|id| &paper.archive.story(*id).article.prose.path).collect();
    let is_looked = |finding: &Diagnostic| {
        OF_REFERENCES.contains(&finding.code())
            && finding.labels().first().is_some_and(|label| paths.contains(&label.path))
    };
    let mut all: Vec<Diagnostic> = findings.into_iter().filter(|finding| !is_looked(finding)).collect();
    let near = Near::Kept(&alteration.headlines);
    let again: Vec<Diagnostic> = looked.iter().flat_map(|id| paper.findings_of(*id, &near)).collect();
    if again.iter().filter(|finding| OF_NAMES.contains(&finding.code())).count() >= MOST_OFFERS {
        return None;
    }
    all.extend(again);
    Some(findings::in_order(all, strictness))
}
