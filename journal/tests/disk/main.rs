//! Do the segment files keep what was answered, whatever happens to the disk?
//! Never knows the format, but for where the heading ends and that frames of one append lie side by side.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test as a whole; clippy sees only its #[test] functions as such"
)]

mod crash;
mod damage;
mod forward;
mod inspection;
mod scene;
mod space;
