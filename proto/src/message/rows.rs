//! Which lines has the printed form? The fields in the order of their table, then everything else under "other".
//! It must never know a language: each line names its label by an id, and the user interface has the words.

use super::state::is_position;
use super::{COMMON, Content, FieldState};
use crate::template::{Field, FieldKind};
use crate::value::{Fields, Value};

/// One line of the printed form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The path of the field; empty for the heading "other".
    pub path: String,
    /// The id of its label, such as `field-incident-severity`. A field that the template does not have is
    /// `field-unknown`: its path is all there is to show.
    pub label: String,
    /// How far it is indented.
    pub depth: u8,
    /// What stands beside the label.
    pub state: RowState<'a>,
}

/// What stands beside a label.
#[derive(Clone, Copy, Debug)]
pub enum RowState<'a> {
    /// Nothing: the lines below belong together.
    Heading,
    /// The number of an item, from 1: the lines below belong to it.
    Item(usize),
    /// What the sender says, and what kind of field it is, if that is known.
    Stated(&'a Value, Option<&'static FieldKind>),
    /// The sender does not know yet.
    NotKnown,
    /// The sender knows, and does not say.
    Withheld,
    /// The sender says nothing about it, and it is read as this.
    ReadAs(&'static str),
}

impl PartialEq for RowState<'_> {
    /// Compares what is shown; a kind is part of the table, not of the message.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Heading, Self::Heading)
            | (Self::NotKnown, Self::NotKnown)
            | (Self::Withheld, Self::Withheld) => true,
            (Self::Item(mine), Self::Item(other)) => mine == other,
            (Self::Stated(mine, _), Self::Stated(other, _)) => mine == other,
            (Self::ReadAs(mine), Self::ReadAs(other)) => mine == other,
            _ => false,
        }
    }
}

impl Eq for RowState<'_> {}

/// The lines of what is said in the kind's own fields: stated, marked, or read into silence. What is simply not
/// stated has no line, so that a short message stays short.
#[must_use]
pub fn rows(content: &Content) -> Vec<Row<'_>> {
    let table = content.definition().map_or(&[][..], |template| template.fields);
    let mut printer = Printer { content, rows: Vec::new() };
    printer.table(table, Some(content.own()), "", 0);
    let mut other = Printer { content, rows: Vec::new() };
    other.unknown_fields(table, content.own(), "");
    other.unknown_fields(COMMON, content.common().fields(), "");
    other.unknown_marks(table);
    if !other.rows.is_empty() {
        printer.push("", "field-other".to_owned(), 0, RowState::Heading);
        printer.rows.append(&mut other.rows);
    }
    printer.rows
}

/// The lines of what is said in the common fields, but for the marks, which stand at the fields they name.
#[must_use]
pub fn header_rows(content: &Content) -> Vec<Row<'_>> {
    let mut printer = Printer { content, rows: Vec::new() };
    printer.table(COMMON, Some(content.common().fields()), "", 0);
    printer.rows.retain(|row| !matches!(row.path.as_str(), "not_known" | "withheld"));
    printer.rows
}

struct Printer<'a> {
    content: &'a Content,
    rows: Vec<Row<'a>>,
}

impl<'a> Printer<'a> {
    fn table(&mut self, table: &'static [Field], fields: Option<&'a Fields>, above: &str, depth: u8) {
        for field in table {
            let path = join(above, field.name);
            match (fields.and_then(|fields| fields.get(field.name)), &field.kind) {
                (Some(Value::Group(inner)), FieldKind::Group(table)) => {
                    self.push(&path, label(&path), depth, RowState::Heading);
                    self.table(table, Some(inner), &path, depth + 1);
                }
                (Some(Value::List(items)), FieldKind::List(FieldKind::Group(table))) => {
                    self.items(table, items, &path, depth);
                }
                (Some(value), kind) => {
                    self.push(&path, label(&path), depth, RowState::Stated(value, Some(kind)))
                }
                (None, _) => self.absent(field, &path, depth),
            }
        }
    }

    fn items(&mut self, table: &'static [Field], items: &'a [Value], above: &str, depth: u8) {
        for (at, item) in items.iter().enumerate() {
            let path = join(above, &at.to_string());
            self.push(&path, label(&path), depth, RowState::Item(at + 1));
            self.table(table, item.as_group(), &path, depth + 1);
        }
    }

    fn absent(&mut self, field: &'static Field, path: &str, depth: u8) {
        let state = match (self.content.field_state(path), field.read_as) {
            (FieldState::NotKnown, _) => RowState::NotKnown,
            (FieldState::Withheld, _) => RowState::Withheld,
            (_, Some(word)) => RowState::ReadAs(word),
            (_, None) => return self.absent_group(field, path, depth),
        };
        self.push(path, label(path), depth, state);
    }

    /// A group that is not there may still have fields that are marked, or that silence says something about.
    fn absent_group(&mut self, field: &'static Field, path: &str, depth: u8) {
        let Some(table) = field.kind.table() else { return };
        let before = self.rows.len();
        self.push(path, label(path), depth, RowState::Heading);
        self.table(table, None, path, depth + 1);
        if self.rows.len() == before + 1 {
            self.rows.truncate(before);
        }
    }

    fn unknown_fields(&mut self, table: &'static [Field], fields: &'a Fields, above: &str) {
        for (name, value) in fields.iter() {
            let path = join(above, name);
            match table.iter().find(|field| field.name == name) {
                None => self.plain(value, path),
                Some(field) => self.unknown_below(field.kind.table().unwrap_or_default(), value, &path),
            }
        }
    }

    fn unknown_below(&mut self, table: &'static [Field], value: &'a Value, path: &str) {
        match value {
            // Without a table it is a time, and its line shows all of it.
            Value::Group(fields) if !table.is_empty() => self.unknown_fields(table, fields, path),
            Value::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.unknown_below(table, item, &join(path, &at.to_string()));
                }
            }
            _ => {}
        }
    }

    fn unknown_marks(&mut self, table: &'static [Field]) {
        let common = self.content.common();
        let marks = common.not_known().map(|mark| (mark, RowState::NotKnown));
        for (mark, state) in marks.chain(common.withheld().map(|mark| (mark, RowState::Withheld))) {
            if Field::at(table, mark).or_else(|| Field::at(COMMON, mark)).is_none() {
                self.push(mark, UNKNOWN.to_owned(), 1, state);
            }
        }
    }

    /// A value without a table: one line for each text, number or list of these.
    fn plain(&mut self, value: &'a Value, path: String) {
        match value {
            Value::Group(fields) => {
                for (name, inner) in fields.iter() {
                    self.plain(inner, join(&path, name));
                }
            }
            Value::List(items)
                if items.iter().any(|item| matches!(item, Value::List(_) | Value::Group(_))) =>
            {
                for (at, item) in items.iter().enumerate() {
                    self.plain(item, join(&path, &at.to_string()));
                }
            }
            _ => self.push(&path, UNKNOWN.to_owned(), 1, RowState::Stated(value, None)),
        }
    }

    fn push(&mut self, path: &str, label: String, depth: u8, state: RowState<'a>) {
        self.rows.push(Row { path: path.to_owned(), label, depth, state });
    }
}

fn join(above: &str, name: &str) -> String {
    if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") }
}

/// The label of a path: its names without the positions.
fn label(path: &str) -> String {
    let names = path.split('.').filter(|step| !is_position(step));
    names.fold("field".to_owned(), |label, name| format!("{label}-{}", name.replace('_', "-")))
}

const UNKNOWN: &str = "field-unknown";

#[cfg(test)]
mod tests {
    use super::*;

    fn content(template: &str, common: &str, own: &str) -> Content {
        let fields = |json: &str| -> Fields { serde_json::from_str(json).unwrap() };
        Content::compose(template.parse().unwrap(), fields(common), fields(own)).unwrap()
    }

    fn lines(rows: &[Row<'_>]) -> Vec<String> {
        let state = |row: &Row<'_>| match row.state {
            RowState::Heading => ":".to_owned(),
            RowState::Item(number) => format!("#{number}"),
            RowState::Stated(value, _) => serde_json::to_string(value).unwrap(),
            RowState::NotKnown => "not known".to_owned(),
            RowState::Withheld => "withheld".to_owned(),
            RowState::ReadAs(word) => format!("({word})"),
        };
        rows.iter()
            .map(|row| format!("{}{} {} {}", " ".repeat(row.depth.into()), row.label, row.path, state(row)))
            .collect()
    }

    #[test]
    fn an_incident_prints_in_the_order_of_its_table() {
        let content = content(
            "incident-notification/1",
            r#"{"colour":1,"not_known":["incident.cause","indicators"],"withheld":["affected.entity_names","impact.economic"]}"#,
            r#"{"zeta":{"a":[1,2],"b":[[3]]},"summary":"s","incident":{"severity":"high","new":true},
                "affected":[{"state":"XA"},{"state":"XB","entity_names":["E"]}],"vulnerabilities":["CVE-1"]}"#,
        );
        assert_eq!(
            lines(&rows(&content)),
            [
                "field-summary summary \"s\"",
                "field-incident incident :",
                " field-incident-severity incident.severity \"high\"",
                "field-affected affected.0 #1",
                " field-affected-state affected.0.state \"XA\"",
                " field-affected-entity-names affected.0.entity_names withheld",
                "field-affected affected.1 #2",
                " field-affected-state affected.1.state \"XB\"",
                " field-affected-entity-names affected.1.entity_names [\"E\"]",
                "field-impact impact :",
                " field-impact-economic impact.economic withheld",
                "field-indicators indicators not known",
                "field-vulnerabilities vulnerabilities [\"CVE-1\"]",
                "field-attribution attribution (none)",
                "field-other  :",
                " field-unknown incident.new true",
                " field-unknown zeta.a [1,2]",
                " field-unknown zeta.b.0 [3]",
                " field-unknown colour 1",
                " field-unknown incident.cause not known",
            ]
        );
    }

    #[test]
    fn an_unknown_template_prints_plainly() {
        let content = content("early-warning/1", "{}", r#"{"summary":"s"}"#);
        assert_eq!(lines(&rows(&content)), ["field-other  :", " field-unknown summary \"s\""]);
    }

    #[test]
    fn the_header_prints_its_defaults() {
        let content = content("general/1", r#"{"subject":"s","not_known":["text"]}"#, "{}");
        assert_eq!(
            lines(&header_rows(&content)),
            [
                "field-stage stage (notice)",
                "field-subject subject \"s\"",
                "field-handling handling :",
                " field-handling-tlp handling.tlp (amber+strict)",
            ]
        );
        assert_eq!(lines(&rows(&content)), ["field-text text not known"]);
    }
}
