//! Languages: the tags that authors write, and the direction of writing that follows from them.

pub mod numerals;
pub mod plurals;

/// Languages that are written from right to left when a tag names no script (Unicode CLDR, likely subtags).
const RIGHT_TO_LEFT: [&str; 9] = ["ar", "ckb", "dv", "fa", "he", "ps", "sd", "ur", "yi"];

/// Scripts that are written from right to left (Unicode CLDR, script metadata).
const RIGHT_TO_LEFT_SCRIPTS: [&str; 6] = ["adlm", "arab", "hebr", "nkoo", "syrc", "thaa"];

/// A language tag by its shape (BCP 47: letters, then parts of up to eight letters and digits joined by `-`). Whether
/// there is such a language is not looked up.
///
/// # Errors
///
/// What is wrong with it, as the end of a sentence that begins with "it".
pub fn parse(text: &str) -> Result<String, &'static str> {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or("");
    let is_language = (2..=8).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_part =
        |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_language && parts.all(is_part) { Ok(text.to_owned()) } else { Err("is not a language tag") }
}

/// The scripts of languages that are not written in Latin letters when a tag names none (Unicode CLDR, likely subtags).
const SCRIPTS: [(&str, &[&str]); 24] = [
    ("Arab", &["ar", "ckb", "fa", "ps", "sd", "ug", "ur"]),
    ("Armn", &["hy"]),
    ("Beng", &["as", "bn"]),
    ("Cyrl", &["be", "bg", "kk", "ky", "mk", "mn", "ru", "sr", "tg", "uk"]),
    ("Deva", &["bho", "doi", "hi", "mai", "mr", "ne", "sa"]),
    ("Ethi", &["am", "ti"]),
    ("Geor", &["ka"]),
    ("Grek", &["el"]),
    ("Gujr", &["gu"]),
    ("Guru", &["pa"]),
    ("Hans", &["zh"]),
    ("Hebr", &["he", "yi"]),
    ("Jpan", &["ja"]),
    ("Khmr", &["km"]),
    ("Knda", &["kn"]),
    ("Kore", &["ko"]),
    ("Laoo", &["lo"]),
    ("Mlym", &["ml"]),
    ("Mymr", &["my"]),
    ("Orya", &["or"]),
    ("Sinh", &["si"]),
    ("Taml", &["ta"]),
    ("Telu", &["te"]),
    ("Thai", &["th"]),
];

/// The script of a language, by its code in ISO 15924: `Latn`, `Deva`, `Arab`.
#[must_use]
pub fn script(tag: &str) -> String {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or("").to_ascii_lowercase();
    let is_script = |part: &&str| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_alphabetic());
    if let Some(written) = parts.find(is_script) {
        let (first, rest) = written.split_at(1);
        return first.to_ascii_uppercase() + &rest.to_ascii_lowercase();
    }
    let likely = SCRIPTS.iter().find(|(_, languages)| languages.contains(&language.as_str()));
    likely.map_or("Latn", |(script, _)| script).to_owned()
}

/// `rtl` or `ltr`, as HTML's `dir` has it.
#[must_use]
pub fn direction(tag: &str) -> &'static str {
    let tag = tag.to_ascii_lowercase();
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or("");
    let is_script = |part: &&str| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_right_to_left = match parts.find(is_script) {
        Some(script) => RIGHT_TO_LEFT_SCRIPTS.contains(&script),
        None => RIGHT_TO_LEFT.contains(&language),
    };
    if is_right_to_left { "rtl" } else { "ltr" }
}

/// Where most readers of a language are, for tags that name no territory (Unicode CLDR, likely subtags).
const TERRITORIES: [(&str, &str); 44] = [
    ("af", "ZA"),
    ("ar", "EG"),
    ("as", "IN"),
    ("be", "BY"),
    ("bg", "BG"),
    ("bn", "BD"),
    ("ca", "ES"),
    ("cs", "CZ"),
    ("da", "DK"),
    ("de", "DE"),
    ("el", "GR"),
    ("en", "US"),
    ("es", "ES"),
    ("et", "EE"),
    ("eu", "ES"),
    ("fa", "IR"),
    ("fi", "FI"),
    ("fr", "FR"),
    ("gu", "IN"),
    ("he", "IL"),
    ("hi", "IN"),
    ("hr", "HR"),
    ("hu", "HU"),
    ("id", "ID"),
    ("it", "IT"),
    ("ja", "JP"),
    ("kn", "IN"),
    ("ko", "KR"),
    ("ml", "IN"),
    ("mr", "IN"),
    ("nl", "NL"),
    ("or", "IN"),
    ("pa", "IN"),
    ("pl", "PL"),
    ("pt", "BR"),
    ("ro", "RO"),
    ("ru", "RU"),
    ("sv", "SE"),
    ("ta", "IN"),
    ("te", "IN"),
    ("tr", "TR"),
    ("uk", "UA"),
    ("ur", "PK"),
    ("zh", "CN"),
];

/// A tag as Open Graph writes it, `language_TERRITORY`: `en_GB`, and `hi_IN` for `hi`. Without a known territory it is the
/// language alone.
#[must_use]
pub fn locale(tag: &str) -> String {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or("").to_ascii_lowercase();
    // The first single letter begins what is no territory (BCP 47, extensions).
    let mut parts = parts.take_while(|part| part.len() > 1);
    let is_territory = |part: &&str| {
        (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_alphabetic()))
            || (part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let likely = || {
        TERRITORIES.iter().find(|(known, _)| *known == language).map(|(_, territory)| (*territory).to_owned())
    };
    match parts.find(is_territory).map(str::to_ascii_uppercase).or_else(likely) {
        Some(territory) => format!("{language}_{territory}"),
        None => language,
    }
}

/// The code news sitemaps ask for (Google): ISO 639, and `zh-cn` or `zh-tw` for Chinese.
#[must_use]
pub fn news_code(tag: &str) -> String {
    let tag = tag.to_ascii_lowercase();
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or("");
    if language != "zh" {
        return language.to_owned();
    }
    let is_traditional = parts.any(|part| matches!(part, "hant" | "tw" | "hk" | "mo"));
    if is_traditional { "zh-tw" } else { "zh-cn" }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::{direction, locale, news_code, parse, script};

    #[test]
    fn tags_are_checked_by_their_shape() {
        for good in ["en", "hi", "pt-BR", "zh-Hant-TW", "bn-IN", "ckb", "de-CH-1901"] {
            assert_eq!(parse(good).as_deref(), Ok(good));
        }
        for bad in ["", "h", "en_US", "English language", "en-", "-en", "e1", "en-waytoolong", "हिन्दी"]
        {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn tags_tell_the_script() {
        for (tag, expect) in [("en", "Latn"), ("HI", "Deva"), ("sr-latn-RS", "Latn"), ("ar-EG", "Arab")] {
            assert_eq!(script(tag), expect, "{tag}");
        }
    }

    #[test]
    fn open_graph_names_a_territory() {
        for (tag, expect) in [
            ("en", "en_US"),
            ("en-gb", "en_GB"),
            ("zh-Hant-TW", "zh_TW"),
            ("es-419", "es_419"),
            ("eo", "eo"),
            ("en-x-in", "en_US"),
        ] {
            assert_eq!(locale(tag), expect, "{tag}");
        }
    }

    #[test]
    fn news_codes_have_two_exceptions() {
        for (tag, expect) in [
            ("en-GB", "en"),
            ("HI", "hi"),
            ("zh", "zh-cn"),
            ("zh-Hans-SG", "zh-cn"),
            ("zh-TW", "zh-tw"),
            ("zh-Hant", "zh-tw"),
        ] {
            assert_eq!(news_code(tag), expect, "{tag}");
        }
    }

    #[test]
    fn scripts_decide_the_direction_before_languages() {
        for (tag, expect) in [
            ("en", "ltr"),
            ("ar", "rtl"),
            ("UR-PK", "rtl"),
            ("ur-Latn", "ltr"),
            ("pa-Arab-PK", "rtl"),
            ("hi", "ltr"),
        ] {
            assert_eq!(direction(tag), expect, "{tag}");
        }
    }
}
