//! Publishing to a host: the site goes live whole, in order, and can come back.
//!
//! ```text
//!  output + record there → Plan → bounds → carry out: stages, verification, record, deletes
//!         I/O              pure    pure         through a Store, the only one that changes the target
//! ```
//!
//! What a site looks like is not known here: it is a listing of files with classes. `outside/` reaches the world.

pub mod bounds;
pub mod carry_out;
pub mod claim;
pub mod class;
pub mod digest;
pub mod listing;
pub mod outside;
pub mod photo;
pub mod plan;
mod prune;
pub mod record;
pub mod retry;
pub mod store;
pub mod survey;
pub mod turn_back;
