//! What did the library write down? Its records, in order; the layout stands in `tests/power/power.h`.
//! It must never know what follows from them.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// One change, or one step of a sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) kind: Kind,
    /// Names a sync.
    pub(super) number: u64,
    /// An offset, a length or a mode.
    pub(super) at: u64,
    pub(super) path: String,
    pub(super) path2: String,
    pub(super) data: Vec<u8>,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Created,
    Folder,
    Socket,
    Written,
    Length,
    Unlinked,
    Renamed,
    Exchanged,
    Linked,
    /// A sync of one file or folder begins.
    Sync,
    /// A sync of everything begins.
    All,
    Synced,
    Failed,
    /// Something that the library cannot follow.
    Escaped,
}

/// The records from an offset on, and where they end. What a kill cut off at the end is not there.
pub(super) fn read(path: &Path, from: u64) -> io::Result<(Vec<Record>, u64)> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let (mut rest, mut records) = (bytes.as_slice(), Vec::new());
    while let Some((record, behind)) = one(rest) {
        records.push(record?);
        rest = behind;
    }
    Ok((records, from + (bytes.len() - rest.len()) as u64))
}

fn one(bytes: &[u8]) -> Option<(io::Result<Record>, &[u8])> {
    let (fixed, rest) = bytes.split_at_checked(FIXED_BYTES)?;
    let number_32 =
        |at: usize| fixed[at..at + 4].iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    let number_64 =
        |at: usize| fixed[at..at + 8].iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let (varying, behind) = rest.split_at_checked(number_32(0))?;
    let (path, varying) = varying.split_at_checked(number_32(24))?;
    let (path2, data) = varying.split_at_checked(number_32(28))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let kind = Kind::of(fixed[4]).ok_or_else(|| io::Error::other(format!("a record of kind {}", fixed[4])));
    let record = kind.map(|kind| Record {
        kind,
        number: number_64(8),
        at: number_64(16),
        path: text(path),
        path2: text(path2),
        data: data.to_vec(),
    });
    Some((record, behind))
}

impl Kind {
    const fn of(letter: u8) -> Option<Self> {
        Some(match letter {
            b'C' => Self::Created,
            b'D' => Self::Folder,
            b'S' => Self::Socket,
            b'W' => Self::Written,
            b'T' => Self::Length,
            b'U' => Self::Unlinked,
            b'M' => Self::Renamed,
            b'X' => Self::Exchanged,
            b'L' => Self::Linked,
            b'(' => Self::Sync,
            b'*' => Self::All,
            b')' => Self::Synced,
            b'F' => Self::Failed,
            b'!' => Self::Escaped,
            _ => return None,
        })
    }
}

const FIXED_BYTES: usize = 32;
