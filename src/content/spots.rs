//! Spots: from what a finding keeps of its place to the line, column and excerpt that readers see.
//!
//! Only the few files with findings are read again for this, so that thousands without any need keep nothing.

use super::front_matter;
use crate::diagnostic::{Label, Spot, label};
use crate::source::{Position, Source, Span};
use crate::yaml::{Document, Step};

/// Looks up the place of a label in the text of its file.
#[must_use]
pub fn look_up(unknown: Label, source: &Source) -> Label {
    let span = match &unknown.spot {
        Spot::Known => return unknown,
        Spot::Bytes(span) => *span,
        Spot::Line(line) => {
            let start = source.offset(Position { line: *line, column: 1 });
            Span::new(start, start + source.line_at(start).len())
        }
        Spot::Header(key, item) => header_span(source, key, *item),
    };
    label(source, span, unknown.note)
}

/// Where a key's value stands, or one item of it; the file's beginning when the header has no such key.
fn header_span(source: &Source, key: &str, item: usize) -> Span {
    let top = Span::new(0, 0);
    let region = match front_matter::split(source) {
        Ok(parts) => parts.header,
        Err(_) if source.path().is_markdown() => return top,
        // The config is a header and nothing else.
        Err(_) => Span::new(0, source.text().len()),
    };
    let Ok(document) = Document::parse(source, region) else { return top };
    let steps: Vec<Step> = key.split('.').map(|key| Step::Key(key.to_owned())).collect();
    let mut paths = vec![steps.clone()];
    paths[0].push(Step::Index(item));
    paths.extend((1..=steps.len()).rev().map(|length| steps[..length].to_vec()));
    paths.iter().find_map(|path| document.find(path)).unwrap_or_else(|| document.value_span(&[]))
}

#[cfg(test)]
mod tests {
    use super::look_up;
    use crate::diagnostic::{Label, Spot};
    use crate::source::{Source, SourcePath, Span};

    fn check(spot: Spot, expect: (usize, usize, &str)) {
        let text =
            "---\ntitle: Fog\nimage: {src: fog.jpg}\nalso_read:\n  - One\n  - Two\n---\nBody [x](y).\n";
        let path = SourcePath::new("content/a.md");
        let found = look_up(Label::spot(&path, spot), &Source::new(path.clone(), text));
        let place = (found.position.line, found.position.column);
        assert_eq!((place.0, place.1, &found.excerpt[found.underlined.range()]), expect);
    }

    #[test]
    fn every_kind_of_spot_is_found() {
        check(Spot::header("title"), (2, 8, "Fog"));
        check(Spot::header("image.src"), (3, 14, "fog.jpg"));
        check(Spot::Header(Box::from("also_read"), 1), (6, 5, "Two"));
        check(Spot::header("photo"), (2, 1, "title: Fog"));
        check(Spot::Line(3), (3, 1, "image: {src: fog.jpg}"));
        check(Spot::Bytes(Span::new(73, 79)), (8, 6, "[x](y)"));
    }
}
