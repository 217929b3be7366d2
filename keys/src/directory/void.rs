//! Why has an entry no effect? One reason for each rule of the directory (`docs/protocol.md` §3).
//! It must never know the rules themselves.

use thiserror::Error;

/// Why an entry has no effect. Replay goes on: one bad entry must not stop every directory for ever; the relay
/// that logged it is reported with the entry as proof.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Void {
    /// Not an entry, a statement, or a body of its kind.
    #[error("malformed")]
    Malformed,
    /// Logged earlier than the entry before it.
    #[error("logged earlier than the entry before it")]
    Logged,
    /// Made for another network.
    #[error("made for another network")]
    Network,
    /// Made more than 7 days before or 10 minutes after it was logged.
    #[error("made too long before, or after, it was logged")]
    Made,
    /// Not the next version of its subject, or not after the statement that stands now.
    #[error("not the next statement on its subject")]
    Chain,
    /// The signatures are not exactly those that it names.
    #[error("not signed by exactly the keys that it names")]
    Signers,
    /// A signature does not verify.
    #[error("a signature does not verify")]
    Signature,
    /// A key that it introduces did not sign.
    #[error("a key that it introduces did not sign it")]
    NoPossession,
    /// Signed by keys that are not entitled to it.
    #[error("not signed by who is entitled to it")]
    Authority,
    /// Names a key that had another owner or role.
    #[error("names a key that had another owner or role")]
    KeyTaken,
    /// The kind does not go with its subject.
    #[error("the kind does not go with its subject")]
    Subject,
    /// A rule of its kind is broken.
    #[error("breaks a rule of its kind")]
    Rule,
    /// More than the directory holds of its kind.
    #[error("more than the directory holds")]
    Cap,
}

impl Void {
    /// A stable short name, for scripts and test vectors; `docs/protocol.md` §3.4 says which rule it stands for.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Logged => "logged",
            Self::Network => "network",
            Self::Made => "made",
            Self::Chain => "chain",
            Self::Signers => "signers",
            Self::Signature => "signature",
            Self::NoPossession => "no-possession",
            Self::Authority => "authority",
            Self::KeyTaken => "key-taken",
            Self::Subject => "subject",
            Self::Rule => "rule",
            Self::Cap => "cap",
        }
    }
}

/// A log that does not begin with a valid genesis says nothing at all.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the log does not begin with a valid genesis: {0}")]
pub struct NoGenesis(pub Void);
