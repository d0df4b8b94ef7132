//! Plural forms: which of a language's forms goes with a whole number.
//!
//! The rules are those of the Unicode CLDR, "Language Plural Rules", cardinals
//! (<https://www.unicode.org/cldr/charts/46/supplemental/language_plural_rules.html>), as far as whole numbers need them.
//! What a form says is for the lists of words to know.

/// One form, by its name in the CLDR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plural {
    /// No thing at all, where the language says that differently.
    Zero,
    /// One thing, and what is said like it.
    One,
    /// Two things, where the language has a dual.
    Two,
    /// A few.
    Few,
    /// Many.
    Many,
    /// Everything else; every language has it.
    Other,
}

impl Plural {
    /// All forms.
    pub const ALL: [Self; 6] = [Self::Zero, Self::One, Self::Two, Self::Few, Self::Many, Self::Other];

    /// The name that lists of words use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Zero => "zero",
            Self::One => "one",
            Self::Two => "two",
            Self::Few => "few",
            Self::Many => "many",
            Self::Other => "other",
        }
    }
}

/// How a language tells its forms apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// One form for all numbers.
    Same,
    /// One, and all others.
    One,
    /// None and one alike, and all others.
    UpToOne,
    /// As [`Rule::One`], and whole millions.
    OneAndMillions,
    /// As [`Rule::UpToOne`], and whole millions.
    UpToOneAndMillions,
    Arabic,
    Breton,
    Czech,
    Icelandic,
    Gaelic,
    Hebrew,
    Irish,
    Latvian,
    Lithuanian,
    Maltese,
    Polish,
    Romanian,
    Russian,
    Serbian,
    Slovenian,
    Welsh,
}

/// The languages whose rule is not [`Rule::One`].
const RULES: &[(Rule, &[&str])] = &[
    (
        Rule::Same,
        &[
            "bo", "dz", "hnj", "id", "ig", "ii", "ja", "jv", "kde", "km", "ko", "lo", "ms", "my", "sah",
            "su", "th", "to", "vi", "wo", "yo", "yue", "zh",
        ],
    ),
    (
        Rule::UpToOne,
        &[
            "ak", "am", "as", "bn", "doi", "fa", "ff", "gu", "guw", "hi", "hy", "kab", "kn", "ln", "mg",
            "nso", "pa", "pcm", "si", "ti", "wa", "zu",
        ],
    ),
    (Rule::OneAndMillions, &["ca", "es", "it", "lld", "pt-pt", "scn", "vec"]),
    (Rule::UpToOneAndMillions, &["fr", "pt"]),
    (Rule::Arabic, &["ar", "ars"]),
    (Rule::Breton, &["br"]),
    (Rule::Czech, &["cs", "sk"]),
    (Rule::Icelandic, &["is", "mk"]),
    (Rule::Gaelic, &["gd"]),
    (Rule::Hebrew, &["he", "iu", "naq", "sat", "se", "smn"]),
    (Rule::Irish, &["ga"]),
    (Rule::Latvian, &["lv", "prg"]),
    (Rule::Lithuanian, &["lt"]),
    (Rule::Maltese, &["mt"]),
    (Rule::Polish, &["pl"]),
    (Rule::Romanian, &["ro", "mo"]),
    (Rule::Russian, &["be", "ru", "uk"]),
    (Rule::Serbian, &["bs", "hr", "sh", "sr"]),
    (Rule::Slovenian, &["sl", "dsb", "hsb"]),
    (Rule::Welsh, &["cy"]),
];

/// The rule of a language, looked up once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plurals(Rule);

impl Plurals {
    /// The rule of a language tag.
    #[must_use]
    pub fn of(tag: &str) -> Self {
        let tag = tag.to_ascii_lowercase();
        let language = tag.split('-').next().unwrap_or("");
        let rule =
            |name: &str| RULES.iter().find(|(_, languages)| languages.contains(&name)).map(|(rule, _)| *rule);
        Self(rule(&tag).or_else(|| rule(language)).unwrap_or(Rule::One))
    }

    /// The form that goes with a number.
    #[must_use]
    pub fn form(self, number: u64) -> Plural {
        let is_millions = number > 0 && number.is_multiple_of(1_000_000);
        let exactly = |number: u64, most: u64| match number {
            0 if most >= 10 => Plural::Zero,
            1 => Plural::One,
            2 => Plural::Two,
            3 if most >= 6 => Plural::Few,
            6 if most >= 10 => Plural::Many,
            _ => Plural::Other,
        };
        match self.0 {
            Rule::Same => Plural::Other,
            Rule::OneAndMillions | Rule::UpToOneAndMillions if is_millions => Plural::Many,
            Rule::One | Rule::OneAndMillions => one_if(number == 1),
            Rule::UpToOne | Rule::UpToOneAndMillions => one_if(number <= 1),
            Rule::Icelandic => one_if(number % 10 == 1 && number % 100 != 11),
            Rule::Hebrew => exactly(number, 2),
            Rule::Welsh => exactly(number, 10),
            _ => self.by_digits(number),
        }
    }

    /// The rules that look at a number's last digits.
    fn by_digits(self, number: u64) -> Plural {
        let (last, two) = (number % 10, number % 100);
        let is_teen = (11..=19).contains(&two);
        match (self.0, number) {
            (Rule::Arabic | Rule::Latvian, 0) => Plural::Zero,
            (Rule::Arabic | Rule::Czech | Rule::Irish | Rule::Maltese | Rule::Polish | Rule::Romanian, 1) => {
                Plural::One
            }
            (Rule::Arabic | Rule::Irish | Rule::Maltese, 2) => Plural::Two,
            (Rule::Arabic, _) => pick([(3..=10).contains(&two), two >= 11]),
            (Rule::Breton, _) => match (last, two) {
                (1, two) if !matches!(two, 11 | 71 | 91) => Plural::One,
                (2, two) if !matches!(two, 12 | 72 | 92) => Plural::Two,
                (3 | 4 | 9, two) if !matches!(two, 10..=19 | 70..=79 | 90..=99) => Plural::Few,
                _ => pick([false, number != 0 && number.is_multiple_of(1_000_000)]),
            },
            (Rule::Czech, _) => pick([(2..=4).contains(&number), false]),
            (Rule::Gaelic, _) => match number {
                1 | 11 => Plural::One,
                2 | 12 => Plural::Two,
                _ => pick([(3..=19).contains(&number), false]),
            },
            (Rule::Irish, _) => pick([(3..=6).contains(&number), (7..=10).contains(&number)]),
            (Rule::Latvian, _) if last == 0 || is_teen => Plural::Zero,
            (Rule::Latvian, _) => one_if(last == 1),
            (Rule::Lithuanian, _) if last == 1 && !is_teen => Plural::One,
            (Rule::Lithuanian, _) => pick([last >= 2 && !is_teen, false]),
            (Rule::Maltese, _) => pick([number == 0 || (3..=10).contains(&two), is_teen]),
            (Rule::Romanian, _) => pick([number == 0 || (1..=19).contains(&two), false]),
            (Rule::Slovenian, _) => match two {
                1 => Plural::One,
                2 => Plural::Two,
                _ => pick([two == 3 || two == 4, false]),
            },
            (Rule::Russian | Rule::Serbian, _) if last == 1 && two != 11 => Plural::One,
            (Rule::Polish | Rule::Russian | Rule::Serbian, _) => {
                let is_few = (2..=4).contains(&last) && !(12..=14).contains(&two);
                pick([is_few, self.0 != Rule::Serbian])
            }
            _ => Plural::Other,
        }
    }
}

fn one_if(is_one: bool) -> Plural {
    if is_one { Plural::One } else { Plural::Other }
}

/// The first of few and many that holds.
fn pick([few, many]: [bool; 2]) -> Plural {
    if few {
        Plural::Few
    } else if many {
        Plural::Many
    } else {
        Plural::Other
    }
}

#[cfg(test)]
mod tests {
    use super::Plurals;

    /// The examples of the CLDR's chart: a language, and numbers with the names of their forms.
    fn check(tag: &str, expect: &[(&str, &[u64])]) {
        for (form, numbers) in expect {
            for number in *numbers {
                assert_eq!(Plurals::of(tag).form(*number).name(), *form, "{tag}: {number}");
            }
        }
    }

    #[test]
    fn languages_of_the_theme() {
        check("en-GB", &[("one", &[1]), ("other", &[0, 2, 16, 100, 1_000, 10_000, 1_000_000])]);
        check("de", &[("one", &[1]), ("other", &[0, 2, 21, 1_000_000])]);
        for tag in ["hi", "bn-IN"] {
            check(tag, &[("one", &[0, 1]), ("other", &[2, 17, 100, 1_000_000])]);
        }
        check("fr", &[("one", &[0, 1]), ("many", &[1_000_000]), ("other", &[2, 17, 1_001, 1_000_001])]);
        check("es-419", &[("one", &[1]), ("many", &[2_000_000]), ("other", &[0, 2, 17])]);
        check(
            "AR",
            &[
                ("zero", &[0]),
                ("one", &[1]),
                ("two", &[2]),
                ("few", &[3, 10, 103, 110, 1_003]),
                ("many", &[11, 26, 111, 1_011]),
                ("other", &[100, 102, 200, 1_000, 10_000, 1_000_000]),
            ],
        );
    }

    #[test]
    fn other_languages() {
        check("ja", &[("other", &[0, 1, 2])]);
        check("pt-PT", &[("one", &[1]), ("other", &[0, 2])]);
        check("pt-BR", &[("one", &[0, 1]), ("other", &[2])]);
        check(
            "ru",
            &[("one", &[1, 21, 101]), ("few", &[2, 4, 22, 102]), ("many", &[0, 5, 11, 19, 111, 112])],
        );
        check("pl", &[("one", &[1]), ("few", &[2, 4, 22, 102]), ("many", &[0, 5, 12, 21, 101])]);
        check("hr", &[("one", &[1, 21]), ("few", &[2, 104]), ("other", &[0, 5, 11, 12])]);
        check("cs", &[("one", &[1]), ("few", &[2, 4]), ("other", &[0, 5, 22])]);
        check("sl", &[("one", &[1, 101]), ("two", &[2, 102]), ("few", &[3, 104]), ("other", &[0, 5, 11])]);
        check("lt", &[("one", &[1, 21]), ("few", &[2, 9, 22]), ("other", &[0, 10, 11, 19])]);
        check("lv", &[("zero", &[0, 10, 11, 20]), ("one", &[1, 21]), ("other", &[2, 22])]);
        check("ro", &[("one", &[1]), ("few", &[0, 2, 16, 101]), ("other", &[20, 100])]);
        check("he", &[("one", &[1]), ("two", &[2]), ("other", &[0, 3, 20])]);
        check("cy", &[("zero", &[0]), ("two", &[2]), ("few", &[3]), ("many", &[6]), ("other", &[4, 10])]);
        check(
            "ga",
            &[("one", &[1]), ("two", &[2]), ("few", &[3, 6]), ("many", &[7, 10]), ("other", &[0, 11])],
        );
        check("gd", &[("one", &[1, 11]), ("two", &[2, 12]), ("few", &[3, 13, 19]), ("other", &[0, 20])]);
        check(
            "mt",
            &[("one", &[1]), ("two", &[2]), ("few", &[0, 3, 103]), ("many", &[11, 111]), ("other", &[20])],
        );
        check("br", &[("one", &[1, 21]), ("two", &[2, 22]), ("few", &[3, 29]), ("other", &[0, 5, 11, 71])]);
        check("is", &[("one", &[1, 21]), ("other", &[0, 11, 2])]);
    }
}
