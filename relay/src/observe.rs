//! How is the relay doing? Where its log lines go, and what it counts.
//! It must never know contents: ids, sizes, durations and codes are all that is written.

use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing_subscriber::EnvFilter;

use crate::config::Logging;

/// What happened since the start.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) sessions: Counter,
    pub(crate) not_admitted: Counter,
    pub(crate) posts: Counter,
    pub(crate) delivered: Counter,
    pub(crate) delivered_bytes: Counter,
    pub(crate) acknowledged: Counter,
    pub(crate) entries: Counter,
    pub(crate) refused: Counter,
}

/// A number that grows.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(crate) fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counters {
    /// One line with everything, and what is the case now: open sessions and posts that wait.
    pub(crate) fn report(&self, (open, waiting): (usize, usize)) {
        let Self {
            sessions,
            not_admitted,
            posts,
            delivered,
            delivered_bytes,
            acknowledged,
            entries,
            refused,
        } = self;
        tracing::info!(
            open,
            waiting,
            sessions = sessions.value(),
            not_admitted = not_admitted.value(),
            posts = posts.value(),
            delivered = delivered.value(),
            delivered_bytes = delivered_bytes.value(),
            acknowledged = acknowledged.value(),
            entries = entries.value(),
            refused = refused.value(),
            "since the start"
        );
    }
}

/// Sends log lines to standard error. A filter in `RUST_LOG` goes before the settings; one that is none is `info`.
pub fn start_logging(logging: &Logging) {
    let filter = EnvFilter::try_from_default_env().or_else(|_| EnvFilter::try_new(ours(&logging.level)));
    let filter = filter.unwrap_or_else(|_| EnvFilter::new(ours("info")));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let lines = lines.with_ansi(std::io::stderr().is_terminal());
    // A second start, as in a test, keeps the first one's lines.
    let _ = if logging.json { lines.json().try_init() } else { lines.try_init() };
}

/// A plain level is for our own rooms: what a dependency writes may repeat what a stranger sent.
fn ours(level: &str) -> String {
    if level.contains(['=', ',']) {
        return level.to_owned();
    }
    ["liaison_relay", "liaison_journal", "liaison_link"].map(|room| format!("{room}={level}")).join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_count() {
        let counters = Counters::default();
        counters.posts.add(2);
        counters.posts.add(1);
        assert_eq!(counters.posts.value(), 3);
        counters.report((1, 2));
    }

    #[test]
    fn a_bad_filter_does_not_stop_the_relay() {
        start_logging(&Logging { level: "=[".to_owned(), json: true });
        start_logging(&Logging::default());
        assert_eq!(ours("debug"), "liaison_relay=debug,liaison_journal=debug,liaison_link=debug");
        assert_eq!(ours("info,quinn=debug"), "info,quinn=debug");
    }
}
