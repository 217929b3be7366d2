//! What does a statement say? In words, for a person who is to sign it.
//! It must never know what becomes of it.

use liaison_client::Station;
use liaison_keys::directory::body::{Enrol, NoteEffect, Taking, kind_name};
use liaison_keys::directory::{Body, OfficeRecord, Statement};
use liaison_keys::fingerprint::Fingerprint;
use liaison_keys::names::{Kid, Owner, Subject};
use liaison_keys::signing::{Authority, PublicKey};

use crate::out;
use crate::when;

/// One line on what it is.
pub(in crate::cli) fn title(statement: &Statement) -> String {
    let claims = statement.claims();
    let subject = named(&claims.subject);
    match claims.body() {
        Ok(Some(body)) => what(subject, &body),
        Ok(None) => say!("statement-newer", subject = subject, kind = claims.kind),
        Err(_) => say!("statement-damaged", kind = kind_name(claims.kind)),
    }
}

fn what(subject: String, body: &Body) -> String {
    match body {
        Body::Genesis(genesis) => say!("statement-genesis", id = genesis.id.to_string()),
        Body::Operate(_) => say!("statement-operate"),
        Body::Settings(settings) => say!("statement-settings", profile = settings.profile.to_string()),
        Body::Enrol(enrol) => say!("statement-enrol", subject = subject, name = out::line(&enrol.name)),
        Body::RootChange(_) => say!("statement-root-change", subject = subject),
        Body::ReRoot(_) => say!("statement-re-root", subject = subject),
        Body::Delegate(_) => say!("statement-delegate", subject = subject),
        Body::Undelegate(_) => say!("statement-undelegate", subject = subject),
        Body::Participation(said) => say!(
            match said.taking {
                Taking::Participating => "statement-participating",
                Taking::Paused => "statement-paused",
                Taking::Left => "statement-left",
            },
            subject = subject
        ),
        Body::Policy(_) => say!("statement-policy", subject = subject),
        Body::Nominate(record) => {
            say!("statement-nominate", subject = subject, unit = out::line(&record.unit))
        }
        Body::Update(record) => say!("statement-update", subject = subject, unit = out::line(&record.unit)),
        Body::Withdraw(_) => say!("statement-withdraw", subject = subject),
        Body::Certify(certify) => {
            say!("statement-certify", subject = subject, device = certify.signing.device().to_string())
        }
        Body::Revoke(revoke) => {
            say!("statement-revoke", subject = subject, device = revoke.device.to_string())
        }
        Body::Suspend(suspend) => {
            say!("statement-suspend", subject = subject, device = suspend.device.to_string())
        }
        Body::DefineGroup(group) => {
            say!("statement-define-group", subject = subject, name = out::line(&group.name))
        }
        Body::GroupMember(member) => {
            let state = member.state.upper();
            say!("statement-group-member", subject = subject, state = state, status = member.status.name())
        }
        Body::Join(join) => say!("statement-join", subject = subject, group = join.group.to_string()),
        Body::Leave(leave) => say!("statement-leave", subject = subject, group = leave.group.to_string()),
        Body::Confirm(_) => say!("statement-confirm", subject = subject),
        Body::PermitSupply(permit) => {
            let key = if permit.permitted { "statement-permit" } else { "statement-permit-no-more" };
            say!(key, subject = subject, organization = permit.organization.to_string())
        }
        Body::Attest(attest) => {
            say!("statement-attest", subject = subject, state = attest.state.upper())
        }
        Body::Contest(_) => say!("statement-contest", subject = subject),
        Body::Note(note) => say!(
            match note.effect {
                NoteEffect::Suspend => "statement-note-suspend",
                NoteEffect::Restore => "statement-note-restore",
                NoteEffect::Freeze => "statement-note-freeze",
            },
            subject = subject
        ),
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
        Ok(Some(Body::Nominate(record) | Body::Update(record))) => office(&record),
        Ok(Some(Body::Certify(certify))) => vec![say!("statement-ends", ends = when::day(certify.expires))],
        Ok(Some(Body::Revoke(revoke))) => vec![match revoke.compromised_since {
            Some(since) => say!("statement-compromised", since = when::utc(since)),
            None => say!("statement-retired"),
        }],
        Ok(Some(Body::DefineGroup(group))) => vec![match &group.coordinator {
            Some(owner) => say!("statement-coordinator", owner = owner.to_string()),
            None => say!("statement-no-coordinator"),
        }],
        Ok(Some(body)) => changes(&body, &statement.claims().subject, station),
        Ok(None) | Err(_) => Vec::new(),
    }
}

/// What a change of roots, keys, settings or shown entries says besides.
fn changes(body: &Body, subject: &Subject, station: &Station) -> Vec<String> {
    let roots = |keys: &[PublicKey<Authority>], threshold: u8| {
        let mut lines = vec![say!("statement-roots", n = keys.len(), m = threshold)];
        if let (Subject::Owner(owner), Ok(network)) = (subject, station.network()) {
            let digits = Fingerprint::of_root(network, owner, threshold, keys).to_string();
            lines.push(say!("statement-fingerprint", digits = digits));
            lines.push(say!("statement-compare"));
        }
        lines
    };
    match body {
        Body::RootChange(change) => {
            let mut lines = roots(&change.roots, change.threshold);
            lines.push(say!("statement-root-change-waits"));
            lines
        }
        Body::ReRoot(reroot) => {
            let mut lines = roots(&reroot.roots, reroot.threshold);
            let states: Vec<String> = reroot.states.iter().map(|state| state.upper()).collect();
            lines.push(say!("statement-re-root-by", states = states.join(", ")));
            lines
        }
        Body::Undelegate(undelegate) => vec![match undelegate.void_since {
            Some(entry) => say!("statement-void-since", entry = entry),
            None => say!("statement-keep"),
        }],
        Body::Operate(operate) => {
            let relays: Vec<&str> = operate.relays.iter().map(|relay| relay.name.as_str()).collect();
            let keys = say!("say-keys", n = operate.custodian.len(), m = operate.threshold);
            let what = say!("statement-operate-what", keys = keys, relays = relays.join(", "));
            let names: Vec<&str> = operate.witnesses.iter().map(|(name, _)| name.as_str()).collect();
            let witnessed = || {
                say!(
                    "statement-operate-witnesses",
                    k = operate.cosignatures,
                    n = names.len(),
                    names = names.join(", ")
                )
            };
            std::iter::once(what).chain((!names.is_empty()).then(witnessed)).collect()
        }
        Body::Settings(settings) => vec![say!(
            "statement-settings-what",
            check = settings.check_months,
            reminder = settings.reminder_months,
            days = settings.notice_days,
            states = settings.operational_states
        )],
        Body::Policy(policy) => {
            let on = |on: bool| if on { say!("word-yes") } else { say!("word-no") };
            vec![say!(
                "statement-policy-what",
                release = on(policy.release_broadcasts),
                seen = on(policy.seen)
            )]
        }
        Body::Suspend(suspend) => vec![say!("statement-ends", ends = when::utc(suspend.until))],
        Body::Note(note) => vec![say!("statement-reason", reason = out::line(&note.reason))],
        _ => Vec::new(),
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

fn office(record: &OfficeRecord) -> Vec<String> {
    let or = |text: String, none: &str| if text.is_empty() { say!(none) } else { text };
    let categories: Vec<_> = record.categories.iter().map(|category| category.name()).collect();
    let mut lines = vec![say!(
        "statement-office",
        categories = or(categories.join(", "), "word-none"),
        rank = record.rank.name(),
        level = record.level.map_or_else(|| say!("word-not-stated"), |level| level.name().to_owned()),
        languages = or(out::line(&record.languages.join(", ")), "word-not-stated"),
    )];
    lines.extend(
        record
            .organisation
            .as_deref()
            .map(|text| say!("statement-organisation", organisation = out::line(text))),
    );
    lines.extend(
        record.backup_of.as_ref().map(|office| say!("statement-backup-of", office = office.to_string())),
    );
    lines.extend(record.effective.map(|since| say!("statement-effective", since = when::day(since))));
    lines
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
        Ok(Some(Body::ReRoot(reroot))) => reroot.roots.iter().any(is).then_some("signer-new-root"),
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
    let Ok(at) = station.directory() else {
        return say!("signer-unknown", kid = short);
    };
    if at.operation().custodian.iter().any(is) {
        return say!("signer-custodian", kid = short);
    }
    let owner = match &statement.claims().subject {
        Subject::Group(group) => at.group(group).map(|(_, owner)| owner.clone()),
        subject => subject.owner().cloned(),
    };
    let is_root = |owner: &Owner| at.root(owner).is_some_and(|root| root.keys.iter().any(is));
    match owner {
        Some(owner) if at.root(&owner).is_some_and(|root| root.keys.iter().any(is)) => {
            say!("signer-root", owner = owner.display(), kid = short)
        }
        Some(owner) if at.admins(&owner).iter().any(is) => {
            say!("signer-admin", owner = owner.display(), kid = short)
        }
        // Other States' roots attest and re-root; what a root-change brings in is known to nobody yet.
        _ => match station.replica().ok().and_then(|replica| {
            replica.directory().owners().map(|(owner, _)| owner).find(|owner| is_root(owner))
        }) {
            Some(owner) => say!("signer-root", owner = owner.display(), kid = short),
            None if brings_root(kid, statement) => say!("signer-new-root", kid = short),
            None => say!("signer-unknown", kid = short),
        },
    }
}

/// Whether a change of root names this key.
fn brings_root(kid: Kid, statement: &Statement) -> bool {
    let body = statement.claims().body();
    matches!(body, Ok(Some(Body::RootChange(change))) if change.roots.iter().any(|key| key.kid() == kid))
}

fn named(subject: &Subject) -> String {
    match subject {
        Subject::Owner(owner) => owner.display(),
        other => other.to_string(),
    }
}
