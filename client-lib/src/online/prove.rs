//! Can this station be reached, and does it open what comes? A message to itself, by way of the relay, sealed to keys that the
//! relay gave out (`docs/protocol.md` §2.4, §4). It must never know why that was asked.

use liaison_keys::names::HeaderHash;
use liaison_proto::lane::Lane;
use liaison_proto::limits;
use liaison_proto::scope::Scope;

use super::{Online, OnlineError};
use crate::check::Answer;
use crate::compose::ComposeError;
use crate::station::{Station, StationError};

impl Online {
    /// Renews this station's FALLBACK, has the relay hand its prekeys out, and sends itself a message. Gives after how many
    /// milliseconds it was opened; none if it did not come back, or not as it was sent.
    ///
    /// # Errors
    /// [`OnlineError`].
    pub async fn prove(&mut self, station: &mut Station) -> Result<Option<u64>, OnlineError> {
        self.exchange(station).await?;
        let (own, now) = (station.own_contact()?, station.clock().now_s());
        let bundle = station.prekeys_mut().renew_fallback(own.device, now, own.expires);
        let bundle = bundle.map_err(StationError::from)?;
        self.hand_in(station, &bundle).await?;
        self.fetch_prekeys(station, &[own.device]).await?;
        let scope = Scope::bilateral([own.office]).map_err(|_| ComposeError::NoLiveKey)?;
        let letter = station.check(scope, Lane::Routine, Answer::Auto, now + PROOF_LIVES_S)?;
        let preview = station.preview(&letter)?;
        let begun_ms = station.clock().now_ms();
        let hh = station.seal(&letter, &preview, true)?;
        self.send_waiting(station).await?;
        while !has_come(station, hh) {
            let arrived = self.arrived;
            match self.until(station, limits::ANSWER_MS_MAX, |online| online.arrived > arrived).await {
                Err(OnlineError::Silent) => return Ok(None),
                more => more?,
            }
        }
        self.flush_acks().await?;
        if station.memory().inbox.item(hh).is_none() {
            return Ok(None);
        }
        station.mark_opened(hh)?;
        Ok(Some(station.clock().now_ms().saturating_sub(begun_ms)))
    }
}

/// Opened, or set aside.
fn has_come(station: &Station, hh: HeaderHash) -> bool {
    let inbox = &station.memory().inbox;
    inbox.has_seen(hh) || inbox.quarantine.iter().any(|one| one.hh == Some(hh))
}

/// A message to oneself is of no use for longer.
const PROOF_LIVES_S: u64 = 3_600;
