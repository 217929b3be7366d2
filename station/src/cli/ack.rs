//! What does a person say who has received a message? How far it is dealt with; never agreement.
//! It must never know what was received.

use clap::Args;
use liaison_client::Letter;
use liaison_client::check::Answer;
use liaison_client::inbox::InboxItem;
use liaison_keys::names::OfficeId;
use liaison_proto::message::{Draft, Form, MessageRef};
use liaison_proto::scope::Scope;
use liaison_proto::value::{Fields, Value};

use super::deliver::{self, Choices};
use super::{list, message, names};
use crate::desk::Desk;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;
use crate::{blame, when};

#[derive(Debug, Args)]
pub(crate) struct AckArgs {
    #[arg(value_name = "MSG")]
    message: String,
    #[arg(long, value_parser = ["received", "in-hand", "redirected", "cannot-handle"])]
    level: Option<String>,
    #[arg(long, value_name = "TIME|SPAN")]
    reply_by: Option<String>,
    #[arg(long, value_name = "OFFICE", num_args = 1.., value_parser = names::office)]
    redirect: Vec<OfficeId>,
    #[arg(short = 'm', long = "text", value_name = "TEXT")]
    text: Option<String>,
    #[arg(long)]
    old_directory: bool,
}

pub(super) async fn run(args: &AckArgs, desk: &mut Desk, io: &mut Io) -> Result<Exit, Failure> {
    let hh = message::find(&desk.station, &args.message)?;
    let item = desk.station.memory().inbox.item(hh).cloned();
    let item = item.ok_or_else(|| fail!(Exit::Data, "error-own-message", message = message::short(hh)))?;
    let is_check = item.template.slug().as_str() == "comm-check";
    let letter =
        if is_check { desk.station.check_answer(hh, Answer::Human)? } else { letter(args, &item, desk)? };
    let choices = Choices { old_directory: args.old_directory, ..Choices::default() };
    let Some(sent) = deliver::deliver(&letter, choices, desk, io).await? else { return Ok(Exit::Done) };
    desk.station.mark_opened(hh)?;
    let outcome = deliver::outcome(sent.hh, &desk.station);
    io.tell(
        || {
            let mut said = outcome.json(&desk.station);
            if let Some(said) = said.as_object_mut() {
                said.insert("acknowledges".to_owned(), hh.to_string().into());
                said.insert("to".to_owned(), list::json(&sent.preview, &desk.station));
            }
            said
        },
        |io| outcome.words(&desk.station, io),
    );
    if !io.json {
        io.note(&say!(if is_check { "say-check-answered" } else { "sentence-acknowledgement" }));
    }
    Ok(outcome.exit())
}

fn letter(args: &AckArgs, item: &InboxItem, desk: &Desk) -> Result<Letter, Failure> {
    let form = Form::from_fields(fields(args, item, desk)?).map_err(|error| blame::mistakes(&[error]))?;
    let (draft, _) = Draft::read(form).map_err(|errors| blame::mistakes(&errors))?;
    Ok(desk.station.letter(draft)?)
}

fn fields(args: &AckArgs, item: &InboxItem, desk: &Desk) -> Result<Fields, Failure> {
    let scope =
        Scope::bilateral([item.office.clone()]).map_err(|_| fail!(Exit::Data, "error-no-addressee"))?;
    let level = args.level.clone().unwrap_or_else(|| said_by(args).to_owned());
    let mut fields: Fields = [
        ("kind", Value::text("acknowledgement")),
        // An exercise is acknowledged within the exercise, and as soon as it was sent.
        ("status", Value::text(item.status.name())),
        ("precedence", Value::text(item.lane.name())),
        ("stage", Value::text("acknowledgement")),
        ("to", scope.to_value()),
        ("in_reply_to", Value::text(MessageRef::Header(item.hh).to_string())),
        ("level", Value::text(level)),
    ]
    .into_iter()
    .collect();
    if let Some(text) = &args.reply_by {
        let at = when::read(text, desk.now_s()).and_then(when::rfc);
        let at = at.ok_or_else(|| fail!(Exit::Usage, "error-time", text = text))?;
        fields.set("expected_reply_by", Value::text(at));
    }
    if !args.redirect.is_empty() {
        let offices = args.redirect.iter().map(|office| Value::text(office.to_string()));
        fields.set("passed_to", Value::List(offices.collect()));
    }
    if let Some(text) = &args.text {
        fields.set("text", Value::text(text.as_str()));
    }
    Ok(fields)
}

/// The level that the other arguments imply.
fn said_by(args: &AckArgs) -> &'static str {
    match (args.redirect.is_empty(), &args.reply_by) {
        (false, _) => "redirected",
        (true, Some(_)) => "in-hand",
        (true, None) => "received",
    }
}
