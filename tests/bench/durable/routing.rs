//! How do many writers hand posts to a relay in the same process? Each waits for its receipt before it hands in the next.
//! It must never know how the relay keeps them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use liaison_keys::names::DeviceId;
use liaison_relay::Relay;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::posts;
use crate::relay::Bench;
use crate::relay::world::device;

/// A relay that nobody is connected to.
pub struct Routing {
    _bench: Bench,
    relay: Arc<Relay>,
    /// No post is posted twice: the relay would not write it.
    next: u64,
}

impl Routing {
    /// Founds a relay with a sender and a reader.
    pub async fn begin() -> Result<Self> {
        let (mut bench, relay) = Bench::with_states(&["xa", "xb"]).await;
        relay.stop().await?;
        let limits = &mut bench.config.limits;
        (limits.state_posts_per_day, limits.state_bytes, limits.mailbox_posts) =
            (u32::MAX, u64::MAX, usize::MAX);
        bench.config.tick = Duration::from_secs(10);
        let relay = Arc::new(bench.start().await);
        Ok(Self { _bench: bench, relay, next: 0 })
    }

    /// Posts so many from so many writers; says how long that took, and in how many groups they were synced.
    pub async fn post(&mut self, count: usize, writers: usize) -> Result<(Duration, usize)> {
        let (start, mut tasks) = (Arc::new(Barrier::new(writers + 1)), JoinSet::new());
        let before = self.relay.groups_synced();
        for _ in 0..writers {
            let (first, start, relay) = (self.next, Arc::clone(&start), Arc::clone(&self.relay));
            self.next += (count / writers) as u64;
            let posts: Vec<Vec<u8>> =
                (first..self.next).map(|number| posts::post(number, reader())).collect();
            tasks.spawn(async move {
                start.wait().await;
                for post in posts {
                    let refused = |code| anyhow!("a post was refused: {code:?}");
                    relay.post(device(SENDER, 1), post).await.map_err(refused)?;
                }
                anyhow::Ok(())
            });
        }
        start.wait().await;
        let began = Instant::now();
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        let took = began.elapsed();
        let groups = self.relay.groups_synced().saturating_sub(before);
        Ok((took, usize::try_from(groups)?))
    }

    /// Ends the relay.
    pub async fn end(self) -> Result<()> {
        let relay = Arc::into_inner(self.relay).ok_or_else(|| anyhow!("somebody still posts"))?;
        Ok(relay.stop().await?)
    }
}

fn reader() -> DeviceId {
    device("xb/operations/1", 1)
}

const SENDER: &str = "xa/operations/1";
