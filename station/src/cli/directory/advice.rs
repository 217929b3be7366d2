//! What would make a State's entries better, and what is each kind of office for? Hints that stop nothing.
//! It must never know how an entry is changed.

use clap::Args;
use liaison_client::Station;
use liaison_keys::directory::{Answers, At, Category, OfficeRecord, Rank};
use liaison_keys::names::{OfficeId, Owner};
use liaison_proto::freshness::Freshness;
use liaison_proto::profile;
use serde_json::json;

use super::fresh;
use crate::cli::{group, names};
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;
use crate::out::{self, Paint};
use crate::when;

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[arg(value_parser = names::owner)]
    owner: Option<Owner>,
}

#[derive(Debug, Args)]
pub(crate) struct RoleArgs {
    #[arg(value_parser = names::category)]
    category: Option<Category>,
}

/// A hint: whose, by which short name, in words.
struct Hint {
    about: String,
    code: &'static str,
    words: String,
}

/// Hints on the entries of a State or organization: one's own, if none is named.
pub(super) fn check(args: &CheckArgs, station: &Station, io: &mut Io) -> Result<Exit, Failure> {
    let at = station.directory()?;
    let own = || group::own_state(station).map(Owner::State);
    let owner = args.owner.clone().or_else(own).ok_or_else(|| fail!(Exit::Usage, "error-which-state"))?;
    if at.enrolled(&owner).is_none() {
        return Err(fail!(Exit::NotFound, "error-not-in-directory", name = owner.display()));
    }
    let hints = hints(&owner, at, station);
    if io.json {
        for hint in &hints {
            io.say(&json!({"about": hint.about, "hint": hint.code, "words": hint.words}).to_string());
        }
    } else if hints.is_empty() {
        io.say(&say!("say-no-hints", owner = owner.display()));
    } else {
        let head = ["label-office", "label-remarks"].map(|key| say!(key)).to_vec();
        let rows = hints.iter().map(|hint| vec![hint.about.clone(), hint.words.clone()]).collect();
        let table = out::table(io.width, head, rows);
        io.say(&table);
    }
    Ok(Exit::Done)
}

fn hints(owner: &Owner, at: At<'_>, station: &Station) -> Vec<Hint> {
    let offices: Vec<(&OfficeId, &OfficeRecord)> =
        at.offices().filter(|(office, _)| office.owner == *owner).collect();
    let mut hints = Vec::new();
    if owner.state().is_some() {
        let wanted = usize::from(profile::settings(at).offices_wanted);
        let has = |wanted: &[Category]| {
            offices.iter().any(|(_, record)| record.categories.iter().any(|one| wanted.contains(one)))
        };
        let mut whole = |code, words| hints.push(Hint { about: owner.display(), code, words });
        if offices.len() < wanted {
            whole("few-offices", say!("advice-few-offices", n = offices.len(), wanted = wanted));
        }
        if !has(&[Category::Technical, Category::Operations, Category::Single]) {
            whole("no-technical", say!("advice-no-technical"));
        }
        if !has(&[Category::Diplomatic, Category::Single]) {
            whole("no-diplomatic", say!("advice-no-diplomatic"));
        }
    }
    for (office, record) in offices {
        hints.extend(of_office(office, record, at, station));
    }
    hints
}

fn of_office(office: &OfficeId, record: &OfficeRecord, at: At<'_>, station: &Station) -> Vec<Hint> {
    let now = at.time();
    let mut hints = Vec::new();
    let mut hint = |code, words| hints.push(Hint { about: office.to_string(), code, words });
    let fresh = fresh(office, at, now);
    if fresh.freshness != Freshness::Confirmed {
        hint("due", say!("advice-due", when = fresh.words()));
    }
    let ends = at.contacts_of(office).map(|contact| contact.expires).max();
    match ends {
        None => hint("no-device", say!("advice-no-device")),
        Some(ends) if ends.saturating_sub(now) < KEY_ENDS_SOON_S => {
            hint("key-ends", say!("advice-key-ends", day = when::day(ends)));
        }
        Some(_) => {}
    }
    if record.card.is_none() {
        hint("no-card", say!("advice-no-card"));
    } else if station.card(office).is_some_and(|card| card.phones.is_empty()) {
        hint("no-phone", say!("advice-no-phone"));
    }
    hints.extend(of_record(office, record, at));
    hints
}

/// What an entry says itself, whatever else is known of its office.
fn of_record(office: &OfficeId, record: &OfficeRecord, at: At<'_>) -> Vec<Hint> {
    let now = at.time();
    let mut hints = Vec::new();
    let mut hint = |code, words| hints.push(Hint { about: office.to_string(), code, words });
    if !record
        .languages
        .iter()
        .any(|language| UN_LANGUAGES.contains(&language.split('-').next().unwrap_or_default()))
    {
        hint("no-un-language", say!("advice-no-un-language"));
    }
    if record.answers == Some(Answers::Person) && record.valid_until.is_none() {
        hint("person-without-end", say!("advice-person"));
    }
    if record.valid_until.is_some_and(|until| until < now) {
        hint("no-longer-valid", say!("advice-no-longer-valid"));
    }
    if record.rank == Rank::Backup {
        let primary = record.backup_of.as_ref().and_then(|primary| at.office(primary));
        let shares = primary.is_some_and(|primary| {
            primary.rank == Rank::Primary
                && primary.categories.iter().any(|one| record.categories.contains(one))
        });
        if !shares {
            hint("no-primary", say!("advice-no-primary"));
        }
    }
    hints
}

/// Hints on an entry that is about to be said: they stop nothing.
pub(crate) fn tell(
    office: &OfficeId,
    record: &OfficeRecord,
    station: &Station,
    io: &mut Io,
) -> Result<(), Failure> {
    for hint in of_record(office, record, station.directory()?) {
        io.note(&format!("{} {}", io.paint(Paint::Warn, &say!("say-hint")), hint.words));
    }
    Ok(())
}

/// What offices of a category are for (paper X §5 ¶2, I ¶4).
pub(super) fn role(args: &RoleArgs, io: &mut Io) -> Exit {
    let wanted = |category: &&Category| args.category.is_none_or(|one| one == **category);
    for category in Category::ALL.iter().filter(wanted) {
        let words = role_words(*category);
        if io.json {
            io.say(&json!({"category": category, "role": words}).to_string());
        } else {
            io.say(&format!("{}\n  {words}", category.name()));
        }
    }
    Exit::Done
}

fn role_words(category: Category) -> String {
    say!(match category {
        Category::Diplomatic => "role-diplomatic",
        Category::Policy => "role-policy",
        Category::Technical => "role-technical",
        Category::Operations => "role-operations",
        Category::Assistance => "role-assistance",
        Category::PolicyLegal => "role-policy-legal",
        Category::LawEnforcement => "role-law-enforcement",
        Category::NationalSecurity => "role-national-security",
        Category::Single => "role-single",
    })
}

/// Of which every Point of Contact should read one.
const UN_LANGUAGES: [&str; 6] = ["ar", "en", "es", "fr", "ru", "zh"];
const KEY_ENDS_SOON_S: u64 = 60 * 86_400;
