//! What did the relay promise, and was it kept? Receipts, places in the log, and stored prekeys, compared with what the
//! stations hold once they came for all that waits. It must never know when the power failed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use liaison_client::outbox::AtRelay;
use liaison_client::{Happening, Station};
use liaison_keys::directory::Entry;
use liaison_keys::names::{HeaderHash, OfficeId};
use tokio::sync::watch;

use crate::load::{self, Say};

/// What was promised, and what was found of it.
#[derive(Debug, Default)]
pub(crate) struct Books {
    accepted: BTreeSet<HeaderHash>,
    logged: BTreeMap<u64, Vec<u8>>,
    /// Number of the author's newest bundle that was stored.
    bundle: u64,
    bundles: usize,
    sent: usize,
    deliveries: usize,
}

impl Books {
    /// Enters a promise, or that something came.
    pub(crate) fn note(&mut self, said: Say) {
        match said {
            Say::Accepted(hh) => drop(self.accepted.insert(hh)),
            Say::Logged(index, statement) => {
                let before = self.logged.insert(index, statement);
                assert!(before.is_none(), "two statements were given place {index}");
            }
            Say::PrekeysStored(number) => {
                self.bundle = self.bundle.max(number);
                self.bundles += 1;
            }
            Say::Arrived => {}
        }
    }

    /// Everybody comes for what waits; then nothing may be missing, and nothing there twice.
    pub(crate) async fn balance(&mut self, stations: &mut BTreeMap<OfficeId, Station>) {
        // First: the author would hand its newest bundle in again.
        self.check_bundle(stations).await;
        let all: Vec<OfficeId> = stations.keys().cloned().collect();
        // What was sealed goes out, is fetched by all, and its receipts come back.
        for office in load::senders().chain(all).chain(load::senders()) {
            exchange(stations.get_mut(&office).unwrap()).await;
        }
        self.check_log(stations);
        self.check_messages(stations);
    }

    async fn check_bundle(&self, stations: &mut BTreeMap<OfficeId, Station>) {
        let author = stations[&load::AUTHOR.parse().unwrap()].device().unwrap();
        let somebody = stations.get_mut(&"xa/operations/1".parse().unwrap()).unwrap();
        let mut online = load::connect(somebody, &never()).await.unwrap();
        online.sync(somebody).await.unwrap();
        online.fetch_prekeys(somebody, &[author]).await.unwrap();
        online.close().await;
        let held = somebody.memory().bundles.get(&author).map_or(0, |bundle| bundle.number);
        assert!(held >= self.bundle, "bundle {} was stored, and {held} is the newest", self.bundle);
    }

    fn check_log(&self, stations: &BTreeMap<OfficeId, Station>) {
        for (office, station) in stations {
            let memory = station.memory();
            assert!(memory.split_views.is_empty(), "{office} has proof of two histories");
            assert!(memory.inbox.waiting.is_empty(), "{office} waits for a longer directory");
            assert!(memory.inbox.quarantine.is_empty(), "{office} has set something aside");
            let log = station.replica().unwrap().log();
            for (index, statement) in &self.logged {
                let entry = log.entries(*index, 1).first().and_then(|entry| Entry::from_bytes(entry).ok());
                let there = entry.is_some_and(|entry| entry.statement.as_slice() == statement);
                assert!(there, "{office}: entry {index} is not the one that was logged there");
            }
        }
    }

    fn check_messages(&mut self, stations: &BTreeMap<OfficeId, Station>) {
        let mut expected: BTreeMap<&OfficeId, BTreeSet<HeaderHash>> = BTreeMap::new();
        let offices: BTreeMap<OfficeId, &OfficeId> =
            stations.keys().map(|office| (office.clone(), office)).collect();
        let items = stations.values().flat_map(|station| station.memory().outbox.items());
        let known: BTreeSet<HeaderHash> = items.map(|item| item.hh).collect();
        assert!(self.accepted.is_subset(&known), "accepted messages are in nobody's outbox");
        let mut sent = BTreeSet::new();
        for own in load::senders() {
            let letters = stations[&own].memory().outbox.items();
            for item in letters.filter(|item| item.template.slug().as_str() == "general") {
                assert!(matches!(item.relay, AtRelay::Accepted(_)), "{}: {:?}", item.hh, item.relay);
                sent.insert(item.hh);
                for office in item.addressed().iter().filter(|office| **office != own) {
                    expected.entry(offices[office]).or_default().insert(item.hh);
                    assert!(item.offices.contains_key(office), "no receipt of {office} for {}", item.hh);
                }
            }
        }
        self.deliveries = 0;
        for (office, station) in stations {
            let items = &station.memory().inbox.items;
            let arrived: BTreeSet<HeaderHash> = items.iter().map(|item| item.hh).collect();
            assert_eq!(arrived.len(), items.len(), "{office} was shown a message twice");
            let expected = expected.remove(office).unwrap_or_default();
            let (lost, strange) = (expected.difference(&arrived), arrived.difference(&expected));
            assert_eq!((lost.count(), strange.count()), (0, 0), "lost by and strange to {office}");
            self.deliveries += arrived.len();
        }
        self.sent = sent.len();
    }
}

impl fmt::Display for Books {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (accepted, statements) = (self.accepted.len(), self.logged.len());
        write!(
            f,
            "{accepted} receipts heard before a kill, {} messages sent, {} deliveries, 0 lost, 0 twice; \
             {statements} statements logged, {} bundles stored, 0 lost",
            self.sent, self.deliveries, self.bundles
        )
    }
}

async fn exchange(station: &mut Station) {
    let mut online = load::connect(station, &never()).await.unwrap();
    online.exchange(station).await.unwrap();
    for happening in online.happenings() {
        let odd =
            matches!(happening, Happening::VaultWasOlder | Happening::Partly(..) | Happening::Rejected(..));
        assert!(!odd, "{}: {happening:?}", station.office().unwrap());
    }
    online.close().await;
}

/// Nobody kills the relay.
fn never() -> watch::Receiver<bool> {
    watch::channel(false).1
}
