//! How is it said? Every word for people stands in `text/<language>.ftl`; code names keys.
//! It must never know what the words are for.

use std::borrow::Cow;
use std::sync::LazyLock;

use clap::Command;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::exit::Exit;

/// A text with its values: `say!("say-sent", hash = short)`.
macro_rules! say {
    ($key:expr $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::text::message($key, &[$((stringify!($name), fluent_bundle::FluentValue::from($value))),*])
    };
}

/// A text by its key. A missing one shows its key, so that nothing is silent; a test finds it first.
pub(crate) fn message(key: &str, values: &[(&str, FluentValue<'_>)]) -> String {
    find(key, None, values).unwrap_or_else(|| key.to_owned())
}

/// A text by its key, if there is one.
pub(crate) fn optional(key: &str) -> Option<String> {
    find(key, None, &[])
}

/// A text's companion: `error-no-home.hint`.
pub(crate) fn companion(key: &str, name: &str, values: &[(&str, FluentValue<'_>)]) -> Option<String> {
    find(key, Some(name), values)
}

fn find(key: &str, attribute: Option<&str>, values: &[(&str, FluentValue<'_>)]) -> Option<String> {
    let message = BUNDLE.get_message(key)?;
    let pattern = match attribute {
        Some(name) => message.get_attribute(name)?.value(),
        None => message.value()?,
    };
    let args: FluentArgs<'_> = values.iter().map(|(name, value)| (Cow::from(*name), value.clone())).collect();
    let mut errors = Vec::new();
    Some(BUNDLE.format_pattern(pattern, Some(&args), &mut errors).into_owned())
}

/// Puts the texts of the command line onto its definition: what a command is about, each argument, the examples.
pub(crate) fn dress(command: Command, key: &str) -> Command {
    let more = companion(key, "more", &[]);
    let mut dressed = command.about(message(key, &[])).mut_args(|argument| {
        let name = argument.get_id().as_str();
        match companion(key, name, &[]).or_else(|| companion("cli-shared", name, &[])) {
            Some(help) => argument.help(help),
            None => argument,
        }
    });
    if let Some(more) = more {
        dressed = dressed.after_help(more);
    }
    dressed.mut_subcommands(|sub| {
        let key = format!("{key}-{}", sub.get_name());
        dress(sub, &key)
    })
}

/// The list of exit codes, for the help.
pub(crate) fn exit_codes() -> String {
    let line = |exit: Exit| format!("{:>4}  {}", exit.code(), message(&exit.key(), &[]));
    Exit::ALL.map(line).join("\n")
}

static BUNDLE: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| {
    let language: LanguageIdentifier = "en".parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // Marks around every value would be copied with it from the terminal; values are cleaned before they come here.
    bundle.set_use_isolating(false);
    // A file that cannot be read whole gives what can be read; a test refuses it.
    let resource = FluentResource::try_new(EN.to_owned()).unwrap_or_else(|(partial, _)| partial);
    let _ = bundle.add_resource(resource);
    bundle
});

const EN: &str = include_str!("text/en.ftl");

#[cfg(test)]
mod tests;
