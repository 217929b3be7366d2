//! How is an office reached by other means? Composing its contact card, and storing it where participants read it.
//! It must never know who reads it.

use std::path::PathBuf;

use clap::Args;
use email_address::EmailAddress;
use liaison_client::cards::salted;
use liaison_keys::card::{
    Absence, Availability, Card, CardError, Email, EmailKind, Hours, Person, Phone, PhoneKind, Weekday,
};
use liaison_keys::cbor;
use liaison_keys::directory::Body;
use liaison_keys::names::{GroupId, OfficeId};

use super::change::{record, say_it};
use crate::cli::names;
use crate::cli::statement::Carry;
use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;
use crate::when;

#[derive(Debug, Args)]
pub(crate) struct CardArgs {
    #[arg(value_parser = names::office)]
    office: OfficeId,
    #[arg(long, value_name = "FILE|-")]
    file: Option<PathBuf>,
    #[arg(long = "email", value_name = "ADDRESS[=KIND]", num_args = 1..)]
    emails: Option<Vec<String>>,
    #[arg(long = "phone", value_name = "NUMBER[=KIND]", num_args = 1..)]
    phones: Option<Vec<String>>,
    #[arg(long, value_name = "NAME")]
    person: Option<String>,
    #[arg(long, value_name = "TEXT")]
    designation: Option<String>,
    #[arg(long)]
    city: Option<String>,
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    #[arg(long = "hours", value_name = "DAYS=FROM-TO", num_args = 1.., requires = "time_zone")]
    hours: Option<Vec<String>>,
    #[arg(long, requires = "time_zone", conflicts_with = "hours")]
    always: bool,
    #[arg(long = "absent", value_name = "FROM..UNTIL", num_args = 1..)]
    absent: Option<Vec<String>>,
    #[arg(long, value_name = "FINGERPRINT")]
    pgp: Option<String>,
    #[arg(long = "only-for", value_name = "GROUP", num_args = 1.., value_parser = names::group)]
    only_for: Option<Vec<GroupId>>,
    #[arg(long, conflicts_with_all = ["file", "emails", "phones", "person", "city", "time_zone"])]
    remove: bool,
    #[command(flatten)]
    carry: Carry,
}

impl CardArgs {
    pub(crate) fn reads_input(&self) -> bool {
        self.file.as_ref().is_some_and(|file| file.as_os_str() == "-")
    }
}

pub(super) async fn run(args: &CardArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    let office = &args.office;
    let mut record = record(office, desk)?;
    if args.remove {
        record.card = None;
        record.card_for = None;
        return say_it(office, &Body::Update(record), &args.carry, desk, io).await;
    }
    let card = args.card(desk, io)?;
    card.check().map_err(unfit)?;
    if let Some(groups) = &args.only_for {
        let mut groups = groups.clone();
        cbor::make_set(&mut groups);
        let at = desk.station.directory()?;
        if let Some(unknown) = groups.iter().find(|group| at.group(group).is_none()) {
            return Err(fail!(Exit::NotFound, "error-no-group", group = unknown));
        }
        record.card_for = Some(groups);
    }
    for line in lines(&card) {
        io.note(&format!("  {}: {}", line.0, line.1));
    }
    let card = salted(&card).map_err(unfit)?;
    record.card = Some(card.hash());
    if args.carry.dry_run {
        io.note(&say!("say-dry-run"));
        return Ok(Exit::Done);
    }
    desk.connect(io).await?;
    desk.put_card(office, &card).await?;
    say_it(office, &Body::Update(record), &args.carry, desk, io).await
}

fn unfit(error: CardError) -> Failure {
    fail!(Exit::Data, "error-card").with_lines(vec![error.to_string()])
}

impl CardArgs {
    /// The card that stands, or the file's, with what was said put over it.
    fn card(&self, desk: &Desk, io: &mut Io) -> Result<Card, Failure> {
        let mut card = match &self.file {
            Some(file) => {
                let text = io.read_text(file)?;
                serde_json::from_str(&text)
                    .map_err(|error| fail!(Exit::Data, "error-card").with_lines(vec![error.to_string()]))?
            }
            None => desk.station.card(&self.office).unwrap_or_default(),
        };
        if let Some(texts) = &self.emails {
            card.emails = texts.iter().map(|text| email(text)).collect::<Result<_, _>>()?;
        }
        if let Some(texts) = &self.phones {
            card.phones = texts.iter().map(|text| phone(text)).collect::<Result<_, _>>()?;
        }
        if self.person.is_some() || self.designation.is_some() {
            let stands = card.person.take().unwrap_or_default();
            card.person = Some(Person {
                name: self.person.clone().or(stands.name),
                designation: self.designation.clone().or(stands.designation),
            });
        }
        card.city = self.city.clone().or(card.city);
        card.pgp = self.pgp.as_ref().map(|text| text.replace(' ', "").to_lowercase()).or(card.pgp);
        if let Some(zone) = &self.time_zone {
            card.availability = Some(self.availability(zone)?);
        }
        if let (Some(texts), Some(availability)) = (&self.absent, &mut card.availability) {
            let read = |text: &String| absence(text, desk.now_s());
            availability.absences = texts.iter().map(read).collect::<Result<_, _>>()?;
        }
        Ok(card)
    }

    fn availability(&self, zone: &str) -> Result<Availability, Failure> {
        if !when::is_zone(zone) {
            return Err(fail!(Exit::Usage, "error-zone", zone = zone));
        }
        let hours = self.hours.iter().flatten().map(|text| hours(text)).collect::<Result<_, _>>()?;
        Ok(Availability { time_zone: zone.to_owned(), always: self.always, hours, absences: Vec::new() })
    }
}

/// `duty@cert.xa.example`, or with what it is for: `duty@cert.xa.example=duty`.
pub(crate) fn email(text: &str) -> Result<Email, Failure> {
    let (address, kind) = text.rsplit_once('=').unwrap_or((text, "unit"));
    let kind = EmailKind::from_name(kind).filter(|_| EmailAddress::is_valid(address));
    let kind = kind.ok_or_else(|| fail!(Exit::Usage, "error-email", text = text))?;
    Ok(Email { address: address.to_owned(), kind })
}

/// `+999 0000 0001`, or with what it is for: `+999 0000 0001=duty-24x7`. The number is read as the plan of its country says;
/// one of no country's plan, such as an exercise has, is taken by its digits.
pub(crate) fn phone(text: &str) -> Result<Phone, Failure> {
    let (written, kind) = text.rsplit_once('=').unwrap_or((text, "office"));
    let wrong = || fail!(Exit::Usage, "error-phone", text = text);
    let kind = PhoneKind::from_name(kind).ok_or_else(wrong)?;
    let written = written.trim();
    let number = match phonenumber::parse(None, written) {
        Ok(number) => number.format().mode(phonenumber::Mode::E164).to_string(),
        Err(_) => {
            let digits: String =
                written.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.' | '/')).collect();
            digits
        }
    };
    if !number.strip_prefix('+').is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit())) {
        return Err(wrong());
    }
    let written = (written != number).then(|| written.to_owned());
    Ok(Phone { number, kind, written, hours: None })
}

/// `mo-fr=09:00-17:00`, or single days: `mo,we,fr=09:00-17:00`.
fn hours(text: &str) -> Result<Hours, Failure> {
    let wrong = || fail!(Exit::Usage, "error-hours", text = text);
    let (days, times) = text.split_once('=').ok_or_else(wrong)?;
    let (from, to) = times.split_once('-').ok_or_else(wrong)?;
    let mut all = Vec::new();
    for part in days.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let day = |name: &str| Weekday::from_name(&name.to_lowercase()).ok_or_else(wrong);
        let (first, last) = (day(first)?, day(last)?);
        all.extend(Weekday::ALL.iter().copied().filter(|day| (first..=last).contains(day)));
    }
    all.sort_unstable();
    all.dedup();
    let (from, to) = (minutes(from).ok_or_else(wrong)?, minutes(to).ok_or_else(wrong)?);
    if all.is_empty() || from >= to { Err(wrong()) } else { Ok(Hours { days: all, from, to }) }
}

fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 24 && minutes < 60 && hours * 60 + minutes <= 1_440).then_some(hours * 60 + minutes)
}

fn absence(text: &str, now: u64) -> Result<Absence, Failure> {
    let wrong = || fail!(Exit::Usage, "error-time", text = text);
    let (from, until) = text.split_once("..").ok_or_else(wrong)?;
    let (from, until) = (when::read(from, now).ok_or_else(wrong)?, when::read(until, now).ok_or_else(wrong)?);
    if from < until { Ok(Absence { from, until }) } else { Err(wrong()) }
}

/// What stands on a card, for a person.
pub(crate) fn lines(card: &Card) -> Vec<(String, String)> {
    let clean = |text: &str| crate::out::line(text);
    let mut lines = Vec::new();
    if let Some(person) = &card.person {
        let parts: Vec<&str> =
            [&person.name, &person.designation].into_iter().flatten().map(String::as_str).collect();
        lines.push((say!("label-person-in-charge"), clean(&parts.join(", "))));
    }
    lines.extend(card.city.as_deref().map(|city| (say!("label-city"), clean(city))));
    for email in &card.emails {
        lines.push((say!("label-email"), format!("{} ({})", clean(&email.address), email.kind.name())));
    }
    for phone in &card.phones {
        let hours = phone.hours.as_deref().map(|hours| format!(", {}", clean(hours))).unwrap_or_default();
        let written = phone.written.as_deref().map(clean).unwrap_or_else(|| phone.number.clone());
        lines.push((say!("label-phone"), format!("{written} ({}{hours})", phone.kind.name())));
    }
    lines.extend(card.availability.as_ref().map(|times| (say!("label-hours"), availability(times))));
    lines.extend(card.pgp.as_deref().map(|text| (say!("label-pgp"), clean(text))));
    lines
}

fn availability(times: &Availability) -> String {
    let zone = crate::out::line(&times.time_zone);
    let at = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    let mut parts: Vec<String> = times
        .hours
        .iter()
        .map(|hours| {
            let days: Vec<&str> = hours.days.iter().map(|day| day.name()).collect();
            format!("{} {}-{}", days.join(","), at(hours.from), at(hours.to))
        })
        .collect();
    if times.always {
        parts.push(say!("word-always"));
    }
    parts.extend(
        times.absences.iter().map(|absence| {
            say!("say-absent", from = when::utc(absence.from), until = when::utc(absence.until))
        }),
    );
    format!("{} {zone}", parts.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_addresses_are_read_as_people_write_them() {
        let read = phone("+43 1 531 15-0=duty-24x7").unwrap();
        assert_eq!((read.number.as_str(), read.kind), ("+431531150", PhoneKind::Duty));
        assert_eq!(read.written.as_deref(), Some("+43 1 531 15-0"));
        let fictional = phone("+999 0000 0001").unwrap();
        assert_eq!((fictional.number.as_str(), fictional.kind), ("+99900000001", PhoneKind::Office));
        assert!(phone("0660 123").is_err() && phone("+43 1 531=pager").is_err() && phone("ask").is_err());
        assert_eq!(email("duty@cert.xa.example=duty").unwrap().kind, EmailKind::Duty);
        assert!(email("duty@@xa").is_err() && email("duty@xa.example=boss").is_err());
    }

    #[test]
    fn hours_are_days_and_times() {
        let week = hours("mo-fr=09:00-17:30").unwrap();
        assert_eq!((week.days.len(), week.from, week.to), (5, 540, 1_050));
        assert_eq!(hours("SA,mo=00:00-24:00").unwrap().days, [Weekday::Mo, Weekday::Sa]);
        for wrong in ["mo", "mo=9", "xx=09:00-10:00", "mo=10:00-09:00", "fr-mo=09:00-10:00", "mo=09:61-10:00"]
        {
            assert!(hours(wrong).is_err(), "{wrong}");
        }
    }
}
