//! What if the host shows an old log, another one, or a log to each? It must never know what a station does with it.

use std::path::Path;

use liaison_client::authority::NewNetwork;
use liaison_client::{Clock, Station};
use liaison_demo::world::PASSPHRASE;
use liaison_keys::directory::body::{Certify, Relay as RelayEntry, Revoke};
use liaison_keys::directory::founding::Founding;
use liaison_keys::directory::{Body, Entry, Replica};
use liaison_keys::keyfile::Cost;
use liaison_keys::names::{OfficeId, Subject};
use liaison_keys::signing::{Log, SecretKey};
use liaison_proto::frame::{Code, Frame};
use liaison_tests::hostile::Heard;

use crate::fork::{Fork, once, says, shows, unsigned};
use crate::missing::{
    CHECK_AT_BYSTANDER, CHECK_AT_VICTIM, CHECK_TAKEN, LETTERS_AT_VICTIM, LETTERS_TAKEN, LOGS, LOGS_GROWN,
};
use crate::row::{Row, play};
use crate::scene::{BYSTANDER, SENDER, Scene, VICTIM};
use crate::script::Script;

#[tokio::test(flavor = "multi_thread")]
async fn what_the_host_does_to_the_directory() {
    play(ROWS).await;
}

const ALL: &[&str] = &[SENDER, VICTIM, BYSTANDER];

/// The genesis of a twin: the same names and the same relay, and other custodian keys.
fn twin(scene: &Scene) -> (Replica, SecretKey<Log>) {
    let folder = tempfile::tempdir().unwrap();
    let home: &Path = &folder.path().join("twin");
    let mut station = Station::create(home, PASSPHRASE, Cost::MINIMUM, Clock::system()).unwrap();
    let genesis = scene.stations[VICTIM].replica().unwrap().directory().genesis();
    let log = SecretKey::from_seed(&scene.keys.log.expose_seed());
    let relays: Vec<RelayEntry> = genesis.relays.clone();
    let (id, fictional, profile) = (genesis.id.clone(), true, genesis.profile.clone());
    let new = NewNetwork { id, fictional, relays, log: log.public(), custodian: (2, 2), profile };
    let file = station.found(new).unwrap();
    let now = Clock::system().now_s();
    let founding = Founding::from_bytes(&file, now).unwrap();
    let entry = Entry::new(now, founding.statement).to_bytes();
    (Replica::found(entry).unwrap(), log)
}

fn office(name: &str) -> Subject {
    Subject::Office(name.parse::<OfficeId>().unwrap())
}

pub const ROWS: &[Row] = &[
    Row::new("shows the victim a log that is shorter than what it holds", |scene| {
        shows(Fork::of(scene).shorter(5), &[VICTIM])
    })
    .ends(&["xb says the relay's log is shorter by 5", "xb shows others a log that became shorter"], &[]),
    Row::new("shows the sender the same old head for a day", frozen).when(Script::Aged(25 * 3_600)).ends(
        &[
            "xa ends: cannot seal after: Compose(OldDirectory { hours: 25 })",
            "xa ends: cannot seal before: Compose(OldDirectory { hours: 25 })",
            "xa ends: cannot seal check: Compose(OldDirectory { hours: 25 })",
            "xa says the relay's directory is 1 days old",
        ],
        &[CHECK_AT_VICTIM, CHECK_AT_BYSTANDER, LETTERS_AT_VICTIM, LETTERS_TAKEN, CHECK_TAKEN],
    ),
    Row::new("shows the sender the same old head for a week", frozen).when(Script::Aged(8 * 86_400)).ends(
        &[
            "xa ends: cannot seal after: Compose(StaleDirectory { days: 8 })",
            "xa ends: cannot seal before: Compose(StaleDirectory { days: 8 })",
            "xa ends: cannot seal check: Compose(StaleDirectory { days: 8 })",
            "xa says the relay's directory is 8 days old",
        ],
        &[CHECK_AT_VICTIM, CHECK_AT_BYSTANDER, LETTERS_AT_VICTIM, LETTERS_TAKEN, CHECK_TAKEN],
    ),
    Row::new("shows the victim another history of the same size", |scene| {
        once(shows(Fork::of(scene).altered(), &[VICTIM]))
    })
    .ends(
        &[
            "xb ends: Replicate(SplitView)",
            "xb holds 1 proofs of a split view",
            "xb shows others two histories",
        ],
        &[],
    )
    .shares("two histories are two histories, however long"),
    Row::new("shows the victim another and longer history", |scene| {
        once(shows(Fork::of(scene).altered().and_again(), &[VICTIM]))
    })
    .ends(
        &[
            "xb ends: Replicate(SplitView)",
            "xb holds 1 proofs of a split view",
            "xb shows others two histories",
        ],
        &[],
    )
    .shares("two histories are two histories, however long"),
    Row::new("shows the victim the log of a twin network", |scene| {
        let (replica, log) = twin(scene);
        once(shows(Fork::from(&replica, log, scene), &[VICTIM]))
    })
    .ends(&["xb ends: Replicate(WrongNetwork)"], &[]),
    Row::new("changes an entry on its way", |_| {
        Box::new(move |heard, wire| match heard {
            Heard::Relay(Frame::Entries { id, from, mut entries })
                if wire.station() == VICTIM && wire.session() == 2 =>
            {
                let last = entries.last_mut().unwrap();
                let middle = last.len() / 2;
                last[middle] ^= 1;
                wire.to_station(Frame::Entries { id, from, entries });
            }
            heard => wire.pass(heard),
        })
    })
    .when(Script::Grown)
    .ends(&["xb ends: Replicate(Altered)"], &[]),
    Row::new("names a log that is longer than what it shows", |scene| {
        let (note, head) = Fork::of(scene).and_again().newest();
        says(note, head)
    })
    .ends(&["xb ends: Replicate(NotShown { size: 64, shown: 63 })"], &[]),
    Row::new("dates its head two hours ahead", |scene| {
        let fork = Fork::of(scene);
        says(fork.note(fork.entries.len()), fork.head(fork.entries.len(), 7_200))
    })
    .ends(&["xb ends: Replicate(HeadAhead { hours: 2 })"], &[]),
    Row::new("gives a head of another size than the note's", |scene| {
        let fork = Fork::of(scene);
        says(fork.note(fork.entries.len()), fork.head(fork.entries.len() - 1, 0))
    })
    .ends(&["xb ends: Replicate(Unpaired)"], &[]),
    Row::new("signs the note with another key", |scene| {
        let fork = Fork::of(scene);
        let head = fork.head(fork.entries.len(), 0);
        let forged = fork.forged();
        says(forged.note(forged.entries.len()), head)
    })
    .ends(&["xb ends: Replicate(Checkpoint)"], &[])
    .shares("both halves of a checkpoint must be signed by the log's key"),
    Row::new("signs the head with another key", |scene| {
        let fork = Fork::of(scene);
        let note = fork.note(fork.entries.len());
        let forged = fork.forged();
        says(note, forged.head(forged.entries.len(), 0))
    })
    .ends(&["xb ends: Replicate(Checkpoint)"], &[])
    .shares("both halves of a checkpoint must be signed by the log's key"),
    Row::new("logs an entry dated a day ahead", |scene| {
        let statement = unsigned(scene, office("xb/diplomatic/1"), &revoked(scene));
        once(shows(Fork::of(scene).and(statement, 86_400), &[VICTIM]))
    })
    .ends(&["xb ends: Replicate(LoggedAhead)"], &[]),
    Row::new("logs the victim's revocation, signed by nobody", |scene| {
        let statement = unsigned(scene, office("xb/diplomatic/1"), &revoked(scene));
        shows(Fork::of(scene).and(statement, 0), ALL)
    })
    .ends(
        &[
            "xa log of 64, checkpoint of 64, root the relay's own, void [Signers]",
            "xa shows others a void entry",
            "xb log of 64, checkpoint of 64, root the relay's own, void [Signers]",
            "xb shows others a void entry",
            "xc log of 64, checkpoint of 64, root the relay's own, void [Signers]",
            "xc shows others a void entry",
        ],
        &[LOGS],
    ),
    Row::new("logs the victim's keys as the bystander's own", |scene| {
        shows(Fork::of(scene).and(stolen(scene), 0), ALL)
    })
    .ends(
        &[
            "xa log of 64, checkpoint of 64, root the relay's own, void [KeyTaken]",
            "xa shows others a void entry",
            "xb log of 64, checkpoint of 64, root the relay's own, void [KeyTaken]",
            "xb shows others a void entry",
            "xc log of 64, checkpoint of 64, root the relay's own, void [KeyTaken]",
            "xc shows others a void entry",
        ],
        &[LOGS],
    ),
    Row::new("logs an old statement again", |scene| shows(Fork::of(scene).and_again(), ALL)).ends(
        &[
            "xa log of 64, checkpoint of 64, root the relay's own, void [Chain]",
            "xa shows others a void entry",
            "xb log of 64, checkpoint of 64, root the relay's own, void [Chain]",
            "xb shows others a void entry",
            "xc log of 64, checkpoint of 64, root the relay's own, void [Chain]",
            "xc shows others a void entry",
        ],
        &[LOGS],
    ),
    Row::new("shows the sender a longer log than others", |scene| {
        shows(Fork::of(scene).and_again(), &[SENDER])
    })
    .ends(
        &[
            "xb says 3 withheld",
            "xc says 1 withheld",
            "xa log of 64, checkpoint of 64, root another, void [Chain]",
            "xa shows others a void entry",
            "xb waits for a directory with after",
            "xb waits for a directory with before",
            "xb waits for a directory with comm-check of xa",
            "xc waits for a directory with comm-check of xa",
        ],
        &[
            CHECK_AT_VICTIM,
            CHECK_AT_BYSTANDER,
            LETTERS_AT_VICTIM,
            &["xa log of 63, checkpoint of 63, root the relay's own, void []"],
        ],
    ),
    Row::new("shows the sender another entry than others", |scene| {
        shows(Fork::of(scene).and_again(), &[SENDER])
    })
    .when(Script::Grown)
    .ends(
        &[
            "xb set after aside: split-view",
            "xb set before aside: split-view",
            "xb set comm-check of xa aside: split-view",
            "xa log of 64, checkpoint of 64, root another, void [Chain]",
            "xa shows others a void entry",
            "xb holds 1 proofs of a split view",
            "xb shows others two histories",
            "xc holds 1 proofs of a split view",
            "xc shows others two histories",
            "xc set comm-check of xa aside: split-view",
        ],
        &[
            CHECK_AT_VICTIM,
            CHECK_AT_BYSTANDER,
            LETTERS_AT_VICTIM,
            &["xa log of 64, checkpoint of 64, root the relay's own, void []"],
        ],
    )
    .shares("the same attack, with a sender that knows of it and one that does not"),
    Row::new("says 'logged' of what it does not log", |_| {
        Box::new(|heard, wire| match heard {
            Heard::Station(Frame::Submit { id, .. }) => wire.to_station(Frame::Logged { id, index: 3 }),
            heard => wire.pass(heard),
        })
    })
    .when(Script::Says)
    .ends(
        &[
            "xb ends: NotLogged",
            "xa log of 63, checkpoint of 63, root the relay's own, void []",
            "xb log of 63, checkpoint of 63, root the relay's own, void []",
            "xc log of 63, checkpoint of 63, root the relay's own, void []",
        ],
        &[LOGS_GROWN],
    )
    .shares("the statement is not where the relay says"),
    Row::new("logs a statement and names another place", |_| {
        Box::new(|heard, wire| match heard {
            Heard::Relay(Frame::Logged { id, index }) => {
                wire.to_station(Frame::Logged { id, index: index - 1 })
            }
            heard => wire.pass(heard),
        })
    })
    .when(Script::Says)
    .ends(&["xb ends: NotLogged"], &[])
    .shares("the statement is not where the relay says"),
    Row::new("refuses a good statement as void", |_| {
        Box::new(|heard, wire| match heard {
            Heard::Station(Frame::Submit { id, .. }) => {
                wire.to_station(Frame::Refused { id, code: Code::Void })
            }
            heard => wire.pass(heard),
        })
    })
    .when(Script::Says)
    .ends(
        &[
            "xb ends: Refused(Void)",
            "xa log of 63, checkpoint of 63, root the relay's own, void []",
            "xb log of 63, checkpoint of 63, root the relay's own, void []",
            "xc log of 63, checkpoint of 63, root the relay's own, void []",
        ],
        &[LOGS_GROWN],
    ),
];

/// The first checkpoint that the sender saw, for ever.
fn frozen(_: &Scene) -> liaison_tests::hostile::Behaviour {
    let mut first = None;
    Box::new(move |heard, wire| match heard {
        Heard::Relay(Frame::Checkpoint { id, note, head, cosigned }) if wire.station() == SENDER => {
            let (note, head) = first.get_or_insert((note, head)).clone();
            wire.to_station(Frame::Checkpoint { id, note, head, cosigned });
        }
        heard => wire.pass(heard),
    })
}

fn revoked(scene: &Scene) -> Body {
    let device = scene.stations[VICTIM].device().unwrap();
    Body::Revoke(Revoke { device, compromised_since: None })
}

/// The bystander's State certifies the victim's public keys as those of an office of its own. The victim does not sign.
fn stolen(scene: &Scene) -> Vec<u8> {
    let secrets = &scene.stations[VICTIM].memory().secrets;
    let (signing, transport) = (secrets.signing.as_ref().unwrap(), secrets.transport.as_ref().unwrap());
    let expires = scene.time.now_ms() / 1000 + 86_400;
    let body = Body::Certify(Certify { signing: signing.public(), transport: transport.public(), expires });
    scene.stations[BYSTANDER].statement(office("xc/operations/1"), &body).unwrap().to_bytes()
}
