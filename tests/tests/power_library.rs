//! Does the power library tell the truth? What was synced stays and what was not is lost, in each mode exactly that; and
//! programs with a planted flaw are caught, each by the mode that should. It must never know the relay or a station.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use liaison_tests::Dice;
use liaison_tests::power::{Loss, Moment, Power};

/// Does these steps in a fresh folder under the library, lets the power fail, and gives what is left.
fn left_of(before: &[&str], steps: &[&str], loss: Loss, seed: u64) -> BTreeMap<String, String> {
    let (folder, beside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let told = scribe(folder.path()).arg("do").args(before).status().unwrap();
    assert!(told.success(), "{before:?}");
    let mut power = Power::over(folder.path(), beside.path()).unwrap();
    let mut child = scribe(folder.path());
    power.govern(child.arg("do").args(steps), Moment::default());
    assert!(child.status().unwrap().success(), "{steps:?}");
    power.fail(loss, &mut Dice::of(seed)).unwrap();
    contents(folder.path())
}

fn scribe(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scribe"));
    command.current_dir(folder.canonicalize().unwrap());
    command
}

fn contents(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(here) = folders.pop() {
        for entry in fs::read_dir(here).unwrap().map(Result::unwrap) {
            let name = entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            if entry.path().is_dir() {
                folders.push(entry.path());
                found.insert(name, "(folder)".to_owned());
            } else {
                found.insert(name, fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    found
}

fn are<const N: usize>(files: [(&str, &str); N]) -> BTreeMap<String, String> {
    files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn bytes_that_were_not_synced_are_gone_and_names_stay() {
    let before = ["append old one", "append cut four"];
    let steps = [
        "append old two",
        "sync-data old",
        "append old three",
        "append never synced",
        "append whole synced",
        "sync whole",
        "length cut 1",
        "sync cut",
        "length cut 3",
        "write-synced through one",
        "copy whole copied",
    ];
    let left = left_of(&before, &steps, Loss::Synced, 1);
    let expected = [
        ("copied", ""),
        ("cut", "f"),
        ("never", ""),
        ("old", "onetwo"),
        ("through", "one"),
        ("whole", "synced"),
    ];
    assert_eq!(left, are(expected));
}

#[test]
fn names_that_were_not_synced_fall_back() {
    let before = ["append a one", "append b two", "append c three", "folder d", "append d/e four"];
    let steps = [
        "append fresh new",
        "sync fresh",
        "rename a a2",
        "sync .",
        "rename b c",
        "unlink d/e",
        "folder f",
        "append f/g five",
        "sync f/g",
        "sync f",
        "append late six",
        "sync late",
        "link a2 linked",
    ];
    let left = left_of(&before, &steps, Loss::Names, 1);
    let expected =
        [("a2", "one"), ("b", "two"), ("c", "three"), ("d", "(folder)"), ("d/e", "four"), ("fresh", "new")];
    assert_eq!(left, are(expected));
    let steps = [&steps[..], &["sync .", "sync d"]].concat();
    let left = left_of(&before, &steps, Loss::Names, 1);
    let expected = [
        ("a2", "one"),
        ("c", "two"),
        ("d", "(folder)"),
        ("f", "(folder)"),
        ("f/g", "five"),
        ("fresh", "new"),
        ("late", "six"),
        ("linked", "one"),
    ];
    assert_eq!(left, are(expected));
}

#[test]
fn pieces_are_old_or_new_and_never_what_was_synced() {
    let (one, two, three) = ("1".repeat(2_048), "2".repeat(2_048), "3".repeat(700));
    let before = [format!("append file {one}")];
    let steps =
        [format!("write file 0 {}", "x".repeat(512)), "sync file".into(), format!("write file 512 {two}")];
    let steps = [&steps[..], &[format!("append file {three}")]].concat();
    let (before, steps): (Vec<&str>, Vec<&str>) =
        (before.iter().map(String::as_str).collect(), steps.iter().map(String::as_str).collect());
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..60 {
        let left = &left_of(&before, &steps, Loss::Pieces, seed * 7_919)["file"];
        assert!((2_048..=3_260).contains(&left.len()), "{}", left.len());
        assert!(left.starts_with(&"x".repeat(512)), "what was synced is lost");
        for (number, sector) in left.as_bytes().chunks(512).enumerate().skip(1) {
            let kinds: std::collections::BTreeSet<u8> = sector.iter().copied().collect();
            let known = kinds.iter().all(|byte| [b'1', b'2', b'3', 0].contains(byte));
            assert!(known && (number > 3 || kinds.len() == 1), "sector {number} is mixed: {kinds:?}");
        }
        seen.insert(left.clone());
    }
    assert!(seen.len() > 20, "only {} different ends", seen.len());
}

#[test]
fn what_the_library_does_not_see_is_noticed() {
    let (folder, beside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(folder.path().join("file"), "one").unwrap();
    let mut power = Power::over(folder.path(), beside.path()).unwrap();
    assert_eq!(power.count().unwrap(), 0);
    fs::write(folder.path().join("file"), "two").unwrap();
    let refused = power.fail(Loss::Synced, &mut Dice::of(1)).unwrap_err();
    assert!(refused.to_string().starts_with("file changed"), "{refused}");
}

/// Moments in which a keeper had said more than was left.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    lost: u64,
    said: usize,
}

/// Lets the power of a keeper with this flaw fail at random moments; with a sync that fails as well, if asked for.
fn campaign(flaw: &str, loss: Loss, failing_sync: bool, dice: &mut Dice) -> Found {
    let mut found = Found::default();
    for _ in 0..MOMENTS {
        let (folder, beside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut power = Power::over(folder.path(), beside.path()).unwrap();
        let kill_at = Some(dice.up_to(120));
        let fail_at = failing_sync.then(|| dice.up_to(20));
        let moment = Moment { kill_at, fail_at, sync_us: 50, seed: dice.up_to(1_000), ..Moment::default() };
        let mut child = Command::new(env!("CARGO_BIN_EXE_scribe"));
        child.arg("keep").arg(power.folder()).arg(flaw).stderr(Stdio::null());
        let output = power.govern(&mut child, moment).output().unwrap();
        power.fail(loss, dice).unwrap();
        let said: Vec<u32> =
            String::from_utf8(output.stdout).unwrap().lines().map(|line| line.parse().unwrap()).collect();
        let log = fs::read_to_string(folder.path().join("log")).unwrap_or_default();
        let newest = fs::read_to_string(folder.path().join("newest")).unwrap_or_default();
        let last = said.last().copied().unwrap_or(0);
        let in_log = said.iter().all(|number| log.lines().any(|line| line == number.to_string()));
        let replaced = last <= 12 || newest.parse().unwrap_or(0) >= last / 3 * 3;
        found.lost += u64::from(!in_log || !replaced);
        found.said += said.len();
    }
    found
}

#[test]
fn an_honest_keeper_loses_nothing() {
    let mut dice = Dice::new();
    for loss in Loss::ALL {
        for failing_sync in [false, true] {
            let found = campaign("none", loss, failing_sync, &mut dice);
            assert_eq!(found.lost, 0, "{loss}, failing sync: {failing_sync}");
            assert!(found.said > 0);
        }
    }
}

#[test]
fn planted_flaws_are_found() {
    let mut dice = Dice::new();
    for (flaw, loss, failing_sync) in [
        ("says-before-sync", Loss::Synced, false),
        ("says-before-sync", Loss::Pieces, false),
        ("rename-not-synced", Loss::Names, false),
        ("folder-not-synced", Loss::Names, false),
        ("syncs-again", Loss::Synced, true),
    ] {
        let found = campaign(flaw, loss, failing_sync, &mut dice);
        assert!(found.lost > 0, "{flaw} was not found in mode {loss}");
        println!("{flaw}, mode {loss}: {} of {MOMENTS} moments lost something that was said", found.lost);
    }
    // Each mode is needed: a rename that was not synced is not found by the first.
    assert_eq!(campaign("rename-not-synced", Loss::Synced, false, &mut dice).lost, 0);
    assert_eq!(campaign("syncs-again", Loss::Synced, false, &mut dice).lost, 0);
}

const MOMENTS: u64 = 30;
