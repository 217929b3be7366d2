//! What may stand in a field? The kinds of fields, and the words in which a table of them is written.
//! It must never know any particular template.

use std::fmt;

use crate::limits::{LINE_CHARS_MAX, LIST_ITEMS_MAX, TEXT_CHARS_MAX};

/// One field of a table.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name in files, paths and on the wire.
    pub name: &'static str,
    /// What may stand in it.
    pub kind: FieldKind,
    /// Whether it counts as the one text that a message must have.
    pub first_text: bool,
    /// Whether a message without it, and without a word on why, gets a hint.
    pub recommended: bool,
    /// What a reader takes it to be when it is not stated.
    pub read_as: Option<&'static str>,
}

/// What may stand in a field. `Display` says what is expected, for messages about mistakes.
#[derive(Clone, Copy, Debug)]
pub enum FieldKind {
    /// Text of several lines.
    Text {
        /// How long it may be, in characters.
        chars_max: usize,
    },
    /// Text of one line.
    Line {
        /// How long it may be, in characters.
        chars_max: usize,
    },
    /// A time in UTC, as exact as its writer wishes: see [`super::time`].
    Time,
    /// A whole number.
    Integer {
        /// The smallest.
        min: i64,
        /// The largest.
        max: i64,
    },
    /// True or false.
    Bool,
    /// False, always: what a message of this kind never says. Left out, it is written as false.
    AlwaysFalse,
    /// Yes, no or unknown; true and false are understood.
    YesNo,
    /// A word of a fixed choice. Another word is kept and shown, with a hint.
    OneOf(&'static [&'static str]),
    /// A State: ISO 3166-1 alpha-2, in capitals or not.
    Country,
    /// An office of the directory.
    Office,
    /// A language (BCP 47).
    Language,
    /// A message: its header's hash or its envelope's id.
    Message,
    /// The path of a field.
    Path,
    /// Several of one kind.
    List(&'static FieldKind),
    /// Fields of their own.
    Group(&'static [Field]),
}

impl Field {
    /// The kind of the field at a path such as `affected.entity_names`, with or without positions in lists.
    #[must_use]
    pub fn at(table: &'static [Self], path: &str) -> Option<&'static FieldKind> {
        let mut steps = path.split('.').filter(|step| !step.starts_with(|c: char| c.is_ascii_digit()));
        let find =
            |table: &'static [Self], name: &str| Some(&table.iter().find(|field| field.name == name)?.kind);
        let first = find(table, steps.next()?)?;
        steps.try_fold(first, |kind, name| find(kind.table()?, name))
    }

    /// A field of any kind.
    #[must_use]
    pub const fn new(name: &'static str, kind: FieldKind) -> Self {
        Self { name, kind, first_text: false, recommended: false, read_as: None }
    }

    /// One line.
    #[must_use]
    pub const fn line(name: &'static str) -> Self {
        Self::new(name, FieldKind::LINE)
    }

    /// Text.
    #[must_use]
    pub const fn text(name: &'static str) -> Self {
        Self::new(name, FieldKind::TEXT)
    }

    /// A time.
    #[must_use]
    pub const fn time(name: &'static str) -> Self {
        Self::new(name, FieldKind::Time)
    }

    /// A number of things, 0 or more.
    #[must_use]
    pub const fn count(name: &'static str) -> Self {
        Self::new(name, FieldKind::COUNT)
    }

    /// Yes, no or unknown.
    #[must_use]
    pub const fn yes_no(name: &'static str) -> Self {
        Self::new(name, FieldKind::YesNo)
    }

    /// A word of a fixed choice.
    #[must_use]
    pub const fn one_of(name: &'static str, words: &'static [&'static str]) -> Self {
        Self::new(name, FieldKind::OneOf(words))
    }

    /// Several of one kind.
    #[must_use]
    pub const fn list(name: &'static str, kind: &'static FieldKind) -> Self {
        Self::new(name, FieldKind::List(kind))
    }

    /// Fields of their own.
    #[must_use]
    pub const fn group(name: &'static str, fields: &'static [Self]) -> Self {
        Self::new(name, FieldKind::Group(fields))
    }

    /// The same, and it counts as the message's one text.
    #[must_use]
    pub const fn first_text(self) -> Self {
        Self { first_text: true, ..self }
    }

    /// The same, and its absence gets a hint.
    #[must_use]
    pub const fn recommended(self) -> Self {
        Self { recommended: true, ..self }
    }

    /// The same, and its absence is read as this.
    #[must_use]
    pub const fn read_as(self, word: &'static str) -> Self {
        Self { read_as: Some(word), ..self }
    }
}

impl FieldKind {
    /// Text of the usual length.
    pub const TEXT: Self = Self::Text { chars_max: TEXT_CHARS_MAX };
    /// A line of the usual length.
    pub const LINE: Self = Self::Line { chars_max: LINE_CHARS_MAX };
    /// A number of things: beyond people on earth, below what any program stores.
    pub const COUNT: Self = Self::Integer { min: 0, max: 1_000_000_000_000_000 };

    /// The table of this kind's fields, if it is a group or a list of groups.
    #[must_use]
    pub const fn table(&self) -> Option<&'static [Field]> {
        match self {
            Self::Group(table) | Self::List(Self::Group(table)) => Some(table),
            _ => None,
        }
    }
}

impl fmt::Display for FieldKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { chars_max } => write!(f, "text of at most {chars_max} characters"),
            Self::Line { chars_max } => write!(f, "one line of at most {chars_max} characters"),
            Self::Time => f.write_str("a time in UTC like 2026-03-02T04:31Z, or a date"),
            Self::Integer { min, max } => write!(f, "a whole number from {min} to {max}"),
            Self::Bool => f.write_str("true or false"),
            Self::AlwaysFalse => f.write_str("false, always"),
            Self::YesNo => f.write_str("yes, no or unknown"),
            Self::OneOf(words) => write!(f, "one of {}", words.join(", ")),
            Self::Country => f.write_str("a State's two letters like XA"),
            Self::Office => f.write_str("an office like xa/operations/1"),
            Self::Language => f.write_str("a language like en"),
            Self::Message => f.write_str("a message's id or header hash"),
            Self::Path => f.write_str("a field's path like impact.functional"),
            Self::List(kind) => write!(f, "a list of at most {LIST_ITEMS_MAX}, each {kind}"),
            Self::Group(_) => f.write_str("a group of fields"),
        }
    }
}
