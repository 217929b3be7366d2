//! How does a message look on paper? Who says it, proved how, to whom, and then what it says.
//! It must never know more than the message and the directory do.

mod fields;

use clap::Args;
use liaison_client::Station;
use liaison_client::read::{Answered, Letterbox};
use liaison_keys::names::HeaderHash;
use liaison_proto::envelope::Claims;
use liaison_proto::lifecycle::Progress;
use liaison_proto::message::{MessageRef, Stage, Status, Want};

use super::{list, message, network};
use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::out::{self, Paint};
use crate::when;

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    #[arg(value_name = "MSG")]
    message: String,
}

pub(super) fn run(args: &ShowArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    let hh = message::find(&desk.station, &args.message)?;
    let letter = message::read(&desk.station, hh)?;
    io.tell(|| message::json(&letter, &desk.station), |io| words(&letter, &desk.station, io));
    if letter.received.is_some() {
        desk.station.mark_opened(hh)?;
    }
    Ok(Exit::Done)
}

/// The printed form.
fn words(letter: &Letterbox, station: &Station, io: &Io) -> String {
    let mut lines = vec![
        network::banner(station, io).trim_end().to_owned(),
        loud(letter.claims.status, io),
        io.paint(Paint::Bold, &first_line(letter)),
        out::pairs(io.width, header(letter, station)),
    ];
    lines.extend(remarks(letter, station).iter().map(|remark| io.paint(Paint::Alarm, remark)));
    lines.push(String::from("\n"));
    lines.extend(fields::lines(letter, io));
    lines.push(String::from("\n"));
    lines.push(footer(letter, station));
    lines.retain(|line| !line.is_empty());
    lines.join("\n").replace("\n\n\n", "\n\n")
}

/// An exercise cannot be mistaken, whoever reads over the shoulder.
fn loud(status: Status, io: &Io) -> String {
    match status {
        Status::Actual => String::new(),
        Status::Exercise => io.paint(Paint::Alarm, &say!("say-exercise")),
        Status::Test => io.paint(Paint::Warn, &say!("say-test")),
    }
}

fn first_line(letter: &Letterbox) -> String {
    let handling = letter.content.common().handling();
    let mut line = vec![
        letter.header.lane.name().to_uppercase(),
        letter.claims.status.name().to_uppercase(),
        format!("TLP:{}", handling.tlp.name().to_uppercase()),
    ];
    line.extend(handling.pap.map(|pap| format!("PAP:{}", pap.name().to_uppercase())));
    line.push(letter.content.template().slug().to_string());
    let stage = letter.content.common().stage().filter(|stage| *stage != Stage::Notice);
    line.extend(stage.map(|stage| stage.name().to_uppercase()));
    line.join("   ")
}

fn header(letter: &Letterbox, station: &Station) -> Vec<(String, String)> {
    let Letterbox { header, claims, content, received, .. } = letter;
    let mut rows = vec![
        (say!("label-from"), from(letter, station)),
        (say!("label-to"), list::scope(&claims.scope)),
        (say!("label-sent"), when::utc_ms(claims.created_ms)),
    ];
    if let Some(received) = received {
        rows.push((say!("label-received"), when::utc_ms(received.at_ms)));
    }
    rows.push((say!("label-expires"), when::utc(header.expires)));
    rows.extend(content.common().subject().map(|subject| (say!("label-subject"), out::line(subject))));
    rows.extend(claims.in_reply_to.map(|hh| (say!("label-answers"), answered(hh, claims, station))));
    rows.extend(claims.case.map(|case| (say!("label-case"), case.to_string())));
    rows.extend(wish(letter, station).map(|wish| (say!("label-wish"), wish)));
    rows.push((say!("label-message"), format!("{} ({})", letter.hh, MessageRef::Envelope(header.id))));
    rows
}

/// What it answers; whoever wrote it may have named a message that it never got.
fn answered(hh: HeaderHash, claims: &Claims, station: &Station) -> String {
    let short = message::short(hh);
    match station.answered(hh, &claims.signer.1) {
        Answered::Known => short,
        Answered::NotSentThere => say!("say-answers-not-sent-there", hash = short),
        Answered::NotHere => say!("say-answers-not-here", hash = short),
    }
}

/// The office with what proves it, and since when that key is the office's.
fn from(letter: &Letterbox, station: &Station) -> String {
    let (device, office) = &letter.claims.signer;
    let names = message::sender(station, office);
    let said = say!(
        "say-from",
        code = office.owner.display(),
        owner = names.owner,
        unit = names.unit,
        office = office.to_string()
    );
    if letter.received.is_none() {
        return format!("{said} - {}", say!("say-from-us"));
    }
    let certified =
        station.directory().ok().and_then(|at| at.contact(*device)).map(|contact| contact.certified.time);
    let proof = match certified {
        Some(since) => say!("say-verified-since", day = when::day(since)),
        None => say!("say-verified-ended"),
    };
    format!("{said} - {proof}")
}

fn wish(letter: &Letterbox, station: &Station) -> Option<String> {
    let response = letter.content.common().response();
    let wish = match response.want {
        Want::None => response.by.map(|_| String::new())?,
        Want::Acknowledge => say!("wish-acknowledge"),
        Want::Reply => say!("wish-reply"),
    };
    let Some(by) = response.by else { return Some(wish) };
    let (at, now) = (u64::try_from(by.at.as_second()).unwrap_or(0), station.clock().now_s());
    let left = if at > now {
        say!("say-time-left", span = when::span(at - now))
    } else {
        say!("say-time-past", span = when::span(now - at))
    };
    Some(say!("say-wish-by", wish = wish, time = when::moment(by), left = left))
}

/// What a reader must be told beside it.
fn remarks(letter: &Letterbox, station: &Station) -> Vec<String> {
    let (now, claims) = (station.clock().now_s(), &letter.claims);
    let mut remarks = Vec::new();
    if let Some(received) = &letter.received {
        let revoked = station.directory().ok().and_then(|at| at.revocation(claims.signer.0));
        let unproven = received.unproven_since.or(revoked.and_then(|(_, since)| since));
        remarks.extend(unproven.map(|since| say!("remark-unproven", since = when::utc(since))));
        if unproven.is_none() && revoked.is_some() {
            remarks.push(say!("remark-retired"));
        }
        let suspended = station.directory().ok().and_then(|at| at.suspended(claims.signer.0));
        if received.disputed == Some(true) || suspended.is_some() {
            remarks.push(say!("remark-disputed"));
        }
        let ahead = claims.created_ms.saturating_sub(received.at_ms) / 1_000;
        if ahead > AHEAD_S {
            remarks.push(say!("remark-ahead", span = when::span(ahead)));
        }
        if received.directory_age_s > liaison_proto::limits::DIRECTORY_FRESH_S {
            remarks.push(say!("remark-old-directory", span = when::span(received.directory_age_s)));
        }
    }
    if letter.header.expires <= now {
        remarks.push(say!("remark-expired", time = when::utc(letter.header.expires)));
    }
    if letter.claims.status == Status::Exercise && letter.content.holds_stop_word() {
        remarks.push(say!("remark-stop-word"));
    }
    let left_out = claims.left_out().count();
    if left_out > 0 {
        remarks.push(say!("remark-left-out", n = left_out));
    }
    remarks
}

/// What can be done with it.
fn footer(letter: &Letterbox, station: &Station) -> String {
    let short = message::short(letter.hh);
    if letter.received.is_none() {
        return say!("say-show-own", hash = short);
    }
    let acknowledged = station.memory().outbox.items().find(|item| {
        item.in_reply_to == Some(letter.hh) && item.template.slug().as_str() == "acknowledgement"
    });
    let said = acknowledged.and_then(|item| station.content(item.hh).ok().flatten());
    match said.as_ref().and_then(|said| said.own().text("level")).and_then(Progress::from_name) {
        Some(level) => {
            say!("say-show-acknowledged", level = say!(&format!("progress-{}", level.name())), hash = short)
        }
        None => say!("say-show-acknowledge", hash = short),
    }
}

const AHEAD_S: u64 = 60;
