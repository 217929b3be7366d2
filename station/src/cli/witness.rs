//! What does this station say as a witness of the directory? Its key, what it cosigned, and what it did not want to.
//! It must never know how a cosignature is made.

use clap::{Args, Subcommand};
use liaison_keys::directory::witness::Announced;
use serde_json::json;

use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;
use crate::{out, when};

#[derive(Debug, Subcommand)]
pub(crate) enum WitnessVerb {
    Init(InitArgs),
    Show,
    Accept(AcceptArgs),
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    #[arg(value_name = "NAME")]
    name: String,
}

#[derive(Debug, Args)]
pub(crate) struct AcceptArgs {
    #[arg(value_name = "ENTRY")]
    entry: u64,
}

pub(super) fn run(verb: &WitnessVerb, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    match verb {
        WitnessVerb::Init(args) => {
            let announced = desk.station.become_witness(&args.name)?;
            tell(&announced, io);
            io.note(&say!("say-witness-made"));
        }
        WitnessVerb::Show => show(desk, io)?,
        WitnessVerb::Accept(args) => {
            io.confirm(&say!("say-accept-entry", entry = args.entry), &say!("ask-accept-entry"))?;
            desk.station.take_entry(args.entry)?;
            io.tell(|| json!({"accepted": args.entry}), |_| say!("say-entry-accepted", entry = args.entry));
        }
    }
    Ok(Exit::Done)
}

fn tell(announced: &Announced, io: &mut Io) {
    io.tell(
        || json!({"name": announced.name, "announced": announced.to_string()}),
        |_| announced.to_string(),
    );
}

fn show(desk: &Desk, io: &mut Io) -> Result<(), Failure> {
    let station = &desk.station;
    let announced = station.announced().ok_or_else(|| fail!(Exit::NotReady, "error-no-witness"))?;
    let named = station.is_named_witness();
    let last = station.memory().witness.last;
    let said = || {
        json!({
            "name": announced.name, "announced": announced.to_string(), "named": named,
            "cosigned": last.map(|(checkpoint, time)| json!({
                "size": checkpoint.size, "root": checkpoint.root, "at": when::rfc(time),
            })),
        })
    };
    io.tell(said, |io| {
        let standing = if named { say!("word-witness-named") } else { say!("word-witness-unnamed") };
        let last = last.map_or_else(
            || say!("word-never"),
            |(checkpoint, time)| say!("say-cosigned-at", size = checkpoint.size, time = when::utc(time)),
        );
        let rows = vec![
            (say!("label-witness"), announced.to_string()),
            (say!("label-standing"), standing),
            (say!("label-cosigned"), last),
        ];
        out::pairs(io.width, rows)
    });
    Ok(())
}
