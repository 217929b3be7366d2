//! How do a file and a command line become one form? The file first, then what the command line says otherwise.
//! It must never know what the fields mean.

use std::path::Path;

use liaison_client::Station;
use liaison_keys::directory::Category;
use liaison_keys::names::HeaderHash;
use liaison_proto::message::{Form, MessageRef, Status};
use liaison_proto::scope::Scope;
use liaison_proto::template;
use liaison_proto::value::{Fields, Value};

use super::message;
use super::names::Wanted;
use super::send::SendArgs;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;
use crate::{blame, out, when};

/// Reads the whole.
pub(super) fn read(args: &SendArgs, station: &Station, io: &mut Io) -> Result<Form, Failure> {
    let mut fields = match &args.file {
        Some(file) => file_fields(file, io)?,
        None => Fields::new(),
    };
    let answers = args.reply_to.as_deref().map(|text| message::find(station, text)).transpose()?;
    let mut kind = None;
    header(&mut fields, |header| {
        set_what(header, args, station)?;
        if let Some(hh) = answers {
            header.set("in_reply_to", Value::text(MessageRef::Header(hh).to_string()));
        }
        kind = header.text("kind").or_else(|| header.text("template")).map(str::to_owned);
        if let Some(scope) = scope(args, kind.as_deref(), answers, header, station)? {
            header.set("to", scope.to_value());
        }
        Ok(())
    })?;
    let mut form = Form::from_fields(fields).map_err(|error| blame::mistakes(&[error]))?;
    for line in &args.set {
        let (path, text) =
            line.split_once('=').ok_or_else(|| fail!(Exit::Usage, "error-set", line = line))?;
        form.set(path.trim(), text)?;
    }
    if let Some(message) = &args.message {
        let text = if message == "-" {
            io.read_text(Path::new("-"))?.trim_end().to_owned()
        } else {
            message.clone()
        };
        form.set(&first_text(kind.as_deref())?, &text)?;
    }
    Ok(form)
}

/// The header of a form of either kind.
fn header(fields: &mut Fields, edit: impl FnOnce(&mut Fields) -> Result<(), Failure>) -> Result<(), Failure> {
    let apart = fields.get("header").is_some() || fields.get("body").is_some();
    if !apart {
        return edit(fields);
    }
    match fields.take("header") {
        Some(Value::Group(mut header)) => {
            let edited = edit(&mut header);
            fields.set("header", Value::Group(header));
            edited
        }
        None => {
            let mut header = Fields::new();
            let edited = edit(&mut header);
            fields.set("header", Value::Group(header));
            edited
        }
        // What is no group of fields is told as a mistake, with the rest.
        Some(other) => {
            fields.set("header", other);
            Ok(())
        }
    }
}

fn set_what(header: &mut Fields, args: &SendArgs, station: &Station) -> Result<(), Failure> {
    if let Some(kind) = &args.kind {
        if !kind.contains('/') && template::by_name(kind).is_none() {
            let known: Vec<&str> = template::ALL.iter().map(|known| known.name).collect();
            return Err(fail!(
                Exit::Data,
                "error-unknown-kind",
                kind = out::line(kind),
                known = known.join(", ")
            ));
        }
        header.take("template");
        header.set("kind", Value::text(kind.as_str()));
    }
    if let Some(subject) = &args.subject {
        header.set("subject", Value::text(subject.as_str()));
    }
    if let Some(lane) = args.precedence {
        header.take("lane");
        header.set("precedence", Value::text(lane.name()));
    }
    if let Some(case) = &args.case {
        header.take("case");
        header.set("thread", Value::text(case.as_str()));
    }
    if let Some(text) = &args.expires {
        let at = when::read(text, station.clock().now_s()).and_then(when::rfc);
        let at = at.ok_or_else(|| fail!(Exit::Usage, "error-time", text = text))?;
        header.take("expires");
        header.set("expires_at", Value::text(at));
    }
    let status = if args.exercise { Some(Status::Exercise) } else { args.test.then_some(Status::Test) };
    if let Some(status) = status {
        header.set("status", Value::text(status.name()));
    }
    Ok(())
}

/// To whom, if the command line says: by name, by group, to all; or back to who wrote what is answered.
fn scope(
    args: &SendArgs,
    kind: Option<&str>,
    answers: Option<HeaderHash>,
    header: &Fields,
    station: &Station,
) -> Result<Option<Scope>, Failure> {
    let empty = |_| fail!(Exit::Usage, "error-no-addressee");
    let categories = categories(args, kind);
    if !args.to.is_empty() {
        return Scope::bilateral(args.to.clone()).map(Some).map_err(empty);
    }
    if !args.groups.is_empty() {
        return Scope::regional(args.groups.clone(), categories, args.with_coordinators)
            .map(Some)
            .map_err(empty);
    }
    if args.global {
        return Ok(Some(Scope::global(categories)));
    }
    let sender = answers.and_then(|hh| station.memory().inbox.item(hh)).map(|item| item.office.clone());
    match sender.filter(|_| header.get("to").is_none()) {
        Some(office) => Scope::bilateral([office]).map(Some).map_err(empty),
        None => Ok(None),
    }
}

/// Which offices of a group or of all: as said, or as the kind usually means it.
fn categories(args: &SendArgs, kind: Option<&str>) -> Vec<Category> {
    let template = kind.and_then(|kind| template::by_name(kind.split('/').next()?));
    let usual = template.map(|template| template.default_categories).unwrap_or_default();
    let one = |wanted: &Wanted| if let Wanted::One(one) = wanted { Some(*one) } else { None };
    match args.categories.as_slice() {
        [] => usual.to_vec(),
        wanted if wanted.contains(&Wanted::All) => Vec::new(),
        wanted => wanted.iter().filter_map(one).collect(),
    }
}

/// JSON or YAML: by its name, or by its first sign.
fn file_fields(file: &Path, io: &mut Io) -> Result<Fields, Failure> {
    let text = io.read_text(file)?;
    let json = match file.extension().and_then(|extension| extension.to_str()) {
        Some("json") => true,
        Some("yaml" | "yml") => false,
        _ => text.trim_start().starts_with('{'),
    };
    let read = if json {
        serde_json::from_str(&text).map_err(|error| error.to_string())
    } else {
        serde_saphyr::from_str(&text).map_err(|error| error.to_string())
    };
    read.map_err(|error| {
        let lines = error.lines().map(crate::out::line).collect();
        fail!(Exit::Data, "error-draft-file", file = file.display()).with_lines(lines)
    })
}

/// The field that `-m` fills: the first that counts as the message's text.
fn first_text(kind: Option<&str>) -> Result<String, Failure> {
    let kind = kind.ok_or_else(|| fail!(Exit::Usage, "error-no-kind"))?;
    let Some(template) = template::by_name(kind.split('/').next().unwrap_or_default()) else {
        return Ok("text".to_owned());
    };
    let field = template.fields.iter().find(|field| field.first_text);
    let named = field.map(|field| field.name.to_owned());
    named.ok_or_else(|| fail!(Exit::Usage, "error-no-text-field", kind = kind))
}
