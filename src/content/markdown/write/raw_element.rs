//! Writes the elements of raw HTML that may stay.
//!
//! Which ones these are is not decided here.

use super::escape::push_text;
use super::{Wanted, Writer};
use crate::content::markdown::Resolution;
use crate::content::markdown::piece::{RawAttribute, RawValue};

impl Writer<'_> {
    /// Writes the start of an element, its addresses resolved.
    pub(super) fn raw_open(&mut self, name: &'static str, attributes: Vec<RawAttribute>) {
        if let Some(unclean) = &mut self.unclean {
            *unclean = true;
        }
        let start = self.html.len();
        let (mut alt, mut sized, mut named, mut source) = (None, false, false, None);
        let wanted = if name == "img" { Wanted::Image } else { Wanted::Link };
        self.html.push('<');
        self.html.push_str(name);
        for RawAttribute { name: key, value } in attributes {
            match value {
                RawValue::Text(text) => {
                    sized |= matches!(key, "width" | "height");
                    named |= key == "title";
                    self.attribute(key, &text);
                    if key == "alt" {
                        alt = Some(text);
                    }
                }
                RawValue::Id(id) => self.id(&id),
                RawValue::Target(target) => {
                    let found = self.find(&target, wanted);
                    if let Resolution::Link { href: url, .. } | Resolution::Image { src: url, .. } = &found {
                        self.url(key, url);
                        source = Some(found);
                    }
                }
            }
        }
        match (name, source) {
            ("img", Some(found)) => self.finish_image(&found, alt.is_some(), sized),
            // A picture that is not there is its alternative text.
            ("img", None) => {
                self.html.truncate(start);
                return push_text(&mut self.html, alt.as_deref().unwrap_or(""));
            }
            ("iframe", Some(Resolution::Link { href: url, .. } | Resolution::Image { src: url, .. })) => {
                if !named {
                    self.attribute("title", url.split('/').nth(2).unwrap_or_default());
                }
                self.html.push_str(" loading=\"lazy\"");
            }
            _ => {}
        }
        self.html.push('>');
    }

    fn finish_image(&mut self, found: &Resolution, has_alt: bool, sized: bool) {
        if !has_alt {
            self.html.push_str(" alt=\"\"");
        }
        if let (false, Resolution::Image { width: Some(width), height: Some(height), .. }) = (sized, found) {
            self.attribute("width", &width.to_string());
            self.attribute("height", &height.to_string());
        }
        let srcset = if let Resolution::Image { srcset, .. } = found { srcset.as_deref() } else { None };
        self.lazy(srcset);
    }
}
