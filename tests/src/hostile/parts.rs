//! What is a delivery made of, for who has no key to it? Header, body and wrap, taken apart and put together again.
//! It must never know what is sealed inside.

use liaison_keys::cbor;
use liaison_keys::names::{DeviceId, HeaderHash, Kid};
use liaison_proto::envelope::Header;
use minicbor::bytes::ByteVec;

/// A delivery in its parts; any of them may be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The header's bytes.
    pub header: Vec<u8>,
    /// The sealed body.
    pub body: Vec<u8>,
    /// For which device the wrap is.
    pub device: DeviceId,
    /// To which prekey it is sealed.
    pub kid: Kid,
    /// HPKE's encapsulation.
    pub enc: Vec<u8>,
    /// HPKE's ciphertext: content key and counter.
    pub ct: Vec<u8>,
}

type Wrap = (DeviceId, Kid, ByteVec, ByteVec);

impl Parts {
    /// Takes a delivery apart.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn of(delivery: &[u8]) -> Self {
        let (header, body, (device, kid, enc, ct)) =
            cbor::decode::<(ByteVec, ByteVec, Wrap)>(delivery).unwrap();
        Self { header: header.into(), body: body.into(), device, kid, enc: enc.into(), ct: ct.into() }
    }

    /// All deliveries of a post, in the order of its wraps.
    ///
    /// # Panics
    /// When it is no post.
    #[must_use]
    pub fn of_post(post: &[u8]) -> Vec<Self> {
        let (header, body, wraps) = cbor::decode::<(ByteVec, ByteVec, Vec<Wrap>)>(post).unwrap();
        let parts = |(device, kid, enc, ct): Wrap| Self {
            header: header.to_vec(),
            body: body.to_vec(),
            device,
            kid,
            enc: enc.into(),
            ct: ct.into(),
        };
        wraps.into_iter().map(parts).collect()
    }

    /// Puts a delivery together.
    #[must_use]
    pub fn delivery(&self) -> Vec<u8> {
        let (header, body): (ByteVec, ByteVec) = (self.header.clone().into(), self.body.clone().into());
        cbor::encode(&(header, body, self.wrap()))
    }

    /// Puts a post together from deliveries of one envelope, in the order given.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn post(all: &[Self]) -> Vec<u8> {
        let first = all.first().unwrap();
        let wraps: Vec<Wrap> = all.iter().map(Self::wrap).collect();
        let (header, body): (ByteVec, ByteVec) = (first.header.clone().into(), first.body.clone().into());
        cbor::encode(&(header, body, wraps))
    }

    /// The header's hash.
    #[must_use]
    pub fn hh(&self) -> HeaderHash {
        HeaderHash::of(&self.header)
    }

    /// The same with another header.
    ///
    /// # Panics
    /// When the header is none.
    #[must_use]
    pub fn with_header(mut self, change: impl FnOnce(&mut Header)) -> Self {
        let mut header = Header::from_bytes(&self.header).unwrap();
        change(&mut header);
        self.header = cbor::encode(&header);
        self
    }

    fn wrap(&self) -> Wrap {
        (self.device, self.kid, self.enc.clone().into(), self.ct.clone().into())
    }
}
