//! Can a host end a duty desk's watch? By turning it away, or by odd frames. It must never know what the watch does else.

use std::time::Duration;

use liaison_demo::world::PASSPHRASE;
use liaison_proto::Lane;
use liaison_proto::frame::{Code, Frame};
use liaison_station::{Captured, Exit, Io, run};
use liaison_tests::hostile::{Heard, HostileRelay};

use crate::scene::{Founded, Scene, VICTIM};

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_turns_the_watch_away_does_not_end_it() {
    let founded = Founded::shared().await;
    let mut scene = Scene::raise(&founded).await;
    let victim = scene.stations.remove(VICTIM).unwrap();
    let genesis = victim.replica().unwrap().directory().genesis().clone();
    let behind = scene.relay.local_addr().to_string();
    let host = HostileRelay::at(&genesis.relays[0].addresses[0], &behind, &scene.keys).await;
    host.know(VICTIM, victim.memory().secrets.transport.as_ref().unwrap());
    drop(victim);
    host.behave(Box::new(|heard, wire| match (wire.session(), &heard) {
        (1, Heard::Station(Frame::Pull { .. })) => wire.to_station(Frame::GoAway { code: Code::NotAdmitted }),
        (2, Heard::Station(Frame::Pull { .. })) => wire.bytes_to_station(Lane::Flash, vec![0xff]),
        _ => wire.pass(heard),
    }));
    let folder = scene.folder.path();
    std::fs::write(folder.join("passphrase"), PASSPHRASE).unwrap();
    let (io, printed) = Io::captured(folder, b"");
    let stop = io.stop();
    let line = ["liaison", "--home", "stations/xb-diplomatic", "--passphrase-file", "passphrase"];
    let line = line.iter().chain(&["--transport", "tcp", "watch"]).map(Into::into).collect();
    let watch = tokio::spawn(run(line, io));
    for words in ["does not know this station's key", "does not keep to the protocol", "Connected again"] {
        says(&printed, words, || watch.is_finished()).await;
    }
    stop.stop();
    assert_eq!(watch.await.unwrap(), Exit::Done);
    scene.relay.stop().await.unwrap();
}

async fn says(printed: &Captured, words: &str, ended: impl Fn() -> bool) {
    let said = || printed.err().contains(words) || printed.out().contains(words);
    let waiting = async {
        while !said() && !ended() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(30), waiting).await;
    assert!(said(), "no {words:?} in:\n{}{}", printed.out(), printed.err());
}
