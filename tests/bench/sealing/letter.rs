//! What is sealed, and to whom? A short message to as many made-up devices as asked, the same at each call.
//! It must never know how long anything takes.

use anyhow::Result;
use liaison_keys::names::{DeviceId, EnvelopeId, NetworkId};
use liaison_keys::prekey::{Bundle, Prekey, Slot};
use liaison_keys::sealing::{PrekeyPublic, PrekeySecret};
use liaison_keys::signing::{Device, SecretKey};
use liaison_proto::Lane;
use liaison_proto::envelope::{CheckpointProof, Claims, Outgoing, Recipient};
use liaison_proto::message::{Content, Status};
use liaison_proto::scope::Scope;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};

use crate::relay::world::{START, World, device, key, name};

/// A message, its signer, and its recipients' keys.
pub struct Letter {
    /// The network.
    pub network: NetworkId,
    /// The signer's key.
    pub key: SecretKey<Device>,
    /// What is signed.
    pub claims: Claims,
    /// The recipients' secrets.
    pub secrets: Vec<PrekeySecret>,
    /// The same, public, with whose they are.
    pub publics: Vec<(DeviceId, PrekeyPublic)>,
}

impl Letter {
    /// A letter to so many devices.
    pub fn to(n: usize) -> Result<Self> {
        let world = World::six_states();
        let mut entropy = ChaCha20Rng::from_seed([1; 32]);
        let secrets: Vec<_> = (0..n).map(|_| PrekeySecret::generate(&mut entropy)).collect();
        let public = |secret: &PrekeySecret| {
            let mut id = [0; 16];
            entropy.fill_bytes(&mut id);
            (DeviceId::new(id), secret.public())
        };
        let publics = secrets.iter().map(public).collect();
        let (network, key, claims) = (world.network(), key("xa/operations/1 signing 1"), claims(&world)?);
        Ok(Self { network, key, claims, secrets, publics })
    }

    /// The recipients, as sealing takes them.
    pub fn recipients(&self) -> Vec<Recipient<'_>> {
        let publics = self.publics.iter();
        publics.map(|(device, prekey)| Recipient { device: *device, prekey, counter: 1 }).collect()
    }

    /// All of it, as sealing takes it.
    pub fn outgoing<'a>(&'a self, recipients: &'a [Recipient<'a>]) -> Outgoing<'a> {
        Outgoing {
            network: self.network,
            key: &self.key,
            id: EnvelopeId::new([1; 16]),
            lane: Lane::Flash,
            expires: START + 86_400,
            claims: &self.claims,
            recipients,
        }
    }

    /// The first two recipients' prekeys, as if they were the signer's own.
    pub fn bundle(&self) -> Vec<u8> {
        let slots = [Slot::Current, Slot::Fallback].into_iter().zip(&self.publics);
        let keys = slots.map(|(slot, (_, public))| Prekey { slot, ends: START, public: public.clone() });
        let device = self.key.public().device();
        Bundle { device, number: 1, made: START, keys: keys.collect() }.sign(&self.key, self.network)
    }
}

fn claims(world: &World) -> Result<Claims> {
    let common = serde_json::from_str(r#"{ "subject": "Exercise: line check", "lang": "en" }"#)?;
    let own = serde_json::from_str(r#"{ "text": "Exercise. All is well." }"#)?;
    let content = Content::compose(name("general/1"), common, own)?;
    Ok(Claims {
        signer: (device("xa/operations/1", 1), name("xa/operations/1")),
        template: name("general/1"),
        scope: Scope::global([]),
        status: Status::Exercise,
        created_ms: START * 1000,
        checkpoint: CheckpointProof { note: world.note().into(), head: Some(world.head().into()) },
        body: content.encode().into(),
        in_reply_to: None,
        case: None,
        attachments: None,
        left_out: None,
    })
}
