//! Dates: an instant with the offset its wall clock is shown in, and the ways authors write one.
//!
//! Nothing here asks the clock; the instant of a build is an input ([`Moment::parse_instant`] reads `--now`).

pub mod pattern;

use bitcode::{Decode, Encode};
use std::cmp::Ordering;
use std::fmt;

use jiff::Timestamp;
use jiff::civil;
use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::{Offset, TimeZone};

/// An instant, to the second, and the UTC offset of the place whose clock it is shown by.
///
/// Moments are ordered and compared by the instant alone.
#[derive(Clone, Copy, Encode, Decode)]
pub struct Moment {
    seconds: i64,
    offset_seconds: i32,
}

/// Why a text is not a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateError {
    /// It has none of the accepted forms.
    Form,
    /// It has a form, but names a day or an hour that does not exist.
    NoSuchDay,
    /// It has no UTC offset, and the newspaper has no `timezone`.
    NoZone,
}

/// The forms a date may have, for help lines.
pub const ACCEPTED_FORMS: &str =
    "write `2025-08-26`, `2025-08-26 09:30`, `2025-08-26T09:30:00+05:30` or `August 26, 2025`";

impl Moment {
    /// Reads a date as an author writes it. A date without an offset is in `zone`; in a gap of summer time the clock
    /// moves forward, in an overlap the earlier instant counts (RFC 5545, section 3.3.5). With a zone, the moment is
    /// shown by that zone's clock whatever offset it was written with.
    ///
    /// # Errors
    ///
    /// [`DateError`] tells what is missing or wrong.
    pub fn parse(text: &str, zone: Option<&TimeZone>) -> Result<Self, DateError> {
        let text = text.trim();
        if let Some((wall, offset)) = split_offset(text) {
            let wall = parse_wall(wall).ok_or(form_or_day(text))?;
            let instant = offset.to_timestamp(wall).map_err(|_| DateError::NoSuchDay)?;
            return Ok(Self::shown_in(instant, zone, offset));
        }
        let wall = parse_wall(text).ok_or(form_or_day(text))?;
        let zone = zone.ok_or(DateError::NoZone)?;
        let instant = zone.to_timestamp(wall).map_err(|_| DateError::NoSuchDay)?;
        Ok(Self::shown_in(instant, Some(zone), Offset::UTC))
    }

    /// Reads the instant of a build: RFC 3339 with an offset, or whole seconds since 1970 (`SOURCE_DATE_EPOCH`).
    ///
    /// # Errors
    ///
    /// [`DateError::NoZone`] when there is no offset, otherwise as [`Moment::parse`].
    pub fn parse_instant(text: &str) -> Result<Self, DateError> {
        match text.trim().parse::<i64>() {
            Ok(seconds) => Timestamp::from_second(seconds)
                .map(|instant| Self::shown_in(instant, None, Offset::UTC))
                .map_err(|_| DateError::NoSuchDay),
            Err(_) => Self::parse(text, None),
        }
    }

    /// The moment `seconds` after 1970-01-01T00:00:00Z, shown in UTC. Seconds that no calendar reaches are cut.
    #[must_use]
    pub fn from_unix(seconds: i64) -> Self {
        let seconds = seconds.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
        Self { seconds, offset_seconds: 0 }
    }

    /// The instant and its clock as one number, to tell whether a moment is the same as before.
    #[must_use]
    pub fn bits(self) -> u64 {
        // An offset is less than 26 hours, 93,600 seconds, either way (ISO 8601 as jiff reads it).
        (self.seconds << 18 | i64::from(self.offset_seconds + (1 << 17))).cast_unsigned()
    }

    /// The same instant by the clock of `zone`.
    #[must_use]
    pub fn in_zone(self, zone: Option<&TimeZone>) -> Self {
        Self::shown_in(self.timestamp(), zone, Offset::UTC)
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix(self) -> i64 {
        self.seconds
    }

    /// The year on its own clock.
    #[must_use]
    pub fn year(self) -> i16 {
        self.wall().year()
    }

    /// The month on its own clock, from 1.
    #[must_use]
    pub fn month(self) -> u8 {
        self.wall().month().unsigned_abs()
    }

    /// The day of the month on its own clock, from 1.
    #[must_use]
    pub fn day(self) -> u8 {
        self.wall().day().unsigned_abs()
    }

    /// Year, month and day on its own clock.
    #[must_use]
    pub fn day_on_its_clock(self) -> (i16, u8, u8) {
        let wall = self.wall();
        (wall.year(), wall.month().unsigned_abs(), wall.day().unsigned_abs())
    }

    /// The day of the week on its own clock, from 0 for Sunday.
    #[must_use]
    pub fn weekday(self) -> usize {
        usize::from(self.wall().weekday().to_sunday_zero_offset().unsigned_abs())
    }

    /// RFC 3339, for `<time datetime>` and feeds: `2025-08-26T09:30:00+05:30`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        // What `Display` prints, straight into the text.
        const PRINTER: DateTimePrinter = DateTimePrinter::new();
        let mut text = String::with_capacity(25);
        match PRINTER.print_timestamp_with_offset(&self.timestamp(), self.offset(), &mut text) {
            Ok(()) => text,
            Err(_) => self.timestamp().display_with_offset(self.offset()).to_string(),
        }
    }

    /// RFC 822 with a four-digit year, as RSS 2.0 asks for: `Tue, 26 Aug 2025 09:30:00 +0530`.
    #[must_use]
    pub fn rfc822(self) -> String {
        self.format("%a, %d %b %Y %H:%M:%S %z").unwrap_or_default()
    }

    /// Formats by a `strftime` pattern (`%B %-d, %Y`); `None` when the pattern is not one.
    #[must_use]
    pub fn format(self, pattern: &str) -> Option<String> {
        let zoned = self.timestamp().to_zoned_datetime(TimeZone::fixed(self.offset()));
        let mut text = String::new();
        jiff::fmt::strtime::BrokenDownTime::from(&zoned).format(pattern, &mut text).ok()?;
        Some(text)
    }

    fn shown_in(instant: Timestamp, zone: Option<&TimeZone>, otherwise: Offset) -> Self {
        let offset = zone.map_or(otherwise, |zone| zone.to_offset(instant));
        Self { seconds: instant.as_second(), offset_seconds: offset.seconds() }
    }

    fn timestamp(self) -> Timestamp {
        Timestamp::from_second(self.seconds).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn offset(self) -> Offset {
        Offset::from_seconds(self.offset_seconds).unwrap_or(Offset::UTC)
    }

    fn wall(self) -> civil::DateTime {
        self.offset().to_datetime(self.timestamp())
    }
}

impl PartialEq for Moment {
    fn eq(&self, other: &Self) -> bool {
        self.seconds == other.seconds
    }
}

impl Eq for Moment {}

impl PartialOrd for Moment {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Moment {
    fn cmp(&self, other: &Self) -> Ordering {
        self.seconds.cmp(&other.seconds)
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

/// Splits `2025-08-26T09:30:00+05:30` into its wall clock and its offset; `None` when no offset is written.
fn split_offset(text: &str) -> Option<(&str, Offset)> {
    let clock = text.find(':')?;
    if let Some(wall) = text.strip_suffix(['Z', 'z']) {
        return Some((wall.trim_end(), Offset::UTC));
    }
    let at = clock + text[clock..].find(['+', '-', '\u{2212}'])?;
    let sign = if text[at..].starts_with('+') { 1 } else { -1 };
    let digits: String = text[at..].chars().skip(1).filter(|c| *c != ':').collect();
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = (digits[..2].parse::<i32>().ok()?, digits[2..].parse::<i32>().ok()?);
    let offset = Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok().filter(|_| minutes < 60)?;
    Some((text[..at].trim_end(), offset))
}

/// Reads a date or a date with a time of day, without an offset.
fn parse_wall(text: &str) -> Option<civil::DateTime> {
    if text.as_bytes().first()?.is_ascii_digit() {
        let (day, clock) =
            text.split_once(['T', 't', ' ']).map_or((text, None), |(day, clock)| (day, Some(clock)));
        let date = parse_iso_day(day)?;
        return match clock {
            None => Some(date.at(0, 0, 0, 0)),
            Some(clock) => parse_clock(clock.trim()).map(|time| date.to_datetime(time)),
        };
    }
    ["%B %d, %Y", "%b %d, %Y"]
        .iter()
        .find_map(|pattern| civil::Date::strptime(pattern, text).ok())
        .map(|date| date.at(0, 0, 0, 0))
}

fn parse_iso_day(text: &str) -> Option<civil::Date> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
    if parts.next().is_some() || !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
        return None;
    }
    civil::Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
        .ok()
        .filter(|date| date.year() > 0)
}

/// `09:30`, `09:30:15` or `09:30:15.25`; a leap second counts as the second before it.
fn parse_clock(text: &str) -> Option<civil::Time> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    let mut parts = whole.split(':');
    let mut number = |required: bool| match parts.next() {
        Some(part) if part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()) => part.parse::<i8>().ok(),
        Some(_) => None,
        None => (!required).then_some(0),
    };
    let (hour, minute, second) = (number(true)?, number(true)?, number(false)?);
    if parts.next().is_some() {
        return None;
    }
    civil::Time::new(hour, minute, if second == 60 { 59 } else { second }, 0).ok()
}

/// A text made like a date whose day does not exist is told apart from one that is no date at all.
fn form_or_day(text: &str) -> DateError {
    let shape: String = text.chars().take(10).map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    if shape == "9999-99-99" { DateError::NoSuchDay } else { DateError::Form }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::{DateError, Moment};

    fn check(text: &str, zone: &str, expect: &str) {
        let zone = TimeZone::get(zone).ok();
        let got = match Moment::parse(text, zone.as_ref()) {
            Ok(moment) => moment.rfc3339(),
            Err(error) => format!("{error:?}"),
        };
        assert_eq!(got, expect, "{text}");
    }

    #[test]
    fn every_form_is_read() {
        let zone = "Asia/Kolkata";
        check("2025-08-26", zone, "2025-08-26T00:00:00+05:30");
        check("2025-08-26 09:30", zone, "2025-08-26T09:30:00+05:30");
        check("2025-08-26 09:30:15", zone, "2025-08-26T09:30:15+05:30");
        check("2025-08-26T09:30:15.5", zone, "2025-08-26T09:30:15+05:30");
        check("August 26, 2025", zone, "2025-08-26T00:00:00+05:30");
        check("Aug 6, 2025", zone, "2025-08-06T00:00:00+05:30");
        check("2025-08-26T04:00:00Z", zone, "2025-08-26T09:30:00+05:30");
        check("2025-08-26T09:30:00+05:30", "none", "2025-08-26T09:30:00+05:30");
        check("2025-08-26 09:30 -0400", "none", "2025-08-26T09:30:00-04:00");
        check("2016-12-31T23:59:60Z", "none", "2016-12-31T23:59:59+00:00");
    }

    #[test]
    fn what_is_no_date_is_told_from_a_day_that_does_not_exist() {
        for text in
            ["yesterday", "31/12/2026", "", "2026", "2026-1-1", "9:30", "2026-01-01-01", "2026-01-01 9:30"]
        {
            let expect = if text.starts_with("2026-01-01") { "NoSuchDay" } else { "Form" };
            check(text, "UTC", expect);
        }
        check("2026-13-45", "UTC", "NoSuchDay");
        check("2026-02-29", "UTC", "NoSuchDay");
        check("2024-02-29", "UTC", "2024-02-29T00:00:00+00:00");
        check("0000-01-01", "UTC", "NoSuchDay");
        check("2025-08-26", "no such zone", "NoZone");
    }

    #[test]
    fn summer_time_gaps_move_forward_and_overlaps_take_the_earlier_instant() {
        check("2026-03-29 02:30", "Europe/Berlin", "2026-03-29T03:30:00+02:00");
        check("2026-10-25 02:30", "Europe/Berlin", "2026-10-25T02:30:00+02:00");
    }

    #[test]
    fn the_instant_of_a_build_needs_an_offset() {
        assert_eq!(Moment::parse_instant("2026-11-24T00:00:00"), Err(DateError::NoZone));
        assert_eq!(Moment::parse_instant("0").expect("an epoch").rfc3339(), "1970-01-01T00:00:00+00:00");
    }

    #[test]
    fn formats_are_strftime() {
        let moment = Moment::parse("2025-08-06T09:05:00+05:30", None).expect("a date");
        assert_eq!(moment.format("%B %-d, %Y").as_deref(), Some("August 6, 2025"));
        assert_eq!(moment.rfc822(), "Wed, 06 Aug 2025 09:05:00 +0530");
        assert_eq!(moment.format("%Q%"), None);
    }
}
