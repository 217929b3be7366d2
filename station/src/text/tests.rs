//! Is every word there that is asked for, and is every word asked for?

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use clap::Command;
use liaison_proto::lifecycle::Progress;
use liaison_proto::message::COMMON;
use liaison_proto::template::{self, Field};

use super::*;

const PREFIXES: [&str; 26] = [
    "advice-",
    "role-",
    "list-",
    "row-",
    "group-",
    "evidence-",
    "ask-",
    "error-",
    "expected-",
    "exit-",
    "field-",
    "hint-",
    "label-",
    "left-out-",
    "mistake-",
    "progress-",
    "reason-",
    "remark-",
    "say-",
    "sentence-",
    "signer-",
    "sheet-",
    "span-",
    "statement-",
    "wish-",
    "word-",
];

fn defined() -> BTreeSet<String> {
    let names = EN.lines().filter_map(|line| line.split_once(" =").map(|(name, _)| name));
    names.filter(|name| !name.is_empty() && !name.starts_with([' ', '#', '.'])).map(str::to_owned).collect()
}

/// Literals of the source that look like keys.
fn literals(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            literals(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && !path.ends_with("text/tests.rs")
        {
            let source = fs::read_to_string(&path).unwrap();
            let is_key = |word: &&str| {
                let plain = word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
                plain && !word.ends_with('-') && PREFIXES.iter().any(|prefix| word.starts_with(prefix))
            };
            found.extend(source.split('"').filter(is_key).map(str::to_owned));
        }
    }
}

fn labels(table: &'static [Field], above: &str, found: &mut BTreeSet<String>) {
    for field in table {
        let label = format!("{above}-{}", field.name.replace('_', "-"));
        labels(field.kind.table().unwrap_or_default(), &label, found);
        found.insert(label);
    }
}

/// Keys that are put together at run time.
fn families() -> BTreeSet<String> {
    let mut keys: BTreeSet<String> = Exit::ALL.iter().map(|exit| exit.key()).collect();
    keys.extend(Progress::ALL.iter().map(|progress| format!("progress-{}", progress.name())));
    keys.extend(template::ALL.iter().filter_map(|template| template.sentence).map(str::to_owned));
    for template in template::ALL {
        labels(template.fields, "field", &mut keys);
    }
    labels(COMMON, "field", &mut keys);
    keys.extend(["field-other", "field-unknown"].map(str::to_owned));
    let reasons = include_str!("../../../proto/src/envelope/reason.rs");
    keys.extend(codes(reasons, "=> \"").map(|code| format!("reason-{code}")));
    let hints = include_str!("../../../proto/src/template/finding.rs");
    keys.extend(codes(hints, "=> \"hint-").map(|code| format!("hint-{code}")));
    keys
}

fn codes<'s>(source: &'s str, mark: &'s str) -> impl Iterator<Item = &'s str> {
    source.split(mark).skip(1).filter_map(|rest| rest.split('"').next())
}

#[test]
fn every_text_is_there_and_used() {
    let mut used = families();
    literals(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut used);
    let defined: BTreeSet<String> = defined().into_iter().filter(|key| !key.starts_with("cli")).collect();
    let missing: Vec<_> = used.difference(&defined).collect();
    let unused: Vec<_> = defined.difference(&used).collect();
    assert!(missing.is_empty() && unused.is_empty(), "missing: {missing:#?}\nunused: {unused:#?}");
}

#[test]
fn the_file_is_read_whole_and_says_nothing_twice() {
    assert!(FluentResource::try_new(EN.to_owned()).is_ok());
    let names: Vec<&str> = EN
        .lines()
        .filter(|line| !line.starts_with([' ', '#', '}']))
        .filter_map(|line| line.split_once(" ="))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names.len(), defined().len());
}

#[test]
fn every_error_says_what_to_do_next() {
    for key in defined().iter().filter(|key| key.starts_with("error-")) {
        assert!(companion(key, "hint", &[]).is_some(), "{key}");
    }
}

fn commands(command: &Command, key: &str, see: &mut dyn FnMut(&Command, &str)) {
    see(command, key);
    for sub in command.get_subcommands() {
        commands(sub, &format!("{key}-{}", sub.get_name()), see);
    }
}

#[test]
fn every_command_and_argument_has_help_and_examples() {
    let command = crate::cli::command();
    let mut keys = BTreeSet::new();
    commands(&command, "cli", &mut |command, key| {
        keys.insert(key.to_owned());
        assert!(optional(key).is_some(), "{key}");
        assert!(command.get_after_help().is_some_and(|more| more.to_string().contains("Examples:")), "{key}");
        for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
            let known =
                matches!(argument.get_id().as_str(), "help" | "version") || argument.get_help().is_some();
            assert!(known, "{key}: {}", argument.get_id());
        }
    });
    let defined = defined().into_iter().filter(|key| key.starts_with("cli-") && key != "cli-shared");
    let unused: Vec<_> = defined.filter(|key| !keys.contains(key)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn numbers_are_spoken_of_rightly() {
    assert_eq!(say!("ask-send", n = 1), "Send it to this office?");
    assert_eq!(say!("ask-send", n = 34), "Send it to these 34 offices?");
    assert_eq!(say!("no-such-key"), "no-such-key");
}
