//! How do lists of offices come and go? A list becomes entries where this station may say them, and drafts for whoever may; the
//! directory becomes a list. It must never know how a line is written.

mod row;

use std::collections::BTreeMap;
use std::path::PathBuf;

use liaison_client::Station;
use liaison_client::cards::salted;
use liaison_keys::card::Card;
use liaison_keys::directory::{Body, OfficeRecord, Rank};
use liaison_keys::names::{OfficeId, Owner, Subject};
use serde_json::{Value as Json, json};

use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;
use crate::out;
use row::Row;

/// What becomes of a line.
struct Line {
    number: u64,
    row: Row,
    office: Option<OfficeId>,
    wants: Wants,
    hints: Vec<String>,
    done: &'static str,
}

enum Wants {
    /// It cannot be read.
    Wrong(String),
    /// It is so already.
    Same,
    /// An entry, and perhaps another card.
    Entry(Box<(OfficeRecord, Option<Card>)>),
}

/// Whether bytes are a list and not a copy of the directory.
pub(super) fn is_list(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let begins = text.trim_start_matches('\u{feff}').trim_start();
    (begins.starts_with('[') || begins.to_lowercase().starts_with("office")).then_some(text)
}

pub(super) async fn import(
    text: &str,
    out: Option<&PathBuf>,
    dry_run: bool,
    (desk, io): (&mut Desk, &mut Io),
) -> Result<Exit, Failure> {
    let rows = row::read(text).map_err(|error| fail!(Exit::Data, "error-list").with_lines(vec![error]))?;
    let mut lines = Vec::new();
    for (number, row) in rows {
        lines.push(plan(number, row, &desk.station)?);
    }
    let ours = lines.iter().filter(|line| line.done == "here").count();
    if !dry_run {
        if let Some(folder) = out {
            write_drafts(&mut lines, folder, &desk.station, io)?;
        }
        if ours > 0 {
            io.confirm(&table(&lines, io), &say!("ask-list", n = ours))?;
            for line in lines.iter_mut().filter(|line| line.done == "here") {
                line.done = match say_line(line, desk).await {
                    Ok(()) => "logged",
                    Err(failure) if failure.passes() => return Err(failure),
                    Err(failure) => {
                        line.hints.push(failure.message());
                        "refused"
                    }
                };
            }
        }
    }
    tell(&lines, io);
    if dry_run {
        io.note(&say!("say-dry-run"));
    }
    let bad = lines.iter().any(|line| matches!(line.done, "wrong" | "refused"));
    Ok(if bad { Exit::Data } else { Exit::Done })
}

/// What a line wants, whether it can be said here, and what is unusual about it.
fn plan(number: u64, row: Row, station: &Station) -> Result<Line, Failure> {
    let at = station.directory()?;
    let wrong = |row: Row, office, text: String| Line {
        number,
        row,
        office,
        wants: Wants::Wrong(text),
        hints: Vec::new(),
        done: "wrong",
    };
    let office = match row.office() {
        Ok(office) => office,
        Err(text) => return Ok(wrong(row, None, text)),
    };
    let record = match row.record(&office, at) {
        Ok(record) => record,
        Err(text) => return Ok(wrong(row, Some(office), text)),
    };
    let stands = station.card(&office);
    let card = match row.card(stands.clone()) {
        Ok(card) => card.filter(|card| stands.as_ref() != Some(card)),
        Err(text) => return Ok(wrong(row, Some(office), text)),
    };
    if at.office(&office) == Some(&record) && card.is_none() {
        return Ok(Line {
            number,
            row,
            office: Some(office),
            wants: Wants::Same,
            hints: Vec::new(),
            done: "same",
        });
    }
    let hints = hints(&office, &record, station)?;
    let made = station.statement(Subject::Office(office.clone()), &body(&office, record.clone(), station)?);
    let done = match made {
        Ok(made) if made.missing().is_empty() => "here",
        _ => "elsewhere",
    };
    let wants = Wants::Entry(Box::new((record, card)));
    Ok(Line { number, row, office: Some(office), wants, hints, done })
}

/// Nominates, or updates what stands.
fn body(office: &OfficeId, record: OfficeRecord, station: &Station) -> Result<Body, Failure> {
    let stands = station.directory()?.office(office).is_some();
    Ok(if stands { Body::Update(record) } else { Body::Nominate(record) })
}

/// What is unusual, and stops nothing.
fn hints(office: &OfficeId, record: &OfficeRecord, station: &Station) -> Result<Vec<String>, Failure> {
    let at = station.directory()?;
    let mut hints = Vec::new();
    if at.owner(&office.owner).is_none() {
        hints.push(say!("hint-not-enrolled", owner = office.owner.display()));
    }
    let united_nations = |tag: &String| UN_LANGUAGES.contains(&tag.split('-').next().unwrap_or(tag));
    if !record.languages.iter().any(united_nations) {
        hints.push(say!("hint-no-un-language"));
    }
    if record.rank == Rank::Backup && record.backup_of.is_none() {
        hints.push(say!("hint-no-primary"));
    }
    let drafter = station.office().ok().map(|office| office.owner.clone());
    if let Some(organization) = drafter.filter(|owner| owner.state().is_none())
        && office.owner.state().is_some()
        && !at.permitted(&office.owner).contains(&&organization)
    {
        hints.push(say!("hint-not-permitted", owner = office.owner.display()));
    }
    Ok(hints)
}

async fn say_line(line: &Line, desk: &mut Desk) -> Result<(), Failure> {
    let (Some(office), Wants::Entry(entry)) = (&line.office, &line.wants) else { return Ok(()) };
    let (mut record, card) = (**entry).clone();
    if let Some(card) = card {
        let card = salted(&card)
            .map_err(|error| fail!(Exit::Data, "error-card").with_lines(vec![error.to_string()]))?;
        desk.put_card(office, &card).await?;
        record.card = Some(card.hash());
    }
    let body = body(office, record, &desk.station)?;
    let made = desk.station.statement(Subject::Office(office.clone()), &body)?;
    desk.station.try_out(&made)?;
    desk.submit(&made).await.map(|_| ())
}

/// One list for each owner whose keys are elsewhere: that owner releases it with the same command.
fn write_drafts(
    lines: &mut [Line],
    folder: &std::path::Path,
    station: &Station,
    io: &mut Io,
) -> Result<(), Failure> {
    let drafter =
        station.office().ok().map(|office| office.owner.clone()).filter(|owner| owner.state().is_none());
    let mut drafts: BTreeMap<Owner, Vec<Row>> = BTreeMap::new();
    for line in lines.iter_mut().filter(|line| line.done == "elsewhere") {
        let Some(office) = &line.office else { continue };
        let mut row = line.row.clone();
        if let Some(drafter) = drafter.as_ref().filter(|_| row.supplied_by.is_empty()) {
            row.supplied_by = drafter.to_string();
        }
        drafts.entry(office.owner.clone()).or_default().push(row);
        line.done = "drafted";
    }
    for (owner, rows) in drafts {
        let name = owner.to_string().replace(':', "-");
        let text = row::write(&rows).map_err(|_| fail!(Exit::Internal, "error-internal"))?;
        io.write_new(&folder.join(format!("{name}.csv")), text.as_bytes(), false)?;
    }
    Ok(())
}

impl Line {
    fn what(&self) -> String {
        match &self.wants {
            Wants::Wrong(text) => out::line(text),
            Wants::Same => say!("list-same"),
            Wants::Entry(entry) => out::line(&entry.0.unit),
        }
    }

    fn becomes(&self) -> String {
        match self.done {
            "here" => say!("group-done-here"),
            "elsewhere" => say!("group-done-elsewhere"),
            "drafted" => say!("list-drafted"),
            "logged" => say!("group-done-logged"),
            "refused" => say!("group-done-refused"),
            "wrong" => say!("list-wrong"),
            _ => say!("group-done-nothing"),
        }
    }

    fn json(&self) -> Json {
        let error = if let Wants::Wrong(text) = &self.wants { Some(text) } else { None };
        json!({
            "row": self.number, "office": self.row.office, "done": self.done, "error": error, "hints": self.hints,
        })
    }
}

fn tell(lines: &[Line], io: &mut Io) {
    if io.json {
        for line in lines {
            io.say(&line.json().to_string());
        }
    } else {
        let table = table(lines, io);
        io.say(&table);
    }
}

fn table(lines: &[Line], io: &Io) -> String {
    let head = ["label-row", "label-office", "label-unit", "label-done", "label-remarks"]
        .map(|key| say!(key))
        .to_vec();
    let row = |line: &Line| {
        vec![
            line.number.to_string(),
            out::line(&line.row.office),
            line.what(),
            line.becomes(),
            line.hints.join("; "),
        ]
    };
    out::table(io.width, head, lines.iter().map(row).collect())
}

/// The directory's offices as a list.
pub(super) fn export(json: bool, station: &Station) -> Result<String, Failure> {
    let at = station.directory()?;
    let rows: Vec<Row> =
        at.offices().map(|(office, record)| Row::of(office, record, station.card(office).as_ref())).collect();
    let internal = || fail!(Exit::Internal, "error-internal");
    if json {
        serde_json::to_string_pretty(&rows).map_err(|_| internal())
    } else {
        row::write(&rows).map_err(|_| internal())
    }
}

/// Who takes part, since when, and for what; nothing of a person, and nobody who does not take part.
pub(super) fn participation(station: &Station) -> Result<String, Failure> {
    let at = station.directory()?;
    let mut states: BTreeMap<String, (u64, std::collections::BTreeSet<&str>)> = BTreeMap::new();
    for (office, record) in at.offices() {
        let Some(state) = office.owner.state() else { continue };
        let since = at.enrolled(&office.owner).map_or(0, |facts| facts.enrolled.time);
        let (_, categories) =
            states.entry(state.upper()).or_insert_with(|| (since, std::collections::BTreeSet::new()));
        categories.extend(record.categories.iter().map(|category| category.name()));
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    let internal = |_| fail!(Exit::Internal, "error-internal");
    writer.write_record(["state", "since", "categories"]).map_err(internal)?;
    for (state, (since, categories)) in states {
        let categories: Vec<&str> = categories.into_iter().collect();
        writer.write_record([&state, &crate::when::day(since), &categories.join(";")]).map_err(internal)?;
    }
    let bytes = writer.into_inner().map_err(|_| fail!(Exit::Internal, "error-internal"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

const UN_LANGUAGES: [&str; 6] = ["ar", "en", "es", "fr", "ru", "zh"];
