//! Parts of a paragraph: its plain text, cross-link lines in it, pictures that are figures, bare URLs.

use std::ops::Range;

use pulldown_cmark::{CowStr, Event, Tag, TagEnd};
use pulldown_cmark::{Event as E, LinkType};
use unicode_normalization::UnicodeNormalization as _;

/// An event and the bytes of the body it stands for.
type Spanned<'s> = (Event<'s>, Range<usize>);

/// A line `Also Read: Title`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AlsoReadLine {
    /// The label as its author wrote it.
    pub(super) label: String,
    /// The title as plain text.
    pub(super) title: String,
    /// The URL, when the title is a link.
    pub(super) link: Option<String>,
}

/// The text of inline events without markup.
pub(super) fn plain_text(events: &[Spanned<'_>]) -> String {
    let mut text = String::new();
    for (event, _) in events {
        match event {
            E::Text(part) | E::Code(part) => text.push_str(part),
            E::SoftBreak | E::HardBreak => text.push(' '),
            _ => {}
        }
    }
    text
}

/// Cuts a paragraph into parts where a line of it is a cross-link: authors paste lines without empty ones between.
pub(super) fn split_at_also_read<'s>(events: Vec<Spanned<'s>>, labels: &[String]) -> Vec<Vec<Spanned<'s>>> {
    let breaks = |event: &Event<'_>| matches!(event, E::SoftBreak | E::HardBreak);
    if !events.iter().any(|(event, _)| breaks(event)) {
        return vec![events];
    }
    let mut lines: Vec<Vec<Spanned<'s>>> = vec![Vec::new()];
    let mut depth = 0_usize;
    for (event, range) in events {
        match &event {
            E::Start(_) => depth += 1,
            E::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        let ends = depth == 0 && breaks(&event);
        if let Some(line) = lines.last_mut() {
            line.push((event, range));
        }
        if ends {
            lines.push(Vec::new());
        }
    }
    let mut parts: Vec<(bool, Vec<Spanned<'s>>)> = Vec::new();
    for line in lines.into_iter().filter(|line| !line.is_empty()) {
        let cross_link = also_read_line(&line, labels).is_some();
        match parts.last_mut() {
            Some((false, part)) if !cross_link => part.extend(line),
            _ => parts.push((cross_link, line)),
        }
    }
    let mut parts: Vec<Vec<Spanned<'s>>> = parts.into_iter().map(|(_, part)| part).collect();
    for part in &mut parts {
        while part.last().is_some_and(|(event, _)| breaks(event)) {
            part.pop();
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Reads a line as a cross-link, if it is one.
pub(super) fn also_read_line(events: &[Spanned<'_>], labels: &[String]) -> Option<AlsoReadLine> {
    let starts = matches!(
        events.first().map(|(event, _)| event),
        Some(E::Text(_) | E::Start(Tag::Strong | Tag::Emphasis | Tag::Link { .. }))
    );
    if !starts {
        return None;
    }
    let text = plain_text(events);
    let (label, title) = text.split_once([':', '：'])?;
    let (label, title) = (label.trim(), title.trim());
    if title.is_empty() || label.chars().count() > 60 {
        return None;
    }
    let folded = |text: &str| text.nfc().flat_map(char::to_lowercase).collect::<String>();
    let wanted = folded(label);
    labels.iter().find(|known| folded(known) == wanted)?;
    let link = events.iter().find_map(|(event, _)| match event {
        E::Start(Tag::Link { link_type, dest_url, .. })
            if !matches!(link_type, LinkType::WikiLink { .. }) =>
        {
            Some(dest_url.to_string())
        }
        _ => None,
    });
    Some(AlsoReadLine { label: label.to_owned(), title: title.to_owned(), link })
}

/// A picture alone in its paragraph that has a title: its caption, and the picture without it.
pub(super) fn figure<'s>(events: &[Spanned<'s>]) -> Option<(String, Vec<Spanned<'s>>)> {
    let (
        Some((E::Start(Tag::Image { link_type, dest_url, title, id }), range)),
        Some((E::End(TagEnd::Image), _)),
    ) = (events.first(), events.last())
    else {
        return None;
    };
    let alone = events[1..events.len() - 1].iter().all(|(event, _)| !matches!(event, E::End(TagEnd::Image)));
    if title.is_empty() || !alone {
        return None;
    }
    let image = Tag::Image {
        link_type: *link_type,
        dest_url: dest_url.clone(),
        title: CowStr::Borrowed(""),
        id: id.clone(),
    };
    let mut picture = vec![(E::Start(image), range.clone())];
    picture.extend(events[1..].iter().cloned());
    Some((title.to_string(), picture))
}

/// Pushes text, its bare `http://` and `https://` URLs as links (GFM, extended autolinks).
pub(super) fn linked_urls<'s>(text: CowStr<'s>, out: &mut Vec<Event<'s>>) {
    if !text.contains("://") {
        out.push(E::Text(text));
        return;
    }
    let mut rest = 0;
    let mut from = 0;
    while let Some(at) = text[from..].find("://").map(|at| from + at) {
        from = at + 3;
        let scheme =
            ["https", "http"].into_iter().find(|scheme| text[..at].to_ascii_lowercase().ends_with(scheme));
        let Some(start) = scheme.map(|scheme| at - scheme.len()) else { continue };
        let inside_word = text[..start].chars().next_back().is_some_and(char::is_alphanumeric);
        let end = url_end(&text, from);
        if start < rest || inside_word || end <= from {
            continue;
        }
        if start > rest {
            out.push(E::Text(CowStr::from(text[rest..start].to_owned())));
        }
        let url = &text[start..end];
        out.push(E::Start(Tag::Link {
            link_type: LinkType::Autolink,
            dest_url: CowStr::from(url.to_owned()),
            title: CowStr::Borrowed(""),
            id: CowStr::Borrowed(""),
        }));
        out.push(E::Text(CowStr::from(url.to_owned())));
        out.push(E::End(TagEnd::Link));
        rest = end;
        from = end;
    }
    if rest < text.len() {
        out.push(E::Text(CowStr::from(text[rest..].to_owned())));
    }
}

/// Where a bare URL ends: before white space, `<`, trailing punctuation and a `)` that was not opened in it.
fn url_end(text: &str, from: usize) -> usize {
    let stop = text[from..]
        .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '“' | '”'))
        .map_or(text.len(), |at| from + at);
    let mut url = &text[from..stop];
    loop {
        let shorter = url.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_', '~', '’', '…']);
        let unbalanced =
            shorter.ends_with(')') && shorter.matches(')').count() > shorter.matches('(').count();
        let shorter = if unbalanced { &shorter[..shorter.len() - 1] } else { shorter };
        if shorter.len() == url.len() {
            return from + url.len();
        }
        url = shorter;
    }
}

/// Text for an HTML attribute in double quotes, or between tags.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}
