//! How does the station get its passphrase? From a file, the environment, or a person, in this order.
//! It must never know what it opens.

use std::path::Path;

use zeroize::Zeroizing;

use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;

/// The passphrase of a station that is there.
pub(crate) fn ask(file: Option<&Path>, io: &mut Io) -> Result<Zeroizing<String>, Failure> {
    if let Some(given) = given(file, io)? {
        return Ok(given);
    }
    io.secret(&say!("ask-passphrase"))?.ok_or_else(|| fail!(Exit::Refused, "error-no-passphrase"))
}

/// The passphrase of a new station: a person types it twice.
pub(crate) fn choose(file: Option<&Path>, io: &mut Io) -> Result<Zeroizing<String>, Failure> {
    let chosen = match given(file, io)? {
        Some(given) => given,
        None => twice(io)?,
    };
    if chosen.is_empty() {
        return Err(fail!(Exit::Refused, "error-empty-passphrase"));
    }
    if chosen.chars().count() < LONG_ENOUGH_CHARS {
        io.note(&say!("say-short-passphrase", n = LONG_ENOUGH_CHARS));
    }
    Ok(chosen)
}

fn twice(io: &mut Io) -> Result<Zeroizing<String>, Failure> {
    let missing = || fail!(Exit::Refused, "error-no-passphrase");
    let first = io.secret(&say!("ask-new-passphrase"))?.ok_or_else(missing)?;
    let second = io.secret(&say!("ask-passphrase-again"))?.ok_or_else(missing)?;
    if first == second { Ok(first) } else { Err(fail!(Exit::Refused, "error-passphrases-differ")) }
}

fn given(file: Option<&Path>, io: &mut Io) -> Result<Option<Zeroizing<String>>, Failure> {
    match file {
        Some(file) => {
            let text = Zeroizing::new(io.read_text(file)?);
            Ok(Some(Zeroizing::new(text.trim_end_matches(['\n', '\r']).to_owned())))
        }
        None => Ok(io.passphrase.clone()),
    }
}

/// Against guessing, length is what counts.
const LONG_ENOUGH_CHARS: usize = 12;
