//! How do other commands use a station that a watch has open? Over a socket in its home: arguments there, words and
//! exit code back. It must never know what a command does.
//!
//! ```text
//! request  {"args": […], "folder": "…", "input": base64 | null, "width": n | null, "colour": bool, "confirmed": […]}\n
//! answer   {"out": "…", "err": "…", "ask": "…" | null, "exit": n}\n
//! ```
//! A question is put to the person at the other end, and the command is sent again with what was confirmed: so the watch
//! never waits for a person, and a list that has changed meanwhile is asked about again. Who may use the socket is a
//! matter of the home's mode (0700) and its own (0600), as with the passphrase that the watch was given.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::cli::Verb;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;

/// A command of another process.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) args: Vec<String>,
    pub(crate) folder: PathBuf,
    pub(crate) input: Option<String>,
    pub(crate) width: Option<u16>,
    pub(crate) colour: bool,
    pub(crate) confirmed: Vec<String>,
}

impl Request {
    /// What the other process read from its standard input.
    pub(crate) fn input(&self) -> Vec<u8> {
        self.input.as_ref().and_then(|input| STANDARD.decode(input).ok()).unwrap_or_default()
    }
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) ask: Option<String>,
    pub(crate) exit: u8,
}

/// A command that waits for its answer.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) request: Request,
    pub(crate) answer: oneshot::Sender<Answer>,
}

/// The socket of a watch.
#[derive(Debug)]
pub(crate) struct Socket {
    asked: mpsc::Receiver<Asked>,
    // Ends with the socket.
    _tasks: JoinSet<()>,
    path: PathBuf,
}

impl Socket {
    /// Opens it. The home's lock is held, so what lies there is a dead watch's.
    pub(crate) fn open(home: &Path) -> io::Result<Self> {
        let path = home.join(SOCKET);
        let _ = fs::remove_file(&path);
        let listener = UnixListener::bind(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        let (sender, asked) = mpsc::channel(WAITING_MAX);
        let mut tasks = JoinSet::new();
        tasks.spawn(listen(listener, sender));
        Ok(Self { asked, _tasks: tasks, path })
    }

    /// The next command. Safe to drop and call again.
    pub(crate) async fn next(&mut self) -> Option<Asked> {
        self.asked.recv().await
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

async fn listen(listener: UnixListener, sender: mpsc::Sender<Asked>) {
    let mut serving = JoinSet::new();
    loop {
        while serving.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) if serving.len() < WAITING_MAX => {
                serving.spawn(serve(stream, sender.clone()));
            }
            Ok(_) => {}
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// One command: what is no request gets no answer.
async fn serve(stream: UnixStream, sender: mpsc::Sender<Asked>) {
    let (reading, mut writing) = stream.into_split();
    let mut line = String::new();
    let mut reading = BufReader::new(reading.take(REQUEST_BYTES_MAX));
    let read = timeout(REQUEST_WAITS, reading.read_line(&mut line)).await;
    let Ok(Ok(1..)) = read else { return };
    let Ok(request) = serde_json::from_str(&line) else { return };
    let (answer, answered) = oneshot::channel();
    if sender.send(Asked { request, answer }).await.is_err() {
        return;
    }
    if let Ok(answer) = answered.await
        && let Ok(mut line) = serde_json::to_vec(&answer)
    {
        line.push(b'\n');
        let _ = writing.write_all(&line).await;
    }
}

/// Hands a command to the watch of this home, if there is one; then gives the exit code.
pub(crate) async fn forward(
    home: &Path,
    verb: &Verb,
    args: &[OsString],
    io: &mut Io,
) -> Result<Option<Exit>, Failure> {
    let Ok(stream) = UnixStream::connect(home.join(SOCKET)).await else { return Ok(None) };
    if matches!(verb, Verb::Watch(_)) {
        return Err(fail!(Exit::NotReady, "error-watched", home = home.display()));
    }
    let mut request = request(verb, args, io)?;
    let (mut stream, mut shown) = (Some(stream), String::new());
    loop {
        let stream = match stream.take() {
            Some(stream) => stream,
            None => UnixStream::connect(home.join(SOCKET)).await.map_err(gone)?,
        };
        let answer = exchange(stream, &request).await?;
        // What was said before the question is said once.
        let err = answer.err.strip_prefix(&shown).unwrap_or(&answer.err);
        io.repeat(&answer.out, err);
        let Some(ask) = answer.ask else {
            return Ok(Some(Exit::from_code(answer.exit).unwrap_or(Exit::Internal)));
        };
        io.relay(&ask)?;
        shown = answer.err;
        request.confirmed.push(ask);
    }
}

fn request(verb: &Verb, args: &[OsString], io: &mut Io) -> Result<Request, Failure> {
    let text = |arg: &OsString| {
        arg.to_str().map(str::to_owned).ok_or_else(|| fail!(Exit::Usage, "error-not-unicode"))
    };
    let args = args.iter().map(text).collect::<Result<_, _>>()?;
    let input = if verb.reads_input() { Some(STANDARD.encode(io.read(Path::new("-"))?)) } else { None };
    let (folder, width, colour) = (io.folder().to_owned(), io.width, io.colour());
    Ok(Request { args, folder, input, width, colour, confirmed: Vec::new() })
}

async fn exchange(mut stream: UnixStream, request: &Request) -> Result<Answer, Failure> {
    let mut line = serde_json::to_vec(request)
        .map_err(|error| fail!(Exit::Internal, "error-internal").with_detail(error))?;
    line.push(b'\n');
    stream.write_all(&line).await.map_err(gone)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.map_err(gone)?;
    serde_json::from_slice(&answer)
        .map_err(|error| fail!(Exit::Unavailable, "error-watch-gone").with_detail(error))
}

fn gone(error: io::Error) -> Failure {
    fail!(Exit::Unavailable, "error-watch-gone").with_detail(error)
}

const SOCKET: &str = "control";
/// Commands that wait for the watch at once.
const WAITING_MAX: usize = 64;
/// A directory file on standard input, in base64.
const REQUEST_BYTES_MAX: u64 = 96 * 1024 * 1024;
const REQUEST_WAITS: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);
