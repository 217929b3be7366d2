//! A station that is killed while it seals and sends loses nothing that it said was safe, and sends nothing twice: the
//! outbox keeps the sealed bytes and re-sends only those. It must never know how the outbox keeps them.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use liaison_demo::world::{PASSPHRASE, World};
use liaison_tests::{Dice, RelayProcess, program};

const KILLS: u64 = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_station_killed_while_sending_neither_loses_nor_doubles() {
    let folder = tempfile::tempdir().unwrap();
    let World { relay, stations, .. } = World::found(folder.path()).await.unwrap();
    relay.stop().await.unwrap();
    drop(stations);
    let _relay = RelayProcess::start(&folder.path().join("relay")).unwrap();
    let homes = folder.path().join("stations");
    let (xa, xb) = (homes.join("xa-diplomatic"), homes.join("xb-diplomatic"));
    let mut dice = Dice::new();
    let mut promised = Vec::new();
    for number in 0..KILLS {
        promised.extend(send_and_kill(&xa, number, dice.up_to(500)));
    }
    // Whatever was sealed and not sent goes out with the next connection.
    run(&xa, &["inbox"]);
    let sent = hashes(&run(&xa, &["outbox", "--json"]));
    let received = hashes(&run(&xb, &["inbox", "--json"]));
    for hash in &promised {
        assert!(sent.contains_key(hash), "the outbox lost {hash}, which it had said was safe");
    }
    assert_eq!(received, sent, "each message that was sealed arrives, once");
    assert!(received.values().all(|copies| *copies == 1));
    println!(
        "{KILLS} kills: {} promised, {} sealed, {} received, each once",
        promised.len(),
        sent.len(),
        received.len()
    );
}

/// Sends a message and kills the station after so many milliseconds; the hash, if it said that it was safe before.
fn send_and_kill(home: &Path, number: u64, after_ms: u64) -> Option<String> {
    let text = format!("number {number}");
    let mut command = liaison(home, &["send", "general", "--to", "xb/diplomatic/1", "-m", &text, "--json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    // The moment of the kill is the point of this test; nothing is concluded from the time.
    std::thread::sleep(Duration::from_millis(after_ms));
    let _ = child.kill();
    let output = child.wait_with_output().unwrap();
    hashes(&String::from_utf8(output.stdout).unwrap()).into_keys().next()
}

fn run(home: &Path, arguments: &[&str]) -> String {
    let output = liaison(home, arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn liaison(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program("liaison"));
    command.arg("--home").arg(home).arg("--yes").args(arguments);
    command.env("LIAISON_PASSPHRASE", PASSPHRASE).stdin(Stdio::null());
    command
}

/// Messages named in lines of JSON, with how often.
fn hashes(lines: &str) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for line in lines.lines() {
        let named = line.split(r#""hash":""#).nth(1).and_then(|rest| rest.split('"').next());
        if let Some(hash) = named {
            *found.entry(hash.to_owned()).or_default() += 1;
        }
    }
    found
}
