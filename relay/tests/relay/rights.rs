//! Who may do what, and until when? It must never know why somebody lost a right.

use liaison_keys::directory::body::Taking;
use liaison_proto::Lane;
use liaison_proto::frame::Code;
use liaison_proto::limits;

use crate::bench::world::{
    LIFE_S, certifiers, certify, delegate, enrol, nominate, participation, revoke, suspend, withdraw,
};
use crate::bench::{Bench, CUSTODIAN_KEY, Letter, Station, invitation, sign_invitation};

const XA: &str = "xa/operations/1 transport 1";
const XB: &str = "xb/operations/1 transport 1";
const TO_B: &[&str] = &["xb/operations/1"];

async fn say(
    bench: &mut Bench,
    station: &mut Station,
    subject: &str,
    body: &liaison_keys::directory::Body,
    signers: &[&str],
) {
    let statement = bench.statement(subject, body, signers);
    station.submit(statement.clone()).await.unwrap();
    bench.logged(&statement);
}

#[tokio::test]
async fn a_revoked_device_is_dropped_at_the_entry() {
    let (mut bench, relay) = Bench::with_states(&["xa", "xb"]).await;
    let mut victim = bench.station(&relay, XB).await;
    victim.pull().await.unwrap();
    let mut custodian = bench.station(&relay, CUSTODIAN_KEY).await;
    let revoke = revoke("xb/operations/1", 1, None);
    say(&mut bench, &mut custodian, "xb/operations/1", &revoke, &["xb admin"]).await;
    assert_eq!(victim.ended().await, Some(Code::NotAdmitted));
    assert_eq!(bench.try_station(&relay, XB).await.err(), Some(Code::NotAdmitted));
    bench.advance(limits::LAPSED_S_MAX);
    assert_eq!(bench.try_station(&relay, XB).await.err(), Some(Code::NotAdmitted), "nor as a lapsed one");
}

#[tokio::test]
async fn a_device_that_rests_fetches_and_says_what_brings_it_back() {
    let desk = "xb/operations/1";
    for (subject, rests, returns) in [
        ("xb", participation(Taking::Paused), participation(Taking::Participating)),
        (desk, suspend(desk, 1, u64::MAX), suspend(desk, 1, 0)),
    ] {
        let (mut bench, relay) = Bench::with_states(&["xa", "xb"]).await;
        let mut station = bench.station(&relay, XB).await;
        say(&mut bench, &mut station, subject, &rests, &["xb admin"]).await;
        let own = Letter::to(2, &["xa/operations/1"]);
        let mut again = bench.station(&relay, XB).await;
        assert_eq!(again.post(Lane::Routine, own.bytes()).await, Err(Code::NotAllowed), "{subject}");
        assert_eq!(again.pull().await, Ok(0));
        bench.advance(1);
        say(&mut bench, &mut again, subject, &returns, &["xb admin"]).await;
        let mut back = bench.station(&relay, XB).await;
        assert!(back.post(Lane::Routine, own.bytes()).await.is_ok(), "{subject}");
    }
}

#[tokio::test]
async fn the_devices_of_a_withdrawn_office_are_dropped() {
    let (mut bench, relay) = Bench::with_states(&["xa", "xb"]).await;
    let mut victim = bench.station(&relay, XB).await;
    let mut custodian = bench.station(&relay, CUSTODIAN_KEY).await;
    say(&mut bench, &mut custodian, "xb/operations/1", &withdraw(), &["xb admin"]).await;
    assert_eq!(victim.ended().await, Some(Code::NotAdmitted));
    assert_eq!(bench.try_station(&relay, XB).await.err(), Some(Code::NotAdmitted));
}

#[tokio::test]
async fn a_device_that_revokes_itself_hears_that_it_is_done() {
    let (mut bench, relay) = Bench::with_states(&["xa"]).await;
    let mut station = bench.station(&relay, XA).await;
    let revoke = revoke("xa/operations/1", 1, None);
    say(&mut bench, &mut station, "xa/operations/1", &revoke, &["xa/operations/1 signing 1"]).await;
    assert_eq!(station.ended().await, Some(Code::NotAdmitted));
}

#[tokio::test]
async fn a_lapsed_device_fetches_what_waited_and_renews_itself() {
    let (mut bench, relay) = Bench::with_states(&["xa", "xb"]).await;
    let mut station = bench.station(&relay, XB).await;
    let mut sender = bench.station(&relay, XA).await;
    let letter = Letter { expires: bench.world.now + limits::LIFETIME_S_MAX - 600, ..Letter::to(1, TO_B) };
    sender.post(Lane::Routine, letter.bytes()).await.unwrap();
    // Within an open session, and for a new one.
    bench.advance(LIFE_S);
    let own = Letter {
        created: bench.world.now,
        expires: bench.world.now + 60,
        ..Letter::to(2, &["xa/operations/1"])
    };
    let refused = async { while station.post(Lane::Routine, own.bytes()).await != Err(Code::NotAllowed) {} };
    tokio::time::timeout(crate::bench::PATIENCE, refused).await.unwrap();
    let mut again = bench.station(&relay, XB).await;
    assert_eq!(again.post(Lane::Routine, own.bytes()).await, Err(Code::NotAllowed));
    assert_eq!(again.pull().await, Ok(1));
    let (sequence, _, delivery) = again.delivery().await;
    assert_eq!(delivery, letter.delivery("xb/operations/1"));
    again.ack(&[sequence]).await;
    again.until_waiting(0).await;
    // Its State's admin has ended too; the root names a new one, who certifies the same device again.
    let renewed = delegate("xb", bench.world.now + LIFE_S);
    say(&mut bench, &mut again, "xb", &renewed, &["xb root 1", "xb admin"]).await;
    bench.advance(86_400);
    let certified = certify("xb/operations/1", 1, bench.world.now + LIFE_S);
    let signers = certifiers("xb/operations/1", 1);
    let signers: Vec<&str> = signers.iter().map(String::as_str).collect();
    say(&mut bench, &mut again, "xb/operations/1", &certified, &signers).await;
    let own = Letter { created: bench.world.now, expires: bench.world.now + 60, ..own };
    assert!(again.post(Lane::Routine, own.bytes()).await.is_ok());
}

#[tokio::test]
async fn after_400_days_a_lapsed_device_is_a_stranger() {
    let (mut bench, relay) = Bench::with_states(&["xa"]).await;
    let now = bench.world.now;
    bench.advance(LIFE_S + limits::LAPSED_S_MAX - 1);
    assert!(bench.world.now > now);
    let mut station = bench.station(&relay, XA).await;
    bench.advance(1);
    assert_eq!(station.ended().await, Some(Code::NotAdmitted));
    assert_eq!(bench.try_station(&relay, XA).await.err(), Some(Code::NotAdmitted));
}

#[tokio::test]
async fn an_invitation_speaks_for_its_owner_and_dies_with_the_first_device() {
    let (mut bench, relay) = Bench::with_states(&["xa"]).await;
    let mut custodian = bench.station(&relay, CUSTODIAN_KEY).await;
    let invited = sign_invitation(&bench.world, &invitation("xb invitation", "xb", bench.world.now + 1_000));
    assert_eq!(bench.try_station(&relay, "xb invitation").await.err(), Some(Code::NotAdmitted));
    assert_eq!(custodian.invite(invited.clone()).await, Ok(()));
    assert_eq!(custodian.invite(invited.clone()).await, Ok(()), "the same again");
    let mut station = bench.station(&relay, "xb invitation").await;
    assert_eq!(station.pull().await, Err(Code::NotAllowed));
    assert_eq!(station.invite(invited.clone()).await, Err(Code::NotAllowed));
    assert_eq!(station.post(Lane::Routine, Letter::to(1, TO_B).bytes()).await, Err(Code::NotAllowed));
    let of_another = bench.statement("xa/diplomatic/1", &nominate("xa/diplomatic/1"), &["xa admin"]);
    assert_eq!(station.submit(of_another).await, Err(Code::NotAllowed));
    say(&mut bench, &mut station, "xb", &enrol("xb"), &["custodian 1", "xb root 1"]).await;
    let admin = delegate("xb", bench.world.now + LIFE_S);
    say(&mut bench, &mut station, "xb", &admin, &["xb root 1", "xb admin"]).await;
    say(&mut bench, &mut station, "xb/operations/1", &nominate("xb/operations/1"), &["xb admin"]).await;
    let first = certify("xb/operations/1", 1, bench.world.now + LIFE_S);
    let signers = certifiers("xb/operations/1", 1);
    let signers: Vec<&str> = signers.iter().map(String::as_str).collect();
    say(&mut bench, &mut station, "xb/operations/1", &first, &signers).await;
    assert_eq!(station.ended().await, Some(Code::NotAdmitted));
    assert_eq!(bench.try_station(&relay, "xb invitation").await.err(), Some(Code::NotAdmitted));
    assert!(bench.try_station(&relay, XB).await.is_ok());
    assert_eq!(custodian.invite(invited).await, Err(Code::Expired), "it has a device");
    // The device's end does not bring the invitation back; a new one does what it says.
    let ended = revoke("xb/operations/1", 1, None);
    say(&mut bench, &mut custodian, "xb/operations/1", &ended, &["xb admin"]).await;
    assert_eq!(bench.try_station(&relay, "xb invitation").await.err(), Some(Code::NotAdmitted));
    let anew = invitation("xb second invitation", "xb", bench.world.now + 1_000);
    custodian.invite(sign_invitation(&bench.world, &anew)).await.unwrap();
    assert!(bench.try_station(&relay, "xb second invitation").await.is_ok());
}

#[tokio::test]
async fn an_invitation_ends_with_its_time_also_in_an_open_session() {
    let (mut bench, relay) = Bench::with_states(&["xa"]).await;
    let mut custodian = bench.station(&relay, CUSTODIAN_KEY).await;
    let invited = invitation("xb invitation", "xb", bench.world.now + 1_000);
    custodian.invite(sign_invitation(&bench.world, &invited)).await.unwrap();
    let mut station = bench.station(&relay, "xb invitation").await;
    bench.advance(1_000);
    assert_eq!(station.ended().await, Some(Code::NotAdmitted));
    assert_eq!(bench.try_station(&relay, "xb invitation").await.err(), Some(Code::NotAdmitted));
}

#[tokio::test]
async fn nobody_but_the_custodian_invites() {
    let (bench, relay) = Bench::with_states(&["xa"]).await;
    let invited = invitation("xb invitation", "xb", bench.world.now + 1_000);
    let signed = sign_invitation(&bench.world, &invited);
    let mut state = bench.station(&relay, XA).await;
    assert_eq!(state.invite(signed).await, Err(Code::NotAllowed));
    let mut custodian = bench.station(&relay, CUSTODIAN_KEY).await;
    let by_another = invited.sign(bench.world.network(), &[&crate::bench::world::key("xa root 1")]);
    assert_eq!(custodian.invite(by_another).await, Err(Code::NotAllowed));
    assert_eq!(custodian.invite(vec![1]).await, Err(Code::Malformed));
    let long = invitation("xb invitation", "xb", bench.world.now + 31 * 86_400);
    assert_eq!(custodian.invite(sign_invitation(&bench.world, &long)).await, Err(Code::Expired));
}
