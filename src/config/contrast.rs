//! Contrast: whether an accent of the newspaper's own can be read, in light and in dark.
//!
//! What counts as contrast is WCAG's (2.2, 1.4.3 and its definitions); the colours it must stand out from are those of the
//! built-in theme. Where the accent was written is not known here.

/// The contrast that WCAG asks of text as small as a kicker.
const ENOUGH: f64 = 4.5;

/// `--paper` and `--tint` of the style sheet, in light and in dark; a test holds them to it.
const LIGHT: [u32; 2] = [0xff_ff_ff, 0xf5_f3_ee];
const DARK: [u32; 2] = [0x14_15_17, 0x20_22_26];

/// How much of the accent is in its form for dark pages; the rest is white.
const SHARE_IN_DARK: f64 = 0.42;

/// Steps from a colour to black or white in which a better one is looked for.
const STEPS: u32 = 100;

/// Why an accent is hard to read, and one like it that is not.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    /// The end of a sentence that begins with the key.
    pub(super) reason: String,
    /// `darker` or `lighter`.
    pub(super) way: &'static str,
    /// The nearest colour of that kind, `#` and six digits.
    pub(super) better: String,
}

/// What is wrong with an accent, `#` and three or six hexadecimal digits; `None` when everybody can read it.
pub(super) fn complaint(accent: &str) -> Option<Complaint> {
    let colour = Colour::parse(accent)?;
    let told: Vec<String> = colour
        .contrasts()
        .into_iter()
        .filter(|(_, contrast)| *contrast < ENOUGH)
        // Never rounded up to what is asked.
        .map(|(place, contrast)| format!("{:.1}:1 {place}", (contrast * 10.0).floor() / 10.0))
        .collect();
    if told.is_empty() {
        return None;
    }
    let is_dark_form_alone = colour.contrasts()[..2].iter().all(|(_, contrast)| *contrast >= ENOUGH);
    let (way, end) =
        if is_dark_form_alone { ("lighter", Colour::of(0xff_ff_ff)) } else { ("darker", Colour::of(0)) };
    let nearer = (1..STEPS).map(|step| colour.mixed(end, f64::from(step) / f64::from(STEPS)).rounded());
    let better = nearer.into_iter().find(Colour::can_be_read)?;
    let reason = format!("is hard to read: {}; WCAG asks for {ENOUGH}:1", told.join(", "));
    Some(Complaint { reason, way, better: better.hex() })
}

/// A colour of sRGB: red, green and blue as they are written, from 0 to 1.
#[derive(Clone, Copy)]
struct Colour([f64; 3]);

impl Colour {
    fn of(number: u32) -> Self {
        Self([16, 8, 0].map(|shift| f64::from(number >> shift & 0xff) / 255.0))
    }

    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        let full = match digits.len() {
            3 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
            _ => digits.to_owned(),
        };
        u32::from_str_radix(&full, 16).ok().map(Self::of)
    }

    fn hex(self) -> String {
        self.0.iter().fold("#".to_owned(), |text, part| format!("{text}{:02x}", byte(*part)))
    }

    /// The colour as it is after having been written down.
    fn rounded(self) -> Self {
        Self(self.0.map(|part| f64::from(byte(part)) / 255.0))
    }

    /// A part of the way to another colour, as their numbers go.
    fn mixed(self, other: Self, share: f64) -> Self {
        Self([0, 1, 2].map(|part| self.0[part] * (1.0 - share) + other.0[part] * share))
    }

    /// Everywhere the theme shows an accent, and its contrast there.
    fn contrasts(self) -> [(&'static str, f64); 3] {
        let least = |colour: Self, grounds: [u32; 2]| {
            grounds.map(|ground| contrast(colour, Self::of(ground))).into_iter().fold(f64::INFINITY, f64::min)
        };
        [
            ("under white letters", contrast(self, Self::of(0xff_ff_ff))),
            ("as letters on light pages", least(self, LIGHT)),
            ("as letters on dark pages, in its lighter form", least(self.in_dark(), DARK)),
        ]
    }

    fn can_be_read(&self) -> bool {
        self.contrasts().iter().all(|(_, contrast)| *contrast >= ENOUGH)
    }

    /// `color-mix(in oklab, accent 42%, white)`, as the style sheet has it.
    fn in_dark(self) -> Self {
        let lab = to_oklab(self.0.map(linear));
        // White is all lightness.
        let white = [1.0, 0.0, 0.0];
        let mixed = [0, 1, 2].map(|part| lab[part] * SHARE_IN_DARK + white[part] * (1.0 - SHARE_IN_DARK));
        Self(from_oklab(mixed).map(|part| gamma(part.clamp(0.0, 1.0)))).rounded()
    }

    /// Relative luminance, from 0 (black) to 1 (white).
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

/// From 1 (none) to 21 (black and white).
fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (one.luminance(), other.luminance());
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is from 0 to 255")]
fn byte(part: f64) -> u8 {
    (part.clamp(0.0, 1.0) * 255.0).round() as u8
}

/// The transfer function of sRGB (IEC 61966-2-1), undone.
fn linear(part: f64) -> f64 {
    if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
}

fn gamma(part: f64) -> f64 {
    if part <= 0.003_130_8 { part * 12.92 } else { 1.055 * part.powf(1.0 / 2.4) - 0.055 }
}

/// From linear sRGB to Oklab (CSS Color 4, 10.2).
fn to_oklab(rgb: [f64; 3]) -> [f64; 3] {
    let cones = times(
        [
            [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
            [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
            [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
        ],
        rgb,
    );
    times(
        [
            [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
            [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
            [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
        ],
        cones.map(f64::cbrt),
    )
}

/// The way back.
fn from_oklab(lab: [f64; 3]) -> [f64; 3] {
    let roots = times(
        [
            [1.0, 0.396_337_777_4, 0.215_803_757_3],
            [1.0, -0.105_561_345_8, -0.063_854_172_8],
            [1.0, -0.089_484_177_5, -1.291_485_548_0],
        ],
        lab,
    );
    times(
        [
            [4.076_741_662_1, -3.307_711_591_3, 0.230_969_929_2],
            [-1.268_438_004_6, 2.609_757_401_1, -0.341_319_396_5],
            [-0.004_196_086_3, -0.703_418_614_7, 1.707_614_701_0],
        ],
        roots.map(|root| root.powi(3)),
    )
}

fn times(matrix: [[f64; 3]; 3], vector: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row[0] * vector[0] + row[1] * vector[1] + row[2] * vector[2])
}

#[cfg(test)]
mod tests {
    use super::{Colour, DARK, LIGHT, complaint, contrast};

    const STYLE_SHEET: &str = include_str!("../../static/style.css");

    fn told(accent: &str) -> String {
        complaint(accent)
            .map_or_else(String::new, |told| format!("{} ({} {})", told.reason, told.way, told.better))
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        let rounded = |one, other| (contrast(Colour::of(one), Colour::of(other)) * 100.0).round() / 100.0;
        assert!((rounded(0, 0xff_ff_ff) - 21.0).abs() < 0.001);
        // The greys that every list of examples has.
        assert!((rounded(0x76_76_76, 0xff_ff_ff) - 4.54).abs() < 0.001);
        assert!((rounded(0x77_77_77, 0xff_ff_ff) - 4.48).abs() < 0.001);
    }

    #[test]
    fn hard_colours_are_told_with_an_easier_one() {
        assert_eq!(told("#135180"), "");
        assert_eq!(
            told("#ffd700"),
            "is hard to read: 1.4:1 under white letters, 1.2:1 as letters on light pages; WCAG asks for 4.5:1 (darker #826e00)"
        );
        assert_eq!(
            told("#000"),
            "is hard to read: 3.7:1 as letters on dark pages, in its lighter form; WCAG asks for 4.5:1 (lighter #080808)"
        );
        for number in (0..0x100_0000).step_by(4_999) {
            let accent = format!("#{number:06x}");
            if let Some(found) = complaint(&accent) {
                assert_eq!(told(&found.better), "", "{accent}");
            } else {
                assert!(Colour::of(number).can_be_read(), "{accent}: no better colour was found");
            }
        }
    }

    #[test]
    fn the_numbers_are_those_of_the_style_sheet() {
        let token = |name: &str, value: u32| format!("--{name}: #{value:06x};").replace("#ffffff", "#fff");
        for (grounds, count) in [(LIGHT, 1), (DARK, 2)] {
            for (name, ground) in [("paper", grounds[0]), ("tint", grounds[1])] {
                assert_eq!(STYLE_SHEET.matches(&token(name, ground)).count(), count, "{name}");
            }
        }
        let mix = "--accent-text: color-mix(in oklab, var(--accent) 42%, #fff);";
        assert_eq!(STYLE_SHEET.matches(mix).count(), 2);
        // The theme's own accents are no trouble.
        let own: Vec<&str> =
            STYLE_SHEET.split("--accent: ").skip(1).filter_map(|rest| rest.split(';').next()).collect();
        assert_eq!(own.len(), 3);
        for accent in own {
            assert_eq!(told(accent), "", "{accent}");
        }
    }
}
