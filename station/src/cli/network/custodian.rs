//! What does the custodian say of the network? How it is run, which profile it follows, and its notes.
//! It must never know a State's keys beyond the kid that it freezes.

use std::path::PathBuf;

use clap::Args;
use liaison_keys::directory::Body;
use liaison_keys::directory::body::{Note, NoteEffect, Operate};
use liaison_keys::directory::witness::Announced;
use liaison_keys::names::{Kid, Slug, Subject};
use liaison_keys::signing::{Authority, PublicKey};
use liaison_proto::profile;

use super::{RelayFile, read_relay};
use crate::cli::names;
use crate::cli::statement::{self, Carry};
use crate::desk::{Desk, needs_directory};
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;

#[derive(Debug, Args)]
pub(crate) struct SettingsArgs {
    #[arg(long, value_name = "NAME", value_parser = names::profile)]
    profile: Option<Slug>,
    #[arg(long, value_name = "MONTHS", value_parser = clap::value_parser!(u8).range(1..=24))]
    check_months: Option<u8>,
    #[arg(long, value_name = "MONTHS", value_parser = clap::value_parser!(u8).range(1..=24))]
    reminder_months: Option<u8>,
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..=365))]
    notice_days: Option<u16>,
    #[arg(long, value_name = "STATES")]
    operational_states: Option<u16>,
    #[command(flatten)]
    carry: Carry,
}

#[derive(Debug, Args)]
pub(crate) struct OperateArgs {
    #[arg(long = "relay", value_name = "RELAY.PUB", num_args = 1..)]
    relays: Vec<PathBuf>,
    #[arg(long = "drop-relay", value_name = "NAME", num_args = 1.., value_parser = names::slug)]
    drop_relays: Vec<Slug>,
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=16))]
    new_keys: Option<u8>,
    #[arg(long = "drop-key", value_name = "KEY", num_args = 1..)]
    drop_keys: Vec<String>,
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u8).range(1..=16))]
    threshold: Option<u8>,
    #[arg(long = "witness", value_name = "LINE", num_args = 1.., value_parser = names::announced)]
    witnesses: Vec<Announced>,
    #[arg(long = "drop-witness", value_name = "NAME", num_args = 1..)]
    drop_witnesses: Vec<String>,
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u8).range(0..=16))]
    cosignatures: Option<u8>,
    #[command(flatten)]
    carry: Carry,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Effect {
    #[arg(long, value_name = "REASON")]
    suspend: Option<String>,
    #[arg(long, value_name = "REASON")]
    restore: Option<String>,
    #[arg(long, value_name = "REASON", requires = "key")]
    freeze: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct NoteArgs {
    #[arg(value_name = "OFFICE|OWNER|GROUP")]
    subject: String,
    #[command(flatten)]
    effect: Effect,
    #[arg(long, value_name = "KEY")]
    key: Option<Kid>,
    #[command(flatten)]
    carry: Carry,
}

/// What stands, with what was said put over it.
pub(super) async fn settings(args: &SettingsArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    statement::current(desk, io).await?;
    needs_directory(&desk.station)?;
    let named = args.profile.as_ref().and_then(|name| profile::preset(name.as_str()));
    let mut settings = match named {
        Some(settings) => settings,
        None => profile::settings(desk.station.directory()?),
    };
    settings.check_months = args.check_months.unwrap_or(settings.check_months);
    settings.reminder_months = args.reminder_months.unwrap_or(settings.reminder_months);
    settings.notice_days = args.notice_days.unwrap_or(settings.notice_days);
    settings.operational_states = args.operational_states.unwrap_or(settings.operational_states);
    let made = desk.station.statement(Subject::Network, &Body::Settings(settings))?;
    statement::finish(&made, &args.carry, desk, io).await
}

pub(super) async fn operate(args: &OperateArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    statement::current(desk, io).await?;
    needs_directory(&desk.station)?;
    let stands = desk.station.directory()?.operation().clone();
    let mut operate = stands.clone();
    operate.relays.retain(|relay| !args.drop_relays.contains(&relay.name));
    for path in &args.relays {
        let RelayFile { name, addresses, transport, receipt, .. } = read_relay(path, io)?;
        operate.relays.retain(|relay| relay.name != name);
        operate.relays.push(liaison_keys::directory::body::Relay { name, addresses, transport, receipt });
    }
    for text in &args.drop_keys {
        let begins = |key: &PublicKey<Authority>| key.kid().to_string().starts_with(&text.to_lowercase());
        if operate.custodian.iter().filter(|key| begins(key)).count() != 1 {
            return Err(fail!(Exit::NotFound, "error-which-key", key = text));
        }
        operate.custodian.retain(|key| !begins(key));
    }
    change_witnesses(args, &mut operate)?;
    operate.threshold = args.threshold.unwrap_or(operate.threshold);
    let keys = operate.custodian.len() + usize::from(args.new_keys.unwrap_or(0));
    if keys < usize::from(operate.threshold) {
        return Err(fail!(Exit::Usage, "error-threshold", n = keys, m = operate.threshold));
    }
    if operate.relays.is_empty() {
        return Err(fail!(Exit::Usage, "error-no-relay-left"));
    }
    if let Some(count) = args.new_keys.filter(|_| !args.carry.dry_run) {
        operate.custodian.extend(desk.station.new_custodian(count)?);
        operate.custodian.sort_unstable();
    }
    if operate == stands {
        return Err(fail!(Exit::Usage, "error-no-change", office = "network"));
    }
    let made = desk.station.statement(Subject::Network, &Body::Operate(Box::new(operate)))?;
    statement::finish(&made, &args.carry, desk, io).await
}

/// Who witnesses the log, and how many of them must have seen an entry before what it gives counts.
fn change_witnesses(args: &OperateArgs, operate: &mut Operate) -> Result<(), Failure> {
    for name in &args.drop_witnesses {
        let before = operate.witnesses.len();
        operate.witnesses.retain(|(own, _)| own != name);
        if operate.witnesses.len() == before {
            return Err(fail!(Exit::NotFound, "error-which-witness", name = name));
        }
    }
    for Announced { name, key } in &args.witnesses {
        operate.witnesses.retain(|(own, _)| own != name);
        operate.witnesses.push((name.clone(), *key));
    }
    operate.cosignatures = args.cosignatures.unwrap_or(operate.cosignatures);
    let (k, n) = (usize::from(operate.cosignatures), operate.witnesses.len());
    if k > n {
        return Err(fail!(Exit::Usage, "error-too-few-witnesses", k = k, n = n));
    }
    Ok(())
}

pub(super) async fn note(args: &NoteArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    statement::current(desk, io).await?;
    needs_directory(&desk.station)?;
    let unknown = |_| fail!(Exit::NotFound, "error-not-in-directory", name = args.subject);
    let subject: Subject = args.subject.to_lowercase().parse().map_err(unknown)?;
    let Effect { suspend, restore, freeze } = &args.effect;
    let effects =
        [(suspend, NoteEffect::Suspend), (restore, NoteEffect::Restore), (freeze, NoteEffect::Freeze)];
    let said =
        effects.into_iter().find_map(|(reason, effect)| reason.as_ref().map(|reason| (reason, effect)));
    let (reason, effect) = said.ok_or_else(|| fail!(Exit::Usage, "error-internal"))?;
    let key = args.key.filter(|_| effect == NoteEffect::Freeze);
    let body = Body::Note(Note { effect, reason: reason.trim().to_owned(), key });
    let made = desk.station.statement(subject, &body)?;
    statement::finish(&made, &args.carry, desk, io).await
}
