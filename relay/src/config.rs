//! What did the operator decide? The settings file, and the same settings made in code.
//! It must never know a secret.

use std::fmt;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use liaison_keys::names::Slug;
use liaison_proto::limits;
use serde::Deserialize;
use thiserror::Error;

use crate::founding::InitOptions;
use crate::store;

/// The time, Unix seconds. Injected, so that a test can let a year pass.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// How a relay runs.
#[derive(Clone)]
pub struct Config {
    /// Where everything is kept that must survive.
    pub data_dir: PathBuf,
    /// Address of the UDP and the TCP socket; with port 0, any number that is free for both.
    pub listen: SocketAddr,
    /// How much each State and device may use.
    pub limits: Limits,
    /// What the time is.
    pub clock: Clock,
    /// How often is looked for what time alone changes: expired posts and ended rights.
    pub tick: Duration,
    /// Space comes back in steps of this, bytes.
    pub segment_bytes: u64,
    /// A person's word that this log is the newest there is, though the signer's memory is missing or says otherwise
    /// (`docs/protocol.md` §3, "The signer remembers").
    pub sign_restored_log: bool,
    /// Before it serves, collect entries that the log's key has signed and that this log does not have, from stations as
    /// they connect.
    pub collect_log: bool,
}

/// How much each State and device may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Posts of one State in a day.
    pub state_posts_per_day: u32,
    /// Bytes that one State's posts may hold at once.
    pub state_bytes: u64,
    /// Directory entries of one State in a day.
    pub state_entries_per_day: u32,
    /// Directory entries of one State in a year.
    pub state_entries_per_year: u32,
    /// Posts waiting in one device's mailbox.
    pub mailbox_posts: usize,
    /// Invitations alive at once.
    pub invitations: usize,
    /// Connections served at once.
    pub connections: usize,
}

/// What a relay writes about itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Logging {
    /// A filter as of `tracing`: `info`, or `info,liaison_relay=debug`.
    pub level: String,
    /// One JSON object a line, for a log collector; else lines for people.
    pub json: bool,
}

/// Settings that cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// There are none.
    #[error("there is no {path}; is this the right --dir? A new relay begins with `liaison-relay init`")]
    Missing {
        /// The settings file.
        path: PathBuf,
    },
    /// A key or value that is none.
    #[error("{path}, line {line}: {problem}; correct the line, or put a # before it to have the default")]
    Malformed {
        /// The settings file.
        path: PathBuf,
        /// Where, counted from 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// The operating system refused.
    #[error("{path} cannot be read ({kind}); check its owner")]
    Io {
        /// The settings file.
        path: PathBuf,
        /// What the operating system said.
        kind: io::ErrorKind,
    },
}

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) name: Slug,
    pub(crate) addresses: Vec<String>,
    listen: SocketAddr,
    segment_bytes: Option<u64>,
    #[serde(default)]
    limits: Limits,
    #[serde(default)]
    pub(crate) log: Logging,
}

impl Config {
    /// The defaults, in this directory and at this address.
    #[must_use]
    pub fn new(data_dir: impl Into<PathBuf>, listen: SocketAddr) -> Self {
        Self {
            data_dir: data_dir.into(),
            listen,
            limits: Limits::default(),
            clock: system_clock(),
            tick: Duration::from_secs(1),
            segment_bytes: store::journal_options().segment_bytes_max,
            sign_restored_log: false,
            collect_log: false,
        }
    }

    /// What the settings file in this directory says, and how the relay should log.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn read(data_dir: &Path) -> Result<(Self, Logging), ConfigError> {
        let settings = Settings::read(data_dir)?;
        let defaults = Self::new(data_dir, settings.listen);
        let segment_bytes = settings.segment_bytes.unwrap_or(defaults.segment_bytes);
        Ok((Self { limits: settings.limits, segment_bytes, ..defaults }, settings.log))
    }
}

impl Settings {
    pub(crate) fn read(data_dir: &Path) -> Result<Self, ConfigError> {
        let path = data_dir.join(FILE);
        let text = fs::read_to_string(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => ConfigError::Missing { path: path.clone() },
            kind => ConfigError::Io { path: path.clone(), kind },
        })?;
        toml::from_str(&text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let problem = error.message().replace('\n', " ");
            ConfigError::Malformed { path, line: before.matches('\n').count() + 1, problem }
        })
    }

    /// The file that `init` writes: every setting, with its default and its reason.
    pub(crate) fn fresh(options: &InitOptions) -> String {
        let addresses: Vec<String> = options.addresses.iter().map(|address| format!("{address:?}")).collect();
        let limits = Limits::default();
        FRESH
            .replace("{name}", options.name.as_str())
            .replace("{addresses}", &addresses.join(", "))
            .replace("{listen}", &options.listen.to_string())
            .replace("{segment_bytes}", &store::journal_options().segment_bytes_max.to_string())
            .replace("{state_posts_per_day}", &limits.state_posts_per_day.to_string())
            .replace("{state_bytes}", &limits.state_bytes.to_string())
            .replace("{state_entries_per_day}", &limits.state_entries_per_day.to_string())
            .replace("{state_entries_per_year}", &limits.state_entries_per_year.to_string())
            .replace("{mailbox_posts}", &limits.mailbox_posts.to_string())
            .replace("{invitations}", &limits.invitations.to_string())
            .replace("{connections}", &limits.connections.to_string())
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            state_posts_per_day: limits::STATE_POSTS_PER_DAY_MAX,
            state_bytes: limits::STATE_BYTES_MAX,
            state_entries_per_day: limits::STATE_ENTRIES_PER_DAY_MAX,
            state_entries_per_year: limits::STATE_ENTRIES_PER_YEAR_MAX,
            mailbox_posts: limits::MAILBOX_POSTS_MAX,
            invitations: limits::INVITATIONS_MAX,
            connections: limits::CONNECTIONS_MAX,
        }
    }
}

impl Default for Logging {
    fn default() -> Self {
        Self { level: "info".to_owned(), json: false }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { data_dir, listen, limits, clock: _, tick, segment_bytes, sign_restored_log, collect_log } =
            self;
        f.debug_struct("Config")
            .field("data_dir", data_dir)
            .field("listen", listen)
            .field("limits", limits)
            .field("tick", tick)
            .field("segment_bytes", segment_bytes)
            .field("sign_restored_log", sign_restored_log)
            .field("collect_log", collect_log)
            .finish_non_exhaustive()
    }
}

/// The machine's clock.
#[must_use]
pub fn system_clock() -> Clock {
    Arc::new(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
}

/// The settings file's name in the data directory.
pub(crate) const FILE: &str = "relay.toml";
const FRESH: &str = include_str!("relay.toml");

#[cfg(test)]
mod tests {
    use super::*;

    fn written(change: impl Fn(String) -> String) -> Result<(Config, Logging), ConfigError> {
        let dir = tempfile::tempdir().unwrap();
        let mut options = InitOptions::new("relay-1".parse().unwrap(), "[::]:4433".parse().unwrap());
        options.addresses = vec!["relay.example:4433".to_owned()];
        fs::write(dir.path().join(FILE), change(Settings::fresh(&options))).unwrap();
        Config::read(dir.path())
    }

    #[test]
    fn the_fresh_file_says_the_defaults() {
        let (config, logging) = written(|text| text).unwrap();
        assert_eq!(config.listen, "[::]:4433".parse().unwrap());
        assert_eq!((config.limits, logging), (Limits::default(), Logging::default()));
        let (uncommented, _) = written(|text| text.replace("# state_", "state_")).unwrap();
        assert_eq!(uncommented.limits, Limits::default());
        let (uncommented, _) = written(|text| text.replace("# segment_", "segment_")).unwrap();
        assert_eq!(uncommented.segment_bytes, config.segment_bytes);
        let (small, _) = written(|text| text.replace("# segment_bytes = 6", "segment_bytes = 1")).unwrap();
        assert!(small.segment_bytes < config.segment_bytes);
    }

    #[test]
    fn an_unknown_key_is_refused_by_name_and_line() {
        let error = written(|text| text.replace("listen =", "lisen =")).unwrap_err();
        let ConfigError::Malformed { line, problem, .. } = error else { panic!("{error}") };
        assert!(problem.contains("lisen") && line > 1, "line {line}: {problem}");
        assert!(matches!(Config::read(Path::new("/nowhere")), Err(ConfigError::Missing { .. })));
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join(FILE)).unwrap();
        assert!(matches!(Config::read(dir.path()), Err(ConfigError::Io { .. })));
    }
}
