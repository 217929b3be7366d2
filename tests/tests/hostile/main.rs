//! Does every behaviour of a hostile relay and of a hostile sender end in a reason of its own, and in nothing else?
//!
//! Each row of the tables names one behaviour, plays the same script with and without it, and says exactly by what the
//! two ends differ: at the sender, at the victim and at a bystander. It must never know how the attacked code works.

mod bounds;
mod cards;
mod delivering;
mod directory;
mod distinct;
mod fork;
mod missing;
mod pen;
mod posting;
mod prekeys;
mod resealing;
mod row;
mod scene;
mod script;
mod sender;
mod session;
mod silence;
mod state;
mod watching;
