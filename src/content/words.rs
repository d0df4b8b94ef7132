//! The words of a text, folded so that spellings of the same word compare equal: one pass, any script.
//!
//! Words are runs of letters and digits in lower case. Scripts that are written without spaces (Chinese, Japanese,
//! Korean with its glued particles, Thai, Lao, Burmese, Khmer) give overlapping pairs of characters instead, the usual
//! stand-in for words. Nothing here knows what the words are for, or which of them matter.

use std::sync::OnceLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_canonical, is_combining_mark};

/// One word of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<'a> {
    /// The word in lower case, in one spelling of its accents and vowel signs, without invisible characters.
    pub folded: &'a str,
    /// It begins with a capital, and not because a sentence does: probably a name.
    pub name: bool,
    /// Two or three ASCII capitals, such as IT or WHO: probably an abbreviation.
    pub initials: bool,
}

/// Calls `see` with each word of `text`, in reading order. Single letters and digits are left out.
pub fn each_word(text: &str, mut see: impl FnMut(Word<'_>)) {
    let bytes = text.as_bytes();
    let mut folded = String::with_capacity(32);
    let mut opening = true;
    let mut at = 0;
    while at < bytes.len() {
        let run = Run::at_the_start_of(&bytes[at..]);
        let end = at + run.length;
        let after = bytes.get(end).copied().unwrap_or(b' ');
        if !after.is_ascii() {
            // The run may go on in another script (naïve), or end at a curly quote.
            at += foreign_run(&text[at..], &mut folded, &mut opening, &mut see);
            continue;
        }
        if run.length > 1 {
            let mut word = &text[at..end];
            let name = !opening && bytes[at].is_ascii_uppercase();
            let initials = run.all_capitals && run.length <= 3;
            if run.any_capital {
                folded.clear();
                folded.push_str(word);
                folded.make_ascii_lowercase();
                word = &folded;
            }
            see(Word { folded: word, name, initials });
        }
        // What ends a run belongs to no other: it is taken along.
        opening = opening && run.length == 0 || matches!(after, b'.' | b'!' | b'?' | b':' | b'\n');
        at = end + 1;
    }
}

/// ASCII letters and digits that stand together.
struct Run {
    length: usize,
    any_capital: bool,
    all_capitals: bool,
}

impl Run {
    /// The run that begins `bytes`; it may be empty. Eight bytes are looked at together: where a word ends is what a
    /// processor guesses worst, and most end within eight.
    fn at_the_start_of(bytes: &[u8]) -> Self {
        let mut run = Self { length: 0, any_capital: false, all_capitals: true };
        loop {
            let rest = &bytes[run.length..];
            let eight = rest.first_chunk().copied().unwrap_or_else(|| {
                let mut padded = [0; 8];
                padded[..rest.len()].copy_from_slice(rest);
                padded
            });
            let eight = u64::from_le_bytes(eight);
            let letters = within(eight | (EACH * 0x20), b'a', b'z');
            let others = !(letters | within(eight, b'0', b'9')) & (EACH * 0x80);
            let length = others.trailing_zeros() / 8;
            // The marks of the bytes before the first other one.
            let marks = (others & others.wrapping_neg()).wrapping_sub(1) & (EACH * 0x80);
            let capitals = within(eight, b'A', b'Z') & marks;
            run.any_capital |= capitals != 0;
            run.all_capitals &= capitals == marks;
            run.length += length as usize;
            if length < 8 {
                return run;
            }
        }
    }
}

/// A one in each of eight bytes.
const EACH: u64 = 0x0101_0101_0101_0101;

/// Marks with their highest bit those of eight bytes that lie in `first..=last`, which are ASCII.
fn within(eight: u64, first: u8, last: u8) -> u64 {
    let low = eight & (EACH * 0x7f);
    let from_first = low + EACH * u64::from(0x80 - first);
    let after_last = low + EACH * u64::from(0x7f - last);
    from_first & !after_last & !eight & (EACH * 0x80)
}

/// What a character does to the run of characters it stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A letter or digit of a script that puts spaces between words.
    Letter,
    /// A character of a script without spaces.
    Unspaced,
    /// Joins the character before it: a vowel sign, an accent, a virama.
    Mark,
    /// Seen by no reader: joiners, soft hyphens, variation selectors.
    Invisible,
    /// Ends the run.
    Break,
}

/// Takes the run of one kind that begins `text`, or else its first character, and returns its length in bytes.
fn foreign_run(text: &str, folded: &mut String, opening: &mut bool, see: &mut impl FnMut(Word<'_>)) -> usize {
    folded.clear();
    let (mut kind, mut accents, mut upper) = (None, false, false);
    let mut end = text.len();
    for (at, character) in text.char_indices() {
        let part = part(character);
        match (part, kind) {
            (Part::Invisible, Some(_)) => continue,
            (Part::Mark, Some(_)) => {}
            (Part::Letter | Part::Unspaced, None) => {
                kind = Some(part);
                upper = character.is_uppercase();
            }
            (Part::Letter | Part::Unspaced, Some(before)) if before == part => {}
            (_, None) => {
                *opening |= matches!(character, '.' | '!' | '?' | ':' | '\n' | '।' | '。');
                return character.len_utf8();
            }
            _ => {
                end = at;
                break;
            }
        }
        accents |= matches!(character, '\u{300}'..='\u{36f}' | '\u{3099}' | '\u{309a}');
        match character {
            // Vowel signs of India come whole or in halves, and letters with or apart from their dot: always apart.
            '\u{900}'..='\u{dff}' => decompose_canonical(character, |piece| folded.push(piece)),
            _ if part == Part::Letter => folded.extend(character.to_lowercase()),
            _ => folded.push(character),
        }
    }
    if accents {
        *folded = folded.nfc().collect();
    }
    if kind == Some(Part::Unspaced) {
        each_pair(folded, see);
    } else if folded.chars().nth(1).is_some() {
        see(Word { folded, name: upper && !*opening, initials: false });
    }
    *opening = false;
    end
}

/// Calls `see` with each two neighbouring characters of `run`, marks included; a run of one character gives that one.
fn each_pair(run: &str, see: &mut impl FnMut(Word<'_>)) {
    let mut starts = run
        .char_indices()
        .filter(|&(at, character)| at == 0 || part(character) != Part::Mark)
        .map(|(at, _)| at);
    let mut pair = |folded| see(Word { folded, name: false, initials: false });
    let (mut first, Some(mut second)) = (starts.next().unwrap_or(0), starts.next()) else {
        return pair(run);
    };
    for third in starts.chain([run.len()]) {
        pair(&run[first..third]);
        (first, second) = (second, third);
    }
}

/// The part of a character, from a table that is filled in pieces of 256 as they are met: the standard library's own
/// search takes up to half a microsecond a character.
fn part(character: char) -> Part {
    static PARTS: [OnceLock<[Part; 256]>; 256] = [const { OnceLock::new() }; 256];
    let code = character as usize;
    let Some(piece) = PARTS.get(code / 256) else {
        return looked_up(character);
    };
    let first = character as u32 & !0xff;
    let fill = || {
        let mut codes = first..;
        [Part::Break; 256].map(|none| codes.next().and_then(char::from_u32).map_or(none, looked_up))
    };
    piece.get_or_init(fill)[code % 256]
}

fn looked_up(character: char) -> Part {
    match character {
        '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' => {
            Part::Invisible
        }
        // Han, kana and hangul; the punctuation among them is no letter.
        '\u{1100}'..='\u{11ff}'
        | '\u{3005}'..='\u{318f}'
        | '\u{3400}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9f}'
        | '\u{20000}'..='\u{3ffff}' => match character {
            '\u{3099}' | '\u{309a}' => Part::Mark,
            _ if character.is_alphanumeric() => Part::Unspaced,
            _ => Part::Break,
        },
        // Thai and Lao; Burmese; Khmer.
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' => match character {
            _ if is_combining_mark(character) => Part::Mark,
            _ if character.is_alphanumeric() => Part::Unspaced,
            _ => Part::Break,
        },
        _ if character.is_alphanumeric() => Part::Letter,
        _ if !character.is_ascii() && is_combining_mark(character) => Part::Mark,
        _ => Part::Break,
    }
}

#[cfg(test)]
mod tests {
    use super::each_word;

    fn check(text: &str, expected: &[&str]) {
        let mut words = Vec::new();
        each_word(text, |word| words.push(word.folded.to_owned()));
        assert_eq!(words, expected, "words of {text:?}");
    }

    #[test]
    fn words_are_runs_of_letters_and_digits_in_lower_case() {
        check(
            "The Prime-Minister’s 2nd visit, in 2025!",
            &["the", "prime", "minister", "2nd", "visit", "in", "2025"],
        );
        check("ÉCOLE naïve Straße ΑΘΗΝΑ Москва", &["école", "naïve", "straße", "αθηνα", "москва"]);
        check("don't x 7 ok", &["don", "ok"]);
        check("exactly8 sixteenletters16 @[`{/:Zz09", &["exactly8", "sixteenletters16", "zz09"]);
        check("FOURTEEN-plus: internationally", &["fourteen", "plus", "internationally"]);
        check("", &[]);
        check("… — “ ” é", &[]);
    }

    #[test]
    fn accents_written_apart_are_the_same_word() {
        check("cafe\u{301} CAFE\u{301}s", &["café", "cafés"]);
        check("co\u{ad}operate", &["cooperate"]);
    }

    #[test]
    fn indian_scripts_keep_their_vowel_signs_and_joints() {
        check("मुख्यमंत्री ने कहा।", &["मुख्यमंत्री", "ने", "कहा"]);
        check("নির্বাচন কমিশন", &["নির্বাচন", "কমিশন"]);
        check("தமிழ்நாடு അമ്മ ગુજરાત", &["தமிழ்நாடு", "അമ്മ", "ગુજરાત"]);
        // A conjunct with an explicit joiner is the same word, and so are a dotted letter whole and apart.
        check("क्\u{200d}षमा", &["क्षमा"]);
        check("स\u{95c}क स\u{921}\u{93c}क", &["स\u{921}\u{93c}क", "स\u{921}\u{93c}क"]);
        check("ক\u{9cb} ক\u{9c7}\u{9be}", &["ক\u{9c7}\u{9be}", "ক\u{9c7}\u{9be}"]);
    }

    #[test]
    fn scripts_without_spaces_give_pairs() {
        check("東京都の雨。大雨", &["東京", "京都", "都の", "の雨", "大雨"]);
        check("雨", &["雨"]);
        check("서울시", &["서울", "울시"]);
        check("ที่นี่", &["ที่นี่"]);
        check("น้ำท่วม", &["น้ำ", "ำท่", "ท่ว", "วม"]);
        check("iPhone発売2025年", &["iphone", "発売", "2025", "年"]);
    }

    #[test]
    fn names_are_capitals_inside_a_sentence() {
        let mut names = Vec::new();
        each_word("Rain hit Pune. Roads in Łódź stay open", |word| {
            if word.name {
                names.push(word.folded.to_owned());
            }
        });
        assert_eq!(names, ["pune", "łódź"]);
    }

    #[test]
    fn abbreviations_are_told_from_words() {
        let mut initials = Vec::new();
        each_word("WHO knows who told us, the US or NASA", |word| {
            if word.initials {
                initials.push(word.folded.to_owned());
            }
        });
        assert_eq!(initials, ["who", "us"]);
    }
}
