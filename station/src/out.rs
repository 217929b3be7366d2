//! How does it look? Tables that fit the terminal, wrapped text, colours only where a person looks.
//! It must never know what stands in them.

use comfy_table::presets;
use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Table};

/// What is painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    /// Something is wrong, or wakes people.
    Alarm,
    /// Look here.
    Warn,
    /// A heading.
    Bold,
}

/// Text in a colour, where there is colour.
pub(crate) fn paint(colour: bool, paint: Paint, text: &str) -> String {
    if colour && !text.is_empty() { format!("{}{text}{END}", begin(paint)) } else { text.to_owned() }
}

/// A table with a head, as wide as the terminal at most; as wide as it is where nobody looks. Short words stay whole.
pub(crate) fn table(width: Option<u16>, head: Vec<String>, rows: Vec<Vec<String>>) -> String {
    let mut table = plain(width);
    let columns = head.len();
    table.set_header(head);
    table.add_rows(rows.iter().map(|row| row.iter().map(|text| cell(text))));
    for at in 0..columns {
        let word = |row: &Vec<String>| row.get(at).is_none_or(|text| is_short_word(text));
        if let Some(column) = table.column_mut(at).filter(|_| rows.iter().all(word)) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    indented(&table, "")
}

/// Names and values side by side.
pub(crate) fn pairs(width: Option<u16>, rows: Vec<(String, String)>) -> String {
    let mut table = plain(width.map(|width| width.saturating_sub(2)));
    table.add_rows(rows.iter().map(|(name, value)| [cell(name), cell(value)]));
    indented(&table, "  ")
}

/// Text in lines as long as the terminal at most.
pub(crate) fn wrapped(width: Option<u16>, text: &str) -> String {
    if width.is_none() {
        return text.to_owned();
    }
    let mut table = plain(width);
    table.add_row([text]);
    indented(&table, "")
}

/// Text from others as it may stand on a terminal: nothing in it moves the cursor or turns the direction.
pub(crate) fn clean(text: &str) -> String {
    let visible = |c: char| match c {
        '\n' => '\n',
        '\t' => ' ',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' => {
            char::REPLACEMENT_CHARACTER
        }
        c => c,
    };
    text.chars().map(visible).collect()
}

/// The same on one line.
pub(crate) fn line(text: &str) -> String {
    clean(text).replace('\n', " ")
}

/// A cell; what is painted whole is painted by the table, which must not count the paint as text.
fn cell(text: &str) -> Cell {
    for paint in [Paint::Alarm, Paint::Warn, Paint::Bold] {
        let bare = text.strip_prefix(&begin(paint)).and_then(|text| text.strip_suffix(END));
        if let Some(bare) = bare.filter(|bare| !bare.contains(ESCAPE)) {
            let cell = Cell::new(bare);
            return match paint {
                Paint::Alarm => cell.fg(Color::Red).add_attribute(Attribute::Bold),
                Paint::Warn => cell.fg(Color::Yellow),
                Paint::Bold => cell.add_attribute(Attribute::Bold),
            };
        }
    }
    Cell::new(text)
}

fn is_short_word(text: &str) -> bool {
    !text.contains(' ')
        && text.chars().filter(|c| c.is_alphanumeric() || c.is_ascii_punctuation()).count() <= SHORT_CHARS
}

fn begin(paint: Paint) -> String {
    let code = match paint {
        Paint::Alarm => "1;31",
        Paint::Warn => "33",
        Paint::Bold => "1",
    };
    format!("{ESCAPE}[{code}m")
}

fn plain(width: Option<u16>) -> Table {
    let mut table = Table::new();
    // Only cells that were painted have a style, and they are painted only where there is colour.
    table.load_style(presets::NOTHING).force_no_tty().enforce_styling();
    match width {
        Some(width) => {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width.max(40));
        }
        None => {
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
    }
    table
}

fn indented(table: &Table, indent: &str) -> String {
    let lines = table.lines().map(|line| {
        // Each cell has a blank on its left.
        let line = line.trim_end();
        format!("{indent}{}", line.strip_prefix(' ').unwrap_or(line))
    });
    lines.collect::<Vec<_>>().join("\n")
}

const ESCAPE: char = '\u{1b}';
const END: &str = "\u{1b}[0m";
/// A hash's beginning, a precedence in its paint.
const SHORT_CHARS: usize = 18;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_cannot_move_the_cursor() {
        assert_eq!(clean("a\u{1b}[2Jb\u{202e}c\td\ne\r"), "a\u{fffd}[2Jb\u{fffd}c d\ne\u{fffd}");
        assert_eq!(line("a\nb"), "a b");
    }

    #[test]
    fn a_table_fits_the_terminal() {
        let rows = vec![vec!["xa/operations/1".to_owned(), "duty desk ".repeat(20)]];
        let head = vec!["office".to_owned(), "unit".to_owned()];
        let narrow = table(Some(60), head.clone(), rows.clone());
        assert!(narrow.lines().all(|line| line.chars().count() <= 60), "{narrow}");
        assert_eq!(table(None, head, rows).lines().count(), 2);
    }

    #[test]
    fn short_words_stay_whole_and_paint_is_not_text() {
        let head = || ["message", "precedence", "subject"].map(str::to_owned).to_vec();
        let row = |lane: String| vec!["3f9a0c21".to_owned(), lane, "a long subject ".repeat(9)];
        let bare = table(Some(60), head(), vec![row("FLASH".to_owned())]);
        let painted = table(Some(60), head(), vec![row(paint(true, Paint::Alarm, "FLASH"))]);
        assert!(bare.contains("3f9a0c21  FLASH       a long"), "{bare}");
        let mut parts = painted.split(ESCAPE);
        let first = parts.next().unwrap().to_owned();
        let unpainted: String = parts.filter_map(|part| part.split_once('m')).map(|(_, text)| text).collect();
        assert!(painted.contains(ESCAPE));
        assert_eq!(first + &unpainted, bare);
    }

    #[test]
    fn colour_is_asked_for() {
        assert_eq!(paint(false, Paint::Alarm, "x"), "x");
        assert_eq!(paint(true, Paint::Alarm, "x"), "\u{1b}[1;31mx\u{1b}[0m");
    }
}
