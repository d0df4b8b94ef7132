//! Parts of a file that a request asks for (RFC 9110, section 14).
//!
//! What is in the file is not known here.

/// How many parts one answer may have; a request for more gets the whole.
const MOST_RANGES: usize = 4;

/// Which part of `len` bytes to send.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it: nothing else was asked for, or nothing that can be understood.
    Whole,
    /// These parts, from the first byte of each to the one behind its last.
    Parts(Vec<(u64, u64)>),
    /// None of what was asked for is there.
    Nothing,
}

/// Reads a `Range` header for something that has `len` bytes.
pub(super) fn wanted(header: &str, len: u64) -> Wanted {
    let Some(list) = header.trim().strip_prefix("bytes=") else { return Wanted::Whole };
    let specs: Vec<&str> = list.split(',').map(str::trim).filter(|spec| !spec.is_empty()).collect();
    if specs.is_empty() || specs.len() > MOST_RANGES {
        return Wanted::Whole;
    }
    let mut parts = Vec::new();
    for spec in specs {
        match part(spec, len) {
            Part::Here(from, until) => parts.push((from, until)),
            Part::Beyond => {}
            // One that cannot be understood makes the whole header one.
            Part::Unclear => return Wanted::Whole,
        }
    }
    if parts.is_empty() { Wanted::Nothing } else { Wanted::Parts(parts) }
}

/// One part that was asked for.
enum Part {
    /// From a byte up to another.
    Here(u64, u64),
    /// It lies behind the end.
    Beyond,
    /// It is no range.
    Unclear,
}

fn part(spec: &str, len: u64) -> Part {
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // A number that is too large is behind every end.
        digits.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let (from, until) =
        match spec.split_once('-').map(|(first, last)| (first, number(first), last, number(last))) {
            Some(("", _, _, Some(last))) if last == 0 || len == 0 => return Part::Beyond,
            Some(("", _, _, Some(last))) => (len.saturating_sub(last), len),
            Some((_, Some(first), "", _)) => (first, len),
            Some((_, Some(first), _, Some(last))) if first <= last => (first, last.saturating_add(1)),
            _ => return Part::Unclear,
        };
    if from < len { Part::Here(from, until.min(len)) } else { Part::Beyond }
}

#[cfg(test)]
mod tests {
    use super::{Wanted, wanted};

    #[test]
    fn parts_of_ten_bytes() {
        let one = |from, until| Wanted::Parts(vec![(from, until)]);
        for (header, is) in [
            ("bytes=0-3", one(0, 4)),
            ("bytes=-5", one(5, 10)),
            ("bytes=-50", one(0, 10)),
            ("bytes=5-", one(5, 10)),
            ("bytes=5-99999999999999999999999", one(5, 10)),
            ("bytes=0-0, 9-9", Wanted::Parts(vec![(0, 1), (9, 10)])),
            ("bytes=0-0, 20-30", one(0, 1)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=99999999999999999999999-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=9-3", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("bytes=", Wanted::Whole),
            ("lines=0-3", Wanted::Whole),
            ("bytes=0-1,2-3,4-5,6-7,8-9", Wanted::Whole),
        ] {
            assert_eq!(wanted(header, 10), is, "{header}");
        }
        assert_eq!(wanted("bytes=0-", 0), Wanted::Nothing);
    }
}
