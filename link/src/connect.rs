//! Why did one attempt to connect fail?
//! It must never know which relay was tried, nor what is tried next.

use std::io::ErrorKind;

/// One attempt by one transport. The other side's texts are never repeated, only what kind of thing happened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The name was not found.
    #[error("the name was not found; check it, and this machine's name service")]
    Unresolved,
    /// The operating system could not reach the address.
    #[error("not reachable ({kind}); check the network and the port")]
    Unreachable {
        /// What the operating system said.
        kind: ErrorKind,
    },
    /// The server holds another key: a wrong address, an old key, or somebody in between.
    #[error(
        "the server shows another key than the pinned one; do not trust this address before you know why"
    )]
    WrongKey,
    /// The handshake was refused, or is not ours.
    #[error("the server did not complete the handshake; it may be busy, or no relay")]
    Refused,
    /// No end within the limit.
    #[error("no answer within {after_ms} ms; a firewall may block this transport")]
    TimedOut {
        /// The limit, milliseconds.
        after_ms: u64,
    },
    /// Ours: the attempt could not be set up.
    #[error("this machine could not set up the attempt")]
    Local,
}
