//! Which keys speak for an office? Certifying this station's device, and ending one.
//! It must never know the keys themselves.

use clap::{Args, Subcommand};
use liaison_keys::directory::Body;
use liaison_keys::directory::body::{Revoke, Suspend};
use liaison_keys::names::{DeviceId, OfficeId, Subject};

use super::names;
use super::statement::{self, Carry};
use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;
use crate::when;

#[derive(Debug, Subcommand)]
pub(crate) enum DeviceVerb {
    Certify(CertifyArgs),
    Revoke(RevokeArgs),
    Suspend(SuspendArgs),
    Restore(RestoreArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CertifyArgs {
    #[arg(value_parser = names::office)]
    office: OfficeId,
    #[command(flatten)]
    carry: Carry,
}

#[derive(Debug, Args)]
pub(crate) struct RevokeArgs {
    #[arg(value_parser = names::device)]
    device: DeviceId,
    #[arg(long, value_name = "TIME")]
    compromised_since: Option<String>,
    #[command(flatten)]
    carry: Carry,
}

#[derive(Debug, Args)]
pub(crate) struct SuspendArgs {
    #[arg(value_parser = names::device)]
    device: DeviceId,
    #[arg(long, value_name = "TIME", default_value = "72h")]
    until: String,
    #[command(flatten)]
    carry: Carry,
}

#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    #[arg(value_parser = names::device)]
    device: DeviceId,
    #[command(flatten)]
    carry: Carry,
}

pub(super) async fn run(verb: &DeviceVerb, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    match verb {
        DeviceVerb::Certify(args) => certify(args, desk, io).await,
        DeviceVerb::Revoke(args) => revoke(args, desk, io).await,
        DeviceVerb::Suspend(args) => {
            statement::current(desk, io).await?;
            let now = desk.now_s();
            let until = when::read(&args.until, now).filter(|until| *until > now);
            let until = until.ok_or_else(|| fail!(Exit::Usage, "error-time", text = args.until))?;
            suspend(args.device, until, &args.carry, desk, io).await
        }
        DeviceVerb::Restore(args) => {
            statement::current(desk, io).await?;
            let now = desk.now_s();
            suspend(args.device, now, &args.carry, desk, io).await
        }
    }
}

async fn certify(args: &CertifyArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    statement::current(desk, io).await?;
    if desk.station.directory()?.office(&args.office).is_none() {
        return Err(fail!(Exit::NotFound, "error-no-office", office = args.office));
    }
    let made = desk.station.certify(&args.office)?;
    let exit = statement::finish(&made, &args.carry, desk, io).await?;
    if desk.station.own_contact().is_ok() && args.carry.out.is_none() && !args.carry.dry_run {
        // From here on the device's own key opens the door; its first prekeys are handed in at once.
        desk.reconnect(io).await?;
        desk.exchange().await?;
        if !io.json {
            io.note(&say!("say-ready", office = args.office.to_string()));
        }
    }
    Ok(exit)
}

async fn revoke(args: &RevokeArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    statement::current(desk, io).await?;
    let now = desk.now_s();
    let since = args.compromised_since.as_deref().map(|text| {
        let since = when::read(text, now).filter(|since| *since <= now);
        since.ok_or_else(|| fail!(Exit::Usage, "error-time", text = text))
    });
    let compromised_since = since.transpose()?;
    let office = office_of(args.device, desk)?;
    let body = Body::Revoke(Revoke { device: args.device, compromised_since });
    let made = desk.station.statement(Subject::Office(office.clone()), &body)?;
    if !args.carry.dry_run && args.carry.out.is_none() {
        io.confirm(
            &say!("ask-revoke-shown", office = office.to_string(), device = args.device.to_string()),
            &say!("ask-revoke"),
        )?;
    }
    statement::finish(&made, &args.carry, desk, io).await
}

/// Sets a device aside until a time; one that is past lifts it.
async fn suspend(
    device: DeviceId,
    until: u64,
    carry: &Carry,
    desk: &mut Desk,
    io: &mut Io,
) -> Result<Exit, Failure> {
    let office = office_of(device, desk)?;
    let body = Body::Suspend(Suspend { device, until });
    let made = desk.station.statement(Subject::Office(office), &body)?;
    statement::finish(&made, carry, desk, io).await
}

fn office_of(device: DeviceId, desk: &Desk) -> Result<OfficeId, Failure> {
    let facts = desk.station.replica()?.directory().device(device);
    let office = facts.map(|facts| facts.office.clone());
    office.ok_or_else(|| fail!(Exit::NotFound, "error-no-device", device = device))
}
