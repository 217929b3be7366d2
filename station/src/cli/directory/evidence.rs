//! Can others see that the log's holder lied? What this station holds as proof, and what somebody else's file proves.
//! It must never know how it was found.

use std::path::PathBuf;

use clap::Args;
use liaison_client::Station;
use liaison_keys::directory::evidence::{Evidence, Finding};
use serde_json::{Value as Json, json};

use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;

#[derive(Debug, Args)]
pub(crate) struct EvidenceArgs {
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyEvidenceArgs {
    #[arg(value_name = "FILE|-")]
    pub(super) file: PathBuf,
}

/// Lists the proofs, and writes them where others can be given them.
pub(super) fn run(args: &EvidenceArgs, station: &Station, io: &mut Io) -> Result<Exit, Failure> {
    let network = station.network()?;
    let held = station.evidence()?;
    if held.is_empty() && !io.json {
        io.note(&say!("say-no-evidence"));
    }
    for (name, evidence) in held {
        let bytes = evidence.to_bytes();
        let finding =
            Evidence::judge(&bytes, network).map_err(|_| fail!(Exit::Internal, "error-internal"))?;
        let file = args.out.as_ref().map(|folder| folder.join(format!("{name}.evidence")));
        if let Some(file) = &file {
            io.write_new(file, &bytes, false)?;
        }
        let file = file.map(|file| file.display().to_string());
        let said = json!({"proof": shown(finding), "file": file});
        let written = file.map(|file| format!("  {file}")).unwrap_or_default();
        io.tell(|| said, |_| format!("{}{written}", words(finding)));
    }
    Ok(Exit::Done)
}

/// Judges somebody else's file by the network's name alone: not by this station's own copy of the directory.
pub(super) fn verify(args: &VerifyEvidenceArgs, station: &Station, io: &mut Io) -> Result<Exit, Failure> {
    let bytes = io.read(&args.file)?;
    let finding = Evidence::judge(&bytes, station.network()?)
        .map_err(|error| fail!(Exit::Data, "error-evidence").with_lines(vec![error.to_string()]))?;
    io.tell(|| shown(finding), |_| words(finding));
    Ok(Exit::Done)
}

fn words(finding: Finding) -> String {
    match finding {
        Finding::SplitView { size } => say!("evidence-split-view", size = size),
        Finding::Rollback { from, to } => say!("evidence-rollback", from = from, to = to),
        Finding::VoidEntry { index, void } => {
            say!("evidence-void-entry", index = index, why = void.to_string())
        }
    }
}

fn shown(finding: Finding) -> Json {
    match finding {
        Finding::SplitView { size } => json!({"shows": "split-view", "entries": size}),
        Finding::Rollback { from, to } => json!({"shows": "rollback", "from": from, "to": to}),
        Finding::VoidEntry { index, void } => {
            json!({"shows": "void-entry", "entry": index, "void": void.code()})
        }
    }
}
