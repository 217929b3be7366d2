//! What does the documentation say of a template? Its table in Markdown, from the table itself.
//! It must never know more than the table does.

use std::fmt::Write as _;

use super::Template;
use super::field::{Field, FieldKind};

impl Template {
    /// The template's fields as a Markdown table: path, what may stand there, what silence means.
    #[must_use]
    pub fn documentation(&self) -> String {
        let mut text = format!(
            "## {}/{}\n\n| field | what may stand there | if not stated |\n|---|---|---|\n",
            self.name, self.version
        );
        lines(self.fields, "", &mut text);
        text
    }
}

fn lines(table: &'static [Field], above: &str, text: &mut String) {
    for field in table {
        let path = format!("{above}{}", field.name);
        let what = match field.kind {
            FieldKind::List(FieldKind::Group(_)) => "several groups of fields".to_owned(),
            kind => kind.to_string(),
        };
        let silence = match (field.read_as, field.recommended) {
            (Some(word), _) => word,
            (None, true) => "a hint",
            (None, false) => "",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| `{path}` | {what} | {silence} |");
        if let Some(inner) = field.kind.table() {
            let position = if matches!(field.kind, FieldKind::List(_)) { ".0." } else { "." };
            lines(inner, &format!("{path}{position}"), text);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::template::{ALL, by_name};

    #[test]
    fn every_field_has_its_line() {
        let text = by_name("crisis-message").unwrap().documentation();
        assert!(text.starts_with("## crisis-message/1\n"));
        assert!(text.contains("| `courtesy_translations.0.lang` | a language like en |  |\n"), "{text}");
        assert!(text.contains("| `no_prejudice` | true or false | true |\n"), "{text}");
        for template in ALL {
            assert!(template.documentation().lines().count() >= template.fields.len() + 4);
        }
    }
}
