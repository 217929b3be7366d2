//! Which values does a message hold, and of what kind is each? One walk over everything, for whoever has to look.
//! It must never know what the visitor looks for.

use super::field::{Field, FieldKind};
use super::time;
use crate::value::{Fields, Value};

/// Shows the visitor every value that is no list or group, with its path, and its kind if the table knows it.
pub(crate) fn walk(table: &'static [Field], fields: &Fields, visit: &mut Visit<'_>) {
    group(table, fields, &mut String::new(), visit);
}

/// Path, kind, value.
pub(crate) type Visit<'v> = dyn FnMut(&str, Option<&'static FieldKind>, &Value) + 'v;

fn group(table: &'static [Field], fields: &Fields, path: &mut String, visit: &mut Visit<'_>) {
    for (name, value) in fields.iter() {
        let kind = table.iter().find(|field| field.name == name).map(|field| &field.kind);
        step(path, name, |path| one(kind, value, path, visit));
    }
}

fn one(kind: Option<&'static FieldKind>, value: &Value, path: &mut String, visit: &mut Visit<'_>) {
    match (value, kind) {
        (Value::Group(fields), Some(FieldKind::Group(table))) => group(table, fields, path, visit),
        (Value::Group(fields), Some(FieldKind::Time)) => group(time::FIELDS, fields, path, visit),
        (Value::Group(fields), _) => group(&[], fields, path, visit),
        (Value::List(items), _) => {
            let item_kind = if let Some(FieldKind::List(kind)) = kind { Some(*kind) } else { None };
            for (at, item) in items.iter().enumerate() {
                step(path, &at.to_string(), |path| one(item_kind, item, path, visit));
            }
        }
        _ => visit(path, kind, value),
    }
}

fn step(path: &mut String, name: &str, go: impl FnOnce(&mut String)) {
    let length = path.len();
    if length > 0 {
        path.push('.');
    }
    path.push_str(name);
    go(path);
    path.truncate(length);
}
