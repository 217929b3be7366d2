//! What does a reader answer, given bytes and the inputs beside them? The decoders and checks of the product by the
//! names that the files use, and their errors as short codes. It must never know how the bytes were made.

mod directory;
mod keys;
mod message;
mod session;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::str::FromStr;

use liaison_keys::signing::{Role, SecretKey};
use serde_json::Value;

/// What stands beside the bytes in a file, by name: texts, numbers and lists of texts.
pub(super) type Inputs = BTreeMap<String, Value>;

/// What the bytes mean, as text; or the code of the error.
pub(super) type Verdict = Result<String, &'static str>;

/// Reads bytes with the reader of this name.
pub(super) fn judge(reader: &str, inputs: &Inputs, bytes: &[u8]) -> Verdict {
    let given = Given(inputs);
    match reader {
        "state" | "slug" | "owner" | "office" | "group" | "subject" | "template" => keys::name(reader, bytes),
        "prekeys" => keys::prekeys(given, bytes),
        "reseal-request" => keys::reseal(given, bytes),
        "key-file" => keys::key_file(given, bytes),
        "vault-record" => keys::vault_record(given, bytes),
        "note" => directory::note(given, bytes),
        "cosigned-note" => directory::cosigned_note(given, bytes),
        "head" => directory::head(given, bytes),
        "statement" => directory::statement(given, bytes),
        "genesis" => directory::genesis(bytes),
        "entry" => directory::entry(given, bytes),
        "evidence" => directory::evidence(given, bytes),
        "salted-card" => directory::salted_card(bytes),
        "invitation" => directory::invitation(given, bytes),
        "founding" => directory::founding(given, bytes),
        "scope" => message::scope(bytes),
        "header" => message::header(bytes),
        "post" => message::post(bytes),
        "message-claims" => message::claims(bytes),
        "message" => message::message(given, bytes),
        "wrap" => message::wrap(given, bytes),
        "body" => message::body(given, bytes),
        "delivery" => message::delivery(given, bytes),
        "content" => message::content(given, bytes),
        "receipts" => message::receipts(bytes),
        "relay-receipt" => message::relay_receipt(given, bytes),
        "frame" => session::frame(bytes),
        "hello" => session::hello(given, bytes),
        "to-relay" => session::to_relay(given, bytes),
        "welcome" => session::welcome(bytes),
        "to-station" => session::to_station(given, bytes),
        other => panic!("nothing reads {other}"),
    }
}

/// The inputs, as a reader wants them.
#[derive(Clone, Copy)]
struct Given<'i>(&'i Inputs);

impl<'i> Given<'i> {
    fn find(self, name: &str) -> Option<&'i Value> {
        self.0.get(name)
    }

    fn text(self, name: &str) -> &'i str {
        let value = self.find(name).unwrap_or_else(|| panic!("no input {name}"));
        value.as_str().unwrap_or_else(|| panic!("input {name} is no text"))
    }

    /// A number; the older files write numbers as texts.
    fn number(self, name: &str) -> u64 {
        let value = self.find(name).unwrap_or_else(|| panic!("no input {name}"));
        value.as_u64().unwrap_or_else(|| self.parsed(name))
    }

    /// A list; none is an empty one.
    fn list(self, name: &str) -> impl Iterator<Item = &'i str> {
        self.find(name).and_then(Value::as_array).into_iter().flatten().map(|item| item.as_str().unwrap())
    }

    fn parsed<T: FromStr<Err: Debug>>(self, name: &str) -> T {
        self.text(name).parse().unwrap_or_else(|error| panic!("input {name}: {error:?}"))
    }

    fn bytes<const N: usize>(self, name: &str) -> [u8; N] {
        hex::decode(self.text(name)).unwrap().try_into().unwrap()
    }

    fn key<R: Role>(self, name: &str) -> SecretKey<R> {
        SecretKey::from_seed(&self.bytes(&format!("seed of {name}")))
    }

    /// The seeds of keys with this word in their names.
    fn seeds(self, word: &str) -> impl Iterator<Item = [u8; 32]> {
        let names = self.0.keys().filter(move |name| name.starts_with("seed of ") && name.contains(word));
        names.map(move |name| self.bytes(name))
    }
}
