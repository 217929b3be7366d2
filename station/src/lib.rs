//! What does a person or a script see and press?
//! This crate must never know key bytes, frames or envelopes.
//!
//! ```text
//! arguments ─▶ cli ─▶ run ─┬▶ control ─▶ the watch that has the station open ─▶ control ─┐
//!                          └▶ desk (station, connection) ─▶ cli/<verb> ─▶ text, out ─────┴▶ words, exit code
//! ```
//!
//! | room | its question |
//! |---|---|
//! | `run` | What happens between the arguments and the exit code? |
//! | `cli` | What can be pressed? One file below it for each verb or family |
//! | `desk` | Which station is open, and is it connected? |
//! | `io` | Where do words go, and where do answers come from? |
//! | `text` | How is it said? `text/en.ftl` holds every word for people |
//! | `out` | How does it look? |
//! | `failure`, `blame` | What went wrong, and what to do next? |
//! | `exit` | What does a script learn from the exit code? |
//! | `when` | How is a time written and read? |
//! | `armour` | How does a statement travel by mail? |
//! | `passphrase` | How does the station get its passphrase? |
//! | `watch`, `control` | What does a station do that stays connected, and how do others use it meanwhile? |
//!
//! # Example
//!
//! ```
//! # async fn example() {
//! use liaison_station::{Exit, Io, run};
//!
//! let folder = tempfile::tempdir().unwrap();
//! let (io, printed) = Io::captured(folder.path(), b"");
//! let exit = run(["liaison", "--home", "nowhere", "inbox"].map(Into::into).to_vec(), io).await;
//! assert_eq!(exit, Exit::NotReady);
//! assert!(printed.err().contains("liaison init"), "it says what to do next");
//! # }
//! # tokio::runtime::Runtime::new().unwrap().block_on(example());
//! ```

#[macro_use]
mod text;

mod armour;
mod blame;
mod cli;
mod control;
mod desk;
mod exit;
mod failure;
mod io;
mod out;
mod passphrase;
mod regions;
mod run;
mod watch;
mod when;

pub use exit::Exit;
pub use io::{Captured, Io, Stop};
pub use run::run;
