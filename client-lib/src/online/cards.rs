//! How do contact cards come and go? Fetched with the directory, and handed in before the statement that names them
//! (`docs/protocol.md` §3.8). It must never know what stands on them.

use std::collections::BTreeSet;

use liaison_keys::card::SaltedCard;
use liaison_keys::names::{Digest, OfficeId};
use liaison_proto::limits;
use liaison_proto::session::client::{ClientError, Event, Ready};

use super::{Online, OnlineError};
use crate::station::{Station, StationError};

impl Online {
    /// Fetches the cards that the directory names and this station does not hold, and drops those that it names no longer.
    /// What a relay does not give, or gives wrongly, is asked for again next time.
    ///
    /// # Errors
    /// [`OnlineError`].
    pub async fn fetch_cards(&mut self, station: &mut Station) -> Result<(), OnlineError> {
        let at = station.directory()?;
        let owner = station.own_contact()?.office.owner;
        // Also of who only pauses: it comes back with the same cards.
        let named: BTreeSet<Digest> = at.cards();
        let missing = at.offices().filter_map(|(office, record)| {
            let hash = record.card.filter(|hash| !station.cards().has(*hash))?;
            at.may_read_card(&owner, office).then(|| (office.clone(), hash))
        });
        let missing: Vec<(OfficeId, Digest)> = missing.collect();
        station.cards().keep_only(&named).map_err(StationError::from)?;
        for part in missing.chunks(limits::CARDS_PER_FRAME_MAX) {
            let offices = part.iter().map(|(office, _)| office.clone()).collect();
            let answer = match self.ask(station, |ready| ready.cards_get(offices)).await {
                // A relay of an earlier version has no cards, and one that is busy has them later.
                Err(OnlineError::Refused(_)) => return Ok(()),
                answer => answer?,
            };
            let Event::Cards(_, cards) = answer else { return Err(ClientError::Protocol.into()) };
            for (office, bytes) in cards {
                let wanted = part.iter().find(|(asked, _)| *asked == office).map(|(_, hash)| *hash);
                let card = SaltedCard::from_bytes(&bytes).ok().filter(|card| Some(card.hash()) == wanted);
                if let Some(card) = card {
                    station.cards().put(&card).map_err(StationError::from)?;
                }
            }
        }
        Ok(())
    }

    /// Hands in an office's card, and holds it here too.
    ///
    /// # Errors
    /// [`OnlineError`].
    pub async fn put_card(
        &mut self,
        station: &mut Station,
        office: &OfficeId,
        card: &SaltedCard,
    ) -> Result<(), OnlineError> {
        let (office, bytes) = (office.clone(), card.to_bytes());
        self.ask(station, |ready| ready.card_put(office, bytes)).await?;
        Ok(station.cards().put(card).map_err(StationError::from)?)
    }

    /// Who read the cards of our own offices: day, office, reader.
    ///
    /// # Errors
    /// [`OnlineError`].
    pub async fn card_reads(
        &mut self,
        station: &mut Station,
    ) -> Result<Vec<(u64, OfficeId, OfficeId)>, OnlineError> {
        match self.ask(station, Ready::card_reads).await? {
            Event::CardReads(_, reads) => Ok(reads),
            _ => Err(ClientError::Protocol.into()),
        }
    }
}
