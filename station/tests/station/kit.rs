//! What do the tests share? A folder with stations, a relay on this machine, and a way to run a command line.

use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use liaison_relay::{Config, InitOptions, Relay, StartError};
use liaison_station::{Captured, Exit, Io, run};
use serde_json::Value as Json;
use tempfile::TempDir;

/// A folder with stations in it, and the relay that they use.
pub(crate) struct Town {
    pub(crate) folder: TempDir,
    pub(crate) address: SocketAddr,
    pub(crate) relay: Option<Relay>,
}

/// How a command ended, and what it printed.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) exit: Exit,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    #[track_caller]
    pub(crate) fn ends(self, exit: Exit) -> Self {
        assert_eq!(self.exit, exit, "{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    pub(crate) fn done(self) -> Self {
        self.ends(Exit::Done)
    }

    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.out.contains(word), "no {word:?} in:\n{}\n{}", self.out, self.err);
        }
        self
    }

    #[track_caller]
    pub(crate) fn notes(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.err.contains(word), "no {word:?} in:\n{}\n{}", self.err, self.out);
        }
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(self.out.trim()).unwrap_or_else(|_| panic!("{}\n{}", self.out, self.err))
    }

    #[track_caller]
    pub(crate) fn lines(&self) -> Vec<Json> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The hash that a command printed in JSON.
    #[track_caller]
    pub(crate) fn hash(&self) -> String {
        self.json()["hash"].as_str().unwrap().to_owned()
    }
}

impl Town {
    /// A folder without a relay.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("passphrase"), "an exercise only\n").unwrap();
        Self { folder, address: free_address(), relay: None }
    }

    /// A network with its custodian's station `sec`, made by hand as in the five-minute start.
    pub(crate) async fn founded() -> Self {
        let mut town = Self::empty();
        let keys = liaison_relay::init(
            &town.path("relay"),
            &InitOptions::new("relay-1".parse().unwrap(), town.address),
        );
        assert_eq!(keys.unwrap().addresses, [town.address.to_string()]);
        town.run("sec", &["init", "--insecure-fast-passphrase"]).await.done();
        let found = [
            "network",
            "found",
            "--id",
            "exercise",
            "--fictional",
            "--relay",
            "relay/relay.pub",
            "--out",
            "network.found",
        ];
        town.run("sec", &found).await.done();
        let founding = std::fs::read(town.path("network.found")).unwrap();
        liaison_relay::found(&town.path("relay"), &founding, now_s()).unwrap();
        town.start_relay().await;
        town.run("sec", &["state", "enrol", "org:custodian", "--name", "Secretariat"]).await.done();
        town.office("sec", "org:custodian/secretariat/1", "Directory secretariat").await;
        town
    }

    /// The same with two States, each with one office.
    pub(crate) async fn with_states() -> Self {
        let town = Self::founded().await;
        town.joins("xa", "xa/operations/1", "National CERT duty desk").await;
        town.joins("xb", "xb/diplomatic/1", "Ministry of Foreign Affairs").await;
        town
    }

    pub(crate) async fn start_relay(&mut self) {
        let begun = async {
            loop {
                // The sockets of a relay that was stopped may be let go a moment later.
                match Relay::start(Config::new(self.path("relay"), self.address)).await {
                    Ok(relay) => return relay,
                    Err(StartError::Listen(_) | StartError::InUse { .. }) => tokio::task::yield_now().await,
                    Err(error) => panic!("{error}"),
                }
            }
        };
        self.relay = Some(tokio::time::timeout(PATIENCE, begun).await.expect("the relay never started"));
    }

    pub(crate) async fn stop_relay(&mut self) {
        self.relay.take().unwrap().stop().await.unwrap();
    }

    /// A State or organization: invited, enrolled over a carried file, with an office of its own.
    pub(crate) async fn joins(&self, owner: &str, office: &str, unit: &str) {
        let station = owner.trim_start_matches("org:");
        let file = |end: &str| format!("{station}.{end}");
        self.run("sec", &["invite", owner, "--out", &file("invitation")]).await.done();
        self.run(station, &["init", "--insecure-fast-passphrase", "--invitation", &file("invitation")])
            .await
            .done();
        let name = format!("State {}", owner.to_uppercase());
        self.run(station, &["state", "enrol", owner, "--name", &name, "--out", &file("enrolment")])
            .await
            .done();
        self.run("sec", &["--yes", "sign", &file("enrolment")]).await.done();
        self.office(station, office, unit).await;
    }

    pub(crate) async fn office(&self, station: &str, office: &str, unit: &str) {
        self.run(station, &["office", "nominate", office, "--unit", unit]).await.done();
        self.run(station, &["device", "certify", office]).await.done().notes(&["speaks for"]);
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command line on a station, as a script would.
    pub(crate) async fn run(&self, station: &str, args: &[&str]) -> Ran {
        self.run_with(station, args, b"", None).await
    }

    /// With standard input, or with a person at the terminal.
    pub(crate) async fn run_with(
        &self,
        station: &str,
        args: &[&str],
        input: &[u8],
        answers: Option<&[&str]>,
    ) -> Ran {
        let (io, captured) = self.io(input);
        let io = match answers {
            Some(answers) => io.answering(answers),
            None => io,
        };
        let exit = run(self.line(station, args), io).await;
        Ran { exit, out: captured.out(), err: captured.err() }
    }

    pub(crate) fn io(&self, input: &[u8]) -> (Io, Captured) {
        Io::captured(self.folder.path(), input)
    }

    pub(crate) fn line(&self, station: &str, args: &[&str]) -> Vec<std::ffi::OsString> {
        let fixed = ["liaison", "--home", station, "--passphrase-file", "passphrase"];
        fixed.iter().chain(args).map(Into::into).collect()
    }

    /// Runs a command again and again until what it says is so.
    pub(crate) async fn until(&self, station: &str, args: &[&str], so: impl Fn(&Ran) -> bool) -> Ran {
        let repeated = async {
            loop {
                let ran = self.run(station, args).await;
                if so(&ran) {
                    return ran;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, repeated).await.expect("what is waited for never came")
    }
}

/// Waits for something that others do.
pub(crate) async fn eventually(so: impl Fn() -> bool) {
    let waited = async {
        while !so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waited).await.expect("what is waited for never came");
}

pub(crate) fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// A port that is free for TCP and UDP.
fn free_address() -> SocketAddr {
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        if UdpSocket::bind(address).is_ok() {
            return address;
        }
    }
}

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
