//! What does a watch say of what happens? One line each.
//! It must never know how it came.

use clap::Args;
use liaison_client::inbox::InboxItem;
use liaison_client::{Arrival, Happening, KeysFault, NotCosigned, ReceiptFault, Station};
use liaison_keys::directory::{Body, Entry, Statement};
use liaison_keys::names::{DeviceId, HeaderHash, OfficeId};
use liaison_proto::Lane;
use serde_json::{Value as Json, json};

use super::{inbox, message, reseal};
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
            let item = station.memory().inbox.item(arrived.hh)?;
            return (!inbox::is_machine(item, station.memory().office().as_ref()))
                .then(|| message(item, station, io))?;
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
        Happening::BadReceipt(hh, fault) => {
            let why = receipt_fault(*fault);
            let words = say!("say-bad-receipt", hash = message::short(*hh), why = why);
            (json!({"event": "bad-receipt", "hash": hh, "why": fault.code()}), io.paint(Paint::Alarm, &words))
        }
        Happening::Undelivered(hh, offices) => {
            let names: Vec<String> = offices.iter().map(ToString::to_string).collect();
            let subject = station.memory().outbox.item(*hh).map(|item| out::line(&item.subject));
            let words = say!(
                "say-undelivered",
                hash = message::short(*hh),
                subject = subject.unwrap_or_default(),
                offices = names.join(", ")
            );
            (json!({"event": "undelivered", "hash": hh, "offices": offices}), io.paint(Paint::Alarm, &words))
        }
        Happening::AskedToReseal(hh) => (
            json!({"event": "asked-to-reseal", "hash": hh}),
            say!("say-asked-to-reseal", hash = message::short(*hh)),
        ),
        Happening::Resealed(hh, office) => {
            let words = say!("say-resealed", hash = message::short(*hh), office = office.to_string());
            (json!({"event": "resealed", "hash": hh, "office": office}), words)
        }
        Happening::AsksToReseal(hh, office, why) => {
            let subject = station.memory().outbox.item(*hh).map(|item| out::line(&item.subject));
            let words = say!(
                "say-asks-to-reseal",
                hash = message::short(*hh),
                office = office.to_string(),
                subject = subject.unwrap_or_default(),
                why = reseal::why(*why)
            );
            let words = format!("{words} {}", say!("say-reseal-command", hash = message::short(*hh)));
            let json =
                json!({"event": "asks-to-reseal", "hash": hh, "office": office, "by_hand": why.code()});
            (json, io.paint(Paint::Warn, &words))
        }
        Happening::AboutUs(index) => about_us(*index, station, io)?,
        Happening::KeysRefused(device, fault) => keys_refused(*device, *fault, station, io),
        Happening::ShorterDirectory(shown, held) => {
            let words = io.paint(Paint::Alarm, &say!("say-directory-shorter", shown = *shown, held = *held));
            (json!({"event": "directory-shorter", "shown": shown, "held": held}), words)
        }
        Happening::OldDirectory(age_s) => {
            let words = io.paint(Paint::Warn, &say!("say-directory-old", age = when::span(*age_s)));
            (json!({"event": "directory-old", "age_s": age_s}), words)
        }
        Happening::ImpossibleVault => {
            (json!({"event": "impossible-vault"}), io.paint(Paint::Warn, &say!("say-impossible-vault")))
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
        Happening::Cosigned(size) => {
            (json!({"event": "cosigned", "size": size}), say!("say-cosigned", size = *size))
        }
        Happening::NotCosigned(why) => not_cosigned(*why, io),
        _ => return None,
    };
    Some(if io.json { json.to_string() } else { words })
}

/// Whether a person must hear of it also from a command that was asked for something else.
pub(crate) const fn is_alarm(happening: &Happening) -> bool {
    matches!(
        happening,
        Happening::BadReceipt(..)
            | Happening::Undelivered(..)
            | Happening::AboutUs(_)
            | Happening::KeysRefused(..)
            | Happening::ShorterDirectory(..)
            | Happening::ImpossibleVault
            | Happening::NotCosigned(_)
            | Happening::AsksToReseal(..)
            | Happening::Withheld(_)
    )
}

fn not_cosigned(why: NotCosigned, io: &Io) -> (Json, String) {
    let (code, entry, words) = match why {
        NotCosigned::Ahead { index, minutes } => {
            ("ahead", Some(index), say!("say-not-cosigned-ahead", entry = index, minutes = minutes))
        }
        NotCosigned::Backdated { index, minutes } => {
            ("backdated", Some(index), say!("say-not-cosigned-backdated", entry = index, minutes = minutes))
        }
        NotCosigned::Old { minutes } => ("old", None, say!("say-not-cosigned-old", minutes = minutes)),
        _ => ("clock", None, say!("say-not-cosigned-clock")),
    };
    (json!({"event": "not-cosigned", "why": code, "entry": entry}), io.paint(Paint::Alarm, &words))
}

fn receipt_fault(fault: ReceiptFault) -> String {
    match fault {
        ReceiptFault::Unsigned => say!("word-receipt-unsigned"),
        ReceiptFault::Other => say!("word-receipt-other"),
        ReceiptFault::Count => say!("word-receipt-count"),
    }
}

fn keys_refused(device: Option<DeviceId>, fault: KeysFault, station: &Station, io: &Io) -> (Json, String) {
    let why = match fault {
        KeysFault::Unreadable => say!("word-keys-unreadable"),
        KeysFault::Unasked => say!("word-keys-unasked"),
        KeysFault::Forged => say!("word-keys-forged"),
        KeysFault::Unusable => say!("word-keys-unusable"),
        KeysFault::Older => say!("word-keys-older"),
    };
    let directory = station.replica().map(|replica| replica.directory()).ok();
    let office = device.and_then(|device| Some(directory?.device(device)?.office.to_string()));
    let named = office.clone().unwrap_or_else(|| say!("word-keys-nobody"));
    let words = io.paint(Paint::Alarm, &say!("say-keys-refused", office = named, why = why));
    (json!({"event": "keys-refused", "device": device, "office": office, "why": fault.code()}), words)
}

/// Somebody spoke for our own State, and this station did not.
fn about_us(index: u64, station: &Station, io: &Io) -> Option<(Json, String)> {
    let replica = station.replica().ok()?;
    let entry = Entry::from_bytes(replica.log().entries(index, 1).first()?).ok()?;
    let statement = Statement::from_bytes(&entry.statement).ok()?;
    let what = super::statement::words(&statement, station);
    let contested = replica.directory().can_be_contested(&statement, station.clock().now_s());
    let next = match statement.claims().body() {
        _ if contested => say!("say-about-us-contest", entry = index),
        Ok(Some(Body::Note(_))) => say!("say-about-us-note"),
        _ => say!("say-about-us-else"),
    };
    let words = say!("say-about-us", entry = index, what = what, next = next);
    let title = super::statement::title(&statement);
    let json = json!({"event": "about-us", "entry": index, "title": title, "contestable": contested});
    Some((json, io.paint(Paint::Alarm, &words)))
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
