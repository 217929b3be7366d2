//! What does a statement say? In words, for a person who is to sign it.
//! It must never know what becomes of it.

use liaison_client::Station;
use liaison_keys::directory::body::{Enrol, kind_name};
use liaison_keys::directory::{Body, OfficeRecord, Statement};
use liaison_keys::names::{Kid, Subject};
use liaison_keys::signing::{Authority, PublicKey};

use crate::out;
use crate::when;

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
pub(in crate::cli) fn words(statement: &Statement, station: &Station) -> String {
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
        Ok(Some(Body::Enrol(enrol))) => enrolment(&enrol, &statement.claims().subject, station),
        Ok(Some(Body::Delegate(delegate))) => {
            vec![say!("statement-admins", n = delegate.admins.len(), ends = when::day(delegate.expires))]
        }
        Ok(Some(Body::Nominate(record))) => vec![office(&record)],
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

fn enrolment(enrol: &Enrol, subject: &Subject, station: &Station) -> Vec<String> {
    let mut lines = vec![say!("statement-roots", n = enrol.roots.len(), m = enrol.threshold)];
    lines.extend(enrol.note_verbale.as_deref().map(|note| say!("statement-note", note = out::line(note))));
    if let Subject::Owner(owner) = subject
        && let Ok(fingerprint) = station.fingerprint(owner, enrol)
    {
        lines.push(say!("statement-fingerprint", digits = fingerprint.to_string()));
        lines.push(say!("statement-compare"));
    }
    lines
}

fn office(record: &OfficeRecord) -> String {
    let or = |text: String, none: &str| if text.is_empty() { say!(none) } else { text };
    let categories: Vec<_> = record.categories.iter().map(|category| category.name()).collect();
    say!(
        "statement-office",
        categories = or(categories.join(", "), "word-none"),
        rank = record.rank.name(),
        level = record.level.map_or_else(|| say!("word-not-stated"), |level| level.name().to_owned()),
        languages = or(out::line(&record.languages.join(", ")), "word-not-stated"),
    )
}

/// Who has not signed yet, by what the key is.
pub(super) fn missing(statement: &Statement, station: &Station) -> Vec<String> {
    statement.missing().into_iter().map(|kid| signer(kid, statement, station)).collect()
}

/// What a key is, as the statement itself or the directory says.
fn signer(kid: Kid, statement: &Statement, station: &Station) -> String {
    let short: String = kid.to_string().chars().take(8).collect();
    let introduced = introduced(kid, statement).map(|key| say!(key, kid = short.as_str()));
    introduced.unwrap_or_else(|| known(kid, short, statement, station))
}

/// What a key is that the statement brings in.
fn introduced(kid: Kid, statement: &Statement) -> Option<&'static str> {
    let is = |key: &PublicKey<Authority>| key.kid() == kid;
    match statement.claims().body() {
        Ok(Some(Body::Enrol(enrol))) => enrol.roots.iter().any(is).then_some("signer-new-root"),
        Ok(Some(Body::Delegate(delegate))) => delegate.admins.iter().any(is).then_some("signer-new-admin"),
        Ok(Some(Body::Certify(certify))) => {
            (certify.signing.kid() == kid || certify.transport.kid() == kid).then_some("signer-device")
        }
        _ => None,
    }
}

/// What a key is that the directory knows.
fn known(kid: Kid, short: String, statement: &Statement, station: &Station) -> String {
    let is = |key: &PublicKey<Authority>| key.kid() == kid;
    let (Ok(at), Ok(replica)) = (station.directory(), station.replica()) else {
        return say!("signer-unknown", kid = short);
    };
    if replica.directory().genesis().custodian.iter().any(is) {
        return say!("signer-custodian", kid = short);
    }
    let owner = match &statement.claims().subject {
        Subject::Group(group) => at.group(group).map(|(_, owner)| owner.clone()),
        subject => subject.owner().cloned(),
    };
    match owner {
        Some(owner) if at.root(&owner).is_some_and(|root| root.keys.iter().any(is)) => {
            say!("signer-root", owner = owner.display(), kid = short)
        }
        Some(owner) if at.admins(&owner).iter().any(is) => {
            say!("signer-admin", owner = owner.display(), kid = short)
        }
        _ => say!("signer-unknown", kid = short),
    }
}

fn named(subject: &Subject) -> String {
    match subject {
        Subject::Owner(owner) => owner.display(),
        other => other.to_string(),
    }
}
