//! Lists of redirects, each in the form that a host reads: `_redirects`, an nginx map, JSON for uploads.
//!
//! Which redirects there are is the edition's business.

use std::fmt::Write as _;

use serde_json::json;

use crate::base_url::BaseUrl;
use crate::edition::redirects::{Form, Redirect};
use crate::route::Route;

/// The bytes of a list.
#[must_use]
pub fn list(form: Form, redirects: &[Redirect], base: &BaseUrl) -> String {
    match form {
        Form::Netlify => netlify(redirects, base),
        Form::Nginx => nginx(redirects, base),
        Form::Json => json(redirects, base),
    }
}

/// The URL of a page with its slash and without: hosts differ in what they take for the same.
fn spellings(path: &str, route: &Route) -> impl Iterator<Item = String> {
    let bare = path.strip_suffix('/').filter(|bare| route.is_page() && !bare.is_empty());
    [Some(path.to_owned()), bare.map(str::to_owned)].into_iter().flatten()
}

/// A line for each: from, to, status (Netlify and Cloudflare Pages, "Redirects"). Routes hold no space, `*` or `:` once
/// they are encoded.
fn netlify(redirects: &[Redirect], base: &BaseUrl) -> String {
    let mut text = String::new();
    for redirect in redirects {
        let to = base.href(&redirect.to);
        for from in spellings(&base.href(&redirect.from), &redirect.from) {
            let _ = writeln!(text, "{from} {to} 301");
        }
    }
    text
}

/// A `map` of `$uri`, which nginx has decoded (`ngx_http_map_module`), to where it leads. In a value, `$` would begin the
/// name of a variable.
fn nginx(redirects: &[Redirect], base: &BaseUrl) -> String {
    let mut text = String::from(
        "# Include this file in the http block of nginx, and write into the server block:\n\
         #   if ($newsprint_location) { return 301 $newsprint_location; }\n\
         # With many redirects, set map_hash_max_size and map_hash_bucket_size first.\n\
         map $uri $newsprint_location {\n",
    );
    for redirect in redirects {
        let to = base.href(&redirect.to).replace('$', "%24");
        let path = format!("{}{}", base.path(), &redirect.from.as_str()[1..]);
        for from in spellings(&path, &redirect.from) {
            let _ = writeln!(text, "  \"{from}\" \"{to}\";");
        }
    }
    text.push_str("}\n");
    text
}

/// A line for each, with the key of its object below the bucket's folder for the site, and the metadata that makes S3
/// redirect ("Configuring a webpage redirect").
fn json(redirects: &[Redirect], base: &BaseUrl) -> String {
    let line = |redirect: &Redirect| {
        let to = base.href(&redirect.to);
        json!({
            "from": base.href(&redirect.from),
            "to": to,
            "status": 301,
            "key": redirect.from.output_path(),
            "metadata": { "x-amz-website-redirect-location": to },
        })
        .to_string()
    };
    let lines: Vec<String> = redirects.iter().map(line).collect();
    format!("{{\"schema\":1,\"redirects\":[\n{}\n]}}\n", lines.join(",\n"))
}

#[cfg(test)]
mod tests {
    use super::list;
    use crate::base_url::BaseUrl;
    use crate::edition::redirects::{Form, Redirect};
    use crate::route::Route;

    #[test]
    fn every_host_gets_its_form() {
        let redirect = |from: &str, to: &str| Redirect {
            from: Route::parse(from).expect("a route"),
            to: Route::parse(to).expect("a route"),
        };
        let redirects = [redirect("/old é/", "/new/a$b/"), redirect("/old.html", "/new/ü/")];
        let base = BaseUrl::parse("https://news.example/daily/").expect("a URL");
        insta::assert_snapshot!(list(Form::Netlify, &redirects, &base), @r"
        /daily/old%20%C3%A9/ /daily/new/a$b/ 301
        /daily/old%20%C3%A9 /daily/new/a$b/ 301
        /daily/old.html /daily/new/%C3%BC/ 301
        ");
        insta::assert_snapshot!(list(Form::Nginx, &redirects, &base), @r#"
        # Include this file in the http block of nginx, and write into the server block:
        #   if ($newsprint_location) { return 301 $newsprint_location; }
        # With many redirects, set map_hash_max_size and map_hash_bucket_size first.
        map $uri $newsprint_location {
          "/daily/old é/" "/daily/new/a%24b/";
          "/daily/old é" "/daily/new/a%24b/";
          "/daily/old.html" "/daily/new/%C3%BC/";
        }
        "#);
        insta::assert_snapshot!(list(Form::Json, &redirects, &base), @r#"
        {"schema":1,"redirects":[
        {"from":"/daily/old%20%C3%A9/","to":"/daily/new/a$b/","status":301,"key":"old é/index.html","metadata":{"x-amz-website-redirect-location":"/daily/new/a$b/"}},
        {"from":"/daily/old.html","to":"/daily/new/%C3%BC/","status":301,"key":"old.html","metadata":{"x-amz-website-redirect-location":"/daily/new/%C3%BC/"}}
        ]}
        "#);
    }
}
