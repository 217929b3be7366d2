//! What does one link need next? One task for each link: hello, admission, then whatever comes first, until it ends.
//! It must never know what a frame carries, nor wait for one peer on behalf of another.
//!
//! ```text
//!            ┌─ frame ──▶ session ──▶ task ──▶ work (bounded) ──▶ answers ─┐
//! select ────┼─ woken ──▶ mailbox ───────────────────────────────────────┼──▶ outbox, a slot for each lane ──▶ link
//!            ├─ news ───▶ admission again, checkpoint ───────────────────┘
//!            └─ stop, silence
//! ```
//!
//! While a session's requests or answers hold as much as they may, nothing more is read from it, so its memory is bounded
//! whatever it sends or does not read.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use liaison_keys::signing::{PublicKey, Transport};
use liaison_link::{Link, LinkError, LinkReceiver, LinkSender};
use liaison_proto::Lane;
use liaison_proto::frame::{Code, Frame};
use liaison_proto::limits;
use liaison_proto::session::Party;
use liaison_proto::session::relay::{Ends, Ready, Task};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use crate::admit::{Admitted, admit};
use crate::answer::{answer, checkpoint, weight};
use crate::greeting::{Greeted, farewell, frame_bytes_max, greet};
use crate::house::House;
use crate::mailbox::{Mailbox, Next};
use crate::outbox::{Outbox, Step};
use crate::route::Turns;
use crate::sessions::Place;
use crate::signer::News;

/// Serves one link to its end.
pub(crate) async fn serve(house: Arc<House>, link: Link, mut stop: watch::Receiver<bool>) {
    let key = PublicKey::from_bytes(link.peer().0);
    // Before the directory is asked, so that no entry can end this key's right unheard.
    let news = house.signer.listen();
    let (sender, mut receiver) = link.split();
    let greeted = tokio::select! {
        biased;
        () = stopped(&mut stop) => Err(Some(Code::Busy)),
        greeted = timeout(HANDSHAKE, greet(&house, &key, &mut receiver)) => {
            greeted.unwrap_or(Err(Some(Code::Protocol)))
        }
    };
    match greeted {
        Ok(Greeted { ready, admitted, welcome }) => {
            house.counters.sessions.add(1);
            tracing::debug!(kid = %key.kid(), "session begins");
            let connection = Connection::new(house, key, (ready, admitted), (sender, receiver), (news, stop));
            connection.run(welcome).await;
            tracing::debug!(kid = %key.kid(), "session ended");
        }
        Err(Some(code)) => {
            house.counters.not_admitted.add(1);
            tracing::debug!(kid = %key.kid(), ?code, "not taken in");
            farewell(sender, receiver, code).await;
        }
        Err(None) => {}
    }
}

/// How a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The peer is told why.
    Said(Code),
    /// The link is over.
    Link,
}

/// A request that was done: what it held, and its answer.
type Done = (usize, Option<Frame>);

/// One session.
struct Connection {
    house: Arc<House>,
    key: PublicKey<Transport>,
    party: Party,
    until: u64,
    place: Place,
    ready: Ready,
    receiver: LinkReceiver,
    outbox: Outbox,
    mailbox: Option<Mailbox>,
    work: JoinSet<Done>,
    turns: Turns,
    /// What requests and answers hold.
    held_bytes: usize,
    answers: BTreeMap<Lane, VecDeque<(usize, Frame)>>,
    answers_count: usize,
    news: watch::Receiver<Arc<News>>,
    news_due: bool,
    silent_since: Instant,
    stop: watch::Receiver<bool>,
}

impl Connection {
    fn new(
        house: Arc<House>,
        key: PublicKey<Transport>,
        (ready, Admitted { party, until }): (Ready, Admitted),
        (sender, mut receiver): (LinkSender, LinkReceiver),
        (news, stop): (watch::Receiver<Arc<News>>, watch::Receiver<bool>),
    ) -> Self {
        receiver.admit(frame_bytes_max(&party));
        let place = house.sessions.enter(party.device(), until);
        Self {
            key,
            until,
            place,
            ready,
            receiver,
            outbox: Outbox::new(sender),
            mailbox: party.device().map(Mailbox::new),
            party,
            work: JoinSet::new(),
            turns: Turns::default(),
            held_bytes: 0,
            answers: BTreeMap::new(),
            answers_count: 0,
            news,
            news_due: false,
            silent_since: Instant::now(),
            stop,
            house,
        }
    }

    async fn run(mut self, welcome: Frame) {
        self.queue(0, welcome);
        let end = loop {
            if let Err(end) = self.turn().await {
                break end;
            }
        };
        self.finish(end).await;
    }

    /// Puts on its way what can leave, then takes whatever comes first.
    async fn turn(&mut self) -> Result<(), End> {
        self.fill()?;
        let room = self.has_room();
        let quiet = self.silent_since + KEEPALIVE;
        tokio::select! {
            biased;
            () = stopped(&mut self.stop) => Err(End::Said(Code::Busy)),
            () = self.place.wake.notified() => self.woken(),
            changed = self.news.changed() => match changed {
                Ok(()) => self.heard(),
                Err(_) => Err(End::Said(Code::Busy)),
            },
            step = self.outbox.step() => self.left(step),
            Some(done) = self.work.join_next() => self.done(done.ok()),
            frame = self.receiver.receive(), if room => self.came(frame),
            () = sleep_until(quiet) => {
                self.silent_since = Instant::now();
                self.queue(0, Frame::Ping { id: 1 });
                Ok(())
            }
        }
    }

    /// Gives every free slot what its lane has: answers first, then news, then what waits in the mailbox.
    fn fill(&mut self) -> Result<(), End> {
        for lane in Lane::URGENT_FIRST {
            if !self.outbox.is_free(lane) {
                continue;
            }
            if let Some(frame) = self.answer_in(lane) {
                self.outbox.send(lane, frame);
            } else if let Some(next) = self.waiting_in(lane)? {
                let (house, parts) = (Arc::clone(&self.house), next.parts());
                let sequence = next.waiting.sequence;
                self.outbox.load(next, async move { house.store.read(sequence, parts).await });
            }
        }
        Ok(())
    }

    fn answer_in(&mut self, lane: Lane) -> Option<Vec<u8>> {
        if let Some((held, frame)) = self.answers.get_mut(&lane).and_then(VecDeque::pop_front) {
            self.held_bytes = self.held_bytes.saturating_sub(held);
            self.answers_count = self.answers_count.saturating_sub(1);
            return Some(frame.to_bytes());
        }
        let news_due = lane == Lane::Flash && std::mem::take(&mut self.news_due);
        news_due.then(|| checkpoint(&self.house, 0).to_bytes())
    }

    fn waiting_in(&mut self, lane: Lane) -> Result<Option<Next>, End> {
        let Some(mailbox) = &mut self.mailbox else { return Ok(None) };
        let open = (self.ready.window() > 0, self.house.now());
        mailbox.next(self.house.store.view(), lane, open).map_err(|_| End::Said(Code::Busy))
    }

    fn has_room(&self) -> bool {
        let requests = self.work.len().saturating_add(self.answers_count);
        requests < limits::REQUESTS_IN_FLIGHT_MAX && self.held_bytes < limits::WORK_BYTES_MAX
    }

    /// Something new waits, a right has ended, or newer connections have taken this one's place.
    fn woken(&mut self) -> Result<(), End> {
        if self.place.is_replaced() {
            return Err(End::Said(Code::Replaced));
        }
        if let Some(mailbox) = &mut self.mailbox {
            mailbox.look_again();
        }
        if self.until <= self.house.now() { self.admit_again() } else { Ok(()) }
    }

    /// The log has grown: a revocation counts at once.
    fn heard(&mut self) -> Result<(), End> {
        self.news.mark_unchanged();
        self.news_due = true;
        self.admit_again()
    }

    fn admit_again(&mut self) -> Result<(), End> {
        let admitted = self.house.directory().and_then(|known| admit(&known, &self.key, self.house.now()));
        let Some(Admitted { party, until }) = admitted else { return Err(End::Said(Code::NotAdmitted)) };
        if party.device() != self.party.device() {
            // An invited key became a device's: it begins again as that.
            return Err(End::Said(Code::NotAdmitted));
        }
        self.receiver.admit(frame_bytes_max(&party));
        self.place.stands_until(until);
        (self.party, self.until) = (party, until);
        Ok(())
    }

    fn left(&mut self, step: Step) -> Result<(), End> {
        match step {
            Step::Sent(sent) => sent.map_err(|_| End::Link),
            Step::Loaded(next, bytes) => {
                self.deliver(next, bytes.ok());
                Ok(())
            }
        }
    }

    fn deliver(&mut self, next: Next, bytes: Option<Vec<u8>>) {
        let sequence = next.waiting.sequence;
        let length = bytes.as_ref().map_or(0, Vec::len);
        let Some(item) = bytes.and_then(|bytes| next.item(bytes)) else {
            // Damaged, and named so when the journal was opened; or it ended while it was being read.
            tracing::warn!(sequence, "a waiting post cannot be read");
            self.mailbox.iter_mut().for_each(|mailbox| mailbox.settled(&[sequence]));
            return;
        };
        self.house.counters.delivered.add(1);
        self.house.counters.delivered_bytes.add(u64::try_from(length).unwrap_or(0));
        let frame = self.ready.deliver(sequence, item);
        self.outbox.send(next.lane, frame.to_bytes());
    }

    fn done(&mut self, done: Option<Done>) -> Result<(), End> {
        // A request that panicked was not done; the peer must not wait for it.
        let Some((held, answer)) = done else { return Err(End::Said(Code::Busy)) };
        match answer {
            Some(frame) => self.queue(held, frame),
            None => self.held_bytes = self.held_bytes.saturating_sub(held),
        }
        Ok(())
    }

    fn queue(&mut self, held: usize, frame: Frame) {
        self.answers_count = self.answers_count.saturating_add(1);
        self.answers.entry(frame.lane()).or_default().push_back((held, frame));
    }

    fn came(&mut self, frame: Result<Option<Vec<u8>>, LinkError>) -> Result<(), End> {
        let Ok(Some(frame)) = frame else { return Err(End::Link) };
        self.silent_since = Instant::now();
        let task = self.ready.handle(&self.party, &frame).map_err(|Ends(code)| End::Said(code))?;
        drop(frame);
        if let Task::Acked { sequences } = &task {
            self.mailbox.iter_mut().for_each(|mailbox| mailbox.settled(sequences));
        }
        let turn = matches!(task, Task::Post { .. }).then(|| self.turns.next());
        let held = weight(&task);
        self.held_bytes = self.held_bytes.saturating_add(held);
        let (house, party) = (Arc::clone(&self.house), self.party.clone());
        self.work.spawn(async move { (held, answer(house, party, task, turn).await) });
        Ok(())
    }

    /// What was begun is finished and answered: an invited station must hear that its first device stands, though that
    /// very entry ends the invitation. Then the last words.
    async fn finish(mut self, end: End) {
        let answered = !matches!(end, End::Link | End::Said(Code::Protocol));
        drop(self.place);
        let sender = self.outbox.into_sender();
        while let Some(done) = self.work.join_next().await {
            let Ok((_, Some(frame))) = done else { continue };
            if answered {
                self.answers.entry(frame.lane()).or_default().push_back((0, frame));
            }
        }
        let answers = self.answers.into_values().rev().flatten().filter(|_| answered);
        let farewells = async {
            for (_, frame) in answers {
                if sender.send(frame.lane(), frame.to_bytes()).await.is_err() {
                    break;
                }
            }
        };
        let _ = timeout(Duration::from_millis(limits::SHUTDOWN_MS_MAX), farewells).await;
        match end {
            End::Said(code) => farewell(sender, self.receiver, code).await,
            End::Link => {}
        }
    }
}

/// Returns when the relay stops, or is gone.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

const HANDSHAKE: Duration = Duration::from_millis(limits::HANDSHAKE_MS_MAX);
const KEEPALIVE: Duration = Duration::from_millis(limits::KEEPALIVE_MS);
