//! Does a link keep its promises, on every transport?
//! These tests never know how a transport works inside; they see what its users see.

mod dialing;
mod ending;
mod faults;
mod handshake;
mod kit;
mod lanes;
mod strangers;
