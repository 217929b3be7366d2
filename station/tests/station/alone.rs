//! What does the command line say before there is a network? Help, errors, exit codes.

use liaison_station::{Exit, Io, run};

use crate::kit::{Ran, Town};

async fn bare(args: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let (io, captured) = Io::captured(folder.path(), b"");
    let exit = run(args.iter().map(Into::into).collect(), io).await;
    Ran { exit, out: captured.out(), err: captured.err() }
}

#[tokio::test]
async fn help_and_version_are_answers() {
    let help = bare(&["liaison", "--help"]).await.done();
    let help = help.says(&[
        "Points of Contact of States",
        "liaison ack 3f9a0c21",
        "Exit codes:",
        "  75  the message is sealed",
    ]);
    assert_eq!(help.err, "");
    bare(&["liaison", "--version"]).await.done().says(&["liaison 0."]);
    let send = bare(&["liaison", "send", "--help"]).await.done();
    let send = send.says(&["--to <OFFICE>", "To these offices", "Examples:", "exit code 75"]);
    assert!(!send.out.contains("insecure"));
    assert!(!bare(&["liaison", "init", "--help"]).await.done().out.contains("insecure"));
    bare(&["liaison", "completions", "bash"]).await.done().says(&["_liaison()"]);
}

#[tokio::test]
async fn a_wrong_command_line_is_a_mistake() {
    bare(&["liaison"]).await.ends(Exit::Usage).notes(&["Usage: liaison"]);
    bare(&["liaison", "fly"]).await.ends(Exit::Usage);
    bare(&["liaison", "send", "general", "--to", "xb"]).await.ends(Exit::Usage).notes(&["xa/operations/1"]);
    bare(&["liaison", "send", "general", "-p", "fast"])
        .await
        .ends(Exit::Usage)
        .notes(&["flash, immediate, priority, routine"]);
    bare(&["liaison", "ping"]).await.ends(Exit::Usage);
}

#[tokio::test]
async fn errors_come_in_pairs_with_their_codes() {
    let town = Town::empty();
    let missing = town.run("xa", &["inbox"]).await.ends(Exit::NotReady);
    assert_eq!(missing.out, "");
    missing.notes(&["error: There is no station in", "Make one with `liaison init`"]);
    let json = town.run("xa", &["--json", "inbox"]).await.ends(Exit::NotReady);
    let json: serde_json::Value = serde_json::from_str(json.err.trim()).unwrap();
    assert_eq!(json["error"], "no-home");
    assert!(json["message"].as_str().unwrap().starts_with("There is no station in"));
    assert!(json["hint"].as_str().unwrap().contains("liaison init"));

    town.run("xa", &["init", "--insecure-fast-passphrase"]).await.done().notes(&["INSECURE"]);
    town.run("xa", &["init"]).await.ends(Exit::Exists).notes(&["nothing was changed"]);
    town.run("xa", &["inbox"])
        .await
        .ends(Exit::NotReady)
        .notes(&["belongs to no network yet", "--invitation"]);
    town.run("xa", &["network", "show"]).await.ends(Exit::NotReady);
    std::fs::write(town.path("passphrase"), "another one\n").unwrap();
    town.run("xa", &["inbox"]).await.ends(Exit::Refused).notes(&["does not open this station"]);
    std::fs::write(town.path("not"), "hello\n").unwrap();
    town.run("xb", &["init", "--invitation", "not"]).await.ends(Exit::Data).notes(&["liaison-invitation:"]);
    assert!(!town.path("xb").exists(), "nothing is made for what is no invitation");
}

#[tokio::test]
async fn a_passphrase_is_asked_for_twice() {
    let town = Town::empty();
    let line = |args: &[&str]| {
        [&["liaison", "--home", "xa"], args].concat().iter().map(Into::into).collect::<Vec<_>>()
    };
    let ask = async |args: &[&str], answers: &[&str]| {
        let (io, captured) = town.io(b"");
        let exit = run(line(args), io.answering(answers)).await;
        Ran { exit, out: captured.out(), err: captured.err() }
    };
    ask(&["init"], &["one", "other"]).await.ends(Exit::Refused).notes(&["differ"]);
    ask(&["init"], &["", ""]).await.ends(Exit::Refused).notes(&["empty"]);
    let init = ["init", "--insecure-fast-passphrase"];
    ask(&init, &["short", "short"]).await.done().notes(&["12 characters"]);
    ask(&["network", "show"], &["short"]).await.ends(Exit::NotReady).notes(&["no network"]);
    ask(&["network", "show"], &["long"]).await.ends(Exit::Refused);
    let (io, captured) = town.io(b"");
    assert_eq!(run(line(&["network", "show"]), io).await, Exit::Refused);
    assert!(captured.err().contains("LIAISON_PASSPHRASE"));
}

#[tokio::test]
async fn one_station_is_open_once() {
    let town = Town::empty();
    town.run("xa", &["init", "--insecure-fast-passphrase"]).await.done();
    let open =
        liaison_client::Station::open(&town.path("xa"), "an exercise only", liaison_client::Clock::system());
    let pid = format!("({})", std::process::id());
    town.run("xa", &["inbox"]).await.ends(Exit::NotReady).notes(&[
        "open in another process",
        &pid,
        "liaison watch",
    ]);
    drop(open);
}
