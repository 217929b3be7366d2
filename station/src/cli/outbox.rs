//! What did we send, and what still waits here?
//! It must never know what the messages say.

use clap::Args;
use liaison_client::outbox::{AtRelay, OutboxItem};
use liaison_proto::message::MessageRef;
use serde_json::{Value as Json, json};

use super::{deliver, inbox, message};
use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::out::{self, Paint};
use crate::when;

#[derive(Debug, Args)]
pub(crate) struct OutboxArgs {
    #[arg(long)]
    waiting: bool,
}

pub(super) async fn run(args: &OutboxArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    let exit = inbox::fetch(desk, io).await?;
    let outbox = &desk.station.memory().outbox;
    let own = desk.station.memory().office();
    let to_itself = |item: &OutboxItem| {
        item.template.slug().as_str() == "comm-check"
            && item.addressed().iter().all(|office| Some(office) == own.as_ref())
    };
    let shown = |item: &&OutboxItem| !MACHINE.contains(&item.template.slug().as_str()) && !to_itself(item);
    let wanted = |item: &&OutboxItem| shown(item) && (!args.waiting || item.relay == AtRelay::Waits);
    let items: Vec<&OutboxItem> = outbox.items().rev().filter(wanted).collect();
    if io.json {
        items.iter().for_each(|item| io.say(&json(item).to_string()));
        return Ok(exit);
    }
    if items.is_empty() {
        io.note(&say!("say-outbox-empty"));
        return Ok(exit);
    }
    let head = [
        "label-message",
        "label-state",
        "label-precedence",
        "label-sent",
        "label-to",
        "label-kind",
        "label-subject",
    ];
    let rows = items.iter().map(|item| row(item, io)).collect();
    let table = out::table(io.width, head.map(|key| say!(key)).to_vec(), rows);
    io.say(&table);
    Ok(exit)
}

fn json(item: &OutboxItem) -> Json {
    json!({
        "hash": item.hh, "id": MessageRef::Envelope(item.id).to_string(), "kind": item.template.to_string(),
        "status": item.status.name(), "precedence": item.lane.name(), "to": item.scope.to_value(),
        "subject": item.subject, "sent_at": when::rfc_ms(item.created_ms), "expires_at": when::rfc(item.expires),
        "state": deliver::state(Some(item.relay)), "offices": item.addressed().len(),
        "delivered": item.offices.len(), "case": item.case.map(|case| case.to_string()),
    })
}

fn row(item: &OutboxItem, io: &Io) -> Vec<String> {
    let state = match item.relay {
        AtRelay::Waits => io.paint(Paint::Warn, &say!("progress-waits")),
        AtRelay::Rejected(_) => io.paint(Paint::Alarm, &say!("progress-rejected")),
        AtRelay::Accepted(_) => {
            say!("say-outbox-delivered", n = item.offices.len(), of = item.addressed().len())
        }
    };
    vec![
        message::short(item.hh),
        state,
        item.lane.name().to_uppercase(),
        when::utc_ms(item.created_ms),
        inbox::scope(&item.scope),
        item.template.slug().to_string(),
        out::line(&item.subject),
    ]
}

/// What the station says by itself.
const MACHINE: [&str; 2] = ["receipt", "comm-check-ack"];
