//! The features of Newsprint, tested at its border: real newspapers, the real binary, the files it writes.

mod site;

mod archive;
mod commands;
mod demo;
mod faults;
mod hostile;
mod large;
mod output;
mod properties;
mod tidy;
