//! What does a watch say of what happens? One line each.
//! It must never know how it came.

use clap::Args;
use liaison_client::{Arrival, Happening, Station};
use liaison_proto::Lane;
use liaison_proto::message::Status;
use serde_json::json;

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
    match happening {
        Happening::Arrived(Arrival::Message(arrived)) => {
            let item = station.memory().inbox.item(arrived.hh)?;
            if io.json {
                let mut said = inbox::line(item, station);
                said.as_object_mut()?.insert("event".to_owned(), "message".into());
                return Some(said.to_string());
            }
            let status = match item.status {
                Status::Actual => String::new(),
                Status::Exercise => format!("{} ", say!("word-exercise")),
                Status::Test => format!("{} ", say!("word-test")),
            };
            let line = say!(
                "say-arrived",
                time = when::utc_ms(item.at_ms),
                precedence = item.lane.name().to_uppercase(),
                status = status,
                hash = message::short(item.hh),
                office = item.office.to_string(),
                kind = item.template.slug().to_string(),
                subject = out::line(&item.subject),
            );
            let line = line.trim_end().to_owned();
            let urgent = item.lane >= Lane::Immediate;
            let bell = if urgent && io.live { "\u{7}" } else { "" };
            Some(if urgent { format!("{bell}{}", io.paint(Paint::Alarm, &line)) } else { line })
        }
        Happening::Arrived(Arrival::Receipts(office, messages)) => {
            let messages: Vec<_> = messages.iter().filter(|hh| is_for_people(**hh, station)).collect();
            let hashes: Vec<String> = messages.iter().map(|hh| message::short(**hh)).collect();
            if hashes.is_empty() {
                return None;
            }
            Some(if io.json {
                json!({"event": "delivered", "office": office, "messages": messages}).to_string()
            } else {
                say!("say-delivered", office = office.to_string(), messages = hashes.join(", "))
            })
        }
        Happening::Arrived(Arrival::Quarantined(hh, reason)) => Some(if io.json {
            json!({"event": "quarantined", "hash": hh, "code": reason.code()}).to_string()
        } else {
            let said = crate::text::optional(&format!("reason-{}", reason.code())).unwrap_or_default();
            io.paint(Paint::Warn, &say!("say-quarantined", reason = said))
        }),
        Happening::Accepted(hh) if is_for_people(*hh, station) => Some(if io.json {
            json!({"event": "accepted", "hash": hh}).to_string()
        } else {
            say!("say-sent", hash = message::short(*hh))
        }),
        Happening::Rejected(hh, code) => Some(if io.json {
            json!({"event": "rejected", "hash": hh, "code": blame::refused(*code).name()}).to_string()
        } else {
            let why = blame::refused(*code).message();
            io.paint(Paint::Alarm, &say!("say-rejected-why", hash = message::short(*hh), why = why))
        }),
        Happening::Directory(size) => Some(if io.json {
            json!({"event": "directory", "size": size}).to_string()
        } else {
            say!("say-directory-grown", size = *size)
        }),
        _ => None,
    }
}

/// Receipts and answers of the station itself are no news.
fn is_for_people(hh: liaison_keys::names::HeaderHash, station: &Station) -> bool {
    let kind = station.memory().outbox.item(hh).map(|item| item.template.slug().to_string());
    kind.is_some_and(|kind| kind != "receipt" && kind != "comm-check-ack")
}
