//! Does a backend keep the promises of a log?
//! Never knows which backend it is, nor how it keeps them.
//!
//! A backend's tests implement [`Backend`] and call [`run`]. Each case panics at the first broken
//! promise. Some of them kill a process between the write and its reply; a backend says how.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "this module is a test, public so that backends of other crates can run it"
)]

use std::fmt;
use std::str::FromStr;
use std::thread;

use crate::event::{Digest, Event, EventId, Sequence};
use crate::log::{AppendError, AppendIfError, Appended, Content, Entry, Log, LogError};

/// A place where a log can be opened, and opened again.
pub trait Backend {
    /// The backend under test.
    type Log: Log;

    /// An empty place for a log that takes events of up to this many bytes.
    fn fresh(event_bytes_max: u32) -> Self;

    /// Opens the log. The suite drops the one it had before, so that a second call plays a process that
    /// starts anew.
    fn open(&mut self) -> Self::Log;

    /// Plays a process that opens the log, does this, and is killed between the write and its reply: nobody hears the
    /// answer. The suite has no log open meanwhile. A backend with a disk starts a process, gives it `act` as text,
    /// and kills it with SIGKILL once [`Act::on`] has returned there.
    fn killed(&mut self, act: &Act);
}

/// What a process does that is killed before it can answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Act {
    /// Appends the events with these numbers, as one batch.
    Append(Vec<u64>),
    /// Appends an event to the chain: the head that it expects, and its number.
    AppendIf(u64, u64),
    /// Releases these sequences.
    Release(Vec<u64>),
    /// Forgets these sequences.
    Forget(Vec<u64>),
}

impl Act {
    /// Does it.
    pub fn on(&self, log: &impl Log) {
        match self {
            Self::Append(numbers) => drop(log.append(numbers.iter().copied().map(event).collect())),
            Self::AppendIf(head, number) => drop(log.append_if(Sequence(*head), event(*number))),
            Self::Release(numbers) => drop(log.release(&sequences(numbers))),
            Self::Forget(numbers) => drop(log.forget(&sequences(numbers))),
        }
    }
}

fn sequences(numbers: &[u64]) -> Vec<Sequence> {
    numbers.iter().copied().map(Sequence).collect()
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, numbers) = match self {
            Self::Append(numbers) => ("append", numbers.clone()),
            Self::AppendIf(head, number) => ("append-if", vec![*head, *number]),
            Self::Release(sequences) => ("release", sequences.clone()),
            Self::Forget(sequences) => ("forget", sequences.clone()),
        };
        f.write_str(word)?;
        numbers.iter().try_for_each(|number| write!(f, " {number}"))
    }
}

/// A text that is no [`Act`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotAnAct;

impl FromStr for Act {
    type Err = NotAnAct;

    fn from_str(text: &str) -> Result<Self, NotAnAct> {
        let mut words = text.split(' ');
        let word = words.next();
        let numbers: Vec<u64> =
            words.map(|word| word.parse().map_err(|_| NotAnAct)).collect::<Result<_, _>>()?;
        match (word, numbers[..].as_ref()) {
            (Some("append"), _) => Ok(Self::Append(numbers)),
            (Some("append-if"), &[head, number]) => Ok(Self::AppendIf(head, number)),
            (Some("release"), _) => Ok(Self::Release(numbers)),
            (Some("forget"), _) => Ok(Self::Forget(numbers)),
            _ => Err(NotAnAct),
        }
    }
}

/// Runs all cases, and prints each one's name first.
pub fn run<B: Backend>() {
    for (name, case) in cases::<B>() {
        println!("conformance: {name}");
        case();
    }
}

/// The cases by name, for harnesses that list tests one by one.
#[must_use]
pub fn cases<B: Backend>() -> Vec<(&'static str, fn())> {
    vec![
        ("numbers start at one and have no gaps", numbers::<B>),
        ("a repetition gets the first answer again", repetitions::<B>),
        ("another digest under the same id is refused", conflicts::<B>),
        ("an event that is too large is refused alone", too_large::<B>),
        ("follow shows every number in order", follow::<B>),
        ("read gives an event or a part of it", read::<B>),
        ("a released event is gone and remembered", release::<B>),
        ("releasing is all or nothing, and once", release_refused::<B>),
        ("a forgotten event leaves its number and nothing else", forget::<B>),
        ("append_if joins the chain only at its head", chain::<B>),
        ("a chained event that is repeated gets its answer", chain_repetitions::<B>),
        ("the chain's head survives", chain_survives::<B>),
        ("of racing writers one gets each place", races::<B>),
        ("what was written and not answered is answered at the next try", killed::<B>),
        ("a chain goes on after a link that was not answered", killed_chain::<B>),
        ("a release that was not answered is one", killed_release::<B>),
        ("a forgetting that was not answered is one", killed_forget::<B>),
    ]
}

fn numbers<B: Backend>() {
    let mut backend = B::fresh(BYTES_MAX);
    let log = backend.open();
    assert_eq!((log.head(), log.chain_head()), (Sequence::NONE, Sequence::NONE));
    assert_eq!(append(&log, vec![]), []);
    assert_eq!(append(&log, vec![event(1), event(2)]), [first(1), first(2)]);
    assert_eq!(append(&log, vec![event(3)]), [first(3)]);
    assert_eq!(log.head(), Sequence(3));
    drop(log);
    let log = backend.open();
    assert_eq!(log.head(), Sequence(3));
    assert_eq!(append(&log, vec![event(4)]), [first(4)]);
}

fn repetitions<B: Backend>() {
    let mut backend = B::fresh(BYTES_MAX);
    let log = backend.open();
    let batch = vec![event(1), event(2), event(1)];
    assert_eq!(append(&log, batch.clone()), [first(1), first(2), again(1)]);
    assert_eq!(append(&log, batch.clone()), [again(1), again(2), again(1)]);
    drop(log);
    let log = backend.open();
    assert_eq!(append(&log, batch), [again(1), again(2), again(1)]);
    // What is the same event, the digest says; the bytes of the repetition are not looked at.
    let other_bytes = Event { bytes: b"other".to_vec(), ..event(1) };
    let too_large = Event { bytes: vec![0; BYTES_MAX as usize + 1], ..event(2) };
    assert_eq!(append(&log, vec![other_bytes, too_large]), [again(1), again(2)]);
    assert_eq!(bytes(&log, 1), event(1).bytes);
    assert_eq!(log.head(), Sequence(2));
}

fn conflicts<B: Backend>() {
    let mut backend = B::fresh(BYTES_MAX);
    let log = backend.open();
    let other = |number| Event { digest: Digest([0xff; 32]), ..event(number) };
    let batch = vec![event(1), other(1), event(2)];
    assert_eq!(append(&log, batch), [first(1), Err(AppendError::Conflict), first(2)]);
    drop(log);
    let log = backend.open();
    let batch = vec![other(2), event(3), other(3)];
    let conflict = Err(AppendError::Conflict);
    assert_eq!(append(&log, batch), [conflict, first(3), conflict]);
    assert_eq!(bytes(&log, 2), event(2).bytes);
}

fn too_large<B: Backend>() {
    let mut backend = B::fresh(BYTES_MAX);
    let log = backend.open();
    let of = |number, bytes| Event { bytes: vec![1; bytes], ..event(number) };
    let max = BYTES_MAX as usize;
    let refused = Err(AppendError::TooLarge { got: max as u64 + 1, max: max as u64 });
    let answers = append(&log, vec![of(1, max + 1), of(2, max), of(3, 0)]);
    assert_eq!(answers, [refused, first(1), first(2)]);
    assert_eq!((bytes(&log, 1).len(), bytes(&log, 2).len()), (max, 0));
}

fn follow<B: Backend>() {
    let mut backend = B::fresh(BYTES_MAX);
    let log = backend.open();
    append(&log, (1..=9).map(event).collect());
    log.release(&[Sequence(4)]).expect("released");
    let expected: Vec<Entry> = (1..=9).map(|number| entry(number, number == 4)).collect();
    now_and_reopened(&mut backend, log, |log| {
        for after in 0..=9 {
            assert_eq!(log.follow(Sequence(after), usize::MAX).expect("entries"), expected[after as usize..]);
        }
        assert_eq!(in_steps(log, 0), expected);
        assert_eq!(in_steps(log, 3_000), expected);
        assert_eq!(log.follow(Sequence(u64::MAX), 1).expect("entries"), []);
    });
}

fn read<B: Backend>() {
    let mut backend = B::fresh(BYTES_MAX);
    let log = backend.open();
    let whole: Vec<u8> = (0..BYTES_MAX).map(|n| (n % 251) as u8).collect();
    append(&log, vec![Event { bytes: whole.clone(), ..event(1) }]);
    drop(log);
    let log = backend.open();
    for (start, end) in [(0, 0), (0, 1), (16_000, 17_000), (40_000, 40_000), (16_384, 32_768), (0, 40_000)] {
        let part = log.read(Sequence(1), Some(start..end)).expect("within the event");
        assert_eq!(part, whole[start as usize..end as usize]);
    }
    for bad in [0..40_001, 40_001..40_001, 5..u64::MAX] {
        let refused = log.read(Sequence(1), Some(bad));
        assert!(matches!(refused, Err(LogError::OutOfRange { length: 40_000, .. })));
    }
    for absent in [0, 2, u64::MAX] {
        let refused = log.read(Sequence(absent), None);
        assert!(matches!(refused, Err(LogError::Absent { head: Sequence(1), .. })));
    }
}

fn release<B: Backend>() {
    let mut backend = B::fresh(BYTES_MAX);
    let log = backend.open();
    append(&log, (1..=3).map(event).collect());
    log.release(&[Sequence(3), Sequence(1), Sequence(3)]).expect("released");
    now_and_reopened(&mut backend, log, |log| {
        assert!(matches!(log.read(Sequence(1), None), Err(LogError::Released { sequence: Sequence(1) })));
        assert_eq!(bytes(log, 2), event(2).bytes);
        assert_eq!(append(log, vec![event(1), event(3)]), [again(1), again(3)]);
        let other = Event { digest: Digest([0; 32]), ..event(3) };
        assert_eq!(append(log, vec![other]), [Err(AppendError::Conflict)]);
        assert_eq!(log.head(), Sequence(3));
    });
}

fn release_refused<B: Backend>() {
    let mut backend = B::fresh(BYTES_MAX);
    let log = backend.open();
    append(&log, vec![event(1), event(2)]);
    for absent in [0, 3] {
        let refused = log.release(&[Sequence(1), Sequence(absent)]);
        assert!(matches!(refused, Err(LogError::Absent { .. })));
    }
    assert_eq!(bytes(&log, 1), event(1).bytes);
    log.release(&[]).expect("nothing to do");
    log.release(&[Sequence(1)]).expect("released");
    log.release(&[Sequence(1), Sequence(2)]).expect("released again");
    assert!(matches!(log.read(Sequence(2), None), Err(LogError::Released { .. })));
}

fn forget<B: Backend>() {
    let mut backend = B::fresh(BYTES_MAX);
    let log = backend.open();
    append(&log, (1..=6).map(event).collect());
    log.release(&sequences(&[2, 3])).expect("released");
    for refused in [[1, 7], [0, 1]] {
        assert!(matches!(log.forget(&sequences(&refused)), Err(LogError::Absent { .. })));
    }
    assert_eq!(bytes(&log, 1), event(1).bytes, "nothing was forgotten");
    // With bytes and without, twice, and released again.
    log.forget(&sequences(&[3, 4, 3])).expect("forgotten");
    log.forget(&sequences(&[4, 5])).expect("forgotten");
    log.release(&sequences(&[3, 4, 5])).expect("nothing to do");
    let now = |again: &Entry| Entry { sequence: Sequence(7), ..again.clone() };
    let mut expected: Vec<Entry> = (1..=6).map(|number| entry(number, number == 2)).collect();
    for entry in &mut expected[2..5] {
        entry.content = Content::Forgotten;
    }
    expected.push(now(&entry(4, false)));
    assert_eq!(append(&log, vec![event(4), event(2)]), [first(7), again(2)], "the same event is a new one");
    now_and_reopened(&mut backend, log, |log| {
        assert_eq!(log.follow(Sequence::NONE, usize::MAX).expect("entries"), expected);
        for forgotten in 3..=5 {
            let refused = log.read(Sequence(forgotten), None);
            assert!(matches!(refused, Err(LogError::Released { .. })));
        }
        assert_eq!(append(log, vec![event(4)]), [again(7)]);
    });
}

fn chain<B: Backend>() {
    let mut backend = B::fresh(BYTES_MAX);
    let log = backend.open();
    append(&log, vec![event(1)]);
    assert_eq!(append_if(&log, 0, event(2)), Ok(appended(2, true)));
    append(&log, vec![event(3)]);
    let moved = Err(AppendIfError::HeadMoved { now: Sequence(2) });
    // Neither the head before, nor an event outside of the chain, nor one that is not there.
    for head in [0, 3, 9] {
        assert_eq!(append_if(&log, head, event(4)), moved);
    }
    assert_eq!(append_if(&log, 2, event(4)), Ok(appended(4, true)));
    assert_eq!((log.head(), log.chain_head()), (Sequence(4), Sequence(4)));
    let large = Event { bytes: vec![0; BYTES_MAX as usize + 1], ..event(5) };
    let refused = append_if(&log, 4, large);
    assert!(matches!(refused, Err(AppendIfError::Refused(AppendError::TooLarge { .. }))));
}

fn chain_repetitions<B: Backend>() {
    let mut backend = B::fresh(BYTES_MAX);
    let log = backend.open();
    append(&log, vec![event(1)]);
    assert_eq!(append_if(&log, 0, event(2)), Ok(appended(2, true)));
    assert_eq!(append_if(&log, 2, event(3)), Ok(appended(3, true)));
    // The answer was lost, and others have gone on: it is still the answer.
    assert_eq!(append_if(&log, 0, event(2)), Ok(appended(2, false)));
    assert_eq!(append(&log, vec![event(2)]), [again(2)]);
    let conflict = Err(AppendIfError::Refused(AppendError::Conflict));
    assert_eq!(append_if(&log, 3, event(1)), conflict, "it did not join the chain");
    let other = Event { digest: Digest([0xff; 32]), ..event(2) };
    assert_eq!(append_if(&log, 3, other), conflict);
    assert_eq!(log.chain_head(), Sequence(3));
}

fn chain_survives<B: Backend>() {
    let mut backend = B::fresh(BYTES_MAX);
    let log = backend.open();
    assert_eq!(append_if(&log, 0, event(1)), Ok(appended(1, true)));
    append(&log, vec![event(2)]);
    drop(log);
    let log = backend.open();
    assert_eq!(log.chain_head(), Sequence(1));
    log.release(&[Sequence(1)]).expect("released");
    drop(log);
    let log = backend.open();
    assert_eq!(log.chain_head(), Sequence(1));
    assert_eq!(append_if(&log, 0, event(1)), Ok(appended(1, false)));
    assert_eq!(append_if(&log, 1, event(3)), Ok(appended(3, true)));
}

fn races<B: Backend>() {
    let mut backend = B::fresh(BYTES_MAX);
    let log = backend.open();
    let wins = |writer: u64| {
        let log = &log;
        move || (0..8_u64).filter(|&round| win(log, writer, round)).count()
    };
    let total: usize = thread::scope(|scope| {
        let writers: Vec<_> = (0..4).map(|writer| scope.spawn(wins(writer))).collect();
        writers.into_iter().map(|writer| writer.join().expect("a writer panicked")).sum()
    });
    let entries = log.follow(Sequence::NONE, usize::MAX).expect("entries");
    assert_eq!(entries.len(), total, "each one that won is there, and nobody else");
    assert_eq!(log.head(), Sequence(total as u64));
    assert!(total >= 8, "in each round one wins");
}

fn killed<B: Backend>() {
    let mut backend = B::fresh(BYTES_MAX);
    append(&backend.open(), vec![event(1)]);
    for (process, numbers) in [[2, 3, 4], [5, 6, 7], [7, 2, 8]].into_iter().enumerate() {
        backend.killed(&Act::Append(numbers.to_vec()));
        let log = backend.open();
        // Its caller tries again, as it must, and so do those of the processes before.
        let (known, head) = ([2, 3, 4, 5, 6, 7, 8], [4, 7, 8][process]);
        assert_eq!(log.head(), Sequence(head), "all of it is there, once");
        for number in known.into_iter().filter(|number| *number <= head) {
            assert_eq!(append(&log, vec![event(number)]), [again(number)]);
            assert_eq!(bytes(&log, number), event(number).bytes);
        }
    }
}

fn killed_chain<B: Backend>() {
    let mut backend = B::fresh(BYTES_MAX);
    backend.killed(&Act::AppendIf(0, 1));
    backend.killed(&Act::AppendIf(0, 2));
    backend.killed(&Act::AppendIf(1, 3));
    let log = backend.open();
    assert_eq!((log.head(), log.chain_head()), (Sequence(2), Sequence(2)));
    assert_eq!(append_if(&log, 0, event(1)), Ok(appended(1, false)));
    assert_eq!(append_if(&log, 0, event(2)), Err(AppendIfError::HeadMoved { now: Sequence(2) }));
    assert_eq!(append_if(&log, 1, event(3)), Ok(appended(2, false)));
    assert_eq!(append_if(&log, 2, event(2)), Ok(appended(3, true)));
}

fn killed_release<B: Backend>() {
    let mut backend = B::fresh(BYTES_MAX);
    append(&backend.open(), (1..=9).map(event).collect());
    for _ in 0..2 {
        backend.killed(&Act::Release(vec![1, 3, 4, 5, 6, 7, 8]));
        let log = backend.open();
        let expected: Vec<Entry> = (1..=9).map(|number| entry(number, !matches!(number, 2 | 9))).collect();
        assert_eq!(log.follow(Sequence::NONE, usize::MAX).expect("entries"), expected);
        assert_eq!(append(&log, vec![event(3), event(2)]), [again(3), again(2)]);
    }
}

fn killed_forget<B: Backend>() {
    let mut backend = B::fresh(BYTES_MAX);
    append(&backend.open(), (1..=9).map(event).collect());
    for _ in 0..2 {
        backend.killed(&Act::Forget(vec![1, 3, 4, 5, 6, 7, 9]));
        let log = backend.open();
        assert_eq!(log.head(), Sequence(9));
        let entries = log.follow(Sequence::NONE, usize::MAX).expect("entries");
        let kept: Vec<u64> = entries
            .iter()
            .filter(|entry| entry.content != Content::Forgotten)
            .map(|entry| entry.sequence.0)
            .collect();
        assert_eq!(kept, [2, 8]);
    }
    assert_eq!(append(&backend.open(), vec![event(2), event(3)]), [again(2), first(10)]);
}

/// Tries once to be the next in the chain.
fn win(log: &impl Log, writer: u64, round: u64) -> bool {
    append_if(log, log.chain_head().0, event(1 + writer * 100 + round)).is_ok()
}

/// Follows the whole log with this limit on each batch.
fn in_steps(log: &impl Log, bytes_max: usize) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    loop {
        let after = entries.last().map_or(Sequence::NONE, |entry| entry.sequence);
        let batch = log.follow(after, bytes_max).expect("entries");
        let bytes: usize = batch.iter().map(|entry| entry.content.bytes()).sum();
        assert!(batch.len() <= 1 || bytes <= bytes_max + 2_000, "a batch is bounded");
        if batch.is_empty() {
            return entries;
        }
        entries.extend(batch);
    }
}

/// Checks the log as it is, and as a process that starts anew sees it.
fn now_and_reopened<B: Backend>(backend: &mut B, log: B::Log, check: impl Fn(&B::Log)) {
    check(&log);
    drop(log);
    check(&backend.open());
}

fn append(log: &impl Log, batch: Vec<Event>) -> Vec<Result<Appended, AppendError>> {
    log.append(batch).expect("the log works")
}

fn append_if(log: &impl Log, head: u64, event: Event) -> Result<Appended, AppendIfError> {
    log.append_if(Sequence(head), event).expect("the log works")
}

fn bytes(log: &impl Log, sequence: u64) -> Vec<u8> {
    log.read(Sequence(sequence), None).expect("the event is there")
}

fn first(sequence: u64) -> Result<Appended, AppendError> {
    Ok(appended(sequence, true))
}

fn again(sequence: u64) -> Result<Appended, AppendError> {
    Ok(appended(sequence, false))
}

fn appended(sequence: u64, first: bool) -> Appended {
    Appended { sequence: Sequence(sequence), first }
}

fn entry(number: u64, released: bool) -> Entry {
    let event = event(number);
    let content = if released {
        Content::Released { id: event.id, digest: event.digest }
    } else {
        Content::Event(event)
    };
    Entry { sequence: Sequence(number), content }
}

/// Event number `number`: up to 2,000 bytes, so that a few cross a block or a segment.
fn event(number: u64) -> Event {
    let mut id = [0; 32];
    id[..8].copy_from_slice(&number.to_le_bytes());
    let bytes = vec![number as u8; (number as usize * 397) % 2_000];
    Event { id: EventId(id), digest: Digest::of(&bytes), bytes }
}

/// Two blocks and a half of the segment files, and small enough for a suite.
const BYTES_MAX: u32 = 40_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_go_to_another_process_as_text() {
        for act in [Act::Append(vec![1, 2]), Act::AppendIf(3, 4), Act::Release(vec![]), Act::Forget(vec![9])]
        {
            assert_eq!(act.to_string().parse(), Ok(act));
        }
        for bad in ["", "append x", "append-if 1", "lose 1", "append  1"] {
            assert_eq!(bad.parse::<Act>(), Err(NotAnAct), "{bad}");
        }
    }
}
