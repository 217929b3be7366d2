//! What happens between the arguments and the exit code?
//! It must never know a single command.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::cli::{self, Cli, Done, Global, Verb, Wait};
use crate::control;
use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;
use crate::watch;

/// Runs one command line. The first argument is the program's name.
pub async fn run(args: Vec<OsString>, mut io: Io) -> Exit {
    let cli = match cli::parse(&args) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, &mut io),
    };
    io.adopt(&cli.global);
    match begin(&cli, &args, &mut io).await {
        Ok(exit) => exit,
        Err(failure) => {
            failure.report(&mut io);
            failure.exit
        }
    }
}

async fn begin(cli: &Cli, args: &[OsString], io: &mut Io) -> Result<Exit, Failure> {
    match &cli.verb {
        Verb::Completions(args) => return Ok(cli::completions(args, io)),
        Verb::Init(args) => return cli::init(args, &cli.global, io),
        _ => {}
    }
    let home = home(&cli.global, io)?;
    if let Some(exit) = control::forward(&home, &cli.verb, args, io).await? {
        return Ok(exit);
    }
    let mut desk = Desk::open(&home, &cli.global, io)?;
    if let Verb::Watch(args) = &cli.verb {
        return watch::run(args, &home, desk, io).await;
    }
    let ended = alone(&cli.verb, &mut desk, io).await;
    for happening in desk.news().iter().filter(|happening| cli::is_alarm(happening)) {
        if let Some(words) = cli::arrival_line(happening, &desk.station, io) {
            io.note(&words);
        }
    }
    desk.close().await;
    ended
}

/// Runs a verb with the station to itself.
async fn alone(verb: &Verb, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    match cli::run(verb, desk, io).await? {
        Done::Exit(exit) => Ok(exit),
        Done::Waits(wait) => wait_for(wait, desk, io).await,
    }
}

async fn wait_for(mut wait: Box<dyn Wait>, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    loop {
        if let Some(exit) = wait.look(desk, io)? {
            return Ok(exit);
        }
        let stop = io.stop();
        tokio::select! {
            came = desk.wait() => desk.heed(came, io).await?,
            () = tokio::time::sleep_until(wait.until()) => {}
            () = stop.stopped() => return Ok(Exit::Incomplete),
        }
    }
}

/// Where the station lives: as given, or in the person's home.
pub(crate) fn home(global: &Global, io: &Io) -> Result<PathBuf, Failure> {
    let given = global.home.clone().or_else(|| Some(std::env::home_dir()?.join(".liaison")));
    given.map(|home| io.folder().join(home)).ok_or_else(|| fail!(Exit::NotReady, "error-no-place"))
}

/// Help and version are what was asked for; everything else is a mistake on the command line.
fn usage(error: &clap::Error, io: &mut Io) -> Exit {
    let rendered = if io.colour() { error.render().ansi().to_string() } else { error.render().to_string() };
    if error.use_stderr() {
        io.note(rendered.trim_end());
        Exit::Usage
    } else {
        io.say(rendered.trim_end());
        Exit::Done
    }
}
