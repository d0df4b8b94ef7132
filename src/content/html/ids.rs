//! One id, one element: the tree that browsers build repeats misnested elements, and their ids with them.
//!
//! Which ids an author may choose is not decided here.

use std::collections::HashSet;

/// Takes the ids away that an earlier element has. `html` is ammonia's own output: attributes stand in double quotes,
/// quotes inside them are escaped, and so is every `<` between tags.
pub(super) fn without_repeated_ids(html: &str) -> String {
    /// What stands before the value of an id.
    const ID: &str = " id=";
    let mut seen = HashSet::new();
    let mut kept = String::with_capacity(html.len());
    let (mut copied, mut at) = (0, 0);
    while let Some(open) = html[at..].find('<') {
        at += open + 1;
        while let Some(sign) = html[at..].find(['"', '>']) {
            let quote = at + sign;
            at = quote + 1;
            if html.as_bytes()[quote] == b'>' {
                break;
            }
            let end = html[at..].find('"').map_or(html.len(), |end| at + end);
            if html[..quote].ends_with(ID) && !seen.insert(&html[at..end]) {
                kept.push_str(&html[copied..quote - ID.len()]);
                copied = (end + 1).min(html.len());
            }
            at = (end + 1).min(html.len());
        }
    }
    kept.push_str(&html[copied..]);
    kept
}

#[cfg(test)]
mod tests {
    use super::without_repeated_ids;

    #[test]
    fn the_first_element_keeps_its_id() {
        let html = "<i class=\"x\" id=\"a\">b id=\"a\"</i><i id=\"a\" class=\"x\">c</i><br><i id=\"b\"></i>";
        let kept = "<i class=\"x\" id=\"a\">b id=\"a\"</i><i class=\"x\">c</i><br><i id=\"b\"></i>";
        assert_eq!(without_repeated_ids(html), kept);
        let quoted = "<i id=\"a\" title=\"> id=\"><i title=\" id=a\" id=\"a\"></i></i>é<";
        assert_eq!(without_repeated_ids(quoted), "<i id=\"a\" title=\"> id=\"><i title=\" id=a\"></i></i>é<");
    }
}
