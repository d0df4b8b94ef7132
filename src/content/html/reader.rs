//! From the tokens of a snippet to what stays of it, with a finding for everything that goes.
//!
//! How a snippet is cut into tokens is not known here, nor what the walk makes of what stays.

use html5ever::tokenizer::{Tag, TagKind, Token};

use super::allow_list::{
    ATTRIBUTES_WITHOUT_EFFECT, EMBED_HOSTS, Element, Shape, ValueRule, content_goes_too, element,
};
use super::{Attribute, Markup, Snippet, Value, shown, unsafe_link};
use crate::content::destination::{Destination, Purpose, is_https_on};
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// What was read of a snippet.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) snippet: Snippet,
    /// How many elements named `snippet.swallowing` are open.
    depth: usize,
}

impl Reader {
    /// Takes the next token.
    pub(super) fn token(&mut self, token: Token, span: Span) {
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => self.start(&tag, span),
            Token::TagToken(tag) => self.end(&tag.name),
            Token::CharacterTokens(text) if self.snippet.swallowing.is_none() => self.text(&text),
            Token::DoctypeToken(_) => self.report(span, "`<!DOCTYPE>` was removed", "delete it"),
            Token::CharacterTokens(_)
            | Token::CommentToken(_)
            | Token::NullCharacterToken
            | Token::EOFToken
            | Token::ParseError(_) => {}
        }
    }

    fn text(&mut self, more: &str) {
        if let Some(Markup::Text(text)) = self.snippet.markup.last_mut() {
            text.push_str(more);
        } else {
            self.snippet.markup.push(Markup::Text(more.to_owned()));
        }
    }

    fn start(&mut self, tag: &Tag, span: Span) {
        if let Some(swallowing) = self.snippet.swallowing {
            if *tag.name == *swallowing && !tag.self_closing {
                self.depth += 1;
            }
            return;
        }
        if let Some(name) = content_goes_too(&tag.name) {
            self.element_removed(name, span, "delete it; its content was removed too");
            self.swallow(name, tag);
            return;
        }
        let Some(element) = element(&tag.name) else {
            let help = "use Markdown, or another element; what stood inside it stays";
            return self.element_removed(&tag.name, span, help);
        };
        if element.name == "iframe" {
            return self.embed(element, tag, span);
        }
        let attributes = self.attributes(element, tag, span);
        let (name, shape) = (element.name, element.shape);
        self.snippet.markup.push(Markup::Open { name, shape, attributes, span });
    }

    fn end(&mut self, name: &str) {
        if let Some(swallowing) = self.snippet.swallowing {
            if name == swallowing {
                self.depth -= 1;
                if self.depth == 0 {
                    self.snippet.swallowing = None;
                }
            }
            return;
        }
        if let Some(element) = element(name)
            && element.shape != Shape::Void
            && element.name != "iframe"
        {
            self.snippet.markup.push(Markup::Close(element.name));
        }
    }

    /// What stands inside the element goes, up to its end; foreign elements (`<svg/>`) may be closed at once.
    fn swallow(&mut self, name: &'static str, tag: &Tag) {
        if !(tag.self_closing && matches!(name, "svg" | "math")) {
            self.snippet.swallowing = Some(name);
            self.depth = 1;
        }
    }

    /// An `<iframe>` from one of the known hosts stays, empty and complete; any other one goes.
    fn embed(&mut self, element: &'static Element, tag: &Tag, span: Span) {
        let source = tag.attrs.iter().find(|attribute| &*attribute.name.local == "src");
        let allowed = source.is_some_and(|source| is_https_on(source.value.trim(), EMBED_HOSTS));
        if allowed {
            let attributes = self.attributes(element, tag, span);
            let (name, shape) = (element.name, element.shape);
            self.snippet.markup.push(Markup::Open { name, shape, attributes, span });
            self.snippet.markup.push(Markup::Close(name));
        } else {
            let message = "element `<iframe>` was removed: its host is not on the list of embeds";
            let help = format!("link to the page instead; embeds may come from {}", EMBED_HOSTS.join(", "));
            self.report(span, message, &help);
        }
        self.swallow("iframe", tag);
    }

    fn attributes(&mut self, element: &'static Element, tag: &Tag, span: Span) -> Vec<Attribute> {
        let mut kept: Vec<Attribute> = Vec::new();
        let mut removed: Vec<String> = Vec::new();
        for attribute in &tag.attrs {
            let name: &str = &attribute.name.local;
            if let Some((name, rule)) = element.attribute(name) {
                match value(rule, &attribute.value) {
                    Ok(value) => kept.push(Attribute { name, value }),
                    Err(Refusal::Unsafe) => self.unsafe_url(&attribute.value, span),
                    Err(Refusal::Unfit) => removed.push(format!("`{name}`")),
                }
            } else if !ATTRIBUTES_WITHOUT_EFFECT.contains(&name) {
                removed.push(format!("`{}`", shown(name)));
            }
        }
        if !removed.is_empty() {
            let (noun, verb) = if removed.len() == 1 { ("attribute", "was") } else { ("attributes", "were") };
            let message = format!("{noun} {} of `<{}>` {verb} removed", removed.join(", "), element.name);
            self.report(span, &message, "delete it, or set `raw_html: trusted` in newsprint.yaml");
        }
        kept
    }

    fn element_removed(&mut self, name: &str, span: Span, help: &str) {
        self.report(span, &format!("element `<{}>` was removed", shown(name)), help);
    }

    /// Reports what goes.
    pub(super) fn report(&mut self, span: Span, message: &str, help: &str) {
        let finding = Diagnostic::warning("raw-html-removed", message).help(help);
        self.snippet.findings.push((span, finding));
    }

    fn unsafe_url(&mut self, url: &str, span: Span) {
        self.snippet.findings.push((span, unsafe_link(url)));
    }
}

enum Refusal {
    Unsafe,
    Unfit,
}

fn value(rule: ValueRule, text: &str) -> Result<Value, Refusal> {
    let url = |purpose| match Destination::of(text, purpose) {
        Destination::Refused(_) => Err(Refusal::Unsafe),
        destination => Ok(Value::Url(destination)),
    };
    let text_if = |fits: bool| if fits { Ok(Value::Text(text.to_owned())) } else { Err(Refusal::Unfit) };
    match rule {
        ValueRule::Any => text_if(true),
        ValueRule::Flag => Ok(Value::Text(String::new())),
        ValueRule::Number => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            text_if(
                !digits.is_empty() && digits.len() <= 9 && digits.bytes().all(|byte| byte.is_ascii_digit()),
            )
        }
        ValueRule::OneOf(values) => text_if(values.iter().any(|value| value.eq_ignore_ascii_case(text))),
        ValueRule::Permissions(allowed) => {
            let kept: Vec<&str> =
                text.split(';').map(str::trim).filter(|permission| allowed.contains(permission)).collect();
            Ok(Value::Text(kept.join("; ")))
        }
        ValueRule::Id if text.is_empty() || text.contains(|c: char| c.is_whitespace() || c.is_control()) => {
            Err(Refusal::Unfit)
        }
        ValueRule::Id => Ok(Value::Id(text.to_owned())),
        ValueRule::Link => url(Purpose::Link),
        ValueRule::Media => url(Purpose::Media),
    }
}
