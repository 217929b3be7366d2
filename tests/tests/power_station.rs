//! What a station calls safe survives a loss of power: its program is killed at random moments while it sends, fetches,
//! acknowledges, watches or renews its keys; its disk falls back to what was synced; and it opens by itself.
//! The smoke test is small; `docs/testing.md` says how a long campaign is run. It must never know how the vault is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use liaison_client::prekeys::Prekeys;
use liaison_client::{Clock, DialOptions, Online, Station};
use liaison_demo::world::{PASSPHRASE, World};
use liaison_keys::keyfile;
use liaison_keys::names::DeviceId;
use liaison_keys::vault::VaultKey;
use liaison_tests::power::{Loss, Lost, Moment, Power};
use liaison_tests::{Dice, RelayProcess, program, until_free};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_station_whose_power_fails_keeps_what_it_called_safe() {
    let asked = std::env::var("LIAISON_POWER_MOMENTS").ok().and_then(|text| text.parse().ok());
    match asked {
        None => run(&Loss::ALL, SMOKE_LOSSES).await,
        // A network of its own for each: what has come about in one makes every start of its relay slower.
        Some(losses) => {
            for loss in Loss::asked() {
                run(&[loss], losses).await;
            }
        }
    }
}

async fn run(kinds: &[Loss], losses: u64) {
    let mut campaign = Campaign::found().await;
    for number in 1.. {
        let Some(loss) = campaign.next(kinds, losses) else { break };
        campaign.moment(number, loss).await;
        if number.is_multiple_of(BALANCED_EVERY) {
            campaign.balance();
            println!("{number} moments: {} arrived", campaign.received);
        }
    }
    campaign.balance();
    campaign.tell();
}

/// Two stations that write to each other, and what they have said to a person.
struct Campaign {
    folder: tempfile::TempDir,
    power: Power,
    _relay: RelayProcess,
    /// Somebody whose power never fails.
    witness: Station,
    dice: Dice,
    safe: BTreeSet<String>,
    safe_acks: BTreeSet<String>,
    shown: BTreeSet<String>,
    /// What a watch told of when it came; how often.
    told: BTreeMap<String, usize>,
    received: usize,
    figures: BTreeMap<Loss, Figures>,
}

#[derive(Debug, Default)]
struct Figures {
    losses: u64,
    kills_only: u64,
    failed_syncs: u64,
    killed: u64,
    bundles: u64,
    lost: Lost,
}

/// What a command left behind.
struct Ran {
    status: ExitStatus,
    out: String,
}

impl Campaign {
    async fn found() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let World { relay, mut stations, address, .. } = World::found(folder.path()).await.unwrap();
        relay.stop().await.unwrap();
        until_free(address).await;
        let witness = stations.remove(&"xd/operations/1".parse().unwrap()).unwrap();
        drop(stations);
        let governed = folder.path().join("governed");
        fs::create_dir(&governed).unwrap();
        for (home, name) in [("xa-diplomatic", "xa"), ("xb-diplomatic", "xb")] {
            fs::rename(folder.path().join("stations").join(home), governed.join(name)).unwrap();
        }
        let relay = RelayProcess::start(&folder.path().join("relay")).unwrap();
        let power = Power::over(&governed, folder.path()).unwrap();
        Self {
            folder,
            power,
            _relay: relay,
            witness,
            dice: Dice::new(),
            safe: BTreeSet::new(),
            safe_acks: BTreeSet::new(),
            shown: BTreeSet::new(),
            told: BTreeMap::new(),
            received: 0,
            figures: BTreeMap::new(),
        }
    }

    /// The kind of loss of which there were the fewest, while there were not so many of each.
    fn next(&self, kinds: &[Loss], losses: u64) -> Option<Loss> {
        let had = |loss: Loss| self.figures.get(&loss).map_or(0, |figures| figures.losses);
        kinds.iter().copied().min_by_key(|loss| had(*loss)).filter(|loss| had(*loss) < losses)
    }

    /// One command that is killed; then the power fails, or only this process has ended.
    async fn moment(&mut self, number: usize, loss: Loss) {
        let kill_at = Some(self.dice.up_to(KILL_RECORDS));
        let fail_at = (self.dice.up_to(8) == 1).then(|| self.dice.up_to(12));
        let (sync_us, seed) = (self.dice.up_to(2_000), self.dice.up_to(1_000_000));
        let moment = Moment { kill_at, fail_at, sync_us, seed, ..Moment::default() };
        let figures = self.figures.entry(loss).or_default();
        figures.failed_syncs += u64::from(fail_at.is_some());
        let what = self.dice.up_to(11);
        let status = match what {
            1..=3 => self.send(&["--to", XB], number, moment),
            4 => self.send(&["--global"], number, moment),
            5 | 6 => {
                let ran = self.run("xb", &["inbox", "--json"], moment);
                self.shown.extend(hashes(&ran.out));
                ran.status
            }
            7 | 8 => self.acknowledge(number, moment),
            9 => self.run("xa", &["inbox", "--json"], moment).status,
            10 => self.watch(number, moment),
            _ => self.renew(moment),
        };
        let named = format!("moment {number} ({what}), {moment:?}");
        assert!(fail_at.is_some() || status.code().is_none_or(|code| code == 0), "{named}: {status}");
        self.figures.entry(loss).or_default().killed += u64::from(status.signal().is_some());
        self.lose(loss, fail_at.is_some());
        if what == 11 {
            self.check_bundle(&named).await;
            self.figures.entry(loss).or_default().bundles += 1;
        }
    }

    /// Without a loss of power a restart finds pages in the cache that are on no disk; the next loss takes them. After a
    /// sync that failed, that is what tempts a program to sync again.
    fn lose(&mut self, loss: Loss, failed_sync: bool) {
        let figures = self.figures.entry(loss).or_default();
        if self.dice.up_to(4) <= if failed_sync { 2 } else { 1 } {
            figures.kills_only += 1;
            return;
        }
        let lost = self.power.fail(loss, &mut self.dice).unwrap();
        let Lost { changed, gone, back } = &mut figures.lost;
        (*changed, *gone, *back) = (*changed + lost.changed, *gone + lost.gone, *back + lost.back);
        figures.losses += 1;
    }

    fn send(&mut self, to: &[&str], number: usize, moment: Moment) -> ExitStatus {
        let text = format!("number {number}{}", " and more".repeat(number % 4 * 300));
        let arguments = [&["send", "general", "-m", &text, "--json"], to].concat();
        let ran = self.run("xa", &arguments, moment);
        self.safe.extend(hashes(&ran.out));
        ran.status
    }

    fn acknowledge(&mut self, number: usize, moment: Moment) -> ExitStatus {
        let shown: Vec<&String> = self.shown.iter().collect();
        if shown.is_empty() {
            return self.send(&["--to", XB], number, moment);
        }
        let message = shown[self.dice.below(shown.len())].clone();
        let ran = self.run("xb", &["ack", &message, "--level", "received", "--json"], moment);
        self.safe_acks.extend(hashes(&ran.out));
        ran.status
    }

    /// A watch is killed by itself, or when it has told of what was sent meanwhile.
    fn watch(&mut self, number: usize, moment: Moment) -> ExitStatus {
        let told = self.folder.path().join("told");
        let mut command = self.liaison("xb", &["watch", "--json"]);
        command.stdout(File::create(&told).unwrap()).stderr(Stdio::null());
        let moment = Moment { kill_at: moment.kill_at.map(|records| records * 2), ..moment };
        let mut watch = self.power.govern(&mut command, moment).spawn().unwrap();
        let before: BTreeSet<String> = self.safe.clone();
        for _ in 0..3 {
            assert!(self.send(&["--to", XB], number, Moment::default()).success());
        }
        let sent: BTreeSet<String> = self.safe.difference(&before).cloned().collect();
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            let told: BTreeSet<String> = hashes_told(&told).into_iter().collect();
            match watch.try_wait().unwrap() {
                Some(status) => break status,
                None if sent.is_subset(&told) => break self.power.kill(&mut watch).unwrap(),
                None => std::thread::sleep(Duration::from_millis(5)),
            }
            assert!(Instant::now() < deadline, "the watch does not tell what came");
        };
        for hash in hashes_told(&told) {
            *self.told.entry(hash).or_default() += 1;
        }
        status
    }

    /// New prekeys, which a clock a week ahead makes due. Nothing else may come under that clock.
    fn renew(&mut self, moment: Moment) -> ExitStatus {
        let ran = self.run("xb", &["inbox", "--json"], Moment::default());
        assert!(ran.status.success());
        self.run("xb", &["inbox", "--json"], Moment { ahead_s: 8 * 86_400, ..moment }).status
    }

    /// Whoever gets a bundle from the relay may seal to it: its secrets must be there.
    async fn check_bundle(&mut self, named: &str) {
        let home = self.power.folder().join("xb");
        let key = keyfile::unlock(PASSPHRASE, &fs::read(home.join("key")).unwrap()).unwrap();
        let key = VaultKey::new(key.as_slice().try_into().unwrap());
        let prekeys = Prekeys::open(home.join("prekeys"), key).unwrap();
        let mut online = Online::connect(&mut self.witness, DialOptions::default()).await.unwrap();
        online.sync(&mut self.witness).await.unwrap();
        let directory = self.witness.directory().unwrap();
        let contacts = directory.contacts().filter(|contact| contact.office == XB.parse().unwrap());
        let devices: Vec<DeviceId> = contacts.map(|contact| contact.device).collect();
        online.fetch_prekeys(&mut self.witness, &devices).await.unwrap();
        online.close().await;
        let directory = self.witness.replica().unwrap().directory();
        for device in devices {
            let facts = directory.device(device).unwrap();
            let bundle = &self.witness.memory().bundles[&device];
            for key in &bundle.verified(&facts.signing, directory.network()).unwrap().keys {
                let there = prekeys.secret(key.public.kid()).is_some();
                assert!(there, "{named}: a secret of the bundle that the relay gives out is lost");
            }
        }
    }

    /// All that was called safe is there, and all that was sent has come, once.
    fn balance(&mut self) {
        self.list("xa", &["inbox", "--json"]);
        let received = self.list("xb", &["inbox", "--json"]);
        let acks_received = self.list("xa", &["inbox", "--json"]);
        let (sent, acks) = (self.list("xa", &["outbox", "--json"]), self.list("xb", &["outbox", "--json"]));
        for lists in [&received, &acks_received, &sent, &acks] {
            assert!(lists.values().all(|copies| *copies == 1), "listed twice: {lists:?}");
        }
        assert!(self.safe.iter().all(|hash| sent.contains_key(hash)), "a message that was safe is lost");
        assert!(self.safe_acks.iter().all(|hash| acks.contains_key(hash)), "an acknowledgement is lost");
        assert!(self.shown.iter().all(|hash| received.contains_key(hash)), "what was shown is lost");
        assert!(self.told.keys().all(|hash| received.contains_key(hash)), "what was told is lost");
        assert!(self.told.values().all(|times| *times == 1), "told twice: {:?}", self.told);
        assert_eq!(sent, received, "each message that was sealed arrives, once");
        assert_eq!(acks, acks_received, "each acknowledgement that was sealed arrives, once");
        for name in ["xa", "xb"] {
            let aside = self.list(name, &["inbox", "--quarantine", "--json"]);
            assert!(aside.is_empty(), "{name} has set aside {aside:?}");
            self.check_counters(name);
        }
        self.received = received.len() + acks_received.len();
    }

    /// Running numbers never come twice: who reads them would think that the relay hides something.
    fn check_counters(&self, name: &str) {
        let copy = self.folder.path().join("copy");
        let _ = fs::remove_dir_all(&copy);
        let copied = Command::new("cp").arg("-a").arg(self.power.folder().join(name)).arg(&copy).status();
        assert!(copied.unwrap().success());
        let station = Station::open(&copy, PASSPHRASE, Clock::system()).unwrap();
        let mut seen = BTreeSet::new();
        for item in &station.memory().inbox.items {
            let received = station.message(item.hh).unwrap().unwrap().received.unwrap();
            assert!(seen.insert((item.device, item.lane, received.counter)), "number {}", received.counter);
        }
    }

    fn list(&mut self, name: &str, arguments: &[&str]) -> BTreeMap<String, usize> {
        let ran = self.run(name, arguments, Moment::default());
        assert!(ran.status.success(), "{name} {arguments:?}: {}", ran.status);
        let mut found = BTreeMap::new();
        for hash in hashes(&ran.out) {
            *found.entry(hash).or_default() += 1;
        }
        found
    }

    fn run(&self, name: &str, arguments: &[&str], moment: Moment) -> Ran {
        let mut command = self.liaison(name, arguments);
        let output = self.power.govern(&mut command, moment).output().unwrap();
        let (out, err) =
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr).into_owned());
        // Everything that a relay was told of was synced before.
        assert!(!err.contains("older copy"), "{name} {arguments:?}, {moment:?}: {err}");
        let ended = output.status.code().is_some_and(|code| code != 0);
        assert!(!ended || moment.fail_at.is_some(), "{name} {arguments:?}, {moment:?}: {err}");
        Ran { status: output.status, out }
    }

    fn liaison(&self, name: &str, arguments: &[&str]) -> Command {
        liaison(&self.power.folder().join(name), arguments)
    }

    fn tell(&self) {
        for (loss, figures) in &self.figures {
            println!("{loss}: {figures:?}");
        }
        println!(
            "{} messages and {} acknowledgements called safe, {} shown, {} told of by a watch; {} arrived, 0 lost, 0 twice",
            self.safe.len(),
            self.safe_acks.len(),
            self.shown.len(),
            self.told.len(),
            self.received
        );
    }
}

fn liaison(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program("liaison"));
    command.arg("--home").arg(home).args(["--yes", "--transport", "tcp"]).args(arguments);
    command.env("LIAISON_PASSPHRASE", PASSPHRASE).stdin(Stdio::null());
    command
}

/// Messages named in lines of JSON.
fn hashes(lines: &str) -> Vec<String> {
    let named = |line: &str| line.split(r#""hash":""#).nth(1)?.split('"').next().map(str::to_owned);
    lines.lines().filter_map(named).collect()
}

/// Messages that a watch told of.
fn hashes_told(path: &PathBuf) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    whole.filter(|line| line.contains(r#""event":"message""#)).flat_map(hashes).collect()
}

const XB: &str = "xb/diplomatic/1";
/// Losses of each kind, where nobody asks for more.
const SMOKE_LOSSES: u64 = 6;
const BALANCED_EVERY: usize = 30;
/// More changes and syncs than most commands make: some end before they are killed.
const KILL_RECORDS: u64 = 60;
const PATIENCE: Duration = Duration::from_secs(120);
