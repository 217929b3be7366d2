//! How does a small file change, or a directory come, so that neither is half there after a loss of power?
//! Never knows what they are for.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Puts these bytes in the place of the file, readable by those that `mode` says. When it returns, they survive a loss
/// of power: the bytes are synced before the name points to them, and the name is synced before anybody relies on it.
/// A file of the same name that ends in `.new` must be nobody's.
///
/// # Errors
/// The operating system's; then there is the old file or the new one, whole.
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let fresh = path.with_extension("new");
    // A leftover of a crash may have another mode.
    match fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    File::open(above(path))?.sync_all()
}

/// Overwrites a file where it lies, then removes its name: what it held is not left behind on a disk that writes in place.
/// The caller syncs the directory when all that is to go has gone.
///
/// # Errors
/// The operating system's; then the file may be there still, overwritten or not.
pub fn erase(path: &Path) -> io::Result<()> {
    let length = fs::metadata(path)?.len();
    let mut file = OpenOptions::new().write(true).open(path)?;
    io::copy(&mut io::repeat(0).take(length), &mut file)?;
    file.sync_all()?;
    fs::remove_file(path)
}

/// Makes a directory for those that `mode` says, if it is not there, and those above it. When it returns, its name
/// survives a loss of power: else all that is written below would be gone with it.
///
/// # Errors
/// The operating system's.
pub fn make_directory(path: &Path, mode: u32) -> io::Result<()> {
    if !path.is_dir() {
        make_directory(above(path), mode)?;
        match DirBuilder::new().mode(mode).create(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    // Also when it was there: an earlier process may have been killed between making it and this.
    match File::open(above(path)) {
        Ok(above) => above.sync_all(),
        // Whoever gave us a directory in one that we may not read has made its name durable.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        Err(error) => Err(error),
    }
}

fn above(path: &Path) -> &Path {
    path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_file_has_the_new_bytes_and_mode_and_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys");
        fs::write(dir.path().join("keys.new"), "left by a crash").unwrap();
        replace(&path, b"one", 0o600).unwrap();
        replace(&path, b"two", 0o600).unwrap();
        assert_eq!((fs::read(&path).unwrap(), mode(&path)), (b"two".to_vec(), 0o600));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_written_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("nowhere").join("keys");
        assert_eq!(replace(&missing, b"one", 0o600).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_directory_comes_with_those_above_it_and_stays_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b");
        make_directory(&path, 0o700).unwrap();
        assert_eq!((mode(&path), mode(&dir.path().join("a"))), (0o700, 0o700));
        fs::write(path.join("kept"), "").unwrap();
        make_directory(&path, 0o755).unwrap();
        assert!(path.join("kept").exists() && mode(&path) == 0o700);
        assert!(make_directory(&path.join("kept/c"), 0o700).is_err());
    }
}
