//! What a published file is, as its path tells: in which order it is sent, how long caches keep it, and its media type.

/// The kinds of files, in the order in which a site's files are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// A file whose name holds the digest of its bytes: another one has another name.
    Asset,
    /// A picture or another file that is copied as it is.
    Static,
    /// A page of its own: a story, a standing page, a redirect.
    Page,
    /// A page that lists others: categories, authors, tags, the archive.
    List,
    /// The front page.
    Home,
    /// What programs read: feeds, sitemaps, the search index, lists of redirects.
    Machine,
}

/// Folders at the top whose pages are lists.
const LISTS: &[&str] = &["authors", "tags", "archive", "most-read", "fragments", "search"];

/// A year, in which hashed assets never change (RFC 9111 sets no bound, and a year is what caches take for ever).
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Pages and feeds change at any moment, and a cache asks before it shows one again.
const BRIEFLY: &str = "public, max-age=0, must-revalidate";

/// Pictures keep their names when they are replaced.
const A_WHILE: &str = "public, max-age=3600";

impl Class {
    /// The class of the file at `path` in the output.
    #[must_use]
    pub fn of(path: &str) -> Self {
        let path = without_packing(path);
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        let first = path.split('/').next().unwrap_or_default();
        let is_machine = name.starts_with("sitemap")
            || matches!(
                name,
                "feed.xml" | "atom.xml" | "feed.json" | "robots.txt" | "_redirects" | "_headers"
            );
        match extension {
            _ if path.starts_with(".newsprint-") => Self::Machine,
            _ if path == "index.html" => Self::Home,
            "html" if LISTS.contains(&first) || path == "404.html" => Self::List,
            "html" if !folder.contains('/') || folder.contains("/page/") => Self::List,
            "html" => Self::Page,
            _ if is_hashed(name) => Self::Asset,
            _ if is_machine || first == "search" || folder.starts_with(".well-known") => Self::Machine,
            _ => Self::Static,
        }
    }

    /// Whether it is a page that readers open.
    #[must_use]
    pub fn is_page(self) -> bool {
        matches!(self, Self::Page | Self::List | Self::Home)
    }

    /// The word for it in manifests.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Asset => "asset",
            Self::Static => "static",
            Self::Page => "page",
            Self::List => "list",
            Self::Home => "home",
            Self::Machine => "machine",
        }
    }

    /// The `Cache-Control` of such a file.
    #[must_use]
    pub fn cache_control(self) -> &'static str {
        match self {
            Self::Asset => FOR_EVER,
            Self::Static => A_WHILE,
            Self::Page | Self::List | Self::Home | Self::Machine => BRIEFLY,
        }
    }
}

/// `style.eaa07ed767.css`: eight or more hexadecimal digits between the name and the extension.
fn is_hashed(name: &str) -> bool {
    let mut parts = name.rsplit('.').skip(1);
    let digest = parts.next().unwrap_or_default();
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    parts.next().is_some()
        && (8..=64).contains(&digest.len())
        && digest.bytes().all(is_hex)
        && digest.bytes().any(|byte| byte.is_ascii_digit())
}

/// The path of the file that `path` is the compressed form of; `path` itself when it is none.
#[must_use]
pub fn without_packing(path: &str) -> &str {
    path.strip_suffix(".gz").or_else(|| path.strip_suffix(".br")).filter(|rest| is_text(rest)).unwrap_or(path)
}

/// The `Content-Encoding` of a compressed form.
#[must_use]
pub fn encoding(path: &str) -> Option<&'static str> {
    if without_packing(path) == path {
        return None;
    }
    Some(if path.strip_suffix(".gz").is_some() { "gzip" } else { "br" })
}

/// Whether the file is text, worth compressing.
#[must_use]
pub fn is_text(path: &str) -> bool {
    let kind = media_type(path);
    kind.starts_with("text/") || kind.contains("json") || kind.contains("xml") || kind.contains("javascript")
}

/// The media type of the file at `path` (registered at iana.org/assignments/media-types), with the charset of texts.
#[must_use]
pub fn media_type(path: &str) -> &'static str {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name {
        "feed.xml" => return "application/rss+xml; charset=utf-8",
        "atom.xml" => return "application/atom+xml; charset=utf-8",
        "feed.json" => return "application/feed+json; charset=utf-8",
        "_redirects" | "_headers" | "CNAME" => return "text/plain; charset=utf-8",
        _ => {}
    }
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    match extension.as_str() {
        "html" | "htm" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json; charset=utf-8",
        "xml" | "xsl" => "application/xml; charset=utf-8",
        "txt" | "conf" => "text/plain; charset=utf-8",
        "md" => "text/markdown; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "ics" => "text/calendar; charset=utf-8",
        "vtt" => "text/vtt; charset=utf-8",
        "webmanifest" => "application/manifest+json; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/vnd.microsoft.icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "ttf" => "font/ttf",
        "otf" => "font/otf",
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "ogg" | "oga" => "audio/ogg",
        "opus" => "audio/ogg; codecs=opus",
        "wav" => "audio/wav",
        "mp4" | "m4v" => "video/mp4",
        "webm" => "video/webm",
        "pdf" => "application/pdf",
        "wasm" => "application/wasm",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::{Class, encoding, media_type, without_packing};

    #[test]
    fn paths_tell_their_class() {
        for (path, wanted) in [
            ("style.eaa07ed767.css", Class::Asset),
            ("theme.dc9cc1995f.js", Class::Asset),
            ("style.css", Class::Static),
            ("city/2026/11/a/photo.jpg", Class::Static),
            ("city/2026/11/a/index.html", Class::Page),
            ("city/index.html", Class::List),
            ("city/page/4/index.html", Class::List),
            ("authors/asha-rao/index.html", Class::List),
            ("about/index.html", Class::List),
            ("404.html", Class::List),
            ("fragments/most-read.html", Class::List),
            ("index.html", Class::Home),
            ("index.html.gz", Class::Home),
            ("feed.xml", Class::Machine),
            ("city/feed.json", Class::Machine),
            ("sitemap-2026-11.xml", Class::Machine),
            ("robots.txt", Class::Machine),
            ("_redirects", Class::Machine),
            (".newsprint-routes/nginx.conf", Class::Machine),
            ("archive.tar.gz", Class::Static),
            ("photo.decade.jpg", Class::Static),
        ] {
            assert_eq!(Class::of(path), wanted, "{path}");
        }
    }

    #[test]
    fn media_types_and_encodings_fit_the_file() {
        assert_eq!(media_type("a/feed.xml"), "application/rss+xml; charset=utf-8");
        assert_eq!(media_type("a/B.JPG"), "image/jpeg");
        assert_eq!(media_type("LICENSE"), "application/octet-stream");
        assert_eq!(
            (encoding("a.html.br"), encoding("a.jpg.gz"), encoding("a.html")),
            (Some("br"), None, None)
        );
        assert_eq!(without_packing("a.css.gz"), "a.css");
    }
}
