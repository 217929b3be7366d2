//! On what was it measured? What a reader must know to compare figures. It must never know who the machine belongs to.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::available_parallelism;

use serde_json::{Value, json};

/// The machine, and how busy it was.
#[derive(Clone, Debug)]
pub struct Machine {
    cores: usize,
    processor: String,
    memory: String,
    kernel: String,
    filesystem: String,
    rustc: String,
    build: &'static str,
    load_before: String,
    load_after: String,
}

impl Machine {
    /// Looks at it. Files are measured in `folder`.
    pub fn look(folder: &Path) -> Self {
        Self {
            cores: available_parallelism().map_or(0, usize::from),
            processor: field("/proc/cpuinfo", "model name"),
            memory: field("/proc/meminfo", "MemTotal"),
            kernel: read("/proc/sys/kernel/osrelease"),
            filesystem: filesystem(folder),
            rustc: rustc(),
            build: if cfg!(debug_assertions) { "debug: its figures say nothing" } else { "release" },
            load_before: load(),
            load_after: String::new(),
        }
    }

    /// Notes how busy it is at the end.
    pub fn done(self) -> Self {
        Self { load_after: load(), ..self }
    }

    /// What it is, line by line.
    pub fn lines(&self) -> [(&'static str, String); 7] {
        [
            ("processor", format!("{} × {}", self.cores, self.processor)),
            ("memory", self.memory.clone()),
            ("kernel", format!("Linux {}", self.kernel)),
            ("filesystem", self.filesystem.clone()),
            ("compiler", self.rustc.clone()),
            ("build", self.build.to_owned()),
            ("load (1, 5, 15 min)", format!("{} before, {} after", self.load_before, self.load_after)),
        ]
    }

    /// The same for programs.
    pub fn json(&self) -> Value {
        self.lines().into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect()
    }
}

/// The first line of this name in a file of `name : value` lines.
fn field(file: &str, name: &str) -> String {
    let text = read(file);
    let line = text.lines().filter_map(|line| line.split_once(':')).find(|(key, _)| key.trim() == name);
    line.map_or_else(|| "unknown".to_owned(), |(_, value)| value.trim().to_owned())
}

fn read(file: &str) -> String {
    fs::read_to_string(file).unwrap_or_default().trim().to_owned()
}

fn load() -> String {
    read("/proc/loadavg").split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

/// The type and options of the filesystem that a folder is on: the mount with the longest path above it.
fn filesystem(folder: &Path) -> String {
    let folder = fs::canonicalize(folder).unwrap_or_default();
    let mounts = read("/proc/self/mounts");
    let mount = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?, words.next()?, words.next()?))
    });
    let above = mount.filter(|(at, ..)| folder.starts_with(at)).max_by_key(|(at, ..)| at.len());
    let said = above.map_or_else(|| "unknown".to_owned(), |(_, kind, options)| format!("{kind} ({options})"));
    if said.starts_with("tmpfs") { format!("{said}: memory, its figures say nothing") } else { said }
}

fn rustc() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = Command::new(rustc).arg("--version").output();
    said.map_or_else(|_| "unknown".to_owned(), |said| String::from_utf8_lossy(&said.stdout).trim().to_owned())
}
