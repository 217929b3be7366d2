//! How is a State's root made, away from every network? Its keys, its fingerprint, and the sheet that goes with the note
//! verbale. It must never know a directory: there may be none here.

use std::path::PathBuf;

use clap::Args;
use liaison_keys::fingerprint::Fingerprint;
use liaison_keys::names::Owner;
use serde_json::json;

use super::sheet::Sheet;
use crate::cli::names;
use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;

#[derive(Debug, Args)]
pub(crate) struct InitRootArgs {
    #[arg(value_parser = names::owner)]
    owner: Owner,
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=16))]
    keys: u8,
    #[arg(long, value_name = "M", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=16))]
    threshold: u8,
    #[arg(long)]
    name: Option<String>,
    #[arg(long, value_name = "FILE.html")]
    sheet: Option<PathBuf>,
    #[arg(long)]
    dry_run: bool,
}

/// Makes the keys once; asked again, it prints the same fingerprint.
pub(super) fn init(args: &InitRootArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    let (owner, network) = (&args.owner, desk.station.network()?);
    let held = desk.station.held_root(owner);
    let count = if held.is_empty() { usize::from(args.keys) } else { held.len() };
    if usize::from(args.threshold) > count {
        return Err(fail!(Exit::Usage, "error-threshold", n = count, m = args.threshold));
    }
    if let Some(sheet) = args.sheet.as_ref().filter(|sheet| io.folder().join(sheet).exists()) {
        return Err(fail!(Exit::Exists, "error-file-exists", file = sheet.display()));
    }
    if args.dry_run {
        io.note(&say!("say-would-root", owner = owner.display(), n = count, m = args.threshold));
        io.note(&say!("say-dry-run"));
        return Ok(Exit::Done);
    }
    let keys = if held.is_empty() { desk.station.new_root(owner, args.keys)? } else { held };
    let digits = Fingerprint::of_root(network, owner, args.threshold, &keys).to_string();
    let kids: Vec<String> = keys.iter().map(|key| key.kid().to_string()).collect();
    if let Some(file) = &args.sheet {
        let sheet = Sheet {
            owner: owner.display(),
            name: args.name.clone(),
            network: network.to_string(),
            digits: digits.clone(),
            kids: kids.clone(),
            threshold: args.threshold,
            made: crate::when::day(desk.now_s()),
        };
        io.write_new(file, sheet.html().as_bytes(), false)?;
    }
    let shown = say!("say-fingerprint", owner = owner.display(), digits = digits.as_str());
    let sheet = args.sheet.as_ref().map(|file| file.display().to_string());
    io.tell(
        || {
            json!({
                "owner": owner, "network": network, "keys": kids, "threshold": args.threshold,
                "fingerprint": digits, "sheet": sheet,
            })
        },
        |_| shown.clone(),
    );
    if !io.json {
        let m = args.threshold;
        io.note(&say!("say-next-enrol-root", owner = owner.to_string(), m = m));
    }
    Ok(Exit::Done)
}
