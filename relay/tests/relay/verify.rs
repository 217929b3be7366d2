//! Does `verify` find what is wrong with a data directory, and nothing else? It must never know how a disk is repaired.

use std::fs;
use std::path::PathBuf;

use liaison_proto::Lane;
use liaison_relay::{VerifyError, verify};

use crate::bench::{Bench, Letter};

const XA: &str = "xa/operations/1 transport 1";
const TO_B: &[&str] = &["xb/operations/1"];

/// A stopped relay with three posts.
async fn stopped() -> Bench {
    let (bench, relay) = Bench::with_states(&["xa", "xb"]).await;
    let mut sender = bench.station(&relay, XA).await;
    for number in 1..=3 {
        sender.post(Lane::Routine, Letter::to(number, TO_B).bytes()).await.unwrap();
    }
    drop(sender);
    relay.stop().await.unwrap();
    bench
}

/// Flips a bit in the first place of the log where this stands, and says in which file.
fn spoil(bench: &Bench, pattern: &[u8]) -> PathBuf {
    for entry in fs::read_dir(bench.file("log")).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = fs::read(&path).unwrap();
        if let Some(place) = bytes.windows(pattern.len()).position(|window| window == pattern) {
            bytes[place] ^= 1;
            fs::write(&path, bytes).unwrap();
            return path;
        }
    }
    panic!("nowhere");
}

#[tokio::test]
async fn a_whole_directory_is_sound_and_stays_as_it_is() {
    let bench = stopped().await;
    let before = fs::read_dir(bench.file("log")).unwrap().count();
    let (mut read, mut total) = (0, 1);
    let verified = verify(bench.dir.path(), |so_far, of| (read, total) = (so_far, of)).unwrap();
    assert!(verified.is_sound(), "{verified}");
    assert_eq!((verified.posts, verified.entries), (3, bench.world.size()));
    assert!(read == total && total == verified.bytes);
    assert!(verified.to_string().ends_with("Everything is as it was written."), "{verified}");
    assert_eq!(fs::read_dir(bench.file("log")).unwrap().count(), before);
    bench.start().await;
}

#[tokio::test]
async fn a_damaged_post_is_named_with_its_file_and_its_number() {
    let bench = stopped().await;
    let path = spoil(&bench, &[2; 1_000]);
    let verified = verify(bench.dir.path(), |_, _| {}).unwrap();
    assert!(!verified.is_sound());
    assert_eq!((verified.posts, verified.lost.len(), verified.missing_entry), (2, 1, None));
    assert_eq!(verified.damage[0].file, path.file_name().unwrap().to_str().unwrap());
    assert_eq!(verified.damage[0].events, Some(verified.lost[0]));
    let said = verified.to_string();
    assert!(said.contains("DAMAGE events-") && said.contains("LOST events"), "{said}");
}

#[tokio::test]
async fn an_entry_that_is_missing_is_told_before_a_start_is_tried() {
    for (pattern, last) in [(&b"xa/operations/1"[..], false), (b"xb/operations/1", true)] {
        let bench = stopped().await;
        spoil(&bench, pattern);
        let verified = verify(bench.dir.path(), |_, _| {}).unwrap();
        let missing = verified.missing_entry.unwrap();
        assert!(missing > 0 && missing < bench.world.size() && !verified.is_sound(), "{last}: {verified}");
        assert!(verified.signer.is_none(), "one cause is told once");
    }
}

#[tokio::test]
async fn a_signer_that_would_refuse_is_told() {
    let bench = stopped().await;
    fs::remove_file(bench.file("signer")).unwrap();
    let verified = verify(bench.dir.path(), |_, _| {}).unwrap();
    assert!(!verified.is_sound() && verified.signer.as_ref().unwrap().contains("missing"), "{verified}");
}

#[tokio::test]
async fn a_relay_that_runs_is_not_read() {
    let bench = stopped().await;
    let _relay = bench.start().await;
    assert!(matches!(verify(bench.dir.path(), |_, _| {}), Err(VerifyError::InUse { .. })));
    assert!(matches!(verify(&bench.file("nowhere"), |_, _| {}), Err(VerifyError::Missing { .. })));
}
