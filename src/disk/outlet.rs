//! The output folder: staged beside the old one, exchanged in one step.
