//! May this post wait here, and for whom? From a station's bytes to the relay's receipt (`docs/protocol.md` §6).
//! It must never know what was written, only its header, its length, and the devices it is for.
//!
//! ```text
//! bytes ─▶ form ─▶ times ─▶ share ─▶ mailboxes ─▶ journal ─▶ view ─▶ receipt
//! ```
//!
//! A post waits for every device that was ever certified and whose mailbox has room. Others are left out, and the receipt's
//! count says so: one device that was never there, or that never fetches, must not stop a broadcast to all the others.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use liaison_journal::{self as journal, Sequence};
use liaison_keys::names::{DeviceId, Owner};
use liaison_proto::envelope::{Post, PostError, Reason};
use liaison_proto::frame::Code;
use liaison_proto::limits;
use liaison_proto::receipt::Accepted;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use crate::event::Posted;
use crate::house::House;
use crate::quota::Reservation;
use crate::store::NotKept;

/// Who posts.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    pub(crate) device: DeviceId,
    pub(crate) owner: Owner,
}

/// One station's posts reach the journal in the order in which it sent them, though their forms are checked beside each
/// other: an update must not overtake what it updates.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    last: Option<Before>,
}

/// One post's place in that order.
#[derive(Debug)]
pub(crate) struct Turn {
    before: Option<Before>,
    over: Option<oneshot::Sender<Option<Before>>>,
}

/// Says when a turn is over; one that was given up names the turn before it, for which is still to be waited.
#[derive(Debug)]
struct Before(oneshot::Receiver<Option<Before>>);

/// Takes a post, and answers with the signed receipt once it is on disk.
pub(crate) async fn post(house: &House, sender: Sender, bytes: Vec<u8>, turn: Turn) -> Result<Vec<u8>, Code> {
    let post = read(bytes).await?;
    let now = house.now();
    check_times(&post, now)?;
    let (record, reservation) = prepare(house, sender, &post, now)?;
    let digest = post.digest();
    drop(post);
    let appended = turn.take(house.store.keep(record)).await?;
    drop(reservation);
    let receipt = receipt(house, appended.sequence, digest)?;
    house.counters.posts.add(1);
    Ok(receipt)
}

impl Turns {
    /// The next turn.
    pub(crate) fn next(&mut self) -> Turn {
        let (over, after) = oneshot::channel();
        Turn { before: self.last.replace(Before(after)), over: Some(over) }
    }
}

impl Turn {
    /// Begins this when all turns before have begun, or were given up.
    async fn take<F: Future>(mut self, work: F) -> F::Output {
        while let Some(Before(before)) = self.before.take() {
            self.before = before.await.ok().flatten();
        }
        let mut work = pin!(work);
        // The first poll puts an event into the journal's queue, which keeps its order.
        let begun = poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await;
        drop(self);
        match begun {
            Poll::Ready(done) => done,
            Poll::Pending => work.await,
        }
    }
}

/// The form is work for the processor: what takes long is done where it holds up nobody.
async fn read(bytes: Vec<u8>) -> Result<Post, Code> {
    let post = if bytes.len() > INLINE_BYTES_MAX {
        spawn_blocking(|| Post::from_bytes(bytes)).await.map_err(|_| Code::Busy)?
    } else {
        Post::from_bytes(bytes)
    };
    post.map_err(|error| match error {
        PostError::TooLarge { .. } => Code::TooLarge,
        PostError::Header(Reason::Version | Reason::Suite) => Code::Version,
        _ => Code::Malformed,
    })
}

fn check_times(post: &Post, now: u64) -> Result<(), Code> {
    let header = post.header();
    if header.expires <= now {
        return Err(Code::Expired);
    }
    let ahead = header.created > now.saturating_add(limits::CREATED_AHEAD_S_MAX);
    if ahead { Err(Code::Ahead) } else { Ok(()) }
}

/// The post's event. A repetition needs no room, as it is not written again; whether it is one, the journal says.
fn prepare(
    house: &House,
    sender: Sender,
    post: &Post,
    now: u64,
) -> Result<(journal::Event, Option<Reservation>), Code> {
    let Sender { device, owner } = sender;
    let seen = house.store.view().seen(post.hh()).map_err(|_| Code::Busy)?.is_some();
    let reservation = if seen { None } else { Some(house.reserve(&owner, post.as_bytes().len())?) };
    let (left_out, log_size) = left_out(house, post)?;
    let posted =
        Posted { device, owner, time: now, log_size, left_out, post: post.as_bytes().to_vec().into() };
    Ok((posted.record(post), reservation))
}

/// Indexes of devices for which the post does not wait, and the size of the log that says which devices there are.
fn left_out(house: &House, post: &Post) -> Result<(Vec<u16>, u64), Code> {
    let known = house.directory().ok_or(Code::Busy)?;
    let (mut left_out, mut full) = (Vec::new(), false);
    for (index, device) in post.devices().iter().enumerate() {
        let never = known.directory().device(*device).is_none();
        let no_room = !never && house.quotas.is_full(*device);
        full |= no_room;
        if never || no_room {
            left_out.push(u16::try_from(index).map_err(|_| Code::Malformed)?);
        }
    }
    let for_nobody = left_out.len() == post.devices().len();
    if full && for_nobody { Err(Code::Quota) } else { Ok((left_out, known.directory().size())) }
}

/// What the first event says, so that a repetition gets the same receipt byte for byte.
fn receipt(
    house: &House,
    Sequence(sequence): Sequence,
    post: liaison_keys::names::Digest,
) -> Result<Vec<u8>, Code> {
    let record = house.store.view().post(sequence).map_err(|_| Code::Busy)?;
    // It ended between the check and now, and is forgotten already.
    let record = record.ok_or(Code::Expired)?;
    let accepted = Accepted {
        relay: house.receipts.public().kid(),
        hh: record.hh,
        post,
        count: u64::from(record.count),
        time: record.time,
        log_size: record.log_size,
    };
    Ok(accepted.sign(&house.receipts, house.network))
}

impl From<NotKept> for Code {
    fn from(not_kept: NotKept) -> Self {
        match not_kept {
            NotKept::Conflict => Self::Conflict,
            NotKept::TooLarge => Self::TooLarge,
            NotKept::Moved | NotKept::Ended => Self::Busy,
        }
    }
}

/// Up to here a post's form is checked at once, in well under a millisecond.
const INLINE_BYTES_MAX: usize = 256 * 1024;

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(over) = self.over.take() {
            // Nobody may be behind it.
            let _ = over.send(self.before.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[tokio::test]
    async fn turns_begin_in_their_order_and_one_that_is_given_up_stops_nobody() {
        let (mut turns, begun) = (Turns::default(), RefCell::new(Vec::new()));
        let [first, second, given_up, last] = [(); 4].map(|()| turns.next());
        let work = |n: u8| {
            let mut polled = false;
            let begun = &begun;
            poll_fn(move |context| {
                if std::mem::replace(&mut polled, true) {
                    return Poll::Ready(());
                }
                begun.borrow_mut().push(n);
                context.waker().wake_by_ref();
                Poll::Pending
            })
        };
        drop(given_up);
        tokio::join!(last.take(work(4)), second.take(work(2)), first.take(work(1)));
        assert_eq!(*begun.borrow(), [1, 2, 4]);
    }
}
