//! Does a list of offices become entries and drafts, and the directory a list? Through the command line, with a relay.
//! It must never know the columns one by one: their reader tests that.

use liaison_station::Exit;

use super::kit::Town;

const LIST: &str = "office,unit,organisation,languages,emails,phones,same_poc_in\n\
    xa/operations/1,National CERT duty desk,National Cyber Agency,en;fr,duty@cert.xa.example=duty,+99900000001=duty-24x7,\n\
    xa/technical/1,Analysis desk,,en,,,\n\
    xb/operations/1,Duty desk of XB,,de,,,xr-north\n\
    xz/operations/1,Nobody's desk,,en,,,\n\
    xa/spying/1,No such role,,en,,,\n\
    not an office,Nothing,,,,,\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_list_becomes_entries_and_drafts_that_each_state_releases() {
    let town = Town::with_states().await;
    std::fs::write(town.path("region.csv"), LIST).unwrap();
    let done = async |station: &str, args: &[&str], exit: Exit| -> Vec<String> {
        let lines = town.run(station, args).await.ends(exit).lines();
        lines.iter().map(|line| line["done"].as_str().unwrap().to_owned()).collect()
    };
    let drafted = ["directory", "import", "region.csv", "--drafts", "drafts", "--json"];
    std::fs::create_dir(town.path("drafts")).unwrap();
    let expected = ["drafted", "drafted", "drafted", "drafted", "wrong", "wrong"];
    let lines = town.run("sec", &drafted).await.ends(Exit::Data).lines();
    let names: Vec<_> = lines.iter().map(|line| line["done"].as_str().unwrap()).collect();
    assert_eq!(names, expected);
    let hints = lines[2]["hints"].to_string();
    assert!(hints.contains("six languages") && hints.contains("not permitted"), "{hints}");
    assert!(lines[3]["hints"].to_string().contains("not in the network"));
    assert_eq!((&lines[5]["row"], lines[5]["error"].is_string()), (&serde_json::json!(7), true));

    let release = ["directory", "import", "drafts/xa.csv", "--yes", "--json"];
    let looked = town.run("xa", &["directory", "import", "drafts/xa.csv", "--dry-run"]).await.done();
    looked.says(&["can be said here", "Analysis desk"]);
    assert_eq!(done("xa", &release, Exit::Done).await, ["logged", "logged"]);
    assert_eq!(done("xa", &release, Exit::Done).await, ["same", "same"]);
    let seen = town.run("xb", &["directory", "show", "xa/operations/1", "--json"]).await.done().json();
    assert_eq!(
        (&seen["organisation"], &seen["card"]["phones"][0]["number"]),
        (&serde_json::json!("National Cyber Agency"), &serde_json::json!("+99900000001"))
    );
    assert_eq!(
        done("xb", &["directory", "import", "drafts/xb.csv", "--yes", "--json"], Exit::Done).await,
        ["logged"]
    );
    let seen = town.run("xa", &["directory", "show", "xb/operations/1", "--json"]).await.done().json();
    assert_eq!(seen["networks"][0]["supplied_by"], "org:custodian");

    town.run("xa", &["directory", "export", "--format", "csv", "--out", "all.csv"]).await.done();
    let mut again = done("xa", &["directory", "import", "all.csv", "--yes", "--json"], Exit::Done).await;
    again.dedup();
    assert_eq!(again, ["same"], "what was exported is what stands");
    town.run("xa", &["directory", "export", "--format", "participation", "--out", "states.csv"]).await.done();
    let states = std::fs::read_to_string(town.path("states.csv")).unwrap();
    assert!(states.contains("XA,") && states.contains("operations;technical") && !states.contains("cert.xa"));
    std::fs::write(town.path("bad.csv"), "office,colour\nxa/operations/1,red\n").unwrap();
    town.run("xa", &["directory", "import", "bad.csv"]).await.ends(Exit::Data).notes(&["colour"]);
}
