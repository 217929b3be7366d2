//! How is a program of another language asked? One JSON object a line, one answer a line. And can it run here?
//! It must never know what is asked.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use liaison_keys::names::Digest;
use serde_json::Value;

/// A program under `tests/interop`, with the packages that `tests/interop/install` put under `target/interop`.
#[derive(Debug)]
pub(crate) struct Program {
    /// The language: the first part of its trials' names.
    pub(crate) language: &'static str,
    interpreter: PathBuf,
    main: PathBuf,
    locks: &'static [&'static str],
    running: Mutex<Option<Session>>,
}

impl Program {
    /// All of them.
    pub(crate) fn all() -> &'static [Self] {
        static ALL: OnceLock<[Program; 2]> = OnceLock::new();
        ALL.get_or_init(|| {
            [
                Self {
                    language: "python",
                    interpreter: installed().join("python/bin/python"),
                    main: source().join("python/liaison_interop.py"),
                    locks: &["python/requirements.txt"],
                    running: Mutex::default(),
                },
                Self {
                    language: "node",
                    interpreter: "node".into(),
                    main: source().join("node/liaison_interop.mjs"),
                    locks: &["node/package.json", "node/package-lock.json"],
                    running: Mutex::default(),
                },
            ]
        })
    }

    /// Why it cannot run here, if it cannot. A program that is installed and fails is no reason: its trials fail.
    pub(crate) fn missing(&self) -> Option<String> {
        let mut version = Command::new(&self.interpreter);
        version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        if !version.status().is_ok_and(|status| status.success()) {
            return Some(format!("no {}: run tests/interop/install", self.language));
        }
        let locks: Vec<u8> =
            self.locks.iter().flat_map(|lock| std::fs::read(source().join(lock)).unwrap()).collect();
        let stamp = std::fs::read_to_string(installed().join(format!("{}.stamp", self.language)));
        let current = stamp.is_ok_and(|stamp| stamp.starts_with(&Digest::of(&locks).to_string()));
        (!current).then(|| "packages are missing: run tests/interop/install".to_owned())
    }

    /// One answer for each request.
    pub(crate) fn ask(&self, verb: &str, requests: &[Value]) -> Vec<Value> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let mut session = running.take().unwrap_or_else(|| self.start());
        // A session in which something went wrong is not put back: the next one who asks starts anew.
        let answers = requests.iter().map(|request| session.answer(verb, request)).collect();
        *running = Some(session);
        answers
    }

    /// The answer to one request.
    pub(crate) fn ask_one(&self, verb: &str, request: Value) -> Value {
        self.ask(verb, &[request]).remove(0)
    }

    fn start(&self) -> Session {
        let mut command = Command::new(&self.interpreter);
        command
            .arg(&self.main)
            .env("LIAISON_INTEROP", installed())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let (requests, answers) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        Session { process, requests, answers: BufReader::new(answers) }
    }
}

/// A program that waits for requests; it ends when they end.
#[derive(Debug)]
struct Session {
    process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Session {
    fn answer(&mut self, verb: &str, request: &Value) -> Value {
        let mut request = request.clone();
        request["verb"] = verb.into();
        writeln!(self.requests, "{request}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        if answer.is_empty() {
            panic!("the program said above why it ended: {}", self.process.wait().unwrap());
        }
        serde_json::from_str(&answer).unwrap()
    }
}

/// Where the programs are.
fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("interop")
}

/// Where their packages are.
fn installed() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("interop")
}
