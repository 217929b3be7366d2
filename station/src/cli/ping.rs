//! Who answers, and how soon? A communication check, watched until everybody answered or its time is over.
//! It must never know how an answer is made.

use clap::Args;
use liaison_client::Station;
use liaison_client::check::{Answer, CheckReport, CheckRow};
use liaison_keys::names::{GroupId, HeaderHash, OfficeId};
use liaison_proto::Lane;
use liaison_proto::scope::Scope;
use serde_json::{Value as Json, json};
use tokio::time::{Duration, Instant};

use super::deliver::{self, Choices};
use super::names::{self, Wanted};
use super::{Done, Wait, message, network};
use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::{Io, Progress};
use crate::out::{self, Paint};
use crate::when;

#[derive(Debug, Args)]
pub(crate) struct PingArgs {
    #[arg(value_name = "OFFICE", value_parser = names::office, required_unless_present_any = ["groups", "global"], conflicts_with_all = ["groups", "global"])]
    offices: Vec<OfficeId>,
    #[arg(long = "group", value_name = "GROUP", num_args = 1.., value_parser = names::group, conflicts_with = "global")]
    groups: Vec<GroupId>,
    #[arg(long)]
    global: bool,
    #[arg(long = "category", value_name = "CATEGORY", num_args = 1.., value_parser = names::wanted)]
    categories: Vec<Wanted>,
    #[arg(long)]
    human: bool,
    #[arg(short, long, value_name = "PRECEDENCE", value_parser = names::lane, default_value = "routine")]
    precedence: Lane,
    #[arg(long, value_name = "SPAN", default_value = "30s")]
    wait: String,
}

pub(super) async fn run(args: &PingArgs, desk: &mut Desk, io: &mut Io) -> Result<Done, Failure> {
    let wait_ms =
        when::read_span(&args.wait).ok_or_else(|| fail!(Exit::Usage, "error-time", text = args.wait))?;
    let (answer, lives_s) =
        if args.human { (Answer::Human, HUMAN_LIVES_S) } else { (Answer::Auto, AUTO_LIVES_S) };
    let expires = desk.now_s() + lives_s.max(wait_ms / 1_000);
    // The answers of machines are the most that a check promises: without a connection there is nothing to measure.
    desk.connect(io).await?;
    desk.exchange().await?;
    let letter = desk.station.check(scope(args)?, args.precedence, answer, expires)?;
    let Some(sent) = deliver::deliver(&letter, Choices::default(), desk, io).await? else {
        return Ok(Exit::Done.into());
    };
    let outcome = deliver::outcome(sent.hh, &desk.station);
    if outcome.exit() != Exit::Done {
        io.tell(|| outcome.json(&desk.station), |io| outcome.words(&desk.station, io));
        return Ok(outcome.exit().into());
    }
    let progress = io.progress(&say!("say-check-waits", n = 0, of = sent.preview.offices.len()));
    let until = Instant::now() + Duration::from_millis(wait_ms);
    Ok(Done::Waits(Box::new(Check { hh: sent.hh, until, progress: Some(progress) })))
}

fn scope(args: &PingArgs) -> Result<Scope, Failure> {
    let empty = |_| fail!(Exit::Usage, "error-no-addressee");
    let categories =
        args.categories.iter().filter_map(|one| if let Wanted::One(one) = one { Some(*one) } else { None });
    if args.global {
        Ok(Scope::global(categories))
    } else if args.groups.is_empty() {
        Scope::bilateral(args.offices.clone()).map_err(empty)
    } else {
        Scope::regional(args.groups.clone(), categories, false).map_err(empty)
    }
}

struct Check {
    hh: HeaderHash,
    until: Instant,
    progress: Option<Progress>,
}

impl Wait for Check {
    fn look(&mut self, desk: &mut Desk, io: &mut Io) -> Result<Option<Exit>, Failure> {
        let report = desk.station.check_report(self.hh)?;
        let report = report.ok_or_else(|| fail!(Exit::NotFound, "error-no-message", message = self.hh))?;
        let answered = report.rows.iter().filter(|row| row.answered_after_ms.is_some()).count();
        if let Some(progress) = &self.progress {
            progress.set(say!("say-check-waits", n = answered, of = report.rows.len()));
        }
        let complete = report.is_complete();
        if !complete && Instant::now() < self.until {
            return Ok(None);
        }
        self.progress = None;
        tell(&report, &desk.station, io);
        if !complete && !io.json {
            io.note(&say!("say-check-later", hash = message::short(self.hh)));
        }
        Ok(Some(if complete { Exit::Done } else { Exit::Incomplete }))
    }

    fn until(&self) -> Instant {
        self.until
    }
}

/// What a check has found so far.
pub(super) fn tell(report: &CheckReport, station: &Station, io: &mut Io) {
    io.tell(|| json(report, station), |io| words(report, station, io));
}

fn words(report: &CheckReport, station: &Station, io: &Io) -> String {
    let mut lines = vec![network::banner(station, io).trim_end().to_owned()];
    let head = ["label-office", "label-unit", "label-rank", "label-delivered", "label-answered", "label-by"];
    let rows = report.rows.iter().map(|row| cells(row, station, io)).collect();
    lines.push(out::table(io.width, head.map(|key| say!(key)).to_vec(), rows));
    lines.push(summary(report));
    let not_asked: Vec<String> = report.not_asked.iter().map(ToString::to_string).collect();
    if !not_asked.is_empty() {
        lines.push(say!("say-check-not-asked", offices = not_asked.join(", ")));
    }
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

fn cells(row: &CheckRow, station: &Station, io: &Io) -> Vec<String> {
    let after = |ms: Option<u64>| ms.map(when::short);
    let by = match (row.answered_after_ms, row.human, row.wrong_echo) {
        (None, _, true) => io.paint(Paint::Alarm, &say!("say-wrong-echo")),
        (None, ..) => String::new(),
        (Some(_), true, _) => say!("word-person"),
        (Some(_), false, _) => say!("word-station"),
    };
    vec![
        row.office.to_string(),
        message::sender(station, &row.office).unit,
        row.rank.name().to_owned(),
        after(row.delivered_after_ms).unwrap_or_else(|| say!("word-not-delivered")),
        after(row.answered_after_ms).unwrap_or_else(|| io.paint(Paint::Warn, &say!("word-no-answer"))),
        by,
    ]
}

fn summary(report: &CheckReport) -> String {
    let mut times: Vec<u64> = report.rows.iter().filter_map(|row| row.answered_after_ms).collect();
    times.sort_unstable();
    let backups = report
        .rows
        .iter()
        .filter(|row| row.answered_after_ms.is_some() && row.rank == liaison_keys::directory::Rank::Backup);
    let accepted = report.accepted_after_ms.map_or_else(|| say!("word-none"), when::short);
    let median = times.get(times.len() / 2).copied().map_or_else(|| say!("word-none"), when::short);
    say!(
        "say-check-summary",
        n = times.len(),
        of = report.rows.len(),
        backups = backups.count(),
        accepted = accepted,
        median = median,
    )
}

fn json(report: &CheckReport, station: &Station) -> Json {
    let rows: Vec<Json> = report
        .rows
        .iter()
        .map(|row| {
            json!({
                "office": row.office, "unit": message::sender(station, &row.office).unit, "rank": row.rank.name(),
                "delivered_after_ms": row.delivered_after_ms, "answered_after_ms": row.answered_after_ms,
                "human": row.human, "wrong_echo": row.wrong_echo,
            })
        })
        .collect();
    json!({
        "hash": report.hh, "sent_at": when::rfc_ms(report.created_ms), "accepted_after_ms": report.accepted_after_ms,
        "complete": report.is_complete(), "offices": rows, "not_asked": report.not_asked,
    })
}

/// How long stations may answer, and people: a check that comes late says nothing any more.
const AUTO_LIVES_S: u64 = 3_600;
const HUMAN_LIVES_S: u64 = 3 * liaison_proto::limits::DAY_S;
