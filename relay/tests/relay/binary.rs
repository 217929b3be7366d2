//! What does an operator see? The program itself: words, exit codes, signals. It must never know how it does it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use liaison_keys::directory::founding::Founding;
use liaison_keys::directory::{Body, Claims};
use liaison_keys::names::{Digest, NetworkId};
use liaison_keys::signing::Authority;
use liaison_relay::PublicKeys;

use crate::bench::world::{key, name, public, sign};
use crate::bench::{invitation, naming};

fn relay(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_liaison-relay"));
    let (verb, rest) = arguments.split_first().unwrap();
    command.arg(verb).arg("--dir").arg(dir).args(rest).env_remove("RUST_LOG");
    command
}

fn run(dir: &Path, arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = relay(dir, arguments).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn init(dir: &Path, listen: &str) -> PublicKeys {
    let (code, stdout, stderr) = run(dir, &["init", "--address", "relay.example:4433", "--listen", listen]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("liaison network found"), "{stderr}");
    PublicKeys::from_toml(&stdout).unwrap()
}

/// The program runs under the machine's clock, so this founding is of now.
fn founding(keys: &PublicKeys) -> Vec<u8> {
    let now = liaison_relay::system_clock()();
    let signers = ["custodian 1", "custodian 2"];
    let kids = signers.map(|signer| public::<Authority>(signer).kid()).to_vec();
    let body = Body::Genesis(Box::new(naming(keys)));
    let first = (1, Digest::NONE);
    let claims = Claims::new(NetworkId::UNFOUNDED, name("network"), first, &body, now, kids);
    let statement = sign(claims, &signers);
    let network = NetworkId::new(*statement.payload_hash().as_bytes());
    let invited = invitation("invitation", "org:custodian", now + 86_400);
    Founding::encode(statement.to_bytes(), invited.sign(network, &[&key("custodian 1")]))
}

/// Runs until it says that it serves; gives what it said.
fn serving(dir: &Path, arguments: &[&str]) -> (Child, String) {
    let mut child = relay(dir, arguments).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut said = String::new();
    while !said.contains("Serving network") {
        let line = lines.next().unwrap_or_else(|| panic!("it ended: {said}")).unwrap();
        said.push_str(&line);
    }
    // Whatever it says later must not fill the pipe; the thread ends with the process.
    std::thread::spawn(move || lines.for_each(drop));
    (child, said)
}

fn tell(child: &Child, signal: &str) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn from_init_to_stop() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("relay");
    let keys = init(&dir, "127.0.0.1:0");
    let (code, _, stderr) = run(&dir, &["init", "--address", "relay.example:4433"]);
    assert_eq!(code, 5, "{stderr}");
    let (code, stdout, _) = run(&dir, &["show-keys", "--json"]);
    assert_eq!((code, serde_json::from_str::<PublicKeys>(&stdout).unwrap()), (0, keys.clone()));
    let (code, _, stderr) = run(&dir, &["serve"]);
    assert!(code == 3 && stderr.contains("--found FILE"), "{code} {stderr}");
    let file = place.path().join("network.found");
    std::fs::write(&file, founding(&keys)).unwrap();
    let found = ["serve", "--found", file.to_str().unwrap()];
    let (mut child, said) = serving(&dir, &found);
    assert!(said.contains("from now on"), "{said}");
    let (code, _, stderr) = run(&dir, &["serve"]);
    assert!(code == 4 && stderr.contains("another process"), "{code} {stderr}");
    let (code, _, stderr) = run(&dir, &["verify"]);
    assert!(code == 4 && stderr.contains("stop it first"), "{code} {stderr}");
    tell(&child, "-TERM");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    verified(&dir);
    let (code, _, stderr) = run(&dir, &found);
    assert!(code == 5 && stderr.contains("already serves"), "{code} {stderr}");
    let (mut child, _) = serving(&dir, &["serve"]);
    tell(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    std::fs::remove_file(dir.join("signer")).unwrap();
    let (code, _, stderr) = run(&dir, &["serve"]);
    assert!(code == 6 && stderr.contains("--sign-restored-log"), "{code} {stderr}");
    let (mut child, _) = serving(&dir, &["serve", "--sign-restored-log"]);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// What `verify` says of a whole log, and of one with a changed bit, which it puts back.
fn verified(dir: &Path) {
    let (code, stdout, stderr) = run(dir, &["verify"]);
    assert!(code == 0 && stdout.contains("Everything is as it was written."), "{code} {stdout} {stderr}");
    let (code, stdout, _) = run(dir, &["verify", "--json"]);
    let said: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, &said["entries"], &said["missing_entry"]), (0, &1.into(), &serde_json::Value::Null));
    let log = std::fs::read_dir(dir.join("log")).unwrap().map(|entry| entry.unwrap().path());
    let largest = log.max_by_key(|path| std::fs::metadata(path).unwrap().len()).unwrap();
    let whole = std::fs::read(&largest).unwrap();
    let mut bytes = whole.clone();
    bytes[1_300] ^= 1;
    std::fs::write(&largest, bytes).unwrap();
    let (code, stdout, _) = run(dir, &["verify"]);
    assert!(code == 8 && stdout.contains("MISSING entry 0"), "{code} {stdout}");
    std::fs::write(&largest, whole).unwrap();
}

#[test]
fn mistakes_are_named_with_what_to_do() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("relay");
    let (code, _, stderr) = run(&dir, &["serve"]);
    assert!(code == 3 && stderr.contains("liaison-relay init"), "{code} {stderr}");
    let (code, _, stderr) = run(&dir, &["verify"]);
    assert!(code == 3 && stderr.contains("is this the right --dir"), "{code} {stderr}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let keys = init(&dir, &address);
    let file = place.path().join("network.found");
    std::fs::write(&file, founding(&keys)).unwrap();
    let (code, _, stderr) = run(&dir, &["serve", "--found", file.to_str().unwrap()]);
    assert!(code == 4 && stderr.contains(&address), "{code} {stderr}");
    let settings = dir.join("relay.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, text.replace("[log]", "[logs]")).unwrap();
    let (code, _, stderr) = run(&dir, &["serve"]);
    assert!(code == 3 && stderr.contains("`logs`") && stderr.contains("line"), "{code} {stderr}");
    let (code, _, stderr) = run(&dir, &["serve", "--port", "1"]);
    assert_eq!(code, 2, "{stderr}");
}
