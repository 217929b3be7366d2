//! How does a station stand? Everything that a message, a directory or a key can change, in lines that two runs can be
//! compared by. It must never know which behaviour was at work.

use std::collections::BTreeMap;

use liaison_client::inbox::Waiting;
use liaison_client::outbox::AtRelay;
use liaison_client::read::Answered;
use liaison_client::{Arrival, Happening, Station};
use liaison_keys::directory::Replica;
use liaison_keys::directory::evidence::{Evidence, Finding};
use liaison_keys::names::{DeviceId, HeaderHash};
use liaison_keys::prekey::Bundle;
use liaison_proto::envelope::{Payload, Remark};

/// What messages are called in the lines.
pub type Labels = BTreeMap<HeaderHash, String>;

/// Every message that these stations have made, by a name that is the same in each run.
pub fn labels<'s>(stations: impl IntoIterator<Item = (&'s str, &'s Station)>) -> Labels {
    let mut labels = Labels::new();
    for (name, station) in stations {
        for item in station.memory().outbox.items() {
            let kind = item.template.slug().as_str();
            let label = if kind == "general" { item.subject.clone() } else { format!("{kind} of {name}") };
            labels.insert(item.hh, label);
        }
    }
    labels
}

/// The lines of one station. `newest` is the number of each device's own newest bundle.
pub fn lines(
    name: &str,
    station: &Station,
    labels: &Labels,
    truth: (&Replica, &BTreeMap<DeviceId, u64>),
) -> Vec<String> {
    let mut lines = inbox(station, labels);
    lines.extend(outbox(station, labels));
    lines.extend(directory(station, truth.0));
    lines.extend(keys(station, truth.1));
    lines.into_iter().map(|line| format!("{name} {line}")).collect()
}

fn inbox(station: &Station, labels: &Labels) -> Vec<String> {
    let inbox = &station.memory().inbox;
    let mut lines = Vec::new();
    for item in &inbox.items {
        let name = label(labels, Some(item.hh));
        let unproven = if item.unproven_since.is_some() { ", unproven" } else { "" };
        let answered = item.in_reply_to.map(|hh| station.answered(hh, &item.office));
        let answers = match answered {
            Some(Answered::NotHere) => ", answering what is not here",
            Some(Answered::NotSentThere) => ", answering what was not sent to it",
            Some(Answered::Known) | None => "",
        };
        lines.push(format!("has {name}: {:?} from {}{unproven}{answers}", item.status, item.office));
        let owed = inbox.receipts_owed.contains_key(&item.hh);
        lines.push(format!("{} {name}", if owed { "owes a receipt for" } else { "receipted" }));
    }
    for one in &inbox.quarantine {
        lines.push(format!("set {} aside: {}", label(labels, one.hh), one.code));
    }
    let waits = |waiting: &Waiting| format!("waits for a directory with {}", label(labels, Some(waiting.hh)));
    lines.extend(inbox.waiting.values().map(waits));
    lines
}

fn outbox(station: &Station, labels: &Labels) -> Vec<String> {
    let mut lines = Vec::new();
    let for_people = |kind: &str| kind != "receipt";
    for item in station.memory().outbox.items().filter(|item| for_people(item.template.slug().as_str())) {
        let name = label(labels, Some(item.hh));
        let relay = match item.relay {
            AtRelay::Waits => "waits".to_owned(),
            AtRelay::Accepted(_) => "accepted".to_owned(),
            AtRelay::Rejected(code) => format!("rejected with {code}"),
        };
        let sealed_to = item.recipients.len();
        lines.push(format!("sent {name} to {sealed_to}: {relay}"));
        if item.not_taken > 0 {
            lines.push(format!("knows that {} devices were not taken for {name}", item.not_taken));
        }
        for left in &item.left_out {
            lines.push(format!("left a device out of {name}: {:?}", left.reason));
        }
        for (office, at) in &item.offices {
            lines.push(format!("knows of {name} at {office}: {:?}", at.state.progress));
        }
    }
    lines
}

fn directory(station: &Station, truth: &Replica) -> Vec<String> {
    let memory = station.memory();
    let replica = memory.replica.as_ref().unwrap();
    let size = replica.log().size();
    let root = if truth.log().root(size) == replica.log().root(size) { "the relay's own" } else { "another" };
    let checkpoint = memory.checkpoint.as_ref().unwrap().size;
    let voids: Vec<_> = replica.directory().voids().iter().map(|(_, void)| *void).collect();
    let mut lines = vec![format!("log of {size}, checkpoint of {checkpoint}, root {root}, void {voids:?}")];
    let proofs = [("a split view", memory.split_views.len()), ("a withheld log", memory.withheld.len())];
    lines.extend(proofs.iter().filter(|(_, n)| *n > 0).map(|(of, n)| format!("holds {n} proofs of {of}")));
    lines.extend(station.evidence().unwrap().into_iter().map(|(_, evidence)| {
        // As somebody who knows the network's name and nothing else.
        let finding = Evidence::judge(&evidence.to_bytes(), replica.directory().network()).unwrap();
        match finding {
            Finding::SplitView { .. } => "shows others two histories".to_owned(),
            Finding::Rollback { .. } => "shows others a log that became shorter".to_owned(),
            Finding::VoidEntry { .. } => "shows others a void entry".to_owned(),
        }
    }));
    lines
}

fn keys(station: &Station, newest: &BTreeMap<DeviceId, u64>) -> Vec<String> {
    let replica = station.memory().replica.as_ref().unwrap();
    let mut lines = Vec::new();
    for (device, bundle) in &station.memory().bundles {
        let number = &bundle.number;
        let office = replica.directory().device(*device).map(|facts| facts.office.to_string());
        let age = match newest.get(device) {
            Some(newest) if number == newest => "newest",
            Some(newest) if number < newest => "older",
            Some(_) => "unheard-of",
            None => "some",
        };
        let own = Bundle::claimed_device(&bundle.bytes) == Ok(*device);
        lines.push(format!("keys of {}: {age}, its own {own}", office.unwrap_or_default()));
    }
    lines
}

/// A happening in one line; none for what is a matter of course.
pub fn said(happening: &Happening, labels: &Labels) -> Option<String> {
    let name = |hh: &HeaderHash| label(labels, Some(*hh));
    match happening {
        Happening::Arrived(Arrival::Message(message)) if !message.remarks.is_empty() => {
            let what = match &message.payload {
                Payload::Content(_) => name(&message.hh),
                Payload::Receipts(_) => "receipts".to_owned(),
            };
            let remark = |remark: &Remark| match remark {
                Remark::Ahead { .. } => "ahead",
                Remark::Expired => "expired",
            };
            let remarks: Vec<_> = message.remarks.iter().map(remark).collect();
            Some(format!("remarks on {what}: {}", remarks.join(", ")))
        }
        Happening::Arrived(Arrival::Receipts(office, messages)) if messages.is_empty() => {
            Some(format!("says {office} receipted nothing of ours"))
        }
        Happening::Arrived(Arrival::Message(_) | Arrival::Receipts(..)) => None,
        // How the station stands says it too.
        Happening::Arrived(Arrival::Quarantined(..)) => None,
        Happening::Arrived(Arrival::Waits(_)) => None,
        Happening::Arrived(Arrival::Repeated) => Some("says repeated".to_owned()),
        Happening::Accepted(_) | Happening::Directory(_) => None,
        Happening::Rejected(hh, code) => Some(format!("says {} rejected: {code:?}", name(hh))),
        Happening::Deferred(hh, code) => Some(format!("says {} deferred: {code:?}", name(hh))),
        Happening::Partly(hh, count) => Some(format!("says {} taken for {count}", name(hh))),
        Happening::Withheld(count) => Some(format!("says {count} withheld")),
        Happening::BadReceipt(hh, fault) => {
            Some(format!("says the receipt for {} is bad: {fault:?}", name(hh)))
        }
        Happening::Undelivered(hh, offices) => {
            let offices: Vec<String> = offices.iter().map(ToString::to_string).collect();
            Some(format!("says {} never reached {}", name(hh), offices.join(", ")))
        }
        Happening::AboutUs(_) => Some("says that somebody spoke for its State".to_owned()),
        Happening::KeysRefused(_, fault) => Some(format!("says keys refused: {fault:?}")),
        Happening::ShorterDirectory(shown, held) => {
            Some(format!("says the relay's log is shorter by {}", held - shown))
        }
        Happening::OldDirectory(age_s) => {
            Some(format!("says the relay's directory is {} days old", age_s / 86_400))
        }
        Happening::Cosigned(_) => None,
        Happening::NotCosigned(why) => Some(format!("says it vouches for nothing: {why}")),
        Happening::AskedToReseal(hh) => Some(format!("says {} asked to be sealed again", name(hh))),
        Happening::Resealed(hh, office) => Some(format!("says {} sealed again for {office}", name(hh))),
        Happening::AsksToReseal(hh, office, why) => {
            Some(format!("says {office} asks for {} again: {}", name(hh), why.code()))
        }
        Happening::ImpossibleVault => Some("says the relay's word of its vault cannot be".to_owned()),
        Happening::VaultWasOlder => Some("says the vault was older".to_owned()),
    }
}

fn label(labels: &Labels, hh: Option<HeaderHash>) -> String {
    hh.map_or_else(
        || "no envelope".to_owned(),
        |hh| labels.get(&hh).cloned().unwrap_or_else(|| "a stranger".to_owned()),
    )
}
