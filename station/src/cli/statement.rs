//! What becomes of a statement? Shown in words, written to a file, or submitted.
//! It must never know how it is signed.

mod since;
mod words;

use std::path::{Path, PathBuf};

use clap::Args;
use liaison_keys::directory::Statement;
use serde_json::{Map, Value as Json, json};

use crate::armour;
use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;
use crate::out::Paint;
use crate::when;

use since::overtaken;
use words::missing;
pub(super) use words::{title, words};

/// Where a statement goes.
#[derive(Debug, Args)]
pub(crate) struct Carry {
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// Makes the directory current for a statement, as far as this station is connected at all: one that never is has it
/// from a file.
pub(super) async fn current(desk: &mut Desk, io: &mut Io) -> Result<(), Failure> {
    match desk.connect(io).await {
        Ok(()) => desk.sync().await,
        // A new station of an owner is not admitted before it is certified.
        Err(failure) if failure.passes() && desk.station.replica().is_ok() => {
            let time = desk.station.checkpoint().map(|known| when::utc(known.time)).unwrap_or_default();
            // Who asked for it needs no reason.
            let why = if failure.name() == "offline" { String::new() } else { failure.message() };
            let shown = say!("say-statement-offline", why = why, time = time);
            io.note(&io.paint(Paint::Warn, shown.trim_start()));
            Ok(())
        }
        Err(failure) => Err(failure),
    }
}

/// What became of a statement.
pub(super) struct Ended {
    said: Map<String, Json>,
    words: String,
}

impl Ended {
    fn new(said: Json, words: String) -> Self {
        let said = if let Json::Object(said) = said { said } else { Map::new() };
        Self { said, words }
    }

    /// Something more on the same page.
    pub(super) fn with(mut self, name: &str, value: impl Into<Json>, words: &str) -> Self {
        self.said.insert(name.to_owned(), value.into());
        self.words = format!("{}\n{words}", self.words);
        self
    }

    /// Tells it.
    pub(super) fn tell(self, io: &mut Io) -> Exit {
        let Self { said, words } = self;
        io.tell(|| Json::Object(said), |_| words);
        Exit::Done
    }
}

/// Shows a statement, and does with it what was asked for.
pub(super) async fn finish(
    statement: &Statement,
    carry: &Carry,
    desk: &mut Desk,
    io: &mut Io,
) -> Result<Exit, Failure> {
    io.note(&words(statement, &desk.station));
    if carry.dry_run {
        io.note(&say!("say-dry-run"));
        return Ok(Exit::Done);
    }
    Ok(carry_on(statement, carry, desk, io).await?.tell(io))
}

/// Writes a statement that was shown, or submits it.
pub(super) async fn carry_on(
    statement: &Statement,
    carry: &Carry,
    desk: &mut Desk,
    io: &mut Io,
) -> Result<Ended, Failure> {
    if let Some(file) = &carry.out {
        return write(statement, file, desk, io);
    }
    if !statement.missing().is_empty() {
        let signers = missing(statement, &desk.station).join(", ");
        return Err(fail!(Exit::Refused, "error-statement-incomplete", signers = signers));
    }
    log(statement, desk, io).await
}

/// Writes it to a file, and says who has to see it next.
fn write(statement: &Statement, file: &Path, desk: &Desk, io: &Io) -> Result<Ended, Failure> {
    let title = title(statement);
    io.write_new(file, armour::write(statement, &title).as_bytes(), false)?;
    let missing = missing(statement, &desk.station);
    let file = file.display().to_string();
    let words = match missing.is_empty() {
        true => say!("say-statement-written-complete", file = file.as_str()),
        false => say!("say-statement-written", file = file.as_str(), signers = missing.join(", ")),
    };
    Ok(Ended::new(json!({"file": file, "title": title, "missing": missing}), words))
}

/// Puts it into the directory.
async fn log(statement: &Statement, desk: &mut Desk, io: &mut Io) -> Result<Ended, Failure> {
    desk.connect(io).await?;
    desk.sync().await?;
    if let Some(overtaken) = overtaken(statement, &desk.station) {
        return Err(overtaken);
    }
    desk.station.try_out(statement)?;
    let index = match desk.submit(statement).await {
        Ok(index) => index,
        // Somebody else was faster in between.
        Err(failure) if failure.name() == "void-chain" => {
            desk.sync().await?;
            return Err(overtaken(statement, &desk.station).unwrap_or(failure));
        }
        // A person who ends this very station wanted that: it is no failure.
        Err(failure) if failure.name() == "logged-its-end" => {
            return Ok(Ended::new(json!({"title": title(statement)}), failure.message()));
        }
        Err(failure) => return Err(failure),
    };
    let title = title(statement);
    let words = say!("say-logged", title = title.as_str(), index = index);
    Ok(Ended::new(json!({"logged": index, "title": title}), words))
}
