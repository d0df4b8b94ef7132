//! Numerals: whole numbers as a language writes them, with its digits in its groups.

use std::borrow::Cow;

/// How digits stand together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    /// By three: 10,400,000.
    #[default]
    Thousands,
    /// The last three, and by two before them: 1,04,00,000.
    Indian,
    /// Not at all.
    None,
}

/// How a language writes whole numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numerals {
    /// The digits from 0 to 9; `None` for those of ASCII.
    pub digits: Option<[char; 10]>,
    /// What stands between groups.
    pub separator: String,
    /// How digits stand together.
    pub grouping: Grouping,
    /// The shortest number that is grouped, in digits: 5 where 1234 is written without a separator.
    pub grouped_from: usize,
}

impl Numerals {
    /// A number in groups: `1,04,000`.
    #[must_use]
    pub fn number(&self, number: u64) -> String {
        let digits = number.to_string();
        let count = digits.len();
        let is_grouped = count >= self.grouped_from && self.grouping != Grouping::None;
        let mut text = String::with_capacity(count * 2);
        for (at, digit) in digits.chars().enumerate() {
            let left = count - at;
            let is_start = match self.grouping {
                Grouping::Thousands => left.is_multiple_of(3),
                Grouping::Indian => left == 3 || (left > 3 && left % 2 == 1),
                Grouping::None => false,
            };
            if at > 0 && is_start && is_grouped {
                text.push_str(&self.separator);
            }
            text.push(self.digit(digit));
        }
        text
    }

    /// A text whose digits are the language's, without groups: years, the numbers of pages.
    #[must_use]
    pub fn digits<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.digits {
            None => Cow::Borrowed(text),
            Some(_) => text.chars().map(|letter| self.digit(letter)).collect(),
        }
    }

    fn digit(&self, letter: char) -> char {
        match (self.digits, letter.to_digit(10)) {
            (Some(digits), Some(digit)) => digits[digit as usize],
            _ => letter,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Grouping, Numerals};

    fn check(separator: &str, grouping: Grouping, grouped_from: usize, expect: &[(u64, &str)]) {
        let numerals = Numerals { digits: None, separator: separator.to_owned(), grouping, grouped_from };
        for (number, text) in expect {
            assert_eq!(numerals.number(*number), *text);
        }
    }

    #[test]
    fn digits_stand_in_groups() {
        check(
            ",",
            Grouping::Thousands,
            4,
            &[(0, "0"), (104, "104"), (1_234, "1,234"), (1_234_567, "1,234,567")],
        );
        let indian = [(104, "104"), (1_234, "1,234"), (104_000, "1,04,000"), (12_345_678, "1,23,45,678")];
        check(",", Grouping::Indian, 4, &indian);
        check(".", Grouping::Thousands, 5, &[(1_234, "1234"), (12_345, "12.345")]);
        check(",", Grouping::None, 0, &[(12_345, "12345")]);
    }

    #[test]
    fn digits_are_the_languages() {
        let digits = Some(['০', '১', '২', '৩', '৪', '৫', '৬', '৭', '৮', '৯']);
        let bengali =
            Numerals { digits, separator: ",".to_owned(), grouping: Grouping::Indian, grouped_from: 4 };
        assert_eq!(bengali.number(104_000), "১,০৪,০০০");
        assert_eq!(bengali.digits("26 a"), "২৬ a");
    }
}
