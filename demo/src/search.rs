//! Can the host read anything? Every byte of the relay's folder is searched for what people wrote.
//! It must never know how the relay stores it.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// What a search found.
pub(crate) struct Found {
    /// Files read.
    pub(crate) files: usize,
    /// Bytes read.
    pub(crate) bytes: usize,
    /// Texts that were there: none, if the promise holds.
    pub(crate) texts: Vec<String>,
}

/// Searches all files below a folder for these texts.
pub(crate) fn search(folder: &Path, texts: &[String]) -> Result<Found> {
    let mut found = Found { files: 0, bytes: 0, texts: Vec::new() };
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
            found.files += 1;
            found.bytes += bytes.len();
            let inside = |text: &&String| contains(&bytes, text.as_bytes());
            found.texts.extend(texts.iter().filter(inside).cloned());
        }
    }
    Ok(found)
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}
