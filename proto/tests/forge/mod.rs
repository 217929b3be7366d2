//! Which envelopes would no honest station make? A press that makes a right one from a world, and lets a test spoil
//! one part of it and sign, seal and wrap the rest as it must be. It must never know what opening checks.
//!
//! The body is sealed by code of its own, written from `docs/protocol.md` §5 and not from `liaison-keys`: what both
//! agree on is what the specification says.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "part of several test programs, none of which uses all of it; in a test a broken promise is a panic"
)]

use std::collections::BTreeSet;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload as AeadPayload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use liaison_keys::body::ContentKey;
use liaison_keys::cbor;
use liaison_keys::cose::Sign1;
use liaison_keys::directory::Category;
use liaison_keys::label::{Context, Label};
use liaison_keys::names::{DeviceId, EnvelopeId, HeaderHash, Kid, NetworkId};
use liaison_keys::prekey::Slot;
use liaison_keys::sealing::{self, PrekeySecret, Wrap};
use liaison_keys::signing::{Device, SecretKey};
use liaison_proto::Lane;
use liaison_proto::envelope::{
    CheckpointProof, Claims, Header, Judgement, LeftOut, LeftOutReason, Opening, Reason, Sealed,
    VerifiedMessage, WaitFor, WrapsMark,
};
use liaison_proto::message::{Content, Status};
use liaison_proto::recipients::recipients;
use liaison_proto::scope::Scope;
use minicbor::bytes::ByteVec;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

use crate::world::{World, device, key, name, prekey};

/// Who reads, unless a test says otherwise.
pub const READER: &str = "xb/operations/1";
/// Who signs, unless a test says otherwise.
pub const SENDER: &str = "xa/operations/1";
/// How long a message lives, seconds: three days.
pub const LIVES_S: u64 = 3 * 86_400;

/// An envelope in the making. As it comes from [`Press::new`] it is right; a test changes what it is about.
pub struct Press {
    /// The network that the signature is bound to.
    pub network: NetworkId,
    /// The network that the wraps are bound to.
    pub wrapped_in: NetworkId,
    /// The key that signs.
    pub key: SecretKey<Device>,
    /// The header.
    pub header: Header,
    /// What is signed.
    pub claims: Claims,
    /// To whom it is sealed; the header's mark follows, unless [`Press::mark`] is set.
    pub wrapped: BTreeSet<DeviceId>,
    /// A mark that does not follow.
    pub mark: Option<WrapsMark>,
    /// What is in the wraps.
    pub content_key: ContentKey,
    /// The running number in the wraps.
    pub counter: u64,
    /// What each wrap's encapsulation takes.
    pub entropy: ChaCha20Rng,
    /// Offices whose first device may be among the recipients, to find their prekeys.
    offices: Vec<(String, u32)>,
}

impl Press {
    /// A right message of `general/1` by [`SENDER`], made as of the world's time.
    pub fn new(world: &World, scope: Scope) -> Self {
        Self::by(world, (SENDER, 1), scope)
    }

    /// The same by the n-th device of an office.
    pub fn by(world: &World, (office, n): (&str, u32), scope: Scope) -> Self {
        let claims = Claims {
            signer: (device(office, n), name(office)),
            template: name("general/1"),
            scope,
            status: Status::Exercise,
            created_ms: world.now * 1000 + 250,
            checkpoint: CheckpointProof { note: world.note().into(), head: Some(world.head().into()) },
            body: content("general/1", r#"{"text":"Exercise. All is well."}"#).into(),
            in_reply_to: None,
            case: None,
            attachments: None,
            left_out: None,
        };
        let at = world.directory().at_checkpoint(world.size(), world.now);
        let wrapped = recipients(at, &claims.scope, claims.signer.0).unwrap_or_default();
        let (id, content_key) = (EnvelopeId::new([0x1d; 16]), ContentKey::new([0x0c; 32]));
        let header = Header {
            version: 1,
            suite: 2,
            id,
            lane: Lane::Immediate,
            created: world.now,
            expires: world.now + LIVES_S,
            wraps: WrapsMark::of(&wrapped),
            commitment: content_key.commitment(id),
        };
        Self {
            network: world.network(),
            wrapped_in: world.network(),
            key: key(&format!("{office} signing {n}")),
            header,
            claims,
            wrapped,
            mark: None,
            content_key,
            counter: 7,
            entropy: ChaCha20Rng::from_seed([0xe7; 32]),
            offices: devices_of(world),
        }
    }

    /// Made this many seconds later, in header and claims alike.
    pub fn later(mut self, seconds: u64) -> Self {
        self.header.created += seconds;
        self.header.expires += seconds;
        self.claims.created_ms += seconds * 1000;
        self
    }

    /// Leaves a device out, and says so.
    pub fn leave_out(mut self, device: DeviceId, reason: LeftOutReason) -> Self {
        self.wrapped.remove(&device);
        let mut left_out = self.claims.left_out.take().unwrap_or_default();
        left_out.push(LeftOut { device, reason });
        left_out.sort_unstable();
        self.claims.left_out = Some(left_out);
        self
    }

    /// The header's bytes.
    pub fn header_bytes(&self) -> Vec<u8> {
        let wraps = self.mark.unwrap_or_else(|| WrapsMark::of(&self.wrapped));
        cbor::encode(&Header { wraps, ..self.header.clone() })
    }

    /// What the signature is bound to.
    pub fn context(&self) -> Context {
        Label::message_context(self.network, self.claims.status as u8, &self.header_bytes())
    }

    /// The claims, signed.
    pub fn signed(&self) -> Vec<u8> {
        Sign1::sign(&self.key, &self.context(), cbor::encode(&self.claims)).to_bytes()
    }

    /// The delivery for the reader.
    pub fn delivery(&self) -> Vec<u8> {
        self.delivery_to(device(READER, 1))
    }

    /// The delivery for a device, whether or not it is meant.
    pub fn delivery_to(&self, to: DeviceId) -> Vec<u8> {
        self.delivery_with(to, &self.header_bytes(), &pad(&self.signed()))
    }

    /// A delivery of any padded plaintext.
    pub fn delivery_of(&self, padded: &[u8]) -> Vec<u8> {
        self.delivery_with(device(READER, 1), &self.header_bytes(), padded)
    }

    /// A delivery under any header.
    pub fn delivery_under(&self, header: &[u8]) -> Vec<u8> {
        self.delivery_with(device(READER, 1), header, &pad(&self.signed()))
    }

    /// The post that a station would send.
    pub fn post(&self) -> Vec<u8> {
        let header = self.header_bytes();
        let wraps: Vec<Wrap> = self.wrapped.iter().map(|to| self.wrap(*to, &header)).collect();
        encode_post(&header, &self.body(&header, &pad(&self.signed())), &wraps)
    }

    /// A wrap for a device's CURRENT prekey.
    pub fn wrap(&self, to: DeviceId, header: &[u8]) -> Wrap {
        let known = self.offices.iter().find(|(office, n)| device(office, *n) == to);
        let (office, n) = known.unwrap_or_else(|| panic!("no prekey for {to}"));
        let public = prekey(office, *n, Slot::Current).public();
        let envelope = (self.wrapped_in, HeaderHash::of(header));
        let content = (&self.content_key, self.counter);
        sealing::seal((to, &public), envelope, content, &mut self.entropy.clone())
    }

    /// A delivery for any device, under any header, of any padded plaintext.
    pub fn delivery_with(&self, to: DeviceId, header: &[u8], padded: &[u8]) -> Vec<u8> {
        encode_delivery(header, &self.body(header, padded), &self.wrap(to, header))
    }

    /// The body under any header, of any padded plaintext.
    pub fn body(&self, header: &[u8], padded: &[u8]) -> Vec<u8> {
        seal_body(self.content_key.expose(), header, padded)
    }
}

/// `key 32 ‖ nonce 12 = HKDF-SHA256(salt SHA-256(hdr), CEK, "liaison-v1 body")`, ChaCha20-Poly1305, aad = hdr.
pub fn seal_body(content_key: &[u8; 32], header: &[u8], padded: &[u8]) -> Vec<u8> {
    let hh = HeaderHash::of(header);
    let mut derived = [0; 44];
    let hkdf = hkdf::Hkdf::<sha2::Sha256>::new(Some(hh.as_bytes().as_slice()), content_key);
    hkdf.expand(b"liaison-v1 body", &mut derived).unwrap();
    let key = Key::try_from(&derived[..32]).unwrap();
    let nonce = Nonce::try_from(&derived[32..]).unwrap();
    ChaCha20Poly1305::new(&key).encrypt(&nonce, AeadPayload { msg: padded, aad: header }).unwrap()
}

/// `signed ‖ 0x80 ‖ 0x00*` to Padmé(max(4096, len + 1)).
pub fn pad(signed: &[u8]) -> Vec<u8> {
    let length = (signed.len() + 1).max(4_096);
    let (e, mut bits) = (length.ilog2(), 0);
    while (1_u32 << bits) <= e {
        bits += 1;
    }
    let unit = 1_usize << (e - bits);
    let mut padded = [signed, &[0x80]].concat();
    padded.resize(length.div_ceil(unit) * unit, 0);
    padded
}

/// `[hdr, body, wrap]`
pub fn encode_delivery(header: &[u8], body: &[u8], wrap: &Wrap) -> Vec<u8> {
    cbor::encode(&(ByteVec::from(header.to_vec()), ByteVec::from(body.to_vec()), wrap.clone()))
}

/// `[hdr, body, [+ wrap]]`
pub fn encode_post(header: &[u8], body: &[u8], wraps: &[Wrap]) -> Vec<u8> {
    cbor::encode(&(ByteVec::from(header.to_vec()), ByteVec::from(body.to_vec()), wraps.to_vec()))
}

/// The encoded content of a template with these own fields, as JSON.
pub fn content(template: &str, own: &str) -> Vec<u8> {
    let own = serde_json::from_str(own).unwrap();
    Content::compose(name(template), liaison_proto::value::Fields::new(), own).unwrap().encode()
}

/// A bilateral scope.
pub fn to(offices: &[&str]) -> Scope {
    Scope::bilateral(offices.iter().map(|office| name(office))).unwrap()
}

/// A regional scope.
pub fn region(groups: &[&str], categories: &[Category], coordinators: bool) -> Scope {
    let groups = groups.iter().map(|group| name(&format!("group:{group}")));
    Scope::regional(groups, categories.iter().copied(), coordinators).unwrap()
}

/// Every device that a test may seal to: the first three of each office.
fn devices_of(world: &World) -> Vec<(String, u32)> {
    let offices = world.directory().now(world.now).offices().map(|(office, _)| office.to_string());
    offices.flat_map(|office| (1..=3).map(move |n| (office.clone(), n))).collect()
}

/// A station that opens.
pub struct Reader<'w> {
    /// Its directory.
    pub world: &'w World,
    /// Its device.
    pub device: DeviceId,
    /// Prekeys whose secrets it still has, by their ids.
    pub secrets: Vec<(Kid, PrekeySecret)>,
    /// Its clock.
    pub now: u64,
    /// Time of the newest head that it holds.
    pub head_time: u64,
    /// What it has verified before.
    pub seen: BTreeSet<HeaderHash>,
}

impl<'w> Reader<'w> {
    /// [`READER`], at the world's time.
    pub fn new(world: &'w World) -> Self {
        Self::of(world, READER)
    }

    /// The first device of an office, at the world's time.
    pub fn of(world: &'w World, office: &str) -> Self {
        Self::of_device(world, office, 1)
    }

    /// The n-th device of an office, at the world's time.
    pub fn of_device(world: &'w World, office: &str, n: u32) -> Self {
        let secrets = [Slot::Current, Slot::Fallback].map(|slot| prekey(office, n, slot));
        let secrets = secrets.map(|secret| (secret.public().kid(), secret)).into();
        let (device, now) = (device(office, n), world.now);
        Self { world, device, secrets, now, head_time: now, seen: BTreeSet::new() }
    }

    /// The same at another time.
    pub fn at(self, now: u64) -> Self {
        Self { now, ..self }
    }

    /// Every step of opening, in the specification's order.
    pub fn open(&self, delivery: &[u8]) -> Result<Judgement, Reason> {
        let addressed = Sealed::from_bytes(delivery)?.addressed_to(self.device)?;
        let secret = self.secrets.iter().find(|(kid, _)| *kid == addressed.kid());
        let (_, secret) = secret.ok_or(Reason::NoSecret)?;
        let opening = Opening {
            replica: &self.world.replica,
            device: self.device,
            now: self.now,
            head_time: self.head_time,
            seen: &|hh| self.seen.contains(&hh),
        };
        opening.judge(opening.unseal(addressed, secret)?)
    }

    /// A message that opens.
    pub fn verified(&self, delivery: &[u8]) -> VerifiedMessage {
        match self.open(delivery) {
            Ok(Judgement::Verified(message)) => *message,
            other => panic!("expected a verified message, found {other:?}"),
        }
    }

    /// Why a message does not open.
    pub fn refused(&self, delivery: &[u8]) -> Reason {
        match self.open(delivery) {
            Err(reason) => reason,
            Ok(opened) => panic!("expected a refusal, found {opened:?}"),
        }
    }

    /// What a message waits for.
    pub fn waits(&self, delivery: &[u8]) -> WaitFor {
        match self.open(delivery) {
            Ok(Judgement::Waits(wait)) => wait,
            other => panic!("expected a message that waits, found {other:?}"),
        }
    }
}
