//! Where do words go, and where do answers come from? The terminal, a pipe, a test, or a process at the other end of
//! a socket. It must never know what is said.

mod captured;
mod files;

use std::fmt;
use std::io::{self, BufRead as _, IsTerminal as _, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::ProgressBar;
use liaison_client::Clock;
use serde_json::Value as Json;
use zeroize::Zeroizing;

use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::out::{self, Paint};

pub use captured::{Captured, Stop};

/// Everything around a command that is not its arguments.
pub struct Io {
    input: Box<dyn Read + Send>,
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    asks: Asks,
    folder: PathBuf,
    colour: bool,
    stop: Stop,
    clock: Clock,
    /// Width of the terminal, if a person looks.
    pub(crate) width: Option<u16>,
    /// Whether progress may be drawn.
    pub(crate) live: bool,
    /// The passphrase from the environment.
    pub(crate) passphrase: Option<Zeroizing<String>>,
    /// For a script: one JSON object a line.
    pub(crate) json: bool,
    /// Every question is answered with yes.
    pub(crate) yes: bool,
    /// Also what only helps to find a fault.
    pub(crate) verbose: bool,
}

/// Who answers questions.
enum Asks {
    Terminal,
    Nobody,
    /// A test.
    Answers(Vec<String>),
    /// A process at the other end of a socket, which has shown these to a person and heard yes.
    Elsewhere(Vec<String>),
}

/// A line that moves while something takes a while; gone when dropped.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn set(&self, text: String) {
        self.0.set_message(text);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

impl fmt::Debug for Io {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Io").field("folder", &self.folder).field("width", &self.width).finish_non_exhaustive()
    }
}

impl Io {
    /// This process's own.
    #[must_use]
    pub fn system() -> Self {
        let (looks, listens) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            input: Box::new(io::stdin()),
            out: Box::new(io::stdout()),
            err: Box::new(io::stderr()),
            asks: if io::stdin().is_terminal() && listens { Asks::Terminal } else { Asks::Nobody },
            folder: std::env::current_dir().unwrap_or_default(),
            colour: looks && listens && !plain,
            stop: Stop::default(),
            clock: Clock::system(),
            width: looks.then(|| comfy_table::Table::new().width().unwrap_or(WIDTH)),
            live: listens,
            passphrase: std::env::var("LIAISON_PASSPHRASE").ok().map(Zeroizing::new),
            json: false,
            yes: false,
            verbose: false,
        }
    }

    /// Kept instead of printed, with this as standard input: for tests, and for who calls from other code. Relative
    /// paths are meant from `folder`.
    #[must_use]
    pub fn captured(folder: &Path, input: &[u8]) -> (Self, Captured) {
        let captured = Captured::default();
        let io = Self {
            input: Box::new(io::Cursor::new(input.to_vec())),
            out: Box::new(captured.out.clone()),
            err: Box::new(captured.err.clone()),
            asks: Asks::Nobody,
            folder: folder.to_owned(),
            colour: false,
            stop: Stop::default(),
            clock: Clock::system(),
            width: None,
            live: false,
            passphrase: None,
            json: false,
            yes: false,
            verbose: false,
        };
        (io, captured)
    }

    /// Answers questions with these, in order, as a person at a terminal would.
    #[must_use]
    pub fn answering(mut self, answers: &[&str]) -> Self {
        self.asks = Asks::Answers(answers.iter().rev().map(|&answer| answer.to_owned()).collect());
        self
    }

    /// Lives by this clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Gives a handle that ends a command that stays.
    #[must_use]
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// For a process at the other end of a socket: what it has had confirmed, and how wide it is.
    pub(crate) fn elsewhere(mut self, confirmed: Vec<String>, width: Option<u16>, colour: bool) -> Self {
        self.asks = Asks::Elsewhere(confirmed);
        (self.width, self.colour) = (width, colour);
        self
    }

    /// Takes over what every command understands.
    pub(crate) const fn adopt(&mut self, global: &crate::cli::Global) {
        (self.json, self.yes, self.verbose) = (global.json, global.yes, global.verbose);
    }

    /// Shows that something takes a while, where a person looks, until it is dropped.
    pub(crate) fn progress(&self, text: &str) -> Progress {
        let bar = if self.live && !self.json { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        bar.set_message(text.to_owned());
        bar.enable_steady_tick(TICK);
        Progress(bar)
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock.clone()
    }

    pub(crate) const fn colour(&self) -> bool {
        self.colour
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Says something on standard output.
    pub(crate) fn say(&mut self, text: &str) {
        print(&mut self.out, text);
    }

    /// Says something beside it, on standard error.
    pub(crate) fn note(&mut self, text: &str) {
        print(&mut self.err, text);
    }

    /// Repeats what another process has already put into lines.
    pub(crate) fn repeat(&mut self, out: &str, err: &str) {
        let _ = self.err.write_all(err.as_bytes()).and_then(|()| self.err.flush());
        let _ = self.out.write_all(out.as_bytes()).and_then(|()| self.out.flush());
    }

    /// One JSON object on standard output, if that is what was asked for, else the words.
    pub(crate) fn tell(&mut self, json: impl FnOnce() -> Json, words: impl FnOnce(&Self) -> String) {
        let text = if self.json { json().to_string() } else { words(self) };
        if !text.is_empty() {
            self.say(&text);
        }
    }

    /// Text in a colour, where there is colour.
    pub(crate) fn paint(&self, paint: Paint, text: &str) -> String {
        out::paint(self.colour, paint, text)
    }

    /// Shows something to a person and asks; goes on only with a yes.
    pub(crate) fn confirm(&mut self, shown: &str, question: &str) -> Result<(), Failure> {
        let whole = format!("{shown}\n{question}");
        if let Asks::Elsewhere(confirmed) = &self.asks
            && !self.yes
        {
            return if confirmed.contains(&whole) { Ok(()) } else { Err(Failure::question(whole)) };
        }
        self.note(shown);
        if self.yes {
            return Ok(());
        }
        match self.answer(&format!("{question} {} ", say!("ask-yes-no")))? {
            Some(answer) if is_yes(&answer) => Ok(()),
            Some(_) => Err(fail!(Exit::Unconfirmed, "error-declined")),
            None => Err(fail!(Exit::Unconfirmed, "error-unconfirmed")),
        }
    }

    /// Puts a question of another process to a person.
    pub(crate) fn relay(&mut self, whole: &str) -> Result<(), Failure> {
        let (shown, question) = whole.rsplit_once('\n').unwrap_or(("", whole));
        self.confirm(shown, question)
    }

    /// Asks for a secret; none when nobody can be asked.
    pub(crate) fn secret(&mut self, question: &str) -> Result<Option<Zeroizing<String>>, Failure> {
        match &mut self.asks {
            Asks::Terminal => rpassword::prompt_password(format!("{question} "))
                .map(|secret| Some(Zeroizing::new(secret)))
                .map_err(|error| fail!(Exit::Io, "error-terminal").with_detail(error)),
            Asks::Answers(answers) => Ok(answers.pop().map(Zeroizing::new)),
            Asks::Nobody | Asks::Elsewhere(_) => Ok(None),
        }
    }

    fn answer(&mut self, question: &str) -> Result<Option<String>, Failure> {
        match &mut self.asks {
            Asks::Terminal => {
                let _ = self.err.write_all(question.as_bytes()).and_then(|()| self.err.flush());
                let mut answer = String::new();
                let read = io::stdin().lock().read_line(&mut answer);
                read.map(|_| Some(answer))
                    .map_err(|error| fail!(Exit::Io, "error-terminal").with_detail(error))
            }
            Asks::Answers(answers) => Ok(answers.pop()),
            Asks::Nobody | Asks::Elsewhere(_) => Ok(None),
        }
    }
}

/// A reader who has gone away is no reason to fail: `liaison inbox | head` is usual.
fn print(to: &mut impl Write, text: &str) {
    let _ = to.write_all(format!("{text}\n").as_bytes()).and_then(|()| to.flush());
}

fn is_yes(answer: &str) -> bool {
    let answer = answer.trim().to_lowercase();
    say!("ask-yes-words").split_whitespace().any(|word| word == answer)
}

const WIDTH: u16 = 80;
const TICK: Duration = Duration::from_millis(120);
