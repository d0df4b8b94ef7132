//! Languages: the tags that authors write, and the direction of writing that follows from them.

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

#[cfg(test)]
mod tests {
    use super::{direction, parse};

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
