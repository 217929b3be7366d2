//! How does a station begin? A folder, a passphrase, keys of its own, and an invitation if there is one.
//! It must never know what the keys will be used for.

use std::path::Path;

use clap::Args;
use liaison_client::Station;
use liaison_client::invitation::InvitationText;
use liaison_keys::keyfile::Cost;
use serde_json::json;

use super::Global;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;
use crate::out::Paint;
use crate::passphrase;

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    #[arg(long, value_name = "TEXT|FILE|-")]
    invitation: Option<String>,
    /// Only for exercises and tests; not shown.
    #[arg(long, hide = true)]
    insecure_fast_passphrase: bool,
}

pub(super) fn run(args: &InitArgs, global: &Global, io: &mut Io) -> Result<Exit, Failure> {
    use liaison_client::home::{Home, HomeError};
    let home = crate::run::home(global, io)?;
    let invitation = args.invitation.as_deref().map(|given| read(given, io)).transpose()?;
    let exists = Home::exists(&home);
    if exists && invitation.is_none() {
        return Err(HomeError::Exists(home).into());
    }
    let mut station = if exists {
        // An invitation that came later.
        let passphrase = passphrase::ask(global.passphrase_file.as_deref(), io)?;
        Station::open(&home, &passphrase, io.clock())?
    } else {
        make(args, global, &home, io)?
    };
    if let Some(invitation) = &invitation {
        station.accept(invitation)?;
    }
    let device = station.device()?;
    let owner =
        invitation.as_ref().and_then(|text| text.invited.as_ref()).map(|(owner, _)| owner.to_string());
    let network = invitation.as_ref().map(|text| text.network);
    io.tell(
        || json!({"home": home, "device": device, "network": network, "invited": owner}),
        |_| say!("say-station-made", home = home.display().to_string(), device = device.to_string()),
    );
    next(owner.as_deref(), network.is_some(), io);
    Ok(Exit::Done)
}

fn make(args: &InitArgs, global: &Global, home: &Path, io: &mut Io) -> Result<Station, Failure> {
    let passphrase = passphrase::choose(global.passphrase_file.as_deref(), io)?;
    let cost = if args.insecure_fast_passphrase {
        io.note(&io.paint(Paint::Warn, &say!("say-insecure-passphrase")));
        Cost::MINIMUM
    } else {
        Cost::DEFAULT
    };
    let progress = io.progress(&say!("say-making-keys"));
    let station = Station::create(home, &passphrase, cost, io.clock());
    drop(progress);
    Ok(station?)
}

fn next(owner: Option<&str>, introduced: bool, io: &mut Io) {
    let words = match owner {
        Some(owner) => say!("say-next-enrol", owner = owner),
        None if introduced => say!("say-next-certify"),
        None => say!("say-next-invitation"),
    };
    if !io.json {
        io.note(&words);
    }
}

/// An invitation as text, in a file, or on standard input.
fn read(given: &str, io: &mut Io) -> Result<InvitationText, Failure> {
    let text = if given.starts_with(MARK) { given.to_owned() } else { io.read_text(Path::new(given))? };
    // Mail may have put words around it.
    let line = text.lines().map(str::trim).find(|line| line.starts_with(MARK));
    line.and_then(|line| line.parse().ok()).ok_or_else(|| fail!(Exit::Data, "error-not-an-invitation"))
}

/// How an invitation begins, and no file's name.
const MARK: &str = "liaison-invitation:";
