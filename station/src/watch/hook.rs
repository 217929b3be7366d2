//! What runs when a message comes? A person's own command, with the message as JSON on its standard input.
//! It must never know what the command does with it.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value as Json;
use tokio::task::JoinSet;

use crate::io::Io;
use crate::out::Paint;

/// The commands that are running.
#[derive(Debug)]
pub(super) struct Hooks {
    command: Option<String>,
    running: JoinSet<bool>,
}

impl Hooks {
    pub(super) fn new(command: Option<String>) -> Self {
        Self { command, running: JoinSet::new() }
    }

    /// Runs the command for a message. When many run, one is waited for.
    pub(super) async fn run(&mut self, message: &Json, io: &mut Io) {
        let Some(command) = self.command.clone() else { return };
        while let Some(ended) = self.running.try_join_next() {
            tell(ended.unwrap_or(false), io);
        }
        if self.running.len() >= RUNNING_MAX
            && let Some(ended) = self.running.join_next().await
        {
            tell(ended.unwrap_or(false), io);
        }
        let hash = message.get("hash").and_then(Json::as_str).unwrap_or_default().to_owned();
        let input = message.to_string();
        self.running.spawn_blocking(move || run(&command, &hash, &input));
    }

    /// Waits for what still runs.
    pub(super) async fn finish(&mut self) {
        while self.running.join_next().await.is_some() {}
    }
}

fn run(command: &str, hash: &str, input: &str) -> bool {
    let child = Command::new("sh")
        .args(["-c", command])
        .env("LIAISON_MESSAGE", hash)
        .stdin(Stdio::piped())
        // What it prints must not stand between the watch's own lines.
        .stdout(Stdio::null())
        .spawn();
    let Ok(mut child) = child else { return false };
    if let Some(mut stdin) = child.stdin.take() {
        // A command that does not read its input has its reasons.
        let _ = stdin.write_all(input.as_bytes());
    }
    child.wait().is_ok_and(|status| status.success())
}

fn tell(succeeded: bool, io: &mut Io) {
    if !succeeded {
        io.note(&io.paint(Paint::Warn, &say!("say-hook-failed")));
    }
}

const RUNNING_MAX: usize = 8;
