//! Amending: the lists after edits of a few texts, when the articles have the same dates, categories and authors as before. What comes of it is what comparing all articles anew would give.

use super::limits::Limits;
use super::memory::{Memory, fingerprint, kinship_fingerprint};
use super::ranks::Ranks;
use super::timeline::{Matching, Timeline};
use super::{Candidate, Related, Update};
use crate::content::sketch::Sketch;

/// The lists of all articles. Of the `edited` ones the index is given and the sketch; those whose text is about something
/// else bring their terms. Those that are `led` exclude others than before. The sketches of the others are filled in from the memory. `None` when it is the memory of other
/// articles, or of lists of another length.
#[must_use]
pub fn amend(
    articles: &mut [Candidate<'_>],
    count: usize,
    before: Memory,
    (edited, led): (&[(usize, Sketch)], &[usize]),
) -> Option<Related> {
    let (line, indices) = Timeline::of(articles.iter().map(|article| (article.key, article.seconds)));
    if count != before.count {
        return None;
    }
    let is_same = line == before.line;
    let matching = if is_same { Matching::same(articles.len()) } else { line.matching(&before.line) };
    let mut ranks = vec![0_u32; articles.len()];
    for ((rank, &index), &old_rank) in (0..).zip(&indices).zip(&matching.old_ranks) {
        let article = &mut articles[index as usize];
        ranks[index as usize] = rank;
        match before.sketches.get(old_rank as usize) {
            Some(sketch) => article.sketch = *sketch,
            None if article.terms.is_none() => return None,
            None => {}
        }
    }
    for (index, sketch) in edited {
        articles[*index].sketch = *sketch;
    }
    if !is_same {
        let update = Update::new(articles, &indices, &line, &matching, before);
        let memory = update.memory(count, Limits::USUAL);
        return Some(Related::of(indices, Memory { line, ..memory }));
    }
    let (kinships, exclusions) = (before.kinships.clone(), before.exclusions.clone());
    let (sizes, norm_steps) = (before.sizes.clone(), before.norm_steps.clone());
    let (affected, loud) = (Ranks::none(articles.len()), Ranks::none(articles.len()));
    let mut update = Update {
        articles,
        indices: &indices,
        line: &line,
        matching: &matching,
        old: before,
        affected,
        loud,
        kinships,
        exclusions,
        sizes,
        norm_steps,
    };
    for (index, _) in edited {
        let rank = ranks[*index];
        let kinship = kinship_fingerprint(&update.articles[*index]);
        if std::mem::replace(&mut update.kinships[rank as usize], kinship) != kinship {
            update.affected.insert(rank);
            update.loud.insert(rank);
        }
    }
    for index in led {
        let rank = ranks[*index];
        let exclusion = fingerprint(update.articles[*index].exclude.iter().copied());
        if std::mem::replace(&mut update.exclusions[rank as usize], exclusion) != exclusion {
            update.affected.insert(rank);
        }
    }
    let memory = update.memory(count, Limits::USUAL);
    Some(Related::of(indices, Memory { line, ..memory }))
}
