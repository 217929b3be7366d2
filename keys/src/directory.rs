//! Who is in the network, and who says so? The directory: statements, the log that holds them, and the one pure
//! function that reads it. It must never know contact data, sockets or the clock.

mod authority;
pub mod body;
pub mod checkpoint;
pub mod device;
mod effect;
pub mod entry;
pub mod evidence;
pub mod fact;
pub mod founding;
pub mod group;
pub mod invitation;
mod keyring;
pub mod log;
pub mod office;
pub mod owner;
pub mod query;
pub mod replay;
pub mod replica;
pub mod root;
pub mod rules;
pub mod statement;
pub mod void;
pub mod witness;

pub use authority::choose_signers;
pub use body::Body;
pub use checkpoint::{Checkpoint, Head, Note, Origin};
pub use entry::Entry;
pub use group::MemberStatus;
pub use office::{Answers, Category, Level, Membership, OfficeRecord, Rank};
pub use query::{At, Contact};
pub use replay::{Directory, replay};
pub use replica::Replica;
pub use statement::{Claims, Statement};
pub use void::{NoGenesis, Void};
pub use witness::Quorum;
