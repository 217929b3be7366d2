//! How does somebody come in? The custodian's invitation: told to the relay, handed over as one line.
//! It must never know how it is handed over.

use std::path::PathBuf;

use clap::Args;
use liaison_keys::names::Owner;
use serde_json::json;

use super::names;
use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;
use crate::when;

#[derive(Debug, Args)]
pub(crate) struct InviteArgs {
    #[arg(value_parser = names::owner)]
    owner: Owner,
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) async fn run(args: &InviteArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    if let Some(file) = args.out.as_ref().filter(|file| io.folder().join(file).exists()) {
        return Err(fail!(Exit::Exists, "error-file-exists", file = file.display()));
    }
    desk.connect(io).await?;
    desk.sync().await?;
    let (signed, text) = desk.station.invite(args.owner.clone())?;
    desk.invite(signed).await?;
    let line = text.to_string();
    if let Some(file) = &args.out {
        io.write_new(file, format!("{line}\n").as_bytes(), true)?;
    }
    let file = args.out.as_ref().map(|file| file.display().to_string());
    io.tell(
        || json!({"owner": args.owner, "invitation": line, "ends": when::rfc(text.ends), "file": file}),
        |_| if file.is_some() { String::new() } else { line.clone() },
    );
    if !io.json {
        let (owner, ends) = (args.owner.display(), when::utc(text.ends));
        io.note(&match &file {
            Some(file) => say!("say-invited-file", owner = owner, ends = ends, file = file.as_str()),
            None => say!("say-invited", owner = owner, ends = ends),
        });
    }
    Ok(Exit::Done)
}
