//! Redirects: a page that leads from an old URL to the new one, for hosts that know no redirects.

use crate::config::Config;
use crate::route::Route;

pub(super) fn redirect(config: &Config, to: &Route) -> String {
    let (href, absolute) = (config.base.href(to), config.base.absolute(to));
    let (href, absolute) = (quick_xml::escape::escape(&href), quick_xml::escape::escape(&absolute));
    let language = &config.language;
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n<title>Moved</title>\n\
         <meta http-equiv=\"refresh\" content=\"0; url={href}\">\n<link rel=\"canonical\" href=\"{absolute}\">\n\
         <meta name=\"robots\" content=\"noindex\">\n</head>\n<body>\n<p><a href=\"{href}\">This page has moved.</a></p>\n\
         </body>\n</html>\n"
    )
}
