//! Who sits at a station? One task that keeps a station connected, does what it is told, and tells what came.
//! It must never know the story.

use std::time::Duration;

use anyhow::{Result, anyhow};
use liaison_client::{Arrival, Happening, Letter, Online, Station};
use liaison_keys::names::HeaderHash;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

type Look = Box<dyn FnOnce(&mut Station) + Send>;

enum Order {
    Send { letter: Letter, reply: oneshot::Sender<Result<HeaderHash>> },
    Look(Look),
    Stop,
}

/// A station at work.
#[derive(Debug)]
pub struct Desk {
    orders: mpsc::Sender<Order>,
    arrivals: mpsc::Receiver<Happening>,
    task: JoinHandle<Result<Station>>,
}

impl Desk {
    /// Opens the desk: the station connects, takes what waits, and stays.
    pub fn open(station: Station) -> Self {
        let (orders, inbox) = mpsc::channel(16);
        let (tell, arrivals) = mpsc::channel(1_024);
        Self { orders, arrivals, task: tokio::spawn(work(station, inbox, tell)) }
    }

    /// Sends a letter; returns when the relay has it on disk.
    ///
    /// # Errors
    /// Whatever went wrong, in words.
    pub async fn send(&self, letter: Letter) -> Result<HeaderHash> {
        let (reply, answer) = oneshot::channel();
        self.order(Order::Send { letter, reply }).await?;
        answer.await.map_err(|_| anyhow!("the station stopped"))?
    }

    /// Looks something up in the station.
    ///
    /// # Errors
    /// Whatever went wrong, in words.
    pub async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&mut Station) -> T + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let look: Look = Box::new(move |station| drop(reply.send(look(station))));
        self.order(Order::Look(look)).await?;
        answer.await.map_err(|_| anyhow!("the station stopped"))
    }

    /// Waits until a message with this hash has come.
    ///
    /// # Errors
    /// Whatever went wrong, in words.
    pub async fn expect(&mut self, hh: HeaderHash) -> Result<()> {
        let wanted = |happening: &Happening| matches!(happening, Happening::Arrived(Arrival::Message(message)) if message.hh == hh);
        let come = async {
            while let Some(happening) = self.arrivals.recv().await {
                if wanted(&happening) {
                    return Ok(());
                }
            }
            Err(anyhow!("the station stopped"))
        };
        timeout(PATIENCE, come).await.map_err(|_| anyhow!("a message did not come within {PATIENCE:?}"))?
    }

    /// Closes the desk and gives the station back.
    ///
    /// # Errors
    /// Whatever went wrong, in words.
    pub async fn close(self) -> Result<Station> {
        let _ = self.orders.send(Order::Stop).await;
        self.task.await?
    }

    async fn order(&self, order: Order) -> Result<()> {
        self.orders.send(order).await.map_err(|_| anyhow!("the station stopped"))
    }
}

async fn work(
    mut station: Station,
    mut orders: mpsc::Receiver<Order>,
    tell: mpsc::Sender<Happening>,
) -> Result<Station> {
    let mut online = Online::connect(&mut station, liaison_client::DialOptions::default()).await?;
    online.exchange(&mut station).await?;
    loop {
        for happening in online.happenings() {
            let _ = tell.send(happening).await;
        }
        tokio::select! {
            incoming = online.wait() => online.handle(&mut station, incoming?).await?,
            order = orders.recv() => match order {
                Some(Order::Send { letter, reply }) => {
                    let _ = reply.send(send(&mut station, &mut online, &letter).await);
                }
                Some(Order::Look(look)) => look(&mut station),
                Some(Order::Stop) | None => break,
            },
        }
    }
    online.close().await;
    Ok(station)
}

async fn send(station: &mut Station, online: &mut Online, letter: &Letter) -> Result<HeaderHash> {
    online.prepare(station, &letter.scope).await?;
    let preview = station.preview(letter)?;
    let hh = station.seal(letter, &preview, false)?;
    online.send_waiting(station).await?;
    Ok(hh)
}

const PATIENCE: Duration = Duration::from_secs(60);
