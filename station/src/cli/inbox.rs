//! What came in? A list, the newest first.
//! It must never know what the messages say.

use std::cmp::Reverse;

use clap::Args;
use liaison_client::Station;
use liaison_client::inbox::InboxItem;
use liaison_keys::names::OfficeId;
use liaison_proto::Lane;
use liaison_proto::message::{MessageRef, Status};
use serde_json::{Value as Json, json};

use super::{list, message, network};
use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::out::{self, Paint};
use crate::when;

#[derive(Debug, Args)]
pub(crate) struct InboxArgs {
    #[arg(long)]
    new: bool,
    #[arg(long)]
    crisis: bool,
    #[arg(long, conflicts_with_all = ["new", "crisis", "mark"])]
    quarantine: bool,
    #[arg(long)]
    mark: bool,
}

pub(super) async fn run(args: &InboxArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    let exit = fetch(desk, io).await?;
    if args.quarantine {
        quarantine(&desk.station, io);
        return Ok(exit);
    }
    let inbox = &desk.station.memory().inbox;
    let wanted = |item: &&InboxItem| {
        let shown = !is_machine(item, desk.station.memory().office().as_ref());
        let new = !args.new || !inbox.is_opened(item.hh);
        shown && new && (!args.crisis || is_crisis(item))
    };
    let mut items: Vec<InboxItem> = inbox.items.iter().rev().filter(wanted).cloned().collect();
    // What nobody has read comes first, the most urgent above all: a flash must not stand at the bottom.
    items.sort_by_key(|item| {
        let unread = !inbox.is_opened(item.hh);
        Reverse((unread, if unread { item.lane } else { Lane::Routine }))
    });
    show(&items, &desk.station, io);
    if args.mark {
        for item in &items {
            desk.station.mark_opened(item.hh)?;
        }
    }
    Ok(exit)
}

/// Fetches what waits. An inbox that could not be fetched must not look like one without messages.
pub(super) async fn fetch(desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    desk.station.network()?;
    let fetched = match desk.connect(io).await {
        Ok(()) => desk.exchange().await,
        Err(failure) => Err(failure),
    };
    match fetched {
        Ok(()) => Ok(Exit::Done),
        Err(failure) if failure.exit == Exit::Unavailable => {
            io.note(&io.paint(Paint::Warn, &format!("{} {}", failure.message(), say!("say-inbox-old"))));
            Ok(Exit::Unavailable)
        }
        Err(failure) => Err(failure),
    }
}

/// What stations say to each other, and to themselves.
pub(crate) fn is_machine(item: &InboxItem, own: Option<&OfficeId>) -> bool {
    match item.template.slug().as_str() {
        "comm-check-ack" => true,
        "comm-check" => Some(&item.office) == own,
        _ => false,
    }
}

fn is_crisis(item: &InboxItem) -> bool {
    item.lane >= Lane::Immediate || item.template.slug().as_str() == "crisis-message"
}

fn show(items: &[InboxItem], station: &Station, io: &mut Io) {
    if io.json {
        for item in items {
            io.say(&line(item, station).to_string());
        }
        return;
    }
    let banner = network::banner(station, io);
    if !banner.is_empty() {
        io.note(banner.trim_end());
    }
    if items.is_empty() {
        io.note(&say!("say-inbox-empty"));
        return;
    }
    let head = [
        "label-message",
        "label-new",
        "label-precedence",
        "label-received",
        "label-from",
        "label-kind",
        "label-subject",
    ];
    let rows = items.iter().map(|item| row(item, station, io)).collect();
    let table = out::table(io.width, head.map(|key| say!(key)).to_vec(), rows);
    io.say(&table);
    let waiting = station.memory().inbox.waiting.len();
    if waiting > 0 {
        io.note(&say!("say-inbox-waiting", n = waiting));
    }
}

fn row(item: &InboxItem, station: &Station, io: &Io) -> Vec<String> {
    let new = if station.memory().inbox.is_opened(item.hh) { String::new() } else { say!("word-new") };
    let status = status(item.status);
    let lane = item.lane.name().to_uppercase();
    let lane = if item.lane >= Lane::Immediate { io.paint(Paint::Alarm, &lane) } else { lane };
    vec![
        message::short(item.hh),
        new,
        lane,
        when::utc_ms(item.at_ms),
        item.office.to_string(),
        item.template.slug().to_string(),
        format!("{status}{}", out::line(&item.subject)),
    ]
}

/// Whether it is meant, before its subject.
pub(super) fn status(status: Status) -> String {
    match status {
        Status::Actual => String::new(),
        Status::Exercise => format!("{} ", say!("word-exercise")),
        Status::Test => format!("{} ", say!("word-test")),
    }
}

/// One message for scripts, without its body.
pub(super) fn line(item: &InboxItem, station: &Station) -> Json {
    let sender = message::sender(station, &item.office);
    json!({
        "hash": item.hh,
        "id": MessageRef::Envelope(item.id).to_string(),
        "kind": item.template.to_string(),
        "status": item.status.name(),
        "precedence": item.lane.name(),
        "fictional": station.is_fictional(),
        "from": {"office": item.office, "device": item.device, "owner": sender.owner, "unit": sender.unit},
        "to": item.scope.to_value(),
        "subject": item.subject,
        "sent_at": when::rfc_ms(item.created_ms),
        "received_at": when::rfc_ms(item.at_ms),
        "expires_at": when::rfc(item.expires),
        "new": !station.memory().inbox.is_opened(item.hh),
        "in_reply_to": item.in_reply_to,
        "case": item.case.map(|case| case.to_string()),
        "unproven_since": item.unproven_since.and_then(when::rfc),
    })
}

fn quarantine(station: &Station, io: &mut Io) {
    let all = &station.memory().inbox.quarantine;
    if io.json {
        for one in all.iter().rev() {
            let (hash, at) = (one.hh, when::rfc_ms(one.at_ms));
            let asked = one.hh.is_some_and(|hh| station.memory().inbox.is_asked(hh));
            let said = json!({
                "hash": hash, "code": one.code, "reason": one.reason, "received_at": at, "asked_to_reseal": asked,
            });
            io.say(&said.to_string());
        }
        return;
    }
    if all.is_empty() {
        return io.note(&say!("say-quarantine-empty"));
    }
    let row = |one: &liaison_client::inbox::Quarantined| {
        let reason =
            crate::text::optional(&format!("reason-{}", one.code)).unwrap_or_else(|| out::line(&one.reason));
        let asked = one.hh.is_some_and(|hh| station.memory().inbox.is_asked(hh));
        let reason = if asked { say!("say-quarantine-asked", reason = reason) } else { reason };
        vec![one.hh.map(message::short).unwrap_or_default(), when::utc_ms(one.at_ms), reason]
    };
    let head = ["label-message", "label-received", "label-reason"].map(|key| say!(key)).to_vec();
    let table = out::table(io.width, head, all.iter().rev().map(row).collect());
    io.say(&table);
    io.note(&say!("say-quarantine"));
}

/// To whom, in few words, for lists.
pub(super) fn scope(scope: &liaison_proto::scope::Scope) -> String {
    out::line(&list::scope(scope))
}
