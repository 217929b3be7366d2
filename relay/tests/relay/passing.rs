//! Who may have a message sealed again, and who gets to know? It must never know what a station grants.

use liaison_keys::cbor;
use liaison_keys::names::HeaderHash;
use liaison_keys::prekey::{Bundle, Prekey, Slot};
use liaison_keys::sealing::Wrap;
use liaison_keys::signing::{Device, SecretKey};
use liaison_proto::Lane;
use liaison_proto::frame::{Code, Frame};
use liaison_proto::reseal::Reseal;
use minicbor::Encoder;

use crate::bench::world::{device, key};
use crate::bench::{Bench, Letter, Station};

const XA: &str = "xa/operations/1 transport 1";
const XB: &str = "xb/operations/1 transport 1";
const XC: &str = "xc/operations/1 transport 1";
const TO_B: &[&str] = &["xb/operations/1"];

/// A signed request of this office's device, with its `number`th bundle.
fn request(bench: &Bench, office: &str, hh: HeaderHash, number: u64) -> Vec<u8> {
    let ([current, _], _) = bench.world.prekeys(office, 1);
    let signing: SecretKey<Device> = key(&format!("{office} signing 1"));
    let keys = vec![Prekey { slot: Slot::Current, ends: bench.world.now + 900, public: current.public() }];
    let of = device(office, 1);
    let bundle = Bundle { device: of, number, made: bench.world.now, keys };
    let bundle = bundle.sign(&signing, bench.world.network()).into();
    Reseal { hh, device: of, bundle }.sign(&signing, bench.world.network())
}

/// A wrap to this office's device: its form is right, and nobody could open it.
fn wrap(office: &str, kid: u8, filler: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut e = Encoder::new(&mut bytes);
    e.array(4).unwrap().bytes(device(office, 1).as_bytes()).unwrap().bytes(&[kid; 16]).unwrap();
    e.bytes(&[filler; 1_120]).unwrap().bytes(&[filler; 56]).unwrap();
    let _: Wrap = cbor::decode(&bytes).unwrap();
    bytes
}

async fn reseal(station: &mut Station, reseal: &[u8]) -> Result<(), Code> {
    station.ask(|id| Frame::Reseal { id, reseal: reseal.to_vec().into() }).await.map(|_| ())
}

async fn rewrap(station: &mut Station, hh: HeaderHash, wrap: &[u8]) -> Result<(), Code> {
    station.ask(|id| Frame::Rewrap { id, hh, wrap: wrap.to_vec().into() }).await.map(|_| ())
}

#[tokio::test]
async fn a_request_reaches_who_posted_and_the_answer_who_asked_also_after_the_bytes_are_gone() {
    let (bench, relay) = Bench::with_states(&["xa", "xb"]).await;
    let letter = Letter::to(1, TO_B).lane(Lane::Flash);
    let mut sender = bench.station(&relay, XA).await;
    sender.post(Lane::Flash, letter.bytes()).await.unwrap();
    let mut reader = bench.station(&relay, XB).await;
    assert_eq!(reader.pull().await, Ok(1));
    let (sequence, ..) = reader.delivery().await;
    reader.ack(&[sequence]).await;
    reader.until_waiting(0).await;
    let asked = request(&bench, "xb/operations/1", letter.hh(), 7);
    assert_eq!(reseal(&mut reader, &asked).await, Ok(()));
    assert_eq!(reseal(&mut reader, &asked).await, Ok(()), "the same again is the same");
    drop((sender, reader));
    relay.stop().await.unwrap();
    // The sender connects when the relay has been away.
    let relay = bench.start().await;
    let mut sender = bench.station(&relay, XA).await;
    assert_eq!(sender.pull().await, Ok(1), "once");
    let Frame::Reseal { id: sequence, reseal: came } = sender.passed().await else { panic!("no request") };
    assert_eq!(came.to_vec(), asked);
    sender.ack(&[sequence]).await;
    sender.until_waiting(0).await;
    let answer = wrap("xb/operations/1", 5, 1);
    assert_eq!(rewrap(&mut sender, letter.hh(), &answer).await, Ok(()));
    assert_eq!(rewrap(&mut sender, letter.hh(), &answer).await, Ok(()), "the same again is the same");
    let other = wrap("xb/operations/1", 5, 2);
    assert_eq!(rewrap(&mut sender, letter.hh(), &other).await, Err(Code::Conflict));
    let mut reader = bench.station(&relay, XB).await;
    assert_eq!(reader.pull().await, Ok(1));
    let Frame::Rewrap { id: sequence, hh, wrap: came } = reader.passed().await else { panic!("no answer") };
    assert_eq!((hh, came.to_vec()), (letter.hh(), answer));
    reader.ack(&[sequence]).await;
    reader.until_waiting(0).await;
    drop((sender, reader));
    relay.stop().await.unwrap();
    // A relay that folds its journal anew comes to the same.
    std::fs::remove_dir_all(bench.file("view")).unwrap();
    let relay = bench.start().await;
    assert_eq!(bench.station(&relay, XA).await.pull().await, Ok(0));
    assert_eq!(bench.station(&relay, XB).await.pull().await, Ok(0));
    relay.stop().await.unwrap();
}

#[tokio::test]
async fn nobody_asks_for_another_nor_answers_for_another_nor_after_the_end() {
    let (mut bench, relay) = Bench::with_states(&["xa", "xb", "xc"]).await;
    let letter = Letter::to(1, TO_B);
    let mut sender = bench.station(&relay, XA).await;
    sender.post(Lane::Routine, letter.bytes()).await.unwrap();
    let mut reader = bench.station(&relay, XB).await;
    let mut other = bench.station(&relay, XC).await;
    let asked = request(&bench, "xb/operations/1", letter.hh(), 7);
    assert_eq!(reseal(&mut other, &asked).await, Err(Code::NotAllowed), "another's request");
    let unknown = request(&bench, "xb/operations/1", HeaderHash::new([9; 32]), 7);
    assert_eq!(reseal(&mut reader, &unknown).await, Err(Code::Expired));
    assert_eq!(reseal(&mut reader, &asked[..asked.len() - 1]).await, Err(Code::Malformed));
    let mut changed = asked.clone();
    *changed.last_mut().unwrap() ^= 1;
    assert_eq!(reseal(&mut reader, &changed).await, Err(Code::NotAllowed));
    let answer = wrap("xb/operations/1", 5, 1);
    assert_eq!(rewrap(&mut other, letter.hh(), &answer).await, Err(Code::NotAllowed), "not its sender");
    assert_eq!(rewrap(&mut sender, letter.hh(), &answer[1..]).await, Err(Code::Malformed));
    let nobody = wrap("xz/operations/1", 5, 1);
    assert_eq!(rewrap(&mut sender, letter.hh(), &nobody).await, Err(Code::NotAllowed));
    assert_eq!(reseal(&mut reader, &asked).await, Ok(()));
    bench.advance(86_400);
    assert_eq!(
        reseal(&mut reader, &request(&bench, "xb/operations/1", letter.hh(), 8)).await,
        Err(Code::Expired)
    );
    assert_eq!(rewrap(&mut sender, letter.hh(), &answer).await, Err(Code::Expired));
    assert_eq!(sender.pull().await, Ok(0), "a request ends with its message");
    relay.stop().await.unwrap();
}

#[tokio::test]
async fn requests_count_in_their_states_share() {
    let (mut bench, relay) = Bench::with_states(&["xa", "xb"]).await;
    let letters: Vec<Letter> = (1..=3).map(|number| Letter::to(number, TO_B)).collect();
    let mut sender = bench.station(&relay, XA).await;
    for letter in &letters {
        sender.post(Lane::Routine, letter.bytes()).await.unwrap();
    }
    drop(sender);
    relay.stop().await.unwrap();
    bench.config.limits.state_posts_per_day = 2;
    let relay = bench.start().await;
    let mut reader = bench.station(&relay, XB).await;
    let mut answers = Vec::new();
    for letter in &letters {
        let asked = request(&bench, "xb/operations/1", letter.hh(), 7);
        answers.push(reseal(&mut reader, &asked).await);
    }
    assert_eq!(answers, [Ok(()), Ok(()), Err(Code::Quota)]);
    relay.stop().await.unwrap();
}
