//! Who is in the network of a test? A small fictional directory, built from names alone: same calls, same bytes.
//! It must never know entropy or the clock; other crates' tests include this file with `#[path]`.
//!
//! Every key is called by a name and made from it, so a test says who signs by writing who signs:
//!
//! ```text
//! let mut world = World::six_states();
//! world.say("xa/technical/1", &nominate("xa/technical/1"), &["xa admin"])?;
//! let sender = key::<Device>("xa/operations/1 signing 1");
//! ```
//!
//! | name | key |
//! |---|---|
//! | `custodian 1`, `custodian 2` | the custodian's, in the genesis |
//! | `log`, `relay transport`, `relay receipt` | of the one relay |
//! | `xa root 1`, `xa admin` | of an owner; `org:xr-north root 1` of an organization |
//! | `xa/operations/1 signing 1`, `xa/operations/1 transport 1` | of an office's first device |

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "part of several test programs, none of which uses all of it; in a test a broken promise is a panic"
)]

use liaison_keys::directory::body::{
    Attest, Certify, Confirm, Contest, Delegate, Enrol, Genesis, Note, NoteEffect, Operate, Participation,
    PermitSupply, Policy, ReRoot, Relay, Revoke, RootChange, Settings, Suspend, Taking, Undelegate, Withdraw,
};
use liaison_keys::directory::checkpoint::Head;
use liaison_keys::directory::group::{DefineGroup, GroupMember, Join, Leave};
use liaison_keys::directory::{
    Body, Category, Claims, Directory, Entry, MemberStatus, OfficeRecord, Rank, Replica, Statement, Void,
};
use liaison_keys::names::{DeviceId, Digest, NetworkId, OfficeId, Owner};
use liaison_keys::prekey::{Bundle, CURRENT_LIVES_S, Prekey, Slot};
use liaison_keys::sealing::PrekeySecret;
use liaison_keys::signing::{Authority, Device, Log, PublicKey, Receipt, Role, SecretKey, Transport};

/// When every world begins: 1 January 2026, 00:00 UTC.
pub const START: u64 = 1_767_225_600;
/// How long certificates and delegations of a world live, seconds: 300 days.
pub const LIFE_S: u64 = 300 * 86_400;

/// The key with this name, in the role that the caller needs.
pub fn key<R: Role>(name: &str) -> SecretKey<R> {
    SecretKey::from_seed(Digest::of(name.as_bytes()).as_bytes())
}

/// The public half of the key with this name.
pub fn public<R: Role>(name: &str) -> PublicKey<R> {
    key(name).public()
}

/// The n-th device of an office.
pub fn device(office: &str, n: u32) -> DeviceId {
    public::<Device>(&format!("{office} signing {n}")).device()
}

/// Reads any name; a test that misspells one fails here.
pub fn name<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap_or_else(|error| panic!("{text:?}: {error:?}"))
}

/// A directory under construction: its replica, and the time that it is there.
#[derive(Debug)]
pub struct World {
    /// What was logged.
    pub replica: Replica,
    /// Virtual time, Unix seconds; moves only in [`World::advance`].
    pub now: u64,
}

impl World {
    /// Only the genesis, where one custodian key signs for both.
    pub fn found() -> Self {
        Self::with(genesis(1))
    }

    /// Only this genesis.
    pub fn with(genesis: Genesis) -> Self {
        Self { replica: Replica::found(genesis_entry(&genesis)).unwrap(), now: START }
    }

    /// The custodian; States xa to xf with two offices of one device each; xr-north (xa, xb, xc) and xr-south
    /// (xd, xe, xf) with a coordinator's office and device each. All joined, all live.
    pub fn six_states() -> Self {
        let mut world = Self::found();
        world.owner("org:custodian").office("org:custodian/secretariat/1");
        for state in STATES {
            world.advance(60).owner(state);
            world.office(&format!("{state}/diplomatic/1")).office(&format!("{state}/operations/1"));
        }
        world.group("xr-north", &["xa", "xb", "xc"]).group("xr-south", &["xd", "xe", "xf"]);
        world
    }

    /// Takes in an owner with root and admin.
    pub fn owner(&mut self, owner: &str) -> &mut Self {
        self.does(owner, &enrol(owner), &["custodian 1", &format!("{owner} root 1")]);
        let signers = [format!("{owner} root 1"), format!("{owner} admin")];
        self.does(owner, &delegate(owner, self.now + LIFE_S), &signers)
    }

    /// Nominates an office and certifies its first device.
    pub fn office(&mut self, office: &str) -> &mut Self {
        self.does(office, &nominate(office), &[admin_of(office)]).device(office, 1)
    }

    /// Certifies the n-th device of an office.
    pub fn device(&mut self, office: &str, n: u32) -> &mut Self {
        self.does(office, &certify(office, n, self.now + LIFE_S), &certifiers(office, n))
    }

    /// Ends the n-th device of an office, by its admin.
    pub fn revoke(&mut self, office: &str, n: u32, compromised_since: Option<u64>) -> &mut Self {
        self.does(office, &revoke(office, n, compromised_since), &[admin_of(office)])
    }

    /// A group with its coordinating organization `org:<group>`, one office and device, and its members.
    pub fn group(&mut self, group: &str, members: &[&str]) -> &mut Self {
        let (coordinator, subject) = (format!("org:{group}"), format!("group:{group}"));
        self.advance(60).owner(&coordinator).office(&format!("{coordinator}/coordinator/1"));
        self.does(&subject, &define_group(Some(&coordinator)), &["custodian 1"]);
        for member in members {
            let named = group_member(member, MemberStatus::Member);
            self.does(&subject, &named, &[format!("{coordinator} admin")]);
            self.does(member, &join(&subject), &[format!("{member} admin")]);
        }
        self
    }

    /// Says something right: panics if it is void.
    pub fn does<S: AsRef<str>>(&mut self, subject: &str, body: &Body, signers: &[S]) -> &mut Self {
        if let Err(void) = self.say(subject, body, signers) {
            panic!("{subject}: {body:?} is void: {void}");
        }
        self
    }

    /// Signs and logs a statement, next in its chain (or beside it, for kinds that stand there).
    pub fn say<S: AsRef<str>>(&mut self, subject: &str, body: &Body, signers: &[S]) -> Result<(), Void> {
        let statement = self.statement(subject, body, signers);
        self.log(&statement)
    }

    /// Signs a statement, as of now.
    pub fn statement<S: AsRef<str>>(&self, subject: &str, body: &Body, signers: &[S]) -> Statement {
        sign(self.claims(subject, body, signers), signers)
    }

    /// Claims that fit the subject's chain: to be spoilt and then signed with [`sign`].
    pub fn claims<S: AsRef<str>>(&self, subject: &str, body: &Body, signers: &[S]) -> Claims {
        let kids = signers.iter().map(|signer| public::<Authority>(signer.as_ref()).kid()).collect();
        let (next, head) = self.directory().next(&name(subject));
        let version = if body.is_beside_chain() { 0 } else { next };
        Claims::new(self.network(), name(subject), (version, head), body, self.now, kids)
    }

    /// Logs a statement as of now.
    pub fn log(&mut self, statement: &Statement) -> Result<(), Void> {
        self.replica.push(Entry::new(self.now, statement.to_bytes()).to_bytes())
    }

    /// Logs any bytes.
    pub fn log_bytes(&mut self, entry: &[u8]) -> Result<(), Void> {
        self.replica.push(entry.to_vec())
    }

    /// A State's word that an owner's root is the one that it compared.
    pub fn attest(&self, state: &str, owner: &str) -> Body {
        let (owner, at) = (name::<Owner>(owner), self.directory().now(self.now));
        let root = at.root(&owner).unwrap().digest(self.network(), &owner);
        Body::Attest(Attest { state: name(state), root })
    }

    /// Lets time pass.
    pub const fn advance(&mut self, seconds: u64) -> &mut Self {
        self.now += seconds;
        self
    }

    /// What the log says.
    pub const fn directory(&self) -> &Directory {
        self.replica.directory()
    }

    /// The network's name.
    pub const fn network(&self) -> NetworkId {
        self.directory().network()
    }

    /// How many entries were logged.
    pub const fn size(&self) -> u64 {
        self.directory().size()
    }

    /// All entries' bytes.
    pub fn entries(&self) -> &[Vec<u8>] {
        self.replica.log().entries(0, usize::MAX)
    }

    /// The log's signed note over all entries.
    pub fn note(&self) -> Vec<u8> {
        self.replica.checkpoint().sign(&self.replica.origin(), &key("log"))
    }

    /// The log's signed head over all entries, as of now.
    pub fn head(&self) -> Vec<u8> {
        let checkpoint = self.replica.checkpoint();
        let head = Head { size: checkpoint.size, root: checkpoint.root, time: self.now };
        head.sign(self.network(), &key::<Log>("log"))
    }

    /// The n-th device's prekeys, made now: CURRENT and FALLBACK secrets, and the signed bundle of both.
    pub fn prekeys(&self, office: &str, n: u32) -> ([PrekeySecret; 2], Vec<u8>) {
        let slots = [(Slot::Current, self.now + CURRENT_LIVES_S), (Slot::Fallback, self.now + LIFE_S)];
        let secrets = slots.map(|(slot, _)| prekey(office, n, slot));
        let keys = slots.iter().zip(&secrets);
        let keys =
            keys.map(|((slot, ends), secret)| Prekey { slot: *slot, ends: *ends, public: secret.public() });
        let bundle =
            Bundle { device: device(office, n), number: self.now, made: self.now, keys: keys.collect() };
        let bytes = bundle.sign(&key(&format!("{office} signing {n}")), self.network());
        (secrets, bytes)
    }
}

/// The n-th device's prekey in a slot.
pub fn prekey(office: &str, n: u32, slot: Slot) -> PrekeySecret {
    PrekeySecret::from_seed(Digest::of(format!("{office} prekey {n} {slot:?}").as_bytes()).as_bytes())
}

/// Signs claims with the keys of these names, whether or not that makes sense: keys that the claims do not name
/// leave no signature.
pub fn sign<S: AsRef<str>>(claims: Claims, signers: &[S]) -> Statement {
    let mut statement = Statement::unsigned(claims);
    for signer in signers {
        let _ = statement.sign(&key::<Authority>(signer.as_ref()));
    }
    statement
}

/// A training network with two custodian keys, one relay and no witnesses.
pub fn genesis(threshold: u8) -> Genesis {
    let relay = Relay {
        name: name("relay-1"),
        addresses: vec!["relay.example:4433".to_owned()],
        transport: public::<Transport>("relay transport"),
        receipt: public::<Receipt>("relay receipt"),
    };
    Genesis {
        id: name("exercise"),
        fictional: true,
        custodian: sorted(&["custodian 1", "custodian 2"]),
        threshold,
        log: public("log"),
        relays: vec![relay],
        witnesses: Vec::new(),
        cosignatures: 0,
        reroot_states: 1,
        attest_states: 1,
        profile: name("exercise"),
    }
}

/// Entry 0, signed by both custodian keys at [`START`].
pub fn genesis_entry(genesis: &Genesis) -> Vec<u8> {
    let signers = ["custodian 1", "custodian 2"];
    let kids = signers.map(|signer| public::<Authority>(signer).kid()).to_vec();
    let body = Body::Genesis(Box::new(genesis.clone()));
    let first = (1, Digest::NONE);
    let claims = Claims::new(NetworkId::UNFOUNDED, name("network"), first, &body, START, kids);
    Entry::new(START, sign(claims, &signers).to_bytes()).to_bytes()
}

/// An owner with the one root key `<owner> root 1`.
pub fn enrol(owner: &str) -> Body {
    enrol_with(&[&format!("{owner} root 1")], 1)
}

/// An owner with these root keys, of which `threshold` sign.
pub fn enrol_with(roots: &[&str], threshold: u8) -> Body {
    let name = "Name of the owner".to_owned();
    Body::Enrol(Enrol { roots: sorted(roots), threshold, name, regional_group: None, note_verbale: None })
}

/// The admin key `<owner> admin`.
pub fn delegate(owner: &str, expires: u64) -> Body {
    delegate_to(&[&format!("{owner} admin")], expires)
}

/// These admin keys.
pub fn delegate_to(admins: &[&str], expires: u64) -> Body {
    Body::Delegate(Delegate { admins: sorted(admins), expires })
}

/// An office for its main category, or an organization's.
pub fn nominate(office: &str) -> Body {
    Body::Nominate(record(office))
}

/// The record of an office for its main category, or an organization's.
pub fn record(office: &str) -> OfficeRecord {
    let office: OfficeId = name(office);
    let categories = Category::from_name(office.role.as_str()).into_iter().collect();
    OfficeRecord::of_unit(categories, format!("Unit {}", office.role), Rank::Primary, vec!["en".to_owned()])
}

/// The n-th device of an office.
pub fn certify(office: &str, n: u32, expires: u64) -> Body {
    certify_keys(&format!("{office} signing {n}"), &format!("{office} transport {n}"), expires)
}

/// A device of any two keys.
pub fn certify_keys(signing: &str, transport: &str, expires: u64) -> Body {
    Body::Certify(Certify { signing: public(signing), transport: public(transport), expires })
}

/// The end of the n-th device of an office.
pub fn revoke(office: &str, n: u32, compromised_since: Option<u64>) -> Body {
    Body::Revoke(Revoke { device: device(office, n), compromised_since })
}

/// A group under this coordinator, or ended.
pub fn define_group(coordinator: Option<&str>) -> Body {
    Body::DefineGroup(DefineGroup {
        name: "Name of the group".to_owned(),
        coordinator: coordinator.map(name),
    })
}

/// A State's status in a group.
pub fn group_member(state: &str, status: MemberStatus) -> Body {
    Body::GroupMember(GroupMember { state: name(state), status })
}

/// A State's wish to be in `group:…`.
pub fn join(group: &str) -> Body {
    Body::Join(Join { group: name(group) })
}

/// A State's wish to be in `group:…` no longer.
pub fn leave(group: &str) -> Body {
    Body::Leave(Leave { group: name(group) })
}

/// The network of [`genesis`] run in another way.
pub fn operate(change: impl FnOnce(&mut Operate)) -> Body {
    let mut operate = genesis(1).operation();
    change(&mut operate);
    Body::Operate(Box::new(operate))
}

/// The settings that the papers ask for.
pub fn settings() -> Settings {
    Settings {
        profile: name("full"),
        check_months: 6,
        reminder_months: 6,
        notice_days: 30,
        operational_states: 50,
        offices_wanted: 2,
        kinds_off: Vec::new(),
        kinds_bilateral: Vec::new(),
        categories_off: Vec::new(),
    }
}

/// Another root.
pub fn root_change(roots: &[&str], threshold: u8) -> Body {
    Body::RootChange(RootChange { roots: sorted(roots), threshold })
}

/// Another root, by these States' word.
pub fn re_root(roots: &[&str], threshold: u8, states: &[&str]) -> Body {
    let states = states.iter().map(|state| name(state)).collect();
    Body::ReRoot(ReRoot { roots: sorted(roots), threshold, states })
}

/// The end of admin keys.
pub fn undelegate(admins: &[&str], void_since: Option<u64>) -> Body {
    Body::Undelegate(Undelegate { admins: sorted(admins), void_since })
}

/// Whether a State takes part.
pub fn participation(taking: Taking) -> Body {
    Body::Participation(Participation { taking })
}

/// A State whose broadcasts need a second officer.
pub fn policy() -> Body {
    let release_kinds = vec![name("crisis-message")];
    Body::Policy(Policy { release_broadcasts: true, release_kinds, seen: false, posts_a_day: Some(100) })
}

/// Another record of an office.
pub fn update(record: OfficeRecord) -> Body {
    Body::Update(record)
}

/// The end of an office.
pub fn withdraw() -> Body {
    Body::Withdraw(Withdraw {})
}

/// The n-th device of an office set aside.
pub fn suspend(office: &str, n: u32, until: u64) -> Body {
    Body::Suspend(Suspend { device: device(office, n), until })
}

/// An entry still holds.
pub fn confirm(card: Option<Digest>) -> Body {
    Body::Confirm(Confirm { card })
}

/// An organization may draft, or may not.
pub fn permit_supply(organization: &str, permitted: bool) -> Body {
    Body::PermitSupply(PermitSupply { organization: name(organization), permitted })
}

/// A statement is stopped.
pub fn contest(statement: &Statement) -> Body {
    Body::Contest(Contest { statement: statement.payload_hash() })
}

/// What is shown of a subject is suspended, or restored.
pub fn display(effect: NoteEffect) -> Body {
    Body::Note(Note { effect, reason: "Asked for by note verbale".to_owned(), key: None })
}

/// A key is frozen.
pub fn freeze(key: &str) -> Body {
    let kid = public::<Authority>(key).kid();
    let reason = "Reported stolen by telephone".to_owned();
    Body::Note(Note { effect: NoteEffect::Freeze, reason, key: Some(kid) })
}

/// Who signs the certification of an office's n-th device: the admin and the device's two keys.
pub fn certifiers(office: &str, n: u32) -> [String; 3] {
    [admin_of(office), format!("{office} signing {n}"), format!("{office} transport {n}")]
}

/// The name of the admin key of an office's owner.
pub fn admin_of(office: &str) -> String {
    let office: OfficeId = name(office);
    let owner: Owner = office.owner;
    format!("{owner} admin")
}

fn sorted(names: &[&str]) -> Vec<PublicKey<Authority>> {
    let mut keys: Vec<_> = names.iter().map(|name| public(name)).collect();
    keys.sort_unstable();
    keys
}

/// The States of [`World::six_states`].
pub const STATES: [&str; 6] = ["xa", "xb", "xc", "xd", "xe", "xf"];
