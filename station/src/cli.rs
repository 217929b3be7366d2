//! What can be pressed? The command line: verbs, arguments, and which file below does what.
//! It must never know words for people: `text` puts them on.

mod ack;
mod deliver;
mod device;
mod directory;
mod form;
mod group;
mod inbox;
mod init;
mod invite;
mod list;
mod message;
mod names;
mod network;
mod office;
mod outbox;
mod ping;
mod reseal;
mod send;
mod show;
mod sign;
mod state;
mod statement;
mod status;
mod watching;
mod witness;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use liaison_client::Transports;

use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::text;

pub(crate) use init::InitArgs;
pub(crate) use message::json as message_json;
pub(crate) use watching::{WatchArgs, arrival_line, is_alarm};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "liaison", version, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What every command understands.
#[derive(Debug, Args)]
pub(crate) struct Global {
    #[arg(display_order = 201, long, global = true, value_name = "DIR", env = "LIAISON_HOME")]
    pub(crate) home: Option<PathBuf>,
    #[arg(display_order = 202, long, global = true, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    #[arg(display_order = 203, long, global = true)]
    pub(crate) json: bool,
    #[arg(display_order = 204, short, long, global = true)]
    pub(crate) yes: bool,
    #[arg(display_order = 205, long, global = true, value_enum, default_value_t = Via::Both)]
    pub(crate) transport: Via,
    #[arg(display_order = 206, long, global = true)]
    pub(crate) offline: bool,
    #[arg(display_order = 207, short, long, global = true, action = ArgAction::SetTrue)]
    pub(crate) verbose: bool,
}

/// By which transport a relay is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Via {
    Quic,
    Tcp,
    Both,
}

impl From<Via> for Transports {
    fn from(via: Via) -> Self {
        match via {
            Via::Quic => Self::QuicOnly,
            Via::Tcp => Self::TcpOnly,
            Via::Both => Self::Both,
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Init(InitArgs),
    #[command(subcommand)]
    Network(network::NetworkVerb),
    Invite(invite::InviteArgs),
    #[command(subcommand)]
    State(state::StateVerb),
    #[command(subcommand)]
    Office(Box<office::OfficeVerb>),
    #[command(subcommand)]
    Device(device::DeviceVerb),
    #[command(subcommand)]
    Group(group::GroupVerb),
    Sign(sign::SignArgs),
    Submit(sign::SubmitArgs),
    #[command(subcommand)]
    Directory(directory::DirectoryVerb),
    Send(Box<send::SendArgs>),
    Inbox(inbox::InboxArgs),
    Show(show::ShowArgs),
    Ack(ack::AckArgs),
    Status(status::StatusArgs),
    Outbox(outbox::OutboxArgs),
    Reseal(reseal::ResealArgs),
    Ping(ping::PingArgs),
    Watch(WatchArgs),
    #[command(subcommand)]
    Witness(witness::WitnessVerb),
    Completions(CompletionsArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

/// What a verb leaves behind.
pub(crate) enum Done {
    /// It is over.
    Exit(Exit),
    /// It has begun, and waits for others.
    Waits(Box<dyn Wait>),
}

/// Something begun that waits for others: looked at whenever something came in, until its time is over.
pub(crate) trait Wait: Send {
    /// Looks whether it is over, and then says so.
    fn look(&mut self, desk: &mut Desk, io: &mut Io) -> Result<Option<Exit>, Failure>;
    /// When to look at the latest.
    fn until(&self) -> tokio::time::Instant;
}

impl From<Exit> for Done {
    fn from(exit: Exit) -> Self {
        Self::Exit(exit)
    }
}

impl Verb {
    /// Whether it will read standard input.
    pub(crate) fn reads_input(&self) -> bool {
        let dash = |path: &PathBuf| path.as_os_str() == "-";
        match self {
            Self::Send(args) => args.file.as_ref().is_some_and(dash) || args.message.as_deref() == Some("-"),
            Self::Sign(args) => dash(&args.file),
            Self::Submit(args) => dash(&args.file),
            Self::Directory(verb) => verb.reads_input(),
            Self::Office(verb) => verb.reads_input(),
            Self::Group(verb) => verb.reads_input(),
            _ => false,
        }
    }
}

/// The definition with its words.
pub(crate) fn command() -> clap::Command {
    let codes = text::companion("cli", "codes", &[("list", text::exit_codes().into())]).unwrap_or_default();
    let examples = text::companion("cli", "more", &[]).unwrap_or_default();
    text::dress(Cli::command(), "cli")
        .after_help(examples.clone())
        .after_long_help(format!("{examples}\n\n{codes}"))
}

/// Reads arguments.
pub(crate) fn parse(args: &[OsString]) -> Result<Cli, clap::Error> {
    let matches = command().try_get_matches_from(args)?;
    Cli::from_arg_matches(&matches)
}

/// Does what needs an open station, and can be done for another process too.
pub(crate) async fn run(verb: &Verb, desk: &mut Desk, io: &mut Io) -> Result<Done, Failure> {
    let exit = match verb {
        Verb::Network(verb) => network::run(verb, desk, io).await?,
        Verb::Invite(args) => invite::run(args, desk, io).await?,
        Verb::State(verb) => state::run(verb, desk, io).await?,
        Verb::Office(verb) => office::run(verb, desk, io).await?,
        Verb::Device(verb) => device::run(verb, desk, io).await?,
        Verb::Group(verb) => group::run(verb, desk, io).await?,
        Verb::Sign(args) => sign::sign(args, desk, io).await?,
        Verb::Submit(args) => sign::submit(args, desk, io).await?,
        Verb::Directory(verb) => directory::run(verb, desk, io).await?,
        Verb::Send(args) => send::run(args, desk, io).await?,
        Verb::Inbox(args) => inbox::run(args, desk, io).await?,
        Verb::Show(args) => show::run(args, desk, io)?,
        Verb::Ack(args) => ack::run(args, desk, io).await?,
        Verb::Status(args) => status::run(args, desk, io).await?,
        Verb::Outbox(args) => outbox::run(args, desk, io).await?,
        Verb::Reseal(args) => reseal::run(args, desk, io).await?,
        Verb::Witness(verb) => witness::run(verb, desk, io)?,
        Verb::Ping(args) => return ping::run(args, desk, io).await,
        Verb::Init(_) | Verb::Watch(_) | Verb::Completions(_) => Exit::Usage,
    };
    Ok(exit.into())
}

/// Prints the completions of a shell.
pub(crate) fn completions(args: &CompletionsArgs, io: &mut Io) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command(), "liaison", &mut script);
    io.say(String::from_utf8_lossy(&script).trim_end());
    Exit::Done
}

/// Makes a new station.
pub(crate) fn init(args: &InitArgs, global: &Global, io: &mut Io) -> Result<Exit, Failure> {
    init::run(args, global, io)
}
