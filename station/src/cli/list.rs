//! To whom will it go? The list by name that a person sees before anything is sealed.
//! It must never know what is sent.

use liaison_client::compose::PreviewOffice;
use liaison_client::{Letter, Preview, Station};
use liaison_proto::Lane;
use liaison_proto::envelope::{LeftOut, LeftOutReason};
use liaison_proto::frame::Code;
use liaison_proto::freshness::Freshness;
use liaison_proto::message::Status;
use liaison_proto::scope::Scope;
use serde_json::{Value as Json, json};

use super::directory::fresh;
use super::network::banner;
use crate::io::Io;
use crate::out::{self, Paint};
use crate::when;

/// The list, with everything that is unusual about it.
pub(super) fn words(letter: &Letter, preview: &Preview, station: &Station, io: &Io) -> String {
    let mut lines = Vec::new();
    lines.push(banner(station, io).trim_end().to_owned());
    lines.push(heading(letter, io));
    let rows = preview.offices.iter().map(|office| row(office, station));
    lines.push(match preview.offices.as_slice() {
        [office] if matches!(letter.scope, Scope::Bilateral { .. }) => single(office, station),
        _ => out::table(io.width, head(), rows.collect()),
    });
    lines.extend(preview.left_out.iter().map(|left| left_out(left, station)));
    if letter.lane == Lane::Flash {
        lines.push(io.paint(Paint::Alarm, &say!("say-flash")));
    }
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

fn heading(letter: &Letter, io: &Io) -> String {
    let kind = letter.template.slug().to_string();
    let scope = scope(&letter.scope);
    let said = say!("say-sends", precedence = letter.lane.name().to_uppercase(), kind = kind, scope = scope);
    match letter.status {
        Status::Actual => said,
        Status::Exercise => format!("{} {said}", io.paint(Paint::Alarm, &say!("word-exercise"))),
        Status::Test => format!("{} {said}", io.paint(Paint::Warn, &say!("word-test"))),
    }
}

/// A scope in words.
pub(super) fn scope(scope: &Scope) -> String {
    let names = |categories: &[liaison_keys::directory::Category]| {
        let names: Vec<_> = categories.iter().map(|category| category.name()).collect();
        if names.is_empty() { say!("word-all-offices") } else { names.join(", ") }
    };
    match scope {
        Scope::Bilateral { offices } => {
            offices.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        }
        Scope::Regional { groups, categories, coordinators } => {
            let groups = groups.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let said = say!("say-scope-regional", groups = groups, categories = names(categories));
            if *coordinators { format!("{said}; {}", say!("say-with-coordinators")) } else { said }
        }
        Scope::Global { categories } => say!("say-scope-global", categories = names(categories)),
    }
}

fn head() -> Vec<String> {
    ["label-office", "label-unit", "label-owner", "label-key-since", "label-remarks"]
        .map(|key| say!(key))
        .to_vec()
}

fn row(office: &PreviewOffice, station: &Station) -> Vec<String> {
    vec![
        office.office.to_string(),
        out::line(&office.unit),
        owner(office),
        key_since(office, station),
        remarks(office, station).unwrap_or_default(),
    ]
}

fn single(office: &PreviewOffice, station: &Station) -> String {
    let said = say!(
        "say-to",
        owner = owner(office),
        unit = out::line(&office.unit),
        office = office.office.to_string(),
        since = key_since(office, station),
    );
    match remarks(office, station) {
        Some(remarks) => format!("{said} - {remarks}"),
        None => said,
    }
}

fn owner(office: &PreviewOffice) -> String {
    say!("say-owner", code = office.office.owner.display(), name = out::line(&office.owner))
}

fn key_since(office: &PreviewOffice, station: &Station) -> String {
    let now = station.clock().now_s();
    office.key_since.map_or_else(
        || say!("word-none"),
        |since| say!("say-since", day = when::day(since), age = when::age(now.saturating_sub(since))),
    )
}

/// What is unusual: nobody to seal to, a key for emergencies, an entry that nobody looked at for long.
fn remarks(office: &PreviewOffice, station: &Station) -> Option<String> {
    let unreachable = (office.devices == 0).then(|| phone(office, station));
    let unreachable = unreachable.map(|phone| {
        phone.map_or_else(|| say!("say-no-device"), |phone| say!("say-no-device-phone", phone = phone))
    });
    let key = unreachable.or_else(|| office.fallback.then(|| say!("say-fallback")));
    let now = station.clock().now_s();
    let old = station.directory().ok().and_then(|at| {
        let fresh = fresh(&office.office, at, now);
        (fresh.freshness != Freshness::Confirmed).then(|| say!("say-confirmed", when = fresh.words()))
    });
    let said: Vec<String> = [key, old].into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join("; "))
}

/// The first telephone number on an office's card.
fn phone(office: &PreviewOffice, station: &Station) -> Option<String> {
    let card = station.card(&office.office)?;
    card.phones.first().map(|phone| out::line(phone.written.as_ref().unwrap_or(&phone.number)))
}

/// Whether somebody can be neither written to nor called, as far as this station knows.
pub(super) fn lacks_phone(preview: &Preview, station: &Station) -> bool {
    preview.offices.iter().any(|office| office.devices == 0 && phone(office, station).is_none())
}

/// Offices that nothing can be sealed to, each with what to do instead.
pub(super) fn unreachable(preview: &Preview, station: &Station) -> Vec<String> {
    let without = preview.offices.iter().filter(|office| office.devices == 0);
    let line = |office: &PreviewOffice| {
        say!(
            "say-unreachable",
            office = office.office.to_string(),
            remarks = remarks(office, station).unwrap_or_default()
        )
    };
    without.map(line).collect()
}

fn left_out(left: &LeftOut, station: &Station) -> String {
    let directory = station.replica().ok().map(|replica| replica.directory());
    let office =
        directory.and_then(|directory| directory.device(left.device)).map(|facts| facts.office.to_string());
    let reason = match left.reason {
        LeftOutReason::NoPrekey => say!("left-out-no-prekey"),
        LeftOutReason::EndedSince => say!("left-out-ended"),
        LeftOutReason::OverLimit => say!("left-out-over-limit"),
    };
    say!("say-left-out", office = office.unwrap_or_default(), reason = reason)
}

/// The list for scripts.
pub(super) fn json(preview: &Preview, station: &Station) -> Json {
    let offices = preview.offices.iter().map(|office| {
        json!({
            "office": office.office, "owner": office.owner, "unit": office.unit, "devices": office.devices,
            "key_since": office.key_since.and_then(when::rfc), "fallback": office.fallback,
            "phone": if office.devices == 0 { phone(office, station) } else { None },
        })
    });
    offices.collect()
}

/// Why a relay will never take a message, by its code.
pub(super) fn rejection(code: u8) -> String {
    let known = FINAL.into_iter().find(|known| *known as u8 == code).map(crate::blame::refused);
    known.map_or_else(|| say!("say-rejected-code", code = code), |failure| failure.message())
}

/// Codes that end a message for good.
const FINAL: [Code; 7] =
    [Code::TooLarge, Code::Malformed, Code::Expired, Code::Conflict, Code::Void, Code::NotYet, Code::Older];
