//! The base URL: where the site's home is, and what links to its pages begin with.

use url::Url;

use crate::route::Route;

/// The site's home: an origin and a path that ends with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    origin: String,
    path: String,
}

impl BaseUrl {
    /// Reads an absolute `http` or `https` URL without query, fragment and user.
    ///
    /// # Errors
    ///
    /// What is wrong with it, as the end of a sentence that begins with "it".
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.contains(char::is_whitespace) {
            return Err("has a space in it");
        }
        let url = Url::parse(text).map_err(|_| "is not an absolute URL")?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err("does not start with `https://` and a host's name");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("has a query or a fragment");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("has a user's name in it");
        }
        let mut path = url.path().to_owned();
        if !path.ends_with('/') {
            path.push('/');
        }
        Ok(Self { origin: url.origin().ascii_serialization(), path })
    }

    /// The path-absolute link to a route: `/news/politics/`.
    #[must_use]
    pub fn href(&self, route: &Route) -> String {
        let encoded = route.encoded();
        [self.path.as_str(), &encoded[1..]].concat()
    }

    /// The absolute URL of a route.
    #[must_use]
    pub fn absolute(&self, route: &Route) -> String {
        [self.origin.as_str(), &self.href(route)].concat()
    }

    /// The site's path: `/`, or `/news/` for a site in a folder.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The absolute URL of a link as pages write it: one that begins with `/` is on this site's host.
    #[must_use]
    pub fn absolute_href(&self, href: &str) -> String {
        if href.starts_with('/') { format!("{}{href}", self.origin) } else { href.to_owned() }
    }

    /// The link to what a config names by an absolute URL, or by a path with or without the site's own folder.
    #[must_use]
    pub fn href_of(&self, url: &str) -> String {
        match url.strip_prefix('/') {
            Some(below) if !url.starts_with(&self.path) => format!("{}{below}", self.path),
            _ => url.to_owned(),
        }
    }

    /// The host, without a port.
    #[must_use]
    pub fn host(&self) -> &str {
        let host = self.origin.split_once("://").map_or("", |(_, host)| host);
        // The brackets of an IPv6 address hold colons of their own.
        match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        }
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

#[cfg(test)]
mod tests {
    use super::BaseUrl;
    use crate::route::Route;

    #[test]
    fn sites_in_a_folder_get_links_into_it() {
        let base = BaseUrl::parse("https://x.example/news").expect("a URL");
        assert_eq!(base.href(&Route::home()), "/news/");
        assert_eq!(base.href(&Route::file("feed.xml")), "/news/feed.xml");
    }

    #[test]
    fn paths_in_a_config_may_leave_the_sites_folder_out() {
        let base = BaseUrl::parse("https://a.example/news/").expect("a URL");
        for (url, href) in [("/b/", "/news/b/"), ("/news/b/", "/news/b/"), ("https://b/", "https://b/")] {
            assert_eq!(base.href_of(url), href);
        }
        assert_eq!(base.absolute_href("/news/b/"), "https://a.example/news/b/");
    }

    #[test]
    fn hosts_have_no_port() {
        for (url, host) in
            [("https://a.example/", "a.example"), ("http://[::1]:80/", "[::1]"), ("http://a:8080/b", "a")]
        {
            assert_eq!(BaseUrl::parse(url).expect("a URL").host(), host);
        }
    }

    #[test]
    fn base_urls_are_checked() {
        for bad in [
            "",
            "news.example",
            "ftp://a/",
            "https://a b/",
            "https://a/?q",
            "https://a/#f",
            "https://u@a/",
            "/x",
        ] {
            assert!(BaseUrl::parse(bad).is_err(), "{bad}");
        }
    }
}
