//! What do all connections share? The relay's rooms, under one roof.
//! It must never know a connection.

use std::sync::Arc;

use liaison_keys::names::{NetworkId, Owner};
use liaison_keys::signing::{Receipt, SecretKey};
use liaison_proto::frame::Code;
use tokio::sync::{Mutex, Semaphore, watch};

use crate::cards::Cards;
use crate::config::{Clock, Limits};
use crate::cosigned::Cosigned;
use crate::fault::RunError;
use crate::observe::Counters;
use crate::quota::{Quotas, Reservation};
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
    pub(crate) cosigned: Cosigned,
    pub(crate) cards: Arc<Cards>,
    pub(crate) counters: Counters,
    /// Held while a statement is judged, logged and signed: one writer to the directory.
    pub(crate) writer: Mutex<()>,
    /// Places for keys that are not in the directory and may still say hello.
    pub(crate) strangers: Semaphore,
    /// Why the process must end, once it must.
    pub(crate) fault: watch::Sender<Option<RunError>>,
}

impl House {
    /// The time, Unix seconds.
    pub(crate) fn now(&self) -> u64 {
        (self.clock)()
    }

    /// Says that the process must end; the first reason stays.
    pub(crate) fn fail(&self, fault: RunError) {
        self.fault.send_if_modified(|said| said.is_none() && said.replace(fault).is_none());
    }

    /// Returns when the process must end.
    pub(crate) async fn failed(&self) -> RunError {
        let mut fault = self.fault.subscribe();
        tokio::select! {
            () = self.store.failed() => RunError::Journal,
            // The sender is in this house, so it cannot be gone.
            said = fault.wait_for(Option::is_some) => said.ok().and_then(|said| *said).unwrap_or(RunError::Journal),
        }
    }

    /// Room for one more thing of an owner's in the journal.
    ///
    /// # Errors
    /// [`Code::Quota`].
    pub(crate) fn reserve(&self, owner: &Owner, bytes: usize) -> Result<Reservation, Code> {
        let (bytes, now) = (u64::try_from(bytes).unwrap_or(u64::MAX), self.now());
        let known = self.directory().ok_or(Code::Busy)?;
        let own_posts = known.directory().now(now).policy(owner).and_then(|policy| policy.posts_a_day);
        self.quotas.reserve(owner, (bytes, own_posts), now).ok_or(Code::Quota)
    }

    /// The directory; it is there since before the house was opened.
    pub(crate) fn directory(&self) -> Option<Reading<'_>> {
        self.registry.read()
    }
}
