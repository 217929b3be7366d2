//! Does the whole keep its promises? What the tests of the whole house share: a relay as a process of its own, to be
//! killed. This crate must never know anything that production code needs.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

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
