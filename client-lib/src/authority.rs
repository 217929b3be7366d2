//! How does somebody say something in the directory? Statements: made with their signers named, signed with the keys
//! that are held, carried to who holds the others (`docs/protocol.md` §3). It must never know how they are submitted.

use getrandom::SysRng;
use liaison_keys::directory::body::{Certify, Delegate, Enrol, Genesis, Operate, Relay};
use liaison_keys::directory::founding::Founding;
use liaison_keys::directory::invitation::Invitation;
use liaison_keys::directory::rules::CERTIFICATE_LIVES_S_MAX;
use liaison_keys::directory::statement::StatementError;
use liaison_keys::directory::{Body, Claims, Entry, Statement, Void, choose_signers};
use liaison_keys::fingerprint::Fingerprint;
use liaison_keys::names::{Digest, Kid, NetworkId, OfficeId, Owner, Slug, Subject};
use liaison_keys::signing::{Authority, Log, PublicKey, SecretKey, Transport};
use rand_core::UnwrapErr;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::invitation::InvitationText;
use crate::record::{KnownRelay, Record, SecretRole};
use crate::station::{Station, StationError};

/// A statement that cannot be made or signed here.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// The station cannot.
    #[error(transparent)]
    Station(#[from] StationError),
    /// Bytes that are no statement.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// Nobody has the authority for it: the owner is not enrolled, the group has no coordinator.
    #[error("nobody in the directory is entitled to say this about {0}")]
    Nobody(Subject),
    /// It would be void.
    #[error("the directory would not take it: {0}")]
    Void(Void),
    /// This station holds none of the keys that it names.
    #[error("this station holds none of the keys that must sign it")]
    NoKey,
    /// Its kind or body cannot be read here: nobody signs what cannot be shown.
    #[error("this version cannot read what the statement says, and does not sign it")]
    Unreadable,
    /// It was made for another network.
    #[error("it was made for another network")]
    OtherNetwork,
    /// Not one of the custodian's stations.
    #[error("only the custodian invites, and this station holds none of its keys")]
    NotCustodian,
}

/// How a network is to begin.
#[derive(Clone, Debug)]
pub struct NewNetwork {
    /// Text id.
    pub id: Slug,
    /// Whether it is for training.
    pub fictional: bool,
    /// Its relays, as `liaison-relay init` printed them.
    pub relays: Vec<Relay>,
    /// The log's key.
    pub log: PublicKey<Log>,
    /// How many custodian keys to make here, and how many must sign.
    pub custodian: (u8, u8),
    /// The deployment profile.
    pub profile: Slug,
}

impl Station {
    /// Founds a network: makes the custodian's keys and the genesis here, and gives the founding file for the relay.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn found(&mut self, new: NewNetwork) -> Result<Vec<u8>, AuthorityError> {
        if let Some(network) = self.memory().network {
            return Err(StationError::OtherNetwork(network).into());
        }
        let (count, threshold) = new.custodian;
        let keys = new_keys(count);
        let genesis = Genesis {
            id: new.id,
            fictional: new.fictional,
            custodian: keys.iter().map(SecretKey::public).collect(),
            threshold,
            log: new.log,
            relays: new.relays,
            witnesses: Vec::new(),
            cosignatures: 0,
            reroot_states: REROOT_STATES,
            attest_states: ATTEST_STATES,
            profile: new.profile,
        };
        let relays = known_relays(&genesis.operation());
        let signers = keys.iter().map(|key| key.public().kid()).collect();
        let body = Body::Genesis(Box::new(genesis));
        let now = self.clock().now_s();
        let claims =
            Claims::new(NetworkId::UNFOUNDED, Subject::Network, (1, Digest::NONE), &body, now, signers);
        let mut statement = Statement::unsigned(claims);
        for key in &keys {
            statement.sign(key).map_err(|_| AuthorityError::NoKey)?;
        }
        let network = NetworkId::new(*statement.payload_hash().as_bytes());
        let door = SecretKey::<Transport>::generate(&mut UnwrapErr(SysRng));
        let ends = now + INVITATION_LIVES_S;
        let invitation = Invitation { key: door.public(), owner: Owner::custodian(), ends };
        let signing: Vec<&SecretKey<Authority>> = keys.iter().take(usize::from(threshold)).collect();
        let file = Founding::encode(statement.to_bytes(), invitation.sign(network, &signing));
        Founding::from_bytes(&file, now).map_err(|_| AuthorityError::Void(Void::Rule))?;
        let mut records: Vec<Record> =
            keys.iter().map(|key| held(SecretRole::Custodian, Some(Owner::custodian()), key)).collect();
        records.push(Record::Network { network, relays });
        let seed = door.expose_seed().to_vec().into();
        let owner = Some(Owner::custodian());
        records.push(Record::Secret { role: SecretRole::Invitation, owner, seed });
        self.keep(records)?;
        Ok(file)
    }

    /// Makes an invitation for an owner: what the relay is told, and the text to hand over.
    ///
    /// # Errors
    /// [`AuthorityError::NotCustodian`].
    pub fn invite(&self, owner: Owner) -> Result<(Vec<u8>, InvitationText), AuthorityError> {
        let operation = self.directory()?.operation();
        let custodian: Vec<&SecretKey<Authority>> = self
            .held_keys()
            .filter(|key| operation.custodian.contains(&key.public()))
            .take(usize::from(operation.threshold))
            .collect();
        if custodian.len() < usize::from(operation.threshold) {
            return Err(AuthorityError::NotCustodian);
        }
        let network = self.network()?;
        let door = SecretKey::<Transport>::generate(&mut UnwrapErr(SysRng));
        let ends = self.clock().now_s() + INVITATION_LIVES_S;
        let invitation = Invitation { key: door.public(), owner: owner.clone(), ends };
        let signed = invitation.sign(network, &custodian);
        let invited = Some((owner, Zeroizing::new(*door.expose_seed())));
        Ok((signed, InvitationText { network, relays: known_relays(operation), invited, ends }))
    }

    /// An introduction: where the network is, without a key that opens its door. For a second station of an owner
    /// whose admin certifies it.
    ///
    /// # Errors
    /// [`AuthorityError::Station`].
    pub fn introduce(&self) -> Result<InvitationText, AuthorityError> {
        let relays = known_relays(self.directory()?.operation());
        Ok(InvitationText { network: self.network()?, relays, invited: None, ends: 0 })
    }

    /// Makes custodian keys here, for a statement that says how the network is run.
    ///
    /// # Errors
    /// [`AuthorityError::Station`].
    pub fn new_custodian(&mut self, count: u8) -> Result<Vec<PublicKey<Authority>>, AuthorityError> {
        self.new_authority(SecretRole::Custodian, &Owner::custodian(), count)
    }

    /// Root keys of an owner that are held here, in their order: made for an enrolment that may be under way.
    #[must_use]
    pub fn held_root(&self, owner: &Owner) -> Vec<PublicKey<Authority>> {
        let secrets = self.memory().secrets.authority.iter();
        let theirs = secrets
            .filter(|(role, whose, _)| *role == SecretRole::Root && whose.as_ref() == Some(owner))
            .map(|(_, _, key)| key.public());
        let mut keys: Vec<PublicKey<Authority>> = theirs.collect();
        keys.sort_unstable();
        keys
    }

    /// Makes root keys here for an owner that is to be enrolled.
    ///
    /// # Errors
    /// [`AuthorityError::Station`].
    pub fn new_root(
        &mut self,
        owner: &Owner,
        count: u8,
    ) -> Result<Vec<PublicKey<Authority>>, AuthorityError> {
        self.new_authority(SecretRole::Root, owner, count)
    }

    /// Makes an admin key here for an owner.
    ///
    /// # Errors
    /// [`AuthorityError::Station`].
    pub fn new_admin(&mut self, owner: &Owner) -> Result<PublicKey<Authority>, AuthorityError> {
        let keys = self.new_authority(SecretRole::Admin, owner, 1)?;
        keys.first().copied().ok_or(AuthorityError::NoKey)
    }

    fn new_authority(
        &mut self,
        role: SecretRole,
        owner: &Owner,
        count: u8,
    ) -> Result<Vec<PublicKey<Authority>>, AuthorityError> {
        let keys = new_keys(count);
        self.keep(keys.iter().map(|key| held(role, Some(owner.clone()), key)).collect())?;
        Ok(keys.iter().map(SecretKey::public).collect())
    }

    /// The fingerprint of root keys, to put on the note verbale and to compare.
    ///
    /// # Errors
    /// [`AuthorityError::Station`].
    pub fn fingerprint(&self, owner: &Owner, enrol: &Enrol) -> Result<Fingerprint, AuthorityError> {
        Ok(Fingerprint::of_root(self.network()?, owner, enrol.threshold, &enrol.roots))
    }

    /// The enrolment of an owner with new root keys made here.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn enrol(
        &mut self,
        owner: &Owner,
        name: String,
        (count, threshold): (u8, u8),
        note_verbale: Option<String>,
    ) -> Result<(Enrol, Statement), AuthorityError> {
        let roots = self.new_root(owner, count)?;
        let enrol = Enrol { roots, threshold, name, regional_group: None, note_verbale };
        let statement = self.statement(Subject::Owner(owner.clone()), &Body::Enrol(enrol.clone()))?;
        Ok((enrol, statement))
    }

    /// The delegation of an owner's root to a new admin key made here, for the longest time that there may be.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn delegate(&mut self, owner: &Owner) -> Result<Statement, AuthorityError> {
        let admins = vec![self.new_admin(owner)?];
        let body = Body::Delegate(Delegate { admins, expires: self.longest() });
        self.statement(Subject::Owner(owner.clone()), &body)
    }

    /// The certificate of this station's own device, for an office.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn certify(&mut self, office: &OfficeId) -> Result<Statement, AuthorityError> {
        let secrets = &self.memory().secrets;
        let (signing, transport) = (secrets.signing.as_ref(), secrets.transport.as_ref());
        let (Some(signing), Some(transport)) = (signing, transport) else {
            return Err(AuthorityError::NoKey);
        };
        let (signing, transport) = (signing.public(), transport.public());
        let body = Body::Certify(Certify { signing, transport, expires: self.longest() });
        self.statement(Subject::Office(office.clone()), &body)
    }

    /// A statement with its signers named, signed with what is held here. What it still needs is
    /// [`Statement::missing`].
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn statement(&self, subject: Subject, body: &Body) -> Result<Statement, AuthorityError> {
        let directory = self.replica()?.directory();
        let now = self.clock().now_s();
        let holds = |kid: Kid| self.memory().secrets.holds(kid);
        let signers = choose_signers(directory, &subject, body, &holds, now)
            .ok_or_else(|| AuthorityError::Nobody(subject.clone()))?;
        let place =
            if body.is_beside_chain() { (0, directory.next(&subject).1) } else { directory.next(&subject) };
        let claims = Claims::new(directory.network(), subject, place, body, now, signers);
        let mut statement = Statement::unsigned(claims);
        self.sign_held(&mut statement);
        Ok(statement)
    }

    /// Signs a statement that came from elsewhere with every key held here that it names; gives how many signed.
    ///
    /// # Errors
    /// [`AuthorityError::OtherNetwork`], [`AuthorityError::NoKey`].
    pub fn sign(&self, statement: &mut Statement) -> Result<usize, AuthorityError> {
        if statement.claims().network != self.network()? {
            return Err(AuthorityError::OtherNetwork);
        }
        if !matches!(statement.claims().body(), Ok(Some(_))) {
            return Err(AuthorityError::Unreadable);
        }
        match self.sign_held(statement) {
            0 => Err(AuthorityError::NoKey),
            signed => Ok(signed),
        }
    }

    /// What the directory would say to a statement that is fully signed.
    ///
    /// # Errors
    /// [`AuthorityError::Void`].
    pub fn try_out(&self, statement: &Statement) -> Result<(), AuthorityError> {
        let directory = self.replica()?.directory();
        directory.would_take(self.clock().now_s(), statement).map_err(AuthorityError::Void)
    }

    /// Entries from this index on that count, say something of our own State or organization or of its offices, and were
    /// signed by no key that is held here: who holds such a key elsewhere did it, or a thief.
    #[must_use]
    pub fn said_about_us(&self, from: u64) -> Vec<u64> {
        let Ok(replica) = self.replica() else { return Vec::new() };
        let office = self.memory().office().map(|office| office.owner.clone());
        let held = || self.memory().secrets.authority.iter().find_map(|(_, owner, _)| owner.clone());
        let Some(own) = office.or_else(held) else { return Vec::new() };
        let voids = replica.directory().voids();
        let ours = |index: u64, entry: &Vec<u8>| {
            let statement = Entry::from_bytes(entry).ok()?.statement;
            let statement = Statement::from_bytes(&statement).ok()?;
            let claims = statement.claims();
            let about = claims.subject.owner() == Some(&own);
            let counts = !voids.iter().any(|(void, _)| *void == index);
            let by_us = claims.signers.iter().any(|kid| self.memory().secrets.holds(*kid));
            (about && counts && !by_us).then_some(index)
        };
        let entries = replica.log().entries(from, usize::MAX);
        (from..).zip(entries).filter_map(|(index, entry)| ours(index, entry)).collect()
    }

    /// Whether a statement ends this station's own device or office, so that a relay that took it lets it in no longer.
    #[must_use]
    pub fn is_ended_by(&self, statement: &Statement) -> bool {
        let (Ok(device), Ok(replica)) = (self.device(), self.replica()) else { return false };
        let now = self.clock().now_s();
        let mut after = replica.directory().clone();
        let entry = Entry::new(now.max(after.logged()), statement.to_bytes());
        let counts = after.apply(&entry.to_bytes()).is_ok();
        let at = after.now(now);
        counts && at.contact(device).is_none() && at.resting(device).is_none()
    }

    fn sign_held(&self, statement: &mut Statement) -> usize {
        let secrets = &self.memory().secrets;
        let authority = self.held_keys().filter(|key| statement.sign(key).is_ok()).count();
        let device = secrets.signing.as_ref().is_some_and(|key| statement.sign(key).is_ok());
        let transport = secrets.transport.as_ref().is_some_and(|key| statement.sign(key).is_ok());
        authority + usize::from(device) + usize::from(transport)
    }

    fn held_keys(&self) -> impl Iterator<Item = &SecretKey<Authority>> {
        self.memory().secrets.authority.iter().map(|(_, _, key)| key)
    }

    /// The longest life that a certificate may have, a minute less for the clocks.
    fn longest(&self) -> u64 {
        self.clock().now_s() + CERTIFICATE_LIVES_S_MAX - CLOCKS_APART_S
    }
}

fn new_keys(count: u8) -> Vec<SecretKey<Authority>> {
    let mut keys: Vec<_> = (0..count).map(|_| SecretKey::generate(&mut UnwrapErr(SysRng))).collect();
    keys.sort_by_key(SecretKey::public);
    keys
}

fn held(role: SecretRole, owner: Option<Owner>, key: &SecretKey<Authority>) -> Record {
    Record::Secret { role, owner, seed: key.expose_seed().to_vec().into() }
}

fn known_relays(operation: &Operate) -> Vec<KnownRelay> {
    let relay = |relay: &Relay| {
        let key = *relay.transport.as_bytes();
        relay
            .addresses
            .iter()
            .map(move |address| KnownRelay { address: address.clone(), key })
            .collect::<Vec<_>>()
    };
    operation.relays.iter().flat_map(relay).collect()
}

/// Seven days: an invitation is carried by hand or by mail.
const INVITATION_LIVES_S: u64 = 7 * 86_400;
/// The relay's clock may be behind ours by this much before a longest certificate is void.
const CLOCKS_APART_S: u64 = 3_600;
const REROOT_STATES: u8 = 5;
const ATTEST_STATES: u8 = 3;
