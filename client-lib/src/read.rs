//! What does a message say? Bodies read back from the vault, received and sent alike.
//! It must never know how they are shown.

use liaison_keys::names::{HeaderHash, OfficeId};
use liaison_proto::envelope::{Claims, Header, Post};
use liaison_proto::message::Content;

use crate::memory::read_received;
use crate::record::{ReceivedRecord, Record};
use crate::station::{Station, StationError};

/// A message, whole, as it was verified when it came or sealed when it went.
#[derive(Clone, Debug)]
pub struct Letterbox {
    /// Its name everywhere.
    pub hh: HeaderHash,
    /// The header.
    pub header: Header,
    /// What was signed.
    pub claims: Claims,
    /// What it says.
    pub content: Content,
    /// How it came; none for one of our own.
    pub received: Option<ReceivedRecord>,
}

/// What an office's answer refers to: it may name any hash that it likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// A message that came here, or one of ours that went to that office.
    Known,
    /// One of ours that did not go to that office.
    NotSentThere,
    /// None that is here.
    NotHere,
}

impl Station {
    /// What it is that this office answers.
    #[must_use]
    pub fn answered(&self, hh: HeaderHash, by: &OfficeId) -> Answered {
        let memory = self.memory();
        let ours = memory.outbox.item(hh).map(|item| item.recipients.iter().any(|(_, office)| office == by));
        match ours {
            _ if memory.inbox.item(hh).is_some() || memory.office().as_ref() == Some(by) => Answered::Known,
            Some(true) => Answered::Known,
            Some(false) => Answered::NotSentThere,
            None => Answered::NotHere,
        }
    }

    /// A message, received or sent; none by this name, or one for the station itself.
    ///
    /// # Errors
    /// [`StationError::Vault`].
    pub fn message(&self, hh: HeaderHash) -> Result<Option<Letterbox>, StationError> {
        let memory = self.memory();
        let received = memory.inbox.item(hh).map(|item| item.place);
        let Some(place) = received.or_else(|| memory.outbox.item(hh).map(|item| item.place)) else {
            return Ok(None);
        };
        let read = match self.read(place)? {
            Record::Received(received) => read_received(&received).map(|parts| (parts, Some(received))),
            Record::Sent(sent) => {
                let header = Header::from_bytes(&sent.header).ok();
                header.zip(Claims::from_bytes(&sent.claims).ok()).map(|parts| (parts, None))
            }
            _ => None,
        };
        let Some(((header, claims), received)) = read else { return Ok(None) };
        let content = Content::decode(claims.template.clone(), &claims.body).ok();
        Ok(content.map(|content| Letterbox { hh, header, claims, content, received }))
    }

    /// The delivery of the first device of a message of our own, cut as a relay would: to show what somebody else can
    /// do with it. Empty when there is none.
    ///
    /// # Errors
    /// [`StationError::Vault`].
    pub fn delivery_of(&self, hh: HeaderHash) -> Result<Vec<u8>, StationError> {
        let Some(place) = self.memory().outbox.item(hh).map(|item| item.place) else { return Ok(Vec::new()) };
        let Record::Sent(sent) = self.read(place)? else { return Ok(Vec::new()) };
        Ok(Post::from_bytes(sent.post.into()).ok().and_then(|post| post.delivery(0)).unwrap_or_default())
    }

    /// What a message says.
    ///
    /// # Errors
    /// [`StationError::Vault`].
    pub fn content(&self, hh: HeaderHash) -> Result<Option<Content>, StationError> {
        Ok(self.message(hh)?.map(|message| message.content))
    }
}
