//! Which units of a State can be reached? Nominating an office, and changing or ending its entry.
//! It must never know a person's name or number.

mod card;
mod change;

use clap::{Args, Subcommand};
use liaison_keys::directory::{Body, Category, Level, OfficeRecord, Rank};
use liaison_keys::names::{OfficeId, Subject};

pub(crate) use card::{email, lines as card_lines, phone};
pub(crate) use change::ConfirmArgs;

use super::names;
use super::statement::{self, Carry};
use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;

#[derive(Debug, Subcommand)]
pub(crate) enum OfficeVerb {
    Nominate(NominateArgs),
    Update(change::UpdateArgs),
    Withdraw(change::WithdrawArgs),
    Confirm(change::ConfirmArgs),
    Card(card::CardArgs),
}

impl OfficeVerb {
    pub(super) fn reads_input(&self) -> bool {
        matches!(self, Self::Card(args) if args.reads_input())
    }
}

#[derive(Debug, Args)]
pub(crate) struct NominateArgs {
    #[arg(value_parser = names::office)]
    office: OfficeId,
    #[arg(long, value_name = "TEXT")]
    unit: String,
    #[arg(long = "category", value_name = "CATEGORY", num_args = 1.., value_parser = names::category)]
    categories: Vec<Category>,
    #[arg(long, value_parser = names::level)]
    level: Option<Level>,
    #[arg(long, value_parser = names::rank, default_value = "primary")]
    rank: Rank,
    #[arg(long = "language", value_name = "LANGUAGE", num_args = 1..)]
    languages: Vec<String>,
    #[command(flatten)]
    more: change::More,
    #[command(flatten)]
    carry: Carry,
}

pub(super) async fn run(verb: &OfficeVerb, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    statement::current(desk, io).await?;
    match verb {
        OfficeVerb::Nominate(args) => nominate(args, desk, io).await,
        OfficeVerb::Update(args) => change::update(args, desk, io).await,
        OfficeVerb::Withdraw(args) => change::withdraw(args, desk, io).await,
        OfficeVerb::Confirm(args) => change::confirm(args, desk, io).await,
        OfficeVerb::Card(args) => card::run(args, desk, io).await,
    }
}

/// The same as `liaison office confirm`, where people look for it.
pub(super) async fn confirm_entry(args: &ConfirmArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    statement::current(desk, io).await?;
    change::confirm(args, desk, io).await
}

async fn nominate(args: &NominateArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    let office = &args.office;
    if desk.station.directory()?.office(office).is_some() {
        return Err(fail!(Exit::Exists, "error-nominated", office = office));
    }
    let mut categories = args.categories.clone();
    // An office of a State is for what its name says, whatever else it is for.
    categories.extend(office.owner.state().and_then(|_| Category::from_name(office.role.as_str())));
    categories.sort_unstable();
    categories.dedup();
    let (unit, level) = (args.unit.trim().to_owned(), args.level);
    let mut record = OfficeRecord::of_unit(categories, unit, args.rank, args.languages.clone());
    record.level = level;
    args.more.put(&mut record, desk.now_s())?;
    let is_state = office.owner.state().is_some();
    if is_state && Category::from_name(office.role.as_str()).is_none() {
        let known = Category::ALL.iter().map(|category| category.name()).collect::<Vec<_>>().join(", ");
        return Err(fail!(Exit::Data, "error-office-role", office = office, known = known));
    }
    if !record.is_well_formed(is_state) {
        return Err(fail!(Exit::Data, "error-office-record"));
    }
    super::directory::tell_hints(office, &record, &desk.station, io)?;
    let made = desk.station.statement(Subject::Office(office.clone()), &Body::Nominate(record))?;
    let exit = statement::finish(&made, &args.carry, desk, io).await?;
    if !io.json && args.carry.out.is_none() && !args.carry.dry_run {
        io.note(&say!("say-next-device", office = office.to_string()));
    }
    Ok(exit)
}
