//! How long from one person to the other? Two stations and a relay on loopback, with TLS, vaults and receipts, by each
//! transport: from writing until the reader's station has opened it, and messages one behind the other.
//! It must never know how a station does it.

mod desk;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use liaison_client::{DialOptions, Station, Transports};
use liaison_demo::world::World;
use liaison_keys::names::OfficeId;
use tokio::runtime::Runtime;

use crate::measure::{Effort, Series};
use crate::report::{Figure, Row};
use desk::Desk;

/// By TCP, then by QUIC.
pub fn end_to_end(effort: &Effort) -> Result<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    Runtime::new()?.block_on(by_both(folder.path(), effort))
}

async fn by_both(folder: &Path, effort: &Effort) -> Result<Vec<Row>> {
    let mut world = World::found(folder).await?;
    let mut pair = (take(&mut world, WRITER)?, take(&mut world, READER)?);
    let mut rows = Vec::new();
    for (name, transports) in [("TCP", Transports::TcpOnly), ("QUIC", Transports::QuicOnly)] {
        let options = DialOptions { transports };
        let (writer, reader) = (Desk::open(pair.0, options), Desk::open(pair.1, options));
        let mut between = Between { writer, reader };
        rows.extend(between.rows(name, effort).await?);
        pair = (between.writer.close().await?, between.reader.close().await?);
    }
    world.relay.stop().await?;
    Ok(rows)
}

/// Who writes, and who reads.
struct Between {
    writer: Desk,
    reader: Desk,
}

impl Between {
    async fn rows(&mut self, name: &str, effort: &Effort) -> Result<Vec<Row>> {
        // The first one fetches keys, and is not counted.
        self.one().await?;
        let (mut accepted, mut opened) = (Vec::new(), Vec::new());
        for _ in 0..effort.size.choose(2, 15, 100) {
            let (at_relay, at_reader) = self.one().await?;
            accepted.push(at_relay);
            opened.push(at_reader);
        }
        eprintln!("   {name}: one by one, done");
        let (many, mut runs) = (effort.size.choose(4, 40, 200), Vec::new());
        for _ in 0..effort.runs {
            runs.push(self.many(many).await?);
        }
        eprintln!("   {name}: {many} behind each other, done");
        Ok(vec![
            Row::new(format!("{name}: written → on the relay's disk"), Figure::time(Series(accepted))),
            Row::new(format!("{name}: written → opened, kept, receipt sent"), Figure::time(Series(opened))),
            Row::new(format!("{name}: messages from one station to one"), Figure::rate(many, Series(runs))),
        ])
    }

    /// One message: until the relay has it on disk, and until the reader's station shows it.
    async fn one(&mut self) -> Result<(Duration, Duration)> {
        let began = Instant::now();
        let hashes = self.writer.send(1, READER).await?;
        let accepted = began.elapsed();
        let last = self.reader.has_all(&hashes).await?;
        Ok((accepted, last.duration_since(began)))
    }

    /// Many: from the first that is written to the last that was opened.
    async fn many(&mut self, count: usize) -> Result<Duration> {
        let began = Instant::now();
        let hashes = self.writer.send(count, READER).await?;
        Ok(self.reader.has_all(&hashes).await?.duration_since(began))
    }
}

fn take(world: &mut World, office: &str) -> Result<Station> {
    world.stations.remove(&office.parse::<OfficeId>()?).with_context(|| format!("no station of {office}"))
}

const WRITER: &str = "xa/diplomatic/1";
const READER: &str = "xb/diplomatic/1";
