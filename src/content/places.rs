//! Places for many findings and references in one body, each found by walking on from the last one.
//!
//! `diagnostic::label` counts lines from the top for every place, which is right for one and quadratic for fifty
//! thousand. What the findings say is not known here.

use crate::diagnostic::{Label, Spot};
use crate::source::{Position, Source, Span};

/// How much of a long source line is shown, in characters; the same as in `diagnostic::label`.
const EXCERPT_CHARS: usize = 160;

/// Translates offsets in a body, from which control characters may have been taken, into places in its source.
pub(crate) struct Places<'s> {
    source: &'s Source,
    /// Where the body begins in the source, in bytes.
    start: usize,
    /// The source offsets of the control characters that were taken out, ascending.
    removed: Vec<usize>,
    /// The last place looked up.
    last: Place,
}

#[derive(Clone, Copy)]
struct Place {
    offset: usize,
    line_start: usize,
    position: Position,
}

const TOP: Place = Place { offset: 0, line_start: 0, position: Position { line: 1, column: 1 } };

impl<'s> Places<'s> {
    /// `start` is the body's first byte; `removed` are source offsets of bytes that are missing from the body.
    pub(crate) fn new(source: &'s Source, start: usize, removed: Vec<usize>) -> Self {
        Self { source, start, removed, last: TOP }
    }

    /// The place of a range of the body.
    pub(crate) fn label(&mut self, span: Span) -> Label {
        let text = self.source.text();
        let start = text.floor_char_boundary(self.in_source(span.start).min(text.len()));
        let end = self.in_source(span.end).clamp(start, text.len());
        let place = self.walk_to(start);
        let excerpt = Excerpt::around(text, &place, end);
        Label {
            path: self.source.path().clone(),
            position: place.position,
            excerpt: text[excerpt.from..excerpt.to].to_owned(),
            underlined: Span::new(start.min(excerpt.to) - excerpt.from, excerpt.underline_end - excerpt.from),
            note: String::new(),
            spot: Spot::Known,
        }
    }

    /// The same range of the body as a range of the source.
    pub(crate) fn span(&self, span: Span) -> Span {
        let start = self.in_source(span.start);
        Span::new(start, self.in_source(span.end).max(start))
    }

    /// The offset in the source of an offset in the body.
    fn in_source(&self, offset: usize) -> usize {
        let plain = self.start + offset;
        if self.removed.is_empty() {
            return plain;
        }
        // The n-th removed byte shifts everything behind it, so it counts when it lies at or before the shifted offset.
        let (mut low, mut high) = (0, self.removed.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.removed[middle] <= plain + middle {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        plain + low
    }

    fn walk_to(&mut self, offset: usize) -> Place {
        let text = self.source.text();
        let from = if offset >= self.last.offset { self.last } else { TOP };
        let between = &text[from.offset..offset];
        let place = match between.rfind('\n') {
            None => Place {
                offset,
                line_start: from.line_start,
                position: Position {
                    line: from.position.line,
                    column: from.position.column + between.chars().count(),
                },
            },
            Some(newline) => {
                let lines = between.matches('\n').count();
                Place {
                    offset,
                    line_start: from.offset + newline + 1,
                    position: Position {
                        line: from.position.line + lines,
                        column: between[newline + 1..].chars().count() + 1,
                    },
                }
            }
        };
        self.last = place;
        place
    }
}

/// The part of a line that is shown, as offsets in the source.
struct Excerpt {
    from: usize,
    to: usize,
    underline_end: usize,
}

impl Excerpt {
    fn around(text: &str, place: &Place, end: usize) -> Self {
        let start = place.offset;
        let from = Self::cut_start(text, place.line_start, start);
        let mut rest = text[from..].char_indices();
        let cut = rest.nth(EXCERPT_CHARS).map_or(text.len(), |(at, _)| from + at);
        let to = text[from..cut].find('\n').map_or(cut, |at| from + at);
        let wanted = text.ceil_char_boundary(end.max(start + 1).min(text.len()));
        Self { from, to, underline_end: wanted.clamp(start.min(to), to) }
    }

    /// Where the excerpt begins: with its line when that is short, else so that the place is in its first third.
    fn cut_start(text: &str, line_start: usize, at: usize) -> usize {
        let short = text.floor_char_boundary((line_start + EXCERPT_CHARS + 1).min(text.len()));
        let ends_early = text[line_start..short].contains('\n') || text.len() - line_start <= EXCERPT_CHARS;
        if ends_early && at <= short {
            return line_start;
        }
        let before = text[line_start..at].char_indices().rev().nth(EXCERPT_CHARS / 3);
        before.map_or(line_start, |(start, _)| line_start + start)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, prop, proptest};

    use super::Places;
    use crate::diagnostic::label;
    use crate::source::{Source, SourcePath, Span};

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn places_are_those_of_a_single_label(
            lines in prop::collection::vec("[aé日 ]{0,400}|a{155,165}", 0..6),
            wanted in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..30), 1..8),
        ) {
            let text = lines.join("\n");
            let source = Source::new(SourcePath::new("a.md"), &text);
            let mut places = Places::new(&source, 0, Vec::new());
            for (index, length) in wanted {
                let start = text.floor_char_boundary(index.index(text.len() + 1));
                let end = text.floor_char_boundary((start + length).min(text.len()));
                let span = Span::new(start, end.max(start));
                let (found, expected) = (places.label(span), label(&source, span, String::new()));
                assert_eq!(found.position, expected.position);
                assert_eq!(found.excerpt, expected.excerpt, "{span:?} in {text:?}");
                assert_eq!(found.underlined, expected.underlined, "{span:?} in {text:?}");
            }
        }
    }

    #[test]
    fn removed_characters_are_counted() {
        let source = Source::new(SourcePath::new("a.md"), "---\na\u{1}\u{2}b\u{3}c");
        let mut places = Places::new(&source, 4, vec![5, 6, 8]);
        let columns: Vec<usize> =
            (0..3).map(|at| places.label(Span::new(at, at + 1)).position.column).collect();
        assert_eq!(columns, [1, 4, 6]);
    }
}
