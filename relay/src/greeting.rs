//! May this link come in, and what is it told? The first frames and the last.
//! It must never know what a session does in between.

use std::sync::Arc;
use std::time::Duration;

use liaison_keys::names::DeviceId;
use liaison_keys::signing::{PublicKey, Transport};
use liaison_link::{Link, LinkReceiver, LinkSender};
use liaison_proto::frame::{Code, Frame, Hello, Welcome};
use liaison_proto::limits;
use liaison_proto::session::Party;
use liaison_proto::session::relay::{Ends, ExpectHello, Ready};
use tokio::time::timeout;

use crate::admit::{Admitted, admit};
use crate::event::Event;
use crate::house::House;
use crate::view::VaultRecord;

/// A link that came in.
pub(crate) struct Greeted {
    pub(crate) ready: Ready,
    pub(crate) admitted: Admitted,
    /// What the hello is answered with.
    pub(crate) welcome: Frame,
}

/// Waits for the hello, and then says who this is. The error is what is said to the peer; none if it is gone.
pub(crate) async fn greet(
    house: &Arc<House>,
    key: &PublicKey<Transport>,
    receiver: &mut LinkReceiver,
) -> Result<Greeted, Option<Code>> {
    let admitted = || house.directory().and_then(|known| admit(&known, key, house.now()));
    // A stranger may say hello, so that one from another network is told so; but only some at once.
    let place = if admitted().is_none() { Some(house.strangers.try_acquire()) } else { None };
    if matches!(place, Some(Err(_))) {
        return Err(Some(Code::NotAdmitted));
    }
    let frame = receiver.receive().await.map_err(|_| None)?.ok_or(None)?;
    let (ready, hello, version) =
        ExpectHello::new(house.network).hello(&frame).map_err(|Ends(code)| Some(code))?;
    let admitted = admitted().ok_or(Some(Code::NotAdmitted))?;
    let welcome = welcome(house, &admitted.party, &hello, version).await.map_err(Some)?;
    Ok(Greeted { ready, admitted, welcome })
}

/// Answers the hello with what was known before it.
async fn welcome(house: &Arc<House>, party: &Party, hello: &Hello, version: u8) -> Result<Frame, Code> {
    let vault = match party.device() {
        Some(device) => remember_vault(house, device, hello).await?,
        None => VaultRecord::default(),
    };
    let (news, head) = house.signer.head(house.now());
    Ok(Frame::Welcome(Welcome {
        version,
        frame_bytes_max: u64::try_from(frame_bytes_max(party)).unwrap_or(u64::MAX),
        note: news.note.clone().into(),
        head: head.into(),
        generation: vault.generation,
        events: vault.events,
        time: house.now(),
    }))
}

/// What was known of the device's vault, once what it says now is on disk if it is more: a vault that is restored from an
/// old copy is told so by whatever relay knew better.
async fn remember_vault(house: &House, device: DeviceId, hello: &Hello) -> Result<VaultRecord, Code> {
    let known = house.store.view().vault(device).map_err(|_| Code::Busy)?.unwrap_or_default();
    let (generation, events) = (hello.generation, hello.events);
    if (generation, events) > (known.generation, known.events) {
        house.store.keep(Event::Vault { device, generation, events }.record()).await?;
    }
    Ok(known)
}

/// The last words, to a peer that may not listen.
pub(crate) async fn farewell(sender: LinkSender, receiver: LinkReceiver, code: Code) {
    let frame = Frame::GoAway { code };
    let words = async {
        if sender.send(frame.lane(), frame.to_bytes()).await.is_ok() {
            sender.close(0).await;
            receiver.finish().await;
        }
    };
    // Past the limit, the peer has had its chance.
    let _ = timeout(Duration::from_millis(limits::SHUTDOWN_MS_MAX), words).await;
}

/// The relay is full; another one, or a later time.
pub(crate) async fn turn_away(link: Link) {
    let (sender, receiver) = link.split();
    farewell(sender, receiver, Code::Busy).await;
}

/// Who may post may send large frames; nobody else makes us hold more than a statement.
pub(crate) fn frame_bytes_max(party: &Party) -> usize {
    match party {
        Party::Live { .. } => limits::FRAME_BYTES_MAX,
        Party::Lapsed { .. } | Party::Invited { .. } => limits::SMALL_FRAME_BYTES_MAX,
    }
}
