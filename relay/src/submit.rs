//! May this statement join the log? From a station's bytes to its place in the directory (`docs/protocol.md` §3).
//! It must never know more rules than replay does: what every station would call void is not logged, and that is all.
//!
//! One statement at a time is judged, logged and signed, so of two that would take the same place one is told to look
//! again, and neither loses its work.

use std::sync::Arc;

use liaison_journal::Event as Record;
use liaison_keys::directory::{Checkpoint, Entry, Statement, Void};
use liaison_keys::names::Digest;
use liaison_proto::frame::Code;
use liaison_proto::session::Party;
use tokio::task::spawn_blocking;

use crate::event::Event;
use crate::fault::RunError;
use crate::house::House;
use crate::registry::{Known, is_exempt};

/// Logs a statement; answers with its index once it is on disk and signed. The same bytes again are answered with the
/// same index: an answer may have been lost.
pub(crate) async fn submit(house: &Arc<House>, party: &Party, bytes: Vec<u8>) -> Result<u64, Code> {
    let statement = Statement::from_bytes(&bytes).map_err(|_| Code::Malformed)?;
    // Before the queue: who sends nonsense must not keep others from being heard.
    if let Judged::Stands(index) = judge(house, party, &statement, &bytes)? {
        return Ok(index);
    }
    let _turn = house.writer.lock().await;
    match judge(house, party, &statement, &bytes)? {
        Judged::Stands(index) => Ok(index),
        Judged::Joins { index, record } => {
            let head = house.store.chain_head();
            house.store.keep_if(head, record).await?;
            publish(house).await?;
            house.counters.entries.add(1);
            Ok(index)
        }
    }
}

/// What replay and the quotas say of a statement.
enum Judged {
    /// These bytes are in the log.
    Stands(u64),
    /// It would be the next entry.
    Joins { index: u64, record: Record },
}

fn judge(house: &House, party: &Party, statement: &Statement, bytes: &[u8]) -> Result<Judged, Code> {
    let known = house.directory().ok_or(Code::Busy)?;
    let claims = statement.claims();
    // An invitation speaks for its own owner only.
    if matches!(party, Party::Invited { .. }) && claims.subject.owner() != Some(party.owner()) {
        return Err(Code::NotAllowed);
    }
    if let Some(index) = known.index_of(bytes) {
        return Ok(Judged::Stands(index));
    }
    let logged = house.now().max(known.directory().logged());
    known.directory().would_take(logged, statement).map_err(|void| match void {
        Void::Chain => Code::Chain,
        Void::Malformed => Code::Malformed,
        _ => Code::Void,
    })?;
    check_share(house, &known, statement, logged)?;
    let index = known.directory().size();
    let entry = Entry::new(logged, bytes.to_vec()).to_bytes();
    Ok(Judged::Joins { index, record: Event::logged(index, entry, bytes) })
}

fn check_share(house: &House, known: &Known, statement: &Statement, logged: u64) -> Result<(), Code> {
    if is_exempt(statement) {
        return Ok(());
    }
    let owner = known.charged(&statement.claims().subject, logged);
    let may = owner.is_none_or(|owner| house.quotas.may_log(&owner, logged));
    if may { Ok(()) } else { Err(Code::Quota) }
}

/// Signs the grown log and tells everybody. If the signer's memory cannot be written, this process signs nothing more.
async fn publish(house: &Arc<House>) -> Result<(), Code> {
    let (checkpoint, root_then) = newest(house)?;
    let inside = Arc::clone(house);
    let signed = spawn_blocking(move || inside.signer.advance(checkpoint, root_then)).await;
    let error = match signed {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the signer panicked".to_owned(),
    };
    tracing::error!(error, "the log grew and cannot be signed");
    house.fail(RunError::Signer);
    Err(Code::Busy)
}

/// The log's newest checkpoint, and its root at the size that was signed last.
fn newest(house: &House) -> Result<(Checkpoint, Option<Digest>), Code> {
    let known = house.directory().ok_or(Code::Busy)?;
    let signed = house.signer.newest().checkpoint.size;
    Ok((known.replica.checkpoint(), known.replica.log().root(signed)))
}
