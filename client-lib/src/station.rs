//! What is this office's station, whole? Its home, its vault, its memory, its clock: one owner for all of it.
//! It must never know the terminal, or how frames travel.

use std::path::Path;

use getrandom::SysRng;
use liaison_keys::card::Card;
use liaison_keys::directory::{At, Contact, Replica};
use liaison_keys::keyfile::Cost;
use liaison_keys::names::{DeviceId, NetworkId, OfficeId};
use liaison_keys::signing::{Device, SecretKey, Transport};
use liaison_keys::vault::VaultKey;
use minicbor::bytes::ByteVec;
use rand_core::{Rng as _, UnwrapErr};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::cards::CardBox;
use crate::clock::Clock;
use crate::home::{Home, HomeError};
use crate::invitation::InvitationText;
use crate::memory::{KnownCheckpoint, Memory};
use crate::prekeys::{Prekeys, PrekeysError};
use crate::record::{Record, SecretRole};
use crate::vault::{Place, Vault, VaultError};

/// A station that cannot be made, opened, or go on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StationError {
    /// Its folder, key file or lock.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// Its vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Its prekey secrets.
    #[error(transparent)]
    Prekeys(#[from] PrekeysError),
    /// It belongs to no network yet.
    #[error("this station belongs to no network yet")]
    NoNetwork,
    /// It belongs to another network.
    #[error("this station belongs to another network, {0}")]
    OtherNetwork(NetworkId),
    /// It has no copy of the directory yet.
    #[error("this station has not fetched the directory yet")]
    NoDirectory,
    /// The network asks for witnesses, and no checkpoint of the directory has enough cosignatures.
    #[error(
        "too few of the network's witnesses have seen this directory, so nothing is sealed under it; connect again later, \
         and if that lasts, ask the custodian which witness is silent"
    )]
    NotWitnessed,
    /// Its device is not certified for any office, or no longer.
    #[error("this station's device is not certified for an office, or no longer")]
    NotCertified,
}

/// A station, open and locked by this process.
#[derive(Debug)]
pub struct Station {
    vault: Vault,
    memory: Memory,
    prekeys: Prekeys,
    cards: CardBox,
    clock: Clock,
    // Last, so that the lock is let go after all else.
    home: Home,
}

impl Station {
    /// Makes a new station with keys of its own.
    ///
    /// # Errors
    /// [`StationError`].
    pub fn create(path: &Path, passphrase: &str, cost: Cost, clock: Clock) -> Result<Self, StationError> {
        let (home, key) = Home::create(path, passphrase, cost)?;
        Self::open_with(home, &key, clock)
    }

    /// Opens a station.
    ///
    /// # Errors
    /// [`StationError`]; among them a wrong passphrase, a damaged vault, and that another process has it open.
    pub fn open(path: &Path, passphrase: &str, clock: Clock) -> Result<Self, StationError> {
        let (home, key) = Home::open(path, passphrase)?;
        Self::open_with(home, &key, clock)
    }

    fn open_with(home: Home, key: &VaultKey, clock: Clock) -> Result<Self, StationError> {
        let mut memory = Memory::default();
        let vault = Vault::open(&home.vault(), VaultKey::new(key.expose()), |place, record| {
            memory.take(place, record);
        })?;
        memory.inbox.forget(clock.now_s());
        let prekeys = Prekeys::open(home.prekeys(), VaultKey::new(key.expose()))?;
        let cards = CardBox::open(home.cards(), VaultKey::new(key.expose()))?;
        let mut station = Self { vault, memory, prekeys, cards, clock, home };
        if station.vault.events() == 0 {
            station.begin()?;
        }
        Ok(station)
    }

    /// The first records: when the station is made, or at its next opening if the making was cut short.
    fn begin(&mut self) -> Result<(), StationError> {
        let generation = u32::try_from(self.clock.now_s()).unwrap_or(u32::MAX);
        self.keep(vec![
            Record::Generation { generation },
            new_secret(SecretRole::DeviceSigning),
            new_secret(SecretRole::DeviceTransport),
        ])
    }

    /// Takes an invitation: the network, its relays, and the key that opens the door.
    ///
    /// # Errors
    /// [`StationError::OtherNetwork`] when it belongs to another one already; a station never changes.
    pub fn accept(&mut self, invitation: &InvitationText) -> Result<(), StationError> {
        if let Some(network) = self.memory.network.filter(|network| *network != invitation.network) {
            return Err(StationError::OtherNetwork(network));
        }
        let mut records =
            vec![Record::Network { network: invitation.network, relays: invitation.relays.clone() }];
        if let Some((owner, seed)) = &invitation.invited {
            let seed = seed.to_vec().into();
            records.push(Record::Secret { role: SecretRole::Invitation, owner: Some(owner.clone()), seed });
        }
        self.keep(records)
    }

    /// Keeps records, all or none, on disk before it returns, and knows them from then on.
    ///
    /// # Errors
    /// [`StationError::Vault`].
    pub(crate) fn keep(&mut self, records: Vec<Record>) -> Result<(), StationError> {
        if records.is_empty() {
            return Ok(());
        }
        let places: Vec<Place> = self.vault.keep(&records)?.collect();
        for (place, record) in places.into_iter().zip(records) {
            self.memory.take(place, record);
        }
        Ok(())
    }

    /// Reads a record again.
    ///
    /// # Errors
    /// [`StationError::Vault`].
    pub(crate) fn read(&self, place: Place) -> Result<Record, StationError> {
        Ok(self.vault.read(place)?)
    }

    /// What it knows.
    #[must_use]
    pub const fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Its clock.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Its home.
    #[must_use]
    pub const fn home(&self) -> &Home {
        &self.home
    }

    /// Its copies of contact cards.
    pub(crate) const fn cards(&self) -> &CardBox {
        &self.cards
    }

    /// An office's contact card, if it has one and this station holds it.
    #[must_use]
    pub fn card(&self, office: &OfficeId) -> Option<Card> {
        let hash = self.directory().ok()?.office(office)?.card?;
        self.cards.get(hash)
    }

    /// Its prekey secrets.
    pub(crate) const fn prekeys(&self) -> &Prekeys {
        &self.prekeys
    }

    /// Its prekey secrets, to renew or erase.
    pub(crate) const fn prekeys_mut(&mut self) -> &mut Prekeys {
        &mut self.prekeys
    }

    /// Vault generation and number of events, which a relay compares to notice a restored copy.
    #[must_use]
    pub const fn vault_state(&self) -> (u32, u64) {
        (self.memory.generation, self.vault.events())
    }

    /// The network.
    ///
    /// # Errors
    /// [`StationError::NoNetwork`].
    pub fn network(&self) -> Result<NetworkId, StationError> {
        self.memory.network.ok_or(StationError::NoNetwork)
    }

    /// Its copy of the directory.
    ///
    /// # Errors
    /// [`StationError::NoDirectory`].
    pub fn replica(&self) -> Result<&Replica, StationError> {
        self.memory.replica.as_ref().ok_or(StationError::NoDirectory)
    }

    /// The newest checkpoint up to which the directory counts.
    ///
    /// # Errors
    /// [`StationError::NoDirectory`]; [`StationError::NotWitnessed`] when no checkpoint has enough cosignatures.
    pub fn checkpoint(&self) -> Result<&KnownCheckpoint, StationError> {
        let missing =
            if self.memory.word.is_some() { StationError::NotWitnessed } else { StationError::NoDirectory };
        self.memory.checkpoint.as_ref().ok_or(missing)
    }

    /// The directory now.
    ///
    /// # Errors
    /// [`StationError::NoDirectory`].
    pub fn directory(&self) -> Result<At<'_>, StationError> {
        Ok(self.replica()?.directory().now(self.clock.now_s()))
    }

    /// The device's id.
    ///
    /// # Errors
    /// [`StationError::NotCertified`] when it has no keys.
    pub fn device(&self) -> Result<DeviceId, StationError> {
        self.memory.secrets.device().ok_or(StationError::NotCertified)
    }

    /// This device, as the directory names it now.
    ///
    /// # Errors
    /// [`StationError::NotCertified`].
    pub fn own_contact(&self) -> Result<Contact, StationError> {
        self.directory()?.contact(self.device()?).ok_or(StationError::NotCertified)
    }

    /// The office that this station speaks for.
    ///
    /// # Errors
    /// [`StationError::NotCertified`].
    pub fn office(&self) -> Result<OfficeId, StationError> {
        Ok(self.own_contact()?.office)
    }

    /// Whether the network is for training: known with the directory.
    #[must_use]
    pub fn is_fictional(&self) -> bool {
        self.memory.replica.as_ref().is_some_and(|replica| replica.directory().genesis().fictional)
    }

    pub(crate) fn signing_key(&self) -> Result<&SecretKey<Device>, StationError> {
        self.memory.secrets.signing.as_ref().ok_or(StationError::NotCertified)
    }

    /// The keys to connect with: the device's first once the directory names it, else the invitation's first.
    pub(crate) fn transport_keys(&self) -> impl Iterator<Item = &SecretKey<Transport>> {
        let secrets = &self.memory.secrets;
        let invitation = secrets.invitation.as_ref().map(|(_, key)| key);
        let device = secrets.transport.as_ref();
        let named = self.memory.office().is_some();
        let (first, second) = if named { (device, None) } else { (invitation, device) };
        first.into_iter().chain(second)
    }
}

/// A new secret key of the device's own.
pub(crate) fn new_secret(role: SecretRole) -> Record {
    Record::Secret { role, owner: None, seed: new_seed() }
}

/// A new seed from the system's entropy, for a record.
pub(crate) fn new_seed() -> ByteVec {
    let mut seed = Zeroizing::new([0; 32]);
    UnwrapErr(SysRng).fill_bytes(seed.as_mut_slice());
    seed.to_vec().into()
}
