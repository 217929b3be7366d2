//! Who can be reached, by which keys, and is it the directory that everybody sees? Look-ups work without a relay.
//! It must never know how a card is composed.

mod advice;
mod entry;
mod evidence;
mod list;
mod look_up;
mod verify;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use liaison_client::Station;
use liaison_keys::directory::body::Taking;
use liaison_keys::directory::{At, OfficeRecord};
use liaison_keys::names::{GroupId, OfficeId, Owner, Subject};
use serde_json::{Value as Json, json};

use super::network;
use crate::desk::{Desk, needs_directory};
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;
use crate::out;
use crate::when;

#[derive(Debug, Subcommand)]
pub(crate) enum DirectoryVerb {
    List(look_up::ListArgs),
    Show(ShowArgs),
    Confirm(super::office::ConfirmArgs),
    Reads,
    Check(advice::CheckArgs),
    Role(advice::RoleArgs),
    Verify,
    Evidence(evidence::EvidenceArgs),
    VerifyEvidence(evidence::VerifyEvidenceArgs),
    Export(ExportArgs),
    Import(ImportArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    #[arg(value_name = "OFFICE|OWNER|GROUP")]
    name: String,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[arg(long, value_enum, default_value_t = Format::Copy)]
    format: Format,
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    #[arg(value_name = "FILE|-")]
    file: PathBuf,
    #[arg(long, value_name = "DIR")]
    drafts: Option<PathBuf>,
    #[arg(long)]
    dry_run: bool,
}

/// What a directory is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A copy that another station takes.
    Copy,
    Csv,
    Json,
    Participation,
}

impl DirectoryVerb {
    pub(super) fn reads_input(&self) -> bool {
        match self {
            Self::Import(args) => args.file.as_os_str() == "-",
            Self::VerifyEvidence(args) => args.file.as_os_str() == "-",
            _ => false,
        }
    }
}

pub(super) async fn run(verb: &DirectoryVerb, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    if let DirectoryVerb::Import(args) = verb {
        let bytes = io.read(&args.file)?;
        if let Some(text) = list::is_list(&bytes) {
            desk.refresh(io).await?;
            needs_directory(&desk.station)?;
            return list::import(text, args.drafts.as_ref(), args.dry_run, (desk, io)).await;
        }
        let size = desk.station.import_directory(&bytes)?;
        io.tell(|| json!({"size": size}), |_| say!("say-imported", size = size));
        return Ok(Exit::Done);
    }
    if let DirectoryVerb::Confirm(args) = verb {
        return super::office::confirm_entry(args, desk, io).await;
    }
    if let DirectoryVerb::Role(args) = verb {
        return Ok(advice::role(args, io));
    }
    if let DirectoryVerb::VerifyEvidence(args) = verb {
        return evidence::verify(args, &desk.station, io);
    }
    if matches!(verb, DirectoryVerb::Reads) {
        return reads(desk, io).await;
    }
    let freshness = desk.refresh(io).await?;
    needs_directory(&desk.station)?;
    let station = &desk.station;
    match verb {
        DirectoryVerb::List(args) => look_up::run(args, station, io),
        DirectoryVerb::Show(args) => show(args, station, io),
        DirectoryVerb::Verify => verify::run(station, freshness, io),
        DirectoryVerb::Export(args) => {
            let bytes = match args.format {
                Format::Copy => station.export_directory()?,
                Format::Csv => list::export(false, station)?.into_bytes(),
                Format::Json => list::export(true, station)?.into_bytes(),
                Format::Participation => list::participation(station)?.into_bytes(),
            };
            io.write_new(&args.out, &bytes, false)?;
            let file = args.out.display().to_string();
            let key = match args.format {
                Format::Copy => "say-exported",
                Format::Csv | Format::Json => "say-exported-contacts",
                Format::Participation => "say-groups-written",
            };
            io.tell(|| json!({"file": file}), |_| say!(key, file = file.as_str()));
            Ok(Exit::Done)
        }
        DirectoryVerb::Check(args) => advice::check(args, station, io),
        DirectoryVerb::Evidence(args) => evidence::run(args, station, io),
        DirectoryVerb::Import(_)
        | DirectoryVerb::Confirm(_)
        | DirectoryVerb::Reads
        | DirectoryVerb::Role(_)
        | DirectoryVerb::VerifyEvidence(_) => Ok(Exit::Done),
    }
}

fn show(args: &ShowArgs, station: &Station, io: &mut Io) -> Result<Exit, Failure> {
    let at = station.directory()?;
    let text = args.name.to_lowercase();
    let unknown = || fail!(Exit::NotFound, "error-not-in-directory", name = args.name);
    let (rows, said) = match text.parse::<Subject>().map_err(|_| unknown())? {
        Subject::Office(office) => {
            let record = at.office(&office).ok_or_else(unknown)?;
            (entry::rows(&office, record, at, station), entry::json(&office, record, at, station))
        }
        Subject::Owner(owner) => {
            let facts = at.enrolled(&owner).ok_or_else(unknown)?;
            let name = out::line(&facts.name);
            (owner_rows(&owner, &name, at, station), owner_json(&owner, &name, at, station))
        }
        Subject::Group(group) => {
            at.group(&group).ok_or_else(unknown)?;
            (group_rows(&group, at), group_json(&group, at))
        }
        Subject::Network => return Err(unknown()),
    };
    io.tell(|| said, |io| format!("{}{}", network::banner(station, io), out::pairs(io.width, rows)));
    Ok(Exit::Done)
}

/// Who read the contact cards of this station's State, day by day.
async fn reads(desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    desk.connect(io).await?;
    let reads = desk.card_reads().await?;
    if io.json {
        for (day, office, reader) in &reads {
            io.say(&json!({"day": when::day(*day), "office": office, "reader": reader}).to_string());
        }
    } else if reads.is_empty() {
        io.note(&say!("say-no-reads"));
    } else {
        let head = ["label-day", "label-card", "label-reader"].map(|key| say!(key)).to_vec();
        let row = |(day, office, reader): &(u64, OfficeId, OfficeId)| {
            vec![when::day(*day), office.to_string(), reader.to_string()]
        };
        let table = out::table(io.width, head, reads.iter().map(row).collect());
        io.say(&table);
    }
    Ok(Exit::Done)
}

/// An office's entry as a person sees it.
pub(super) fn entry(
    office: &OfficeId,
    record: &OfficeRecord,
    station: &Station,
    io: &Io,
) -> Result<String, Failure> {
    Ok(out::pairs(io.width, entry::rows(office, record, station.directory()?, station)))
}

pub(super) use advice::tell as tell_hints;
pub(super) use entry::fresh;

type Rows = Vec<(String, String)>;

fn owner_rows(owner: &Owner, name: &str, at: At<'_>, station: &Station) -> Rows {
    let root = at.root(owner).map(|root| say!("say-keys", n = root.keys.len(), m = root.threshold));
    let groups: Vec<String> = groups_of(owner, at, station).iter().map(ToString::to_string).collect();
    let mut rows = vec![
        (say!("label-owner"), say!("say-owner", code = owner.display(), name = name)),
        (say!("label-root"), root.unwrap_or_default()),
        (say!("label-fingerprint"), fingerprint(owner, at).unwrap_or_default()),
        (say!("label-admins"), at.admins(owner).len().to_string()),
        (say!("label-participation"), at.taking(owner).map(Taking::name).unwrap_or_default().to_owned()),
        (say!("label-attested"), attested(owner, at)),
        (say!("label-groups"), groups.join(", ")),
    ];
    for (office, record) in at.offices().filter(|(office, _)| office.owner == *owner) {
        rows.push((say!("label-office"), format!("{office}  {}", out::line(&record.unit))));
    }
    rows
}

/// Which States vouch for a root, and whether those are enough to stand for a fingerprint that one compared oneself.
fn attested(owner: &Owner, at: At<'_>) -> String {
    let states: Vec<String> = at.attested_by(owner).iter().map(|state| state.upper()).collect();
    match (states.is_empty(), at.is_attested(owner)) {
        (true, _) => say!("word-nobody-attests"),
        (false, true) => say!("say-attested", states = states.join(", ")),
        (false, false) => say!("say-attested-by-few", states = states.join(", ")),
    }
}

fn group_rows(group: &GroupId, at: At<'_>) -> Rows {
    let (name, coordinator) =
        at.group(group).map(|(name, owner)| (out::line(name), owner.to_string())).unwrap_or_default();
    let mut rows = vec![
        (say!("label-group"), format!("{group}  {name}")),
        (say!("label-coordinator"), coordinator),
        (say!("label-members"), at.members(group).count().to_string()),
    ];
    for state in at.states_of(group) {
        let (status, joined) = at.membership(group, state);
        let status = status.map_or_else(|| say!("word-not-named"), |status| status.name().to_owned());
        let wish = if joined { say!("word-joined") } else { say!("word-not-joined") };
        rows.push((state.upper(), format!("{status}, {wish}")));
    }
    rows
}

fn owner_json(owner: &Owner, name: &str, at: At<'_>, station: &Station) -> Json {
    let root = at.root(owner);
    let offices: Vec<_> =
        at.offices().map(|(office, _)| office).filter(|office| office.owner == *owner).collect();
    json!({
        "owner": owner, "name": name, "root_keys": root.map(|root| root.keys.len()),
        "root_threshold": root.map(|root| root.threshold), "fingerprint": fingerprint(owner, at),
        "admins": at.admins(owner).len(), "participation": at.taking(owner).map(Taking::name),
        "attested_by": at.attested_by(owner), "attested": at.is_attested(owner), "groups": groups_of(owner, at, station), "offices": offices,
    })
}

fn group_json(group: &GroupId, at: At<'_>) -> Json {
    let states: Vec<Json> = at
        .states_of(group)
        .map(|state| {
            let (status, joined) = at.membership(group, state);
            json!({"state": state, "status": status, "joined": joined})
        })
        .collect();
    let defined = at.group(group);
    json!({
        "group": group, "name": defined.map(|(name, _)| name), "coordinator": defined.map(|(_, owner)| owner),
        "members": at.members(group).collect::<Vec<_>>(), "states": states,
    })
}

fn groups_of(owner: &Owner, at: At<'_>, station: &Station) -> Vec<GroupId> {
    match owner.state() {
        None => at.groups_coordinated_by(owner),
        Some(state) => {
            let groups = station.replica().ok().into_iter().flat_map(|replica| replica.directory().groups());
            groups.filter(|group| at.members(group).any(|member| member == state)).cloned().collect()
        }
    }
}

fn fingerprint(owner: &Owner, at: At<'_>) -> Option<String> {
    at.fingerprint(owner).map(|fingerprint| fingerprint.to_string())
}

fn owner_name(owner: &Owner, at: At<'_>) -> String {
    let name = at.owner(owner).map(|facts| out::line(&facts.name)).unwrap_or_default();
    say!("say-owner", code = owner.display(), name = name)
}
