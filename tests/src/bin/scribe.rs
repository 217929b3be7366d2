//! What does a program do to files, step by step? One for the tests of the power library: it does what it is told, or
//! keeps a record of numbers with one flaw that it is told to have. It must never know that it is watched.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["keep", folder, flaw] => keep(Path::new(folder), flaw),
        ["do", steps @ ..] => steps.iter().try_for_each(|step| take(step)),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// One step, in the words of the shell.
fn take(step: &str) -> io::Result<()> {
    let open = |path: &str| OpenOptions::new().write(true).open(path);
    match step.split(' ').collect::<Vec<_>>().as_slice() {
        ["create", path] => File::create(path).map(|_| ()),
        ["write", path, at, text] => open(path)?.write_all_at(text.as_bytes(), number(at)?),
        ["append", path, text] => {
            OpenOptions::new().append(true).create(true).open(path)?.write_all(text.as_bytes())
        }
        ["write-synced", path, text] => {
            let mut options = OpenOptions::new();
            options.write(true).create(true).custom_flags(O_DSYNC).open(path)?.write_all(text.as_bytes())
        }
        ["length", path, length] => open(path)?.set_len(number(length)?),
        ["copy", from, to] => fs::copy(from, to).map(|_| ()),
        ["sync", path] => File::open(path)?.sync_all(),
        ["sync-data", path] => open(path)?.sync_data(),
        ["rename", from, to] => fs::rename(from, to),
        ["link", from, to] => fs::hard_link(from, to),
        ["unlink", path] => fs::remove_file(path),
        ["folder", path] => fs::create_dir(path),
        ["remove", path] => fs::remove_dir_all(path),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, step.to_owned())),
    }
}

/// Keeps the numbers from 1 on, and says each once it is safe: by appending it, and later every third time also by
/// replacing a small file whole. What it says too early is its flaw.
fn keep(folder: &Path, flaw: &str) -> io::Result<()> {
    let mut log = File::create(folder.join("log"))?;
    if flaw != "folder-not-synced" {
        File::open(folder)?.sync_all()?;
    }
    for number in 1_u32..=300 {
        if flaw == "says-before-sync" {
            println!("{number}");
        }
        writeln!(log, "{number}")?;
        match log.sync_data() {
            Err(_) if flaw == "syncs-again" => log.sync_data()?,
            done => done?,
        }
        if number > 10 && number.is_multiple_of(3) {
            replace(&folder.join("newest"), &number.to_string(), flaw != "rename-not-synced")?;
        }
        println!("{number}");
    }
    Ok(())
}

fn replace(path: &Path, text: &str, sync_name: bool) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = File::create(&fresh)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    let folder = path.parent().ok_or(io::ErrorKind::NotFound)?;
    if sync_name { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn number(text: &str) -> io::Result<u64> {
    text.parse().map_err(|_| io::ErrorKind::InvalidInput.into())
}

/// `O_DSYNC` of Linux.
const O_DSYNC: i32 = 0o10_000;
