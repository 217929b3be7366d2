//! What does a loss of power leave of a folder? Programs run under a library that writes down each of their changes and
//! syncs (`tests/power/power.h`); from that the folder is put into a state that a loss of power may leave.
//! It must never know what the programs are, or what they keep.
//!
//! ```text
//! program ─ writes, syncs ─▶ records ─▶ Disk: what the program sees, and what is sure of it ─ lose ─▶ folder
//! ```
//!
//! `kill -9` alone leaves the page cache as it was, so it shows little. Here a file falls back to what it was when its
//! last sync began, and what came after is gone, or there in pieces. After each kill the folder is compared with what
//! the records say, so a write that escaped the library (a mapped file, a raw system call) fails the test.

mod disk;
mod loss;
mod trace;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::OnceLock;

use crate::Dice;
pub use loss::Loss;

use disk::Disk;

/// A folder whose power can fail.
#[derive(Debug)]
pub struct Power {
    folder: PathBuf,
    trace: PathBuf,
    disk: Disk,
    /// Bytes of the trace that the disk knows.
    taken: u64,
}

/// What happens to one program, besides what the test does to it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moment {
    /// It kills itself right after so many changes and syncs of its own.
    pub kill_at: Option<u64>,
    /// This sync of its own fails, and what it should have synced is never on the disk.
    pub fail_at: Option<u64>,
    /// A sync takes up to so many microseconds.
    pub sync_us: u64,
    /// Decides how long.
    pub seed: u64,
    /// Its clock is so many seconds ahead.
    pub ahead_s: u64,
}

impl Power {
    /// Watches over a folder; `beside`, another one, is for the records. What is there already is sure.
    ///
    /// # Errors
    /// The operating system's.
    pub fn over(folder: &Path, beside: &Path) -> io::Result<Self> {
        let folder = folder.canonicalize()?;
        let trace = beside.canonicalize()?.join("power.trace");
        File::create(&trace)?;
        let disk = Disk::read(&folder)?;
        Ok(Self { folder, trace, disk, taken: 0 })
    }

    /// The folder; programs must be given names below this one.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Has a program run under the library.
    pub fn govern<'c>(&self, command: &'c mut Command, moment: Moment) -> &'c mut Command {
        let settings = [
            ("LIAISON_POWER_KILL_AT", moment.kill_at.unwrap_or(0)),
            ("LIAISON_POWER_FAIL_AT", moment.fail_at.unwrap_or(0)),
            ("LIAISON_POWER_SYNC_US", moment.sync_us),
            ("LIAISON_POWER_SEED", moment.seed),
            ("LIAISON_POWER_AHEAD_S", moment.ahead_s),
        ];
        command.env("LD_PRELOAD", library()).env("LIAISON_POWER_FOLDER", &self.folder);
        command.env("LIAISON_POWER_TRACE", &self.trace);
        command.envs(settings.map(|(name, value)| (name, value.to_string())))
    }

    /// Kills a program at once, between two of its changes.
    ///
    /// # Errors
    /// The operating system's.
    pub fn kill(&self, child: &mut Child) -> io::Result<ExitStatus> {
        let lock = File::options().read(true).open(&self.trace)?;
        lock.lock()?;
        child.kill()?;
        child.wait()
    }

    /// How many changes and syncs were written down since the power failed last.
    ///
    /// # Errors
    /// The operating system's; or that the records and the folder do not agree.
    pub fn count(&mut self) -> io::Result<usize> {
        self.take_in()?;
        Ok(self.disk.records())
    }

    /// The power fails: the folder is put into a state that this may leave. No program may run in it.
    ///
    /// # Errors
    /// The operating system's; or that the records and the folder do not agree.
    pub fn fail(&mut self, loss: Loss, dice: &mut Dice) -> io::Result<Lost> {
        self.take_in()?;
        let left = self.disk.after(loss, dice);
        let lost = self.disk.differs(&left);
        left.write(&self.folder, &self.disk)?;
        self.disk = left;
        File::create(&self.trace)?;
        self.taken = 0;
        Ok(lost)
    }

    /// Reads the new records, and compares what follows from them with the folder as it is.
    fn take_in(&mut self) -> io::Result<()> {
        let (records, taken) = trace::read(&self.trace, self.taken)?;
        self.taken = taken;
        for record in records {
            self.disk.take(record).map_err(io::Error::other)?;
        }
        let live = Disk::read(&self.folder)?;
        match self.disk.first_difference(&live) {
            None => Ok(()),
            Some(path) => Err(io::Error::other(format!("{path} changed, and the library did not see how"))),
        }
    }
}

/// What was in the folder before the power failed, and is not any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Files with other bytes than before.
    pub changed: usize,
    /// Names that are gone.
    pub gone: usize,
    /// Names that are there again.
    pub back: usize,
}

/// The library, built once with the C compiler that the house needs anyway.
fn library() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let sources = SOURCES.map(|name| Path::new(env!("CARGO_MANIFEST_DIR")).join("power").join(name));
        let test = std::env::current_exe().unwrap_or_default();
        let folder = test.parent().map(Path::to_owned).unwrap_or_default();
        // Tests run side by side: each builds its own, and renames it.
        let (own, library) =
            (folder.join(format!("power-{}.so", std::process::id())), folder.join("liaison-power.so"));
        let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
        let mut build = Command::new(compiler);
        build.args(["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-o"]).arg(&own).args(sources);
        let built = build.status().map(|status| status.success()).unwrap_or(false);
        assert!(built && fs::rename(&own, &library).is_ok(), "tests/power/*.c do not build");
        library
    })
}

const SOURCES: [&str; 5] = ["trace.c", "names.c", "bytes.c", "syncs.c", "clock.c"];
