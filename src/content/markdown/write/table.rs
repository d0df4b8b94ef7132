//! Tables: wide ones scroll in a box of their own, which keyboards can reach.
//!
//! What stands in the cells is not known here.

use pulldown_cmark::Alignment;

/// The table that is being written; tables do not nest.
#[derive(Default)]
pub(super) struct Table {
    alignments: Vec<Alignment>,
    column: usize,
    part: Part,
    /// How many tables there were, with this one.
    count: usize,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Part {
    #[default]
    Head,
    /// The head is over and no row has begun.
    BeforeBody,
    Body,
}

impl Table {
    pub(super) fn start(&mut self, html: &mut String, alignments: Vec<Alignment>, language: &str) {
        *self = Self { alignments, column: 0, part: Part::Head, count: self.count + 1 };
        html.push_str("<div class=\"table-scroll\" tabindex=\"0\" role=\"region\" aria-label=\"");
        html.push_str(name(language));
        // Boxes of one page that keyboards stop at must not be called alike (WCAG 2.2, 2.4.6).
        if self.count > 1 {
            html.push(' ');
            html.push_str(&self.count.to_string());
        }
        html.push_str("\"><table>\n");
    }

    pub(super) fn start_head(&mut self, html: &mut String) {
        self.column = 0;
        html.push_str("<thead><tr>");
    }

    pub(super) fn end_head(&mut self, html: &mut String) {
        self.part = Part::BeforeBody;
        html.push_str("</tr></thead>\n");
    }

    pub(super) fn start_row(&mut self, html: &mut String) {
        if self.part == Part::BeforeBody {
            html.push_str("<tbody>\n");
            self.part = Part::Body;
        }
        self.column = 0;
        html.push_str("<tr>");
    }

    pub(super) fn start_cell(&mut self, html: &mut String) {
        html.push_str(if self.part == Part::Head { "<th scope=\"col\"" } else { "<td" });
        html.push_str(match self.alignments.get(self.column) {
            Some(Alignment::Left) => " class=\"align-left\">",
            Some(Alignment::Center) => " class=\"align-center\">",
            Some(Alignment::Right) => " class=\"align-right\">",
            Some(Alignment::None) | None => ">",
        });
        self.column += 1;
    }

    pub(super) fn end_cell(&self, html: &mut String) {
        html.push_str(if self.part == Part::Head { "</th>" } else { "</td>" });
    }

    pub(super) fn end(&self, html: &mut String) {
        html.push_str(if self.part == Part::Body { "</tbody></table></div>\n" } else { "</table></div>\n" });
    }
}

/// What screen readers call the box.
fn name(language: &str) -> &'static str {
    match language.split(['-', '_']).next().unwrap_or("") {
        "bn" => "সারণি",
        "de" => "Tabelle",
        "es" => "Tabla",
        "fr" => "Tableau",
        "hi" => "तालिका",
        "it" => "Tabella",
        "nl" => "Tabel",
        "pt" => "Tabela",
        _ => "Table",
    }
}
