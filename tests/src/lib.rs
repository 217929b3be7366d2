//! Does the whole keep its promises? What the tests of the whole house share: a relay as a process of its own, to be
//! killed, and one that is hostile. This crate must never know anything that production code needs.

pub mod hostile;

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub mod power;

/// A `liaison-relay` process; killed when dropped.
#[derive(Debug)]
pub struct RelayProcess(Child);

impl RelayProcess {
    /// Starts the relay of this folder.
    ///
    /// # Errors
    /// The operating system's.
    pub fn start(folder: &Path) -> io::Result<Self> {
        let log = std::fs::File::options().create(true).append(true).open(folder.join("stderr"))?;
        let mut command = Command::new(program("liaison-relay"));
        command.arg("serve").arg("--dir").arg(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        command.spawn().map(Self)
    }

    /// Kills it at once: SIGKILL, no last words.
    ///
    /// # Errors
    /// The operating system's.
    pub fn kill(mut self) -> io::Result<()> {
        self.0.kill()?;
        self.0.wait().map(|_| ())
    }
}

impl Drop for RelayProcess {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Returns when a port can be had, for both transports: a relay that was stopped in this process keeps its UDP socket
/// until its last connections have drained.
///
/// # Panics
/// When that takes a minute.
pub async fn until_free(address: SocketAddr) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while TcpListener::bind(address).is_err() || UdpSocket::bind(address).is_err() {
        assert!(Instant::now() < deadline, "{address} stays taken");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The path of one of our programs, built with this test's profile.
///
/// # Panics
/// When it cannot be built.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let folder = BUILT.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--package", "liaison-relay", "--package", "liaison", "--bins"]);
        let built = build.status().map(|status| status.success()).unwrap_or(false);
        assert!(built, "the programs do not build");
        let test = std::env::current_exe().unwrap_or_default();
        test.ancestors().nth(2).map(Path::to_owned).unwrap_or_default()
    });
    folder.join(name)
}

/// Random numbers from a seed that a failure shows.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// From `LIAISON_SEED`, or from the time; printed, so that a failure can be repeated.
    #[must_use]
    pub fn new() -> Self {
        let seed = std::env::var("LIAISON_SEED").ok().and_then(|seed| seed.parse().ok());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let seed = seed.unwrap_or(u64::from(now.subsec_nanos()) ^ now.as_secs());
        println!("LIAISON_SEED={seed}");
        Self(seed)
    }

    /// From this seed.
    #[must_use]
    pub const fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 to below `max`.
    pub fn below(&mut self, max: usize) -> usize {
        usize::try_from(self.up_to(max as u64) - 1).unwrap_or(0)
    }

    /// A number from 1 to `max`.
    pub fn up_to(&mut self, max: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        1 + (self.0 >> 33) % max
    }
}

impl Default for Dice {
    fn default() -> Self {
        Self::new()
    }
}
