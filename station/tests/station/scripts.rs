//! Can a script rely on it? The names in each JSON answer, and what depends on the clock.

use std::sync::atomic::{AtomicU64, Ordering};

use liaison_client::Clock;
use liaison_station::{Exit, run};
use serde_json::Value as Json;

use crate::kit::{Ran, Town, now_s};

/// The names of an object, and of the objects in it, as one line.
fn names(json: &Json) -> String {
    let inner = |(name, value): (&String, &Json)| match value {
        Json::Object(_) => format!("{name}{{{}}}", names(value)),
        Json::Array(items) if items.first().is_some_and(Json::is_object) => {
            format!("{name}[{}]", names(&items[0]))
        }
        _ => name.clone(),
    };
    json.as_object().unwrap().iter().map(inner).collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn names_in_json_stay_as_they_are() {
    let town = Town::with_states().await;
    let send = ["send", "general", "--to", "xb/diplomatic/1", "-s", "Ports", "-m", "Which?", "--json"];
    let sent = town.run("xa", &send).await.done();
    let hash = sent.hash();
    assert_eq!(
        names(&sent.json()),
        "accepted_at case hash hints id state to[devices fallback key_since office owner phone unit]"
    );
    let message = "case expires_at fictional from{device office owner unit} hash id in_reply_to kind new precedence \
                   received_at sent_at status subject to{recipients[poc] scope} unproven_since";
    assert_eq!(names(&town.run("xb", &["inbox", "--json"]).await.done().json()), message);
    assert_eq!(
        names(&town.run("xb", &["show", &hash, "--json"]).await.done().json()),
        "body{text} case direction directory_age_s disputed expires_at fictional from{device office owner unit} hash \
         header{subject} id in_reply_to kind left_out opened precedence received_at sent_at status \
         to{recipients[poc] scope} unproven_since"
    );
    assert_eq!(
        names(&town.run("xb", &["ack", &hash, "--json"]).await.done().json()),
        "accepted_at acknowledges case hash id state to[devices fallback key_since office owner phone unit]"
    );
    assert_eq!(
        names(&town.run("xa", &["status", &hash, "--json"]).await.done().json()),
        "accepted_at case devices_not_taken expires_at hash id left_out missing offices[delivered_at office person_at state unit] state"
    );
    assert_eq!(
        names(&town.run("xa", &["outbox", "--json"]).await.done().json()),
        "case delivered expires_at hash id kind offices precedence sent_at state status subject \
         to{recipients[poc] scope}"
    );
    let ping =
        town.run("xa", &["ping", "xb/diplomatic/1", "--wait", "0s", "--json"]).await.ends(Exit::Incomplete);
    assert_eq!(
        names(&ping.json()),
        "accepted_after_ms complete hash not_asked offices[answered_after_ms delivered_after_ms human office rank \
         unit wrong_echo] sent_at"
    );
    directory_names(&town).await;
}

async fn directory_names(town: &Town) {
    let look =
        async |args: &[&str]| names(&town.run("xa", &[args, &["--json"]].concat()).await.done().json());
    assert_eq!(
        look(&["directory", "show", "xb/diplomatic/1"]).await,
        "answers backup_of card categories confirmed_at devices[certified_at device expires_at] effective fingerprint \
         freshness groups languages late_days level networks office organisation owner owner_name rank released_at there_now \
         unit valid_until wants"
    );
    assert_eq!(
        look(&["directory", "show", "xb"]).await,
        "admins attested attested_by fingerprint groups name offices owner participation root_keys root_threshold"
    );
    assert_eq!(
        look(&["directory", "verify"]).await,
        "checkpoint_age_s checkpoint_at counts_to fresh network owners[fingerprint name owner] root size split_views void withheld witnesses{named needed}"
    );
    assert_eq!(
        look(&["network", "show"]).await,
        "custodian_keys custodian_threshold device fictional id known network office profile relays[addresses name] \
         size"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_directory_needs_a_word_and_a_stale_one_is_refused() {
    let town = Town::with_states().await;
    let send = ["send", "general", "--to", "xb/diplomatic/1", "-m", "Hello"];
    town.run("xa", &send).await.done();
    let later = async |hours: u64, args: &[&str], answers: &[&str]| {
        static NOW_S: AtomicU64 = AtomicU64::new(0);
        NOW_S.store(now_s() + hours * 3_600 + 600, Ordering::Relaxed);
        let (io, captured) = town.io(b"");
        let io = io.with_clock(Clock::new(|| NOW_S.load(Ordering::Relaxed) * 1_000));
        let io = if answers.is_empty() { io } else { io.answering(answers) };
        let exit = run(town.line("xa", args), io).await;
        Ran { exit, out: captured.out(), err: captured.err() }
    };
    let offline = [&["--offline"], &send[..]].concat();
    later(30, &offline, &[]).await.ends(Exit::Unconfirmed).notes(&["not refreshed for 1 day 6 h"]);
    let yes = [&["--yes"], &offline[..]].concat();
    later(30, &yes, &[]).await.ends(Exit::Unconfirmed).notes(&["--old-directory"]);
    later(30, &offline, &["y"]).await.ends(Exit::Waits);
    later(30, &[&offline[..], &["--old-directory"]].concat(), &[]).await.ends(Exit::Waits);
    let stale = later(8 * 24, &[&offline[..], &["--old-directory"]].concat(), &["y"]).await;
    stale.ends(Exit::Unavailable).notes(&["not refreshed for 8 days", "directory import"]);
    // Connected, the relay's clock says that ours is wrong.
    later(30, &["directory", "list"], &[]).await.notes(&["clock is 1 day 6 h ahead"]);
}
