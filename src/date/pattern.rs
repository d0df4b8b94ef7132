//! Date patterns: `strftime` patterns taken apart once, with the names of months and days in the site's language.
//!
//! `strftime` itself knows English names only. What the names are is for the lists of words to know.

use super::Moment;
use crate::language::numerals::Numerals;

/// The names in dates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The months as they stand in dates, January first: twelve.
    pub months: Vec<String>,
    /// The same in short: twelve.
    pub short_months: Vec<String>,
    /// The days of the week, Sunday first: seven.
    pub days: Vec<String>,
    /// The same in short: seven.
    pub short_days: Vec<String>,
}

/// One part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// Text as it stands.
    Text(String),
    Month,
    ShortMonth,
    Weekday,
    ShortWeekday,
    /// The day of the month without a zero before it.
    Day,
    Year,
    /// Anything else, for `strftime`.
    Other(String),
}

/// A pattern, ready for many dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<Piece>);

impl Pattern {
    /// Takes a pattern apart; whether `strftime` takes it has been found out before.
    #[must_use]
    pub fn of(pattern: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = pattern;
        while let Some(at) = rest.find('%') {
            text(&mut pieces, &rest[..at]);
            let length = directive(&rest[at..]);
            let (written, after) = rest[at..].split_at(length);
            match written {
                "%B" => pieces.push(Piece::Month),
                "%b" | "%h" => pieces.push(Piece::ShortMonth),
                "%A" => pieces.push(Piece::Weekday),
                "%a" => pieces.push(Piece::ShortWeekday),
                "%-d" | "%-e" => pieces.push(Piece::Day),
                "%Y" => pieces.push(Piece::Year),
                "%%" => text(&mut pieces, "%"),
                _ => pieces.push(Piece::Other(written.to_owned())),
            }
            rest = after;
        }
        text(&mut pieces, rest);
        Self(pieces)
    }

    /// A date by this pattern.
    #[must_use]
    pub fn show(&self, moment: Moment, names: &Names, numerals: &Numerals) -> String {
        let (year, month, day) = moment.day_on_its_clock();
        let mut shown = String::with_capacity(32);
        let number = |number: &str, shown: &mut String| shown.push_str(&numerals.digits(number));
        let name = |names: &[String], at: usize, shown: &mut String| {
            shown.push_str(names.get(at).map_or("", String::as_str));
        };
        let month = usize::from(month).saturating_sub(1);
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => shown.push_str(text),
                Piece::Month => name(&names.months, month, &mut shown),
                Piece::ShortMonth => name(&names.short_months, month, &mut shown),
                Piece::Weekday => name(&names.days, moment.weekday(), &mut shown),
                Piece::ShortWeekday => name(&names.short_days, moment.weekday(), &mut shown),
                Piece::Day => number(&day.to_string(), &mut shown),
                Piece::Year => number(&format!("{year:04}"), &mut shown),
                Piece::Other(pattern) => {
                    number(&moment.format(pattern).unwrap_or_default(), &mut shown);
                }
            }
        }
        shown
    }
}

/// Text after text is one piece.
fn text(pieces: &mut Vec<Piece>, text: &str) {
    match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(Piece::Text(before)) => before.push_str(text),
        _ => pieces.push(Piece::Text(text.to_owned())),
    }
}

/// The length of the directive that `pattern` begins with: `%`, flags, a width, colons, a letter.
fn directive(pattern: &str) -> usize {
    let is_before = |c: char| c.is_ascii_digit() || matches!(c, '-' | '_' | '^' | '#' | ':' | '.');
    let rest = &pattern[1..];
    let end = if rest.starts_with('%') {
        Some((0, '%'))
    } else {
        rest.char_indices().find(|(_, c)| !is_before(*c))
    };
    end.map_or(pattern.len(), |(at, letter)| 1 + at + letter.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::{Names, Pattern};
    use crate::date::Moment;
    use crate::language::numerals::Numerals;

    fn check(pattern: &str, expect: &str) {
        let list = |names: &str| names.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let names = Names {
            months: list("jan fev mar avr mai jun jul aout sep oct nov dec"),
            short_months: list("1 2 3 4 5 6 7 8. 9 10 11 12"),
            days: list("dim lun mardi mer jeu ven sam"),
            short_days: list("d l ma me j v s"),
        };
        let moment = Moment::parse("2025-08-05T09:30:00+05:30", None).expect("a date");
        assert_eq!(Pattern::of(pattern).show(moment, &names, &Numerals::default()), expect, "{pattern}");
    }

    #[test]
    fn names_are_the_languages_and_numbers_those_of_strftime() {
        check("%-d %B %Y", "5 aout 2025");
        check("%A, %d %b", "mardi, 05 8.");
        check("%a %d/%m/%y %H:%M %% %:z", "ma 05/08/25 09:30 % +05:30");
        check("%B%-d", "aout5");
        check("le %e", "le  5");
    }
}
