//! How do many stations post at once? Links to one relay, each with some posts under way, a new one for each receipt.
//! It must never know how the relay keeps them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use liaison_proto::Lane;
use liaison_proto::frame::Frame;
use liaison_relay::Relay;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::posts;
use crate::relay::world::device;
use crate::relay::{Bench, Station};

/// A relay with a link from each of some States' stations.
pub struct Posting {
    _bench: Bench,
    relay: Relay,
    stations: Vec<Station>,
    /// No post is posted twice: the relay would not write it.
    next: u64,
}

impl Posting {
    /// Founds a relay, and lets stations in for so many writers.
    pub async fn begin(writers: usize) -> Result<Self> {
        let states = &STATES[..writers.clamp(2, STATES.len())];
        let (mut bench, relay) = Bench::with_states(states).await;
        relay.stop().await?;
        let limits = &mut bench.config.limits;
        (limits.state_posts_per_day, limits.state_bytes, limits.mailbox_posts) =
            (u32::MAX, u64::MAX, usize::MAX);
        bench.config.tick = Duration::from_secs(10);
        let relay = bench.start().await;
        let mut stations = Vec::new();
        for state in states {
            stations.push(bench.station(&relay, &format!("{state}/operations/1 transport 1")).await);
        }
        Ok(Self { _bench: bench, relay, stations, next: 0 })
    }

    /// Posts so many, `writers` of them under way at a time, and waits for all receipts.
    pub async fn post(&mut self, count: usize, writers: usize) -> Result<Duration> {
        let links = writers.min(self.stations.len());
        let (start, mut tasks) = (Arc::new(Barrier::new(links + 1)), JoinSet::new());
        for mut station in self.stations.drain(..links) {
            let (first, start) = (self.next, Arc::clone(&start));
            self.next += (count / links) as u64;
            let posts: Vec<Vec<u8>> =
                (first..self.next).map(|number| posts::post(number, device(READER, 1))).collect();
            tasks.spawn(async move {
                start.wait().await;
                keep_posting(&mut station, posts, writers / links).await?;
                anyhow::Ok(station)
            });
        }
        start.wait().await;
        let began = Instant::now();
        while let Some(done) = tasks.join_next().await {
            self.stations.push(done??);
        }
        Ok(began.elapsed())
    }

    /// Ends the relay.
    pub async fn end(self) -> Result<()> {
        for station in self.stations {
            station.close().await;
        }
        Ok(self.relay.stop().await?)
    }
}

async fn keep_posting(station: &mut Station, posts: Vec<Vec<u8>>, under_way: usize) -> Result<()> {
    let mut open = posts.len();
    let mut posts = posts.into_iter();
    for post in posts.by_ref().take(under_way) {
        begin(station, post).await;
    }
    while open > 0 {
        match station.receive().await {
            Frame::Accepted { .. } => {
                open -= 1;
                if let Some(post) = posts.next() {
                    begin(station, post).await;
                }
            }
            Frame::Refused { code, .. } | Frame::GoAway { code } => bail!("a post was refused: {code:?}"),
            _ => {}
        }
    }
    Ok(())
}

async fn begin(station: &mut Station, post: Vec<u8>) {
    station.begin(|id| Frame::Post { id, lane: Lane::Routine, post: post.into() }).await;
}

/// Sixteen fictional States, each with one link.
const STATES: [&str; 16] =
    ["xa", "xb", "xc", "xd", "xe", "xf", "xg", "xh", "xi", "xj", "xl", "xm", "xn", "xo", "xp", "xq"];
const READER: &str = "xb/operations/1";
