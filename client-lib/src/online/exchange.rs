//! What has to go out, and what waits to come in? Posts, deliveries, receipts and answers to checks
//! (`docs/protocol.md` §6, §7). It must never know what a message says to a person.

use std::collections::BTreeSet;

use liaison_keys::names::HeaderHash;
use liaison_proto::limits;
use liaison_proto::scope::Scope;
use liaison_proto::session::client::{ClientError, Event, Ready};
use tokio::time::Instant;

use super::{Happening, Online, OnlineError};
use crate::check::Answer;
use crate::compose::ComposeError;
use crate::record::{Record, SentRecord};
use crate::station::{Station, StationError};

impl Online {
    /// Brings the station up to date: the directory, its own keys, what it has to send, what waits for it, and the
    /// receipts that it owes. Returns when nothing is left that waited when it began.
    ///
    /// # Errors
    /// [`OnlineError`].
    pub async fn exchange(&mut self, station: &mut Station) -> Result<(), OnlineError> {
        self.sync(station).await?;
        if station.own_contact().is_err() {
            // A device whose time ran out still fetches what waited for it; one that was never named has nothing.
            let named = station.memory().office().is_some();
            return if named { self.drain(station).await.map(|_| ()) } else { Ok(()) };
        }
        self.witness(station).await?;
        self.renew_prekeys(station).await?;
        self.fetch_cards(station).await?;
        self.send_waiting(station).await?;
        self.drain(station).await?;
        self.answer(station).await
    }

    /// Sends what no relay has taken yet, the most urgent first, and waits for the receipts.
    ///
    /// # Errors
    /// [`OnlineError`]; what was not taken waits on.
    pub async fn send_waiting(&mut self, station: &mut Station) -> Result<(), OnlineError> {
        if self.is_paused() {
            return Ok(());
        }
        let under_way: BTreeSet<HeaderHash> = self.posts.values().copied().collect();
        let waiting: Vec<_> = station
            .memory()
            .outbox
            .waiting(station.clock().now_s())
            .iter()
            .filter(|item| !under_way.contains(&item.hh) && !self.is_put_off(item.hh))
            .map(|item| (item.hh, item.lane, item.place))
            .collect();
        for (hh, lane, place) in waiting {
            let Record::Sent(SentRecord { post, .. }) = station.read(place)? else { continue };
            self.until(station, limits::POST_ANSWER_MS_MAX, |online| online.posts.len() < POSTS_IN_FLIGHT)
                .await?;
            if self.paused_until.is_some() {
                break;
            }
            let (id, frame) = self.ready.post(lane, post.into())?;
            self.posts.insert(id, hh);
            self.send(frame).await?;
        }
        self.until(station, limits::POST_ANSWER_MS_MAX, |online| online.posts.is_empty()).await
    }

    /// Whether the State's share is used up for now.
    pub(super) fn is_paused(&self) -> bool {
        self.paused_until.is_some_and(|until| Instant::now() < until)
    }

    fn is_put_off(&self, hh: HeaderHash) -> bool {
        self.put_off.get(&hh).is_some_and(|until| Instant::now() < *until)
    }

    /// Takes everything that waits now, and from then on what comes; gives how many envelopes came. A relay that
    /// promises more than it delivers is not waited for.
    ///
    /// # Errors
    /// [`OnlineError`].
    pub async fn drain(&mut self, station: &mut Station) -> Result<u64, OnlineError> {
        if self.pulling {
            return Ok(0);
        }
        let (before, asked_s) = (self.arrived, station.clock().now_s());
        let Event::Pulled(_, waiting) = self.ask(station, Ready::pull).await? else {
            return Err(ClientError::Protocol.into());
        };
        self.pulling = true;
        while self.arrived - before < waiting {
            let now = self.arrived;
            match self.until(station, limits::ANSWER_MS_MAX, |online| online.arrived > now).await {
                Err(OnlineError::Silent) => break,
                more => more?,
            }
        }
        self.flush_acks().await?;
        let given_up = station.give_up_waiting()?;
        self.happenings.extend(given_up.into_iter().map(Happening::Arrived));
        // All that was sealed to ended keys has come and been opened: now their secrets go, and forward secrecy begins.
        if self.arrived - before >= waiting && station.memory().inbox.waiting.is_empty() {
            station.prekeys_mut().erase_ended(asked_s).map_err(StationError::from)?;
        }
        Ok(self.arrived - before)
    }

    /// Sends the receipts that are owed.
    ///
    /// # Errors
    /// [`OnlineError`]; an office that cannot be sealed to is told nothing.
    pub async fn answer(&mut self, station: &mut Station) -> Result<(), OnlineError> {
        for (office, receipts) in station.receipts_owed() {
            let scope = Scope::bilateral([office.clone()]).map_err(|_| ComposeError::NoLiveKey)?;
            let messages: Vec<HeaderHash> = receipts.iter().map(|receipt| receipt.hh).collect();
            let prepared = self.prepare(station, &scope).await;
            let sealed = match prepared {
                Ok(()) => station.seal_receipts(&office, receipts).map_err(OnlineError::Compose),
                Err(error) => Err(error),
            };
            match sealed {
                Ok(()) => {}
                Err(OnlineError::Compose(ComposeError::Station(error))) => return Err(error.into()),
                Err(OnlineError::Compose(ComposeError::Scope(_) | ComposeError::NotEntitled(_))) => {
                    station.waive_receipts(messages)?;
                }
                // Nobody to seal to any more, and nobody who waits for it.
                Err(OnlineError::Compose(ComposeError::NoLiveKey)) if station.have_ended(&messages) => {
                    station.waive_receipts(messages)?;
                }
                // No key or no fresh directory now: still owed.
                Err(OnlineError::Compose(_)) => {}
                Err(error) => return Err(error),
            }
        }
        self.answer_checks(station).await?;
        self.send_waiting(station).await?;
        self.reseal(station).await?;
        self.tell_of_undelivered(station)
    }

    /// What has ended without having reached everybody is told once, by the names of the offices.
    fn tell_of_undelivered(&mut self, station: &mut Station) -> Result<(), OnlineError> {
        let now = station.clock().now_s();
        let own = station.memory().office();
        let missed: Vec<_> =
            station.memory().outbox.missed(now).map(|item| (item.hh, item.missing(own.as_ref()))).collect();
        for (hh, offices) in missed {
            station.keep(vec![Record::Told { hh }])?;
            if !offices.is_empty() {
                self.happenings.push(Happening::Undelivered(hh, offices));
            }
        }
        Ok(())
    }

    /// Answers the checks that ask stations and not people. One that cannot be answered stops nothing.
    async fn answer_checks(&mut self, station: &mut Station) -> Result<(), OnlineError> {
        for hh in station.checks_to_answer() {
            match self.answer_check(station, hh).await {
                Ok(()) => {}
                Err(OnlineError::Compose(ComposeError::Station(error))) => return Err(error.into()),
                Err(OnlineError::Compose(_)) => tracing::warn!(%hh, "a check cannot be answered"),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn answer_check(&mut self, station: &mut Station, hh: HeaderHash) -> Result<(), OnlineError> {
        let letter = station.check_answer(hh, Answer::Auto)?;
        self.prepare(station, &letter.scope).await?;
        let preview = station.preview(&letter)?;
        station.seal(&letter, &preview, true)?;
        Ok(())
    }
}

/// Posts sent and not yet answered: enough to share the relay's group commits.
const POSTS_IN_FLIGHT: usize = 16;
