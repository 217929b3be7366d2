//! How does a message travel so that only its recipients read it, and know who wrote it? (`docs/protocol.md` §5)
//! It must never know how an envelope is stored or sent.
//!
//! ```text
//! post     = [hdr, body, [+ wrap]]      station -> relay
//! delivery = [hdr, body, wrap]          relay -> one device
//! header   = {1: version, 2: suite, 3: id, 4: lane, 5: created, 6: expires, 7: [count, hash], 8: commitment}
//! body     = ChaCha20-Poly1305(COSE_Sign1(claims), padded)
//! ```

mod checks;
mod claims;
mod header;
mod open;
mod post;
mod reason;
mod seal;

pub use checks::{Judgement, Opening, Payload, Remark, Standing, VerifiedMessage, entitled};
pub use claims::{Attachment, CheckpointProof, Claims, LeftOut, LeftOutReason};
pub use header::{Header, WrapsMark};
pub use open::{Addressed, Authentic, Decapsulated, Envelope, Sealed, Signed, Unsealed};
pub use post::{Post, PostError};
pub use reason::{Reason, WaitFor};
pub use seal::{Outgoing, Posted, Recipient, SealError, Sealing, seal};
