//! Media types: what a browser is told that a file is, by the end of its name.
//!
//! Names come from the newspaper's own allow-list of routes; nothing is guessed from content.

use crate::route::Route;

/// What files are whose name tells nothing.
const UNKNOWN: &str = "application/octet-stream";

const HTML: &str = "text/html; charset=utf-8";

/// The media types (IANA's registry; RFC 9239 for JavaScript) of the kinds of files a newspaper publishes.
const TYPES: &[(&str, &str)] = &[
    ("atom", "application/atom+xml; charset=utf-8"),
    ("avif", "image/avif"),
    ("bmp", "image/bmp"),
    ("css", "text/css; charset=utf-8"),
    ("csv", "text/csv; charset=utf-8"),
    ("gif", "image/gif"),
    ("htm", HTML),
    ("html", HTML),
    ("ico", "image/vnd.microsoft.icon"),
    ("ics", "text/calendar; charset=utf-8"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("map", "application/json"),
    ("md", "text/markdown; charset=utf-8"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("oga", "audio/ogg"),
    ("ogg", "audio/ogg"),
    ("ogv", "video/ogg"),
    ("opus", "audio/ogg"),
    ("otf", "font/otf"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("rss", "application/rss+xml; charset=utf-8"),
    ("svg", "image/svg+xml"),
    ("ttf", "font/ttf"),
    ("txt", "text/plain; charset=utf-8"),
    ("vtt", "text/vtt; charset=utf-8"),
    ("wasm", "application/wasm"),
    ("wav", "audio/wav"),
    ("webm", "video/webm"),
    ("webmanifest", "application/manifest+json"),
    ("webp", "image/webp"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("xml", "application/xml; charset=utf-8"),
    ("zip", "application/zip"),
];

/// Feeds by the names that the edition gives them: RFC 4287 and the RSS board's type.
const FEEDS: &[(&str, &str)] = &[
    ("/feed.xml", "application/rss+xml; charset=utf-8"),
    ("/rss.xml", "application/rss+xml; charset=utf-8"),
    ("/atom.xml", "application/atom+xml; charset=utf-8"),
    ("/feed.json", "application/feed+json"),
];

/// Files without an extension that static hosts read as text.
const PLAIN: &[&str] = &["_redirects", "_headers", "CNAME", ".nojekyll", "LICENSE", "README"];

/// The media type of what is published at a route.
pub(super) fn media_type(route: &Route) -> &'static str {
    let path = route.as_str();
    if route.is_page() {
        return HTML;
    }
    if let Some((_, kind)) = FEEDS.iter().find(|(end, _)| path.ends_with(end)) {
        return kind;
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    if PLAIN.contains(&name) {
        return "text/plain; charset=utf-8";
    }
    let Some((_, extension)) = name.rsplit_once('.') else { return UNKNOWN };
    let found = TYPES.iter().find(|(known, _)| extension.eq_ignore_ascii_case(known));
    found.map_or(UNKNOWN, |(_, kind)| kind)
}

/// Whether a browser shows this media type as a page, into which the preview may put something.
pub(super) fn is_html(kind: &str) -> bool {
    kind == HTML
}

#[cfg(test)]
mod tests {
    use super::media_type;
    use crate::route::Route;

    #[test]
    fn the_name_tells() {
        for (path, kind) in [
            ("/", "text/html; charset=utf-8"),
            ("/a/", "text/html; charset=utf-8"),
            ("/style.0123456789.css", "text/css; charset=utf-8"),
            ("/politics/feed.xml", "application/rss+xml; charset=utf-8"),
            ("/atom.xml", "application/atom+xml; charset=utf-8"),
            ("/sitemap.xml", "application/xml; charset=utf-8"),
            ("/PHOTO.JPG", "image/jpeg"),
            ("/_redirects", "text/plain; charset=utf-8"),
            ("/file", "application/octet-stream"),
            ("/file.unheard-of", "application/octet-stream"),
        ] {
            assert_eq!(media_type(&Route::of_output_path(&path[1..])), kind, "{path}");
        }
    }
}
