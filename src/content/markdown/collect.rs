//! Collects the outline of a body from its pieces.
//!
//! HTML is not known here.

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::content::destination::{has_forbidden, without_forbidden};
use crate::content::html::Shape;
use crate::content::markdown::piece::{Piece, RawAttribute, RawValue, Target};
use crate::content::markdown::{Heading, Outline};

/// An outline in the making.
#[derive(Default)]
pub(super) struct Collector {
    outline: Outline,
    /// How many blocks are open inside which a paragraph is not the article's own.
    depth: usize,
    in_code: bool,
    paragraph_start: usize,
}

impl Collector {
    /// Takes the next piece.
    pub(super) fn piece(&mut self, piece: &Piece<'_>) {
        match piece {
            Piece::Event(event) => self.event(event),
            Piece::HeadingStart { level, id, text } => {
                self.outline.headings.push(Heading { level: *level, id: id.clone(), text: text.clone() });
            }
            Piece::HeadingEnd { .. } => self.end_line(),
            Piece::LinkStart { target, .. }
            | Piece::Image { target, .. }
            | Piece::AlsoRead { target, .. } => {
                self.target(target);
            }
            Piece::Wiki { reference, text, .. } => {
                self.outline.text.push_str(text);
                self.outline.references.push(reference.clone());
            }
            Piece::RawOpen { shape, attributes, .. } => {
                self.raw_boundary(*shape);
                for RawAttribute { value, .. } in attributes {
                    if let RawValue::Target(target) = value {
                        self.target(target);
                    }
                }
            }
            Piece::RawClose { shape, .. } => self.raw_boundary(*shape),
            Piece::LinkEnd | Piece::TaskEnd | Piece::Trusted(_) => {}
        }
    }

    /// What was collected.
    pub(super) fn outline(mut self) -> Outline {
        if has_forbidden(&self.outline.text) {
            self.outline.text = without_forbidden(&self.outline.text).into_owned();
            self.outline.first_paragraph = without_forbidden(&self.outline.first_paragraph).into_owned();
        }
        self.outline.text.truncate(self.outline.text.trim_end().len());
        self.outline.words = words(&self.outline.text);
        self.outline
    }

    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Text(text) if !self.in_code => self.outline.text.push_str(text),
            Event::Code(text) => self.outline.text.push_str(text),
            Event::SoftBreak | Event::HardBreak => self.outline.text.push(' '),
            Event::Start(tag) => match tag {
                Tag::Paragraph => {
                    self.end_line();
                    self.paragraph_start = self.outline.text.len();
                }
                Tag::CodeBlock(_) => self.in_code = true,
                Tag::Item | Tag::TableCell => self.end_line(),
                Tag::BlockQuote(_) | Tag::List(_) | Tag::FootnoteDefinition(_) => {
                    self.end_line();
                    self.depth += 1;
                }
                _ => {}
            },
            Event::End(tag) => match tag {
                TagEnd::Paragraph => self.end_paragraph(),
                TagEnd::CodeBlock => self.in_code = false,
                TagEnd::Item | TagEnd::TableCell => self.end_line(),
                TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::FootnoteDefinition => self.depth -= 1,
                _ => {}
            },
            _ => {}
        }
    }

    fn end_paragraph(&mut self) {
        if self.depth == 0 && self.outline.first_paragraph.is_empty() {
            self.outline.first_paragraph =
                self.outline.text.get(self.paragraph_start..).unwrap_or("").trim().to_owned();
        }
        self.end_line();
    }

    fn end_line(&mut self) {
        if !self.outline.text.is_empty() && !self.outline.text.ends_with('\n') {
            self.outline.text.push('\n');
        }
    }

    fn raw_boundary(&mut self, shape: Shape) {
        if shape != Shape::Inline {
            self.outline.text.push(' ');
        }
    }

    fn target(&mut self, target: &Target) {
        if let Target::Internal(reference) = target {
            self.outline.references.push(reference.clone());
        }
    }
}

/// Counts words as newsrooms do: what stands between spaces and holds a letter or a digit. Chinese and Japanese are cut
/// by the rules of UAX #29, which would need dictionaries for Thai, Lao, Khmer and Burmese: there letters are counted.
fn words(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut words, mut in_word, mut at) = (0, 0_u8, 0);
    while let Some(&byte) = bytes.get(at) {
        if byte.is_ascii() {
            // Where words begin and end is as good as random, so nothing here branches on it.
            let (begins, goes_on) = ASCII[usize::from(byte)];
            words += usize::from(begins & (in_word ^ 1));
            in_word = (in_word | begins) & goes_on;
            at += 1;
            continue;
        }
        let rest = &text[at..];
        let c = rest.chars().next().unwrap_or(' ');
        if is_written_without_spaces(c) {
            let end = rest.find(|c: char| !is_written_without_spaces(c)).unwrap_or(rest.len());
            words += words_without_spaces(&rest[..end], c);
            in_word = 0;
            at += end;
        } else {
            if in_word == 1 {
                in_word = u8::from(!c.is_whitespace());
            } else if begins_word(c) {
                words += 1;
                in_word = 1;
            }
            at += c.len_utf8();
        }
    }
    words
}

/// For each ASCII character, whether it begins a word, and whether a word goes on over it: 1 or 0 each.
static ASCII: [(u8, u8); 128] = {
    let mut table = [(0, 0); 128];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = (byte.is_ascii_alphanumeric() as u8, !byte.is_ascii_whitespace() as u8);
        byte += 1;
    }
    table
};

/// Whether a character beyond ASCII is a letter or a digit. The tables of the standard library are slow for most scripts,
/// and below U+2000 punctuation is rare enough to be listed.
fn begins_word(c: char) -> bool {
    match c {
        'ª' | 'µ' | 'º' => true,
        '\u{80}'..='\u{BF}' | '×' | '÷' | '।' | '॥' | '،' | '؛' | '؟' | '۔' => false,
        '\u{C0}'..='\u{1FFF}' => true,
        c => c.is_alphanumeric(),
    }
}

/// How many letters and vowel signs a word of Thai, Lao, Khmer or Burmese has, roughly.
const LETTERS_PER_WORD: usize = 5;

/// The words in a stretch of text without spaces; `first` is its first character.
fn words_without_spaces(text: &str, first: char) -> usize {
    if needs_dictionary(first) {
        text.chars().filter(|c| c.is_alphanumeric()).count().div_ceil(LETTERS_PER_WORD)
    } else {
        unicode_segmentation::UnicodeSegmentation::unicode_words(text).count()
    }
}

fn needs_dictionary(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}')
}

fn is_written_without_spaces(c: char) -> bool {
    c >= '\u{0E00}'
        && (needs_dictionary(c)
            || matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}'))
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_are_counted_as_newsrooms_do() {
        for (text, count) in [
            ("", 0),
            ("one two\nthree", 3),
            ("US-South Korea’s 1,000 — drills …", 4),
            ("भारत की अर्थव्यवस्था", 3),
            ("你好世界", 4),
            ("ประเทศไทย กรุงเทพ", 4),
            ("2026年に", 3),
            ("50\u{A0}km", 2),
            ("« »", 0),
        ] {
            assert_eq!(words(text), count, "{text}");
        }
    }
}
