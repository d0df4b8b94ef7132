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
