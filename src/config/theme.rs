//! The built-in theme's settings: what the config may say about the look.

use super::contrast;
use super::reader::Reader;
use crate::diagnostic::Diagnostic;
use crate::route::Route;
use crate::yaml::shape::{Field, Kind, Record};

/// The keys of `theme`.
pub(super) const THEME: &[Field] = &[
    Field::new(
        "accent",
        Kind::Text,
        "The accent colour: claret, harbour, moss, or a colour such as #a4161a.",
    ),
    Field::new("fonts", Kind::TextOrRecord(FONTS), "CSS font-family lists: one for text, or one a role."),
    Field::new(
        "density",
        Kind::Choice(&["comfortable", "compact"]),
        "The room around things. Default: comfortable.",
    ),
    Field::new("logo", Kind::Text, "The masthead's picture, a path in static/."),
];

const FONTS: &[Field] = &[
    Field::new("headline", Kind::Text, "Headlines."),
    Field::new("body", Kind::Text, "The text of stories."),
    Field::new("interface", Kind::Text, "Everything else."),
];

/// CSS font-family lists, where they are not the theme's own.
#[derive(Clone, Debug, Default)]
pub struct Fonts {
    /// Of headlines.
    pub headline: Option<String>,
    /// Of the text of stories.
    pub body: Option<String>,
    /// Of everything else.
    pub interface: Option<String>,
}

/// The accents of the theme that have a name; its style sheet knows their colours.
pub const ACCENTS: [&str; 3] = ["claret", "harbour", "moss"];

/// The built-in theme's settings.
#[derive(Clone, Debug, Default)]
pub struct ThemeSettings {
    /// A CSS hex colour, or the name of one of the theme's accents.
    pub accent: Option<String>,
    /// CSS font-family lists.
    pub fonts: Fonts,
    /// Whether things stand closer together.
    pub is_compact: bool,
    /// The masthead's picture below `static/`.
    pub logo: Option<Route>,
}

impl Reader<'_> {
    pub(super) fn theme(&mut self) -> ThemeSettings {
        let Some(record) = self.record.record("theme") else { return ThemeSettings::default() };
        let colour = |text: &str| {
            let digits = text.strip_prefix('#').unwrap_or("");
            let hex = matches!(digits.len(), 3 | 6) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            if hex || ACCENTS.contains(&text) { Ok(text.to_owned()) } else { Err("is not a colour") }
        };
        let help = "write `claret`, `harbour`, `moss`, or a hex colour in quotes: `accent: \"#a4161a\"`";
        let accent = self.parsed(&record, "accent", colour, help);
        if let Some(complaint) = accent.as_deref().and_then(contrast::complaint) {
            let finding = Diagnostic::warning("accent-contrast", format!("`accent` {}", complaint.reason));
            let help = format!("write a {} colour: `accent: \"{}\"`", complaint.way, complaint.better);
            let place = record.span("accent");
            self.findings.push(finding.at(record.document().source(), place, "").help(help));
        }
        let fonts = match record.record("fonts") {
            Some(roles) => Fonts {
                headline: self.family(&roles, "headline"),
                body: self.family(&roles, "body"),
                interface: self.family(&roles, "interface"),
            },
            None => Fonts { body: self.family(&record, "fonts"), ..Fonts::default() },
        };
        ThemeSettings {
            accent,
            fonts,
            is_compact: record.choice("density") == Some("compact"),
            logo: self.static_file(&record, "logo"),
        }
    }

    fn family(&mut self, record: &Record<'_>, key: &str) -> Option<String> {
        let plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | ',' | '-' | '_');
        let family = |text: &str| {
            let is_plain = text.chars().all(plain);
            if is_plain { Ok(text.to_owned()) } else { Err("is not a plain list of font names") }
        };
        self.parsed(record, key, family, "write names joined by commas: `Source Serif, Georgia, serif`")
    }
}
