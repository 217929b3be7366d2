//! How does the demonstration look in a terminal? Headings, lines and tables.
//! It must never know what they are about.

use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};

/// Begins an act.
pub(crate) fn act(number: u8, title: &str) {
    println!("\n{number}. {title}");
}

/// One thing that happened.
pub(crate) fn line(text: impl AsRef<str>) {
    println!("   {}", text.as_ref());
}

/// A message as its reader sees it.
pub(crate) fn message(lines: &[String]) {
    for line in lines {
        println!("   \u{2502} {line}");
    }
}

/// A table.
pub(crate) fn table(head: &[&str], rows: Vec<Vec<String>>) {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(head.to_vec());
    table.add_rows(rows);
    for line in table.to_string().lines() {
        println!("   {line}");
    }
}

/// Milliseconds, as people say them.
pub(crate) fn ms(after: Option<u64>) -> String {
    after.map_or_else(|| "no answer".to_owned(), |ms| format!("{ms} ms"))
}
