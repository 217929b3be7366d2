//! What is read, and what is written, beside the words? Whole files from where the command runs, never replaced.
//! It must never know what stands in them.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::Io;
use crate::exit::Exit;
use crate::failure::{Failure, fail};

impl Io {
    /// All of standard input, or of a file.
    pub(crate) fn read(&mut self, path: &Path) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        let read = if path == Path::new("-") {
            self.input.by_ref().take(INPUT_BYTES_MAX).read_to_end(&mut bytes)
        } else {
            fs::File::open(self.folder.join(path))
                .and_then(|file| file.take(INPUT_BYTES_MAX).read_to_end(&mut bytes))
        };
        match read {
            Ok(_) => Ok(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(fail!(Exit::NotFound, "error-no-file", file = path.display()))
            }
            Err(error) => Err(fail!(Exit::Io, "error-file", file = path.display()).with_detail(error)),
        }
    }

    /// The same as text.
    pub(crate) fn read_text(&mut self, path: &Path) -> Result<String, Failure> {
        let bytes = self.read(path)?;
        String::from_utf8(bytes).map_err(|_| fail!(Exit::Data, "error-not-text", file = path.display()))
    }

    /// Writes a new file; a secret one is for its owner alone. Never replaces one.
    pub(crate) fn write_new(&self, path: &Path, bytes: &[u8], secret: bool) -> Result<(), Failure> {
        let mode = if secret { 0o600 } else { 0o644 };
        let open =
            fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(self.folder.join(path));
        match open.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all())) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(fail!(Exit::Exists, "error-file-exists", file = path.display()))
            }
            Err(error) => Err(fail!(Exit::Io, "error-file", file = path.display()).with_detail(error)),
        }
    }
}

/// A directory of two hundred States fits several times.
const INPUT_BYTES_MAX: u64 = 64 * 1024 * 1024;
