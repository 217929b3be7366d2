//! What does a statement say, and what becomes of it? Shown in words, written to a file, or submitted.
//! It must never know how it is signed.

use std::path::{Path, PathBuf};

use clap::Args;
use liaison_client::Station;
use liaison_keys::directory::body::kind_name;
use liaison_keys::directory::{Body, Statement};
use liaison_keys::names::{Kid, Subject};
use serde_json::{Map, Value as Json, json};

use crate::armour;
use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;
use crate::out::{self, Paint};
use crate::when;

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
            let shown = say!("say-statement-offline", why = failure.message());
            io.note(&io.paint(Paint::Warn, &shown));
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
    pub(super) fn with(mut self, name: &str, value: &str, words: &str) -> Self {
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
    desk.station.try_out(statement)?;
    let index = desk.submit(statement).await?;
    let title = title(statement);
    let words = say!("say-logged", title = title.as_str(), index = index);
    Ok(Ended::new(json!({"logged": index, "title": title}), words))
}

/// One line on what it is.
pub(super) fn title(statement: &Statement) -> String {
    let claims = statement.claims();
    let subject = named(&claims.subject);
    match claims.body() {
        Ok(Some(Body::Genesis(genesis))) => say!("statement-genesis", id = genesis.id.to_string()),
        Ok(Some(Body::Enrol(enrol))) => {
            say!("statement-enrol", subject = subject, name = out::line(&enrol.name))
        }
        Ok(Some(Body::Delegate(_))) => say!("statement-delegate", subject = subject),
        Ok(Some(Body::Nominate(record))) => {
            say!("statement-nominate", subject = subject, unit = out::line(&record.unit))
        }
        Ok(Some(Body::Certify(certify))) => {
            say!("statement-certify", subject = subject, device = certify.signing.device().to_string())
        }
        Ok(Some(Body::Revoke(revoke))) => {
            say!("statement-revoke", subject = subject, device = revoke.device.to_string())
        }
        Ok(Some(Body::DefineGroup(group))) => {
            say!("statement-define-group", subject = subject, name = out::line(&group.name))
        }
        Ok(Some(Body::GroupMember(member))) => {
            let state = member.state.upper();
            say!("statement-group-member", subject = subject, state = state, status = member.status.name())
        }
        Ok(Some(Body::Join(join))) => {
            say!("statement-join", subject = subject, group = join.group.to_string())
        }
        Ok(None) => say!("statement-newer", subject = subject, kind = claims.kind),
        Err(_) => say!("statement-damaged", kind = kind_name(claims.kind)),
    }
}

/// All that it says, for a person who is to sign it.
pub(super) fn words(statement: &Statement, station: &Station) -> String {
    let claims = statement.claims();
    let mut lines = vec![title(statement)];
    lines.extend(details(statement, station));
    lines.push(say!("statement-made", time = when::utc(claims.made)));
    let missing = statement.missing();
    for kid in &claims.signers {
        let signed = if missing.contains(kid) { say!("word-missing") } else { say!("word-signed") };
        lines.push(say!("statement-signer", signer = signer(*kid, statement, station), signed = signed));
    }
    lines.join("\n  ")
}

fn details(statement: &Statement, station: &Station) -> Vec<String> {
    match statement.claims().body() {
        Ok(Some(Body::Enrol(enrol))) => {
            let mut lines = vec![say!("statement-roots", n = enrol.roots.len(), m = enrol.threshold)];
            lines.extend(
                enrol.note_verbale.as_deref().map(|note| say!("statement-note", note = out::line(note))),
            );
            if let Subject::Owner(owner) = &statement.claims().subject
                && let Ok(fingerprint) = station.fingerprint(owner, &enrol)
            {
                lines.push(say!("statement-fingerprint", digits = fingerprint.to_string()));
                lines.push(say!("statement-compare"));
            }
            lines
        }
        Ok(Some(Body::Delegate(delegate))) => {
            vec![say!("statement-admins", n = delegate.admins.len(), ends = when::day(delegate.expires))]
        }
        Ok(Some(Body::Nominate(record))) => {
            let categories: Vec<_> = record.categories.iter().map(|category| category.name()).collect();
            let languages = record.languages.join(", ");
            let level = record.level.map_or_else(|| say!("word-not-stated"), |level| level.name().to_owned());
            vec![say!(
                "statement-office",
                categories = if categories.is_empty() { say!("word-none") } else { categories.join(", ") },
                rank = record.rank.name(),
                level = level,
                languages =
                    if languages.is_empty() { say!("word-not-stated") } else { out::line(&languages) },
            )]
        }
        Ok(Some(Body::Certify(certify))) => vec![say!("statement-ends", ends = when::day(certify.expires))],
        Ok(Some(Body::Revoke(revoke))) => vec![match revoke.compromised_since {
            Some(since) => say!("statement-compromised", since = when::utc(since)),
            None => say!("statement-retired"),
        }],
        Ok(Some(Body::DefineGroup(group))) => vec![match &group.coordinator {
            Some(owner) => say!("statement-coordinator", owner = owner.to_string()),
            None => say!("statement-no-coordinator"),
        }],
        Ok(Some(Body::Genesis(_) | Body::GroupMember(_) | Body::Join(_)) | None) | Err(_) => Vec::new(),
    }
}

/// Who has not signed yet, by what the key is.
pub(super) fn missing(statement: &Statement, station: &Station) -> Vec<String> {
    statement.missing().into_iter().map(|kid| signer(kid, statement, station)).collect()
}

/// What a key is, as the directory or the statement itself says.
fn signer(kid: Kid, statement: &Statement, station: &Station) -> String {
    let short: String = kid.to_string().chars().take(8).collect();
    let is = |key: &liaison_keys::signing::PublicKey<liaison_keys::signing::Authority>| key.kid() == kid;
    match statement.claims().body() {
        Ok(Some(Body::Enrol(enrol))) if enrol.roots.iter().any(is) => {
            return say!("signer-new-root", kid = short);
        }
        Ok(Some(Body::Delegate(delegate))) if delegate.admins.iter().any(is) => {
            return say!("signer-new-admin", kid = short);
        }
        Ok(Some(Body::Certify(certify)))
            if certify.signing.kid() == kid || certify.transport.kid() == kid =>
        {
            return say!("signer-device", kid = short);
        }
        _ => {}
    }
    let Ok(at) = station.directory() else { return say!("signer-unknown", kid = short) };
    if station.replica().is_ok_and(|replica| replica.directory().genesis().custodian.iter().any(is)) {
        return say!("signer-custodian", kid = short);
    }
    let owner = match &statement.claims().subject {
        Subject::Group(group) => at.group(group).map(|(_, owner)| owner.clone()),
        subject => subject.owner().cloned(),
    };
    let Some(owner) = owner else { return say!("signer-unknown", kid = short) };
    if at.root(&owner).is_some_and(|root| root.keys.iter().any(is)) {
        say!("signer-root", owner = owner.display(), kid = short)
    } else if at.admins(&owner).iter().any(is) {
        say!("signer-admin", owner = owner.display(), kid = short)
    } else {
        say!("signer-unknown", kid = short)
    }
}

fn named(subject: &Subject) -> String {
    match subject {
        Subject::Owner(owner) => owner.display(),
        other => other.to_string(),
    }
}
