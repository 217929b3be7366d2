//! Which States belong together? The custodian defines a group, its coordinator keeps its members, a State joins.
//! It must never know which groups the world has.

mod file;

use clap::{Args, Subcommand};
use liaison_client::Station;
use liaison_keys::directory::group::{DefineGroup, GroupMember, Join, Leave};
use liaison_keys::directory::{Body, MemberStatus};
use liaison_keys::names::{GroupId, Owner, StateCode, Subject};

use super::names;
use super::statement::{self, Carry};
use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;

#[derive(Debug, Subcommand)]
pub(crate) enum GroupVerb {
    Define(DefineArgs),
    Member(MemberArgs),
    Join(JoinArgs),
    Leave(JoinArgs),
    End(EndArgs),
    Import(file::ImportArgs),
    Export(file::ExportArgs),
}

impl GroupVerb {
    pub(super) fn reads_input(&self) -> bool {
        matches!(self, Self::Import(args) if args.file.as_os_str() == "-")
    }
}

#[derive(Debug, Args)]
pub(crate) struct EndArgs {
    #[arg(value_parser = names::group)]
    group: GroupId,
    #[command(flatten)]
    carry: Carry,
}

#[derive(Debug, Args)]
pub(crate) struct DefineArgs {
    #[arg(value_parser = names::group)]
    group: GroupId,
    #[arg(long)]
    name: String,
    #[arg(long, value_name = "ORGANIZATION", value_parser = names::owner)]
    coordinator: Owner,
    #[command(flatten)]
    carry: Carry,
}

#[derive(Debug, Args)]
pub(crate) struct MemberArgs {
    #[arg(value_parser = names::group)]
    group: GroupId,
    #[arg(value_parser = names::state)]
    state: StateCode,
    #[arg(long, value_parser = names::member, default_value = "member")]
    status: MemberStatus,
    #[command(flatten)]
    carry: Carry,
}

#[derive(Debug, Args)]
pub(crate) struct JoinArgs {
    #[arg(value_parser = names::group)]
    group: GroupId,
    #[arg(long, value_parser = names::state)]
    state: Option<StateCode>,
    #[command(flatten)]
    carry: Carry,
}

pub(super) async fn run(verb: &GroupVerb, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    statement::current(desk, io).await?;
    let (subject, body, carry) = match verb {
        GroupVerb::Import(args) => return file::import(args, desk, io).await,
        GroupVerb::Export(args) => return file::export(args, &desk.station, io),
        GroupVerb::Define(args) => {
            let group = DefineGroup { name: args.name.clone(), coordinator: Some(args.coordinator.clone()) };
            enrolled(&args.coordinator, &desk.station)?;
            (Subject::Group(args.group.clone()), Body::DefineGroup(group), &args.carry)
        }
        GroupVerb::Member(args) => {
            let member = GroupMember { state: args.state, status: args.status };
            known(&args.group, &desk.station)?;
            enrolled(&Owner::State(args.state), &desk.station)?;
            (Subject::Group(args.group.clone()), Body::GroupMember(member), &args.carry)
        }
        GroupVerb::End(args) => {
            let at = desk.station.directory()?;
            let name = at.group(&args.group).map(|(name, _)| name.to_owned());
            let name = name.ok_or_else(|| fail!(Exit::NotFound, "error-no-group", group = args.group))?;
            if !args.carry.dry_run && args.carry.out.is_none() {
                let shown = say!("ask-end-group-shown", group = args.group.to_string());
                io.confirm(&shown, &say!("ask-end-group"))?;
            }
            let body = Body::DefineGroup(DefineGroup { name, coordinator: None });
            (Subject::Group(args.group.clone()), body, &args.carry)
        }
        GroupVerb::Join(args) | GroupVerb::Leave(args) => {
            let state = args.state.or_else(|| own_state(&desk.station));
            let state = state.ok_or_else(|| fail!(Exit::Usage, "error-which-state"))?;
            known(&args.group, &desk.station)?;
            let group = args.group.clone();
            let leaves = matches!(verb, GroupVerb::Leave(_));
            let body = if leaves { Body::Leave(Leave { group }) } else { Body::Join(Join { group }) };
            (Subject::Owner(Owner::State(state)), body, &args.carry)
        }
    };
    let made = desk.station.statement(subject, &body)?;
    statement::finish(&made, carry, desk, io).await
}

fn known(group: &GroupId, station: &Station) -> Result<(), Failure> {
    match station.directory()?.group(group) {
        Some(_) => Ok(()),
        None => Err(fail!(Exit::NotFound, "error-no-group", group = group)),
    }
}

fn enrolled(owner: &Owner, station: &Station) -> Result<(), Failure> {
    match station.directory()?.owner(owner) {
        Some(_) => Ok(()),
        None => Err(fail!(Exit::NotFound, "error-no-owner", owner = owner.display())),
    }
}

/// The State that this station speaks for, or holds keys of.
pub(super) fn own_state(station: &Station) -> Option<StateCode> {
    let office = station.office().ok().and_then(|office| office.owner.state());
    let held = || station.memory().secrets.authority.iter().find_map(|(_, owner, _)| owner.as_ref()?.state());
    office.or_else(held)
}
