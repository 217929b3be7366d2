//! What does the log say? The one pure function from entries to directory, the same in relay and stations
//! (`docs/protocol.md` §3, Replay). It must never know the clock, or who runs it.

use std::collections::{BTreeMap, BTreeSet};

use super::authority;
use super::body::{Body, Certify, Delegate, Enrol, Genesis, Revoke};
use super::entry::Entry;
use super::fact::{Moment, Timeline};
use super::group::{DefineGroup, GroupMember, Join, MemberStatus};
use super::keyring::Keyring;
use super::office::OfficeRecord;
use super::rules::{DELEGATE_DELAY_S, judge_made};
use super::statement::{Claims, Statement};
use super::void::{NoGenesis, Void};
use crate::names::{DeviceId, Digest, GroupId, NetworkId, OfficeId, Owner, StateCode, Subject};
use crate::signing::{Authority, Device, PublicKey, Transport};

/// Reads a whole log.
///
/// # Errors
/// [`NoGenesis`] when there is no first entry, or it founds nothing.
pub fn replay<'e>(entries: impl IntoIterator<Item = &'e [u8]>) -> Result<Directory, NoGenesis> {
    let mut entries = entries.into_iter();
    let mut directory = Directory::found(entries.next().ok_or(NoGenesis(Void::Malformed))?)?;
    for entry in entries {
        // A void entry is remembered in the directory itself.
        let _ = directory.apply(entry);
    }
    Ok(directory)
}

/// Everything that a log says, with the moments from which it counts. Queries go through [`Directory::at`].
#[derive(Clone, Debug)]
pub struct Directory {
    pub(super) network: NetworkId,
    pub(super) genesis: Genesis,
    pub(super) size: u64,
    logged: u64,
    /// `times[n]`: when the last entry that counts among the first n was logged.
    pub(super) times: Vec<u64>,
    chains: BTreeMap<Subject, Chain>,
    keyring: Keyring,
    voids: Vec<(u64, Void)>,
    pub(super) owners: BTreeMap<Owner, OwnerFacts>,
    pub(super) offices: BTreeMap<OfficeId, OfficeFacts>,
    pub(super) devices: BTreeMap<DeviceId, DeviceFacts>,
    pub(super) transports: BTreeMap<PublicKey<Transport>, DeviceId>,
    pub(super) groups: BTreeMap<GroupId, GroupFacts>,
}

/// The statements on one subject.
#[derive(Clone, Debug, Default)]
struct Chain {
    version: u64,
    head: Option<Digest>,
    hashes: BTreeSet<Digest>,
    /// Since an entry of a kind that this version does not know: shown, not sealed to.
    newer: Option<Moment>,
}

/// What is known of a State or organization.
#[derive(Clone, Debug)]
pub struct OwnerFacts {
    /// Its enrolment.
    pub enrolled: Moment,
    /// Its name.
    pub name: String,
    pub(super) root: Timeline<Root>,
    pub(super) admins: Vec<(Moment, Delegate)>,
    /// Every device that its offices ever had.
    pub(super) devices: BTreeSet<DeviceId>,
}

/// Root keys and how many must sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// The keys, sorted.
    pub keys: Vec<PublicKey<Authority>>,
    /// How many must sign.
    pub threshold: u8,
}

/// What is known of an office.
#[derive(Clone, Debug)]
pub struct OfficeFacts {
    pub(super) record: Timeline<OfficeRecord>,
}

/// What is known of a device.
#[derive(Clone, Debug)]
pub struct DeviceFacts {
    /// Its office.
    pub office: OfficeId,
    /// Its message-signing key.
    pub signing: PublicKey<Device>,
    /// Its transport key.
    pub transport: PublicKey<Transport>,
    pub(super) expires: Timeline<u64>,
    /// All that was said about its end; the first of it ends the device.
    pub(super) revoked: Vec<(Moment, Revoke)>,
}

/// What is known of a group.
#[derive(Clone, Debug, Default)]
pub struct GroupFacts {
    pub(super) definition: Timeline<DefineGroup>,
    pub(super) members: BTreeMap<StateCode, Timeline<MemberStatus>>,
    pub(super) joined: BTreeMap<StateCode, Moment>,
}

impl Directory {
    /// Begins with entry 0.
    ///
    /// # Errors
    /// [`NoGenesis`].
    pub fn found(entry: &[u8]) -> Result<Self, NoGenesis> {
        let (entry, statement) = parse(entry).map_err(NoGenesis)?;
        let genesis = match statement.claims().body() {
            Ok(Some(Body::Genesis(genesis))) => *genesis,
            _ => return Err(NoGenesis(Void::Malformed)),
        };
        let mut directory = Self {
            network: NetworkId::new(*statement.payload_hash().as_bytes()),
            genesis,
            size: 0,
            logged: entry.logged,
            times: vec![entry.logged; 2],
            chains: BTreeMap::new(),
            keyring: Keyring::default(),
            voids: Vec::new(),
            owners: BTreeMap::new(),
            offices: BTreeMap::new(),
            devices: BTreeMap::new(),
            transports: BTreeMap::new(),
            groups: BTreeMap::new(),
        };
        directory.take(&entry, &statement).map_err(NoGenesis)?;
        directory.size = 1;
        Ok(directory)
    }

    /// Takes the next entry of the log. It counts as an entry whatever it says.
    ///
    /// # Errors
    /// [`Void`]: the entry has no effect, and is remembered among [`Directory::voids`].
    pub fn apply(&mut self, entry: &[u8]) -> Result<(), Void> {
        let effect = parse(entry).and_then(|(entry, statement)| self.take(&entry, &statement));
        if let Err(void) = effect {
            self.voids.push((self.size, void));
        }
        self.size += 1;
        self.times.push(self.logged);
        effect
    }

    /// What a statement would do if it were logged now: for who is about to log or to send it.
    ///
    /// # Errors
    /// [`Void`], as when it were applied.
    pub fn would_take(&self, logged: u64, statement: &Statement) -> Result<(), Void> {
        let entry = Entry::new(logged.max(self.logged), statement.to_bytes()).to_bytes();
        let (entry, statement) = parse(&entry)?;
        self.judge(&entry, &statement).map(|_| ())
    }

    /// The network's name: the hash of its genesis.
    #[must_use]
    pub const fn network(&self) -> NetworkId {
        self.network
    }

    /// The network's founding.
    #[must_use]
    pub const fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// How many entries it has read.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// When the last entry was logged, Unix seconds.
    #[must_use]
    pub const fn logged(&self) -> u64 {
        self.logged
    }

    /// Entries without effect, with the reason.
    #[must_use]
    pub fn voids(&self) -> &[(u64, Void)] {
        &self.voids
    }

    /// Version and hash that the next statement on a subject must name.
    #[must_use]
    pub fn next(&self, subject: &Subject) -> (u64, Digest) {
        let chain = self.chains.get(subject);
        chain.map_or((1, Digest::NONE), |chain| (chain.version + 1, chain.head.unwrap_or(Digest::NONE)))
    }

    /// Since when a subject has a statement of a kind that this version does not know.
    pub(super) fn newer(&self, subject: &Subject) -> Option<Moment> {
        self.chains.get(subject).and_then(|chain| chain.newer)
    }

    /// Judges and then does.
    fn take(&mut self, entry: &Entry, statement: &Statement) -> Result<(), Void> {
        let body = self.judge(entry, statement)?;
        self.logged = entry.logged;
        let from = Moment { entry: self.size, time: entry.logged };
        let subject = statement.claims().subject.clone();
        let chain = self.chains.entry(subject.clone()).or_default();
        chain.hashes.insert(statement.payload_hash());
        if !body.as_ref().is_some_and(Body::is_beside_chain) {
            chain.version = statement.claims().version;
            chain.head = Some(statement.payload_hash());
        }
        match body {
            // The first one stands: what was set aside stays so, whatever else is not understood later.
            None => chain.newer = chain.newer.or(Some(from)),
            Some(body) => {
                self.keyring.take(&subject, &body);
                self.effect(from, subject, body);
            }
        }
        Ok(())
    }

    /// Checks an entry against all rules and changes nothing.
    fn judge(&self, entry: &Entry, statement: &Statement) -> Result<Option<Body>, Void> {
        let claims = statement.claims();
        if entry.logged < self.logged {
            return Err(Void::Logged);
        }
        let body = claims.body().map_err(|_| Void::Malformed)?;
        self.judge_network(claims, body.as_ref())?;
        judge_made(entry.logged, claims, body.as_ref())?;
        self.judge_chain(statement, body.as_ref())?;
        let Some(body) = body else {
            return authority::check_newer(self, statement, entry.logged).map(|()| None);
        };
        let required = authority::required(self, &claims.subject, &body).ok_or(Void::Subject)?;
        if !self.keyring.admits(&claims.subject, &body) {
            return Err(Void::KeyTaken);
        }
        self.judge_rule(entry.logged, &claims.subject, &body)?;
        authority::check(self, statement, &body, &required, entry.logged)?;
        Ok(Some(body))
    }

    fn judge_network(&self, claims: &Claims, body: Option<&Body>) -> Result<(), Void> {
        let is_genesis = matches!(body, Some(Body::Genesis(_)));
        let network = if is_genesis { NetworkId::UNFOUNDED } else { self.network };
        if claims.network != network { Err(Void::Network) } else { Ok(()) }
    }

    fn judge_chain(&self, statement: &Statement, body: Option<&Body>) -> Result<(), Void> {
        let claims = statement.claims();
        let chain = self.chains.get(&claims.subject);
        let fits = if body.is_some_and(Body::is_beside_chain) {
            let known = |chain: &Chain| {
                chain.hashes.contains(&claims.previous) && !chain.hashes.contains(&statement.payload_hash())
            };
            claims.version == 0 && chain.is_some_and(known)
        } else {
            (claims.version, claims.previous) == self.next(&claims.subject)
        };
        if fits { Ok(()) } else { Err(Void::Chain) }
    }

    fn effect(&mut self, from: Moment, subject: Subject, body: Body) {
        match (body, subject) {
            (Body::Enrol(enrol), Subject::Owner(owner)) => self.enrol(from, owner, enrol),
            (Body::Delegate(delegate), Subject::Owner(owner)) => self.delegate(from, &owner, delegate),
            (Body::Nominate(record), Subject::Office(office)) => {
                let facts = self.offices.entry(office).or_insert(OfficeFacts { record: Timeline::new() });
                facts.record.set(from, record);
            }
            (Body::Certify(certify), Subject::Office(office)) => self.certify(from, office, &certify),
            (Body::Revoke(revoke), _) => {
                if let Some(device) = self.devices.get_mut(&revoke.device) {
                    device.revoked.push((from, revoke));
                }
            }
            (Body::DefineGroup(group), Subject::Group(id)) => {
                self.groups.entry(id).or_default().definition.set(from, group);
            }
            (Body::GroupMember(GroupMember { state, status }), Subject::Group(id)) => {
                self.groups.entry(id).or_default().members.entry(state).or_default().set(from, status);
            }
            (Body::Join(Join { group }), Subject::Owner(Owner::State(state))) => {
                self.groups.entry(group).or_default().joined.entry(state).or_insert(from);
            }
            // The genesis stands in the directory from its making; other pairs were judged void.
            _ => {}
        }
    }

    fn enrol(&mut self, from: Moment, owner: Owner, enrol: Enrol) {
        let mut root = Timeline::new();
        root.set(from, Root { keys: enrol.roots, threshold: enrol.threshold });
        self.owners.insert(
            owner,
            OwnerFacts {
                enrolled: from,
                name: enrol.name,
                root,
                admins: Vec::new(),
                devices: BTreeSet::new(),
            },
        );
    }

    /// The first delegation counts at once, later ones after a day, so that a thief of the root can be contested.
    fn delegate(&mut self, from: Moment, owner: &Owner, delegate: Delegate) {
        if let Some(facts) = self.owners.get_mut(owner) {
            let delay = if facts.admins.is_empty() { 0 } else { DELEGATE_DELAY_S };
            facts.admins.push((Moment { time: from.time.saturating_add(delay), ..from }, delegate));
        }
    }

    fn certify(&mut self, from: Moment, office: OfficeId, certify: &Certify) {
        let id = certify.signing.device();
        self.transports.insert(certify.transport, id);
        if let Some(facts) = self.owners.get_mut(&office.owner) {
            facts.devices.insert(id);
        }
        let device = self.devices.entry(id).or_insert_with(|| DeviceFacts {
            office,
            signing: certify.signing,
            transport: certify.transport,
            expires: Timeline::new(),
            revoked: Vec::new(),
        });
        device.expires.set(from, certify.expires);
    }
}

impl DeviceFacts {
    /// Certified, unexpired and not revoked at this log size and time.
    pub(super) fn is_live(&self, size: u64, now: u64) -> bool {
        let revoked = self.revoked.iter().any(|(from, _)| from.has_come(size, now));
        !revoked && self.expires.at(size, now).is_some_and(|expires| now < *expires)
    }
}

fn parse(entry: &[u8]) -> Result<(Entry, Statement), Void> {
    let entry = Entry::from_bytes(entry).map_err(|_| Void::Malformed)?;
    let statement = Statement::from_bytes(&entry.statement).map_err(|_| Void::Malformed)?;
    Ok((entry, statement))
}
