//! How is a command run without a terminal? Its words are kept instead of printed, and it can be told to end.
//! It must never know what is said.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// Tells a command that stays, such as `watch`, to end.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<tokio::sync::Notify>);

impl Stop {
    /// Ends it.
    pub fn stop(&self) {
        self.0.notify_one();
    }

    /// Waits for the end. Safe to drop and call again.
    pub(crate) async fn stopped(&self) {
        self.0.notified().await;
    }
}

/// What a command printed.
#[derive(Clone, Debug, Default)]
pub struct Captured {
    pub(super) out: Sink,
    pub(super) err: Sink,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Captured {
    /// Standard output.
    #[must_use]
    pub fn out(&self) -> String {
        self.out.text()
    }

    /// Standard error.
    #[must_use]
    pub fn err(&self) -> String {
        self.err.text()
    }
}
