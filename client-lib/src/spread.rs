//! How do all processors share work on many devices? Parts of the list, each on a thread that ends before this returns.
//! It must never know what the work is.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread::{available_parallelism, scope};

/// Does `work` on parts of the list beside each other, and gives what came out in the order of the list. A short list is
/// one part, on this thread.
pub(crate) fn spread<T: Sync, R: Send>(items: &[T], work: impl Fn(&[T]) -> Vec<R> + Sync) -> Vec<R> {
    // How many there are is asked only where it matters: the answer stands in several files of the system.
    let several = items.len() >= 2 * PART_ITEMS_MIN;
    let processors = if several { available_parallelism().map_or(1, NonZero::get) } else { 1 };
    spread_over(processors, items, work)
}

fn spread_over<T: Sync, R: Send>(
    processors: usize,
    items: &[T],
    work: impl Fn(&[T]) -> Vec<R> + Sync,
) -> Vec<R> {
    let parts = processors.min(items.len() / PART_ITEMS_MIN).max(1);
    let mut rest = items.chunks(items.len().div_ceil(parts).max(1));
    let first = rest.next().unwrap_or_default();
    let work = &work;
    scope(|threads| {
        let others: Vec<_> = rest.map(|part| threads.spawn(move || work(part))).collect();
        let mut done = work(first);
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    })
}

/// A thread costs about as much as one wrap; below this it would not be worth it.
const PART_ITEMS_MIN: usize = 8;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Mutex;
    use std::thread;

    use super::*;

    #[test]
    fn nothing_is_left_out_doubled_or_moved() {
        for processors in [1, 2, 3, 7] {
            for length in [0, 1, 15, 16, 17, 55, 56, 57, 100] {
                let items: Vec<usize> = (0..length).collect();
                assert_eq!(
                    spread_over(processors, &items, <[usize]>::to_vec),
                    items,
                    "{processors} {length}"
                );
            }
        }
    }

    #[test]
    fn a_long_list_is_shared_and_a_short_one_stays() {
        let threads = |length: usize| {
            let seen = Mutex::new(BTreeSet::new());
            let items = vec![(); length];
            let _: Vec<()> = spread_over(3, &items, |part| {
                seen.lock().unwrap().insert(format!("{:?}", thread::current().id()));
                part.to_vec()
            });
            seen.into_inner().unwrap()
        };
        let here = format!("{:?}", thread::current().id());
        assert_eq!(threads(2 * PART_ITEMS_MIN - 1), BTreeSet::from([here.clone()]));
        let many = threads(100 * PART_ITEMS_MIN);
        assert!(many.len() == 3 && many.contains(&here), "{many:?}");
    }

    #[test]
    #[should_panic(expected = "on another thread")]
    fn what_goes_wrong_on_another_thread_is_not_lost() {
        let items: Vec<usize> = (0..100).collect();
        spread_over(2, &items, |part| {
            assert!(part.contains(&0), "on another thread");
            part.to_vec()
        });
    }
}
