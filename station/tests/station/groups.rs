//! Do a group file and the directory come together, by who may say what? Through the command line, with a relay.
//! It must never know which groups the world has.

use liaison_station::Exit;

use super::kit::Town;

const FILE: &str = r#"{"format": "regions/1", "groups": [{"id": "xr-north", "name": "North", "coordinator": "org:custodian",
    "members": ["XA", "XB", "XZ"], "member_status": {"XB": "suspended since June"}}]}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_group_file_becomes_the_directory_and_the_directory_a_file() {
    let town = Town::with_states().await;
    std::fs::write(town.path("north.json"), FILE).unwrap();
    let import = ["group", "import", "north.json"];
    town.run("xa", &import).await.done().says(&["by another station"]).notes(&["holds no key"]);
    town.run("sec", &[&import[..], &["--dry-run"]].concat()).await.done().says(&["is defined: North"]);
    town.run("sec", &import).await.ends(Exit::Unconfirmed);
    let yes = [&import[..], &["--yes", "--json"]].concat();
    let done = async |args: &[&str]| -> Vec<(String, String)> {
        let lines = town.run("sec", args).await.done().lines();
        let text = |line: &serde_json::Value, key: &str| line[key].as_str().unwrap().to_owned();
        lines.iter().map(|line| (text(line, "what"), text(line, "done"))).collect()
    };
    let pair = |what: &str, done: &str| (what.to_owned(), done.to_owned());
    let first = done(&yes).await;
    assert_eq!(first[0], pair("is defined: North", "logged"));
    let second = done(&yes).await;
    let expected = [
        pair("XA is member", "logged"),
        pair("XB is suspended", "logged"),
        pair("XZ is not in the network", "nothing"),
    ];
    assert_eq!(second, expected);
    assert_eq!(done(&yes).await, [pair("XZ is not in the network", "nothing")]);
    town.run("xb", &["group", "export", "--out", "again.json"]).await.done();
    let again = std::fs::read_to_string(town.path("again.json")).unwrap();
    assert!(again.contains("\"XA\"") && again.contains("\"XB\": \"suspended\""), "{again}");
    std::fs::write(town.path("less.json"), FILE.replace("\"XA\", ", "")).unwrap();
    let less = done(&["group", "import", "less.json", "--yes", "--json"]).await;
    assert!(
        less.contains(&pair("XA is in the directory and not in the file", "nothing")),
        "never removed by itself"
    );
    town.run("sec", &["group", "import", "less.json", "--group", "none"]).await.ends(Exit::NotFound);
    std::fs::write(town.path("bad.json"), "{}").unwrap();
    town.run("sec", &["group", "import", "bad.json"]).await.ends(Exit::Data);
    town.run("sec", &["group", "export", "--shipped", "--out", "shipped.json"]).await.done();
    town.run("sec", &["group", "import", "shipped.json", "--group", "osce"])
        .await
        .done()
        .says(&["invite it first"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn offices_are_found_by_region() {
    let town = Town::with_states().await;
    let none = town.run("xa", &["directory", "list", "--region", "Europe", "--json"]).await.done();
    assert_eq!(none.lines().len(), 0, "fictional States lie nowhere");
    town.run("xa", &["directory", "list", "--region", "Atlantis"]).await.ends(Exit::NotFound);
}
