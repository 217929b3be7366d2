//! How many events become durable in a second, of what the disk can do? The committer by itself, and a whole relay,
//! against one file that is appended to and synced with the same bytes. It must never know what an event means.
//!
//! ```text
//! committer   writers ─▶ Committer ─▶ SegmentLog           bare: the same groups, each one write and one fdatasync
//! route       writers ─▶ route ─▶ Committer ─▶ view …      bare: groups of the same mean size
//! relay       writers ─▶ link ─▶ route ─▶ Committer …      bare: groups of all that is under way
//! ```

mod bare;
mod observed;
mod posting;
mod routing;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use liaison_journal::{Committer, Event, Options, QueueLimits, SegmentLog};
use tokio::runtime::Runtime;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::measure::{Effort, Subject, in_turn};
use crate::posts;
use crate::relay::world::device;
use crate::report::{Figure, Row};
use observed::Observed;
use posting::Posting;
use routing::Routing;

/// The journal by itself, with events of 1 KiB and with posts.
pub fn committer(effort: &Effort) -> Result<Vec<Row>> {
    let runtime = Runtime::new()?;
    let mut rows = Vec::new();
    for (what, make) in [("1 KiB", small as fn(u64) -> Event), ("a post", post)] {
        for writers in writers(effort) {
            rows.push(committed(&runtime, (what, make), writers, effort)?);
        }
    }
    Ok(rows)
}

fn committed(
    runtime: &Runtime,
    (what, make): (&str, fn(u64) -> Event),
    writers: usize,
    effort: &Effort,
) -> Result<Row> {
    let count = writers * each(writers, effort);
    let events: Vec<Event> = (0..count as u64).map(make).collect();
    let groups = std::cell::RefCell::new(Vec::new());
    let journal = || {
        let folder = tempfile::tempdir()?;
        let (log, _) = SegmentLog::open(folder.path(), Options::default())?;
        let log = Arc::new(Observed::new(log));
        let committer = Committer::start(log.clone(), QueueLimits::default())?;
        let took = runtime.block_on(write(&committer, &events, writers))?;
        runtime.block_on(committer.close())?;
        *groups.borrow_mut() = log.groups();
        Ok(took)
    };
    let bytes: Vec<&[u8]> = events.iter().map(|event| event.bytes.as_slice()).collect();
    let bare = || bare::append(&bytes, &groups.borrow());
    let subjects: [Subject<'_>; 2] = [Box::new(journal), Box::new(bare)];
    let [journal, bare] = in_turn(&format!("committer, {what}, {writers} writers"), effort, subjects)?;
    let in_group = count as f64 / groups.borrow().len().max(1) as f64;
    Ok(Row::new(format!("committer: {what}, {writers} writers"), Figure::rate(count, journal))
        .gain("same groups, bare", Figure::rate(count, bare))
        .aim(aim(writers))
        .note("in a group", in_group))
}

/// So many writers, each of which waits for its event before it hands in the next.
async fn write(committer: &Committer, events: &[Event], writers: usize) -> Result<Duration> {
    let start = Arc::new(Barrier::new(writers + 1));
    let mut tasks = JoinSet::new();
    for share in events.chunks(events.len() / writers) {
        let (committer, start, share) = (committer.clone(), Arc::clone(&start), share.to_vec());
        tasks.spawn(async move {
            start.wait().await;
            for event in share {
                committer.append(event).await?;
            }
            anyhow::Ok(())
        });
    }
    start.wait().await;
    let began = Instant::now();
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(began.elapsed())
}

/// Route and committer in one process, without links: forms, rights, quotas, journal, view, signed receipts.
pub fn route(effort: &Effort) -> Result<Vec<Row>> {
    let runtime = Runtime::new()?;
    let routing = std::cell::RefCell::new(runtime.block_on(Routing::begin())?);
    let mut rows = Vec::new();
    for writers in writers(effort) {
        let count = writers * each(writers, effort);
        let groups = std::cell::RefCell::new(Vec::new());
        let route = || {
            let (took, synced) = runtime.block_on(routing.borrow_mut().post(count, writers))?;
            *groups.borrow_mut() = evenly(count, synced);
            Ok(took)
        };
        let bytes: Vec<Vec<u8>> = (0..count as u64).map(|number| post(number).bytes).collect();
        let bytes: Vec<&[u8]> = bytes.iter().map(Vec::as_slice).collect();
        let bare = || bare::append(&bytes, &groups.borrow());
        let subjects: [Subject<'_>; 2] = [Box::new(route), Box::new(bare)];
        let [route, bare] = in_turn(&format!("route, {writers} writers"), effort, subjects)?;
        let in_group = count as f64 / groups.borrow().len().max(1) as f64;
        rows.push(
            Row::new(format!("route and committer: a post, {writers} writers"), Figure::rate(count, route))
                .gain("groups of that size, bare", Figure::rate(count, bare))
                .aim(aim(writers))
                .note("in a group", in_group),
        );
    }
    runtime.block_on(routing.into_inner().end())?;
    Ok(rows)
}

/// So many events in so many groups, of sizes as equal as can be.
fn evenly(events: usize, groups: usize) -> Vec<usize> {
    let groups = groups.clamp(1, events);
    (0..groups).map(|group| (group + 1) * events / groups - group * events / groups).collect()
}

/// A whole relay: links with TLS over TCP on loopback, forms, rights, quotas, journal, view, signed receipts.
pub fn relay(effort: &Effort) -> Result<Vec<Row>> {
    let runtime = Runtime::new()?;
    let all = writers(effort);
    let most = all.iter().copied().max().context("no writers")?;
    let posting = std::cell::RefCell::new(runtime.block_on(Posting::begin(most))?);
    let mut rows = Vec::new();
    for writers in all {
        let count = writers * each(writers, effort);
        let relay = || runtime.block_on(posting.borrow_mut().post(count, writers));
        let bytes: Vec<Vec<u8>> = (0..count as u64).map(|number| post(number).bytes).collect();
        let bytes: Vec<&[u8]> = bytes.iter().map(Vec::as_slice).collect();
        let bare = || bare::append(&bytes, &vec![writers; count / writers]);
        let subjects: [Subject<'_>; 2] = [Box::new(relay), Box::new(bare)];
        let [relay, bare] = in_turn(&format!("relay, {writers} under way"), effort, subjects)?;
        rows.push(
            Row::new(format!("relay over TCP: a post, {writers} writers"), Figure::rate(count, relay))
                .gain("all of one round in a group, bare", Figure::rate(count, bare)),
        );
    }
    runtime.block_on(posting.into_inner().end())?;
    Ok(rows)
}

fn writers(effort: &Effort) -> Vec<usize> {
    effort.size.choose(vec![1, 4], vec![1, 16, 256], vec![1, 16, 64, 256])
}

/// How many events each writer writes.
fn each(writers: usize, effort: &Effort) -> usize {
    effort.size.choose(3, 640 / writers.max(16), 3_200 / writers.max(16))
}

const fn aim(writers: usize) -> Option<f64> {
    match writers {
        16 => Some(0.6),
        256 => Some(0.45),
        _ => None,
    }
}

fn small(number: u64) -> Event {
    posts::plain(number, 1_024)
}

fn post(number: u64) -> Event {
    posts::event(posts::post(number, device("xb/operations/1", 1)))
}
