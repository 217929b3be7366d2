//! What do all connections share? The relay's rooms, under one roof.
//! It must never know a connection.

use std::sync::Arc;

use liaison_keys::names::NetworkId;
use liaison_keys::signing::{Receipt, SecretKey};
use tokio::sync::{Mutex, Notify, Semaphore};

use crate::config::{Clock, Limits};
use crate::observe::Counters;
use crate::quota::Quotas;
use crate::registry::{Reading, Registry};
use crate::sessions::Sessions;
use crate::signer::Signer;
use crate::store::Store;

/// Everything behind the door.
pub(crate) struct House {
    pub(crate) network: NetworkId,
    pub(crate) limits: Limits,
    pub(crate) clock: Clock,
    pub(crate) receipts: SecretKey<Receipt>,
    pub(crate) store: Store,
    pub(crate) registry: Arc<Registry>,
    pub(crate) quotas: Arc<Quotas>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) signer: Signer,
    pub(crate) counters: Counters,
    /// Held while a statement is judged, logged and signed: one writer to the directory.
    pub(crate) writer: Mutex<()>,
    /// Places for keys that are not in the directory and may still say hello.
    pub(crate) strangers: Semaphore,
    /// Told when the signer's memory cannot be written: then the process must end.
    pub(crate) broken: Notify,
}

impl House {
    /// The time, Unix seconds.
    pub(crate) fn now(&self) -> u64 {
        (self.clock)()
    }

    /// The directory; it is there since before the house was opened.
    pub(crate) fn directory(&self) -> Option<Reading<'_>> {
        self.registry.read()
    }
}
