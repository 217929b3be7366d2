//! Do messages leave, wait, and arrive as a person and a script expect?

use liaison_station::Exit;
use serde_json::json;

use crate::kit::Town;

/// Two States in a group with its coordinator.
async fn region() -> Town {
    let town = Town::with_states().await;
    town.joins("xc", "xc/single/1", "Cyber coordination").await;
    town.joins("org:xr-north", "org:xr-north/coordinator/1", "Coordination desk").await;
    let define =
        ["group", "define", "xr-north", "--name", "Northern region", "--coordinator", "org:xr-north"];
    town.run("sec", &define).await.done().says(&["is the group Northern region"]);
    for state in ["xa", "xb", "xc"] {
        town.run("xr-north", &["group", "member", "xr-north", state]).await.done();
        town.run(state, &["group", "join", "xr-north"]).await.done();
    }
    town
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_listed_by_name_and_asked_about() {
    let town = region().await;
    let group = town.run("xa", &["directory", "show", "group:xr-north"]).await.done();
    group.says(&["Northern region", "XA", "member, has joined"]);
    let send = [
        "send",
        "incident-notification",
        "--group",
        "xr-north",
        "-p",
        "immediate",
        "-m",
        "Controllers changed.",
    ];
    // A script without --yes sends nothing.
    let refused = town.run("xa", &send).await.ends(Exit::Unconfirmed);
    refused.notes(&[
        "hint:",
        "incident.severity",
        "xb/diplomatic/1",
        "Ministry of Foreign Affairs",
        "xc/single/1",
        "--yes",
    ]);
    town.run("xa", &["outbox"]).await.done().notes(&["Nothing was sent"]);
    town.run_with("xa", &send, b"", Some(&["n"])).await.ends(Exit::Unconfirmed).notes(&["Nothing was done"]);
    let sent = town.run_with("xa", &[&["--json"], &send[..]].concat(), b"", Some(&["y"])).await.done();
    let offices: Vec<_> =
        sent.json()["to"].as_array().unwrap().iter().map(|to| to["office"].clone()).collect();
    assert_eq!(offices, ["xb/diplomatic/1", "xc/single/1"]);
    assert_eq!(sent.json()["hints"][0]["path"], "incident.severity");
    town.run("xc", &["inbox", "--crisis"]).await.done().says(&["IMMEDIATE", "Controllers changed."]);
    town.run("xc", &["show", &sent.hash()]).await.done().says(&["No attribution is made."]);
    // One of two has fetched it.
    let status = town.run("xa", &["status", &sent.hash(), "--json"]).await.done().json();
    assert_eq!(status["missing"], json!(["xb/diplomatic/1"]));
    town.run("xa", &["status", &sent.hash()]).await.done().says(&["Not delivered yet: xb/diplomatic/1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sent_waits_and_says_so() {
    let mut town = Town::with_states().await;
    // Keys of the other side are known from before.
    town.run("xa", &["send", "general", "--to", "xb/diplomatic/1", "-m", "First"]).await.done();
    town.stop_relay().await;
    // Over TCP it is clear at once that nobody listens.
    let send = ["--transport", "tcp", "--json", "send", "general", "--to", "xb/diplomatic/1", "-m", "Second"];
    let waits = town.run("xa", &send).await.ends(Exit::Waits);
    assert_eq!(waits.json()["state"], "waits");
    town.run("xa", &["--transport", "tcp", "outbox", "--waiting"])
        .await
        .ends(Exit::Unavailable)
        .says(&["Second", "waits here"]);
    town.run("xa", &["--transport", "tcp", "directory", "list"])
        .await
        .done()
        .says(&["xb/diplomatic/1"])
        .notes(&["own copy"]);
    town.run("xa", &["--transport", "tcp", "inbox"])
        .await
        .ends(Exit::Unavailable)
        .notes(&["No relay can be reached"]);
    let error = town
        .run("xa", &["--transport", "tcp", "--json", "ping", "xb/diplomatic/1"])
        .await
        .ends(Exit::Unavailable);
    let error: serde_json::Value = serde_json::from_str(error.err.trim()).unwrap();
    assert_eq!(error["error"], "unreachable");
    town.start_relay().await;
    town.run("xa", &["inbox"]).await.done();
    town.run("xb", &["inbox"]).await.done().says(&["First", "Second"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_mistakes_and_exercises() {
    let town = Town::with_states().await;
    let yaml = "kind: crisis-message\nto: xb/diplomatic/1\nprecedence: flash\nstatus: exercise\nsubject: Inquiry\n\
                purpose: inquiry\nauthoritative_text: |\n  Traffic from your territory.\n  Please look.\n\
                withheld: [facts_as_seen]\nnot_known: [third_party]\nresponse: {want: reply, by: 2030-03-03T07:45Z}\n";
    std::fs::write(town.path("inquiry.yaml"), yaml).unwrap();
    let sent =
        town.run("xa", &["--json", "send", "--file", "inquiry.yaml", "--set", "level=ministry"]).await.done();
    let shown = town.run("xb", &["inbox"]).await.done();
    shown.says(&["FLASH", "EXERCISE Inquiry"]);
    town.run("xb", &["show", &sent.hash()]).await.done().says(&[
        "*** EXERCISE ***",
        "FLASH   EXERCISE",
        "Traffic from your territory.",
        "withheld by the sender",
        "not known yet",
        "Reply wished by 2030-03-03 07:45 UTC",
        "No attribution is made.",
        "ministry",
    ]);
    let json = town.run("xb", &["show", &sent.hash(), "--json"]).await.done().json();
    assert_eq!(
        (&json["status"], &json["precedence"], &json["direction"]),
        (&json!("exercise"), &json!("flash"), &json!("received"))
    );
    assert_eq!(json["body"]["level"], "ministry");
    assert_eq!(
        json["from"],
        json!({"office": "xa/operations/1", "device": json["from"]["device"], "owner": "State XA", "unit": "National CERT duty desk"})
    );

    // All mistakes at once, and nothing is sent.
    let bad = r#"{"kind": "general", "to": "xb", "precedence": "flsh"}"#;
    let bad = town.run_with("xa", &["send", "--file", "-"], bad.as_bytes(), None).await.ends(Exit::Data);
    bad.notes(&["precedence: found `flsh`", "to: found `xb`", "nothing is said yet", "nothing was sent"]);
    town.run("xa", &["send", "--file", "none.json"]).await.ends(Exit::NotFound);
    let stop = ["send", "general", "--to", "xb/diplomatic/1", "--exercise", "-m", "NO DUFF: real fire"];
    town.run("xa", &stop).await.ends(Exit::Data).notes(&["NO DUFF"]);
    let nobody = ["send", "general", "--to", "xz/diplomatic/1", "-m", "x"];
    town.run("xa", &nobody).await.ends(Exit::NotFound).notes(&["xz/diplomatic/1 is not an office"]);
    town.run("xa", &["send", "general", "-m", "x"]).await.ends(Exit::Data).notes(&["to: found nothing"]);
    let global = ["--yes", "send", "crisis-message", "--global", "-m", "x"];
    town.run("xa", &global).await.ends(Exit::Refused).notes(&["not so widely"]);

    // A reply finds its way back, in the same case.
    let reply =
        ["--json", "send", "general", "--reply-to", &sent.hash()[..10], "--exercise", "-m", "We look."];
    let reply = town.run("xb", &reply).await.done();
    assert_eq!(reply.json()["case"], json["case"]);
    town.run("xa", &["inbox", "--json"]).await.done().says(&[&reply.hash(), &sent.hash()]);
    town.run("xa", &["show", &sent.hash()]).await.done().says(&["this office", "liaison status"]);
    town.run("xa", &["ack", &sent.hash()]).await.ends(Exit::Data).notes(&["message of our own"]);
    town.run("xa", &["show", "abcdef"]).await.ends(Exit::NotFound);
    town.run("xa", &["show", "abc"]).await.ends(Exit::Usage);
}
