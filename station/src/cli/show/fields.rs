//! How does each field look? By the rows that the template gives: stated, not known, withheld, read into silence.
//! It must never know any particular template.

use liaison_client::read::Letterbox;
use liaison_proto::message::{Content, Row, RowState, Stage, header_rows, rows};
use liaison_proto::template::FieldKind;
use liaison_proto::template::time::Moment;
use liaison_proto::value::Value;

use crate::io::Io;
use crate::out::{self, Paint};
use crate::text;
use crate::when;

/// The text first, then the fields of its kind, then what its header says beyond the form's head.
pub(super) fn lines(letter: &Letterbox, io: &Io) -> Vec<String> {
    let content = &letter.content;
    let mut lines = Vec::new();
    if let Some(sentence) = content.definition().and_then(|template| template.sentence) {
        lines.push(say!(sentence));
    }
    let lead = lead(content);
    if let Some(text) = content.first_text().filter(|_| lead.is_some()) {
        lines.push(out::wrapped(io.width, &out::clean(text)));
    }
    let told = |row: &&Row<'_>| lead != Some(row.path.as_str());
    let mut table: Vec<(String, String)> =
        rows(content).iter().filter(told).map(|row| line(row, io)).collect();
    let more = header_rows(content);
    table.extend(more.iter().filter(|row| !in_head(row)).map(|row| line(row, io)));
    if !table.is_empty() {
        lines.push(format!("\n{}", out::pairs(io.width, table)));
    }
    lines
}

/// The path of the field that stands on top as text.
fn lead(content: &Content) -> Option<&'static str> {
    let fields = content.definition().map_or(&[][..], |template| template.fields);
    let stated = |name: &str| content.own().text(name).is_some_and(|text| !text.trim().is_empty());
    fields.iter().filter(|field| field.first_text).map(|field| field.name).find(|name| stated(name))
}

/// What the head of the form has said already, and what silence says in every message.
fn in_head(row: &Row<'_>) -> bool {
    let silent = matches!(row.state, RowState::ReadAs(_));
    let above =
        ["subject", "handling.tlp", "handling.pap", "response", "handling"].contains(&row.path.as_str());
    let known_stage = row.path == "stage"
        && matches!(row.state, RowState::Stated(Value::Text(word), _) if Stage::from_name(word).is_some());
    silent || above || known_stage || row.path.starts_with("response.")
}

fn line(row: &Row<'_>, io: &Io) -> (String, String) {
    let indent = "  ".repeat(row.depth.into());
    let label = match text::optional(&row.label) {
        Some(label) => label,
        None => out::line(&row.path),
    };
    let value = match row.state {
        RowState::Heading => String::new(),
        RowState::Item(number) => say!("say-item", n = number),
        RowState::Stated(value, kind) => stated(&row.label, value, kind),
        RowState::NotKnown => io.paint(Paint::Warn, &say!("word-not-known")),
        RowState::Withheld => io.paint(Paint::Warn, &say!("word-withheld")),
        RowState::ReadAs(word) => {
            sentence(&row.label, word).unwrap_or_else(|| say!("say-read-as", word = word))
        }
    };
    (format!("{indent}{label}"), value)
}

fn stated(label: &str, value: &Value, kind: Option<&'static FieldKind>) -> String {
    let word = value.as_text().and_then(|word| sentence(label, word));
    word.unwrap_or_else(|| shown(value, kind))
}

/// A word that has a sentence of its own: silence on who did it, above all.
fn sentence(label: &str, word: &str) -> Option<String> {
    let is_attribution = label == "field-attribution" && matches!(word, "none" | "none-made");
    let is_concurrence = label == "field-concurrence";
    if is_attribution { Some(say!("say-no-attribution")) } else { is_concurrence.then(|| say!("word-no")) }
}

fn shown(value: &Value, kind: Option<&'static FieldKind>) -> String {
    match (value, kind) {
        (_, Some(FieldKind::Time)) => Moment::from_value(value).map_or_else(|| plain(value), when::moment),
        (Value::Text(text), Some(FieldKind::Country)) => out::line(text).to_uppercase(),
        (Value::Text(text), Some(FieldKind::OneOf(words))) if words.contains(&text.as_str()) => {
            text.replace('-', " ")
        }
        (Value::List(items), Some(FieldKind::List(kind))) => {
            let items: Vec<String> = items.iter().map(|item| shown(item, Some(kind))).collect();
            if items.iter().any(|item| item.contains('\n') || item.chars().count() > LONG_CHARS) {
                items.iter().map(|item| format!("- {item}")).collect::<Vec<_>>().join("\n")
            } else {
                items.join("; ")
            }
        }
        _ => plain(value),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => out::clean(text),
        Value::Int(number) => grouped(*number),
        Value::Bool(true) => say!("word-yes"),
        Value::Bool(false) => say!("word-no"),
        Value::List(_) | Value::Group(_) => {
            serde_json::to_string(value).map(|json| out::line(&json)).unwrap_or_default()
        }
    }
}

/// `120 000`: five digits and more in groups of three.
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let sign = if number < 0 { "-" } else { "" };
    if digits.len() < 5 {
        return format!("{sign}{digits}");
    }
    let first = digits.len() % 3;
    let groups = digits.char_indices().map(|(at, digit)| {
        let gap = if at > 0 && at % 3 == first { " " } else { "" };
        format!("{gap}{digit}")
    });
    format!("{sign}{}", groups.collect::<String>())
}

const LONG_CHARS: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_read_in_groups() {
        for (number, says) in
            [(0, "0"), (1234, "1234"), (12_345, "12 345"), (-120_000, "-120 000"), (1_234_567, "1 234 567")]
        {
            assert_eq!(grouped(number), says);
        }
    }
}
