//! Where does it wait, and who may fetch it?
//! This crate must never know plaintext, templates or sealing secrets.
//!
//! ```text
//! link ─▶ connection ─▶ admit ─▶ session ─┬▶ route ───▶ journal ─▶ follow ─▶ view ─▶ mailbox ─▶ connection ─▶ link
//!                                         └▶ registry ─▶ journal ─▶ follow ─▶ replica ─▶ signer ─▶ news to all
//! ```
//!
//! The journal is the truth. [`Relay::start`] folds all of it into a view and a directory, and while the relay runs the
//! same fold follows what is appended. So nothing is known here that the journal would not say again.
//!
//! | room | its question |
//! |---|---|
//! | `config` | What did the operator decide? |
//! | `identity` | Which keys are this relay's? |
//! | `founding` | How does a relay begin? |
//! | `serve` | What runs, and how does it end? |
//! | `fault` | Why did it not start, or why must it end? |
//! | `connection` | What does one link need next? |
//! | `greeting` | May this link come in, and what is it told? |
//! | `outbox` | What leaves next on this link, when lanes are full? |
//! | `admit` | Who is this key, at this moment? |
//! | `sessions` | Who is connected? |
//! | `house` | What do all connections share? |
//! | `answer` | Who in the house answers this request? |
//! | `route` | May this post wait here, and for whom? |
//! | `mailbox` | What does this device get next? |
//! | `pass` | May one device pass this to another about a message? |
//! | `registry` | What does the directory's log say? |
//! | `submit` | May this statement join the log? |
//! | `signer` | May the log's key sign this? |
//! | `mend` | Who gives back what a restored log has lost? |
//! | `cosigned` | Which witnesses have seen the log, and how far? |
//! | `invitations` | Which keys are invited? |
//! | `event` | What do the journal's events mean? |
//! | `follow` | How does what was logged become what is known? |
//! | `fold` | What does each event change? |
//! | `quota` | Has this State had its share? |
//! | `view` | What waits where, quickly? |
//! | `resume` | May the relay go on from the view that it left? |
//! | `store` | Who holds the journal, and when is an event both durable and known? |
//! | `observe` | How is the relay doing? |
//!
//! # Example
//!
//! ```
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use liaison_relay::{Config, InitOptions, Relay, StartError, init};
//!
//! let dir = tempfile::tempdir()?;
//! let keys = init(dir.path(), &InitOptions::new("relay-1".parse()?, "127.0.0.1:0".parse()?))?;
//! assert_eq!(keys.name.as_str(), "relay-1");
//!
//! // A relay serves a network; before `found` gives it one, it has nothing to serve.
//! let config = Config::new(dir.path(), "127.0.0.1:0".parse()?);
//! assert!(matches!(Relay::start(config).await, Err(StartError::NotFounded)));
//! # Ok(())
//! # }
//! # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
//! ```

mod admit;
mod answer;
mod cards;
mod config;
mod connection;
mod cosigned;
mod event;
mod fault;
mod fold;
mod follow;
mod founding;
mod greeting;
mod house;
mod identity;
mod invitations;
mod mailbox;
mod mend;
pub mod observe;
mod outbox;
mod pass;
mod quota;
mod registry;
mod resume;
mod route;
mod serve;
mod sessions;
mod signer;
mod store;
mod submit;
mod verify;
mod view;

#[cfg(test)]
#[path = "../../keys/tests/world/mod.rs"]
mod world;

pub use config::{Clock, Config, ConfigError, Limits, Logging, system_clock};
pub use fault::{RunError, StartError};
pub use founding::{FoundError, InitError, InitOptions, found, init, public_keys};
pub use identity::{KeysError, PublicKeys};
pub use serve::Relay;
pub use signer::SignerError;
pub use verify::{Place, Verified, VerifyError, verify};
