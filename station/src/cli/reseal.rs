//! Who cannot open a message of ours and asks to have it sealed again, and is it? Where the station does not answer by
//! itself, a person does. It must never know how a key is sealed.

use clap::Args;
use liaison_client::ByHand;
use liaison_client::reseal::OpenRequest;
use liaison_keys::names::OfficeId;
use serde_json::{Value as Json, json};

use super::{inbox, message, names};
use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;
use crate::{out, when};

#[derive(Debug, Args)]
pub(crate) struct ResealArgs {
    #[arg(value_name = "MSG")]
    message: Option<String>,
    #[arg(long, value_name = "OFFICE", value_parser = names::office, requires = "message")]
    office: Option<OfficeId>,
}

pub(super) async fn run(args: &ResealArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    let exit = inbox::fetch(desk, io).await?;
    let open = desk.station.open_requests();
    let Some(message) = &args.message else {
        list(&open, desk, io);
        return Ok(exit);
    };
    let hh = message::find(&desk.station, message)?;
    let wanted = |one: &OpenRequest| one.hh == hh && args.office.as_ref().is_none_or(|of| *of == one.office);
    let wanted: Vec<OpenRequest> = open.into_iter().filter(wanted).collect();
    if wanted.is_empty() {
        return Err(fail!(Exit::NotFound, "error-not-asked-to-reseal", message = message::short(hh)));
    }
    let shown: Vec<String> = wanted.iter().map(|one| sentence(one, desk)).collect();
    io.confirm(&shown.join("\n"), &say!("ask-reseal"))?;
    for one in &wanted {
        desk.station.reseal(one.hh, one.device)?;
    }
    // What cannot be handed in now goes with the next connection.
    let exit = inbox::fetch(desk, io).await?;
    let offices: Vec<String> = wanted.iter().map(|one| one.office.to_string()).collect();
    io.tell(
        || json!({"resealed": hh, "offices": offices}),
        |_| say!("say-resealed", hash = message::short(hh), office = offices.join(", ")),
    );
    Ok(exit)
}

fn list(open: &[OpenRequest], desk: &Desk, io: &mut Io) {
    if io.json {
        open.iter().for_each(|one| io.say(&json(one, desk).to_string()));
        return;
    }
    if open.is_empty() {
        return io.note(&say!("say-reseal-none"));
    }
    let row = |one: &OpenRequest| {
        vec![
            message::short(one.hh),
            one.office.to_string(),
            when::utc_ms(one.at_ms),
            subject(one, desk),
            one.by_hand.map_or_else(|| say!("word-by-itself"), why),
        ]
    };
    let head = ["label-message", "label-office", "label-received", "label-subject", "label-remarks"];
    let table = out::table(io.width, head.map(|key| say!(key)).to_vec(), open.iter().map(row).collect());
    io.say(&table);
}

fn sentence(one: &OpenRequest, desk: &Desk) -> String {
    let why = one.by_hand.map_or_else(|| say!("word-by-itself"), why);
    let (office, subject) = (one.office.to_string(), subject(one, desk));
    say!("say-asks-to-reseal", hash = message::short(one.hh), office = office, subject = subject, why = why)
}

/// Why the station does not answer by itself.
pub(super) fn why(by_hand: ByHand) -> String {
    match by_hand {
        ByHand::Confirmed => say!("word-reseal-confirmed"),
        ByHand::Again => say!("word-reseal-again"),
        ByHand::Old => say!("word-reseal-old"),
    }
}

fn subject(one: &OpenRequest, desk: &Desk) -> String {
    let item = desk.station.memory().outbox.item(one.hh);
    item.map(|item| out::line(&item.subject)).unwrap_or_default()
}

fn json(one: &OpenRequest, desk: &Desk) -> Json {
    json!({
        "hash": one.hh, "office": one.office, "device": one.device, "asked_at": when::rfc_ms(one.at_ms),
        "subject": subject(one, desk), "by_hand": one.by_hand.map(ByHand::code),
    })
}
