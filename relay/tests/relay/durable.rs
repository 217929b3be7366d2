//! What survives? Stops, crashes, lost views, old copies and bad disks. It must never know the journal's layout, except to
//! spoil it.

use std::fs;
use std::path::Path;

use liaison_proto::Lane;
use liaison_proto::frame::{Code, Hello};
use liaison_relay::{Relay, SignerError, StartError};

use crate::bench::world::{device, nominate};
use crate::bench::{Bench, Letter, files, invitation, sign_invitation};

const XA: &str = "xa/operations/1 transport 1";
const XB: &str = "xb/operations/1 transport 1";
const TO_B: &[&str] = &["xb/operations/1"];

/// A relay with something of everything, and what it said of it.
struct Full {
    bench: Bench,
    receipts: Vec<Vec<u8>>,
    bundle: Vec<u8>,
}

impl Full {
    /// Letter 1 was fetched, 2 and 3 wait; xa has prekeys and a vault; xc is invited.
    async fn new() -> (Self, Relay) {
        let (bench, relay) = Bench::with_states(&["xa", "xb"]).await;
        let mut sender = bench.station(&relay, XA).await;
        let mut receipts = Vec::new();
        for number in 1..=3 {
            receipts.push(sender.post(Lane::Routine, Letter::to(number, TO_B).bytes()).await.unwrap());
        }
        let (_, bundle) = bench.world.prekeys("xa/operations/1", 1);
        sender.put_prekeys(bundle.clone()).await.unwrap();
        let mut station = bench.station(&relay, XB).await;
        station.pull().await.unwrap();
        let (sequence, ..) = station.delivery().await;
        station.ack(&[sequence]).await;
        station.until_waiting(2).await;
        let mut custodian = bench.station(&relay, crate::bench::CUSTODIAN_KEY).await;
        let invited = invitation("xc invitation", "xc", bench.world.now + 1_000);
        custodian.invite(sign_invitation(&bench.world, &invited)).await.unwrap();
        (Self { bench, receipts, bundle }, relay)
    }

    /// Everything is as it was.
    async fn check(&self, relay: &Relay) {
        let bench = &self.bench;
        let mut sender = bench.station(relay, XA).await;
        for (number, receipt) in (1..).zip(&self.receipts) {
            let again = sender.post(Lane::Routine, Letter::to(number, TO_B).bytes()).await;
            assert_eq!(again.as_ref(), Ok(receipt), "letter {number}");
        }
        assert_eq!(sender.prekeys(&[device("xa/operations/1", 1)]).await, vec![self.bundle.clone()]);
        assert_eq!(sender.entries(0).await.len() as u64, bench.world.size());
        let mut station = bench.station(relay, XB).await;
        assert_eq!(station.pull().await, Ok(2));
        let deliveries = [station.delivery().await.2, station.delivery().await.2];
        assert_eq!(deliveries, [2, 3].map(|number| Letter::to(number, TO_B).delivery("xb/operations/1")));
        bench.station(relay, "xc invitation").await;
        let mut again = bench.dial(relay, XA, liaison_link::Transports::TcpOnly).await;
        let welcome = again.hello(Hello::new(relay.network(), (1, 0), 0)).await.unwrap();
        assert_eq!((welcome.generation, welcome.events), (1, 0));
    }
}

#[tokio::test]
async fn a_stop_keeps_everything_and_the_next_start_folds_nothing() {
    let (full, relay) = Full::new().await;
    assert!(relay.events_folded() > 0, "a first start has the founding to fold");
    relay.stop().await.unwrap();
    for _ in 0..2 {
        let relay = full.bench.start().await;
        assert_eq!(relay.events_folded(), 0);
        relay.stop().await.unwrap();
    }
    let relay = full.bench.start().await;
    full.check(&relay).await;
}

#[tokio::test]
async fn an_end_without_a_stop_keeps_everything() {
    let (full, relay) = Full::new().await;
    drop(relay);
    let relay = full.bench.start().await;
    full.check(&relay).await;
}

#[tokio::test]
async fn a_view_that_is_behind_its_log_is_gone_on_from() {
    let (full, relay) = Full::new().await;
    relay.stop().await.unwrap();
    let (view, old) = (full.bench.file("view"), full.bench.file("old"));
    copy(&view, &old);
    let mark = fs::read(full.bench.file("view.mark")).unwrap();
    let relay = full.bench.start().await;
    let mut sender = full.bench.station(&relay, XA).await;
    let receipt = sender.post(Lane::Flash, Letter::to(9, TO_B).bytes()).await.unwrap();
    let mut station = full.bench.station(&relay, XB).await;
    station.pull().await.unwrap();
    let newest = [station.delivery().await.0, station.delivery().await.0, station.delivery().await.0];
    station.ack(&[newest.into_iter().max().unwrap()]).await;
    station.until_waiting(2).await;
    drop((sender, station));
    relay.stop().await.unwrap();
    fs::remove_dir_all(&view).unwrap();
    fs::rename(&old, &view).unwrap();
    // As if it had not been synced since.
    fs::write(full.bench.file("view.mark"), mark).unwrap();
    let relay = full.bench.start().await;
    assert!((1..=8).contains(&relay.events_folded()), "{}", relay.events_folded());
    let mut sender = full.bench.station(&relay, XA).await;
    assert_eq!(sender.post(Lane::Flash, Letter::to(9, TO_B).bytes()).await, Ok(receipt));
    drop(sender);
    full.check(&relay).await;
}

#[tokio::test]
async fn a_view_that_the_disk_has_changed_is_made_anew() {
    let (full, relay) = Full::new().await;
    relay.stop().await.unwrap();
    let (view, whole) = (full.bench.file("view"), full.bench.file("whole"));
    copy(&view, &whole);
    let mark = fs::read(full.bench.file("view.mark")).unwrap();
    let length = fs::metadata(whole.join("db")).unwrap().len() as usize;
    let mut made_anew = 0;
    for part in 0..8 {
        let mut bytes = fs::read(whole.join("db")).unwrap();
        // Sectors that fell back to nothing, as an end of power leaves them.
        bytes[length / 8 * part..][..length / 8].chunks_mut(512).step_by(2).for_each(|sector| sector.fill(0));
        fs::remove_dir_all(&view).unwrap();
        copy(&whole, &view);
        fs::write(view.join("db"), bytes).unwrap();
        fs::write(full.bench.file("view.mark"), &mark).unwrap();
        let relay = full.bench.start().await;
        made_anew += usize::from(relay.events_folded() > 0);
        full.check(&relay).await;
        relay.stop().await.unwrap();
    }
    assert!(made_anew > 0, "something of the view was somewhere");
}

#[tokio::test]
async fn a_view_of_another_log_is_made_anew() {
    let (full, relay) = Full::new().await;
    let (other, second) = Full::new().await;
    relay.stop().await.unwrap();
    second.stop().await.unwrap();
    fs::remove_dir_all(full.bench.file("view")).unwrap();
    copy(&other.bench.file("view"), &full.bench.file("view"));
    let relay = full.bench.start().await;
    assert!(relay.events_folded() > 0);
    full.check(&relay).await;
}

/// A mailbox that is full stays full, and a share that was used stays used, from either kind of start.
#[tokio::test]
async fn shares_are_counted_again_at_each_start() {
    let (mut bench, relay) = Bench::with_states(&["xa", "xb"]).await;
    relay.stop().await.unwrap();
    bench.config.limits.state_posts_per_day = 3;
    let relay = bench.start().await;
    let mut sender = bench.station(&relay, XA).await;
    for number in 1..=3 {
        sender.post(Lane::Routine, Letter::to(number, TO_B).bytes()).await.unwrap();
    }
    drop(sender);
    relay.stop().await.unwrap();
    for anew in [false, true, false] {
        if anew {
            fs::remove_dir_all(bench.file("view")).unwrap();
        }
        let relay = bench.start().await;
        assert_eq!(relay.events_folded() > 0, anew);
        let mut sender = bench.station(&relay, XA).await;
        assert_eq!(sender.post(Lane::Routine, Letter::to(4, TO_B).bytes()).await, Err(Code::Quota));
        drop(sender);
        relay.stop().await.unwrap();
    }
    bench.config.limits.state_posts_per_day = 9;
    bench.config.limits.mailbox_posts = 3;
    let relay = bench.start().await;
    let mut sender = bench.station(&relay, XA).await;
    assert_eq!(sender.post(Lane::Routine, Letter::to(4, TO_B).bytes()).await, Err(Code::Quota), "full");
}

#[tokio::test]
async fn a_view_that_is_gone_or_garbage_is_made_anew() {
    let (full, relay) = Full::new().await;
    relay.stop().await.unwrap();
    let view = full.bench.file("view");
    fs::remove_dir_all(&view).unwrap();
    full.bench.start().await.stop().await.unwrap();
    for entry in fs::read_dir(&view).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::write(path, [0x5a; 20_000]).unwrap();
        }
    }
    full.bench.start().await.stop().await.unwrap();
    fs::remove_dir_all(&view).unwrap();
    fs::write(&view, "not even a directory").unwrap();
    let relay = full.bench.start().await;
    full.check(&relay).await;
}

#[tokio::test]
async fn space_comes_back_and_a_released_post_still_has_its_receipt() {
    let (mut bench, relay) = Bench::with_states(&["xa", "xb"]).await;
    relay.stop().await.unwrap();
    bench.config.segment_bytes = 20_000;
    let relay = bench.start().await;
    let mut sender = bench.station(&relay, XA).await;
    let letter = |number| Letter::to(number, TO_B);
    let mut receipts = Vec::new();
    for number in 1..=30 {
        receipts.push(sender.post(Lane::Routine, letter(number).bytes()).await.unwrap());
    }
    let (log, full) = (bench.file("log"), 30 * 5_000);
    assert!(size(&log) > full);
    let mut station = bench.station(&relay, XB).await;
    station.pull().await.unwrap();
    for _ in 1..=30 {
        let (sequence, ..) = station.delivery().await;
        station.ack(&[sequence]).await;
    }
    station.until_waiting(0).await;
    drop(station);
    let spaced = async {
        while size(&log) > full / 2 {
            tokio::task::yield_now().await
        }
    };
    tokio::time::timeout(crate::bench::PATIENCE, spaced).await.unwrap();
    assert_eq!(sender.post(Lane::Routine, letter(1).bytes()).await, Ok(receipts[0].clone()));
    drop(sender);
    relay.stop().await.unwrap();
    let relay = bench.start().await;
    let mut sender = bench.station(&relay, XA).await;
    for number in [1, 30] {
        let again = sender.post(Lane::Routine, letter(number).bytes()).await;
        assert_eq!(again.as_ref(), Ok(&receipts[usize::from(number) - 1]));
        assert_eq!(sender.post(Lane::Routine, letter(number).bytes_with(0)).await, Err(Code::Conflict));
    }
    bench.advance(86_400);
    assert_eq!(sender.post(Lane::Routine, letter(1).bytes()).await, Err(Code::Expired));
    drop(sender);
    relay.stop().await.unwrap();
    let forgotten = async {
        while remembered(&bench) > 0 {
            let relay = bench.start().await;
            tokio::time::sleep(bench.config.tick * 20).await;
            relay.stop().await.unwrap();
        }
    };
    tokio::time::timeout(crate::bench::PATIENCE, forgotten).await.unwrap();
}

/// How many events the stopped relay's log has only the names of.
fn remembered(bench: &Bench) -> usize {
    let inspection = liaison_journal::Inspection::of(&bench.file("log"), |_, _| {}).unwrap();
    let entries = inspection.follow(liaison_journal::Sequence::NONE, usize::MAX).unwrap();
    let named =
        |entry: &&liaison_journal::Entry| matches!(entry.content, liaison_journal::Content::Released { .. });
    entries.iter().filter(named).count()
}

#[tokio::test]
async fn a_signer_without_memory_waits_for_a_persons_word() {
    let (mut full, relay) = Full::new().await;
    relay.stop().await.unwrap();
    fs::remove_file(full.bench.file("signer")).unwrap();
    let refused = full.bench.try_start().await.err();
    assert!(matches!(refused, Some(StartError::Signer(SignerError::Missing { .. }))), "{refused:?}");
    full.bench.config.sign_restored_log = true;
    full.bench.start().await.stop().await.unwrap();
    full.bench.config.sign_restored_log = false;
    let relay = full.bench.start().await;
    full.check(&relay).await;
}

#[tokio::test]
async fn an_old_copy_of_the_log_is_not_signed() {
    let (mut full, relay) = Full::new().await;
    relay.stop().await.unwrap();
    let (log, old) = (full.bench.file("log"), full.bench.file("old"));
    copy(&log, &old);
    let relay = full.bench.start().await;
    let mut station = full.bench.station(&relay, XA).await;
    let statement = full.bench.statement("xa/diplomatic/1", &nominate("xa/diplomatic/1"), &["xa admin"]);
    station.submit(statement).await.unwrap();
    drop(station);
    relay.stop().await.unwrap();
    fs::remove_dir_all(&log).unwrap();
    fs::rename(&old, &log).unwrap();
    let refused = full.bench.try_start().await.err();
    let size = full.bench.world.size();
    assert!(
        matches!(refused, Some(StartError::Signer(SignerError::Ahead { log, signed })) if (log, signed) == (size, size + 1)),
        "{refused:?}"
    );
    full.bench.config.sign_restored_log = true;
    let relay = full.bench.start().await;
    full.check(&relay).await;
}

#[tokio::test]
async fn a_damaged_post_is_not_served_and_the_others_are() {
    let (full, relay) = Full::new().await;
    relay.stop().await.unwrap();
    spoil(&full.bench.file("log"), &[2; 1_000]);
    let relay = full.bench.start().await;
    let mut station = full.bench.station(&relay, XB).await;
    assert_eq!(station.pull().await, Ok(1));
    assert_eq!(station.delivery().await.2, Letter::to(3, TO_B).delivery("xb/operations/1"));
    // Its sender finds out: no receipt was ever delivered, and it may post it again.
    let mut sender = full.bench.station(&relay, XA).await;
    sender.post(Lane::Routine, Letter::to(2, TO_B).bytes()).await.unwrap();
    assert_eq!(station.delivery().await.2, Letter::to(2, TO_B).delivery("xb/operations/1"));
}

#[tokio::test]
async fn without_an_entry_of_the_directory_nothing_is_served() {
    let (full, relay) = Full::new().await;
    relay.stop().await.unwrap();
    let log = full.bench.file("log");
    for (office, index) in [("xa/operations/1", 7), ("xb/operations/1", 11)] {
        let whole = full.bench.file(&index.to_string());
        copy(&log, &whole);
        spoil(&log, office.as_bytes());
        let refused = full.bench.try_start().await.err();
        assert!(
            matches!(refused, Some(StartError::Directory { index: lost, .. }) if lost == index),
            "{refused:?}"
        );
        fs::remove_dir_all(&log).unwrap();
        fs::rename(&whole, &log).unwrap();
    }
    // The last entry of all leaves no gap behind it.
    spoil_last(&log, b"xb/operations/1");
    let refused = full.bench.try_start().await.err();
    assert!(matches!(refused, Some(StartError::Directory { index: 12, .. })), "{refused:?}");
}

#[tokio::test]
async fn a_directory_is_served_once() {
    let (full, relay) = Full::new().await;
    let second = Relay::start(full.bench.config.clone()).await.err();
    assert!(matches!(second, Some(StartError::InUse { .. })), "{second:?}");
    full.check(&relay).await;
}

/// Flips a bit in the first place of the journal where this stands.
fn spoil(log: &Path, pattern: &[u8]) {
    spoil_where(log, |bytes| bytes.windows(pattern.len()).position(|window| window == pattern));
}

/// Flips a bit in the last place of a directory entry where this stands. (Prekeys and posts do not name offices.)
fn spoil_last(log: &Path, pattern: &[u8]) {
    spoil_where(log, |bytes| bytes.windows(pattern.len()).rposition(|window| window == pattern));
}

fn spoil_where(log: &Path, place: impl Fn(&[u8]) -> Option<usize>) {
    for entry in fs::read_dir(log).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = fs::read(&path).unwrap();
        if let Some(place) = place(&bytes) {
            bytes[place] ^= 1;
            fs::write(&path, bytes).unwrap();
            return;
        }
    }
    panic!("nowhere in {} files", files(log));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (entry, target) = (entry.as_ref().unwrap().path(), to.join(entry.as_ref().unwrap().file_name()));
        if entry.is_dir() {
            copy(&entry, &target);
        } else {
            fs::copy(entry, target).unwrap();
        }
    }
}

fn size(dir: &Path) -> u64 {
    let lengths = fs::read_dir(dir).unwrap().filter_map(|entry| entry.ok()?.metadata().ok());
    lengths.map(|metadata| metadata.len()).sum()
}
