//! How far has a message of ours come? For each office what was proved, and who is missing.
//! It must never know what it says.

use clap::Args;
use liaison_client::Station;
use liaison_client::outbox::{AtRelay, OutboxItem};
use liaison_keys::names::OfficeId;
use liaison_proto::lifecycle::Progress;
use serde_json::{Value as Json, json};

use super::{deliver, inbox, message, ping};
use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;
use crate::out;
use crate::when;

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    #[arg(value_name = "MSG")]
    message: String,
}

pub(super) async fn run(args: &StatusArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    let exit = inbox::fetch(desk, io).await?;
    let hh = message::find(&desk.station, &args.message)?;
    let station = &desk.station;
    let item = station.memory().outbox.item(hh);
    let item =
        item.ok_or_else(|| fail!(Exit::Data, "error-not-own-message", message = message::short(hh)))?;
    if let Some(report) = station.check_report(hh)? {
        ping::tell(&report, station, io);
        return Ok(exit);
    }
    let own = station.office().ok();
    let rows: Vec<Row> = item
        .addressed()
        .into_iter()
        .filter(|office| Some(office) != own.as_ref())
        .map(|office| row(office, item, station))
        .collect();
    io.tell(|| json(item, &rows, station), |io| words(item, &rows, station, io));
    Ok(exit)
}

struct Row {
    office: OfficeId,
    unit: String,
    progress: Option<Progress>,
    first_ms: Option<u64>,
    person_ms: Option<u64>,
}

fn row(office: OfficeId, item: &OutboxItem, station: &Station) -> Row {
    let at = item.offices.get(&office);
    let accepted = matches!(item.relay, AtRelay::Accepted(_)).then_some(Progress::Accepted);
    Row {
        unit: message::sender(station, &office).unit,
        progress: at.map(|at| at.state.progress).or(accepted),
        first_ms: at.map(|at| at.first_at_ms),
        person_ms: at.and_then(|at| at.person_at_ms),
        office,
    }
}

fn json(item: &OutboxItem, rows: &[Row], station: &Station) -> Json {
    let offices: Vec<Json> = rows
        .iter()
        .map(|row| {
            json!({
                "office": row.office, "unit": row.unit, "state": row.progress.map(Progress::name),
                "delivered_at": row.first_ms.and_then(when::rfc_ms), "person_at": row.person_ms.and_then(when::rfc_ms),
            })
        })
        .collect();
    let missing: Vec<&OfficeId> =
        rows.iter().filter(|row| row.first_ms.is_none()).map(|row| &row.office).collect();
    let mut said = deliver::outcome(item.hh, station).json(station);
    if let Some(said) = said.as_object_mut() {
        said.insert("expires_at".to_owned(), when::rfc(item.expires).into());
        said.insert("offices".to_owned(), offices.into());
        said.insert("missing".to_owned(), json!(missing));
        said.insert("left_out".to_owned(), json!(left_out(item, station)));
        said.insert("devices_not_taken".to_owned(), item.not_taken.into());
    }
    said
}

fn words(item: &OutboxItem, rows: &[Row], station: &Station, io: &Io) -> String {
    let outcome = deliver::outcome(item.hh, station).words(station, io);
    let mut lines = vec![outcome];
    let head = ["label-office", "label-unit", "label-state", "label-delivered", "label-person"];
    let cells = rows.iter().map(|row| {
        let state = row.progress.map_or_else(
            || say!("progress-waits"),
            |progress| say!(&format!("progress-{}", progress.name())),
        );
        let at = |ms: Option<u64>| ms.map(when::utc_ms).unwrap_or_default();
        vec![row.office.to_string(), row.unit.clone(), state, at(row.first_ms), at(row.person_ms)]
    });
    lines.push(out::table(io.width, head.map(|key| say!(key)).to_vec(), cells.collect()));
    let (delivered, by_person) = (
        rows.iter().filter(|row| row.first_ms.is_some()).count(),
        rows.iter().filter(|row| row.person_ms.is_some()).count(),
    );
    lines.push(say!("say-status", n = rows.len(), delivered = delivered, person = by_person));
    let missing: Vec<String> =
        rows.iter().filter(|row| row.first_ms.is_none()).map(|row| row.office.to_string()).collect();
    if !missing.is_empty() {
        lines.push(say!("say-status-missing", offices = missing.join(", ")));
    }
    if item.not_taken > 0 {
        let all = item.recipients.len();
        let taken = (all as u64).saturating_sub(item.not_taken);
        lines.push(say!("say-partly", hash = message::short(item.hh), n = taken, all = all));
    }
    let left_out = left_out(item, station);
    if !left_out.is_empty() {
        lines.push(say!("say-status-left-out", offices = left_out.join(", ")));
    }
    lines.join("\n")
}

/// Offices with a device that it was not sealed to.
pub(super) fn left_out(item: &OutboxItem, station: &Station) -> Vec<String> {
    let Ok(replica) = station.replica() else { return Vec::new() };
    let devices = item.left_out.iter().filter_map(|left| replica.directory().device(left.device));
    let mut offices: Vec<String> = devices.map(|facts| facts.office.to_string()).collect();
    offices.dedup();
    offices
}
