//! Does the five-minute start work as the README tells it?

use liaison_station::Exit;

use crate::kit::Town;

#[tokio::test(flavor = "multi_thread")]
async fn two_states_by_hand() {
    let town = Town::with_states().await;
    let list = town.run("xa", &["directory", "list", "--json"]).await.done().lines();
    let offices: Vec<_> = list.iter().map(|line| line["office"].as_str().unwrap()).collect();
    assert_eq!(offices, ["xa/operations/1", "xb/diplomatic/1", "org:custodian/secretariat/1"]);

    let sent = [
        "--json",
        "send",
        "general",
        "--to",
        "xb/diplomatic/1",
        "-s",
        "Ports",
        "-m",
        "Which office handles sea ports?",
    ];
    let sent = town.run("xa", &sent).await.done();
    assert_eq!(sent.json()["state"], "accepted");
    let hash = sent.hash();

    let inbox = town.run("xb", &["inbox", "--new"]).await.done();
    inbox.says(&[&hash[..8], "xa/operations/1", "Ports", "ROUTINE", "new"]).notes(&["FICTIONAL NETWORK"]);
    let shown = town.run("xb", &["show", &hash[..6]]).await.done();
    shown.says(&[
        "FICTIONAL NETWORK",
        "ROUTINE   ACTUAL   TLP:AMBER+STRICT   general",
        "XA State XA - National CERT duty desk (xa/operations/1) - signature valid, key since",
        "Which office handles sea ports?",
        &hash,
        "does not mean agreement",
    ]);
    town.run("xb", &["inbox", "--new"]).await.done().notes(&["Nothing here."]);

    let acked = town.run("xb", &["ack", &hash[..8], "--reply-by", "4h"]).await.done();
    acked.notes(&["does not mean agreement"]);
    let status = town.run("xa", &["status", &hash[..8], "--json"]).await.done().json();
    assert_eq!(status["offices"][0]["state"], "in-hand");
    assert!(
        status["offices"][0]["delivered_at"].is_string() && status["offices"][0]["person_at"].is_string()
    );
    assert_eq!(status["missing"], serde_json::json!([]));
    town.run("xa", &["status", &hash[..8]]).await.done().says(&[
        "in hand",
        "Ministry of Foreign Affairs",
        "delivered 1",
    ]);
    town.run("xb", &["show", &hash[..8]]).await.done().says(&["Acknowledged: in hand"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enrolment_is_carried_compared_and_signed() {
    let town = Town::founded().await;
    town.run("sec", &["invite", "xa", "--out", "xa.invitation"]).await.done();
    town.run("xa", &["init", "--insecure-fast-passphrase", "--invitation", "xa.invitation"]).await.done();
    let enrol = [
        "state",
        "enrol",
        "xa",
        "--name",
        "State XA",
        "--keys",
        "3",
        "--threshold",
        "2",
        "--note-verbale",
        "XA 2026/14",
    ];
    town.run("xa", &enrol).await.ends(Exit::Usage).notes(&["--out xa.enrolment", "No keys were made yet"]);
    town.run("xa", &[&enrol[..], &["--dry-run"]].concat())
        .await
        .done()
        .notes(&["3 root keys", "Nothing was done"]);
    let made = town.run("xa", &[&enrol[..], &["--out", "xa.enrolment"]].concat()).await.done();
    let made = made.says(&["Still to sign: custodian's key", "Fingerprint of XA's root:"]);
    let digits = fingerprint(&made.out);
    assert_eq!(digits.split(' ').count(), 12);

    // Incomplete, it does not get in.
    town.run("xa", &["submit", "xa.enrolment"]).await.ends(Exit::Refused).notes(&["Not all have signed yet"]);
    // Mail has been at it.
    let text = std::fs::read_to_string(town.path("xa.enrolment")).unwrap();
    let mailed = format!("Dear all,\r\n> {}\r\n", text.replace('\n', "\r\n> "));
    let refused = town.run_with("sec", &["sign", "-"], mailed.as_bytes(), None).await.ends(Exit::Unconfirmed);
    refused.notes(&[
        &digits,
        "XA joins as State XA",
        "3 root keys, 2 must sign",
        "XA 2026/14",
        "MISSING",
        "--yes",
    ]);
    town.run_with("sec", &["sign", "-"], mailed.as_bytes(), Some(&["n"])).await.ends(Exit::Unconfirmed);
    let signed = ["sign", "-", "--out", "xa.signed"];
    town.run_with("sec", &signed, mailed.as_bytes(), Some(&["y"])).await.done().says(&["All have signed"]);
    town.run("xa", &["submit", "xa.signed"]).await.done().says(&["XA joins as State XA"]);
    let again = town.run("xa", &["submit", "xa.signed"]).await;
    assert_eq!(again.exit, Exit::Refused, "{}", again.err);
    let shown = town.run("sec", &["directory", "show", "XA", "--json"]).await.done().json();
    assert_eq!(shown["fingerprint"], digits.as_str());
    assert_eq!((&shown["root_keys"], &shown["root_threshold"]), (&3.into(), &2.into()));

    // An admin key acts for the root from here on.
    town.run("xa", &["state", "delegate", "xa"]).await.done();
    town.office("xa", "xa/operations/1", "National CERT duty desk").await;
    town.run("sec", &["directory", "verify"]).await.done().says(&[
        &digits,
        "Without effect",
        "none",
        "fits its signed",
    ]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_station_and_an_offline_root() {
    let town = Town::with_states().await;
    town.run("xa", &["network", "introduce", "--out", "introduction"]).await.done();
    town.run("xa", &["directory", "export", "--out", "copy"]).await.done();
    town.run("xa2", &["init", "--insecure-fast-passphrase", "--invitation", "introduction"]).await.done();
    town.run("xa2", &["--offline", "directory", "import", "copy"]).await.done();
    let request = ["--offline", "device", "certify", "xa/operations/1", "--out", "request"];
    town.run("xa2", &request).await.done().says(&["Still to sign: XA's root key"]);
    town.run("xa", &["--yes", "sign", "request"]).await.done().says(&["speaks through the device"]);
    town.run("xa2", &["inbox"]).await.done();
    // Both stations of the office get what comes, and each sees what the other sends.
    let sent = town
        .run("xb", &["--json", "send", "general", "--to", "XA/operations/1", "-m", "To both"])
        .await
        .done();
    for station in ["xa", "xa2"] {
        town.run(station, &["inbox", "--json"]).await.done().says(&[&sent.hash()]);
    }
    // The second one is lost.
    let device =
        town.run("xa2", &["network", "show", "--json"]).await.json()["device"].as_str().unwrap().to_owned();
    let revoke = ["device", "revoke", &device, "--compromised-since", "2026-01-01"];
    town.run("xa", &revoke).await.ends(Exit::Unconfirmed);
    town.run_with("xa", &revoke, b"", Some(&["yes"])).await.done();
    town.run("xa2", &["inbox"]).await.ends(Exit::Refused).notes(&["does not know this station's key"]);
}

fn fingerprint(out: &str) -> String {
    let line = out.lines().find(|line| line.contains("Fingerprint of")).unwrap();
    line.rsplit(": ").next().unwrap().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_station_is_told_so() {
    let town = Town::with_states().await;
    copy(&town.path("xa"), &town.path("backup"));
    town.run("xa", &["send", "general", "--to", "xb/diplomatic/1", "-m", "After the backup"]).await.done();
    // The relay knows of it from the next hello on.
    town.run("xa", &["inbox"]).await.done();
    town.run("backup", &["inbox"]).await.done().notes(&["ATTENTION", "restored from an older copy"]);
    town.run("backup", &["send", "general", "--to", "xb/diplomatic/1", "-m", "Restored"]).await.done();
    town.run("xb", &["inbox"]).await.done().says(&["After the backup", "Restored"]);
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
