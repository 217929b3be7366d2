//! Is the directory up to date, and are the keys? What a connection does for the log, for statements, for invitations
//! and for prekeys (`docs/protocol.md` §3, §7). It must never know a message.

use std::collections::BTreeSet;

use liaison_keys::directory::{Entry, Statement};
use liaison_keys::names::DeviceId;
use liaison_keys::prekey::{Bundle, BundleError};
use liaison_proto::frame::Code;
use liaison_proto::limits;
use liaison_proto::scope::Scope;
use liaison_proto::session::client::{ClientError, Event, Ready, Word};

use super::{Happening, KeysFault, Online, OnlineError};
use crate::record::Record;
use crate::replicate::{Fresh, ReplicateError};
use crate::station::{Station, StationError};
use crate::witness::Cosigning;

impl Online {
    /// Fetches the directory's log and the newest checkpoint, and checks that they continue what is held.
    ///
    /// # Errors
    /// [`OnlineError`]; nothing is kept of a log that does not fit.
    pub async fn sync(&mut self, station: &mut Station) -> Result<(), OnlineError> {
        self.asked_s = station.clock().now_s();
        let Event::Checkpoint(_, word) = self.ask(station, Ready::checkpoint).await? else {
            return Err(ClientError::Protocol.into());
        };
        self.follow(station, word).await?;
        let now = station.clock().now_s();
        let age_s = station.checkpoint().map(|known| now.saturating_sub(known.time));
        self.happenings
            .extend(age_s.ok().filter(|age| *age > limits::DIRECTORY_FRESH_S).map(Happening::OldDirectory));
        Ok(())
    }

    /// Asks for the newest head when that was long ago: a directory in which nothing changes grows old without a word, and
    /// so does one that is held back.
    pub(super) async fn ask_for_head(&mut self, station: &mut Station) -> Result<(), OnlineError> {
        let due = self.asked_s.saturating_add(limits::DIRECTORY_ASKED_EVERY_S);
        if station.clock().now_s() < due { Ok(()) } else { self.sync(station).await }
    }

    /// As a witness, says that the log was seen, when that is due.
    pub(super) async fn witness(&mut self, station: &mut Station) -> Result<(), OnlineError> {
        if station.cosigning_is_due() && !station.has_fresh_word() && self.told.is_none() {
            self.sync(station).await?;
        }
        match station.cosign()? {
            None => {
                self.told = None;
                Ok(())
            }
            Some(Err(refused)) => {
                if self.told.replace(refused) != Some(refused) {
                    self.happenings.push(Happening::NotCosigned(refused));
                }
                Ok(())
            }
            Some(Ok(Cosigning { note, line, size })) => {
                match self.ask(station, |ready| ready.cosign(note, line)).await {
                    Ok(_) => self.happenings.push(Happening::Cosigned(size)),
                    // It is said again within the hour.
                    Err(OnlineError::Refused(_)) => {}
                    Err(error) => return Err(error),
                }
                Ok(())
            }
        }
    }

    /// Fetches entries until our log has the size of this checkpoint, and keeps both.
    pub(super) async fn follow(&mut self, station: &mut Station, word: Word) -> Result<(), OnlineError> {
        let mut fresh = Fresh::of(station);
        let shown = self.fetch(station, &mut fresh, &word).await?;
        let before = station.memory().replica.as_ref().map_or(0, |replica| replica.log().size());
        match fresh.keep(station, word.clone()) {
            Err(ReplicateError::Altered) => {
                // Only the whole log can tell a changed entry from another history.
                let mut whole = Fresh::whole();
                self.fetch(station, &mut whole, &word).await?;
                return Err(whole.compare(station, word)?.into());
            }
            kept => kept?,
        }
        if shown < before {
            self.happenings.push(Happening::ShorterDirectory(shown, before));
        }
        let after = station.replica()?.log().size();
        if after > before {
            self.happenings.push(Happening::Directory(after));
            // A first copy says everything that was ever said, which is no news.
            if before > 0 {
                self.happenings.extend(station.said_about_us(before).into_iter().map(Happening::AboutUs));
            }
            let arrivals = station.receive_waiting()?;
            self.happenings.extend(arrivals.into_iter().map(Happening::Arrived));
        }
        let given_up = station.give_up_waiting()?;
        self.happenings.extend(given_up.into_iter().map(Happening::Arrived));
        let withheld = station.memory().inbox.waiting.len();
        if withheld > 0 {
            // Somebody sealed under a log that this relay does not show us.
            self.happenings.push(Happening::Withheld(withheld));
        }
        Ok(())
    }

    /// Fetches entries until there are as many as the checkpoint covers; gives how many that is.
    async fn fetch(
        &mut self,
        station: &mut Station,
        fresh: &mut Fresh,
        word: &Word,
    ) -> Result<u64, OnlineError> {
        loop {
            let target = fresh.target(station, word)?;
            let from = fresh.size();
            if let Some(target) = target.filter(|target| from >= *target) {
                return Ok(target);
            }
            let answer = self.ask(station, |ready| ready.log_from(from)).await?;
            let Event::Entries(_, _, entries) = answer else { return Err(ClientError::Protocol.into()) };
            if entries.is_empty() {
                return Err(ReplicateError::NotShown { size: target.unwrap_or(0), shown: from }.into());
            }
            fresh.take(station, entries)?;
        }
    }

    /// Submits a statement; it is in the log, on disk, when this returns its index, and the station's own log has it.
    ///
    /// # Errors
    /// [`OnlineError::Refused`] with [`Code::Chain`] when somebody else was faster: fetch, and make it again.
    pub async fn submit(&mut self, station: &mut Station, statement: &Statement) -> Result<u64, OnlineError> {
        let bytes = statement.to_bytes();
        let submitted = bytes.clone();
        let Event::Logged(_, index) = self.ask(station, |ready| ready.submit(submitted)).await? else {
            return Err(ClientError::Protocol.into());
        };
        match self.sync(station).await {
            // The statement certified this station: its invitation has served, its own key opens the door now.
            Err(OnlineError::Session(ClientError::GoAway(Code::NotAdmitted)) | OnlineError::Link(_)) => {
                let happenings = std::mem::take(&mut self.happenings);
                *self = match Self::connect(station, self.options).await {
                    Err(OnlineError::Session(ClientError::GoAway(Code::NotAdmitted)))
                        if station.is_ended_by(statement) =>
                    {
                        return Err(OnlineError::LoggedItsEnd { index });
                    }
                    connected => connected?,
                };
                self.happenings.splice(0..0, happenings);
                self.sync(station).await?;
            }
            synced => synced?,
        }
        if is_logged(station, index, &bytes) { Ok(index) } else { Err(OnlineError::NotLogged) }
    }

    /// Tells the relay of an invitation.
    ///
    /// # Errors
    /// [`OnlineError`].
    pub async fn invite(&mut self, station: &mut Station, invitation: Vec<u8>) -> Result<(), OnlineError> {
        self.ask(station, |ready| ready.invite(invitation)).await.map(|_| ())
    }

    /// Makes and hands in new prekeys when they are due.
    ///
    /// # Errors
    /// [`OnlineError`].
    pub async fn renew_prekeys(&mut self, station: &mut Station) -> Result<(), OnlineError> {
        let own = station.own_contact()?;
        let now = station.clock().now_s();
        let bundle = if station.prekeys().is_due(now, own.expires) {
            station.prekeys_mut().renew(own.device, now, own.expires).map_err(StationError::from)?
        } else {
            match station.prekeys().current_bundle(own.device) {
                Some(bundle) => bundle,
                None => return Ok(()),
            }
        };
        if self.hand_in(station, &bundle).await? {
            return Ok(());
        }
        // Others seal to the keys of the newer bundle, which are not here: this is an older copy of the station.
        let Some(number) = self.own_number(station, own.device).await? else { return Ok(()) };
        let bundle = station.prekeys_mut().overtake(own.device, number, now, own.expires);
        let bundle = bundle.map_err(StationError::from)?;
        self.hand_in(station, &bundle).await.map(|_| ())
    }

    /// Whether the relay takes a bundle of ours; else it has a newer one.
    pub(super) async fn hand_in(
        &mut self,
        station: &mut Station,
        bundle: &Bundle,
    ) -> Result<bool, OnlineError> {
        let signed = bundle.sign(station.signing_key()?, station.network()?);
        match self.ask(station, |ready| ready.prekeys_put(signed)).await {
            Ok(_) => Ok(true),
            Err(OnlineError::Refused(Code::Older)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The number of our own bundle that the relay has, if our key signed it.
    async fn own_number(
        &mut self,
        station: &mut Station,
        device: DeviceId,
    ) -> Result<Option<u64>, OnlineError> {
        let Event::Prekeys(_, bundles) = self.ask(station, |ready| ready.prekeys_get(vec![device])).await?
        else {
            return Err(ClientError::Protocol.into());
        };
        let (key, network) = (station.signing_key()?.public(), station.network()?);
        let own = |bytes: &Vec<u8>| Bundle::verify(bytes, &key, network).ok();
        Ok(bundles.iter().find_map(own).map(|bundle| bundle.number))
    }

    /// Fetches the newest prekeys of these devices.
    ///
    /// # Errors
    /// [`OnlineError`]; a bundle that is not what it must be is told and passed over.
    pub async fn fetch_prekeys(
        &mut self,
        station: &mut Station,
        devices: &[DeviceId],
    ) -> Result<(), OnlineError> {
        for devices in devices.chunks(limits::BUNDLES_PER_FRAME_MAX) {
            let wanted = devices.to_vec();
            let answer = self.ask(station, |ready| ready.prekeys_get(wanted)).await?;
            let Event::Prekeys(_, bundles) = answer else { return Err(ClientError::Protocol.into()) };
            for bytes in bundles {
                match newer(station, devices, &bytes) {
                    Ok(true) => station.keep(vec![Record::Bundle { bytes: bytes.into() }])?,
                    Ok(false) => {}
                    Err((device, fault)) => self.happenings.push(Happening::KeysRefused(device, fault)),
                }
            }
        }
        Ok(())
    }

    /// Fetches the prekeys of a scope's devices where none or only old ones are known.
    ///
    /// # Errors
    /// [`OnlineError`].
    pub async fn prepare(&mut self, station: &mut Station, scope: &Scope) -> Result<(), OnlineError> {
        let devices: BTreeSet<DeviceId> = station.resolve(scope)?;
        let unknown = station.without_fresh_bundle(&devices);
        self.fetch_prekeys(station, &unknown).await
    }
}

/// Whether our own log, under a signed checkpoint, has this statement at this place: the relay's word alone is not
/// enough, or it could swallow a revocation.
fn is_logged(station: &Station, index: u64, statement: &[u8]) -> bool {
    let covered = station.word().is_ok_and(|word| word.size > index);
    let entries = station.replica().map(|replica| replica.log().entries(index, 1)).unwrap_or_default();
    let entry = entries.first().and_then(|entry| Entry::from_bytes(entry).ok());
    covered && entry.is_some_and(|entry| entry.statement.as_slice() == statement)
}

/// Whether a bundle is newer than what is held; it must be one of those asked for, its device's own, and not older: that
/// would bring an erased key back.
fn newer(station: &Station, asked: &[DeviceId], bytes: &[u8]) -> Result<bool, (Option<DeviceId>, KeysFault)> {
    let unreadable = (None, KeysFault::Unreadable);
    let directory = station.replica().map_err(|_| unreadable)?.directory();
    let device = Bundle::claimed_device(bytes).map_err(|_| unreadable)?;
    let refused = |fault| (Some(device), fault);
    if !asked.contains(&device) {
        return Err(refused(KeysFault::Unasked));
    }
    let facts = directory.device(device).ok_or(unreadable)?;
    let bundle = Bundle::verify(bytes, &facts.signing, directory.network()).map_err(|error| match error {
        BundleError::Signature => refused(KeysFault::Forged),
        BundleError::Key => refused(KeysFault::Unusable),
        _ => unreadable,
    })?;
    match station.memory().bundles.get(&device) {
        Some(held) if bundle.number < held.number => Err(refused(KeysFault::Older)),
        held => Ok(held.is_none_or(|held| bundle.number > held.number)),
    }
}
