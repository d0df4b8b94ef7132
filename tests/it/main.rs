//! The features of Newsprint, tested at its border: real newspapers, the real binary, the files it writes.

#![expect(clippy::disallowed_methods, reason = "tests make newspapers on the disk and run the binary")]

mod site;

mod archive;
mod arrivals;
mod browser;
mod commands;
mod crash;
mod cutoff;
mod demo;
mod deploy;
mod editorial;
mod faults;
mod findings;
mod front;
mod hostile;
mod incremental;
mod large;
mod machines;
mod markdown;
mod moving;
mod output;
mod pathological;
mod pictures;
mod preview;
mod properties;
mod readers;
mod redirects;
mod renames;
mod search;
mod serve;
mod serve_browser;
mod serve_http;
mod serve_saves;
mod server;
mod templates;
mod texts;
mod tidy;
