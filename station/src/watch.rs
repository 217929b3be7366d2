//! What does a station do that stays connected? Takes what comes, answers what asks stations, tells a person and a
//! script, serves other commands of this home, and says loudly when the path is dead.
//! It must never know what a message says.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::path::Path;
use std::time::Duration;

use liaison_client::{Arrival, Happening};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;

use crate::cli::{self, Done, Verb, Wait, WatchArgs};
use crate::control::{Answer, Asked, Socket};
use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::{Captured, Io};
use crate::out::Paint;
use crate::when;

mod hook;

use hook::Hooks;

/// Watches until it is told to end.
pub(crate) async fn run(args: &WatchArgs, home: &Path, desk: Desk, io: &mut Io) -> Result<Exit, Failure> {
    desk.station.own_contact()?;
    let socket = Socket::open(home).map_err(|error| fail!(Exit::Io, "error-socket").with_detail(error))?;
    let path = Line { up: None, down_since: desk.now_s(), tries: 0, next: Instant::now() };
    let mut watch = Watch { desk, path, waits: Vec::new(), hooks: Hooks::new(args.on_message.clone()) };
    io.note(&say!("say-watching"));
    let ended = watch.run(socket, io).await;
    watch.desk.close().await;
    watch.hooks.finish().await;
    ended
}

struct Watch {
    desk: Desk,
    path: Line,
    waits: Vec<Pending>,
    hooks: Hooks,
}

/// The path to the relay.
struct Line {
    /// Since when it stands, Unix seconds.
    up: Option<u64>,
    down_since: u64,
    tries: u32,
    next: Instant,
}

/// A command of another process that has begun, and waits for others.
struct Pending {
    wait: Box<dyn Wait>,
    io: Io,
    printed: Captured,
    answer: tokio::sync::oneshot::Sender<Answer>,
}

impl Watch {
    async fn run(&mut self, mut socket: Socket, io: &mut Io) -> Result<Exit, Failure> {
        let unheard = |error| fail!(Exit::Internal, "error-internal").with_detail(error);
        let mut terminate = signal(SignalKind::terminate()).map_err(unheard)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(unheard)?;
        let stop = io.stop();
        loop {
            self.tell_news(io).await;
            self.look_after_waits();
            let (tries, looks) = (self.path.next, self.next_look());
            let is_down = !self.desk.is_connected();
            tokio::select! {
                () = stop.stopped() => break,
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
                Some(asked) = socket.next() => self.serve(asked).await,
                // A relay that answers slowly must not keep a person from ending the watch.
                came = self.desk.wait() => tokio::select! {
                    biased;
                    () = stop.stopped() => break,
                    _ = terminate.recv() => break,
                    _ = interrupt.recv() => break,
                    heeded = self.heed(came, io) => heeded?,
                },
                () = tokio::time::sleep_until(tries), if is_down => tokio::select! {
                    biased;
                    () = stop.stopped() => break,
                    _ = terminate.recv() => break,
                    _ = interrupt.recv() => break,
                    connected = self.connect(io) => connected?,
                },
                () = tokio::time::sleep_until(looks), if !self.waits.is_empty() => {}
            }
        }
        io.note(&say!("say-watch-ends"));
        Ok(Exit::Done)
    }

    async fn connect(&mut self, io: &mut Io) -> Result<(), Failure> {
        self.desk.rest(None);
        let connected = match self.desk.connect(io).await {
            Ok(()) => self.desk.exchange().await,
            Err(failure) => Err(failure),
        };
        match connected {
            Ok(()) => {
                self.is_up(io);
                Ok(())
            }
            Err(failure) => self.is_down(failure, io),
        }
    }

    async fn heed(
        &mut self,
        came: Result<liaison_client::Incoming, liaison_client::OnlineError>,
        io: &mut Io,
    ) -> Result<(), Failure> {
        match self.desk.heed(came, io).await {
            Ok(()) => Ok(()),
            Err(failure) => self.is_down(failure, io),
        }
    }

    fn is_up(&mut self, io: &mut Io) {
        let now = self.desk.now_s();
        let span = when::span(now.saturating_sub(self.path.down_since));
        let first = self.path.tries == 0;
        self.path.up = Some(now);
        self.path.tries = 0;
        let words = if first { say!("say-connected") } else { say!("say-connected-again", span = span) };
        if io.json {
            io.say(&json!({"event": "connected", "at": when::rfc(now)}).to_string());
        } else {
            io.note(&words);
        }
    }

    /// What passes is waited for, and what is the relay's fault is said loudly and tried again: neither one odd frame nor a
    /// relay that turns away whom the directory names may end a duty desk's watch. What a person must mend here ends it.
    fn is_down(&mut self, failure: Failure, io: &mut Io) -> Result<(), Failure> {
        let turned_away = failure.exit == Exit::Refused && self.desk.station.own_contact().is_ok();
        if failure.exit == Exit::Protocol || turned_away {
            failure.report(io);
            self.desk.let_go();
        } else if failure.exit != Exit::Unavailable {
            return Err(failure);
        }
        if self.desk.is_connected() {
            // The relay is there, and refused something for now.
            failure.report(io);
            return Ok(());
        }
        let now = self.desk.now_s();
        if self.path.up.take().is_some() {
            self.path.down_since = now;
        }
        let pause = backoff(self.path.tries);
        self.path.tries = self.path.tries.saturating_add(1);
        self.path.next = Instant::now() + pause;
        self.desk.rest(Some(self.path.next));
        if io.json {
            let since = when::rfc(self.path.down_since);
            let error = failure.name();
            io.say(&json!({"event": "disconnected", "since": since, "error": error}).to_string());
        } else {
            let span = when::span(now.saturating_sub(self.path.down_since));
            let words = say!("say-no-path", span = span, next = when::span(pause.as_secs().max(1)));
            io.note(&io.paint(Paint::Alarm, &words));
        }
        Ok(())
    }

    async fn tell_news(&mut self, io: &mut Io) {
        for happening in self.desk.news() {
            if let Some(words) = cli::arrival_line(&happening, &self.desk.station, io) {
                io.say(&words);
            }
            if let Happening::Arrived(Arrival::Message(message)) = &happening
                && let Ok(Some(letter)) = self.desk.station.message(message.hh)
            {
                let said = cli::message_json(&letter, &self.desk.station);
                self.hooks.run(&said, io).await;
            }
        }
    }

    /// Does what another process asks for, with the station that is open here.
    async fn serve(&mut self, Asked { request, answer }: Asked) {
        let (io, printed) = Io::captured(&request.folder, &request.input());
        let mut io = io.elsewhere(request.confirmed.clone(), request.width, request.colour);
        let args: Vec<_> = request.args.iter().map(Into::into).collect();
        let ended = match cli::parse(&args) {
            Ok(cli) if matches!(cli.verb, Verb::Watch(_) | Verb::Init(_) | Verb::Completions(_)) => {
                Ok(Exit::Usage.into())
            }
            Ok(cli) => {
                io.adopt(&cli.global);
                cli::run(&cli.verb, &mut self.desk, &mut io).await
            }
            Err(_) => Ok(Exit::Usage.into()),
        };
        match ended {
            Ok(Done::Exit(exit)) => give(answer, &printed, Ok(exit), &mut io),
            Ok(Done::Waits(wait)) => self.waits.push(Pending { wait, io, printed, answer }),
            Err(failure) => give(answer, &printed, Err(failure), &mut io),
        }
    }

    fn look_after_waits(&mut self) {
        for mut pending in std::mem::take(&mut self.waits) {
            match pending.wait.look(&mut self.desk, &mut pending.io) {
                Ok(None) => self.waits.push(pending),
                Ok(Some(exit)) => give(pending.answer, &pending.printed, Ok(exit), &mut pending.io),
                Err(failure) => give(pending.answer, &pending.printed, Err(failure), &mut pending.io),
            }
        }
    }

    fn next_look(&self) -> Instant {
        self.waits.iter().map(|pending| pending.wait.until()).min().unwrap_or_else(Instant::now)
    }
}

/// A process that has gone away needs no answer.
fn give(
    answer: tokio::sync::oneshot::Sender<Answer>,
    printed: &Captured,
    ended: Result<Exit, Failure>,
    io: &mut Io,
) {
    let (exit, ask) = match ended {
        Ok(exit) => (exit, None),
        Err(failure) => {
            let exit = failure.exit;
            match failure.asked() {
                Some(question) => (exit, Some(question.to_owned())),
                None => {
                    failure.report(io);
                    (exit, None)
                }
            }
        }
    };
    let _ = answer.send(Answer { out: printed.out(), err: printed.err(), ask, exit: exit.code() });
}

/// 1 s, 2 s, 4 s … 60 s, each between half and whole: a thousand stations do not come back in one second.
fn backoff(tries: u32) -> Duration {
    let whole = FIRST_PAUSE.saturating_mul(1 << tries.min(6)).min(LONGEST_PAUSE);
    let random = RandomState::new().build_hasher().finish();
    let half = whole / 2;
    half + half.mul_f64((random % 1_000) as f64 / 1_000.0)
}

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_differ() {
        for tries in 0..20 {
            let whole = FIRST_PAUSE.saturating_mul(1 << tries.min(6)).min(LONGEST_PAUSE);
            assert!(backoff(tries) >= whole / 2 && backoff(tries) <= whole);
        }
    }
}
