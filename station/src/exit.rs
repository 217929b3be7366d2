//! What does a script learn from the exit code? The numbers of `sysexits.h` where they fit, and a few below them.
//! It must never know words: those stand in the texts, and `liaison --help` prints them.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done. For a message: a relay has it on disk.
    Done = 0,
    /// The command line is wrong.
    Usage = 2,
    /// A person's yes was needed: nobody could be asked, or the answer was no.
    Unconfirmed = 3,
    /// A check ended before everybody had answered.
    Incomplete = 4,
    /// What was given cannot be used: a file, a field, a statement.
    Data = 65,
    /// No such message, office, group or file.
    NotFound = 66,
    /// No relay could be reached; what was shown may be old.
    Unavailable = 69,
    /// The station is damaged, or the program is wrong.
    Internal = 70,
    /// It is there already, and nothing was changed.
    Exists = 73,
    /// The disk or the terminal refused.
    Io = 74,
    /// The message is sealed and safe, and waits in the outbox.
    Waits = 75,
    /// The relay cannot be believed.
    Protocol = 76,
    /// Not allowed: by the directory, the relay or the passphrase.
    Refused = 77,
    /// The station is not ready: none here, no network yet, not certified, or open elsewhere.
    NotReady = 78,
}

impl Exit {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 14] = [
        Self::Done,
        Self::Usage,
        Self::Unconfirmed,
        Self::Incomplete,
        Self::Data,
        Self::NotFound,
        Self::Unavailable,
        Self::Internal,
        Self::Exists,
        Self::Io,
        Self::Waits,
        Self::Protocol,
        Self::Refused,
        Self::NotReady,
    ];

    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The one with this number.
    pub(crate) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|exit| exit.code() == code)
    }

    /// The key of its meaning among the texts.
    pub(crate) fn key(self) -> String {
        format!("exit-{}", self.code())
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_listed_once() {
        assert!(Exit::ALL.is_sorted_by(|a, b| a.code() < b.code()));
        assert_eq!(Exit::from_code(75), Some(Exit::Waits));
        assert_eq!(Exit::from_code(1), None);
    }
}
