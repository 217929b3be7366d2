//! What if the host hands out another contact card than the State stored, or none? It must never know what stands on one.

use liaison_client::cards::salted;
use liaison_keys::card::{Card, SaltedCard};
use liaison_keys::directory::Body;
use liaison_keys::names::{OfficeId, Subject};
use liaison_proto::frame::Frame;
use liaison_tests::hostile::Heard;

use crate::scene::{Founded, SENDER, Scene, VICTIM};

fn card(city: &str) -> SaltedCard {
    salted(&Card { city: Some(city.to_owned()), ..Card::default() }).unwrap()
}

/// Hands the victim something else, and passes everything else on.
fn gives(scene: &Scene, instead: Option<Vec<u8>>) {
    scene.host.behave(Box::new(move |heard, wire| match heard {
        Heard::Relay(Frame::Cards { id, cards }) if wire.station() == VICTIM => {
            let changed = |bytes: &Vec<u8>| {
                cards.iter().map(|(office, _)| (office.clone(), bytes.clone().into())).collect()
            };
            let cards = instead.as_ref().map(changed).unwrap_or_default();
            wire.to_station(Frame::Cards { id, cards });
        }
        heard => wire.pass(heard),
    }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_its_state_did_not_store_is_not_taken() {
    let founded = Founded::shared().await;
    let mut scene = Scene::raise(&founded).await;
    let office: OfficeId = format!("{SENDER}/diplomatic/1").parse().unwrap();
    let stored = card("Example City");
    let mut online = scene.connect(SENDER).await.unwrap();
    online.exchange(scene.station(SENDER)).await.unwrap();
    online.put_card(scene.station(SENDER), &office, &stored).await.unwrap();
    let station = scene.station(SENDER);
    let mut record = station.directory().unwrap().office(&office).unwrap().clone();
    record.card = Some(stored.hash());
    let statement = station.statement(Subject::Office(office.clone()), &Body::Update(record)).unwrap();
    online.submit(scene.station(SENDER), &statement).await.unwrap();
    let mut bent = stored.to_bytes();
    *bent.last_mut().unwrap() ^= 1;
    for instead in [Some(card("Elsewhere").to_bytes()), Some(bent), Some(vec![0xff; 40]), None] {
        gives(&scene, instead);
        let mut online = scene.connect(VICTIM).await.unwrap();
        online.exchange(scene.station(VICTIM)).await.unwrap();
        assert_eq!(scene.station(VICTIM).card(&office), None);
    }
    gives(&scene, Some(stored.to_bytes()));
    let mut online = scene.connect(VICTIM).await.unwrap();
    online.exchange(scene.station(VICTIM)).await.unwrap();
    assert_eq!(scene.station(VICTIM).card(&office).unwrap().city.as_deref(), Some("Example City"));
}
