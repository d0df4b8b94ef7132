//! Scanning: which files the newspaper consists of.
