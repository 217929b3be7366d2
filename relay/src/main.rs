//! What does an operator press? The command line of the relay.
//! It must never know how the relay does what it is told.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use liaison_keys::names::Slug;
use liaison_relay::{
    Config, ConfigError, FoundError, InitError, InitOptions, PublicKeys, Relay, RunError, StartError,
    VerifyError, found, init, observe, public_keys, verify,
};
use tokio::signal::unix::{SignalKind, signal};

/// A relay for Liaison: keeps sealed messages until they are fetched, and keeps the directory's log.
///
/// It holds no key that opens a message.
#[derive(Debug, Parser)]
#[command(name = "liaison-relay", version, after_long_help = HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make the directory of a new relay: settings, keys, and the public keys to found a network with
    Init(Init),
    /// Run the relay until it is told to stop (SIGTERM or Ctrl-C)
    Serve(Serve),
    /// Show the relay's public keys, as in relay.pub
    ShowKeys(ShowKeys),
    /// Read everything that a stopped relay keeps, or a copy of it, and say what is not as it was written
    Verify(Verify),
}

#[derive(Debug, Args)]
struct Place {
    /// Where the relay keeps everything
    #[arg(long, value_name = "DIR", env = "LIAISON_RELAY_DIR", default_value = "/var/lib/liaison-relay")]
    dir: PathBuf,
}

#[derive(Debug, Args)]
struct Init {
    #[command(flatten)]
    place: Place,
    /// Short name, shown to people: a-z, 0-9 and -
    #[arg(long, default_value = "relay-1")]
    name: Slug,
    /// Where stations reach it, host:port; may be given more than once
    #[arg(long = "address", value_name = "HOST:PORT", required = true)]
    addresses: Vec<String>,
    /// Where it listens, for both UDP and TCP
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "[::]:4433")]
    listen: std::net::SocketAddr,
    /// Print the public keys as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Serve {
    #[command(flatten)]
    place: Place,
    /// The file that `liaison network found` wrote; once, for a relay that serves no network yet
    #[arg(long, value_name = "FILE")]
    found: Option<PathBuf>,
    /// Your word that this log has every entry that any station ever saw; after a restore, if the relay asks for it
    #[arg(long)]
    sign_restored_log: bool,
    /// Before serving, take entries that this relay once signed and has lost from stations as they connect; after a restore
    /// from an old copy
    #[arg(long)]
    collect_log: bool,
}

#[derive(Debug, Args)]
struct ShowKeys {
    #[command(flatten)]
    place: Place,
    /// Print them as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Verify {
    #[command(flatten)]
    place: Place,
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Init(options) => run_init(options),
        Command::Serve(options) => run_serve(&options),
        Command::ShowKeys(ShowKeys { place, json }) => show(&place.dir, json),
        Command::Verify(Verify { place, json }) => match run_verify(&place.dir, json) {
            Ok(false) => return ExitCode::from(DAMAGED),
            done => done.map(drop),
        },
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("liaison-relay: {error}");
            ExitCode::from(exit_code(&error))
        }
    }
}

fn run_init(Init { place, name, addresses, listen, json }: Init) -> anyhow::Result<()> {
    let options = InitOptions { name, addresses, listen };
    let keys = init(&place.dir, &options)?;
    let dir = place.dir.display();
    eprintln!("Made a relay in {dir}. Its settings are in {dir}/relay.toml.");
    eprintln!(
        "Next: give {dir}/relay.pub to `liaison network found`, and start with the file that it writes:"
    );
    eprintln!("  liaison-relay serve --dir {dir} --found FILE");
    print(&keys, json)
}

fn show(dir: &Path, json: bool) -> anyhow::Result<()> {
    print(&public_keys(dir)?, json)
}

fn print(keys: &PublicKeys, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(keys)?);
    } else {
        print!("{}", keys.to_toml());
    }
    Ok(())
}

/// Says whether all is as it was written.
fn run_verify(dir: &Path, json: bool) -> anyhow::Result<bool> {
    let bar = ProgressBar::no_length().with_style(ProgressStyle::with_template(PROGRESS)?);
    let verified = verify(dir, |read, of| {
        bar.set_length(of);
        bar.set_position(read);
    });
    bar.finish_and_clear();
    let verified = verified?;
    if json {
        println!("{}", serde_json::to_string_pretty(&verified)?);
    } else {
        println!("{verified}");
    }
    Ok(verified.is_sound())
}

#[tokio::main]
async fn run_serve(options: &Serve) -> anyhow::Result<()> {
    let (mut config, logging) = Config::read(&options.place.dir)?;
    observe::start_logging(&logging);
    config.sign_restored_log = options.sign_restored_log;
    config.collect_log = options.collect_log;
    if let Some(file) = &options.found {
        let founding = std::fs::read(file).map_err(|error| {
            anyhow::anyhow!("{} cannot be read ({}); check its name", file.display(), error.kind())
        })?;
        let network = found(&config.data_dir, &founding, (config.clock)())?;
        eprintln!(
            "This relay serves network {network} from now on. Leave out --found from the next start on."
        );
    }
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let relay = tokio::select! {
        started = Relay::start(config) => started?,
        // While it waits for stations. Nothing is lost by an end at any moment.
        _ = terminate.recv() => return Ok(()),
        _ = interrupt.recv() => return Ok(()),
    };
    eprintln!("Serving network {} on {} (UDP and TCP).", relay.network(), relay.local_addr());
    tokio::select! {
        fault = relay.wait() => return Err(fault.into()),
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    relay.stop().await?;
    Ok(())
}

/// What scripts and service managers can tell apart; the list is in `--help`.
fn exit_code(error: &anyhow::Error) -> u8 {
    if error.is::<RunError>() {
        return FAILED_WHILE_SERVING;
    }
    let taken = matches!(error.downcast_ref(), Some(StartError::InUse { .. } | StartError::Listen(_)))
        || matches!(error.downcast_ref(), Some(FoundError::Open(liaison_journal::OpenError::InUse { .. })))
        || matches!(error.downcast_ref(), Some(VerifyError::InUse { .. }));
    let exists = matches!(error.downcast_ref(), Some(InitError::Exists { .. }))
        || matches!(error.downcast_ref(), Some(FoundError::Serves { .. }));
    let signer = matches!(error.downcast_ref(), Some(StartError::Signer(_)));
    match (taken, exists, signer) {
        (true, ..) => TAKEN,
        (_, true, _) => EXISTS,
        (.., true) => SIGNER,
        _ if error.is::<ConfigError>() || error.is::<StartError>() || error.is::<FoundError>() => NOT_READY,
        _ if error.is::<VerifyError>() => NOT_READY,
        _ => OTHER,
    }
}

const OTHER: u8 = 1;
const NOT_READY: u8 = 3;
const TAKEN: u8 = 4;
const EXISTS: u8 = 5;
const SIGNER: u8 = 6;
const FAILED_WHILE_SERVING: u8 = 7;
const DAMAGED: u8 = 8;
/// On standard error, and only where that is a terminal.
const PROGRESS: &str = "reading {bar:30} {binary_bytes}/{binary_total_bytes}, {eta} left";

const HELP: &str = "\
Examples:
  A new relay, reached as relay.example.org:
    liaison-relay init --dir /srv/relay --name relay-1 --address relay.example.org:4433
  Its first start, with the file that the custodian made from relay.pub:
    liaison-relay serve --dir /srv/relay --found network.found
  Every other start:
    liaison-relay serve --dir /srv/relay
  After a restore from an old copy: collect what stations have, then serve
    liaison-relay serve --dir /srv/relay --collect-log
  Its public keys, for a script:
    liaison-relay show-keys --dir /srv/relay --json
  Whether a backup is whole, before it is needed:
    liaison-relay verify --dir /backup/relay

The log of events goes to standard error. RUST_LOG=debug says more.

Exit codes:
  0  done, or stopped as told
  1  another error
  2  the command line is wrong
  3  not ready to serve: settings, keys, founding or data need a person
  4  the port or the directory is in use by another process
  5  it is there already, and nothing was changed
  6  the log's key may not sign this log: see the message, --collect-log and --sign-restored-log
  7  it served and had to end; start it again after looking at the disk
  8  verify found something that is not as it was written";
