//! What does one of each structure look like? Samples from names and fixed seeds: same calls, same bytes.
//! It must never know the clock, or which test looks at them.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "part of two test programs, none of which uses all of it; in a test a broken promise is a panic"
)]

mod directory;
pub mod envelope;
mod frames;
mod messages;

use std::collections::BTreeMap;

use liaison_keys::directory::founding::Founding;
use liaison_keys::directory::invitation::Invitation;
use liaison_keys::directory::witness::{Announced, cosign};
use liaison_keys::directory::{Entry, Statement};
use liaison_keys::keyfile::{Cost, lock};
use liaison_keys::signing::Authority;
use liaison_proto::reseal::Reseal;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

use crate::world::{World, device, key, name, public};

/// One structure.
pub struct Sample {
    /// Its name, and that of its file.
    pub name: String,
    /// Where it stands in `docs/protocol.md`.
    pub section: &'static str,
    /// Its rule in `proto/liaison.cddl`; none for what is no CBOR.
    pub rule: Option<&'static str>,
    /// What it is.
    pub about: String,
    /// What it was made from: keys' seeds, numbers, names.
    pub inputs: BTreeMap<String, String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whether the bytes are a text for people.
    pub text: bool,
}

impl Sample {
    fn new(
        name: &str,
        section: &'static str,
        rule: Option<&'static str>,
        about: &str,
        bytes: Vec<u8>,
    ) -> Self {
        let (name, about) = (name.to_owned(), about.to_owned());
        Self { name, section, rule, about, inputs: BTreeMap::new(), bytes, text: false }
    }

    fn text(self) -> Self {
        Self { text: true, ..self }
    }

    fn with(mut self, input: &str, value: impl ToString) -> Self {
        self.inputs.insert(input.to_owned(), value.to_string());
        self
    }

    /// The seed of the key with this name: SHA-256 of the name.
    fn seed(self, name: &str) -> Self {
        let seed = key::<Authority>(name).expose_seed();
        self.with(&format!("seed of {name}"), hex::encode(seed.as_slice()))
    }
}

/// The world of all samples. It is small: the custodian, two States, a region with its coordinator.
pub fn world() -> World {
    let mut world = World::found();
    world.owner("xa").office("xa/operations/1");
    world.advance(60).owner("xb").office("xb/operations/1").device("xb/operations/1", 2);
    world.group("xr-north", &["xa", "xb"]).advance(3_600);
    world
}

/// Everything.
pub fn all() -> Vec<Sample> {
    let mut world = world();
    let mut samples = envelope::samples(&world);
    samples.extend(log(&world));
    samples.extend(frames::samples(&world));
    samples.extend(messages::samples(&world));
    samples.extend(directory::samples(&world));
    let stolen = world.now;
    world.advance(60).revoke("xb/operations/1", 2, Some(stolen));
    samples.extend(statements(&world));
    samples.sort_by(|a, b| a.name.cmp(&b.name));
    samples
}

/// The sample of this name.
pub fn find<'s>(samples: &'s [Sample], name: &str) -> &'s Sample {
    samples.iter().find(|sample| sample.name == name).unwrap_or_else(|| panic!("no sample {name}"))
}

/// The first statement of each kind, and the first entry.
fn statements(world: &World) -> Vec<Sample> {
    let mut samples: Vec<Sample> = Vec::new();
    for entry in world.entries() {
        let entry = Entry::from_bytes(entry).unwrap();
        let statement = Statement::from_bytes(&entry.statement).unwrap();
        let kind = liaison_keys::directory::body::kind_name(statement.claims().kind);
        let name = format!("statement-{:02}-{}", statement.claims().kind, dashed(kind));
        if samples.iter().all(|sample| sample.name != name) {
            samples.push(statement_sample(&name, &statement));
        }
    }
    let entry = world.entries()[1].clone();
    let about = "Entry 1: the time at which the relay logged the statement, and the statement.";
    samples
        .push(Sample::new("entry", "3.1", Some("entry"), about, entry).with("logged", crate::world::START));
    samples
}

fn statement_sample(name: &str, statement: &Statement) -> Sample {
    let claims = statement.claims();
    let about = format!("A statement on {}, version {}.", claims.subject, claims.version);
    let sample = Sample::new(name, "3.2", Some("statement"), &about, statement.to_bytes());
    let sample = sample
        .with("network", claims.network)
        .with("subject", &claims.subject)
        .with("version", claims.version)
        .with("previous", claims.previous)
        .with("kind", claims.kind)
        .with("body", hex::encode(&claims.body))
        .with("made", claims.made)
        .with("payload hash", statement.payload_hash());
    let signed = |name: &&&str| claims.signers.contains(&public::<Authority>(name).kid());
    SIGNERS.iter().filter(signed).fold(sample, |sample, name| sample.seed(name))
}

/// A device asks to have the sample message sealed again.
pub fn reseal(world: &World) -> Vec<u8> {
    let request = Reseal {
        hh: envelope::posted(world).0.hh,
        device: device("xb/operations/1", 1),
        bundle: world.prekeys("xb/operations/1", 1).1.into(),
    };
    request.sign(&key("xb/operations/1 signing 1"), world.network())
}

/// Note, head, bundle, invitation, founding, key file, fingerprint.
fn log(world: &World) -> Vec<Sample> {
    let network = world.network();
    let checkpoint = world.replica.checkpoint();
    let at_log = |sample: Sample| {
        let sample = sample.with("size", checkpoint.size).with("root", checkpoint.root);
        sample.with("network", network).seed("log")
    };
    let note =
        Sample::new("note", "3.6", Some("note"), "The log's signed note over all entries.", world.note());
    let note = at_log(note.text()).with("origin", world.replica.origin().as_str());
    let head = "The log's signed head over all entries, with the time.";
    let head = Sample::new("head", "3.6", Some("head"), head, world.head());
    let head = at_log(head).with("time", world.now);
    let ((_, bundle), device) = (world.prekeys("xb/operations/1", 1), "xb/operations/1 signing 1");
    let about = "The prekeys of a device, CURRENT and FALLBACK; their seeds are SHA-256 of the names.";
    let bundle = Sample::new("prekeys", "2.4", Some("prekeys"), about, bundle).with("network", network);
    let bundle = bundle.with("made", world.now).seed(device);
    let bundle = bundle.seed("xb/operations/1 prekey 1 Current").seed("xb/operations/1 prekey 1 Fallback");
    let about = "A request of that device to have a message sealed again, with that bundle.";
    let asked = Sample::new("reseal", "5.8", Some("reseal-request"), about, reseal(world));
    let asked = asked.with("network", network).with("hh", envelope::posted(world).0.hh).seed(device);
    let digits = world.directory().now(world.now).fingerprint(&name("xa")).unwrap().to_string();
    let about = "The fingerprint of a State's root, as text.";
    let fingerprint = Sample::new("fingerprint", "2.5", None, about, digits.into_bytes());
    let fingerprint =
        fingerprint.text().with("network", network).with("owner", "xa").with("m", 1).seed("xa root 1");
    let about = "A key file; the passphrase is weak and the cost the least that Argon2 takes, for a test.";
    let file = lock("correct horse", Cost::MINIMUM, b"secret", &mut ChaCha20Rng::from_seed([9; 32])).unwrap();
    let file = Sample::new("key-file", "2.6", Some("key-file"), about, file);
    let file = file.with("passphrase", "correct horse").with("content", hex::encode("secret"));
    let about = "The log's signed note with the cosignatures of two witnesses of three, in the order in which the network \
                 names them. Its time is the older one's.";
    let cosigned = Sample::new("note-cosigned", "3.6", Some("cosigned-note"), about, cosigned_note(world));
    let cosigned = at_log(cosigned.text()).with("origin", world.replica.origin().as_str()).with("k", 2);
    let announced = WITNESSES.map(|name| Announced { name: name.to_owned(), key: public(name) }.to_string());
    let cosigned = cosigned.with("witnesses", announced.join(" ")).with("time", world.now + 30);
    let cosigned = WITNESSES.iter().fold(cosigned, |sample, witness| sample.seed(witness));
    let mut samples = vec![note, cosigned, head, bundle, asked, fingerprint, file];
    samples.extend(invitations(world));
    samples
}

/// Three witnesses; the seed of each key is SHA-256 of its name.
pub const WITNESSES: [&str; 3] = ["xa.example", "xb.example", "xr-north.example"];

/// A witness's line below the log's note, so many seconds after it.
pub fn cosignature(world: &World, witness: &str, after: u64) -> String {
    let (checkpoint, origin) = (world.replica.checkpoint(), world.replica.origin());
    cosign(&checkpoint, &origin, (witness, &key(witness)), world.now + after)
}

/// The log's note with the words of the first and the last witness.
pub fn cosigned_note(world: &World) -> Vec<u8> {
    let lines =
        [("xa.example", 30), ("xr-north.example", 50)].map(|(name, after)| cosignature(world, name, after));
    [world.note(), format!("{}\n{}\n", lines[0], lines[1]).into_bytes()].concat()
}

fn invitations(world: &World) -> Vec<Sample> {
    let (network, ends) = (world.network(), world.now + 30 * 86_400);
    let custodian = key::<Authority>("custodian 1");
    let invite = |owner: &str| {
        let invitation = Invitation { key: public("invited transport"), owner: name(owner), ends };
        invitation.sign(network, &[&custodian])
    };
    let inputs = |sample: Sample, owner| {
        let sample = sample.with("network", network).with("owner", owner).with("ends", ends);
        sample.seed("custodian 1").seed("invited transport")
    };
    let about = "The custodian lets a key speak for xc, which is not yet in the directory.";
    let invitation = Sample::new("invitation", "7.2", Some("invitation"), about, invite("xc"));
    let genesis = Entry::from_bytes(&world.entries()[0]).unwrap().statement;
    let founding = Founding::encode(genesis.into(), invite("org:custodian"));
    let about = "The file with which a network begins: genesis, and the custodian's first invitation.";
    let founding = Sample::new("founding", "7.2", Some("founding"), about, founding);
    let founding = founding.with("taken at", world.now).seed("custodian 2");
    vec![inputs(invitation, "xc"), inputs(founding, "org:custodian")]
}

/// `GroupMember` to `group-member`.
fn dashed(name: &str) -> String {
    let mut dashed = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !dashed.is_empty() {
            dashed.push('-');
        }
        dashed.push(c.to_ascii_lowercase());
    }
    dashed
}

const SIGNERS: [&str; 21] = [
    "xg root 4",
    "xb root 9",
    "custodian 1",
    "custodian 2",
    "xa root 1",
    "xa admin",
    "xa/operations/1 signing 1",
    "xa/operations/1 transport 1",
    "xb root 1",
    "xb admin",
    "xb/operations/1 signing 1",
    "xb/operations/1 transport 1",
    "xb/operations/1 signing 2",
    "xb/operations/1 transport 2",
    "org:xr-north root 1",
    "org:xr-north admin",
    "xg root 1",
    "xg root 2",
    "xg root 3",
    "xg admin",
    "xg admin 2",
];
