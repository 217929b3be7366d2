//! What becomes of an office's entry? Changing it, ending it, saying that it still holds.
//! It must never know contact data: that is the card's.

use clap::Args;
use liaison_keys::cbor;
use liaison_keys::directory::body::{Confirm, Withdraw};
use liaison_keys::directory::{Answers, Body, Category, Level, Membership, OfficeRecord, Rank};
use liaison_keys::names::{GroupId, OfficeId, Slug, Subject};

use crate::cli::names;
use crate::cli::statement::{self, Carry};
use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;
use crate::out::Paint;
use crate::when;

/// What a record may say besides.
#[derive(Debug, Default, Args)]
pub(crate) struct More {
    #[arg(long, value_name = "TEXT")]
    organisation: Option<String>,
    #[arg(long, value_name = "OFFICE", value_parser = names::office)]
    backup_of: Option<OfficeId>,
    #[arg(long)]
    person: bool,
    #[arg(long = "wants", value_name = "KIND", num_args = 1.., value_parser = names::slug)]
    wants: Option<Vec<Slug>>,
    #[arg(long = "same-poc-in", value_name = "GROUP", num_args = 1.., value_parser = names::group)]
    same_poc_in: Option<Vec<GroupId>>,
    #[arg(long, value_name = "TIME")]
    effective: Option<String>,
    #[arg(long, value_name = "TIME")]
    valid_until: Option<String>,
}

impl More {
    /// Puts what was said onto a record; what was not said stays as it is.
    pub(super) fn put(&self, record: &mut OfficeRecord, now: u64) -> Result<(), Failure> {
        let time = |text: &Option<String>| {
            let read = |text: &String| {
                when::read(text, now).ok_or_else(|| fail!(Exit::Usage, "error-time", text = text))
            };
            text.as_ref().map(read).transpose()
        };
        if let Some(text) = &self.organisation {
            record.organisation = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        }
        if let Some(primary) = &self.backup_of {
            record.rank = Rank::Backup;
            record.backup_of = Some(primary.clone());
        }
        if self.person {
            record.answers = Some(Answers::Person);
        }
        if let Some(wants) = &self.wants {
            let mut wants = wants.clone();
            cbor::make_set(&mut wants);
            record.wants = Some(wants);
        }
        if let Some(groups) = &self.same_poc_in {
            let mut groups = groups.clone();
            cbor::make_set(&mut groups);
            let same = |group| Membership { group, same_poc: true, supplied_by: None };
            record.networks = Some(groups.into_iter().map(same).collect());
        }
        record.effective = time(&self.effective)?.or(record.effective);
        record.valid_until = time(&self.valid_until)?.or(record.valid_until);
        Ok(())
    }
}

#[derive(Debug, Args)]
pub(crate) struct UpdateArgs {
    #[arg(value_parser = names::office)]
    office: OfficeId,
    #[arg(long, value_name = "TEXT")]
    unit: Option<String>,
    #[arg(long = "category", value_name = "CATEGORY", num_args = 1.., value_parser = names::category)]
    categories: Option<Vec<Category>>,
    #[arg(long, value_parser = names::level)]
    level: Option<Level>,
    #[arg(long, value_parser = names::rank)]
    rank: Option<Rank>,
    #[arg(long = "language", value_name = "LANGUAGE", num_args = 1..)]
    languages: Option<Vec<String>>,
    #[command(flatten)]
    more: More,
    #[command(flatten)]
    carry: Carry,
}

#[derive(Debug, Args)]
pub(crate) struct WithdrawArgs {
    #[arg(value_parser = names::office)]
    office: OfficeId,
    #[command(flatten)]
    carry: Carry,
}

#[derive(Debug, Args)]
pub(crate) struct ConfirmArgs {
    #[arg(value_parser = names::office)]
    office: Option<OfficeId>,
    #[command(flatten)]
    carry: Carry,
}

pub(super) async fn update(args: &UpdateArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    let office = &args.office;
    let stands = record(office, desk)?;
    let mut record = stands.clone();
    if let Some(unit) = &args.unit {
        unit.trim().clone_into(&mut record.unit);
    }
    if let Some(categories) = &args.categories {
        record.categories.clone_from(categories);
        record.categories.extend(office.owner.state().and(Category::from_name(office.role.as_str())));
        record.categories.sort_unstable();
        record.categories.dedup();
    }
    record.level = args.level.or(record.level);
    if let Some(rank) = args.rank {
        record.rank = rank;
        record.backup_of = record.backup_of.filter(|_| rank == Rank::Backup);
    }
    if let Some(languages) = &args.languages {
        record.languages.clone_from(languages);
    }
    args.more.put(&mut record, desk.now_s())?;
    if record == stands {
        return Err(fail!(Exit::Usage, "error-no-change", office = office));
    }
    if !record.is_well_formed(office.owner.state().is_some()) {
        return Err(fail!(Exit::Data, "error-office-record"));
    }
    crate::cli::directory::tell_hints(office, &record, &desk.station, io)?;
    say_it(office, &Body::Update(record), &args.carry, desk, io).await
}

pub(super) async fn withdraw(args: &WithdrawArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    record(&args.office, desk)?;
    if !args.carry.dry_run && args.carry.out.is_none() {
        let shown = say!("ask-withdraw-shown", office = args.office.to_string());
        io.confirm(&shown, &say!("ask-withdraw"))?;
    }
    say_it(&args.office, &Body::Withdraw(Withdraw {}), &args.carry, desk, io).await
}

/// Shows the entry, and says for the person who looked at it that it still holds.
pub(super) async fn confirm(args: &ConfirmArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    let own = || desk.station.office().ok();
    let office = args.office.clone().or_else(own).ok_or_else(|| fail!(Exit::Usage, "error-which-office"))?;
    let record = record(&office, desk)?;
    if !args.carry.dry_run && args.carry.out.is_none() {
        let shown = crate::cli::directory::entry(&office, &record, &desk.station, io)?;
        io.confirm(&shown, &say!("ask-confirm"))?;
    }
    let body = Body::Confirm(Confirm { card: record.card });
    let own = desk.station.own_contact().is_ok_and(|own| own.office == office);
    if !own || args.carry.dry_run || args.carry.out.is_some() {
        return say_it(&office, &body, &args.carry, desk, io).await;
    }
    let made = desk.station.statement(Subject::Office(office), &body)?;
    io.note(&statement::words(&made, &desk.station));
    let ended = statement::carry_on(&made, &args.carry, desk, io).await?;
    // It is in the directory, whatever becomes of the rest.
    let proved = match desk.prove().await {
        Ok(proved) => proved,
        Err(failure) => {
            failure.report(io);
            None
        }
    };
    let words = match proved {
        Some(ms) => say!("say-proved", ms = ms),
        None => io.paint(Paint::Alarm, &say!("say-not-proved")),
    };
    let exit = ended.with("opened_after_ms", proved, &words).tell(io);
    Ok(if proved.is_some() { exit } else { Exit::Incomplete })
}

pub(super) fn record(office: &OfficeId, desk: &Desk) -> Result<OfficeRecord, Failure> {
    let at = desk.station.directory()?;
    at.office(office).cloned().ok_or_else(|| fail!(Exit::NotFound, "error-no-office", office = office))
}

pub(super) async fn say_it(
    office: &OfficeId,
    body: &Body,
    carry: &Carry,
    desk: &mut Desk,
    io: &mut Io,
) -> Result<Exit, Failure> {
    let made = desk.station.statement(Subject::Office(office.clone()), body)?;
    statement::finish(&made, carry, desk, io).await
}
