//! The features of Newsprint, tested at its border: real newspapers, the real binary, the files it writes.

#![expect(clippy::disallowed_methods, reason = "tests make newspapers on the disk and run the binary")]

mod site;

mod archive;
mod commands;
mod crash;
mod cutoff;
mod demo;
mod editorial;
mod faults;
mod findings;
mod hostile;
mod incremental;
mod large;
mod machines;
mod markdown;
mod moving;
mod output;
mod pathological;
mod preview;
mod properties;
mod readers;
mod redirects;
mod search;
mod templates;
mod tidy;
