//! How long does it take, and how sure is that? Things are measured in turn, A B A B, so that a busy moment meets all
//! of them alike, and the shortest of several runs counts: noise only ever adds. It must never know what it measures.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::Result;

/// How much is done.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// How large.
    pub size: Size,
    /// How often each thing is measured.
    pub runs: usize,
    /// A short thing is repeated for so long within one run.
    pub sample: Duration,
}

/// How large benchmarks are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Just enough to see that it works.
    Smoke,
    /// For whoever changes something.
    Quick,
    /// For the table.
    Full,
}

impl Size {
    /// What belongs to this size.
    pub fn choose<T>(self, smoke: T, quick: T, full: T) -> T {
        match self {
            Self::Smoke => smoke,
            Self::Quick => quick,
            Self::Full => full,
        }
    }
}

/// How long the same work took in each run.
#[derive(Clone, Debug)]
pub struct Series(pub Vec<Duration>);

impl Series {
    /// The shortest.
    pub fn best(&self) -> Duration {
        self.0.iter().copied().min().unwrap_or_default()
    }

    /// The one in the middle.
    pub fn median(&self) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied().unwrap_or_default()
    }
}

/// Something to measure: does its work, and says how long the part took that counts.
pub type Subject<'a> = Box<dyn FnMut() -> Result<Duration> + 'a>;

/// Measures all subjects in turn, as often as asked, after one turn that does not count.
pub fn in_turn<const N: usize>(
    what: &str,
    effort: &Effort,
    mut subjects: [Subject<'_>; N],
) -> Result<[Series; N]> {
    let mut series = [const { Series(Vec::new()) }; N];
    let warm_up = usize::from(effort.size != Size::Smoke);
    for run in 0..effort.runs + warm_up {
        eprint!("\r   {what}: {run} of {}   ", effort.runs + warm_up - 1);
        for (subject, series) in subjects.iter_mut().zip(&mut series) {
            let took = subject()?;
            series.0.extend((run >= warm_up).then_some(took));
        }
    }
    eprintln!("\r   {what}: done      ");
    Ok(series)
}

/// Repeats work for at least as long as a sample, and gives the shortest time of one: what lasts less than a slice of the
/// scheduler's is then measured undisturbed also on a machine that has other work.
pub fn repeat<T>(effort: &Effort, mut work: impl FnMut() -> T) -> Duration {
    let sample = Instant::now();
    let mut shortest = Duration::MAX;
    loop {
        let began = Instant::now();
        black_box(work());
        shortest = shortest.min(began.elapsed());
        if sample.elapsed() >= effort.sample {
            return shortest;
        }
    }
}
