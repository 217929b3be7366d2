//! How does somebody come in? The custodian's invitation: told to the relay, handed over as one line.
//! It must never know how it is handed over.

use std::path::PathBuf;

use clap::Args;
use liaison_keys::names::Owner;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
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
    #[arg(long)]
    qr: bool,
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
    if args.qr && !io.json {
        io.say(&qr(&line)?);
    }
    if !io.json {
        let (owner, ends) = (args.owner.display(), when::utc(text.ends));
        io.note(&match &file {
            Some(file) => say!("say-invited-file", owner = owner, ends = ends, file = file.as_str()),
            None => say!("say-invited", owner = owner, ends = ends),
        });
    }
    Ok(Exit::Done)
}

/// The line for a camera, in characters of half height; dark on light, whatever the terminal's colours are.
fn qr(line: &str) -> Result<String, Failure> {
    let code = QrCode::new(line).map_err(|_| fail!(Exit::Internal, "error-internal"))?;
    let render = code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
    Ok(render)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_as_long_as_an_invitation_fits() {
        let drawn = qr(&"liaison-invitation-v1:0123456789abcdef".repeat(12)).unwrap();
        let widths: Vec<usize> = drawn.lines().map(|line| line.chars().count()).collect();
        assert!(widths.len() > 20 && widths.iter().all(|width| *width == widths[0] && *width < 120));
    }
}
