//! Request targets: from the path of a request to a route, or to the reason why it can be none.
//!
//! Decodes once and refuses what could mean something else to somebody: steps to other folders, escaped slashes,
//! backslashes, controls. Whether anything is published at a route is not known here.

use percent_encoding::percent_decode_str;

use crate::route::Route;

/// What a request asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// What is published at a route.
    At(Route),
    /// A path outside the newspaper's own folder (`base_url` has a path); its home is there.
    Outside,
    /// A path that no route can have.
    Nonsense,
}

/// Reads the path of a request for a site that stands below `base` (`/`, or `/news/`).
pub(super) fn target(path: &str, base: &str) -> Target {
    // A slash or backslash that was escaped is part of a name, and no name has one. Neither has a name a percent sign,
    // which is what a path that was escaped twice becomes.
    let is_sly = |hex: &[u8]| matches!(hex.to_ascii_lowercase().as_slice(), b"2f" | b"5c" | b"25" | b"00");
    let escapes = path.as_bytes().windows(3).filter(|three| three[0] == b'%').map(|three| &three[1..]);
    if escapes.clone().any(is_sly) || path.contains('\\') || path.contains("//") || !path.starts_with('/') {
        return Target::Nonsense;
    }
    let whole = path.bytes().filter(|byte| *byte == b'%').count();
    let is_hex = |hex: &&[u8]| hex.iter().all(u8::is_ascii_hexdigit);
    if escapes.filter(is_hex).count() != whole {
        return Target::Nonsense;
    }
    let Ok(decoded) = percent_decode_str(path).decode_utf8() else { return Target::Nonsense };
    if decoded.chars().any(char::is_control) || decoded.split('/').any(|part| part == "." || part == "..") {
        return Target::Nonsense;
    }
    match decoded.strip_prefix(base) {
        Some(below) => Target::At(Route::of_output_path(below)),
        None => Target::Outside,
    }
}

#[cfg(test)]
mod tests {
    use super::{Target, target};
    use crate::route::Route;

    fn at(path: &str) -> Target {
        Target::At(Route::of_output_path(&path[1..]))
    }

    #[test]
    fn paths_are_decoded_once() {
        assert_eq!(target("/", "/"), Target::At(Route::home()));
        assert_eq!(target("/index.html", "/"), Target::At(Route::home()));
        assert_eq!(target("/a/b/index.html", "/"), at("/a/b/"));
        assert_eq!(target("/a+b/%E0%A4%A8/", "/"), at("/a+b/न/"));
        assert_eq!(target("/news/a/", "/news/"), at("/a/"));
        assert_eq!(target("/news", "/news/"), Target::Outside);
        assert_eq!(target("/newsroom/", "/news/"), Target::Outside);
    }

    #[test]
    fn no_path_leads_elsewhere() {
        for path in [
            "/../etc/passwd",
            "/a/./b",
            "/a/..",
            "/%2e%2e/x",
            "/%2E%2e%2fx",
            "/%252e%252e/",
            "/..%5cx",
            "/a%00",
            "/%c0%ae/",
            "//etc/passwd",
            "/a//b",
            "/\\x",
            "/%",
            "/%4",
            "/%zz",
            "/a%0d%0ax",
            "x",
            "",
        ] {
            assert_eq!(target(path, "/"), Target::Nonsense, "{path}");
        }
    }
}
