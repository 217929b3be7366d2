//! Does the command line keep its promises? Argument vectors in, words and exit codes out; against a real relay where
//! there has to be one.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod alone;
mod cards;
mod changes;
mod five_minutes;
mod groups;
mod kit;
mod lists;
mod messages;
mod scripts;
mod watching;
