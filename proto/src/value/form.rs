//! How does a value stand in a person's file? JSON or YAML, through serde, with the path in every complaint.
//! It must never know the wire, nor which fields a template has.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::{Fields, Value, is_field_name};
use crate::limits::FIELD_DEPTH_MAX;

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => s.serialize_str(text),
            Self::Int(number) => s.serialize_i64(*number),
            Self::Bool(flag) => s.serialize_bool(*flag),
            Self::List(items) => s.collect_seq(items),
            Self::Group(fields) => fields.serialize(s),
        }
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_map(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Place::Top.deserialize(d)
    }
}

impl<'de> serde::Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        match Place::Top.deserialize(d)? {
            Value::Group(fields) => Ok(fields),
            other => {
                Err(D::Error::custom(format_args!("found {}, expected a group of fields", other.sort())))
            }
        }
    }
}

/// Where in the file a value stands: a chain back to the top, so that a complaint can name its path.
#[derive(Clone, Copy)]
enum Place<'p> {
    Top,
    Field(&'p Place<'p>, &'p str),
    Item(&'p Place<'p>, usize),
}

impl Place<'_> {
    fn depth(&self) -> usize {
        match self {
            Self::Top => 0,
            Self::Field(parent, _) | Self::Item(parent, _) => parent.depth() + 1,
        }
    }

    fn wrong<E: Error>(&self, found: impl fmt::Display, expected: &str) -> E {
        E::custom(format_args!("{self}: found {found}, expected {expected}"))
    }

    fn enter<E: Error>(&self) -> Result<(), E> {
        if self.depth() < FIELD_DEPTH_MAX {
            Ok(())
        } else {
            Err(self.wrong("deeper nesting", "a plain value"))
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Top => f.write_str("file"),
            Self::Field(Self::Top, name) => f.write_str(name),
            Self::Item(Self::Top, index) => write!(f, "{index}"),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}.{index}"),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Value, D::Error> {
        d.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Int(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        i64::try_from(number).map(Value::Int).map_err(|_| self.wrong(number, "a smaller number"))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Err(self.wrong(format_args!("the decimal number {number}"), "a whole number, or text in quotes"))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::text(text))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Err(self.wrong("nothing", "a value; leave the field out, or name it in not_known or withheld"))
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        self.enter()?;
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Place::Item(&self, items.len()))? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        self.enter()?;
        let mut fields = Fields::new();
        while let Some(name) = map.next_key::<String>()? {
            if !is_field_name(&name) {
                return Err(
                    self.wrong(format_args!("the name `{name}`"), "a field's name of a-z, 0-9, _ and -")
                );
            }
            let value = map.next_value_seed(Place::Field(&self, &name))?;
            if fields.set(&name, value).is_some() {
                return Err(Place::Field(&self, &name).wrong("the field twice", "it once"));
            }
        }
        Ok(Value::Group(fields))
    }
}

const EXPECTED: &str = "text, a whole number, true, false, a list or a group of fields";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::any;
    use super::*;

    fn complaint(json: &str) -> String {
        serde_json::from_str::<Fields>(json).unwrap_err().to_string()
    }

    #[test]
    fn complaints_name_the_path() {
        for (json, says) in [
            (r#"{"a":{"b":[1,1.5]}}"#, "a.b.1: found the decimal number 1.5, expected a whole number"),
            (r#"{"a":null}"#, "a: found nothing, expected a value; leave the field out"),
            (r#"{"a":18446744073709551615}"#, "a: found 18446744073709551615, expected a smaller number"),
            (r#"{"a":{"B":1}}"#, "a: found the name `B`, expected a field's name"),
            (r#"{"a":1,"a":2}"#, "a: found the field twice, expected it once"),
            ("[1]", "found a list, expected a group of fields"),
        ] {
            assert!(complaint(json).contains(says), "{}", complaint(json));
        }
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(100), "]".repeat(100));
        assert!(complaint(&deep).contains("a.0.0.0.0.0.0.0: found deeper nesting"), "{}", complaint(&deep));
    }

    proptest! {
        #[test]
        fn json_round_trip(fields in any::fields()) {
            let json = serde_json::to_string(&fields).unwrap();
            prop_assert_eq!(serde_json::from_str::<Fields>(&json).unwrap(), fields);
        }
    }
}
