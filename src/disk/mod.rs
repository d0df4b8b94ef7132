//! Files in and out: what the newspaper holds, and the atomic exchange of its output.

pub mod outlet;
pub mod scan;
