//! What does a State change about itself, and what do the others see of it? Through the command line, with a relay.
//! It must never know the rules: `liaison-keys` tests them.

use liaison_station::Exit;
use serde_json::json;

use super::kit::Town;

const DESK: &str = "xa/operations/1";

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_changes_and_the_second_of_two_officers_is_told_how() {
    let town = Town::with_states().await;
    let update = ["office", "update", DESK];
    let with = |more: &[&'static str]| [update.as_slice(), more].concat();
    let mine = with(&["--unit", "National CERT, duty desk", "--out", "mine.update"]);
    town.run("xa", &mine).await.done();
    let theirs =
        ["--organisation", "National Cyber Agency", "--language", "en", "fr", "--effective", "2026-01-01"];
    town.run("xa", &with(&theirs)).await.done().says(&["In the directory"]);
    let late = town.run("xa", &["submit", "mine.update"]).await.ends(Exit::Refused);
    late.notes(&["Somebody else changed xa/operations/1", "version 3", "3: xa/operations/1 changes"]);
    town.run("xa", &with(&["--organisation", "National Cyber Agency"])).await.ends(Exit::Usage);
    let seen = town.run("xb", &["directory", "show", DESK, "--json"]).await.done().json();
    assert_eq!(seen["organisation"], "National Cyber Agency");
    assert_eq!((&seen["languages"], &seen["freshness"]), (&json!(["en", "fr"]), &json!("confirmed")));
    assert!(seen["late_days"].as_u64().unwrap() > 30);
    let found = async |args: &[&str]| {
        let lines = town.run("xb", &[&["directory", "list", "--json"], args].concat()).await.done().lines();
        lines.iter().map(|line| line["office"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found(&["cyber", "agency"]).await, [DESK]);
    assert_eq!(found(&["--owner", "xa", "--language", "FR"]).await, [DESK]);
    assert_eq!(found(&["--due"]).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_looked_at_and_confirmed() {
    let town = Town::with_states().await;
    town.run("xa", &["directory", "confirm"])
        .await
        .ends(Exit::Unconfirmed)
        .notes(&["National CERT duty desk"]);
    town.run("xa", &["directory", "confirm", "--yes"])
        .await
        .done()
        .says(&["the entry still holds", "came back and was opened"]);
    // That is between the station and itself: no person has to look at it.
    for list in ["inbox", "outbox"] {
        let listed = town.run("xa", &[list]).await.done();
        assert!(!listed.out.contains("comm-check"), "{}", listed.out);
    }
    town.run("xb", &["directory", "confirm", DESK, "--yes"]).await.ends(Exit::Refused);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_pauses_gets_nothing_until_it_returns() {
    let town = Town::with_states().await;
    town.run("xa", &["state", "participation", "pause", "--yes"]).await.done();
    let send = ["send", "general", "--to", DESK, "-m", "Hello"];
    town.run("xb", &send).await.ends(Exit::NotFound);
    town.run("xa", &["send", "general", "--to", "xb/diplomatic/1", "-m", "Hello"]).await.ends(Exit::NotReady);
    town.run("xb", &["directory", "show", "xa"]).await.done().says(&["paused"]);
    town.run("xa", &["state", "participation", "return"]).await.done();
    town.run("xb", &send).await.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_vouches_changes_its_root_and_stops_a_change() {
    let town = Town::with_states().await;
    town.run("xb", &["state", "attest", "xa"]).await.ends(Exit::Unconfirmed).notes(&["Fingerprint of XA"]);
    town.run("xb", &["state", "attest", "xa", "--yes"]).await.done().says(&["XB vouches"]);
    let shown = town.run("sec", &["directory", "show", "xa", "--json"]).await.done().json();
    assert_eq!((&shown["attested_by"], &shown["attested"]), (&json!(["xb"]), &json!(false)));
    town.run("xa", &["state", "change-root", "xa", "--keys", "2", "--threshold", "1"]).await.done();
    let waits = ["state", "change-root", "xa", "--keys", "1", "--threshold", "1", "--json"];
    let waiting = town.run("xa", &waits).await.done().json()["logged"].to_string();
    town.run("xb", &["state", "contest", &waiting]).await.ends(Exit::Refused);
    town.run("xa", &["state", "contest", &waiting]).await.done().says(&["stopped"]);
    town.run("xa", &["state", "contest", &waiting]).await.ends(Exit::Refused).notes(&["no longer"]);
    town.run("xa", &["state", "contest", "1"]).await.ends(Exit::Usage);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_custodian_sets_the_profile_and_every_station_follows_it() {
    let town = Town::with_states().await;
    town.run("xa", &["network", "settings", "--profile", "uk-core", "--out", "s"]).await.done();
    town.run("xa", &["submit", "s"]).await.ends(Exit::Refused);
    town.run("sec", &["network", "settings", "--profile", "uk-core"]).await.done();
    let ask = ["send", "request-for-assistance", "--to", "xb/diplomatic/1", "-m", "Help"];
    town.run("xa", &ask).await.ends(Exit::Refused).notes(&["does not use this kind"]);
    let broadcast = ["send", "general", "--global", "-m", "Hello", "--yes"];
    town.run("xa", &broadcast).await.ends(Exit::Refused).notes(&["not so widely"]);
    town.run("xa", &["send", "general", "--to", "xb/diplomatic/1", "-m", "Hello"]).await.done();
    let shown = town.run("xa", &["network", "show", "--json"]).await.done().json();
    assert_eq!(shown["profile"], "uk-core");
    let to_custodian =
        ["send", "request-for-assistance", "--to", "org:custodian/secretariat/1", "-m", "Help"];
    town.run("sec", &["network", "settings", "--profile", "full"]).await.done();
    town.run("xa", &to_custodian).await.ends(Exit::Refused).notes(&["between States"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_set_aside_and_comes_back() {
    let town = Town::with_states().await;
    let shown = town.run("xb", &["directory", "show", DESK, "--json"]).await.done().json();
    let device = shown["devices"][0]["device"].as_str().unwrap().to_owned();
    town.run("xa", &["office", "card", DESK, "--phone", "+999 0000 0001=duty-24x7"]).await.done();
    town.run("xa", &["device", "suspend", &device, "--until", "24h"]).await.done();
    // Whoever cannot write is told whom to call instead, also where a script asks.
    let phone = "no live key: phone +999 0000 0001";
    let send = ["send", "general", "--to", DESK, "-m", "Hello"];
    town.run("xb", &send).await.ends(Exit::Unavailable).notes(&[phone]);
    town.run("xb", &[&send[..], &["--json"]].concat()).await.ends(Exit::Unavailable).notes(&[phone]);
    town.run("xb", &[&send[..], &["--dry-run"]].concat()).await.done().notes(&[phone]);
    town.run("xa", &["inbox"]).await.done();
    town.run("xa", &["device", "restore", &device]).await.done();
    town.run("xb", &["send", "general", "--to", DESK, "-m", "Hello"]).await.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_ends_its_own_office_is_told_so() {
    let town = Town::with_states().await;
    town.run("xa", &["office", "withdraw", DESK]).await.ends(Exit::Unconfirmed).notes(&["for ever"]);
    let ended = town.run("xa", &["office", "withdraw", DESK, "--yes"]).await.done();
    ended.says(&["lets this station in no longer"]);
    town.run("xb", &["directory", "show", DESK]).await.ends(Exit::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_root_of_three_is_made_offline_and_enrolled_with_the_fingerprint_of_its_sheet() {
    let town = Town::with_states().await;
    town.run("sec", &["invite", "xc", "--out", "xc.invitation"]).await.done();
    town.run("xc", &["init", "--insecure-fast-passphrase", "--invitation", "xc.invitation"]).await.done();
    let init = ["--offline", "state", "init-root", "xc", "--keys", "3", "--threshold", "2", "--json"];
    let made = town.run("xc", &[&init[..], &["--sheet", "xc.html"]].concat()).await.done().json();
    let again = town.run("xc", &init).await.done().json();
    assert_eq!((&again["fingerprint"], &again["keys"]), (&made["fingerprint"], &made["keys"]), "no new keys");
    let sheet = std::fs::read_to_string(town.path("xc.html")).unwrap();
    let digits = made["fingerprint"].as_str().unwrap();
    assert!(digits.split(' ').all(|group| sheet.contains(&format!("</small>{group}</li>"))));
    town.run("xc", &[&init[..], &["--sheet", "xc.html"]].concat()).await.ends(Exit::Exists);
    let enrol = ["state", "enrol", "xc", "--name", "State XC", "--out", "xc.enrolment"];
    town.run("xc", &enrol).await.ends(Exit::Usage).notes(&["how many of them must sign"]);
    let other = [&enrol[..], &["--keys", "2", "--threshold", "2"]].concat();
    town.run("xc", &other).await.ends(Exit::Exists);
    let two = [&enrol[..], &["--threshold", "2"]].concat();
    town.run("xc", &two).await.done().says(&[digits]);
    town.run("sec", &["sign", "xc.enrolment", "--yes"]).await.done().notes(&[digits]);
    let shown = town.run("xa", &["directory", "show", "xc", "--json"]).await.done().json();
    assert_eq!((&shown["fingerprint"], &shown["root_threshold"]), (&made["fingerprint"], &json!(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_speaks_for_a_state_is_told_to_it_and_can_be_stopped() {
    let town = Town::with_states().await;
    town.run("sec", &["network", "note", "xa", "--suspend", "Asked for by telephone"]).await.done();
    let told = town.run("xa", &["inbox"]).await.done();
    told.notes(&["SOMEBODY SPOKE FOR YOU", "Asked for by telephone", "ask why"]);
    assert!(!town.run("xa", &["inbox"]).await.done().err.contains("SOMEBODY"), "told once");
    town.run("xa", &["office", "update", DESK, "--unit", "Another desk"]).await.done();
    assert!(!town.run("xa", &["inbox"]).await.done().err.contains("SOMEBODY"), "it said that itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_checked_and_roles_are_told() {
    let town = Town::with_states().await;
    let hints = async || -> Vec<String> {
        let lines = town.run("xa", &["directory", "check", "--json"]).await.done().lines();
        lines.iter().map(|line| line["hint"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(hints().await, ["few-offices", "no-diplomatic", "no-card", "no-un-language"]);
    town.run("xa", &["office", "card", DESK, "--phone", "+999 0000 0001=duty-24x7"]).await.done();
    let nominate = ["office", "nominate", "xa/diplomatic/1", "--unit", "Ministry", "--person"];
    // What is unusual is said when it is written, and stops nothing.
    town.run("xa", &nominate).await.done().notes(&["hint: one person answers"]);
    let update = ["office", "update", "xa/diplomatic/1", "--language", "sw"];
    town.run("xa", &update).await.done().notes(&["hint: it names no language of the United"]);
    town.run("xa", &["office", "update", "xa/diplomatic/1", "--language", "fr-CA"]).await.done();
    assert_eq!(hints().await, ["no-device", "no-card", "person-without-end", "no-un-language"]);
    town.run("xa", &["directory", "check", "xz"]).await.ends(Exit::NotFound);
    town.run("xa", &["directory", "role", "operations"]).await.done().says(&["around the clock"]);
}
