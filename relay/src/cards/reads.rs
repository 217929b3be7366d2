//! Who read whose card, and on which day? One line for each, kept for the State concerned.
//! It must never know what stands on a card.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use liaison_journal::replace;
use liaison_keys::names::{OfficeId, Owner};
use liaison_proto::limits;

/// That an office read another one's card on a day: its beginning in UTC, Unix seconds; whose card; who read it.
pub(crate) type Read = (u64, OfficeId, OfficeId);

/// All of them, for 400 days.
pub(crate) struct Reads {
    path: PathBuf,
    known: Mutex<BTreeSet<Read>>,
}

impl Reads {
    /// Reads the file, and leaves out what is too old.
    pub(crate) fn open(path: &Path, now: u64) -> io::Result<Self> {
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            read => read?,
        };
        // A line that was cut by a crash says nothing.
        let all: Vec<Read> = text.lines().filter_map(line).collect();
        let oldest = now.saturating_sub(KEPT_S);
        let known: BTreeSet<Read> = all.iter().filter(|(day, ..)| *day >= oldest).cloned().collect();
        let whole = text.is_empty() || text.ends_with('\n');
        if known.len() < all.len() || !whole {
            let text: String = known.iter().map(written).collect();
            replace(path, text.as_bytes(), 0o600)?;
        }
        Ok(Self { path: path.to_owned(), known: Mutex::new(known) })
    }

    /// Notes durably that `reader` reads these offices' cards at this time; its own owner's are not noted.
    pub(crate) fn note(&self, reader: &OfficeId, offices: &[OfficeId], now: u64) -> io::Result<()> {
        let day = now - now % limits::DAY_S;
        let others = offices.iter().filter(|office| office.owner != reader.owner);
        let mut known = self.known();
        let new: Vec<Read> = others
            .map(|office| (day, office.clone(), reader.clone()))
            .filter(|read| !known.contains(read))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let lines: String = new.iter().map(written).collect();
        let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(&self.path)?;
        file.write_all(lines.as_bytes())?;
        file.sync_all()?;
        known.extend(new);
        Ok(())
    }

    /// Leaves out what is too old, and of very many lines the oldest.
    pub(crate) fn prune(&self, now: u64) -> io::Result<()> {
        let mut known = self.known();
        let (before, oldest) = (known.len(), now.saturating_sub(KEPT_S));
        known.retain(|(day, ..)| *day >= oldest);
        while known.len() > LINES_MAX {
            known.pop_first();
        }
        if known.len() == before {
            return Ok(());
        }
        let text: String = known.iter().map(written).collect();
        replace(&self.path, text.as_bytes(), 0o600)
    }

    /// Who read an owner's cards: the newest last, and no more than one frame holds.
    pub(crate) fn of(&self, owner: &Owner) -> Vec<Read> {
        let known = self.known();
        let theirs = known.iter().rev().filter(|(_, office, _)| office.owner == *owner);
        let mut newest: Vec<Read> = theirs.take(limits::CARD_READS_PER_FRAME_MAX).cloned().collect();
        newest.reverse();
        newest
    }

    fn known(&self) -> MutexGuard<'_, BTreeSet<Read>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn line(text: &str) -> Option<Read> {
    let mut parts = text.split(' ');
    let read = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next().is_none().then_some(read)
}

fn written((day, office, reader): &Read) -> String {
    format!("{day} {office} {reader}\n")
}

/// 200 States that read 1,500 cards each fill it in a day; in life they read them once.
const LINES_MAX: usize = 400_000;
const KEPT_S: u64 = 400 * limits::DAY_S;

#[cfg(test)]
mod tests {
    use super::*;

    fn office(name: &str) -> OfficeId {
        name.parse().unwrap()
    }

    #[test]
    fn once_a_day_and_for_400_days() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("reads");
        let (desk, reader) = (office("xa/operations/1"), office("xb/diplomatic/1"));
        let day = 20_000 * limits::DAY_S;
        let reads = Reads::open(&path, day).unwrap();
        for seconds in [0, 60, limits::DAY_S] {
            reads.note(&reader, &[desk.clone(), office("xb/operations/1")], day + seconds).unwrap();
        }
        let expected =
            [(day, desk.clone(), reader.clone()), (day + limits::DAY_S, desk.clone(), reader.clone())];
        assert_eq!(reads.of(&desk.owner), expected);
        assert_eq!(reads.of(&reader.owner), [], "one's own cards are not noted");
        fs::write(&path, [fs::read(&path).unwrap().as_slice(), b"17280 xa/op"].concat()).unwrap();
        assert_eq!(Reads::open(&path, day).unwrap().of(&desk.owner), expected, "a cut line says nothing");
        reads.prune(day).unwrap();
        assert_eq!(reads.of(&desk.owner), expected);
        reads.prune(day + 401 * limits::DAY_S).unwrap();
        assert_eq!(reads.of(&desk.owner), [expected[1].clone()]);
        let later = Reads::open(&path, day + 401 * limits::DAY_S).unwrap();
        assert_eq!(later.of(&desk.owner), [expected[1].clone()]);
        assert!(!fs::read_to_string(&path).unwrap().contains(&day.to_string()));
    }
}
