//! What does a CDDL file say? As much of RFC 8610 as `proto/liaison.cddl` uses: rules with parameters, choices, ranges,
//! arrays, maps, occurrences, tags, `.size` and `.cbor`. It must never know a value.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::vec::IntoIter;

/// A type.
#[derive(Clone, Debug)]
pub(crate) enum Type {
    /// A rule, a parameter or a word of the prelude, with arguments.
    Named(String, Vec<Type>),
    Int(i128),
    Text(String),
    Bytes(Vec<u8>),
    Range(i128, i128),
    Choice(Vec<Type>),
    Array(Vec<Entry>),
    Map(Vec<Entry>),
    Tag(u64, Box<Type>),
    /// `.size`: at least, at most.
    Size(Box<Type>, u64, u64),
    /// `.cbor`
    Cbor(Box<Type>),
}

/// An entry of an array or map.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) min: usize,
    pub(crate) max: usize,
    /// The member's key; in an array only a remark.
    pub(crate) key: Option<Type>,
    pub(crate) value: Type,
}

/// Parameters and what they make.
pub(crate) type Rules = BTreeMap<String, (Vec<String>, Type)>;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Int(i128),
    Text(String),
    Bytes(Vec<u8>),
    Tag(u64),
    Sign(&'static str),
}

const SIGNS: [&str; 18] =
    ["=>", "..", "=", "/", ",", ":", "?", "*", "+", "[", "]", "{", "}", "(", ")", "<", ">", "."];

/// Reads a file.
pub(crate) fn read(file: &str) -> Rules {
    let tokens = tokens(file);
    let mut reader = Reader { tokens: tokens.into_iter().peekable() };
    let mut rules = Rules::new();
    while reader.tokens.peek().is_some() {
        let name = reader.word();
        let mut parameters = Vec::new();
        if reader.takes("<") {
            parameters.push(reader.word());
            while reader.takes(",") {
                parameters.push(reader.word());
            }
            reader.expect(">");
        }
        reader.expect("=");
        let made = reader.choice();
        assert!(rules.insert(name.clone(), (parameters, made)).is_none(), "{name} twice");
    }
    rules
}

fn tokens(file: &str) -> Vec<Token> {
    file.lines().flat_map(|line| line_tokens(line.split(';').next().unwrap_or_default())).collect()
}

fn line_tokens(mut rest: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { return tokens };
        let (token, length) = if let Some(text) = rest.strip_prefix('"') {
            let end = text.find('"').expect("a text ends on its line");
            (Token::Text(text[..end].to_owned()), end + 2)
        } else if let Some(bytes) = rest.strip_prefix("h'") {
            let end = bytes.find('\'').expect("bytes end on their line");
            (Token::Bytes(hex::decode(&bytes[..end]).expect("hexadecimal")), end + 3)
        } else if let Some(tag) = rest.strip_prefix("#6.") {
            let end = span(tag, |c| c.is_ascii_digit());
            (Token::Tag(tag[..end].parse().expect("a tag")), end + 3)
        } else if first.is_ascii_digit() || (first == '-' && rest.len() > 1) {
            let end = 1 + span(&rest[1..], |c| c.is_ascii_digit());
            (Token::Int(rest[..end].parse().expect("a number")), end)
        } else if first.is_ascii_alphabetic() {
            let end = span(rest, |c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
            (Token::Word(rest[..end].to_owned()), end)
        } else {
            let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
            let sign = sign.unwrap_or_else(|| panic!("unexpected {rest:?}"));
            (Token::Sign(sign), sign.len())
        };
        tokens.push(token);
        rest = &rest[length..];
    }
}

fn span(text: &str, inside: impl Fn(char) -> bool) -> usize {
    text.find(|c| !inside(c)).unwrap_or(text.len())
}

struct Reader {
    tokens: Peekable<IntoIter<Token>>,
}

impl Reader {
    fn takes(&mut self, sign: &'static str) -> bool {
        self.tokens.next_if_eq(&Token::Sign(sign)).is_some()
    }

    fn expect(&mut self, sign: &'static str) {
        assert!(self.takes(sign), "expected {sign}, found {:?}", self.tokens.peek());
    }

    fn word(&mut self) -> String {
        match self.tokens.next() {
            Some(Token::Word(word)) => word,
            other => panic!("expected a name, found {other:?}"),
        }
    }

    fn choice(&mut self) -> Type {
        let mut types = vec![self.controlled()];
        while self.takes("/") {
            types.push(self.controlled());
        }
        if types.len() == 1 { types.remove(0) } else { Type::Choice(types) }
    }

    fn controlled(&mut self) -> Type {
        let made = self.single();
        if self.takes("..") {
            return match (made, self.single()) {
                (Type::Int(from), Type::Int(to)) => Type::Range(from, to),
                other => panic!("no range: {other:?}"),
            };
        }
        if !self.takes(".") {
            return made;
        }
        match self.word().as_str() {
            "cbor" => {
                assert!(matches!(&made, Type::Named(name, _) if name == "bstr"), ".cbor of {made:?}");
                Type::Cbor(Box::new(self.single()))
            }
            "size" => {
                let (least, most) = match self.single() {
                    Type::Int(size) => (size, size),
                    Type::Range(least, most) => (least, most),
                    other => panic!("no size: {other:?}"),
                };
                Type::Size(Box::new(made), least.try_into().unwrap(), most.try_into().unwrap())
            }
            other => panic!("unknown control .{other}"),
        }
    }

    fn single(&mut self) -> Type {
        match self.tokens.next() {
            Some(Token::Int(number)) => Type::Int(number),
            Some(Token::Text(text)) => Type::Text(text),
            Some(Token::Bytes(bytes)) => Type::Bytes(bytes),
            Some(Token::Tag(tag)) => Type::Tag(tag, Box::new(self.bracketed())),
            Some(Token::Sign("(")) => {
                let inner = self.choice();
                self.expect(")");
                inner
            }
            Some(Token::Sign("[")) => Type::Array(self.entries("]")),
            Some(Token::Sign("{")) => Type::Map(self.entries("}")),
            Some(Token::Word(name)) => Type::Named(name, self.arguments()),
            other => panic!("expected a type, found {other:?}"),
        }
    }

    fn bracketed(&mut self) -> Type {
        self.expect("(");
        let inner = self.choice();
        self.expect(")");
        inner
    }

    fn arguments(&mut self) -> Vec<Type> {
        let mut arguments = Vec::new();
        if self.takes("<") {
            arguments.push(self.choice());
            while self.takes(",") {
                arguments.push(self.choice());
            }
            self.expect(">");
        }
        arguments
    }

    fn entries(&mut self, end: &'static str) -> Vec<Entry> {
        let mut entries = Vec::new();
        while !self.takes(end) {
            let (min, max) = self.occurrence();
            let (first, mut key) = (self.choice(), None);
            let value = if self.takes("=>") {
                key = Some(first);
                self.choice()
            } else if self.takes(":") {
                let Type::Named(word, _) = first else { panic!("no key: {first:?}") };
                key = Some(Type::Text(word));
                self.choice()
            } else {
                first
            };
            entries.push(Entry { min, max, key, value });
            if !self.takes(",") {
                self.expect(end);
                break;
            }
        }
        entries
    }

    /// `?`, `*`, `+`, `n*m`; an integer that no `*` follows is the entry itself, so it is put back.
    fn occurrence(&mut self) -> (usize, usize) {
        if self.takes("?") {
            return (0, 1);
        }
        if self.takes("+") {
            return (1, usize::MAX);
        }
        let mut ahead = self.tokens.clone();
        let min = match ahead.next_if(|token| matches!(token, Token::Int(_))) {
            Some(Token::Int(min)) => usize::try_from(min).unwrap_or(0),
            _ => 0,
        };
        if ahead.next_if_eq(&Token::Sign("*")).is_none() {
            return (1, 1);
        }
        let max = match ahead.next_if(|token| matches!(token, Token::Int(_))) {
            Some(Token::Int(max)) if ahead.peek() != Some(&Token::Sign("=>")) => max.try_into().unwrap(),
            _ => usize::MAX,
        };
        self.tokens = ahead;
        (min, max)
    }
}
