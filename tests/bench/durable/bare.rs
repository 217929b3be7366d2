//! What can the disk do? Gathered bytes appended to one file, one write and one fdatasync for each group.
//! It must never know a frame, a checksum or a caller that waits: those are what is measured.

use std::fs::File;
use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::Result;

/// Appends `events` in groups of these sizes; gathering them does not count.
pub fn append(events: &[&[u8]], groups: &[usize]) -> Result<Duration> {
    let mut rest = events;
    let gathered: Vec<Vec<u8>> = groups
        .iter()
        .map(|size| {
            let (group, after) = rest.split_at((*size).min(rest.len()));
            rest = after;
            group.concat()
        })
        .collect();
    let folder = tempfile::tempdir()?;
    let mut file = File::create(folder.path().join("bare"))?;
    let began = Instant::now();
    for group in &gathered {
        file.write_all(group)?;
        file.sync_data()?;
    }
    Ok(began.elapsed())
}
