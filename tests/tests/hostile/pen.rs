//! Which envelopes can a certified device make that no honest station makes? A right one, of which a test spoils one part
//! and has the rest signed, sealed and wrapped as it must be. It must never know what a station checks.

use std::collections::{BTreeMap, BTreeSet};

use liaison_keys::body::{self, ContentKey};
use liaison_keys::cbor;
use liaison_keys::cose::Sign1;
use liaison_keys::label::Label;
use liaison_keys::names::{DeviceId, Digest, EnvelopeId, HeaderHash, NetworkId, OfficeId};
use liaison_keys::prekey::Bundle;
use liaison_keys::sealing::{self, PrekeyPublic, Wrap};
use liaison_keys::signing::{Device, SecretKey};
use liaison_link::{DialOptions, LinkReceiver, LinkSender, TransportIdentity, Transports, dial};
use liaison_proto::Lane;
use liaison_proto::envelope::{CheckpointProof, Claims, Header, WrapsMark};
use liaison_proto::frame::{Frame, Hello};
use liaison_proto::limits;
use liaison_proto::message::{Content, Status};
use liaison_proto::recipients::recipients;
use liaison_proto::scope::Scope;
use liaison_proto::template::TemplateName;
use liaison_proto::value::Fields;
use minicbor::bytes::ByteVec;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

use crate::scene::{BYSTANDER, LIVES_S, SENDER, Scene, VICTIM};

/// An envelope in the making: a general message by the sender to victim and bystander.
pub struct Pen {
    /// The network of the signature.
    pub network: NetworkId,
    /// The key that signs.
    pub key: SecretKey<Device>,
    /// The header; its mark follows what is wrapped, unless `mark` is set.
    pub header: Header,
    /// What is signed.
    pub claims: Claims,
    /// The status that the signature is bound to, unless the claims' own.
    pub bound_to: Option<Status>,
    /// Bytes that are signed in place of the claims.
    pub payload: Option<Vec<u8>>,
    /// To whom it is sealed, in this order.
    pub wrapped: Vec<DeviceId>,
    /// A mark that does not follow.
    pub mark: Option<WrapsMark>,
    /// What seals the body.
    pub content_key: ContentKey,
    /// What is in the wrap of the victim instead, if it is not the same.
    pub victims_key: Option<ContentKey>,
    /// Devices: the sender's, the victim's, the bystander's.
    pub devices: [DeviceId; 3],
    pub wraps_in: NetworkId,
    prekeys: BTreeMap<DeviceId, PrekeyPublic>,
}

/// A device's own words to the relay, frame by frame.
pub struct Talk {
    sender: LinkSender,
    receiver: LinkReceiver,
    id: u64,
}

impl Talk {
    /// Connects as the sender's device, through the host, and says hello.
    pub async fn begin(scene: &Scene) -> Option<Self> {
        let secrets = &scene.stations[SENDER].memory().secrets;
        let seed = secrets.transport.as_ref().unwrap().expose_seed();
        let identity = TransportIdentity::from_seed(&seed).unwrap();
        let options = DialOptions { transports: Transports::TcpOnly };
        let link = dial(&identity, &[scene.host.address().clone()], options).await.unwrap();
        let (sender, mut receiver) = link.split();
        receiver.admit(limits::FRAME_BYTES_MAX);
        let hello = Frame::Hello(Hello::new(scene.network, (0, 0), 0));
        sender.send(hello.lane(), hello.to_bytes()).await.unwrap();
        let answer = receiver.receive().await.ok()??;
        let welcome = matches!(Frame::from_bytes(&answer), Ok(Frame::Welcome(_)));
        welcome.then_some(Self { sender, receiver, id: 0 })
    }

    /// Asks, and waits for the answer.
    pub async fn ask(&mut self, frame: impl FnOnce(u64) -> Frame) -> Frame {
        self.id += 1;
        let frame = frame(self.id);
        self.sender.send(frame.lane(), frame.to_bytes()).await.unwrap();
        loop {
            let answer = Frame::from_bytes(&self.receiver.receive().await.unwrap().unwrap()).unwrap();
            if !matches!(answer, Frame::Checkpoint { id: 0, .. } | Frame::Ping { .. }) {
                return answer;
            }
        }
    }

    /// Ends in order.
    pub async fn end(self) {
        self.sender.close(0).await;
        self.receiver.finish().await;
    }
}

/// The devices of sender, victim and bystander.
pub fn devices(scene: &Scene) -> [DeviceId; 3] {
    [SENDER, VICTIM, BYSTANDER].map(|name| scene.stations[name].device().unwrap())
}

impl Pen {
    /// A right message to victim and bystander, with the keys that the relay gives.
    pub async fn new(scene: &Scene, talk: &mut Talk) -> Self {
        let devices = devices(scene);
        let station = &scene.stations[SENDER];
        let directory = station.replica().unwrap().directory();
        let asked = devices[1..].to_vec();
        let Frame::Prekeys { bundles, .. } = talk.ask(|id| Frame::PrekeysGet { id, devices: asked }).await
        else {
            panic!("no keys");
        };
        let now = scene.time.now_ms() / 1000;
        let key = |bytes: &ByteVec| {
            let facts = directory.device(Bundle::claimed_device(bytes).unwrap()).unwrap();
            let bundle = Bundle::verify(bytes, &facts.signing, scene.network).unwrap();
            (bundle.device, bundle.pick(now).unwrap().public.clone())
        };
        let checkpoint = station.checkpoint().unwrap();
        let scope = to(&["xb/diplomatic/1", "xc/diplomatic/1"]);
        let claims = Claims {
            signer: (devices[0], "xa/diplomatic/1".parse().unwrap()),
            template: "general/1".parse().unwrap(),
            scope,
            status: Status::Actual,
            created_ms: now * 1000 + 250,
            checkpoint: CheckpointProof {
                note: checkpoint.note.clone().into(),
                head: Some(checkpoint.head.clone().into()),
            },
            body: content("general/1", &[("text", "forged")]).into(),
            in_reply_to: None,
            case: None,
            attachments: None,
            left_out: None,
        };
        let at = directory.at_checkpoint(checkpoint.size, now);
        let wrapped = recipients(at, &claims.scope, devices[0]).unwrap().into_iter().collect();
        let (id, content_key) = (EnvelopeId::new([0x1d; 16]), ContentKey::new([0x0c; 32]));
        let header = Header {
            version: 1,
            suite: 2,
            id,
            lane: Lane::Routine,
            created: now,
            expires: now + LIVES_S,
            wraps: WrapsMark::of(&BTreeSet::new()),
            commitment: content_key.commitment(id),
        };
        let signing = station.memory().secrets.signing.as_ref().unwrap();
        Self {
            network: scene.network,
            key: SecretKey::from_seed(&signing.expose_seed()),
            header,
            claims,
            bound_to: None,
            payload: None,
            wrapped,
            mark: None,
            content_key,
            victims_key: None,
            devices,
            wraps_in: scene.network,
            prekeys: bundles.iter().map(key).collect(),
        }
    }

    /// The same under another name.
    pub fn rename(&mut self, id: EnvelopeId) {
        self.header.id = id;
        self.header.commitment = self.content_key.commitment(id);
    }

    /// The header's bytes.
    pub fn header_bytes(&self) -> Vec<u8> {
        let listed = || WrapsMark::of(&self.wrapped.iter().copied().collect());
        cbor::encode(&Header { wraps: self.mark.unwrap_or_else(listed), ..self.header.clone() })
    }

    /// The post.
    pub fn post(&self) -> Vec<u8> {
        let header = self.header_bytes();
        let status = self.bound_to.unwrap_or(self.claims.status);
        let context = Label::message_context(self.network, status as u8, &header);
        let payload = self.payload.clone().unwrap_or_else(|| cbor::encode(&self.claims));
        let signed = Sign1::sign(&self.key, &context, payload).to_bytes();
        let body = body::seal(&self.content_key, &header, &signed);
        let wraps: Vec<Wrap> = self.wrapped.iter().map(|to| self.wrap(*to, &header)).collect();
        cbor::encode(&(ByteVec::from(header), ByteVec::from(body), wraps))
    }

    fn wrap(&self, to: DeviceId, header: &[u8]) -> Wrap {
        let envelope = (self.wraps_in, HeaderHash::of(header));
        let victims = self.victims_key.as_ref().filter(|_| to == self.devices[1]);
        let content = (victims.unwrap_or(&self.content_key), 7);
        let mut entropy = ChaCha20Rng::from_seed([0xe7; 32]);
        sealing::seal((to, &self.prekeys[&to]), envelope, content, &mut entropy)
    }
}

/// A mark over devices as they are listed, in whatever order.
pub fn mark_as_listed(devices: &[DeviceId]) -> WrapsMark {
    let written = cbor::encode(&(devices.len() as u64, Digest::of(&cbor::encode(&devices.to_vec()))));
    cbor::decode(&written).unwrap()
}

/// The encoded content of a template with these texts.
pub fn content(template: &str, texts: &[(&str, &str)]) -> Vec<u8> {
    let mut own = Fields::new();
    texts.iter().for_each(|(name, text)| {
        own.set(name, liaison_proto::value::Value::text(*text));
    });
    Content::compose(template.parse::<TemplateName>().unwrap(), Fields::new(), own).unwrap().encode()
}

/// A bilateral scope.
pub fn to(offices: &[&str]) -> Scope {
    Scope::bilateral(offices.iter().map(|office| office.parse::<OfficeId>().unwrap())).unwrap()
}

/// What is taken of an envelope's first part, for its name.
pub fn hh(post: &[u8]) -> HeaderHash {
    liaison_tests::hostile::parts::Parts::of_post(post)[0].hh()
}
