//! Does a watch answer, tell, and serve other commands of its station?

use liaison_station::{Captured, Exit, Stop, run};
use tokio::task::JoinHandle;

use crate::kit::{Town, eventually};

/// A watch that runs until it is stopped.
struct Watching {
    stop: Stop,
    printed: Captured,
    task: JoinHandle<Exit>,
}

impl Watching {
    async fn start(town: &Town, station: &str, args: &[&str]) -> Self {
        let (io, printed) = town.io(b"");
        let stop = io.stop();
        let line = town.line(station, &[&["watch"], args].concat());
        let task = tokio::spawn(run(line, io));
        let watching = Self { stop, printed, task };
        watching.says("onnected").await;
        watching
    }

    async fn says(&self, words: &str) {
        eventually(|| {
            self.printed.out().contains(words)
                || self.printed.err().contains(words)
                || self.task.is_finished()
        })
        .await;
        let printed = format!("{}{}", self.printed.out(), self.printed.err());
        assert!(printed.contains(words), "no {words:?} in:\n{printed}");
    }

    async fn end(self) {
        self.stop.stop();
        assert_eq!(self.task.await.unwrap(), Exit::Done);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_is_answered_by_a_watch() {
    let town = Town::with_states().await;
    // Nobody is there.
    let alone = town.run("xa", &["ping", "xb/diplomatic/1", "--wait", "0s"]).await.ends(Exit::Incomplete);
    alone.says(&["no answer", "0 of 1 answered"]).notes(&["liaison status"]);
    let watching = Watching::start(&town, "xb", &["--json"]).await;
    let ping = town.run("xa", &["ping", "xb/diplomatic/1", "--wait", "60s", "--json"]).await.done().json();
    assert_eq!(ping["complete"], true);
    assert_eq!(
        (&ping["offices"][0]["rank"], &ping["offices"][0]["human"]),
        (&"primary".into(), &false.into())
    );
    assert!(ping["offices"][0]["answered_after_ms"].is_u64() && ping["accepted_after_ms"].is_u64());

    // People answer when people are asked; the answer is counted later.
    let human = town
        .run("xa", &["ping", "xb/diplomatic/1", "--human", "--wait", "0s", "--json"])
        .await
        .ends(Exit::Incomplete);
    let hash = human.hash();
    watching.says(&hash).await;
    town.run("xb", &["ack", &hash]).await.done().notes(&["by a person"]);
    let status =
        town.until("xa", &["status", &hash, "--json"], |ran| ran.json()["complete"] == true).await.json();
    assert_eq!(status["offices"][0]["human"], true);
    watching.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_commands_go_through_the_watch() {
    let town = Town::with_states().await;
    let watching = Watching::start(&town, "xa", &[]).await;
    town.run("xa", &["watch"]).await.ends(Exit::NotReady).notes(&["A watch runs"]);
    // No passphrase is asked for: the watch has the station open.
    let (io, printed) = town.io(b"from standard input\n");
    let send = ["liaison", "--home", "xa", "--json", "send", "general", "--to", "xb/diplomatic/1", "-m", "-"];
    assert_eq!(run(send.map(Into::into).to_vec(), io).await, Exit::Done, "{}", printed.err());
    town.run("xb", &["inbox"]).await.done().says(&["from standard input"]);
    watching.says("delivered to xb/diplomatic/1").await;
    // A question comes back to the person who asked for it.
    let both = ["send", "general", "--to", "xb/diplomatic/1", "org:custodian/secretariat/1", "-m", "To two"];
    town.run("xa", &both).await.ends(Exit::Unconfirmed).notes(&["Ministry of Foreign Affairs", "--yes"]);
    let asked = town.run_with("xa", &both, b"", Some(&["y"])).await.done().says(&["Sent:"]);
    assert_eq!(asked.err.matches("Ministry of Foreign Affairs").count(), 1, "{}", asked.err);
    // Files are meant from where the other command runs, and errors come back with their codes.
    town.run("xa", &["directory", "export", "--out", "copy"]).await.done();
    assert!(town.path("copy").exists());
    town.run("xa", &["show", "abcdef01"]).await.ends(Exit::NotFound);
    // A check waits for its answer beside the watch.
    let other = Watching::start(&town, "xb", &[]).await;
    town.run("xa", &["ping", "xb/diplomatic/1", "--wait", "60s"]).await.done().says(&["1 of 1 answered"]);
    other.end().await;
    let incomplete =
        town.run("xa", &["ping", "xb/diplomatic/1", "--wait", "1s"]).await.ends(Exit::Incomplete);
    incomplete.says(&["0 of 1 answered"]);
    watching.end().await;
    assert!(!town.path("xa").join("control").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_path_is_said_and_mended() {
    let mut town = Town::with_states().await;
    town.run("xa", &["send", "general", "--to", "xb/diplomatic/1", "-m", "First"]).await.done();
    let watching = Watching::start(&town, "xa", &[]).await;
    town.stop_relay().await;
    watching.says("NO CONNECTION").await;
    let waits = town.run("xa", &["send", "general", "--to", "xb/diplomatic/1", "-m", "Waits"]).await;
    waits.ends(Exit::Waits).says(&["waits in the outbox"]);
    town.start_relay().await;
    watching.says("Connected again").await;
    watching.says("on the relay's disk").await;
    town.run("xb", &["inbox"]).await.done().says(&["Waits"]);
    watching.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_runs_for_each_message() {
    let town = Town::with_states().await;
    let hook = format!("cat >> {}/said", town.folder.path().display());
    let watching = Watching::start(&town, "xb", &["--on-message", &hook]).await;
    let send = ["--json", "send", "general", "--to", "xb/diplomatic/1", "-m", "Run it"];
    let hash = town.run("xa", &send).await.done().hash();
    watching.says(&hash[..8]).await;
    let said = || std::fs::read_to_string(town.path("said")).unwrap_or_default();
    eventually(|| said().ends_with('}')).await;
    let message: serde_json::Value = serde_json::from_str(&said()).unwrap();
    assert_eq!((&message["hash"], &message["body"]["text"]), (&hash.as_str().into(), &"Run it".into()));
    watching.end().await;
}
