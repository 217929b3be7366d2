//! What does each frozen structure say when it is read? With nothing at hand but its file.
//! It must never know how the file was made.

use std::collections::BTreeSet;

use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload as AeadPayload};
use liaison_keys::body::ContentKey;
use liaison_keys::card::SaltedCard;
use liaison_keys::cbor;
use liaison_keys::cose::Sign1;
use liaison_keys::directory::Quorum;
use liaison_keys::directory::checkpoint::{Head, Note};
use liaison_keys::directory::evidence::Evidence;
use liaison_keys::directory::founding::Founding;
use liaison_keys::directory::invitation::Invitation;
use liaison_keys::directory::{Entry, Origin, Statement};
use liaison_keys::fingerprint::Fingerprint;
use liaison_keys::keyfile;
use liaison_keys::label::Label;
use liaison_keys::names::{DeviceId, Digest, HeaderHash, NetworkId};
use liaison_keys::prekey::Bundle;
use liaison_keys::sealing::{self, PrekeySecret, Wrap};
use liaison_keys::signing::{Authority, Device, Log, Receipt, Role, SecretKey};
use liaison_keys::vault::VaultKey;
use liaison_proto::envelope::{Claims, Header, Post, Sealed};
use liaison_proto::frame::Frame;
use liaison_proto::message::Content;
use liaison_proto::receipt::{self, Accepted};
use liaison_proto::scope::Scope;

use crate::Vector;
use crate::judge::{Inputs, judge};

impl Vector {
    /// Its inputs, as readers take them.
    pub(super) fn judged(&self) -> Inputs {
        self.inputs.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect()
    }

    fn input(&self, name: &str) -> &str {
        self.inputs.get(name).unwrap_or_else(|| panic!("{} has no input {name}", self.name))
    }

    fn number(&self, name: &str) -> u64 {
        self.input(name).parse().unwrap()
    }

    fn network(&self) -> NetworkId {
        self.input("network").parse().unwrap()
    }

    fn seed(&self, name: &str) -> [u8; 32] {
        hex::decode(self.input(&format!("seed of {name}"))).unwrap().try_into().unwrap()
    }

    fn bytes_of<const N: usize>(&self, name: &str) -> [u8; N] {
        hex::decode(self.input(name)).unwrap().try_into().unwrap()
    }

    /// The names of the keys whose seeds it has.
    fn seeds(&self) -> impl Iterator<Item = &str> {
        self.inputs.keys().filter_map(|input| input.strip_prefix("seed of "))
    }

    fn key<R: Role>(&self, name: &str) -> SecretKey<R> {
        SecretKey::from_seed(&self.seed(name))
    }
}

/// Reads it, and checks what the file says of it.
pub(super) fn read(vector: &Vector) {
    let bytes = vector.bytes();
    match vector.cddl.as_deref() {
        None => outside_the_cddl(vector, &bytes),
        Some("statement") => statement(vector, &bytes),
        Some("entry") => {
            let entry = Entry::from_bytes(&bytes).unwrap();
            assert_eq!((entry.logged, entry.to_bytes()), (vector.number("logged"), bytes));
        }
        Some("note") => note(vector, &bytes),
        Some("cosigned-note") => {
            let read = judge("cosigned-note", &vector.judged(), &bytes).unwrap();
            assert!(read.ends_with(&format!(" Some({})", vector.number("time"))), "{read}");
        }
        Some("head") => {
            let head = Head::verify(&bytes, vector.network(), &vector.key::<Log>("log").public()).unwrap();
            assert_eq!((head.size, head.time), (vector.number("size"), vector.number("time")));
            assert_eq!(head.root.to_string(), vector.input("root"));
        }
        Some("prekeys") => prekeys(vector, &bytes),
        Some("reseal-request") => {
            let read = judge("reseal-request", &vector.judged(), &bytes).unwrap();
            assert!(read.contains(vector.input("hh")), "{read}");
        }
        Some("key-file") => {
            let content = keyfile::unlock(vector.input("passphrase"), &bytes).unwrap();
            assert_eq!(hex::encode(content.as_slice()), vector.input("content"));
        }
        Some("salted-card") => {
            let card = SaltedCard::from_bytes(&bytes).unwrap();
            assert_eq!((card.hash().to_string().as_str(), card.to_bytes()), (vector.input("hash"), bytes));
        }
        Some("evidence") => {
            assert!(Evidence::judge(&bytes, vector.network()).is_ok());
            assert_eq!(Evidence::from_bytes(&bytes).unwrap().to_bytes(), bytes);
        }
        Some("invitation") => invitation(vector, &bytes),
        Some("founding") => {
            let founding = Founding::from_bytes(&bytes, vector.number("taken at")).unwrap();
            assert_eq!(Founding::encode(founding.statement, founding.signed_invitation), bytes);
        }
        Some(_) => message(vector, bytes),
    }
}

/// The structures of a message and of a session.
fn message(vector: &Vector, bytes: Vec<u8>) {
    match vector.cddl.as_deref() {
        Some("header") => {
            let header = Header::from_bytes(&bytes).unwrap();
            assert!(header.is_plausible());
            assert_eq!(cbor::encode(&header), bytes);
            assert_eq!(HeaderHash::of(&bytes).to_string(), vector.input("hh"));
        }
        Some("wrap") => wrap(vector, &bytes),
        Some("message") => {
            let header = hex::decode(vector.input("header")).unwrap();
            let status = vector.input("status").parse().unwrap();
            let context = Label::message_context(vector.network(), status, &header);
            let key = vector.key::<Device>("xa/operations/1 signing 1").public();
            let signed = Sign1::from_bytes(&bytes).unwrap();
            Claims::from_bytes(signed.verify(&key, &context).unwrap()).unwrap();
        }
        Some("message-claims") => assert_eq!(cbor::encode(&Claims::from_bytes(&bytes).unwrap()), bytes),
        Some("scope") => {
            let scope: Scope = cbor::decode(&bytes).unwrap();
            assert_eq!(scope, serde_json::from_str(vector.input("scope")).unwrap());
        }
        Some("post") => {
            let post = Post::from_bytes(bytes).unwrap();
            assert_eq!(post.hh().to_string(), vector.input("hh"));
            assert_eq!(post.digest().to_string(), vector.input("sha-256 of the post"));
            assert_eq!(post.devices().len(), 2);
        }
        Some("delivery") => delivery(vector, &bytes),
        Some("content") => {
            let template = vector.inputs.get("template").map_or("general/1", String::as_str);
            let content = Content::decode(template.parse().unwrap(), &bytes).unwrap();
            let json = |text| serde_json::from_str::<serde_json::Value>(text).unwrap();
            assert_eq!(serde_json::to_value(content.own()).unwrap(), json(vector.input("own")));
            assert_eq!(
                serde_json::to_value(content.common().fields()).unwrap(),
                json(vector.input("common"))
            );
        }
        Some("relay-receipt") => relay_receipt(vector, &bytes),
        Some("receipts") => {
            let receipts = receipt::decode(&bytes).unwrap();
            assert_eq!(receipts[0].hh.to_string(), vector.input("hh"));
            assert_eq!(receipts[1].time_ms, vector.number("time ms"));
            assert_eq!(receipt::encode(receipts), bytes);
        }
        Some("frame") => assert_eq!(Frame::from_bytes(&bytes).unwrap().to_bytes(), bytes),
        other => panic!("nothing reads {other:?}"),
    }
}

/// What is no CBOR, or none of its own.
fn outside_the_cddl(vector: &Vector, bytes: &[u8]) {
    match vector.name.split('-').next().unwrap() {
        "fingerprint" => assert_eq!(fingerprint(vector), vector.text.as_deref().unwrap()),
        "body" => body(vector, bytes),
        "recipients" => recipients(vector, bytes),
        "inclusion" => inclusion(vector, bytes),
        // Read by the crate `link`, in its own tests.
        "chunks" => {}
        "vault" => {
            let epoch = VaultKey::new(&vector.bytes_of("vault key")).epoch(&vector.bytes_of("epoch"));
            let record = epoch.open(vector.number("number"), bytes).unwrap();
            assert_eq!(hex::encode(record.as_slice()), vector.input("record"));
        }
        other => panic!("nothing reads {other}"),
    }
}

/// The key and nonce of the file open the body, and are those of the content key.
fn body(vector: &Vector, bytes: &[u8]) {
    let header = hex::decode(vector.input("header")).unwrap();
    let content_key = ContentKey::new(vector.bytes_of("content key"));
    let opened = liaison_keys::body::open(&content_key, &header, bytes).unwrap();
    assert_eq!(opened.len() as u64, vector.number("padded bytes"));
    assert_eq!(hex::encode(liaison_keys::body::unpad(&opened).unwrap()), vector.input("signed"));
    let read = Header::from_bytes(&header).unwrap();
    assert_eq!(hex::encode(read.commitment), vector.input("commitment"));
    assert!(content_key.is_committed(read.id, &read.commitment));
    let (key, nonce) = (vector.bytes_of::<32>("key"), vector.bytes_of::<12>("nonce"));
    let payload = AeadPayload { msg: bytes, aad: &header };
    let by_hand = ChaCha20Poly1305::new(&key.into()).decrypt(&nonce.into(), payload).unwrap();
    assert_eq!(by_hand, *opened);
}

fn recipients(vector: &Vector, bytes: &[u8]) {
    let replica = crate::context::replica(vector.input("log"), std::iter::empty());
    let at = replica.directory().at_checkpoint(vector.number("size"), vector.number("created"));
    let scope: Scope = serde_json::from_str(vector.input("scope")).unwrap();
    let devices = liaison_proto::recipients::recipients(at, &scope, vector.input("signer").parse().unwrap());
    let listed: BTreeSet<DeviceId> = cbor::decode::<Vec<DeviceId>>(bytes).unwrap().into_iter().collect();
    assert_eq!(devices.unwrap(), listed);
}

/// RFC 9162 §2.1.3.2.
fn inclusion(vector: &Vector, bytes: &[u8]) {
    let entry = hex::decode(vector.input("entry")).unwrap();
    let node = |left: Digest, right: Digest| {
        Digest::of(&[&[1], left.as_bytes().as_slice(), right.as_bytes()].concat())
    };
    let (mut at, mut last) = (vector.number("index"), vector.number("size") - 1);
    let mut root = Digest::of(&[&[0], entry.as_slice()].concat());
    for sibling in bytes.chunks_exact(32).map(|hash| Digest::from_slice(hash).unwrap()) {
        assert!(last > 0, "a hash too many");
        if at % 2 == 1 || at == last {
            root = node(sibling, root);
            while at % 2 == 0 && at > 0 {
                (at, last) = (at / 2, last / 2);
            }
        } else {
            root = node(root, sibling);
        }
        (at, last) = (at / 2, last / 2);
    }
    assert_eq!((last, root.to_string()), (0, vector.input("root").to_owned()));
}

fn wrap(vector: &Vector, bytes: &[u8]) {
    let wrap: Wrap = cbor::decode(bytes).unwrap();
    assert_eq!(
        (wrap.device.to_string(), wrap.kid.to_string()),
        (vector.input("device").into(), vector.input("kid").into())
    );
    let envelope = (vector.network(), vector.input("hh").parse().unwrap());
    let info = cbor::encode(&("liaison-v1 wrap", envelope.0, envelope.1, wrap.device, wrap.kid));
    assert_eq!(hex::encode(info), vector.input("info"));
    let secret = PrekeySecret::from_seed(&vector.seed("xb/operations/1 prekey 1 Current"));
    let unwrapped = sealing::open(&secret, envelope, &wrap).unwrap();
    assert_eq!(hex::encode(unwrapped.content_key.expose()), vector.input("content key"));
    assert_eq!(unwrapped.counter, vector.number("counter"));
}

fn fingerprint(vector: &Vector) -> String {
    let threshold = vector.input("m").parse().unwrap();
    let roots: Vec<_> = vector.seeds().map(|name| vector.key::<Authority>(name).public()).collect();
    let owner = vector.input("owner").parse().unwrap();
    Fingerprint::of_root(vector.network(), &owner, threshold, &roots).to_string()
}

/// The claims are those of the file, and the keys with the file's seeds have signed, and nobody else.
fn statement(vector: &Vector, bytes: &[u8]) {
    let statement = Statement::from_bytes(bytes).unwrap();
    let claims = statement.claims();
    assert_eq!(statement.to_bytes(), bytes);
    assert_eq!(
        (claims.network, &claims.subject.to_string()[..]),
        (vector.network(), vector.input("subject"))
    );
    assert_eq!((claims.version, claims.made), (vector.number("version"), vector.number("made")));
    assert_eq!(u64::from(claims.kind), vector.number("kind"));
    assert_eq!(hex::encode(&claims.body), vector.input("body"));
    assert_eq!(statement.payload_hash().to_string(), vector.input("payload hash"));
    assert_eq!(claims.previous, vector.input("previous").parse::<Digest>().unwrap());
    assert!(claims.body().unwrap().is_some() && statement.has_exactly_its_signers());
    let keys: Vec<_> = vector.seeds().map(|name| vector.key::<Authority>(name).public()).collect();
    assert_eq!(keys.len(), claims.signers.len(), "{}", vector.name);
    assert!(keys.iter().all(|key| statement.verify(key).is_ok()));
}

fn note(vector: &Vector, bytes: &[u8]) {
    let id = vector.input("origin").split('/').nth(1).unwrap().parse().unwrap();
    let origin = Origin::new(&id, vector.network());
    assert_eq!(origin.as_str(), vector.input("origin"));
    let note = Note::read(bytes, &origin, &vector.key::<Log>("log").public()).unwrap();
    assert_eq!(note.settle(&origin, Quorum::NONE), Ok(None));
    let checkpoint = note.checkpoint;
    assert_eq!(
        (checkpoint.size, checkpoint.root.to_string()),
        (vector.number("size"), vector.input("root").into())
    );
}

fn prekeys(vector: &Vector, bytes: &[u8]) {
    let device = vector.key::<Device>("xb/operations/1 signing 1").public();
    let bundle = Bundle::verify(bytes, &device, vector.network()).unwrap();
    assert_eq!(bundle.made, vector.number("made"));
    for (key, slot) in bundle.keys.iter().zip(["Current", "Fallback"]) {
        let secret = PrekeySecret::from_seed(&vector.seed(&format!("xb/operations/1 prekey 1 {slot}")));
        assert_eq!(key.public, secret.public());
    }
}

fn invitation(vector: &Vector, bytes: &[u8]) {
    let custodian = vector.seeds().filter(|name| name.starts_with("custodian "));
    let custodian: Vec<_> = custodian.map(|name| vector.key::<Authority>(name).public()).collect();
    let threshold = vector.inputs.get("m").map_or(1, |m| m.parse().unwrap());
    let ends = vector.number("ends");
    let invitation = Invitation::verify(bytes, vector.network(), (&custodian, threshold), ends - 1).unwrap();
    assert_eq!((invitation.ends, invitation.owner.to_string()), (ends, vector.input("owner").into()));
    assert_eq!(invitation.key, vector.key("invited transport").public());
}

/// Opened with the seed in the file, it says the text in the file; and where the file names a log, it is judged by it.
fn delivery(vector: &Vector, bytes: &[u8]) {
    let sealed = Sealed::from_bytes(bytes).unwrap();
    let device: DeviceId = sealed.device();
    let seed = vector.seeds().find(|name| name.contains(" prekey ")).unwrap();
    let secret = PrekeySecret::from_seed(&vector.seed(seed));
    let unsealed = sealed.addressed_to(device).unwrap().decapsulate(&secret, vector.network()).unwrap();
    let signed = unsealed.unseal().unwrap().unpad().unwrap();
    let claims = signed.unverified_claims();
    if receipt::is_receipt(&claims.template) {
        assert_eq!(receipt::decode(&claims.body).unwrap()[0].hh.to_string(), vector.input("hh"));
    } else {
        let content = Content::decode(claims.template.clone(), &claims.body).unwrap();
        assert_eq!(content.first_text(), Some(vector.input("text")));
    }
    let key = ContentKey::new(vector.bytes_of("content key"));
    let header = Sealed::from_bytes(bytes).unwrap().envelope().header.clone();
    assert!(key.is_committed(header.id, &header.commitment));
    if vector.inputs.contains_key("log") {
        judge("delivery", &vector.judged(), bytes).unwrap();
    }
}

fn relay_receipt(vector: &Vector, bytes: &[u8]) {
    let key = vector.key::<Receipt>("relay receipt").public();
    let accepted = Accepted::verify(bytes, &key, vector.network()).unwrap();
    assert_eq!(accepted.hh.to_string(), vector.input("hh"));
    assert_eq!(accepted.post.to_string(), vector.input("sha-256 of the post"));
    assert_eq!((accepted.count, accepted.time), (vector.number("count"), vector.number("time")));
    assert_eq!(accepted.log_size, vector.number("log size"));
}
