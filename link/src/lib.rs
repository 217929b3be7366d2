//! How do frames cross the network?
//! This crate must never know what a frame means, who the user is, or storage.
//!
//! A [`Link`] is an authenticated connection on which whole frames travel in four lanes, so that a large routine post
//! never holds up a flash. The same type is made by QUIC, by TLS over TCP, and in memory for tests:
//!
//! ```text
//!  dial ──► quic ─┐                     ┌─► LinkSender ─► queue (bounded, per lane) ─► task ─► framing ─► network
//!       ──► tcp ──┼─► tls ─► Link::split┤
//! listen ─────────┘                     └─► LinkReceiver ◄──────────────────────────────────── framing ◄─ network
//! ```
//!
//! Both ends prove an Ed25519 key; [`Link::peer`] says which. Whether that key may do anything is decided above.
//!
//! ```
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use liaison_link::{DialOptions, Listener, RelayAddress, TransportIdentity, dial};
//! use liaison_proto::{Lane, limits};
//!
//! let relay = TransportIdentity::from_seed(&[1; 32])?;
//! let listener = Listener::bind("127.0.0.1:0".parse()?, &relay).await?;
//!
//! let station = TransportIdentity::from_seed(&[2; 32])?;
//! let relays = [RelayAddress { host: listener.local_addr().to_string(), key: relay.public() }];
//! let link = dial(&station, &relays, DialOptions::default()).await?;
//! let (sender, _receiver) = link.split();
//! sender.send(Lane::Flash, b"a frame".to_vec()).await?;
//!
//! let accepted = listener.accept().await.ok_or("the listener has ended")?;
//! assert_eq!(accepted.peer(), station.public());
//! let (_sender, mut receiver) = accepted.split();
//! receiver.admit(limits::FRAME_BYTES_MAX);
//! assert_eq!(receiver.receive().await?, Some(b"a frame".to_vec()));
//! # Ok(())
//! # }
//! # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
//! ```

mod connect;
mod control;
mod dial;
pub mod framing;
mod gate;
mod identity;
mod link;
mod listen;
pub mod memory;
mod per_lane;
mod queue;
mod quic;
mod quic_lanes;
mod source;
mod stream;
mod tcp;
mod tls;
mod turns;

pub use connect::ConnectError;
pub use dial::{Attempt, DialError, DialOptions, RelayAddress, Transports, dial};
pub use framing::FramingError;
pub use identity::{IdentityError, TransportIdentity, TransportKey};
pub use link::{Link, LinkError, LinkReceiver, LinkSender, Transport};
pub use listen::{ListenError, Listener};
