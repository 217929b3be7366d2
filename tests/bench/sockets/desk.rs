//! Who sits at a measured station? One task that keeps it connected, sends what it is told, and notes when what came.
//! It must never know what the times are for.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use liaison_client::{Arrival, DialOptions, Happening, Online, Station};
use liaison_keys::names::HeaderHash;
use liaison_proto::message::{Draft, Form};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// So many messages to an office; the answer comes when all of them are on the relay's disk.
struct Order {
    count: usize,
    to: String,
    reply: oneshot::Sender<Result<Vec<HeaderHash>>>,
}

/// A station at work.
pub struct Desk {
    orders: mpsc::Sender<Order>,
    arrivals: mpsc::UnboundedReceiver<(HeaderHash, Instant)>,
    task: JoinHandle<Result<Station>>,
}

impl Desk {
    /// The station connects, takes what waits, and stays.
    pub fn open(station: Station, options: DialOptions) -> Self {
        let (orders, inbox) = mpsc::channel(1);
        let (tell, arrivals) = mpsc::unbounded_channel();
        Self { orders, arrivals, task: tokio::spawn(work(station, options, inbox, tell)) }
    }

    /// Sends so many messages to an office.
    pub async fn send(&self, count: usize, to: &str) -> Result<Vec<HeaderHash>> {
        let (reply, answer) = oneshot::channel();
        let order = Order { count, to: to.to_owned(), reply };
        self.orders.send(order).await.map_err(|_| anyhow!("the station stopped"))?;
        answer.await.context("the station stopped")?
    }

    /// When the last of these messages had come.
    pub async fn has_all(&mut self, hashes: &[HeaderHash]) -> Result<Instant> {
        let mut missing = hashes.to_vec();
        let come = async {
            while let Some((hh, at)) = self.arrivals.recv().await {
                missing.retain(|missing| *missing != hh);
                if missing.is_empty() {
                    return Ok(at);
                }
            }
            Err(anyhow!("the station stopped"))
        };
        timeout(PATIENCE, come).await.context("messages did not come")?
    }

    /// Gives the station back.
    pub async fn close(self) -> Result<Station> {
        drop(self.orders);
        self.task.await?
    }
}

async fn work(
    mut station: Station,
    options: DialOptions,
    mut orders: mpsc::Receiver<Order>,
    tell: mpsc::UnboundedSender<(HeaderHash, Instant)>,
) -> Result<Station> {
    let mut online = Online::connect(&mut station, options).await?;
    online.exchange(&mut station).await?;
    loop {
        for happening in online.happenings() {
            if let Happening::Arrived(Arrival::Message(message)) = happening {
                let _ = tell.send((message.hh, Instant::now()));
            }
        }
        tokio::select! {
            incoming = online.wait() => online.handle(&mut station, incoming?).await?,
            order = orders.recv() => match order {
                Some(order) => {
                    let sent = send(&mut station, &mut online, (order.count, &order.to)).await;
                    let _ = order.reply.send(sent);
                }
                None => break,
            },
        }
    }
    online.close().await;
    Ok(station)
}

async fn send(
    station: &mut Station,
    online: &mut Online,
    (count, to): (usize, &str),
) -> Result<Vec<HeaderHash>> {
    let json = format!(r#"{{"kind":"general","to":"{to}","text":"Exercise. All is well."}}"#);
    let mut hashes = Vec::with_capacity(count);
    for _ in 0..count {
        let (draft, _) = Draft::read(Form::from_json(&json)?).map_err(|errors| anyhow!("{errors:?}"))?;
        let letter = station.letter(draft)?;
        online.prepare(station, &letter.scope).await?;
        let preview = station.preview(&letter)?;
        hashes.push(station.seal(&letter, &preview, false)?);
    }
    online.send_waiting(station).await?;
    Ok(hashes)
}

/// Longer than anything here takes, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(120);
