//! How much can a host that makes envelopes without end put into a station, and for how long? It must never know more
//! than the limits say.

use liaison_client::Arrival;
use liaison_keys::names::EnvelopeId;
use liaison_proto::envelope::Reason;
use liaison_proto::limits::{self, DAY_S};
use liaison_tests::hostile::parts::Parts;

use crate::fork::Fork;
use crate::pen::{Pen, Talk, to};
use crate::scene::{Founded, Scene, VICTIM};

/// An envelope to the victim, sealed under a directory that nobody has.
async fn ahead(scene: &Scene) -> Pen {
    let mut talk = Talk::begin(scene).await.unwrap();
    let mut pen = Pen::new(scene, &mut talk).await;
    talk.end().await;
    let (note, head) = Fork::of(scene).and_again().newest();
    (pen.claims.checkpoint.note, pen.claims.checkpoint.head) = (note.into(), Some(head.into()));
    pen.claims.scope = to(&["xb/diplomatic/1"]);
    pen.wrapped = vec![pen.devices[1]];
    pen
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_in_vain_is_given_up_with_proof_and_keeps_no_key_alive() {
    let founded = Founded::shared().await;
    let mut scene = Scene::raise(&founded).await;
    let delivery = Parts::of_post(&ahead(&scene).await.post())[0].delivery();
    let waits = scene.station(VICTIM).receive(&delivery).unwrap();
    assert!(matches!(waits, Arrival::Waits(_)), "{waits:?}");
    let week = limits::WAITING_S_MAX.cast_signed();
    scene.time.pass(week - 60);
    scene.sessions(&[VICTIM]).await;
    let memory = scene.station(VICTIM).memory();
    assert_eq!((memory.inbox.waiting.len(), memory.withheld.len()), (1, 0));
    scene.time.pass(120);
    scene.sessions(&[VICTIM]).await;
    let memory = scene.station(VICTIM).memory();
    assert_eq!((memory.inbox.waiting.len(), memory.withheld.len()), (0, 1));
    let codes: Vec<&str> = memory.inbox.quarantine.iter().map(|one| one.code.as_str()).collect();
    assert_eq!(codes, ["withheld"]);
    // The key that it was sealed to is erased when its time has come.
    scene.time.pass(3 * DAY_S.cast_signed());
    scene.sessions(&[VICTIM, VICTIM]).await;
    let gone = scene.station(VICTIM).receive(&delivery).unwrap();
    assert!(matches!(gone, Arrival::Quarantined(_, Reason::NoSecret)), "{gone:?}");
    scene.relay.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_than_so_many_wait_and_the_next_is_set_aside_whole() {
    let founded = Founded::shared().await;
    let mut scene = Scene::raise(&founded).await;
    let mut pen = ahead(&scene).await;
    for number in 0..=limits::WAITING_ITEMS_MAX {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&number.to_be_bytes());
        pen.rename(EnvelopeId::new(id));
        let delivery = Parts::of_post(&pen.post())[0].delivery();
        let arrival = scene.station(VICTIM).receive(&delivery).unwrap();
        if number < limits::WAITING_ITEMS_MAX {
            assert!(matches!(arrival, Arrival::Waits(_)), "{number}: {arrival:?}");
        } else {
            assert!(matches!(arrival, Arrival::Quarantined(_, Reason::Withheld)), "{arrival:?}");
        }
    }
    let inbox = &scene.station(VICTIM).memory().inbox;
    assert_eq!((inbox.waiting.len(), inbox.quarantine.len()), (limits::WAITING_ITEMS_MAX, 1));
    scene.relay.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_without_end_is_told_and_not_kept() {
    let founded = Founded::shared().await;
    let mut scene = Scene::raise(&founded).await;
    for number in 0..limits::QUARANTINE_REASONS_MAX + 100 {
        let arrival = scene.station(VICTIM).receive(&number.to_be_bytes()).unwrap();
        assert!(matches!(arrival, Arrival::Quarantined(None, Reason::Malformed)), "{arrival:?}");
    }
    let station = scene.station(VICTIM);
    assert_eq!(station.memory().inbox.quarantine.len(), limits::QUARANTINE_REASONS_MAX);
    let events = station.vault_state().1;
    station.receive(b"once more").unwrap();
    assert_eq!(station.vault_state().1, events, "nothing of it is written");
    scene.relay.stop().await.unwrap();
}
