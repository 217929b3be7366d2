//! What if the host says nothing, or talks and does not answer? Time stands still here but for the waiting itself. It must
//! never know a network: both ends are in this process.

use std::time::Duration;

use liaison_client::{Clock, Online, OnlineError, Station};
use liaison_demo::world::PASSPHRASE;
use liaison_link::memory::pair;
use liaison_link::{LinkReceiver, LinkSender, TransportKey};
use liaison_proto::frame::{Frame, Welcome};
use liaison_proto::limits;
use tempfile::TempDir;

use crate::scene::{Founded, copy};

/// What comes of a relay that welcomes the victim and then does this.
async fn exchange_with<F, Fut>(relay: F) -> Result<(), OnlineError>
where
    F: FnOnce(LinkSender, LinkReceiver) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let (_folder, mut station) = victim();
    let (ours, theirs) = pair(TransportKey([1; 32]), TransportKey([2; 32]));
    let checkpoint = station.checkpoint().unwrap().clone();
    let (sender, mut receiver) = theirs.split();
    tokio::spawn(async move {
        let _ = receiver.receive().await;
        let welcome = Frame::Welcome(Welcome {
            version: 1,
            frame_bytes_max: limits::FRAME_BYTES_MAX as u64,
            note: checkpoint.note.into(),
            head: checkpoint.head.into(),
            generation: 0,
            events: 0,
            time: Clock::system().now_s(),
        });
        sender.send(welcome.lane(), welcome.to_bytes()).await.unwrap();
        relay(sender, receiver).await;
    });
    let mut online = Online::begin(&mut station, ours).await?;
    online.exchange(&mut station).await
}

/// A station that founded before the clock stood still.
fn victim() -> (TempDir, Station) {
    let founded = std::thread::spawn(|| tokio::runtime::Runtime::new().unwrap().block_on(Founded::shared()));
    let founded = founded.join().unwrap();
    let folder = tempfile::tempdir().unwrap();
    copy(&founded.folder.path().join("stations/xb-diplomatic"), folder.path());
    let station = Station::open(folder.path(), PASSPHRASE, Clock::system()).unwrap();
    (folder, station)
}

#[tokio::test(start_paused = true)]
async fn a_host_that_says_nothing_is_given_up() {
    let ended = exchange_with(|sender, receiver| async move {
        let _held = (sender, receiver);
        std::future::pending().await
    });
    let ended = ended.await.unwrap_err();
    assert!(matches!(ended, OnlineError::Silent), "{ended}");
}

#[tokio::test(start_paused = true)]
async fn a_host_that_talks_without_end_and_does_not_answer_is_given_up() {
    let ended = exchange_with(|sender, receiver| async move {
        let _held = receiver;
        for id in 1.. {
            let ping = Frame::Ping { id };
            if sender.send(ping.lane(), ping.to_bytes()).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    let ended = ended.await.unwrap_err();
    assert!(matches!(ended, OnlineError::Silent), "{ended}");
}
