//! How does a State or an organization join, who acts for it, and what does it change? Enrolment and its root, admins.
//! It must never know an office.

mod change;
mod root;
mod sheet;

use clap::{Args, Subcommand};
use liaison_client::Station;
use liaison_keys::directory::Body;
use liaison_keys::directory::body::Enrol;
use liaison_keys::names::{Owner, Subject};

use super::names;
use super::statement::{self, Carry};
use crate::desk::{Desk, needs_directory};
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;

#[derive(Debug, Subcommand)]
pub(crate) enum StateVerb {
    InitRoot(root::InitRootArgs),
    Enrol(EnrolArgs),
    Delegate(DelegateArgs),
    Undelegate(change::UndelegateArgs),
    ChangeRoot(change::RootArgs),
    ReRoot(change::ReRootArgs),
    #[command(name = "participation")]
    Taking(change::TakingArgs),
    Policy(change::PolicyArgs),
    Permit(change::PermitArgs),
    Attest(change::AttestArgs),
    Contest(change::ContestArgs),
}

#[derive(Debug, Args)]
pub(crate) struct EnrolArgs {
    #[arg(value_parser = names::owner)]
    owner: Owner,
    #[arg(long)]
    name: String,
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=16))]
    keys: Option<u8>,
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u8).range(1..=16))]
    threshold: Option<u8>,
    #[arg(long, value_name = "TEXT")]
    regional_group: Option<String>,
    #[arg(long, value_name = "REFERENCE")]
    note_verbale: Option<String>,
    #[command(flatten)]
    carry: Carry,
}

#[derive(Debug, Args)]
pub(crate) struct DelegateArgs {
    #[arg(value_parser = names::owner)]
    owner: Owner,
    #[command(flatten)]
    carry: Carry,
}

pub(super) async fn run(verb: &StateVerb, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    if let StateVerb::InitRoot(args) = verb {
        return root::init(args, desk, io);
    }
    statement::current(desk, io).await?;
    needs_directory(&desk.station)?;
    match verb {
        StateVerb::InitRoot(args) => root::init(args, desk, io),
        StateVerb::Enrol(args) => enrol(args, desk, io).await,
        StateVerb::Delegate(args) => delegate(args, desk, io).await,
        StateVerb::Undelegate(args) => change::undelegate(args, desk, io).await,
        StateVerb::ChangeRoot(args) => change::root(args, desk, io).await,
        StateVerb::ReRoot(args) => change::re_root(args, desk, io).await,
        StateVerb::Taking(args) => change::taking(args, desk, io).await,
        StateVerb::Policy(args) => change::policy(args, desk, io).await,
        StateVerb::Permit(args) => change::permit(args, desk, io).await,
        StateVerb::Attest(args) => change::attest(args, desk, io).await,
        StateVerb::Contest(args) => change::contest(args, desk, io).await,
    }
}

async fn enrol(args: &EnrolArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    let held = desk.station.held_root(&args.owner);
    let (keys, threshold) = size_of_root(args, held.len())?;
    may_enrol(args, &desk.station)?;
    if args.carry.dry_run {
        let (owner, name) = (args.owner.display(), args.name.as_str());
        io.note(&say!("say-would-enrol", owner = owner, name = name, n = keys, m = threshold));
        io.note(&say!("say-dry-run"));
        return Ok(Exit::Done);
    }
    may_write(&args.carry, io)?;
    // Keys are made only when it is clear where the statement goes.
    if args.carry.out.is_none() && !holds_custodian(&desk.station)? {
        return Err(fail!(Exit::Usage, "error-enrol-needs-out", owner = args.owner));
    }
    let roots = if held.is_empty() { desk.station.new_root(&args.owner, keys)? } else { held };
    let (regional_group, note_verbale) = (args.regional_group.clone(), args.note_verbale.clone());
    let enrol = Enrol { roots, threshold, name: args.name.clone(), regional_group, note_verbale };
    let made = desk.station.statement(Subject::Owner(args.owner.clone()), &Body::Enrol(enrol.clone()))?;
    let digits = desk.station.fingerprint(&args.owner, &enrol)?.to_string();
    let ended = statement::carry_on(&made, &args.carry, desk, io).await?;
    let shown = say!("say-fingerprint", owner = args.owner.display(), digits = digits.as_str());
    let exit = ended.with("fingerprint", digits.as_str(), &shown).tell(io);
    if !io.json && args.carry.out.is_some() {
        io.note(&say!("say-next-custodian"));
    }
    Ok(exit)
}

/// How many root keys there are and how many must sign: as asked for, and of keys that were made before all of them. With
/// several of those, how many must sign is part of the fingerprint that went out, so it has to be said again.
fn size_of_root(args: &EnrolArgs, held: usize) -> Result<(u8, u8), Failure> {
    let made = u8::try_from(held).unwrap_or(u8::MAX);
    if held > 0 && args.keys.is_some_and(|keys| keys != made) {
        return Err(fail!(Exit::Exists, "error-root-held", owner = args.owner.display(), n = held));
    }
    if held > 1 && args.threshold.is_none() {
        return Err(fail!(Exit::Usage, "error-root-threshold", owner = args.owner.display(), n = held));
    }
    let keys = if held > 0 { made } else { args.keys.unwrap_or(1) };
    let threshold = args.threshold.unwrap_or(1);
    if threshold > keys {
        return Err(fail!(Exit::Usage, "error-threshold", n = keys, m = threshold));
    }
    Ok((keys, threshold))
}

fn may_enrol(args: &EnrolArgs, station: &Station) -> Result<(), Failure> {
    match station.directory()?.enrolled(&args.owner) {
        Some(_) => Err(fail!(Exit::Exists, "error-enrolled", owner = args.owner.display())),
        None => Ok(()),
    }
}

async fn delegate(args: &DelegateArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    if args.carry.dry_run {
        io.note(&say!("say-would-delegate", owner = args.owner.display()));
        io.note(&say!("say-dry-run"));
        return Ok(Exit::Done);
    }
    may_write(&args.carry, io)?;
    let made = desk.station.delegate(&args.owner)?;
    statement::finish(&made, &args.carry, desk, io).await
}

/// A file that is there is found before keys are made for a statement that cannot be written.
fn may_write(carry: &Carry, io: &Io) -> Result<(), Failure> {
    match carry.out.as_ref().filter(|file| io.folder().join(file).exists()) {
        Some(file) => Err(fail!(Exit::Exists, "error-file-exists", file = file.display())),
        None => Ok(()),
    }
}

fn holds_custodian(station: &Station) -> Result<bool, Failure> {
    let operation = station.directory()?.operation();
    let held = operation.custodian.iter().filter(|key| station.memory().secrets.holds(key.kid())).count();
    Ok(held >= usize::from(operation.threshold))
}
