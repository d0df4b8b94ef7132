//! Inlining: the text of an included part stands in the place of the include, so that Tera need not set up a scope of its
//! own for each of the hundred small parts of a page.
//!
//! A part is put in only where nobody could tell: it sets no variables that would be seen outside, and what its tags
//! trim is trimmed before the texts are joined. What fixed parts are is not known here.

use std::collections::BTreeMap;

use super::fixed::{included, is_html};
use super::tags::{Tag, tags};

/// How many parts may be put into one text, over all depths. They are not counted when the text is rendered, so there may
/// not be many.
const MOST_PARTS: usize = 100;

/// The texts of templates with the parts they include put in. `is_step` tells tags that only count an include.
pub(super) fn inlined(
    texts: &BTreeMap<&str, String>,
    is_step: impl Fn(&Tag<'_>) -> bool,
) -> BTreeMap<String, String> {
    let pieces: BTreeMap<&str, Vec<Piece<'_>>> =
        texts.iter().filter_map(|(name, text)| Some((*name, pieces(text, &is_step)?))).collect();
    let mut done = BTreeMap::new();
    for (name, text) in texts {
        let mut rewritten = String::with_capacity(2 * text.len());
        let is_whole =
            pieces.get(name).is_some_and(|own| put(own, &pieces, &mut (0, &mut rewritten)).is_some());
        done.insert((*name).to_owned(), if is_whole { rewritten } else { text.clone() });
    }
    done
}

/// A stretch of a template's text.
enum Piece<'t> {
    /// Text for readers, as it is left after trimming.
    Text(&'t str),
    /// A tag without marks that trim.
    Tag(String),
    /// A tag that only counts the include that follows.
    Step(String),
    /// An include: the template's name, and the tag.
    Include(&'t str, String),
}

/// Cuts a text into pieces and trims them as Tera does; `None` for what is not understood.
fn pieces<'t>(text: &'t str, is_step: &impl Fn(&Tag<'_>) -> bool) -> Option<Vec<Piece<'t>>> {
    if text.contains("raw") {
        // A raw block holds tags that are none.
        return None;
    }
    let mut cut = Cut { pieces: Vec::new(), trims_next: false };
    let mut from = 0;
    for tag in tags(text) {
        cut.gap(&text[from..tag.range.start], tag.trims_before)?;
        let (start, end) = (
            tag.range.start + 2 + usize::from(tag.trims_before),
            tag.range.end - 2 - usize::from(tag.trims_after),
        );
        let (open, close) = if tag.is_block { ("{%", "%}") } else { ("{{", "}}") };
        let plain = format!("{open}{}{close}", &text[start..end]);
        cut.pieces.push(match included(&tag) {
            Some(name) => Piece::Include(name, plain),
            None if is_step(&tag) => Piece::Step(plain),
            None => Piece::Tag(plain),
        });
        cut.trims_next = tag.trims_after;
        from = tag.range.end;
    }
    cut.gap(&text[from..], false)?;
    Some(cut.pieces)
}

/// Pieces in the making.
struct Cut<'t> {
    pieces: Vec<Piece<'t>>,
    trims_next: bool,
}

impl<'t> Cut<'t> {
    /// Takes what stands between two tags: text, and comments, which trim like tags and are left out.
    fn gap(&mut self, mut gap: &'t str, next_trims: bool) -> Option<()> {
        while let Some(start) = gap.find("{#") {
            let end = start + gap[start..].find("#}")?;
            let comment = gap.get(start + 2..end)?;
            self.text(&gap[..start], comment.starts_with('-'));
            self.trims_next |= comment.len() > 1 && comment.ends_with('-');
            gap = &gap[end + 2..];
        }
        self.text(gap, next_trims);
        Some(())
    }

    fn text(&mut self, mut text: &'t str, trims_end: bool) {
        if text.is_empty() {
            return;
        }
        if std::mem::take(&mut self.trims_next) {
            text = text.trim_start();
        }
        if trims_end {
            text = text.trim_end();
        }
        self.pieces.push(Piece::Text(text));
    }
}

/// Puts the pieces of a text together, with those of the parts that can stand in it, which are counted; `None` when there
/// are too many, or when texts that come together would make a tag.
fn put(
    own: &[Piece<'_>],
    all: &BTreeMap<&str, Vec<Piece<'_>>>,
    into: &mut (usize, &mut String),
) -> Option<()> {
    for (at, piece) in own.iter().enumerate() {
        let text = match piece {
            Piece::Text(text) => text,
            Piece::Tag(tag) => tag.as_str(),
            Piece::Step(tag) => match own.get(at + 1) {
                Some(Piece::Include(name, _)) if part(name, all).is_some() => continue,
                _ => tag,
            },
            Piece::Include(name, tag) => match part(name, all) {
                Some(pieces) => {
                    into.0 += 1;
                    if into.0 > MOST_PARTS {
                        return None;
                    }
                    put(pieces, all, into)?;
                    continue;
                }
                None => tag,
            },
        };
        let meets = into.1.ends_with('{') && text.starts_with(['{', '%', '#', '-']);
        if meets {
            return None;
        }
        into.1.push_str(text);
    }
    Some(())
}

/// The pieces of a part that can stand in another text: it defines nothing, and what it sets is seen in its own loops
/// only.
fn part<'p, 't>(name: &str, all: &'p BTreeMap<&str, Vec<Piece<'t>>>) -> Option<&'p [Piece<'t>]> {
    let pieces = all.get(name).filter(|_| is_html(name))?;
    let mut loops = 0_usize;
    for piece in pieces {
        let (Piece::Tag(tag) | Piece::Step(tag)) = piece else { continue };
        // A part does not see the turn of the loop it stands in.
        if loops == 0 && tag.contains("loop") {
            return None;
        }
        let Some(inside) = tag.strip_prefix("{%") else { continue };
        let first: &str = inside.trim_start().split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
        match first {
            "for" => loops += 1,
            "endfor" => loops = loops.checked_sub(1)?,
            "if" | "elif" | "else" | "endif" => {}
            "set" if loops > 0 => {}
            _ => return None,
        }
    }
    Some(pieces)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tera::{Context, Tera};

    use super::inlined;

    /// Renders `a.html`, which may include `b.html` and `c.html`, with and without inlining; tells how many includes are
    /// left in it.
    fn check(a: &str, b: &str, c: &str, left: usize) {
        let texts: BTreeMap<&str, String> =
            [("a.html", a), ("b.html", b), ("c.html", c)].map(|(name, text)| (name, text.to_owned())).into();
        let whole = inlined(&texts, |_| false);
        let render = |texts: Vec<(&str, &str)>| {
            let mut tera = Tera::default();
            tera.add_raw_templates(texts).expect("templates");
            let mut context = Context::new();
            context.insert("list", &["x", "y"]);
            context.insert("name", "<n>");
            tera.render("a.html", &context).expect("rendered")
        };
        let plain = render(texts.iter().map(|(name, text)| (*name, text.as_str())).collect());
        let quick = render(whole.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect());
        assert_eq!(plain, quick, "{a} | {b} | {c}");
        assert_eq!(whole["a.html"].matches("include").count(), left, "{}", whole["a.html"]);
    }

    #[test]
    fn a_part_reads_the_same_in_its_place() {
        check("x {% include \"b.html\" %} y", "{{ name }}", "", 0);
        check("x \n{%- include \"b.html\" -%}\n y", " {{ name }} ", "", 0);
        check("x \n{% include \"b.html\" %}\n y", "{#- a comment -#}\n {{- name -}}\n", "", 0);
        check(
            "{% for x in list %}{% include 'b.html' %}{% endfor %}",
            "{% include \"c.html\" %}!",
            "{{ x }}",
            0,
        );
        check("{{- name -}}\n{% include \"b.html\" %}\n{{- name }}", "\n b \n", "", 0);
        check("{{ name -}}{# {{ c }} #}\n{% include \"b.html\" %} {#- c #} {{- name }}", "{#- -#}", "", 0);
    }

    #[test]
    fn what_would_be_seen_outside_stays_apart() {
        check("{% set x = 1 %}{% include \"b.html\" %}{{ x }}", "{% set x = 2 %}", "", 1);
        check("{% include \"b.html\" %}", "{% for y in list %}{% set z = y %}{{ z }}{% endfor %}", "", 0);
        check("{% include \"b.html\" %}{{ name }}", "x {", "", 1);
        check(
            "{% for x in list %}{% include \"b.html\" %}{% endfor %}",
            "{% if loop is defined %}x{% endif %}",
            "",
            1,
        );
        check("{% include \"b.html\" %}{% raw %}{{ y }}{% endraw %}", "x", "", 1);
    }
}
