//! What does a watch say of what happens? One line each.
//! It must never know how it came.

use clap::Args;
use liaison_client::inbox::InboxItem;
use liaison_client::{Arrival, Happening, Station};
use liaison_keys::names::{HeaderHash, OfficeId};
use liaison_proto::Lane;
use serde_json::{Value as Json, json};

use super::{inbox, message};
use crate::io::Io;
use crate::out::{self, Paint};
use crate::{blame, when};

#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    #[arg(long, value_name = "COMMAND")]
    pub(crate) on_message: Option<String>,
}

/// A happening in one line, if it is worth one.
pub(crate) fn arrival_line(happening: &Happening, station: &Station, io: &Io) -> Option<String> {
    let (json, words) = match happening {
        Happening::Arrived(Arrival::Message(arrived)) => {
            return message(station.memory().inbox.item(arrived.hh)?, station, io);
        }
        Happening::Arrived(Arrival::Receipts(office, messages)) => delivered(office, messages, station)?,
        Happening::Arrived(Arrival::Quarantined(hh, reason)) => {
            let said = crate::text::optional(&format!("reason-{}", reason.code())).unwrap_or_default();
            let words = io.paint(Paint::Warn, &say!("say-quarantined", reason = said));
            (json!({"event": "quarantined", "hash": hh, "code": reason.code()}), words)
        }
        Happening::Accepted(hh) if is_for_people(*hh, station) => {
            (json!({"event": "accepted", "hash": hh}), say!("say-sent", hash = message::short(*hh)))
        }
        Happening::Rejected(hh, code) => {
            let why = blame::refused(*code);
            let words = say!("say-rejected-why", hash = message::short(*hh), why = why.message());
            (json!({"event": "rejected", "hash": hh, "code": why.name()}), io.paint(Paint::Alarm, &words))
        }
        Happening::Partly(hh, taken) => {
            let all = station.memory().outbox.item(*hh)?.recipients.len();
            let words = say!("say-partly", hash = message::short(*hh), n = *taken, all = all);
            (json!({"event": "partly", "hash": hh, "devices": taken}), io.paint(Paint::Alarm, &words))
        }
        Happening::Withheld(count) => {
            let words = io.paint(Paint::Alarm, &say!("say-withheld", n = *count));
            (json!({"event": "withheld", "messages": count}), words)
        }
        Happening::Deferred(hh, code) => {
            let why = blame::refused(*code);
            let words = say!("say-deferred", hash = message::short(*hh), why = why.message());
            (json!({"event": "deferred", "hash": hh, "code": why.name()}), io.paint(Paint::Warn, &words))
        }
        Happening::Directory(size) => {
            (json!({"event": "directory", "size": size}), say!("say-directory-grown", size = *size))
        }
        _ => return None,
    };
    Some(if io.json { json.to_string() } else { words })
}

fn message(item: &InboxItem, station: &Station, io: &Io) -> Option<String> {
    if io.json {
        let mut said = inbox::line(item, station);
        said.as_object_mut()?.insert("event".to_owned(), "message".into());
        return Some(said.to_string());
    }
    let line = say!(
        "say-arrived",
        time = when::utc_ms(item.at_ms),
        precedence = item.lane.name().to_uppercase(),
        status = inbox::status(item.status),
        hash = message::short(item.hh),
        office = item.office.to_string(),
        kind = item.template.slug().to_string(),
        subject = out::line(&item.subject),
    );
    let line = line.trim_end();
    if item.lane < Lane::Immediate {
        return Some(line.to_owned());
    }
    let bell = if io.live { "\u{7}" } else { "" };
    Some(format!("{bell}{}", io.paint(Paint::Alarm, line)))
}

fn delivered(office: &OfficeId, messages: &[HeaderHash], station: &Station) -> Option<(Json, String)> {
    let messages: Vec<_> = messages.iter().filter(|hh| is_for_people(**hh, station)).collect();
    let hashes: Vec<String> = messages.iter().map(|hh| message::short(**hh)).collect();
    let words = say!("say-delivered", office = office.to_string(), messages = hashes.join(", "));
    (!hashes.is_empty())
        .then(|| (json!({"event": "delivered", "office": office, "messages": messages}), words))
}

/// Receipts and answers of the station itself are no news.
fn is_for_people(hh: HeaderHash, station: &Station) -> bool {
    let kind = station.memory().outbox.item(hh).map(|item| item.template.slug().to_string());
    kind.is_some_and(|kind| kind != "receipt" && kind != "comm-check-ack")
}
