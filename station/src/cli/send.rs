//! How does a message leave? Written, looked at, addressed, sealed, and sent or kept until it can be.
//! It must never know how it is sealed.

use std::path::PathBuf;

use clap::Args;
use liaison_keys::names::{GroupId, OfficeId};
use liaison_proto::Lane;
use liaison_proto::message::Draft;
use liaison_proto::scope::Scope;
use liaison_proto::template::Hint;
use serde_json::json;

use super::deliver::{self, Choices};
use super::names::{self, Wanted};
use super::{form, list};
use crate::blame;
use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::out::Paint;

#[derive(Debug, Args)]
pub(crate) struct SendArgs {
    #[arg(value_name = "KIND", required_unless_present = "file")]
    pub(super) kind: Option<String>,
    #[arg(long, value_name = "OFFICE", num_args = 1.., value_parser = names::office, conflicts_with_all = ["groups", "global"])]
    pub(super) to: Vec<OfficeId>,
    #[arg(long = "group", value_name = "GROUP", num_args = 1.., value_parser = names::group, conflicts_with = "global")]
    pub(super) groups: Vec<GroupId>,
    #[arg(long)]
    pub(super) global: bool,
    #[arg(long = "category", value_name = "CATEGORY", num_args = 1.., value_parser = names::wanted)]
    pub(super) categories: Vec<Wanted>,
    #[arg(long, requires = "groups")]
    pub(super) with_coordinators: bool,
    #[arg(short, long, value_name = "PRECEDENCE", value_parser = names::lane)]
    pub(super) precedence: Option<Lane>,
    #[arg(short, long, value_name = "TEXT|-", allow_hyphen_values = true)]
    pub(super) message: Option<String>,
    #[arg(short, long, value_name = "TEXT")]
    pub(super) subject: Option<String>,
    #[arg(long, value_name = "PATH=VALUE")]
    pub(super) set: Vec<String>,
    #[arg(short, long, value_name = "FILE|-")]
    pub(super) file: Option<PathBuf>,
    #[arg(long, value_name = "TIME|SPAN")]
    pub(super) expires: Option<String>,
    #[arg(long, value_name = "MSG")]
    pub(super) reply_to: Option<String>,
    #[arg(long, value_name = "CASE")]
    pub(super) case: Option<String>,
    #[arg(long, conflicts_with = "test")]
    pub(super) exercise: bool,
    #[arg(long)]
    pub(super) test: bool,
    #[arg(long)]
    pub(super) old_directory: bool,
    #[arg(long)]
    pub(super) dry_run: bool,
}

pub(super) async fn run(args: &SendArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    let form = form::read(args, &desk.station, io)?;
    let (draft, hints) = Draft::read(form).map_err(|errors| blame::mistakes(&errors))?;
    show_hints(&hints, io);
    let asks_again = draft.content.definition().is_some_and(|template| template.asks_again_if_global)
        && matches!(draft.scope, Scope::Global { .. });
    let letter = desk.station.letter(draft)?;
    let choices = Choices { asks_again, old_directory: args.old_directory, dry_run: args.dry_run };
    let Some(sent) = deliver::deliver(&letter, choices, desk, io).await? else { return Ok(Exit::Done) };
    let outcome = deliver::outcome(sent.hh, &desk.station);
    io.tell(
        || {
            let mut said = outcome.json(&desk.station);
            if let Some(said) = said.as_object_mut() {
                let hints: Vec<_> =
                    hints.iter().map(|hint| json!({"path": hint.path, "hint": hint.kind.id()})).collect();
                said.insert("hints".to_owned(), hints.into());
                said.insert("to".to_owned(), list::json(&sent.preview, &desk.station));
            }
            said
        },
        |io| outcome.words(&desk.station, io),
    );
    outcome.tell_why(io);
    Ok(outcome.exit())
}

/// What is unusual; it stops nothing.
fn show_hints(hints: &[Hint], io: &mut Io) {
    if io.json {
        return;
    }
    for hint in hints {
        let mark = io.paint(Paint::Warn, &say!("say-hint"));
        let place =
            if hint.path.is_empty() { String::new() } else { format!("{}: ", crate::out::line(&hint.path)) };
        io.note(&format!("{mark} {place}{}", say!(hint.kind.id())));
    }
}
