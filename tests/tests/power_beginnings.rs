//! What is left when the power fails while a station or a relay is being made? What was called made is there, and what
//! was not can be made again by the same command. It must never know in which order things are made.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use liaison_client::authority::NewNetwork;
use liaison_client::{Clock, Station};
use liaison_demo::world::PASSPHRASE;
use liaison_keys::directory::body::Relay as RelayEntry;
use liaison_keys::keyfile::Cost;
use liaison_relay::PublicKeys;
use liaison_tests::power::{Loss, Moment, Power};
use liaison_tests::{Dice, program};
use tempfile::TempDir;

#[test]
fn a_station_is_made_or_can_be_made_again() {
    let mut dice = Dice::new();
    let mut called_made = 0;
    for number in 0..moments() {
        let (loss, place) = (Loss::ALL[number % Loss::ALL.len()], Place::new());
        let moment = place.moment(&mut dice);
        let init = |home: &Path| liaison(home, &["init", "--insecure-fast-passphrase", "--json"]);
        let (made, mut power) = place.under_power("deep/home", moment, init);
        power.fail(loss, &mut dice).unwrap();
        let home = power.folder().join("deep/home");
        let again = init(&home).output().unwrap();
        let exists = again.status.code() == Some(EXISTS);
        assert!(again.status.success() || exists, "{loss}, {moment:?}: {}", words(&again));
        let station = Station::open(&home, PASSPHRASE, Clock::system()).unwrap();
        let device = station.device().unwrap_or_else(|error| panic!("{loss}, {moment:?}: {error}"));
        // A word that was cut off is no word.
        if made.ends_with('\n') {
            called_made += 1;
            assert!(made.contains(&device.to_string()), "{loss}, {moment:?}: {made} is now {device}");
        }
    }
    println!("{} stations, {called_made} of them called made: all are there", moments());
}

#[test]
fn a_relay_is_made_or_can_be_made_again() {
    let mut dice = Dice::new();
    let mut called_made = 0;
    for number in 0..moments() {
        let (loss, place) = (Loss::ALL[number % Loss::ALL.len()], Place::new());
        let moment = place.moment(&mut dice);
        let (made, mut power) = place.under_power("deep/relay", moment, init_relay);
        power.fail(loss, &mut dice).unwrap();
        let again = init_relay(&power.folder().join("deep/relay")).output().unwrap();
        let exists = again.status.code() == Some(EXISTS_RELAY);
        assert!(again.status.success() || exists, "{loss}, {moment:?}: {}", words(&again));
        let dir = power.folder().join("deep/relay");
        let show = relay(&["show-keys", "--json", "--dir"], &dir).output().unwrap();
        assert!(show.status.success(), "{loss}, {moment:?}: {}", words(&show));
        if made.ends_with("}\n") {
            called_made += 1;
            assert_eq!(made, String::from_utf8(show.stdout).unwrap(), "{loss}, {moment:?}");
        }
    }
    println!("{} relays, {called_made} of them called made: all are there", moments());
}

#[test]
fn a_network_is_founded_or_can_be_founded_again() {
    let mut dice = Dice::new();
    let mut called_founded = 0;
    for number in 0..moments() {
        let (loss, place) = (Loss::ALL[number % Loss::ALL.len()], Place::new());
        let moment = place.moment(&mut dice);
        let dir = place.folder.path().canonicalize().unwrap().join("relay");
        let keys = init_relay(&dir).stdout(Stdio::piped()).output().unwrap();
        assert!(keys.status.success(), "{}", words(&keys));
        let file = place.beside.path().join("network.found");
        fs::write(&file, founding(&dir, place.beside.path())).unwrap();
        let found = |dir: &Path| {
            let mut command = relay(&["serve", "--dir"], dir);
            command.arg("--found").arg(&file);
            command
        };
        let mut power = Power::over(place.folder.path(), place.beside.path()).unwrap();
        let first = serve(power.govern(&mut found(&dir), moment), &place, |child| power.kill(child).unwrap());
        called_founded += u64::from(first.contains("serves network"));
        power.fail(loss, &mut dice).unwrap();
        let kill = |child: &mut std::process::Child| {
            child.kill().unwrap();
            child.wait().unwrap()
        };
        let again = serve(&mut found(&dir), &place, kill);
        let served = again.contains("Serving network");
        let serves = again.contains("already serves network");
        assert!(served || serves, "{loss}, {moment:?}: {again}");
        assert!(serves || !first.contains("serves network"), "{loss}, {moment:?}: it was founded: {first}");
        let plain = serve(&mut relay(&["serve", "--dir"], &dir), &place, kill);
        assert!(plain.contains("Serving network"), "{loss}, {moment:?}: {plain}");
    }
    println!("{} foundings, {called_founded} of them called done: all serve", moments());
}

/// Where one thing is made.
struct Place {
    folder: TempDir,
    beside: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), beside: tempfile::tempdir().unwrap() }
    }

    fn moment(&self, dice: &mut Dice) -> Moment {
        let (kill_at, sync_us, seed) = (Some(dice.up_to(60)), dice.up_to(1_000), dice.up_to(1_000));
        Moment { kill_at, sync_us, seed, ..Moment::default() }
    }

    /// Makes something under the library; gives what the command said, and the power that can fail.
    fn under_power(&self, name: &str, moment: Moment, command: impl Fn(&Path) -> Command) -> (String, Power) {
        let power = Power::over(self.folder.path(), self.beside.path()).unwrap();
        let mut command = command(&power.folder().join(name));
        let output = power.govern(&mut command, moment).output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), power)
    }
}

/// Runs a relay until it serves or has ended, and gives what it said.
fn serve(
    command: &mut Command,
    place: &Place,
    kill: impl Fn(&mut std::process::Child) -> std::process::ExitStatus,
) -> String {
    let said = place.beside.path().join("stderr");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&said).unwrap());
    let mut child = command.spawn().unwrap();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let words = fs::read_to_string(&said).unwrap();
        if child.try_wait().unwrap().is_some() {
            return fs::read_to_string(&said).unwrap();
        }
        if words.contains("Serving network") {
            kill(&mut child);
            return words;
        }
        assert!(Instant::now() < deadline, "it neither serves nor ends: {words}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A founding that names this relay.
fn founding(dir: &Path, beside: &Path) -> Vec<u8> {
    let keys = PublicKeys::from_toml(&fs::read_to_string(dir.join("relay.pub")).unwrap()).unwrap();
    let home = beside.join("custodian");
    let mut station = Station::create(&home, PASSPHRASE, Cost::MINIMUM, Clock::system()).unwrap();
    let PublicKeys { name, addresses, transport, receipt, log } = keys;
    let network = NewNetwork {
        id: "exercise".parse().unwrap(),
        fictional: true,
        relays: vec![RelayEntry { name, addresses, transport, receipt }],
        log,
        custodian: (1, 1),
        profile: "full".parse().unwrap(),
    };
    station.found(network).unwrap()
}

fn init_relay(dir: &Path) -> Command {
    let mut command = relay(&["init", "--json", "--listen", "127.0.0.1:0", "--dir"], dir);
    command.args(["--address", "relay.example.org:4433"]);
    command
}

fn relay(arguments: &[&str], dir: &Path) -> Command {
    let mut command = Command::new(program("liaison-relay"));
    command.args(arguments).arg(dir).stdin(Stdio::null());
    command
}

fn liaison(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program("liaison"));
    command.arg("--home").arg(home).args(arguments);
    command.env("LIAISON_PASSPHRASE", PASSPHRASE).stdin(Stdio::null());
    command
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// In all modes together; a long campaign asks for more.
fn moments() -> usize {
    let asked = std::env::var("LIAISON_POWER_MOMENTS").ok().and_then(|text| text.parse::<usize>().ok());
    asked.map_or(SMOKE_MOMENTS, |asked| asked * Loss::ALL.len())
}

const SMOKE_MOMENTS: usize = 18;
const EXISTS: i32 = 73;
const EXISTS_RELAY: i32 = 5;
const PATIENCE: Duration = Duration::from_secs(60);
