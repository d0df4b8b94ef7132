//! Quotation marks: the parser writes English ones, which other languages replace.
//!
//! Only marks that the parser made from `"` and `'` change; what an author typed as “ or » stays. The rest of the text
//! is not known here.

/// The marks of a language: double opening and closing, single opening and closing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Marks {
    double: [&'static str; 2],
    single: [&'static str; 2],
}

const ENGLISH: Marks = Marks { double: ["“", "”"], single: ["‘", "’"] };
const GERMAN: Marks = Marks { double: ["„", "“"], single: ["‚", "‘"] };
const POLISH: Marks = Marks { double: ["„", "”"], single: ["‚", "’"] };
/// Arabic writes these, too: they turn with the direction of the text.
const RUSSIAN: Marks = Marks { double: ["«", "»"], single: ["‘", "’"] };
/// Between French marks and their text stands a narrow no-break space.
const FRENCH: Marks = Marks { double: ["«\u{202F}", "\u{202F}»"], single: ["‘", "’"] };
const SWEDISH: Marks = Marks { double: ["”", "”"], single: ["’", "’"] };

/// Replaces the parser's quotation marks, one after the other.
pub(super) struct Quotes {
    marks: Marks,
    /// Whether a single quotation is open: then the next ’ that ends a word closes it, else it is an apostrophe.
    single_open: bool,
}

impl Quotes {
    /// The marks for a language; `None` when its text must stay as typed: in Hebrew `"` is part of words, and Japanese
    /// and Persian have marks of their own.
    pub(super) fn of(language: &str) -> Option<Self> {
        let primary = language.split(['-', '_']).next().unwrap_or("").to_ascii_lowercase();
        let marks = match primary.as_str() {
            "he" | "yi" | "ja" | "fa" => return None,
            "de" | "cs" | "sk" | "sl" | "bg" | "et" | "lt" | "is" | "lb" => GERMAN,
            "pl" | "ro" | "hu" | "hr" => POLISH,
            "ru" | "uk" | "be" | "ar" | "el" | "no" | "nb" | "nn" => RUSSIAN,
            "fr" => FRENCH,
            "sv" | "fi" => SWEDISH,
            _ => ENGLISH,
        };
        Some(Self { marks, single_open: false })
    }

    /// Forgets what is open: a quotation ends with its paragraph.
    pub(super) fn start_block(&mut self) {
        self.single_open = false;
    }

    /// The mark for one the parser made; `next` is the first character behind it.
    pub(super) fn mark(&mut self, made: &str, next: Option<char>) -> Option<&'static str> {
        match made {
            "“" => Some(self.marks.double[0]),
            "”" => Some(self.marks.double[1]),
            "‘" => {
                self.single_open = true;
                Some(self.marks.single[0])
            }
            "’" if self.single_open && !next.is_some_and(char::is_alphanumeric) => {
                self.single_open = false;
                Some(self.marks.single[1])
            }
            "’" => Some("’"),
            _ => None,
        }
    }
}
