//! What lists of words say in each language, and what is said about bad ones.

use super::{BUILT_IN, ENGLISH, Words, reader};
use crate::date::Moment;
use crate::diagnostic::Diagnostic;
use crate::source::{Source, SourcePath};

fn date(language: &str) -> String {
    let moment = Moment::parse("2025-08-26T00:00:00+05:30", None).expect("a date");
    Words::of(language).date(moment, None)
}

#[test]
fn dates_are_the_languages() {
    for (language, expect) in [
        ("en", "August 26, 2025"),
        ("en-IN", "26 August 2025"),
        ("hi", "26 अगस्त 2025"),
        ("bn", "২৬ আগস্ট, ২০২৫"),
        ("fr-CA", "26 août 2025"),
        ("de", "26. August 2025"),
        ("es", "26 de agosto de 2025"),
        ("ar", "٢٦ أغسطس ٢٠٢٥"),
        ("eo", "August 26, 2025"),
    ] {
        assert_eq!(date(language), expect, "{language}");
    }
}

#[test]
fn numbers_and_their_forms_are_the_languages() {
    for (language, number, expect) in [
        ("en", 1, "1 View"),
        ("en", 104, "104 Views"),
        ("en-in", 104_000, "1,04,000 Views"),
        ("hi", 104_000, "1,04,000 बार पढ़ा गया"),
        ("bn", 104, "১০৪ বার পড়া হয়েছে"),
        ("fr", 0, "0 vue"),
        ("fr", 1_234, "1\u{202F}234 vues"),
        ("fr", 2_000_000, "2\u{202F}000\u{202F}000 de vues"),
        ("de", 1_234, "1.234 Aufrufe"),
        ("es", 1_234, "1234 lecturas"),
        ("es", 12_345, "12.345 lecturas"),
        ("ar", 2, "قراءتان"),
        ("ar", 3, "٣ قراءات"),
        ("ar", 1_234, "١٬٢٣٤ قراءة"),
    ] {
        assert_eq!(Words::of(language).counted("views", number).as_deref(), Some(expect), "{language}");
    }
    assert_eq!(Words::of("en").counted("apples", 1), None);
    assert_eq!(Words::of("es").month_of_year(2025, 8), "agosto de 2025");
}

#[test]
fn every_list_of_the_theme_is_whole() {
    for file in BUILT_IN.files() {
        let name = file.path().display().to_string();
        let source = Source::new(SourcePath::new(&name), file.contents_utf8().expect("text"));
        let mut words = ENGLISH.clone();
        let findings = reader::lay(&mut words, Some(&ENGLISH), &source);
        assert!(findings.is_empty(), "{name}: {}", findings[0].message());
        if !name.contains('-') {
            let missing = reader::missing(&source, &ENGLISH);
            assert!(missing.is_none(), "{name}: {:?}", missing.map(|finding| finding.help_lines().join(" ")));
        }
    }
    assert!(BUILT_IN.files().count() >= 7);
}

fn findings(language: &str, text: &str) -> String {
    let source = Source::new(SourcePath::new("templates/words/x.yaml"), text);
    let mut findings = Words::of(language).laid_over(&source, language);
    findings.sort_by(Diagnostic::reading_order);
    let shown = findings.iter().map(|finding| {
        let place = finding.labels()[0].position;
        format!("{}:{} {} ({})", place.line, place.column, finding.message(), finding.help_lines().join(" "))
    });
    shown.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_wrong_with_a_list_is_said_at_once() {
    let text = "date: \"%\"\nmonths: [a, b]\ndigits: \"123\"\nwords: {hom: x, posted: \"On {day}\", home: \"{%x\", by: 3}\n\
                counts:\n  views: {one: \"{n}\"}\n  apples: {other: x}\n";
    insta::assert_snapshot!(findings("en", text), @r"
    1:7 `date` is not a strftime pattern (write a pattern such as `%-d %B %Y`)
    2:9 `months` has 2 names (write 12 names)
    3:9 `digits` are not ten (write the ten digits from zero to nine)
    4:14 the theme has no word `hom` (the nearest one is `home`)
    4:25 `posted` does not have the holes of the English text (the text has to hold `{date}`, and nothing else in braces)
    4:43 `home` does not have the holes of the English text (write a text without other braces than `{n}` in counts)
    4:54 `by` does not have the holes of the English text (the text has to hold `{names}`, and nothing else in braces)
    6:3 there is no `other` (add a line `other: text`)
    7:11 the theme has no word `apples` (the nearest one is `minutes`)
    ");
}

#[test]
fn a_new_language_is_told_what_it_lacks() {
    let all = findings("ta", "months: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]\nwords: {home: x}\n");
    assert!(
        all.contains("words are missing") && all.contains("`posted`") && !all.contains("`home`"),
        "{all}"
    );
    assert_eq!(findings("en", "words: {home: x}"), "");
}

#[test]
fn own_words_are_laid_over_the_themes() {
    let source =
        Source::new(SourcePath::new("templates/words/en.yaml"), "words: {home: Start}\nseparator: \" \"\n");
    let mut words = Words::of("en");
    assert!(words.laid_over(&source, "en").is_empty());
    assert_eq!((words.text("home"), words.text("archive")), ("Start", "Archive"));
    assert_eq!(words.counted("views", 1_234).as_deref(), Some("1 234 Views"));
}
