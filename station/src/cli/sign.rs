//! How do several people say one thing? A statement in a file is shown, signed with the keys that are here, carried on
//! and submitted. It must never know which keys those are.

use std::path::{Path, PathBuf};

use clap::Args;
use liaison_keys::directory::{Body, Statement};

use super::statement::{self, Carry};
use crate::armour;
use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;

#[derive(Debug, Args)]
pub(crate) struct SignArgs {
    #[arg(value_name = "FILE|-")]
    pub(super) file: PathBuf,
    #[command(flatten)]
    carry: Carry,
}

#[derive(Debug, Args)]
pub(crate) struct SubmitArgs {
    #[arg(value_name = "FILE|-")]
    pub(super) file: PathBuf,
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn sign(args: &SignArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    let mut made = read(&args.file, io)?;
    statement::current(desk, io).await?;
    let shown = statement::words(&made, &desk.station);
    if args.carry.dry_run {
        io.note(&shown);
        io.note(&say!("say-dry-run"));
        return Ok(Exit::Done);
    }
    let is_enrolment = matches!(made.claims().body(), Ok(Some(Body::Enrol(_))));
    let question = if is_enrolment { say!("ask-sign-enrolment") } else { say!("ask-sign") };
    io.confirm(&shown, &question)?;
    let signed = desk.station.sign(&mut made)?;
    if !io.json {
        io.note(&say!("say-signed", n = signed));
    }
    Ok(statement::carry_on(&made, &args.carry, desk, io).await?.tell(io))
}

pub(super) async fn submit(args: &SubmitArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    let made = read(&args.file, io)?;
    let carry = Carry { out: None, dry_run: args.dry_run };
    statement::finish(&made, &carry, desk, io).await
}

fn read(file: &Path, io: &mut Io) -> Result<Statement, Failure> {
    armour::read(&io.read_text(file)?)
        .ok_or_else(|| fail!(Exit::Data, "error-no-statement", file = file.display()))
}
