//! What does the directory say of an office, and is it still right? One entry, for a person and for a script.
//! It must never know contact data: that is the card's.

use liaison_client::Station;
use liaison_keys::card::{Card, Weekday};
use liaison_keys::directory::{Answers, At, OfficeRecord};
use liaison_keys::names::{OfficeId, Subject};
use liaison_proto::freshness::{Freshness, late_days};
use liaison_proto::profile;
use serde_json::{Value as Json, json};

use super::{Rows, fingerprint, groups_of, owner_name};
use crate::cli::office::card_lines;
use crate::out;
use crate::when;

/// How long ago somebody found an entry right.
pub(crate) struct Fresh {
    pub(crate) confirmed: Option<u64>,
    pub(crate) freshness: Freshness,
}

/// Of an office, by the network's interval.
pub(crate) fn fresh(office: &OfficeId, at: At<'_>, now: u64) -> Fresh {
    let confirmed = at.confirmed(office);
    let months = profile::settings(at).reminder_months;
    Fresh { confirmed, freshness: Freshness::of(confirmed.unwrap_or(0), now, months) }
}

impl Fresh {
    /// `2026-07-14`, with what that means when it is long ago.
    pub(crate) fn words(&self) -> String {
        let day = self.confirmed.map(when::day).unwrap_or_default();
        match self.freshness {
            Freshness::Confirmed => day,
            Freshness::Due => say!("say-due", day = day),
            Freshness::Stale => say!("say-stale", day = day),
        }
    }
}

/// Days by which the record was said too late.
fn late(office: &OfficeId, record: &OfficeRecord, at: At<'_>) -> Option<u64> {
    late_days(record.effective?, at.office_since(office)?, profile::settings(at).notice_days)
}

/// What stands on the card, and what time it is there.
fn card_rows(office: &OfficeId, record: &OfficeRecord, station: &Station, now: u64) -> Rows {
    let Some(card) = station.card(office) else {
        return record.card.map(|_| (say!("label-card"), say!("say-card-not-here"))).into_iter().collect();
    };
    let mut rows = card_lines(&card);
    if let Some(times) = &card.availability
        && let Some((_, _, clock)) = when::local(now, &times.time_zone)
    {
        let there = match is_there(&card, now) {
            Some(true) => say!("word-there"),
            Some(false) => say!("word-away"),
            None => say!("word-not-stated"),
        };
        rows.push((say!("label-there"), format!("{clock}, {there}")));
    }
    rows
}

/// Whether somebody is at an office now, as its card says.
pub(super) fn is_there(card: &Card, now: u64) -> Option<bool> {
    let times = card.availability.as_ref()?;
    let (day, minute, _) = when::local(now, &times.time_zone)?;
    times.is_there(now, (*Weekday::ALL.get(usize::from(day))?, minute))
}

/// What not every record says.
fn more(record: &OfficeRecord) -> Rows {
    let mut rows = Vec::new();
    let text = |key: &str, text: &str| (say!(key), out::line(text));
    rows.extend(record.organisation.as_deref().map(|name| text("label-organisation", name)));
    rows.extend(record.backup_of.as_ref().map(|office| text("label-backup-of", &office.to_string())));
    if record.answers == Some(Answers::Person) {
        rows.push(text("label-answers", &say!("word-person")));
    }
    let list = |names: Vec<String>| out::line(&names.join(", "));
    if let Some(wants) = &record.wants {
        rows.push((say!("label-wants"), list(wants.iter().map(ToString::to_string).collect())));
    }
    if let Some(networks) = &record.networks {
        let same = networks.iter().filter(|network| network.same_poc);
        rows.push((say!("label-same-poc"), list(same.map(|network| network.group.to_string()).collect())));
    }
    rows.extend(record.effective.map(|since| (say!("label-effective"), when::day(since))));
    rows.extend(record.valid_until.map(|until| (say!("label-valid-until"), when::day(until))));
    rows
}

pub(super) fn rows(office: &OfficeId, record: &OfficeRecord, at: At<'_>, station: &Station) -> Rows {
    let now = station.clock().now_s();
    let categories: Vec<_> = record.categories.iter().map(|category| category.name()).collect();
    let groups: Vec<String> = groups_of(&office.owner, at, station).iter().map(ToString::to_string).collect();
    let fresh = fresh(office, at, now);
    let mut rows = vec![
        (say!("label-office"), office.to_string()),
        (say!("label-owner"), owner_name(&office.owner, at)),
        (say!("label-unit"), out::line(&record.unit)),
        (say!("label-categories"), categories.join(", ")),
        (say!("label-rank"), record.rank.name().to_owned()),
        (
            say!("label-level"),
            record.level.map_or_else(|| say!("word-not-stated"), |level| level.name().to_owned()),
        ),
        (say!("label-languages"), out::line(&record.languages.join(", "))),
        (say!("label-groups"), groups.join(", ")),
        (say!("label-since"), at.office_since(office).map(when::day).unwrap_or_default()),
        (say!("label-confirmed"), fresh.words()),
    ];
    rows.extend(more(record));
    if let Some(late) = late(office, record, at) {
        rows.push((say!("label-remarks"), say!("say-late", days = late)));
    }
    let subject = Subject::Office(office.clone());
    if let Some(reason) = at.display_suspended(&subject) {
        rows.push((say!("label-remarks"), say!("say-display-suspended", reason = out::line(reason))));
    }
    rows.extend(card_rows(office, record, station, now));
    for contact in at.contacts_of(office) {
        let age = when::age(now.saturating_sub(contact.certified.time));
        let (since, ends) = (when::day(contact.certified.time), when::day(contact.expires));
        rows.push((
            say!("label-device"),
            say!("say-device", device = contact.device.to_string(), since = since, age = age, ends = ends),
        ));
    }
    rows.extend(fingerprint(&office.owner, at).map(|digits| (say!("label-fingerprint"), digits)));
    rows
}

pub(super) fn json(office: &OfficeId, record: &OfficeRecord, at: At<'_>, station: &Station) -> Json {
    let devices: Vec<Json> = at
        .contacts_of(office)
        .map(|contact| {
            json!({
                "device": contact.device, "certified_at": when::rfc(contact.certified.time),
                "expires_at": when::rfc(contact.expires),
            })
        })
        .collect();
    let fresh = fresh(office, at, station.clock().now_s());
    json!({
        "office": office, "owner": office.owner, "owner_name": at.owner(&office.owner).map(|facts| facts.name.as_str()),
        "unit": record.unit, "categories": record.categories, "level": record.level, "rank": record.rank,
        "languages": record.languages, "organisation": record.organisation, "backup_of": record.backup_of,
        "answers": record.answers.unwrap_or(Answers::Unit), "wants": record.wants, "networks": record.networks,
        "effective": record.effective.and_then(when::rfc), "valid_until": record.valid_until.and_then(when::rfc),
        "confirmed_at": fresh.confirmed.and_then(when::rfc), "freshness": fresh.freshness.name(),
        "late_days": late(office, record, at), "card": station.card(office),
        "there_now": station.card(office).and_then(|card| is_there(&card, station.clock().now_s())), "released_at": at.office_since(office).and_then(when::rfc),
        "groups": groups_of(&office.owner, at, station), "devices": devices, "fingerprint": fingerprint(&office.owner, at),
    })
}
