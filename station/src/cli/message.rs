//! Which message is meant, and what does a script get of it?
//! It must never know how a person sees it.

use liaison_client::read::Letterbox;
use liaison_client::{Station, StationError};
use liaison_keys::names::HeaderHash;
use liaison_proto::message::MessageRef;
use serde_json::{Value as Json, json};

use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::when;

/// The message of a name: a whole hash, the beginning of one, or an id.
pub(super) fn find(station: &Station, text: &str) -> Result<HeaderHash, Failure> {
    let text = text.trim().to_lowercase();
    if let Ok(reference) = text.parse::<MessageRef>() {
        return Ok(station.find(&reference)?);
    }
    let hex = text.bytes().all(|b| b.is_ascii_hexdigit());
    if !hex || text.len() < BEGINNING_CHARS_MIN {
        return Err(fail!(Exit::Usage, "error-message-name", text = text, n = BEGINNING_CHARS_MIN));
    }
    let memory = station.memory();
    let known =
        memory.inbox.items.iter().map(|item| item.hh).chain(memory.outbox.items().map(|item| item.hh));
    let mut found: Vec<HeaderHash> = known.filter(|hh| hh.to_string().starts_with(&text)).collect();
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [hh] => Ok(*hh),
        [] => Err(fail!(Exit::NotFound, "error-no-message", message = text)),
        several => {
            let lines = several.iter().map(ToString::to_string).collect();
            Err(fail!(Exit::NotFound, "error-ambiguous", message = text).with_lines(lines))
        }
    }
}

/// The message itself.
pub(super) fn read(station: &Station, hh: HeaderHash) -> Result<Letterbox, Failure> {
    station.message(hh)?.ok_or_else(|| fail!(Exit::NotFound, "error-no-message", message = hh))
}

/// The beginning of a hash, as it stands in lists.
pub(super) fn short(hh: HeaderHash) -> String {
    hh.to_string().chars().take(SHORT_CHARS).collect()
}

/// Everything of a message, for scripts.
pub(crate) fn json(letter: &Letterbox, station: &Station) -> Json {
    let Letterbox { hh, header, claims, content, received } = letter;
    let (device, office) = &claims.signer;
    let sender = sender(station, office);
    json!({
        "hash": hh,
        "id": MessageRef::Envelope(header.id).to_string(),
        "kind": content.template().to_string(),
        "status": claims.status.name(),
        "precedence": header.lane.name(),
        "fictional": station.is_fictional(),
        "direction": if received.is_some() { "received" } else { "sent" },
        "from": {"office": office, "device": device, "owner": sender.owner, "unit": sender.unit},
        "to": claims.scope.to_value(),
        "sent_at": when::rfc_ms(claims.created_ms),
        "expires_at": when::rfc(header.expires),
        "received_at": received.as_ref().and_then(|received| when::rfc_ms(received.at_ms)),
        "opened": station.memory().inbox.is_opened(*hh),
        "in_reply_to": claims.in_reply_to,
        "case": claims.case.map(|case| case.to_string()),
        "unproven_since": received.as_ref().and_then(|received| received.unproven_since).and_then(when::rfc),
        "disputed": received.as_ref().is_some_and(|received| received.disputed == Some(true)),
        "directory_age_s": received.as_ref().map(|received| received.directory_age_s),
        "left_out": claims.left_out().count(),
        "header": content.common().fields(),
        "body": content.own(),
    })
}

/// Who wrote it, by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Sender {
    pub(super) owner: String,
    pub(super) unit: String,
}

/// The names of an office, as the directory has them now.
pub(super) fn sender(station: &Station, office: &liaison_keys::names::OfficeId) -> Sender {
    let named = || -> Result<Sender, StationError> {
        let at = station.directory()?;
        let owner = at.owner(&office.owner).map(|facts| crate::out::line(&facts.name));
        let unit = at.office(office).map(|record| crate::out::line(&record.unit));
        Ok(Sender { owner: owner.unwrap_or_default(), unit: unit.unwrap_or_default() })
    };
    named().unwrap_or_default()
}

const SHORT_CHARS: usize = 8;
const BEGINNING_CHARS_MIN: usize = 6;
