//! How is an office reached besides here? Its contact data, which stands beside the log: the log holds a salted hash of it, so
//! that it can be erased and the log stays whole (`docs/protocol.md` §3.8). It must never know who may read it.

use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::cbor;
use crate::directory::office::is_plain_line;
use crate::names::Digest;

mod hours;

pub use hours::{Absence, Availability, Hours, Weekday};

crate::named! {
    /// Who reads an e-mail address.
    EmailKind {
        /// A unit's mailbox.
        Unit = 0 "unit",
        /// One person's.
        Person = 1 "person",
        /// Whoever is on duty.
        Duty = 2 "duty",
    }
}

crate::named! {
    /// What a telephone number is for.
    PhoneKind {
        /// In office hours.
        Office = 0 "office",
        /// Around the clock.
        Duty = 1 "duty-24x7",
        /// A mobile.
        Mobile = 2 "mobile",
        /// A fax.
        Fax = 3 "fax",
        /// By satellite.
        Satellite = 4 "satellite",
    }
}

/// An office's contact data; nothing in it must be there (papers F B4, I 14: voluntary and flexible).
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(map)]
#[serde(default, deny_unknown_fields)]
pub struct Card {
    /// The person in charge, if the State names one (I 14).
    #[n(1)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<Person>,
    /// City, in one line.
    #[n(2)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// E-mail addresses in the order in which to use them, at most 5.
    #[n(3)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<Email>,
    /// Telephone numbers in the order in which to use them, at most 6.
    #[n(4)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<Phone>,
    /// When somebody is there.
    #[n(5)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability: Option<Availability>,
    /// Fingerprint of an OpenPGP key, hexadecimal.
    #[n(6)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pgp: Option<String>,
    /// SHA-256 of an S/MIME certificate, hexadecimal.
    #[n(7)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smime: Option<String>,
}

/// A person in charge of an office.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(map)]
#[serde(default, deny_unknown_fields)]
pub struct Person {
    /// Name.
    #[n(1)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Designation.
    #[n(2)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub designation: Option<String>,
}

/// An e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(map)]
#[serde(deny_unknown_fields)]
pub struct Email {
    /// The address, at most 254 characters.
    #[n(1)]
    pub address: String,
    /// Who reads it.
    #[n(2)]
    pub kind: EmailKind,
}

/// A telephone number.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(map)]
#[serde(deny_unknown_fields)]
pub struct Phone {
    /// The number to dial from anywhere: `+` and 7 to 15 digits (E.164).
    #[n(1)]
    pub number: String,
    /// What it is for.
    #[n(2)]
    pub kind: PhoneKind,
    /// The number as the State writes it, when that is otherwise.
    #[n(3)]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub written: Option<String>,
    /// When it is answered, in words.
    #[n(4)]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hours: Option<String>,
}

/// What a card must not be.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CardError {
    /// Not a card, or not in its one spelling.
    #[error("this is not a contact card, or it is damaged")]
    Malformed,
    /// More than a card holds.
    #[error(
        "a contact card has at most {CARD_BYTES_MAX} bytes, {EMAILS_MAX} e-mail addresses and {PHONES_MAX} numbers"
    )]
    TooLarge,
    /// A line that cannot be shown as it is.
    #[error("a line of the contact card is empty, too long, or holds characters that cannot be shown")]
    Line,
    /// Not an address.
    #[error("an e-mail address of the contact card is none")]
    Email,
    /// Not a number.
    #[error("a telephone number of the contact card is not + and 7 to 15 digits")]
    Phone,
    /// Times that cannot be.
    #[error("the contact card's hours or absences cannot be")]
    Hours,
    /// Not a fingerprint.
    #[error("a fingerprint of the contact card is not 40 or 64 hexadecimal digits")]
    Fingerprint,
}

impl Card {
    /// Whether it may be stored and shown.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn check(&self) -> Result<(), CardError> {
        let person = self.person.iter().flat_map(|person| [&person.name, &person.designation]);
        let written = self.phones.iter().flat_map(|phone| [&phone.written, &phone.hours]);
        let mut lines = person.chain(written).chain([&self.city]).flatten();
        if !lines.all(|line| is_plain_line(line, LINE_CHARS_MAX)) {
            return Err(CardError::Line);
        }
        if self.emails.len() > EMAILS_MAX || self.phones.len() > PHONES_MAX {
            return Err(CardError::TooLarge);
        }
        if !self.emails.iter().all(|email| is_address(&email.address)) {
            return Err(CardError::Email);
        }
        if !self.phones.iter().all(|phone| is_number(&phone.number)) {
            return Err(CardError::Phone);
        }
        if !self.availability.as_ref().is_none_or(Availability::is_well_formed) {
            return Err(CardError::Hours);
        }
        let digits = |text: &String| text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let pgp = self.pgp.as_ref().is_none_or(|text| matches!(text.len(), 40 | 64) && digits(text));
        let smime = self.smime.as_ref().is_none_or(|text| text.len() == 64 && digits(text));
        if !pgp || !smime {
            return Err(CardError::Fingerprint);
        }
        if cbor::encode(self).len() > CARD_BYTES_MAX { Err(CardError::TooLarge) } else { Ok(()) }
    }
}

/// A card with the salt that hides it behind its hash: who erases the salt leaves a hash that says nothing.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SaltedCard {
    #[n(0)]
    salt: ByteArray<32>,
    #[n(1)]
    card: ByteVec,
}

impl SaltedCard {
    /// A card under a salt, which is new for each version of a card.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn new(salt: [u8; 32], card: &Card) -> Result<Self, CardError> {
        card.check()?;
        Ok(Self { salt: salt.into(), card: cbor::encode(card).into() })
    }

    /// Reads one that was checked when it was made, and checks it again.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CardError> {
        if bytes.len() > SALTED_BYTES_MAX {
            return Err(CardError::TooLarge);
        }
        let salted: Self = cbor::decode(bytes).map_err(|_| CardError::Malformed)?;
        salted.card().map(|_| salted)
    }

    /// Its bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// What the log holds of it: `SHA-256("liaison-v1 card" ‖ salt ‖ card)`.
    #[must_use]
    pub fn hash(&self) -> Digest {
        let hash = Sha256::new().chain_update(LABEL).chain_update(*self.salt).chain_update(&*self.card);
        Digest::new(hash.finalize().into())
    }

    /// The card.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn card(&self) -> Result<Card, CardError> {
        let card: Card = cbor::decode(&self.card).map_err(|_| CardError::Malformed)?;
        card.check().map(|()| card)
    }
}

/// One `@`, a local part and a domain that a mail server would take; the finer points are the mail server's.
fn is_address(text: &str) -> bool {
    let part = |part: &str, max: usize| {
        (1..=max).contains(&part.len()) && !part.contains(['@', ' ', '<', '>', ',', ';', '"', '\\'])
    };
    let well = text.split_once('@').is_some_and(|(local, domain)| part(local, 64) && part(domain, 253));
    well && text.len() <= ADDRESS_BYTES_MAX && is_plain_line(text, ADDRESS_BYTES_MAX)
}

/// E.164: a plus, no zero first, 7 to 15 digits.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

const LABEL: &[u8] = crate::label::CARD.as_bytes();
/// A card's encoding.
pub const CARD_BYTES_MAX: usize = 4_096;
/// A card with its salt.
pub const SALTED_BYTES_MAX: usize = CARD_BYTES_MAX + 40;
/// E-mail addresses of a card.
pub const EMAILS_MAX: usize = 5;
/// Telephone numbers of a card.
pub const PHONES_MAX: usize = 6;
const ADDRESS_BYTES_MAX: usize = 254;
const LINE_CHARS_MAX: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    fn card() -> Card {
        Card {
            person: Some(Person { name: Some("A. Example".to_owned()), designation: None }),
            emails: vec![Email { address: "duty@cert.xa.example".to_owned(), kind: EmailKind::Duty }],
            phones: vec![Phone {
                number: "+99900000001".to_owned(),
                kind: PhoneKind::Duty,
                written: None,
                hours: None,
            }],
            ..Card::default()
        }
    }

    #[test]
    fn a_card_reads_as_it_was_written_and_its_hash_hides_behind_the_salt() {
        let salted = SaltedCard::new([7; 32], &card()).unwrap();
        let read = SaltedCard::from_bytes(&salted.to_bytes()).unwrap();
        assert_eq!((read.card(), read.hash()), (Ok(card()), salted.hash()));
        assert_ne!(SaltedCard::new([8; 32], &card()).unwrap().hash(), salted.hash());
        let json = serde_json::to_string(&card()).unwrap();
        assert_eq!(serde_json::from_str::<Card>(&json).unwrap(), card());
        assert_eq!(Card::default().check(), Ok(()), "nothing must be there");
    }

    #[test]
    fn what_a_card_must_not_be() {
        let spoilt = |spoil: &dyn Fn(&mut Card)| {
            let mut card = card();
            spoil(&mut card);
            card.check()
        };
        for address in
            ["", "@xa.example", "duty@", "du ty@xa.example", "duty@@xa.example", "<duty@xa.example>"]
        {
            assert_eq!(
                spoilt(&|card| address.clone_into(&mut card.emails[0].address)),
                Err(CardError::Email)
            );
        }
        for number in ["", "+", "99900000001", "+0999000000", "+999000", "+9990000000000001", "+99900000a01"]
        {
            assert_eq!(spoilt(&|card| number.clone_into(&mut card.phones[0].number)), Err(CardError::Phone));
        }
        assert_eq!(spoilt(&|card| card.city = Some("Two\nlines".to_owned())), Err(CardError::Line));
        assert_eq!(spoilt(&|card| card.emails = vec![card.emails[0].clone(); 6]), Err(CardError::TooLarge));
        assert_eq!(spoilt(&|card| card.pgp = Some("12".to_owned())), Err(CardError::Fingerprint));
        assert_eq!(SaltedCard::from_bytes(&[0; SALTED_BYTES_MAX + 1]), Err(CardError::TooLarge));
        assert_eq!(SaltedCard::from_bytes(b"nonsense"), Err(CardError::Malformed));
    }
}
