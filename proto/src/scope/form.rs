//! How does a person write whom it is addressed to? The `to` of a message's file, in its long and short forms.
//! It must never know who exists.
//!
//! ```json
//! {"scope": "bilateral", "recipients": [{"poc": "xb/diplomatic/1"}, "xb/operations/1"]}
//! {"scope": "regional", "group": "xr-north", "categories": ["operations"], "copy_coordinator": false}
//! {"scope": "global", "categories": ["technical"]}
//! "xb/diplomatic/1"        ["xb/diplomatic/1", "xc/single/1"]        "group:xr-north"        "global"
//! ```

use std::str::FromStr;

use liaison_keys::directory::Category;
use liaison_keys::names::{GroupId, OfficeId};
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};
use thiserror::Error;

use super::{Scope, ScopeError};
use crate::value::{Fields, Value};

/// A `to` that names no scope.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScopeFormError {
    /// Something else than expected stands there.
    #[error("{path}: found {found}, expected {expected}")]
    Wrong {
        /// Where, below `to`.
        path: String,
        /// What stands there, as the person wrote it.
        found: String,
        /// What may stand there.
        expected: &'static str,
    },
    /// The names cannot make a scope.
    #[error("to: {0}")]
    Names(#[from] ScopeError),
}

impl Scope {
    /// Reads the `to` of a message's file.
    ///
    /// # Errors
    /// [`ScopeFormError`], with the path below `to` where the first mistake stands.
    pub fn from_value(to: &Value) -> Result<Self, ScopeFormError> {
        match to {
            Value::Group(fields) => match fields.text("scope") {
                Some("bilateral") => long_bilateral(fields),
                Some("regional") => long_regional(fields),
                Some("global") => {
                    only(fields, &["scope", "categories"])?;
                    Ok(Self::global(categories(fields)?))
                }
                _ => Err(wrong("to.scope", fields.get("scope"), "one of bilateral, regional, global")),
            },
            Value::Text(_) => short(std::slice::from_ref(to)),
            Value::List(names) => short(names),
            Value::Int(_) | Value::Bool(_) => Err(wrong("to", Some(to), EXPECTED)),
        }
    }

    /// The `to` of a message's file, in its long form.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut fields = Fields::new();
        fields.set("scope", Value::text(self.name()));
        match self {
            Self::Bilateral { offices } => {
                let poc =
                    |office: &OfficeId| [("poc", Value::text(office.to_string()))].into_iter().collect();
                fields.set("recipients", Value::List(offices.iter().map(|o| Value::Group(poc(o))).collect()));
            }
            Self::Regional { groups, categories, coordinators } => {
                match &groups[..] {
                    [group] => fields.set("group", Value::text(group.slug().as_str())),
                    groups => fields.set("groups", texts(groups.iter().map(|group| group.slug().as_str()))),
                };
                write_categories(&mut fields, categories);
                if *coordinators {
                    fields.set("copy_coordinator", Value::Bool(true));
                }
            }
            Self::Global { categories } => write_categories(&mut fields, categories),
        }
        Value::Group(fields)
    }
}

fn long_bilateral(fields: &Fields) -> Result<Scope, ScopeFormError> {
    only(fields, &["scope", "recipients"])?;
    let read = |path: &str, one: &Value| {
        let poc = one.as_group().map_or(Some(one), |fields| fields.get("poc"));
        parse::<OfficeId>(path, poc.unwrap_or(one), OFFICE)
    };
    Ok(Scope::bilateral(list(fields, "recipients", OFFICE, read)?)?)
}

fn long_regional(fields: &Fields) -> Result<Scope, ScopeFormError> {
    only(fields, &["scope", "group", "groups", "categories", "copy_coordinator"])?;
    let mut groups = list(fields, "groups", GROUP, group)?;
    if let Some(one) = fields.get("group") {
        groups.push(group("to.group", one)?);
    }
    let coordinators = match fields.get("copy_coordinator") {
        None => false,
        Some(Value::Bool(copy)) => *copy,
        other => return Err(wrong("to.copy_coordinator", other, "true or false")),
    };
    Ok(Scope::regional(groups, categories(fields)?, coordinators)?)
}

/// Plain names: offices make a bilateral scope, groups a regional one; they do not mix.
fn short(names: &[Value]) -> Result<Scope, ScopeFormError> {
    match names.first().and_then(Value::as_text) {
        Some("global") if names.len() == 1 => Ok(Scope::global([])),
        Some(name) if name.starts_with("group:") => {
            let groups = names.iter().map(|name| parse("to", name, GROUP));
            Ok(Scope::regional(groups.collect::<Result<Vec<GroupId>, _>>()?, [], false)?)
        }
        _ => {
            let offices = names.iter().map(|name| parse("to", name, EXPECTED));
            Ok(Scope::bilateral(offices.collect::<Result<Vec<OfficeId>, _>>()?)?)
        }
    }
}

fn categories(fields: &Fields) -> Result<Vec<Category>, ScopeFormError> {
    list(fields, "categories", CATEGORY, |path, one| {
        one.as_text().and_then(Category::from_name).ok_or_else(|| wrong(path, Some(one), CATEGORY))
    })
}

fn group(path: &str, one: &Value) -> Result<GroupId, ScopeFormError> {
    let slug = one.as_text().map(|text| text.strip_prefix("group:").unwrap_or(text));
    slug.and_then(|slug| slug.parse().ok()).map(GroupId::new).ok_or_else(|| wrong(path, Some(one), GROUP))
}

fn list<T>(
    fields: &Fields,
    name: &str,
    expected: &'static str,
    read: impl Fn(&str, &Value) -> Result<T, ScopeFormError>,
) -> Result<Vec<T>, ScopeFormError> {
    match fields.get(name) {
        None => Ok(Vec::new()),
        Some(Value::List(items)) => {
            items.iter().enumerate().map(|(at, item)| read(&format!("to.{name}.{at}"), item)).collect()
        }
        Some(Value::Text(_)) => {
            fields.get(name).map(|one| read(&format!("to.{name}"), one)).into_iter().collect()
        }
        other => Err(wrong(&format!("to.{name}"), other, expected)),
    }
}

/// A misspelt `categories` must not silently address everybody.
fn only(fields: &Fields, names: &[&str]) -> Result<(), ScopeFormError> {
    match fields.iter().find(|(name, _)| !names.contains(name)) {
        None => Ok(()),
        Some((name, value)) => Err(wrong(&format!("to.{name}"), Some(value), "no such field in this scope")),
    }
}

fn parse<T: FromStr>(path: &str, value: &Value, expected: &'static str) -> Result<T, ScopeFormError> {
    value.as_text().and_then(|text| text.parse().ok()).ok_or_else(|| wrong(path, Some(value), expected))
}

fn wrong(path: &str, found: Option<&Value>, expected: &'static str) -> ScopeFormError {
    let found = found.map_or_else(|| "nothing".to_owned(), Value::excerpt);
    ScopeFormError::Wrong { path: path.to_owned(), found, expected }
}

fn texts<'a>(texts: impl Iterator<Item = &'a str>) -> Value {
    Value::List(texts.map(Value::text).collect())
}

fn write_categories(fields: &mut Fields, categories: &[Category]) {
    if !categories.is_empty() {
        fields.set("categories", texts(categories.iter().map(|category| category.name())));
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(s)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::from_value(&Value::deserialize(d)?).map_err(D::Error::custom)
    }
}

const OFFICE: &str = "an office like xb/diplomatic/1";
const GROUP: &str = "a group like xr-north";
const CATEGORY: &str = "one of diplomatic, policy, technical, operations, assistance, policy-legal, \
                        law-enforcement, national-security, single";
const EXPECTED: &str = "an office like xb/diplomatic/1, a group like group:xr-north, or global";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Scope, ScopeFormError> {
        Scope::from_value(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn long_and_short_forms_mean_the_same() {
        for (long, short) in [
            (
                r#"{"scope":"bilateral","recipients":[{"state":"XB","poc":"xb/single/1"}]}"#,
                r#""xb/single/1""#,
            ),
            (r#"{"scope":"bilateral","recipients":["xb/single/1"]}"#, r#"["xb/single/1"]"#),
            (r#"{"scope":"regional","group":"xr-north"}"#, r#""group:xr-north""#),
            (r#"{"scope":"regional","groups":["group:xr-a","xr-b"]}"#, r#"["group:xr-b","group:xr-a"]"#),
            (r#"{"scope":"global"}"#, r#""global""#),
        ] {
            assert_eq!(read(long).unwrap(), read(short).unwrap(), "{long}");
        }
    }

    #[test]
    fn json_round_trip() {
        for json in [
            r#"{"recipients":[{"poc":"xb/single/1"},{"poc":"xb/diplomatic/1"}],"scope":"bilateral"}"#,
            r#"{"categories":["technical","operations"],"copy_coordinator":true,"group":"xr-n","scope":"regional"}"#,
            r#"{"groups":["xr-a","xr-b"],"scope":"regional"}"#,
            r#"{"categories":["diplomatic"],"scope":"global"}"#,
        ] {
            let scope: Scope = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&scope).unwrap(), json);
        }
    }

    #[test]
    fn every_mistake_is_named() {
        for (json, says) in [
            ("3", "to: found 3, expected an office"),
            (r#""xb""#, "to: found `xb`, expected an office"),
            (r#"{"group":"xr-north"}"#, "to.scope: found nothing, expected one of"),
            (r#"{"scope":"everyone"}"#, "to.scope: found `everyone`, expected one of"),
            (r#"{"scope":"bilateral"}"#, "to: nobody is addressed"),
            (r#"{"scope":"bilateral","recipients":[{"state":"XB"}]}"#, "to.recipients.0: found a group"),
            (r#"{"scope":"bilateral","recipients":[1]}"#, "to.recipients.0: found 1, expected an office"),
            (r#"{"scope":"regional","group":"North"}"#, "to.group: found `North`, expected a group"),
            (r#"{"scope":"regional","group":"n","copy_coordinator":"y"}"#, "to.copy_coordinator: found `y`"),
            (r#"{"scope":"global","categories":["spy"]}"#, "to.categories.0: found `spy`, expected one of"),
            (r#"{"scope":"global","categories":1}"#, "to.categories: found 1, expected one of"),
            (r#"{"scope":"global","category":"single"}"#, "to.category: found `single`, expected no such"),
            (r#"{"scope":"regional","group":"n","recipients":[]}"#, "to.recipients: found a list"),
        ] {
            let error = read(json).unwrap_err().to_string();
            assert!(error.starts_with(says), "{error}");
        }
    }
}
