//! What lies on the disk for a view, and is it there to stay? It must never know what stands in the files.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use liaison_journal::replace;

/// Of which view how many commits are durable, by the word beside it.
pub(super) fn durable(path: &Path) -> Option<(u64, u64)> {
    let text = fs::read_to_string(path.with_extension(DURABLE)).ok()?;
    let (view, commits) = text.trim_end().split_once(' ')?;
    Some((u64::from_str_radix(view, 16).ok()?, commits.parse().ok()?))
}

/// Says so, durably, and after what it says of.
pub(super) fn say_durable(path: &Path, (view, commits): (u64, u64)) -> io::Result<()> {
    replace(&path.with_extension(DURABLE), format!("{view:016x} {commits}\n").as_bytes(), 0o644)
}

/// Makes room: by deleting, or by a rename if that is refused.
pub(super) fn clear(path: &Path) {
    let gone = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    if gone.is_err() && path.exists() {
        let _ = fs::rename(path, path.with_extension("aside"));
    }
}

/// sled asks the kernel to begin writing; this waits until the disk has it.
pub(super) fn sync_below(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_below(&entry.path())?;
            continue;
        }
        match File::open(entry.path()) {
            Ok(file) => file.sync_all()?,
            // sled removes files of its own.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    File::open(path)?.sync_all()
}

/// Bytes of all files.
pub(super) fn bytes_below(path: &Path) -> io::Result<u64> {
    let mut bytes = 0_u64;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let below = entry.file_type()?.is_dir();
        let more = if below { bytes_below(&entry.path())? } else { entry.metadata()?.len() };
        bytes = bytes.saturating_add(more);
    }
    Ok(bytes)
}

/// Ending of the durable mark's file.
pub(super) const DURABLE: &str = "mark";
