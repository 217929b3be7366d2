//! "Accepted" survives a loss of power: a relay under load is killed at random moments, its disk falls back to what was
//! synced, and it starts by itself; at the end everything that it had promised is there, once. The smoke test is small;
//! `docs/testing.md` says how a long campaign is run. It must never know how the relay keeps it.

mod books;
mod load;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use liaison_client::Station;
use liaison_demo::world::{PASSPHRASE, World};
use liaison_keys::names::OfficeId;
use liaison_tests::power::{Loss, Lost, Moment, Power};
use liaison_tests::{Dice, program, until_free};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use books::Books;
use load::{Role, Say};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_whose_power_fails_keeps_what_it_promised() {
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
            campaign.balance().await;
            println!("{number} moments: {}", campaign.books);
        }
    }
    campaign.balance().await;
    campaign.tell();
}

/// A relay, its stations, and what was promised.
struct Campaign {
    folder: tempfile::TempDir,
    power: Power,
    stations: BTreeMap<OfficeId, Station>,
    books: Books,
    dice: Dice,
    figures: BTreeMap<Loss, Figures>,
}

#[derive(Debug, Default)]
struct Figures {
    losses: u64,
    kills_only: u64,
    failed_syncs: u64,
    served: u64,
    killed_while_opening: u64,
    lost: Lost,
}

/// How a process ended.
#[derive(Clone, Copy, Debug)]
struct End {
    status: ExitStatus,
    served: bool,
}

impl Campaign {
    async fn found() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let World { relay, mut stations, address, .. } = World::found(folder.path()).await.unwrap();
        relay.stop().await.unwrap();
        until_free(address).await;
        let relay = folder.path().join("relay");
        small_segments(&relay.join("relay.toml"));
        let power = Power::over(&relay, folder.path()).unwrap();
        let author: OfficeId = load::AUTHOR.parse().unwrap();
        drop(stations.remove(&author));
        let home = folder.path().join("stations/xr-north");
        stations.insert(author, Station::open(&home, PASSPHRASE, load::author_clock()).unwrap());
        let (books, dice) = (Books::default(), Dice::new());
        Self { folder, power, stations, books, dice, figures: BTreeMap::new() }
    }

    /// The kind of loss of which there were the fewest, while there were not so many of each.
    fn next(&self, kinds: &[Loss], losses: u64) -> Option<Loss> {
        let had = |loss: Loss| self.figures.get(&loss).map_or(0, |figures| figures.losses);
        kinds.iter().copied().min_by_key(|loss| had(*loss)).filter(|loss| had(*loss) < losses)
    }

    /// One start, some load, one kill; then the power fails, or only this process has ended.
    async fn moment(&mut self, number: usize, loss: Loss) {
        let kill_at = match self.dice.up_to(10) {
            1..=2 => Some(self.dice.up_to(OPENING_RECORDS)),
            3..=8 => Some(OPENING_RECORDS + self.dice.up_to(SERVING_RECORDS)),
            _ => None,
        };
        let fail_at = (self.dice.up_to(6) == 1).then(|| self.dice.up_to(60));
        let (sync_us, seed) = (self.dice.up_to(3_000), self.dice.up_to(1_000_000));
        let moment = Moment { kill_at, fail_at, sync_us, seed, ..Moment::default() };
        let enough = self.dice.up_to(if kill_at.is_some() { 60 } else { 200 });
        let end = self.serve(moment, enough).await;
        let ended_by_itself = end.status.code().is_some() && fail_at.is_none();
        assert!(!ended_by_itself, "moment {number}, {moment:?}: {}\n{}", end.status, self.last_words());
        let damage = self.last_words().contains("damage");
        assert!(!damage, "moment {number}, {moment:?}: a loss of power is no damage\n{}", self.last_words());
        let figures = self.figures.entry(loss).or_default();
        figures.served += u64::from(end.served);
        figures.killed_while_opening += u64::from(!end.served);
        figures.failed_syncs += u64::from(fail_at.is_some());
        // A restart without a loss of power finds pages in the cache that are on no disk; the next loss takes them.
        // After a sync that failed, that is what tempts a program to sync again.
        if self.dice.up_to(4) <= if fail_at.is_some() { 2 } else { 1 } {
            figures.kills_only += 1;
        } else {
            let lost = self.power.fail(loss, &mut self.dice).unwrap();
            let Lost { changed, gone, back } = &mut figures.lost;
            (*changed, *gone, *back) = (*changed + lost.changed, *gone + lost.gone, *back + lost.back);
            figures.losses += 1;
        }
    }

    /// Runs the relay under load until it has ended, or so much was heard.
    async fn serve(&mut self, moment: Moment, enough: u64) -> End {
        let mut process = self.start(moment);
        let (tell, mut told) = mpsc::unbounded_channel();
        let (end, gone) = watch::channel(false);
        let mut tasks = self.put_to_work(&tell, &gone);
        drop(tell);
        let mut heard = 0;
        let deadline = Instant::now() + PATIENCE;
        let mut look = tokio::time::interval(Duration::from_millis(10));
        let status = loop {
            tokio::select! {
                said = told.recv() => match said {
                    Some(said) => {
                        self.books.note(said);
                        heard += 1;
                    }
                    None => break self.power.kill(&mut process).unwrap(),
                },
                _ = look.tick() => if let Some(status) = process.try_wait().unwrap() { break status },
            }
            if heard >= enough {
                break self.power.kill(&mut process).unwrap();
            }
            assert!(Instant::now() < deadline, "{moment:?}: nothing is heard\n{}", self.last_words());
        };
        end.send_replace(true);
        while let Some(done) = tasks.join_next().await {
            let (office, station) = done.unwrap();
            self.stations.insert(office, station);
        }
        while let Some(said) = told.recv().await {
            self.books.note(said);
            heard += 1;
        }
        End { status, served: heard > 0 }
    }

    fn put_to_work(
        &mut self,
        tell: &mpsc::UnboundedSender<Say>,
        gone: &watch::Receiver<bool>,
    ) -> JoinSet<(OfficeId, Station)> {
        let mut tasks = JoinSet::new();
        let mut roles: Vec<(OfficeId, Role)> =
            load::ROLES.iter().map(|(name, role)| (name.parse().unwrap(), *role)).collect();
        let busy = |office: &OfficeId| roles.iter().any(|(other, _)| other == office);
        let idle: Vec<OfficeId> = self.stations.keys().filter(|office| !busy(office)).cloned().collect();
        let visitor = idle[self.dice.below(idle.len())].clone();
        roles.push((visitor, Role::Visits));
        for (office, role) in roles {
            let station = self.stations.remove(&office).unwrap();
            let work = load::work(station, role, tell.clone(), gone.clone());
            tasks.spawn(async move { (office, work.await) });
        }
        tasks
    }

    /// Everybody comes for what waits, and the books are compared with what they hold.
    async fn balance(&mut self) {
        let mut process = self.start(Moment::default());
        self.books.balance(&mut self.stations).await;
        if let Some(status) = process.try_wait().unwrap() {
            panic!("the relay ended by itself, {status}\n{}", self.last_words());
        }
        self.power.kill(&mut process).unwrap();
        self.power.fail(Loss::Pieces, &mut self.dice).unwrap();
    }

    fn start(&self, moment: Moment) -> Child {
        let log = fs::File::create(self.stderr()).unwrap();
        let mut command = Command::new(program("liaison-relay"));
        command.arg("serve").arg("--dir").arg(self.power.folder());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.power.govern(&mut command, moment).spawn().unwrap()
    }

    fn stderr(&self) -> PathBuf {
        self.folder.path().join("stderr")
    }

    fn last_words(&self) -> String {
        fs::read_to_string(self.stderr()).unwrap_or_default()
    }

    fn tell(&self) {
        let files = fs::read_dir(self.power.folder().join("log")).unwrap().count();
        println!("{files} files in the log's folder");
        for (loss, figures) in &self.figures {
            println!("{loss}: {figures:?}");
        }
        println!("{}", self.books);
    }
}

/// Files so small that they are closed, released and copied forward all the time; and room for the whole campaign.
fn small_segments(settings: &Path) {
    let text = fs::read_to_string(settings).unwrap();
    let listen = text.find("\nlisten =").unwrap();
    let (before, after) = text.split_at(listen);
    let text = format!("{before}\nsegment_bytes = 100000{after}").replace(
        "[limits]\n",
        "[limits]\nstate_posts_per_day = 1000000\nstate_entries_per_day = 100000\nstate_entries_per_year = 100000\n",
    );
    fs::write(settings, text).unwrap();
}

/// Losses of each kind, where nobody asks for more.
const SMOKE_LOSSES: u64 = 4;
const BALANCED_EVERY: usize = 30;
/// About as many changes and syncs as a start makes before it serves.
const OPENING_RECORDS: u64 = 60;
const SERVING_RECORDS: u64 = 500;
const PATIENCE: Duration = Duration::from_secs(120);
