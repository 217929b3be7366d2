//! What does a State change about itself? Its root and admins, whether it takes part, how its own stations act, whom it
//! vouches for, and what it stops. It must never know an office.

use clap::Args;
use liaison_client::Station;
use liaison_keys::directory::body::{
    Attest, Contest, NoteEffect, Participation, PermitSupply, Policy, ReRoot, RootChange, Taking, Undelegate,
};
use liaison_keys::directory::{Body, Entry, Statement};
use liaison_keys::names::{Owner, Slug, StateCode, Subject};
use liaison_keys::signing::{Authority, PublicKey};

use crate::cli::names;
use crate::cli::statement::{self, Carry};
use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;

#[derive(Debug, Args)]
pub(crate) struct RootArgs {
    #[arg(value_parser = names::owner)]
    owner: Owner,
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(0..=16))]
    keys: u8,
    #[arg(long, value_name = "M", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=16))]
    threshold: u8,
    #[arg(long = "keep", value_name = "KEY", num_args = 1..)]
    keep: Vec<String>,
    #[command(flatten)]
    carry: Carry,
}

#[derive(Debug, Args)]
pub(crate) struct ReRootArgs {
    #[arg(value_parser = names::owner)]
    owner: Owner,
    #[arg(long = "by", value_name = "STATE", num_args = 1.., required = true, value_parser = names::state)]
    by: Vec<StateCode>,
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=16))]
    keys: u8,
    #[arg(long, value_name = "M", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=16))]
    threshold: u8,
    #[command(flatten)]
    carry: Carry,
}

#[derive(Debug, Args)]
pub(crate) struct UndelegateArgs {
    #[arg(value_parser = names::owner)]
    owner: Owner,
    #[arg(long = "admin", value_name = "KEY", num_args = 1..)]
    admins: Vec<String>,
    #[arg(long, value_name = "ENTRY")]
    void_since: Option<u64>,
    #[command(flatten)]
    carry: Carry,
}

#[derive(Debug, Args)]
pub(crate) struct TakingArgs {
    #[arg(value_parser = names::taking)]
    taking: Taking,
    #[arg(long, value_parser = names::state)]
    state: Option<StateCode>,
    #[command(flatten)]
    carry: Carry,
}

#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    #[arg(long, value_parser = names::state)]
    state: Option<StateCode>,
    #[arg(long)]
    release_broadcasts: Option<bool>,
    #[arg(long = "release", value_name = "KIND", num_args = 1.., value_parser = names::slug)]
    release_kinds: Option<Vec<Slug>>,
    #[arg(long)]
    seen: Option<bool>,
    #[arg(long, value_name = "N")]
    posts_a_day: Option<u32>,
    #[command(flatten)]
    carry: Carry,
}

#[derive(Debug, Args)]
pub(crate) struct PermitArgs {
    #[arg(value_name = "ORGANIZATION", value_parser = names::owner)]
    organization: Owner,
    #[arg(long)]
    no_more: bool,
    #[arg(long, value_parser = names::state)]
    state: Option<StateCode>,
    #[command(flatten)]
    carry: Carry,
}

#[derive(Debug, Args)]
pub(crate) struct AttestArgs {
    #[arg(value_parser = names::owner)]
    owner: Owner,
    #[arg(long, value_parser = names::state)]
    state: Option<StateCode>,
    #[command(flatten)]
    carry: Carry,
}

#[derive(Debug, Args)]
pub(crate) struct ContestArgs {
    #[arg(value_name = "ENTRY")]
    entry: u64,
    #[command(flatten)]
    carry: Carry,
}

pub(super) async fn root(args: &RootArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    let root = desk.station.directory()?.root(&args.owner);
    let old = root.map(|root| root.keys.clone()).ok_or_else(|| unknown(&args.owner))?;
    let mut roots = chosen(&args.keep, &old)?;
    enough(roots.len() + usize::from(args.keys), args.threshold)?;
    if args.carry.dry_run {
        io.note(&say!("say-would-root", owner = args.owner.display(), n = args.keys, m = args.threshold));
        io.note(&say!("say-dry-run"));
        return Ok(Exit::Done);
    }
    super::may_write(&args.carry, io)?;
    if args.keys > 0 {
        roots.extend(desk.station.new_root(&args.owner, args.keys)?);
    }
    roots.sort_unstable();
    let body = Body::RootChange(RootChange { roots, threshold: args.threshold });
    say_it(Subject::Owner(args.owner.clone()), &body, &args.carry, desk, io).await
}

pub(super) async fn re_root(args: &ReRootArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    let known = desk.station.directory()?.enrolled(&args.owner).is_some();
    known.then_some(()).ok_or_else(|| unknown(&args.owner))?;
    enough(usize::from(args.keys), args.threshold)?;
    if args.carry.dry_run {
        io.note(&say!("say-would-root", owner = args.owner.display(), n = args.keys, m = args.threshold));
        io.note(&say!("say-dry-run"));
        return Ok(Exit::Done);
    }
    super::may_write(&args.carry, io)?;
    let mut states = args.by.clone();
    states.sort_unstable();
    states.dedup();
    let roots = desk.station.new_root(&args.owner, args.keys)?;
    let body = Body::ReRoot(ReRoot { roots, threshold: args.threshold, states });
    say_it(Subject::Owner(args.owner.clone()), &body, &args.carry, desk, io).await
}

pub(super) async fn undelegate(args: &UndelegateArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    let live = desk.station.directory()?.admins(&args.owner);
    let admins = if args.admins.is_empty() { live } else { chosen(&args.admins, &named(args, desk)?)? };
    if admins.is_empty() {
        return Err(fail!(Exit::NotFound, "error-no-admin", owner = args.owner.display()));
    }
    let body = Body::Undelegate(Undelegate { admins, void_since: args.void_since });
    say_it(Subject::Owner(args.owner.clone()), &body, &args.carry, desk, io).await
}

/// Every admin key that the owner ever named: one that has ended may still be said to have been stolen.
fn named(args: &UndelegateArgs, desk: &Desk) -> Result<Vec<PublicKey<Authority>>, Failure> {
    let mut keys: Vec<PublicKey<Authority>> = Vec::new();
    let subject = Subject::Owner(args.owner.clone());
    for (_, statement) in statements(&desk.station)? {
        if statement.claims().subject == subject
            && let Ok(Some(Body::Delegate(delegate))) = statement.claims().body()
        {
            keys.extend(delegate.admins);
        }
    }
    keys.sort_unstable();
    keys.dedup();
    Ok(keys)
}

pub(super) async fn taking(args: &TakingArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    let state = own(args.state, &desk.station)?;
    if args.taking != Taking::Participating && !args.carry.dry_run && args.carry.out.is_none() {
        let key = if args.taking == Taking::Left { "ask-leave" } else { "ask-pause" };
        io.confirm(&say!("ask-taking-shown", state = state.upper()), &say!(key))?;
    }
    let body = Body::Participation(Participation { taking: args.taking });
    say_it(Subject::Owner(state.into()), &body, &args.carry, desk, io).await
}

pub(super) async fn policy(args: &PolicyArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    let state = own(args.state, &desk.station)?;
    let stands = desk.station.directory()?.policy(&state.into()).cloned();
    let mut policy = stands.unwrap_or(Policy {
        release_broadcasts: false,
        release_kinds: Vec::new(),
        seen: true,
        posts_a_day: None,
    });
    policy.release_broadcasts = args.release_broadcasts.unwrap_or(policy.release_broadcasts);
    policy.seen = args.seen.unwrap_or(policy.seen);
    policy.posts_a_day = args.posts_a_day.or(policy.posts_a_day);
    policy.release_kinds = args.release_kinds.clone().unwrap_or(policy.release_kinds);
    liaison_keys::cbor::make_set(&mut policy.release_kinds);
    say_it(Subject::Owner(state.into()), &Body::Policy(policy), &args.carry, desk, io).await
}

pub(super) async fn permit(args: &PermitArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    let state = own(args.state, &desk.station)?;
    let organization = args.organization.clone();
    let body = Body::PermitSupply(PermitSupply { organization, permitted: !args.no_more });
    say_it(Subject::Owner(state.into()), &body, &args.carry, desk, io).await
}

/// A person says that the fingerprint is the one on paper; nothing else can know it.
pub(super) async fn attest(args: &AttestArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    let state = own(args.state, &desk.station)?;
    let at = desk.station.directory()?;
    let root = at.root(&args.owner).ok_or_else(|| unknown(&args.owner))?;
    let digest = root.digest(desk.station.network()?, &args.owner);
    let digits = at.fingerprint(&args.owner).map(|digits| digits.to_string()).unwrap_or_default();
    if !args.carry.dry_run {
        let shown = say!("ask-attest-shown", owner = args.owner.display(), digits = digits);
        io.confirm(&shown, &say!("ask-attest"))?;
    }
    let body = Body::Attest(Attest { state, root: digest });
    say_it(Subject::Owner(args.owner.clone()), &body, &args.carry, desk, io).await
}

pub(super) async fn contest(args: &ContestArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    let all = statements(&desk.station)?;
    let named = all.into_iter().find(|(index, _)| *index == args.entry);
    let (_, contested) = named.ok_or_else(|| fail!(Exit::NotFound, "error-no-entry", entry = args.entry))?;
    if !can_be_contested(&contested) {
        return Err(fail!(Exit::Usage, "error-not-contestable", entry = args.entry));
    }
    let subject = contested.claims().subject.clone();
    let waits = desk.station.replica()?.directory().can_be_contested(&contested, desk.now_s());
    if !waits {
        return Err(fail!(Exit::Refused, "error-contest-late", entry = args.entry));
    }
    let body = Body::Contest(Contest { statement: contested.payload_hash() });
    say_it(subject, &body, &args.carry, desk, io).await
}

fn can_be_contested(statement: &Statement) -> bool {
    match statement.claims().body() {
        Ok(Some(Body::RootChange(_) | Body::ReRoot(_) | Body::Delegate(_))) => true,
        Ok(Some(Body::Note(note))) => note.effect == NoteEffect::Freeze,
        _ => false,
    }
}

/// Every statement of the log that can be read, with the index of its entry.
fn statements(station: &Station) -> Result<Vec<(u64, Statement)>, Failure> {
    let entries = station.replica()?.log().entries(0, usize::MAX);
    let read = |entry: &Vec<u8>| Statement::from_bytes(&Entry::from_bytes(entry).ok()?.statement).ok();
    Ok((0..).zip(entries).filter_map(|(index, entry)| read(entry).map(|said| (index, said))).collect())
}

/// Keys by the first digits of their kids, each of which must mean exactly one.
fn chosen(texts: &[String], keys: &[PublicKey<Authority>]) -> Result<Vec<PublicKey<Authority>>, Failure> {
    let mut found = Vec::new();
    for text in texts {
        let begins = |key: &&PublicKey<Authority>| key.kid().to_string().starts_with(&text.to_lowercase());
        let [key] = keys.iter().filter(begins).collect::<Vec<_>>()[..] else {
            return Err(fail!(Exit::NotFound, "error-which-key", key = text));
        };
        found.push(*key);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

fn enough(keys: usize, threshold: u8) -> Result<(), Failure> {
    if keys < usize::from(threshold) {
        return Err(fail!(Exit::Usage, "error-threshold", n = keys, m = threshold));
    }
    Ok(())
}

fn own(state: Option<StateCode>, station: &Station) -> Result<StateCode, Failure> {
    state
        .or_else(|| crate::cli::group::own_state(station))
        .ok_or_else(|| fail!(Exit::Usage, "error-which-state"))
}

fn unknown(owner: &Owner) -> Failure {
    fail!(Exit::NotFound, "error-not-in-directory", name = owner.display())
}

/// Makes it, tries it out where that can be, and carries it.
async fn say_it(
    subject: Subject,
    body: &Body,
    carry: &Carry,
    desk: &mut Desk,
    io: &mut Io,
) -> Result<Exit, Failure> {
    let made = desk.station.statement(subject, body)?;
    statement::finish(&made, carry, desk, io).await
}
