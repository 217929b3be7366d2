//! What does the log say? The one pure function from entries to directory, the same in relay and stations
//! (`docs/protocol.md` §3, Replay). It must never know the clock, or who runs it.

use std::collections::{BTreeMap, BTreeSet};

use super::authority;
use super::body::{Body, Genesis, NoteEffect, Operate, Settings};
use super::device::{DeviceFacts, OfficeFacts};
use super::entry::Entry;
use super::fact::{Moment, Struck, Timeline, View};
use super::group::GroupFacts;
use super::keyring::Keyring;
use super::owner::OwnerFacts;
use super::rules::judge_made;
use super::statement::{Claims, Statement};
use super::void::{NoGenesis, Void};
use crate::names::{DeviceId, Digest, GroupId, Kid, NetworkId, OfficeId, Owner, Subject};
use crate::signing::{PublicKey, Transport};

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
    pub(super) founded: Operate,
    pub(super) operation: Timeline<Operate>,
    pub(super) settings: Timeline<Settings>,
    pub(super) size: u64,
    logged: u64,
    /// `times[n]`: when the last entry that counts among the first n was logged.
    pub(super) times: Vec<u64>,
    chains: BTreeMap<Subject, Chain>,
    pub(super) keyring: Keyring,
    voids: Vec<(u64, Void)>,
    pub(super) struck: Struck,
    /// Entries that an admin key signed, by key.
    pub(super) signed_by_admin: BTreeMap<Kid, Vec<u64>>,
    /// The custodian's notes that suspend or restore what is shown of a subject.
    pub(super) notes: BTreeMap<Subject, Timeline<(NoteEffect, String)>>,
    /// Freezes of a key, with the statement that says so and its subject.
    pub(super) freezes: BTreeMap<Kid, Vec<Freeze>>,
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
    newer: Timeline<()>,
}

/// A key's signatures do not count for a day.
#[derive(Clone, Debug)]
pub(super) struct Freeze {
    pub(super) from: Moment,
    pub(super) statement: Digest,
    pub(super) subject: Subject,
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
            founded: genesis.operation(),
            genesis,
            operation: Timeline::new(),
            settings: Timeline::new(),
            size: 0,
            logged: entry.logged,
            times: vec![entry.logged; 2],
            chains: BTreeMap::new(),
            keyring: Keyring::default(),
            voids: Vec::new(),
            struck: Struck::default(),
            signed_by_admin: BTreeMap::new(),
            notes: BTreeMap::new(),
            freezes: BTreeMap::new(),
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

    /// Whether a statement of this log waits, or freezes, so that it can still be contested.
    #[must_use]
    pub fn can_be_contested(&self, statement: &Statement, now: u64) -> bool {
        let subject = &statement.claims().subject;
        self.contested_statement(subject, statement.payload_hash(), now.max(self.logged)).is_some()
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

    /// Whether a subject has a statement of a kind that this version does not know.
    pub(super) fn is_newer(&self, subject: &Subject, view: View<'_>) -> bool {
        self.chains.get(subject).is_some_and(|chain| chain.newer.at(view).is_some())
    }

    /// The point from which this whole log looks back at a time.
    pub(super) const fn view(&self, now: u64) -> View<'_> {
        View { size: self.size, now, struck: &self.struck }
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
        if !body.as_ref().is_some_and(Body::only_takes) {
            self.remember_admins(from.entry, &statement.claims().signers);
        }
        match body {
            None => self.chains.entry(subject).or_default().newer.set(from, ()),
            Some(body) => {
                self.keyring.take(&subject, &body);
                self.effect(from, statement, body);
            }
        }
        Ok(())
    }

    /// Remembers what admin keys signed, so that it can be taken back when one of them was in other hands.
    fn remember_admins(&mut self, entry: u64, signers: &[Kid]) {
        for kid in signers {
            if self.keyring.is_admin(*kid) {
                self.signed_by_admin.entry(*kid).or_default().push(entry);
            }
        }
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
        let required =
            authority::required(self, &claims.subject, &body, entry.logged).ok_or(Void::Subject)?;
        if !self.keyring.admits(&claims.subject, &body) {
            return Err(Void::KeyTaken);
        }
        self.judge_rule(entry.logged, claims, &body)?;
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
}

fn parse(entry: &[u8]) -> Result<(Entry, Statement), Void> {
    let entry = Entry::from_bytes(entry).map_err(|_| Void::Malformed)?;
    let statement = Statement::from_bytes(&entry.statement).map_err(|_| Void::Malformed)?;
    Ok((entry, statement))
}
