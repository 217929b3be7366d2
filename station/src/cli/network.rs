//! How does a network begin, and which one is this? Founding, and what every station of it can say.
//! It must never know how a relay keeps it.

mod custodian;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use liaison_client::Station;
use liaison_client::authority::NewNetwork;
use liaison_keys::directory::Directory;
use liaison_keys::directory::body::{Operate, Relay, Settings};
use liaison_keys::names::Slug;
use liaison_keys::signing::{Log, PublicKey, Receipt, Transport};
use liaison_proto::profile;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::names;
use crate::desk::{Desk, needs_directory};
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;
use crate::out::{self, Paint};

#[derive(Debug, Subcommand)]
pub(crate) enum NetworkVerb {
    Found(FoundArgs),
    Show,
    Introduce(IntroduceArgs),
    Settings(custodian::SettingsArgs),
    Operate(custodian::OperateArgs),
    Note(custodian::NoteArgs),
}

#[derive(Debug, Args)]
pub(crate) struct FoundArgs {
    #[arg(long, value_name = "ID", value_parser = names::slug)]
    id: Slug,
    #[arg(long)]
    fictional: bool,
    #[arg(long = "relay", value_name = "RELAY.PUB", required = true, num_args = 1..)]
    relays: Vec<PathBuf>,
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=16))]
    keys: u8,
    #[arg(long, value_name = "M", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=16))]
    threshold: u8,
    #[arg(long, value_name = "NAME", default_value = "full", value_parser = names::profile)]
    profile: Slug,
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct IntroduceArgs {
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What `liaison-relay init` wrote into `relay.pub`.
#[derive(Debug, Deserialize)]
struct RelayFile {
    name: Slug,
    addresses: Vec<String>,
    transport: PublicKey<Transport>,
    receipt: PublicKey<Receipt>,
    log: PublicKey<Log>,
}

pub(super) async fn run(verb: &NetworkVerb, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    match verb {
        NetworkVerb::Found(args) => found(args, &mut desk.station, io),
        NetworkVerb::Show => show(&desk.station, io),
        NetworkVerb::Introduce(args) => introduce(args, &desk.station, io),
        NetworkVerb::Settings(args) => custodian::settings(args, desk, io).await,
        NetworkVerb::Operate(args) => custodian::operate(args, desk, io).await,
        NetworkVerb::Note(args) => custodian::note(args, desk, io).await,
    }
}

fn found(args: &FoundArgs, station: &mut Station, io: &mut Io) -> Result<Exit, Failure> {
    let (relays, log) = relays(args, io)?;
    if io.folder().join(&args.out).exists() {
        return Err(fail!(Exit::Exists, "error-file-exists", file = args.out.display()));
    }
    let profile = args.profile.clone();
    let (id, fictional, custodian) = (args.id.clone(), args.fictional, (args.keys, args.threshold));
    if args.threshold > args.keys {
        return Err(fail!(Exit::Usage, "error-threshold", n = args.keys, m = args.threshold));
    }
    let founding = station.found(NewNetwork { id, fictional, relays, log, custodian, profile })?;
    io.write_new(&args.out, &founding, false)?;
    let (id, network, file) = (args.id.to_string(), station.network()?, args.out.display().to_string());
    io.tell(
        || json!({"id": id, "network": network, "fictional": fictional, "file": file}),
        |_| {
            say!("say-network-founded", id = id.as_str(), network = network.to_string(), file = file.as_str())
        },
    );
    if !io.json {
        io.note(&say!("say-next-relay", file = file.as_str()));
    }
    Ok(Exit::Done)
}

/// The relays, and the log's key: the first relay keeps the log.
fn relays(args: &FoundArgs, io: &mut Io) -> Result<(Vec<Relay>, PublicKey<Log>), Failure> {
    let (mut relays, mut log) = (Vec::new(), None);
    for path in &args.relays {
        let RelayFile { name, addresses, transport, receipt, log: key } = read_relay(path, io)?;
        log = log.or(Some(key));
        relays.push(Relay { name, addresses, transport, receipt });
    }
    let log = log.ok_or_else(|| fail!(Exit::Data, "error-relay-file", file = ""))?;
    Ok((relays, log))
}

fn read_relay(path: &Path, io: &mut Io) -> Result<RelayFile, Failure> {
    let wrong = || fail!(Exit::Data, "error-relay-file", file = path.display());
    toml::from_str(&io.read_text(path)?).map_err(|error| wrong().with_detail(error))
}

fn show(station: &Station, io: &mut Io) -> Result<Exit, Failure> {
    let network = station.network()?;
    match station.replica() {
        Ok(replica) => {
            let directory = replica.directory();
            io.tell(|| json(directory, station), |io| words(directory, station, io));
        }
        Err(_) => io.tell(
            || json!({"network": network, "known": false}),
            |_| say!("say-network-unknown", network = network.to_string()),
        ),
    }
    Ok(Exit::Done)
}

fn json(directory: &Directory, station: &Station) -> Json {
    let (genesis, operation) = (directory.genesis(), in_force(directory, station));
    let relay = |relay: &Relay| json!({"name": relay.name, "addresses": relay.addresses});
    json!({
        "network": directory.network(), "known": true, "id": genesis.id, "fictional": genesis.fictional,
        "relays": operation.relays.iter().map(relay).collect::<Vec<_>>(), "profile": settings(directory, station).profile,
        "size": directory.size(), "office": station.office().ok(), "device": station.device().ok(),
        "custodian_keys": operation.custodian.len(), "custodian_threshold": operation.threshold,
    })
}

/// What the network has chosen now.
fn settings(directory: &Directory, station: &Station) -> Settings {
    profile::settings(directory.now(station.clock().now_s()))
}

/// How the network is run now.
fn in_force<'d>(directory: &'d Directory, station: &Station) -> &'d Operate {
    directory.now(station.clock().now_s()).operation()
}

fn words(directory: &Directory, station: &Station, io: &Io) -> String {
    let (genesis, operation) = (directory.genesis(), in_force(directory, station));
    let relays =
        operation.relays.iter().map(|relay| format!("{} ({})", relay.name, relay.addresses.join(", ")));
    let custodian = say!("say-keys", n = operation.custodian.len(), m = operation.threshold);
    let rows = vec![
        (say!("label-network"), genesis.id.to_string()),
        (say!("label-network-hash"), directory.network().to_string()),
        (say!("label-relays"), out::line(&relays.collect::<Vec<_>>().join("; "))),
        (say!("label-custodian"), custodian),
        (say!("label-profile"), settings(directory, station).profile.to_string()),
        (
            say!("label-office"),
            station.office().map_or_else(|_| say!("word-none"), |office| office.to_string()),
        ),
        (say!("label-device"), station.device().map(|device| device.to_string()).unwrap_or_default()),
    ];
    format!("{}{}", banner(station, io), out::pairs(io.width, rows))
}

fn introduce(args: &IntroduceArgs, station: &Station, io: &mut Io) -> Result<Exit, Failure> {
    needs_directory(station)?;
    let line = station.introduce()?.to_string();
    if let Some(file) = &args.out {
        io.write_new(file, format!("{line}\n").as_bytes(), false)?;
    }
    io.tell(
        || json!({"introduction": line}),
        |_| if args.out.is_some() { String::new() } else { line.clone() },
    );
    if !io.json {
        io.note(&say!("say-introduced"));
    }
    Ok(Exit::Done)
}

/// A network for training says so on every page.
pub(super) fn banner(station: &Station, io: &Io) -> String {
    if station.is_fictional() {
        format!("{}\n", io.paint(Paint::Warn, &say!("say-fictional")))
    } else {
        String::new()
    }
}
