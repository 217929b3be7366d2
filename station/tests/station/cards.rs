//! Who reads an office's contact card, and who is told of it? Through the command line, with a relay.
//! It must never know how cards are kept: the relay and the station test that.

use liaison_station::Exit;
use serde_json::json;

use super::kit::Town;

const DESK: &str = "xa/operations/1";

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_stored_read_noted_and_erased() {
    let town = Town::with_states().await;
    let card = ["office", "card", DESK];
    let with = |more: &[&'static str]| [card.as_slice(), more].concat();
    let desk = ["--email", "duty@cert.xa.example=duty", "--phone", "+999 0000 0001=duty-24x7"];
    town.run("xa", &with(&desk)).await.done().notes(&["Telephone: +999 0000 0001 (duty-24x7)"]);
    town.run("xa", &with(&["--time-zone", "Europe/Vienna", "--always"])).await.done();
    let seen = town.run("xb", &["directory", "show", DESK, "--json"]).await.done().json();
    assert_eq!(seen["card"]["emails"], json!([{"address": "duty@cert.xa.example", "kind": "duty"}]));
    assert_eq!(
        (&seen["card"]["phones"][0]["number"], &seen["there_now"]),
        (&json!("+99900000001"), &json!(true))
    );
    town.run("xb", &["directory", "list", "--awake", "--contacts"]).await.done().says(&["+999 0000 0001"]);
    town.run("xb", &["--offline", "directory", "show", DESK]).await.done().says(&["duty@cert.xa.example"]);
    let reads = town.run("xa", &["directory", "reads", "--json"]).await.done().lines();
    assert_eq!(reads.len(), 1, "{reads:?}");
    assert_eq!((&reads[0]["office"], &reads[0]["reader"]), (&json!(DESK), &json!("xb/diplomatic/1")));
    town.run("xb", &["directory", "reads"]).await.done().notes(&["Nobody else"]);
    town.run("xa", &with(&["--remove"])).await.done();
    let seen = town.run("xb", &["directory", "show", DESK, "--json"]).await.done().json();
    assert_eq!(seen["card"], json!(null));
    assert_eq!(std::fs::read_dir(town.path("xb").join("cards")).unwrap().count(), 0, "the copy is gone too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_for_a_group_is_for_its_members_alone() {
    let town = Town::with_states().await;
    let only = ["office", "card", DESK, "--city", "Example City", "--only-for", "xr-north"];
    town.run("xa", &only).await.ends(Exit::NotFound);
    let define = ["group", "define", "xr-north", "--name", "North", "--coordinator", "org:custodian"];
    town.run("sec", &define).await.done();
    town.run("xa", &only).await.done();
    let city = async || {
        let seen = town.run("xb", &["directory", "show", DESK, "--json"]).await.done().json();
        seen["card"]["city"].clone()
    };
    assert_eq!(city().await, json!(null));
    town.run("sec", &["group", "member", "xr-north", "xb"]).await.done();
    assert_eq!(city().await, json!(null), "membership needs the State's own wish");
    town.run("xb", &["group", "join", "xr-north"]).await.done();
    assert_eq!(city().await, json!("Example City"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_stores_anothers_card_and_what_is_no_card_is_named() {
    let town = Town::with_states().await;
    town.run("xb", &["office", "card", DESK, "--city", "Elsewhere"]).await.ends(Exit::Refused);
    for wrong in [["--email", "duty@@xa"], ["--phone", "12"], ["--time-zone", "Mars/Olympus"]] {
        town.run("xa", &[&["office", "card", DESK], wrong.as_slice()].concat()).await.ends(Exit::Usage);
    }
    let hours = ["office", "card", DESK, "--time-zone", "Europe/Vienna", "--hours", "mo=9"];
    town.run("xa", &hours).await.ends(Exit::Usage);
    std::fs::write(town.path("card.json"), r#"{"emails": [], "colour": "red"}"#).unwrap();
    town.run("xa", &["office", "card", DESK, "--file", "card.json"])
        .await
        .ends(Exit::Data)
        .notes(&["colour"]);
}
