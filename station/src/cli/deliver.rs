//! What happens between a letter and its receipt? Keys fetched, the list confirmed, sealed, sent, and how that ended.
//! It must never know what the letter says.

use liaison_client::outbox::{AtRelay, OutboxItem};
use liaison_client::{ComposeError, Letter, Preview, Station};
use liaison_keys::names::HeaderHash;
use liaison_proto::limits;
use liaison_proto::scope::Scope;
use serde_json::{Value as Json, json};

use super::{list, message};
use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::out::Paint;
use crate::when;

/// What a person has decided beforehand.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Choices {
    /// Whether to ask twice.
    pub(super) asks_again: bool,
    /// Whether a directory between a day and a week old may be used.
    pub(super) old_directory: bool,
    /// Whether to stop before sealing.
    pub(super) dry_run: bool,
}

/// A message that is sealed and safe.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) hh: HeaderHash,
    pub(super) preview: Preview,
}

/// Addresses, asks, seals and sends; none when it was only tried out.
pub(super) async fn deliver(
    letter: &Letter,
    choices: Choices,
    desk: &mut Desk,
    io: &mut Io,
) -> Result<Option<Sent>, Failure> {
    if let Err(failure) = prepare(letter, desk, io).await {
        if failure.exit != Exit::Unavailable || desk.station.replica().is_err() {
            return Err(failure);
        }
        io.note(&io.paint(Paint::Warn, &failure.message()));
    }
    let preview = desk.station.preview(letter)?;
    if desk.is_connected() && list::lacks_phone(&preview, &desk.station) {
        // Whom to call instead is never worth a failure.
        let _ = desk.fetch_cards().await;
    }
    if choices.dry_run {
        io.note(&list::words(letter, &preview, &desk.station, io));
        io.note(&say!("say-dry-run"));
        return Ok(None);
    }
    confirm(letter, &preview, choices, desk, io)?;
    let old_directory = may_use_old_directory(choices, desk, io)?;
    let hh = match desk.station.seal(letter, &preview, old_directory) {
        Err(error @ ComposeError::NoLiveKey) => {
            return Err(Failure::from(error).with_lines(list::unreachable(&preview, &desk.station)));
        }
        sealed => sealed?,
    };
    if desk.is_connected() {
        let sent = desk.send_waiting(io).await;
        // What was not taken waits, and the outcome says so.
        if let Err(failure) = sent {
            if !matches!(failure.exit, Exit::Unavailable | Exit::Refused) {
                return Err(failure);
            }
            io.note(&io.paint(Paint::Warn, &failure.message()));
        }
    }
    Ok(Some(Sent { hh, preview }))
}

async fn prepare(letter: &Letter, desk: &mut Desk, io: &mut Io) -> Result<(), Failure> {
    desk.connect(io).await?;
    desk.sync().await?;
    desk.prepare(&letter.scope).await
}

/// One office by name is what was typed; everything else is shown and asked about.
fn confirm(
    letter: &Letter,
    preview: &Preview,
    choices: Choices,
    desk: &Desk,
    io: &mut Io,
) -> Result<(), Failure> {
    let shown = list::words(letter, preview, &desk.station, io);
    let plain = preview.offices.len() == 1 && preview.left_out.is_empty();
    if plain && matches!(letter.scope, Scope::Bilateral { .. }) {
        if !io.json {
            io.note(&shown);
        }
        return Ok(());
    }
    io.confirm(&shown, &say!("ask-send", n = preview.offices.len()))?;
    if choices.asks_again {
        io.confirm(&say!("ask-global-shown"), &say!("ask-global"))?;
    }
    Ok(())
}

fn may_use_old_directory(choices: Choices, desk: &Desk, io: &mut Io) -> Result<bool, Failure> {
    let age = desk.now_s().saturating_sub(desk.station.checkpoint()?.time);
    if age <= limits::DIRECTORY_FRESH_S || age > limits::DIRECTORY_STALE_S {
        // The station itself refuses what is too old.
        return Ok(false);
    }
    // `--yes` answers the list; a directory this old needs a word of its own.
    if choices.old_directory {
        return Ok(true);
    }
    if io.yes {
        return Err(ComposeError::OldDirectory { hours: age / 3_600 }.into());
    }
    let old = say!("ask-old-directory-shown", age = when::span(age));
    io.confirm(&old, &say!("ask-old-directory")).map(|()| true)
}

/// How the sending ended.
pub(super) struct Outcome {
    hh: HeaderHash,
    relay: Option<AtRelay>,
}

/// How a message of ours stands at the relay.
pub(super) fn outcome(hh: HeaderHash, station: &Station) -> Outcome {
    Outcome { hh, relay: station.memory().outbox.item(hh).map(|item| item.relay) }
}

impl Outcome {
    pub(super) const fn exit(&self) -> Exit {
        match self.relay {
            Some(AtRelay::Accepted(_)) => Exit::Done,
            Some(AtRelay::Rejected(_)) => Exit::Refused,
            Some(AtRelay::Waits) | None => Exit::Waits,
        }
    }

    pub(super) fn words(&self, station: &Station, io: &Io) -> String {
        let item = station.memory().outbox.item(self.hh);
        let (short, id) = (message::short(self.hh), item.map(id).unwrap_or_default());
        match self.relay {
            Some(AtRelay::Accepted(at)) => {
                say!("say-accepted", hash = short, id = id, time = when::utc_ms(at))
            }
            Some(AtRelay::Rejected(_)) => io.paint(Paint::Alarm, &say!("say-rejected", hash = short)),
            Some(AtRelay::Waits) | None => io.paint(Paint::Warn, &say!("say-waits", hash = short, id = id)),
        }
    }

    pub(super) fn json(&self, station: &Station) -> Json {
        let item = station.memory().outbox.item(self.hh);
        json!({
            "hash": self.hh,
            "id": item.map(id),
            "case": item.and_then(|item| item.case).map(|case| case.to_string()),
            "state": state(self.relay),
            "accepted_at": match self.relay { Some(AtRelay::Accepted(at)) => when::rfc_ms(at), _ => None },
        })
    }

    /// Why a relay will never take it.
    pub(super) fn tell_why(&self, io: &mut Io) {
        if let Some(AtRelay::Rejected(code)) = self.relay
            && !io.json
        {
            io.note(&list::rejection(code));
        }
    }
}

/// The word for scripts.
pub(super) const fn state(relay: Option<AtRelay>) -> &'static str {
    match relay {
        Some(AtRelay::Accepted(_)) => "accepted",
        Some(AtRelay::Rejected(_)) => "rejected",
        Some(AtRelay::Waits) | None => "waits",
    }
}

/// A message's name for people.
pub(super) fn id(item: &OutboxItem) -> String {
    liaison_proto::message::MessageRef::Envelope(item.id).to_string()
}
