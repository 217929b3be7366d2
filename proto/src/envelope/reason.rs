//! Why was an envelope not shown? Each step of opening has its own reason here, and one code outward
//! (`docs/protocol.md` §5). It must never know a key or a plaintext.

use thiserror::Error;

use crate::recipients::ScopeUnresolved;
use crate::rights::NotEntitled;

/// The local reason for which an envelope goes to quarantine. Outward there is one code for all of them, because a
/// reason told to who made the envelope is an oracle.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// A part is longer than it may be.
    #[error("a part is longer than it may be")]
    TooLarge,
    /// Not an envelope in its one spelling.
    #[error("not an envelope")]
    Malformed,
    /// Made by a version that this program does not know.
    #[error("made by another version of the protocol")]
    Version,
    /// Sealed with algorithms that this program does not know.
    #[error("sealed with other algorithms")]
    Suite,
    /// The header's numbers cannot be true.
    #[error("the header contradicts itself")]
    Header,
    /// The wrap is for another device.
    #[error("addressed to another device")]
    NotForUs,
    /// The prekey that it is sealed to was erased, or is none of ours.
    #[error("sealed to a key that is no longer here")]
    NoSecret,
    /// The wrap does not open: changed, for another envelope, or for another network.
    #[error("the sealed key does not open")]
    Decapsulation,
    /// The key inside is not the one that the header commits to: one envelope for two texts.
    #[error("the key is not the one that the header commits to")]
    Commitment,
    /// The body does not open: header or body were changed.
    #[error("the body was changed")]
    Body,
    /// The padding is not what a sender makes.
    #[error("the padding is wrong")]
    Padding,
    /// What was signed is not in its one spelling.
    #[error("the content is malformed")]
    Claims,
    /// The signature does not verify: also when made for another network, status or header.
    #[error("the signature does not verify")]
    Signature,
    /// The signing device is not in the directory.
    #[error("the sender is not in the directory")]
    UnknownSender,
    /// The device does not belong to the office that it claims, or did not count when it signed.
    #[error("the sending device was not certified for its office when it signed")]
    Signer,
    /// The signing device was revoked before the message was made.
    #[error("the sending device had been revoked")]
    Revoked,
    /// The checkpoint is not one of this network's log.
    #[error("the sender's directory checkpoint is not valid")]
    Checkpoint,
    /// The checkpoint is signed by the log's key and does not fit one's own log: proof of a split view.
    #[error("the sender was shown another directory than we were: proof of a split view")]
    SplitView,
    /// Sealed under a longer directory than any relay has shown here, for a week or with too many others.
    #[error("sealed under a directory that no relay has shown here")]
    Withheld,
    /// Sealed under a directory more than 7 days older than the message.
    #[error("sealed under a stale directory")]
    StaleDirectory,
    /// The scope means nobody at that checkpoint.
    #[error("the addressees cannot be resolved: {0}")]
    Unresolved(ScopeUnresolved),
    /// The wraps and those left out are not exactly whom the scope means.
    #[error("the envelope was not sealed to exactly the addressees that it names")]
    Recipients,
    /// Already received.
    #[error("already received")]
    Replay,
    /// Its times contradict each other.
    #[error("its times contradict each other")]
    Times,
    /// More than 7 days after its expiry: replays are remembered no longer.
    #[error("came more than 7 days after it ended")]
    TooOld,
    /// The sender may not send this kind to this scope.
    #[error("the sender is not entitled to this: {0}")]
    NotEntitled(NotEntitled),
    /// The template's body breaks a rule that does not bend.
    #[error("the content breaks the rules of its template: {0}")]
    Template(String),
}

impl Reason {
    /// A stable short name, for scripts and logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::Malformed => "malformed",
            Self::Version => "version",
            Self::Suite => "suite",
            Self::Header => "header",
            Self::NotForUs => "not-for-us",
            Self::NoSecret => "no-secret",
            Self::Decapsulation => "decapsulation",
            Self::Commitment => "commitment",
            Self::Body => "body",
            Self::Padding => "padding",
            Self::Claims => "claims",
            Self::Signature => "signature",
            Self::UnknownSender => "unknown-sender",
            Self::Signer => "signer",
            Self::Revoked => "revoked",
            Self::Checkpoint => "checkpoint",
            Self::SplitView => "split-view",
            Self::Withheld => "withheld",
            Self::StaleDirectory => "stale-directory",
            Self::Unresolved(_) => "unresolved-scope",
            Self::Recipients => "recipients",
            Self::Replay => "replay",
            Self::Times => "times",
            Self::TooOld => "too-old",
            Self::NotEntitled(_) => "not-entitled",
            Self::Template(_) => "template",
        }
    }
}

/// What must come before an envelope can be judged: it waits, stored and acknowledged, unseen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaitFor {
    /// The directory up to this size.
    Directory {
        /// Log size of the sender's checkpoint.
        size: u64,
    },
}
