//! Conditional requests (RFC 9110, section 13): whether the browser has already what it asks for.
//!
//! What the file is, and how its tag is made, is not known here.

use axum::http::HeaderMap;
use axum::http::header::{IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE};
use jiff::fmt::rfc2822::{DateTimeParser, DateTimePrinter};

/// What tells one state of a file from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Validators {
    /// A strong entity tag, with its quotation marks.
    pub(super) tag: String,
    /// In seconds since 1970, when the site changed last; no two states of it have the same.
    pub(super) modified: i64,
}

impl Validators {
    /// Whether the browser's copy is good: a tag it names counts before a time.
    pub(super) fn is_fresh(&self, headers: &HeaderMap) -> bool {
        if headers.contains_key(IF_NONE_MATCH) {
            return headers.get_all(IF_NONE_MATCH).iter().any(|value| {
                value.to_str().is_ok_and(|list| list.split(',').any(|tag| self.has_weakly(tag.trim())))
            });
        }
        let since = headers.get(IF_MODIFIED_SINCE).and_then(|value| seconds(value.to_str().ok()?));
        since.is_some_and(|since| since >= self.modified)
    }

    /// Whether a part may be sent to complete what the browser has of it.
    pub(super) fn allows_part(&self, headers: &HeaderMap) -> bool {
        let Some(condition) = headers.get(IF_RANGE) else { return true };
        let Ok(condition) = condition.to_str() else { return false };
        condition.trim() == self.tag || seconds(condition).is_some_and(|since| since == self.modified)
    }

    /// The time of the last change as HTTP writes it; `None` while that lies in the future, which HTTP does not allow.
    pub(super) fn last_modified(&self, now: i64) -> Option<String> {
        if self.modified > now {
            return None;
        }
        let moment = jiff::Timestamp::from_second(self.modified).ok()?;
        DateTimePrinter::new().timestamp_to_rfc9110_string(&moment).ok()
    }

    /// Weak comparison, which is the one for `If-None-Match`.
    fn has_weakly(&self, tag: &str) -> bool {
        tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.tag
    }
}

fn seconds(date: &str) -> Option<i64> {
    let moment = DateTimeParser::new().parse_timestamp(date.trim()).ok()?;
    Some(moment.as_second())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::Validators;

    fn check(headers: &[(&'static str, &str)], fresh: bool, part: bool) {
        let validators = Validators { tag: "\"abc\"".to_owned(), modified: 1_792_800_000 };
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().expect("a header"));
        }
        assert_eq!(validators.is_fresh(&map), fresh, "{headers:?}");
        assert_eq!(validators.allows_part(&map), part, "{headers:?}");
    }

    #[test]
    fn tags_count_before_times() {
        check(&[], false, true);
        check(&[("if-none-match", "\"abc\"")], true, true);
        check(&[("if-none-match", "\"x\", W/\"abc\"")], true, true);
        check(&[("if-none-match", "*")], true, true);
        check(
            &[("if-none-match", "\"x\""), ("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT")],
            false,
            true,
        );
        check(&[("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT")], true, true);
        check(&[("if-modified-since", "Thu, 01 Jan 2026 00:00:00 GMT")], false, true);
        check(&[("if-modified-since", "yesterday")], false, true);
        check(&[("if-range", "\"abc\"")], false, true);
        check(&[("if-range", "W/\"abc\"")], false, false);
        check(&[("if-range", "\"x\"")], false, false);
    }
}
