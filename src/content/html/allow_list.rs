//! The elements, attributes and hosts that raw HTML in an article may use.
//!
//! Everything that is not named here goes. What is said about it is not known here.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use Shape::{Block, Inline, Loose, Void};
use ValueRule::{Any, Flag, Id, Link, Media, Number, OneOf, Permissions};

use crate::content::destination::is_https_on;

/// How an element stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Part of a line; never left open at the end of its paragraph.
    Inline,
    /// A block; may stay open over several paragraphs of Markdown.
    Block,
    /// A block that authors seldom close (`<p>`, `<li>`): the next one, or the end of the snippet, closes it.
    Loose,
    /// No content and no end.
    Void,
}

/// An element that may stay.
pub(super) struct Element {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    attributes: &'static [(&'static str, ValueRule)],
}

/// What an attribute's value must be.
#[derive(Clone, Copy)]
pub(super) enum ValueRule {
    /// Any text.
    Any,
    /// Present or absent; the value is dropped.
    Flag,
    /// A whole number of at most nine digits.
    Number,
    /// One of these, in any case.
    OneOf(&'static [&'static str]),
    /// Those of these that are named, separated by `;`.
    Permissions(&'static [&'static str]),
    /// A name for the element, without spaces.
    Id,
    /// Something a reader may follow.
    Link,
    /// Something a page may load.
    Media,
}

impl Element {
    /// The rule for an attribute of this element, and its name today: `<a name="x">` is an id.
    pub(super) fn attribute(&self, name: &str) -> Option<(&'static str, ValueRule)> {
        let name = if (self.name, name) == ("a", "name") { "id" } else { name };
        self.attributes.iter().chain(EVERYWHERE).find(|(known, _)| *known == name).copied()
    }
}

/// Where embedded films, posts, maps and charts may come from.
pub(super) const EMBED_HOSTS: &[&str] = &[
    "www.youtube.com",
    "youtube.com",
    "www.youtube-nocookie.com",
    "player.vimeo.com",
    "www.dailymotion.com",
    "geo.dailymotion.com",
    "platform.twitter.com",
    "platform.x.com",
    "embed.bsky.app",
    "www.instagram.com",
    "www.facebook.com",
    "www.tiktok.com",
    "open.spotify.com",
    "w.soundcloud.com",
    "embed.podcasts.apple.com",
    "datawrapper.dwcdn.net",
    "flo.uri.sh",
    "www.openstreetmap.org",
    "archive.org",
];

/// Attributes that embed codes carry and that change nothing on a page with a style sheet: they go without a word.
pub(super) const ATTRIBUTES_WITHOUT_EFFECT: &[&str] =
    &["frameborder", "allowtransparency", "scrolling", "loading", "decoding", "rel", "target"];

/// An element that goes together with what stands inside it.
pub(super) fn content_goes_too(name: &str) -> Option<&'static str> {
    const NAMES: [&str; 11] = [
        "script", "style", "svg", "math", "template", "select", "textarea", "title", "xmp", "noembed",
        "noframes",
    ];
    NAMES.into_iter().find(|known| *known == name)
}

/// The allowed element of this name. `<h1>`, which belongs to the page's title, becomes `<h2>`; names that HTML has given
/// up become those it replaced them with.
pub(super) fn element(name: &str) -> Option<&'static Element> {
    static BY_NAME: LazyLock<HashMap<&str, &Element>> =
        LazyLock::new(|| ELEMENTS.iter().map(|element| (element.name, element)).collect());
    let name = match name {
        "h1" => "h2",
        "acronym" => "abbr",
        "strike" => "s",
        "tt" => "code",
        name => name,
    };
    BY_NAME.get(name).copied()
}

/// Classes are for a newspaper's own style sheet; ids are what links to a place on the page need.
const EVERYWHERE: &[(&str, ValueRule)] = &[
    ("id", Id),
    ("class", Any),
    ("lang", Any),
    ("title", Any),
    ("dir", OneOf(&["ltr", "rtl", "auto"])),
    ("role", Any),
    ("aria-label", Any),
    ("aria-hidden", OneOf(&["true", "false"])),
    ("tabindex", OneOf(&["0", "-1"])),
];

const SIZE: [(&str, ValueRule); 2] = [("width", Number), ("height", Number)];

const CELL: &[(&str, ValueRule)] =
    &[("colspan", Number), ("rowspan", Number), ("scope", OneOf(&["row", "col", "rowgroup", "colgroup"]))];

const fn plain(name: &'static str, shape: Shape) -> Element {
    with(name, shape, &[])
}

const fn with(name: &'static str, shape: Shape, attributes: &'static [(&'static str, ValueRule)]) -> Element {
    Element { name, shape, attributes }
}

static ELEMENTS: &[Element] = &[
    with("a", Inline, &[("href", Link)]),
    plain("abbr", Inline),
    plain("b", Inline),
    plain("bdi", Inline),
    plain("bdo", Inline),
    plain("cite", Inline),
    plain("code", Inline),
    with("data", Inline, &[("value", Any)]),
    with("del", Inline, &[("datetime", Any)]),
    plain("dfn", Inline),
    plain("em", Inline),
    plain("i", Inline),
    with("ins", Inline, &[("datetime", Any)]),
    plain("kbd", Inline),
    plain("mark", Inline),
    plain("picture", Inline),
    plain("q", Inline),
    plain("rp", Inline),
    plain("rt", Inline),
    plain("ruby", Inline),
    plain("s", Inline),
    plain("samp", Inline),
    plain("small", Inline),
    plain("span", Inline),
    plain("strong", Inline),
    plain("sub", Inline),
    plain("sup", Inline),
    with("time", Inline, &[("datetime", Any)]),
    plain("u", Inline),
    plain("var", Inline),
    plain("br", Void),
    with("col", Void, &[("span", Number)]),
    plain("hr", Void),
    with("img", Void, &[("src", Media), ("alt", Any), SIZE[0], SIZE[1]]),
    with("source", Void, &[("src", Media), ("type", Any), ("media", Any)]),
    with(
        "track",
        Void,
        &[("src", Media), ("kind", Any), ("srclang", Any), ("label", Any), ("default", Flag)],
    ),
    plain("wbr", Void),
    plain("address", Block),
    plain("article", Block),
    plain("aside", Block),
    with(
        "audio",
        Block,
        &[
            ("src", Media),
            ("controls", Flag),
            ("loop", Flag),
            ("muted", Flag),
            ("preload", OneOf(&["none", "metadata", "auto"])),
        ],
    ),
    plain("blockquote", Block),
    plain("caption", Block),
    with("colgroup", Block, &[("span", Number)]),
    with("details", Block, &[("open", Flag)]),
    plain("div", Block),
    plain("dl", Block),
    plain("figcaption", Block),
    plain("figure", Block),
    plain("footer", Block),
    plain("h2", Block),
    plain("h3", Block),
    plain("h4", Block),
    plain("h5", Block),
    plain("h6", Block),
    plain("header", Block),
    plain("hgroup", Block),
    with(
        "iframe",
        Block,
        &[
            ("src", Media),
            SIZE[0],
            SIZE[1],
            ("allowfullscreen", Flag),
            (
                "allow",
                Permissions(&[
                    "clipboard-write",
                    "encrypted-media",
                    "fullscreen",
                    "picture-in-picture",
                    "web-share",
                ]),
            ),
            (
                "referrerpolicy",
                OneOf(&[
                    "no-referrer",
                    "origin",
                    "same-origin",
                    "strict-origin",
                    "strict-origin-when-cross-origin",
                ]),
            ),
        ],
    ),
    with("ol", Block, &[("start", Number), ("reversed", Flag), ("type", OneOf(&["1", "a", "i"]))]),
    plain("pre", Block),
    plain("section", Block),
    plain("summary", Block),
    plain("table", Block),
    plain("ul", Block),
    with(
        "video",
        Block,
        &[
            ("src", Media),
            ("poster", Media),
            SIZE[0],
            SIZE[1],
            ("controls", Flag),
            ("loop", Flag),
            ("muted", Flag),
            ("playsinline", Flag),
            ("preload", OneOf(&["none", "metadata", "auto"])),
        ],
    ),
    plain("dd", Loose),
    plain("dt", Loose),
    with("li", Loose, &[("value", Number)]),
    plain("p", Loose),
    plain("tbody", Loose),
    with("td", Loose, CELL),
    plain("tfoot", Loose),
    with("th", Loose, CELL),
    plain("thead", Loose),
    plain("tr", Loose),
];

/// The second wall: the same list, plus what only Newsprint itself writes (identifiers, classes, roles, check boxes).
pub(super) static CLEANER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let tags: HashSet<&str> = ELEMENTS.iter().map(|element| element.name).chain(["input", "label"]).collect();
    let mut attributes: HashMap<&str, HashSet<&str>> = ELEMENTS
        .iter()
        .map(|element| (element.name, element.attributes.iter().map(|(name, _)| *name).collect()))
        .collect();
    attributes.insert("input", HashSet::from(["type", "checked", "disabled"]));
    for lazy in ["img", "iframe"] {
        attributes.entry(lazy).or_default().insert("loading");
    }
    attributes.entry("img").or_default().extend(["srcset", "sizes"]);
    let mut builder = ammonia::Builder::new();
    builder
        .tags(tags)
        .tag_attributes(attributes)
        .generic_attributes(HashSet::from([
            "lang",
            "title",
            "dir",
            "id",
            "class",
            "role",
            "tabindex",
            "aria-label",
            "aria-hidden",
        ]))
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
        .link_rel(None)
        .attribute_filter(|tag, name, value| {
            let foreign = tag == "iframe" && name == "src" && !is_https_on(value, EMBED_HOSTS);
            (!foreign).then_some(value.into())
        });
    builder
});
