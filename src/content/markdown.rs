//! Markdown: one pass that collects what an article holds, and one that makes its HTML.
