//! What happens in the demonstration? Five acts, each checked as it goes: one that fails ends it with an error.
//! It must never know how the network was founded.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use liaison_client::check::{Answer, CheckReport};
use liaison_client::{Letter, Station};
use liaison_keys::names::{HeaderHash, OfficeId};
use liaison_proto::lane::Lane;
use liaison_proto::message::{Draft, Form};
use liaison_proto::scope::Scope;
use tokio::time::sleep;

use crate::desk::Desk;
use crate::print;
use crate::search::search;
use crate::world::{PASSPHRASE, World};

const CRISIS: &str = "Since 03:50 UTC controllers of two drinking-water utilities receive commands from a server rented in your country.";
const INCIDENT: &str =
    "Two drinking-water utilities lost remote control of pumping stations. Supply is not interrupted.";
const GLOBAL: &str =
    "Operators of pumping-station controllers are advised to review remote access this week.";
const LATE: &str = "State XF, operations desk";

/// Runs the demonstration in a folder to keep, or in one that goes.
///
/// # Errors
/// The first thing that did not work, in words.
pub async fn run(keep: Option<PathBuf>) -> Result<()> {
    let began = Instant::now();
    let temporary = tempfile::tempdir()?;
    let folder = keep.clone().unwrap_or_else(|| temporary.path().to_owned());
    println!("LIAISON DEMONSTRATION   EXERCISE   all States, offices and messages are fictional");
    print::act(1, "A network is founded");
    let mut world = World::found(&folder).await?;
    told_of_founding(&world, began.elapsed())?;
    let absent = world.stations.remove(&office("xf/operations/1")?).context("no station of XF")?;
    let mut desks = open_desks(&mut world);
    crisis(&mut desks).await?;
    region(&mut desks).await?;
    global(&mut desks).await?;
    check(&mut desks, absent).await?;
    nothing_to_read(&world)?;
    for desk in desks.into_values() {
        desk.close().await?;
    }
    println!("\nAll of it worked, in {:.1} s.", began.elapsed().as_secs_f64());
    match keep {
        Some(folder) => leave_running(world, &folder).await,
        None => Ok(world.relay.stop().await?),
    }
}

fn told_of_founding(world: &World, took: Duration) -> Result<()> {
    let station = world.stations.values().next().context("no station")?;
    let replica = station.replica()?;
    print::line(format!("one relay on {}, {} stations, two regions", world.address, world.stations.len()));
    print::line(format!(
        "directory: {} entries in the log, {} of them void, checked by every station for itself ({:.1} s)",
        replica.log().size(),
        replica.directory().voids().len(),
        took.as_secs_f64()
    ));
    ensure!(replica.directory().voids().is_empty(), "the directory holds void entries");
    Ok(())
}

type Desks = BTreeMap<OfficeId, Desk>;

fn open_desks(world: &mut World) -> Desks {
    std::mem::take(&mut world.stations)
        .into_iter()
        .map(|(office, station)| (office, Desk::open(station)))
        .collect()
}

async fn crisis(desks: &mut Desks) -> Result<()> {
    print::act(2, "FLASH: a crisis message from XA to XB, and a person's acknowledgement");
    let (xa, xb) = (office("xa/diplomatic/1")?, office("xb/diplomatic/1")?);
    let began = Instant::now();
    let hh = write(desk(desks, &xa)?, &format!(
        r#"{{"kind":"crisis-message","to":"xb/diplomatic/1","precedence":"flash","purpose":"clarification",
            "subject":"Commands to water utilities","authoritative_text":"{CRISIS}"}}"#
    )).await?;
    print::line(format!(
        "XA: sealed, signed, accepted by the relay (on its disk) after {} ms",
        began.elapsed().as_millis()
    ));
    desk_mut(desks, &xb)?.expect(hh).await?;
    print::line(format!("XB: received and verified after {} ms:", began.elapsed().as_millis()));
    let shown = desk(desks, &xb)?.look(move |station| shown(station, hh)).await??;
    print::message(&shown);
    let ack = write(desk(desks, &xb)?, &format!(
        r#"{{"kind":"acknowledgement","to":"xa/diplomatic/1","precedence":"flash","in_reply_to":"{hh}","level":"in-hand",
            "text":"Received by the duty officer; our CERT is looking into it."}}"#
    )).await?;
    desk_mut(desks, &xa)?.expect(ack).await?;
    let state = desk(desks, &xa)?
        .look(move |station| {
            let item = station.memory().outbox.item(hh)?;
            item.offices.get(&"xb/diplomatic/1".parse::<OfficeId>().ok()?).map(|at| at.state.progress.name())
        })
        .await?;
    ensure!(state == Some("in-hand"), "XA sees {state:?} instead of in-hand");
    print::line("XA: sees \"in hand\" by a person at XB (an acknowledgement does not mean agreement)");
    Ok(())
}

async fn region(desks: &mut Desks) -> Result<()> {
    print::act(3, "An incident notice to the Northern Region that nobody in the South can open");
    let xa = office("xa/operations/1")?;
    let hh = write(desk(desks, &xa)?, &format!(
        r#"{{"kind":"incident-notification","to":{{"scope":"regional","group":"xr-north"}},"precedence":"immediate",
            "subject":"Loss of remote control","summary":"{INCIDENT}","not_known":["incident.cause"]}}"#
    )).await?;
    let north = ["xb/diplomatic/1", "xb/operations/1", "xc/diplomatic/1", "xc/operations/1"];
    for name in north {
        desk_mut(desks, &office(name)?)?.expect(hh).await?;
    }
    print::line("XA: sent to the region; received and verified by XB and XC, both offices each");
    let delivered = wait_for_delivery(desk(desks, &xa)?, hh, north.len()).await?;
    print::line(format!(
        "XA: sees \"delivered\" from {delivered} offices, each signed by the device that opened it"
    ));
    // The relay hands a delivery to the wrong station: it has nothing to open it with.
    let stolen = desk(desks, &xa)?.look(move |station| station.delivery_of(hh)).await??;
    let refused =
        desk(desks, &office("xd/diplomatic/1")?)?.look(move |station| station.receive(&stolen)).await??;
    let liaison_client::Arrival::Quarantined(_, reason) = refused else {
        bail!("XD opened a message that was not for it");
    };
    print::line(format!(
        "XD: handed one of the region's envelopes by mistake of the host, sets it aside: \"{reason}\""
    ));
    for name in
        ["xd/diplomatic/1", "xd/operations/1", "xe/diplomatic/1", "xe/operations/1", "xf/diplomatic/1"]
    {
        let has = desk(desks, &office(name)?)?
            .look(move |station| station.memory().inbox.item(hh).is_some())
            .await?;
        ensure!(!has, "{name} has a message of the other region");
    }
    Ok(())
}

async fn global(desks: &mut Desks) -> Result<()> {
    print::act(4, "A notice to all States");
    let hh = write(desk(desks, &office("xc/diplomatic/1")?)?, &format!(
        r#"{{"kind":"general","to":{{"scope":"global"}},"precedence":"routine","subject":"Advice","text":"{GLOBAL}"}}"#
    )).await?;
    let mut received = 0;
    let states: Vec<OfficeId> =
        desks.keys().filter(|office| office.owner.state().is_some()).cloned().collect();
    for office in states.iter().filter(|office| office.owner.to_string() != "xc") {
        desk_mut(desks, office)?.expect(hh).await?;
        received += 1;
    }
    print::line(format!(
        "XC: sent to all; received and verified by {received} offices of five States (one station is off)"
    ));
    Ok(())
}

async fn check(desks: &mut Desks, absent: Station) -> Result<()> {
    print::act(5, "A communication check of all offices by the custodian; one station is off");
    let custodian = office("org:custodian/secretariat/1")?;
    let letter = desk(desks, &custodian)?
        .look(|station| {
            let expires = station.clock().now_s() + 86_400;
            station.check(Scope::global([]), Lane::Priority, Answer::Auto, expires)
        })
        .await??;
    let hh = desk(desks, &custodian)?.send(letter).await?;
    let report = wait_for(desk(desks, &custodian)?, hh, 1).await?;
    table(&report);
    ensure!(report.rows.len() == 12, "{} offices were asked instead of 12", report.rows.len());
    print::line(format!("{LATE}: switched on now"));
    let late = Desk::open(absent);
    let report = wait_for(desk(desks, &custodian)?, hh, 0).await?;
    let row =
        report.rows.iter().find(|row| row.office.to_string() == "xf/operations/1").context("no row of XF")?;
    let waited = late.look(|station| station.memory().inbox.items.len()).await?;
    print::line(format!(
        "{LATE}: got the {waited} messages that waited, and answered after {}",
        print::ms(row.answered_after_ms)
    ));
    ensure!(waited == 2, "XF got {waited} messages instead of the notice and the check");
    desks.insert(office("xf/operations/1")?, late);
    Ok(())
}

/// Waits until so many offices have proved that a message was delivered.
async fn wait_for_delivery(desk: &Desk, hh: HeaderHash, offices: usize) -> Result<usize> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let proofs =
            move |station: &mut Station| station.memory().outbox.item(hh).map(|item| item.offices.len());
        let delivered = desk.look(proofs).await?.context("no message")?;
        if delivered >= offices {
            return Ok(delivered);
        }
        ensure!(Instant::now() < deadline, "only {delivered} of {offices} offices have proved delivery");
        sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until all but so many offices have answered.
async fn wait_for(custodian: &Desk, hh: HeaderHash, silent: usize) -> Result<CheckReport> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let report = custodian.look(move |station| station.check_report(hh)).await??.context("no check")?;
        let open = report.rows.iter().filter(|row| row.answered_after_ms.is_none()).count();
        if open <= silent {
            return Ok(report);
        }
        ensure!(Instant::now() < deadline, "{open} offices have not answered the check");
        sleep(Duration::from_millis(20)).await;
    }
}

fn table(report: &CheckReport) {
    let rows = report.rows.iter().map(|row| {
        vec![row.office.to_string(), print::ms(row.delivered_after_ms), print::ms(row.answered_after_ms)]
    });
    print::line(format!("on the relay's disk after {}", print::ms(report.accepted_after_ms)));
    print::table(&["office", "delivered after", "answered after"], rows.collect());
}

fn nothing_to_read(world: &World) -> Result<()> {
    print::act(6, "What the host can read");
    let texts = [CRISIS, INCIDENT, GLOBAL, "Commands to water utilities", "Loss of remote control"]
        .map(str::to_owned);
    let found = search(&world.folder.join("relay"), &texts)?;
    ensure!(found.bytes > 0 && found.texts.is_empty(), "the relay's files hold {:?}", found.texts);
    print::line(format!(
        "the relay's {} files ({} bytes) searched for {} texts and subjects: found nowhere",
        found.files,
        found.bytes,
        texts.len()
    ));
    Ok(())
}

async fn leave_running(world: World, folder: &Path) -> Result<()> {
    let home = folder.join("stations").join("xa-diplomatic");
    println!("\nThe relay runs on {} until you press Ctrl-C. In another terminal:\n", world.address);
    println!("   export LIAISON_PASSPHRASE={PASSPHRASE}");
    println!("   cargo run --quiet --bin liaison -- --home {} directory list", home.display());
    println!(
        "   cargo run --quiet --bin liaison -- --home {} send general --to xb/diplomatic/1 -m 'Good morning'",
        home.display()
    );
    println!(
        "   cargo run --quiet --bin liaison -- --home {} inbox",
        folder.join("stations/xb-diplomatic").display()
    );
    tokio::signal::ctrl_c().await?;
    world.relay.stop().await?;
    let relay = folder.join("relay");
    println!("\nStopped. Everything is still in {}; start its relay again with", folder.display());
    println!("   cargo run --quiet --bin liaison-relay -- serve --dir {}", relay.display());
    Ok(())
}

/// A message as its reader sees it: the whole form is `liaison show`.
fn shown(station: &Station, hh: HeaderHash) -> Result<Vec<String>> {
    let message = station.message(hh)?.context("no message")?;
    let (_, office) = &message.claims.signer;
    let directory = station.directory()?;
    let unit = directory.office(office).map(|record| record.unit.clone()).unwrap_or_default();
    let made = jiff::Timestamp::from_millisecond(i64::try_from(message.claims.created_ms)?)?;
    Ok(vec![
        format!(
            "{}   EXERCISE NETWORK   {}",
            message.header.lane.name().to_uppercase(),
            message.claims.template
        ),
        format!("From   {} - {unit} ({office})   signature valid", office.owner.display()),
        format!(
            "Made   {made:.0}   case {}",
            message.claims.case.map(|case| case.to_string()).unwrap_or_default()
        ),
        String::new(),
        message.content.first_text().unwrap_or_default().to_owned(),
        "No attribution is made.".to_owned(),
    ])
}

async fn write(desk: &Desk, json: &str) -> Result<HeaderHash> {
    let letter = letter(desk, json.to_owned()).await?;
    desk.send(letter).await
}

async fn letter(desk: &Desk, json: String) -> Result<Letter> {
    let form = Form::from_json(&json)?;
    let (draft, _) = Draft::read(form).map_err(|errors| anyhow::anyhow!("{errors:?}"))?;
    Ok(desk.look(move |station| station.letter(draft)).await??)
}

fn office(name: &str) -> Result<OfficeId> {
    Ok(name.parse()?)
}

fn desk<'d>(desks: &'d Desks, office: &OfficeId) -> Result<&'d Desk> {
    desks.get(office).with_context(|| format!("no station of {office}"))
}

fn desk_mut<'d>(desks: &'d mut Desks, office: &OfficeId) -> Result<&'d mut Desk> {
    desks.get_mut(office).with_context(|| format!("no station of {office}"))
}
