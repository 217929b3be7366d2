//! How does one say something wrong to a log? Entries over the log of all vectors, good and spoilt, in pairs.
//! It must never know which rule is broken.

use liaison_keys::directory::{Body, Claims, Entry, Statement};
use liaison_keys::label::Label;
use liaison_keys::signing::Authority;

use super::kit::{Bad, Base};
use super::raw;
use crate::samples;
use crate::world::{World, key, sign};

/// The log, and the entries that a pair needs beside the shared file.
pub(super) struct Said {
    pub(super) world: World,
    shared: usize,
}

impl Said {
    /// The log of all vectors.
    pub(super) fn new() -> Self {
        let world = samples::world();
        let shared = world.entries().len();
        Self { world, shared }
    }

    /// After more was said.
    pub(super) fn after(more: impl FnOnce(&mut World)) -> Self {
        let mut said = Self::new();
        more(&mut said.world);
        said
    }

    /// An entry as of now.
    pub(super) fn entry<S: AsRef<str>>(&self, subject: &str, body: &Body, signers: &[S]) -> Vec<u8> {
        self.logged(&self.world.statement(subject, body, signers))
    }

    /// A statement, logged as of now.
    pub(super) fn logged(&self, statement: &Statement) -> Vec<u8> {
        Entry::new(self.world.now, statement.to_bytes()).to_bytes()
    }

    /// An entry of spoilt claims, signed as they stand.
    pub(super) fn spoilt<S: AsRef<str>>(
        &self,
        subject: &str,
        body: &Body,
        signers: &[S],
        spoil: impl FnOnce(&mut Claims),
    ) -> Vec<u8> {
        let mut claims = self.world.claims(subject, body, signers);
        spoil(&mut claims);
        self.logged(&sign(claims, signers))
    }

    /// The entry that stands beside bad ones.
    pub(super) fn base(&self, good: Vec<u8>) -> Base {
        let more: Vec<String> = self.world.entries()[self.shared..].iter().map(hex::encode).collect();
        let base = Base::own("3.4", "entry", good).with("log", "exercise");
        if more.is_empty() { base } else { base.with("more entries", more) }
    }

    /// An entry whose payload is any bytes, signed by these keys in the order of their kids.
    pub(super) fn of_payload(&self, payload: &[u8], signers: &[&str]) -> Vec<u8> {
        self.of_signatures(payload, &self.signatures(payload, signers))
    }

    /// The signatures of these keys over any payload, in the order of their kids.
    pub(super) fn signatures(&self, payload: &[u8], signers: &[&str]) -> Vec<Vec<u8>> {
        let context = Label::Statement.context(self.world.network());
        let mut signatures: Vec<_> = signers
            .iter()
            .map(|signer| {
                let key = key::<Authority>(signer);
                let kid = key.public().kid();
                (kid, raw::array(&raw::signature(&key, &context, &raw::protected(kid), payload)))
            })
            .collect();
        signatures.sort();
        signatures.into_iter().map(|(_, signature)| signature).collect()
    }

    /// An entry of any payload under any signatures.
    pub(super) fn of_signatures(&self, payload: &[u8], signatures: &[Vec<u8>]) -> Vec<u8> {
        let parts = [raw::bytes(&[]), vec![0xa0], raw::bytes(payload), raw::array(signatures)];
        Entry::new(self.world.now, raw::tagged(&parts)).to_bytes()
    }
}

/// The payload and the signatures of an entry's statement.
pub(super) fn taken_apart(entry: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let parts = raw::parts(&raw::inside(&raw::parts(entry)[1]));
    (raw::inside(&parts[2]), raw::parts(&parts[3]))
}

/// A bad entry beside its base.
pub(super) fn pair(base: &Base, name: &str, error: &str, about: &str, changed: &str, bytes: Vec<u8>) -> Bad {
    base.bad(name, error, about, bytes).changed(changed)
}

/// Subject, body, signers.
pub(super) type Words<'w> = (&'w str, Body, Vec<&'w str>);

/// Good words and bad ones, logged at the same place.
pub(super) fn words(
    said: &Said,
    name: &str,
    error: &str,
    about: &str,
    changed: &str,
    good: Words<'_>,
    bad: Words<'_>,
) -> Bad {
    let entry = |(subject, body, signers): Words<'_>| said.entry(subject, &body, &signers);
    pair(&said.base(entry(good)), name, error, about, &format!("{changed}; signed again."), entry(bad))
        .section("3.2")
}
