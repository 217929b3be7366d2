//! What do the directory's parts say: notes, heads, statements, entries, invitations, foundings?
//! It must never know messages.

use liaison_keys::card::SaltedCard;
use liaison_keys::directory::checkpoint::CheckpointError;
use liaison_keys::directory::evidence::{Evidence, NotShown};
use liaison_keys::directory::founding::{Founding, FoundingError};
use liaison_keys::directory::invitation::{Invitation, InvitationError};
use liaison_keys::directory::statement::StatementError;
use liaison_keys::directory::witness::Announced;
use liaison_keys::directory::{Directory, Head, Note, Origin, Quorum, Statement};
use liaison_keys::signing::{Authority, Log, SecretKey};

use super::{Given, Verdict};
use crate::context;

pub(super) fn note(given: Given<'_>, bytes: &[u8]) -> Verdict {
    let id = given.text("origin").split('/').nth(1).unwrap().parse().unwrap();
    let origin = Origin::new(&id, given.parsed("network"));
    assert_eq!(origin.as_str(), given.text("origin"));
    let note = Note::read(bytes, &origin, &given.key::<Log>("log").public()).map_err(checkpoint_code)?;
    note.settle(&origin, Quorum::NONE).map_err(checkpoint_code)?;
    Ok(format!("{:?}", note.checkpoint))
}

/// With exactly as many cosignatures as are asked for, of those witnesses.
pub(super) fn cosigned_note(given: Given<'_>, bytes: &[u8]) -> Verdict {
    let id = given.text("origin").split('/').nth(1).unwrap().parse().unwrap();
    let origin = Origin::new(&id, given.parsed("network"));
    let note = Note::read(bytes, &origin, &given.key::<Log>("log").public()).map_err(checkpoint_code)?;
    let announced = given.text("witnesses").split(' ').map(|line| line.parse::<Announced>().unwrap());
    let witnesses: Vec<_> = announced.map(|witness| (witness.name, witness.key)).collect();
    let quorum = Quorum::new(&witnesses, usize::try_from(given.number("k")).unwrap());
    let time = note.settle(&origin, quorum).map_err(checkpoint_code)?;
    Ok(format!("{:?} {time:?}", note.checkpoint))
}

pub(super) fn head(given: Given<'_>, bytes: &[u8]) -> Verdict {
    let head = Head::verify(bytes, given.parsed("network"), &given.key::<Log>("log").public());
    head.map(|head| format!("{head:?}")).map_err(checkpoint_code)
}

/// A contact card, whose hash is of all its bytes.
pub(super) fn salted_card(bytes: &[u8]) -> Verdict {
    let card = SaltedCard::from_bytes(bytes).map_err(|_| "malformed")?;
    Ok(format!("{:?} {}", card.card(), card.hash()))
}

/// Proof for whoever knows the network's name.
pub(super) fn evidence(given: Given<'_>, bytes: &[u8]) -> Verdict {
    let finding = Evidence::judge(bytes, given.parsed("network")).map_err(|error| match error {
        NotShown::OtherNetwork => "network",
        NotShown::Unsigned => "signature",
        NotShown::Fits => "fits",
        _ => "malformed",
    })?;
    Ok(format!("{finding:?} {}", hex::encode(bytes)))
}

fn checkpoint_code(error: CheckpointError) -> &'static str {
    match error {
        CheckpointError::Malformed => "malformed",
        CheckpointError::Signature => "signature",
        CheckpointError::Cosignatures { .. } => "cosignatures",
        CheckpointError::Cosignature => "cosignature",
        _ => "?",
    }
}

/// A statement alone: whether those whom it names have signed it, and nobody else.
pub(super) fn statement(given: Given<'_>, bytes: &[u8]) -> Verdict {
    let statement = Statement::from_bytes(bytes).map_err(|error| match error {
        StatementError::TooLong { .. } => "too-large",
        _ => "malformed",
    })?;
    if !statement.has_exactly_its_signers() {
        return Err("signers");
    }
    let mut keys = given.seeds("").map(|seed| SecretKey::<Authority>::from_seed(&seed).public());
    if keys.all(|key| statement.verify(&key).is_ok()) {
        Ok(format!("{statement:?}"))
    } else {
        Err("signature")
    }
}

/// Entry 0 of a log.
pub(super) fn genesis(bytes: &[u8]) -> Verdict {
    let directory = Directory::found(bytes).map_err(|none| none.0.code())?;
    Ok(format!("{:?} {:?}", directory.network(), directory.genesis()))
}

/// The next entry of a log: of one of the shared ones and what came since, or of one that has its genesis alone.
pub(super) fn entry(given: Given<'_>, bytes: &[u8]) -> Verdict {
    let mut directory = match given.find("genesis") {
        Some(genesis) => Directory::found(&hex::decode(genesis.as_str().unwrap()).unwrap()).unwrap(),
        None => context::replica(given.text("log"), given.list("more entries")).directory().clone(),
    };
    directory.apply(bytes).map_err(liaison_keys::directory::Void::code)?;
    Ok("counts".to_owned())
}

pub(super) fn invitation(given: Given<'_>, bytes: &[u8]) -> Verdict {
    let seeds = given.seeds("custodian ");
    let custodian: Vec<_> = seeds.map(|seed| SecretKey::<Authority>::from_seed(&seed).public()).collect();
    let threshold = u8::try_from(given.number("m")).unwrap();
    let verified =
        Invitation::verify(bytes, given.parsed("network"), (&custodian, threshold), given.number("now"));
    verified.map(|invitation| format!("{invitation:?}")).map_err(|error| match error {
        InvitationError::Malformed => "malformed",
        InvitationError::Signature => "signature",
        InvitationError::Time => "time",
        _ => "?",
    })
}

pub(super) fn founding(given: Given<'_>, bytes: &[u8]) -> Verdict {
    let founding = Founding::from_bytes(bytes, given.number("taken at"));
    founding.map(|founding| format!("{founding:?}")).map_err(|error| match error {
        FoundingError::Malformed => "malformed",
        FoundingError::Genesis(_) => "genesis",
        FoundingError::Invitation(_) => "invitation",
        FoundingError::NotForCustodian(_) => "not-for-custodian",
        _ => "?",
    })
}
