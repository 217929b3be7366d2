//! Does each behaviour end in a reason of its own? Where two share one, both rows say why that is right. It must never
//! know more of a row than it says.

use std::collections::BTreeMap;

use crate::{delivering, directory, posting, prekeys, resealing, sender, session};

#[test]
fn no_two_behaviours_share_a_reason_without_saying_why() {
    let rows =
        [delivering::ROWS, directory::ROWS, posting::ROWS, prekeys::ROWS, resealing::ROWS, session::ROWS]
            .concat();
    let rows = rows.iter().map(|row| (row.does, row.more, row.shares));
    let forgeries = sender::FORGERIES.iter().map(|forgery| (forgery.does, forgery.more, forgery.shares));
    let mut groups: BTreeMap<String, Vec<(&str, Option<&str>)>> = BTreeMap::new();
    for (does, more, shares) in rows.chain(forgeries) {
        groups.entry(reason(more)).or_default().push((does, shares));
    }
    let mut wrong = Vec::new();
    for (reason, rows) in &groups {
        println!("{reason}");
        for (does, shares) in rows {
            println!("    {does}{}", shares.map(|why| format!(" ({why})")).unwrap_or_default());
            if shares.is_some() != (rows.len() > 1) {
                wrong.push(format!("{reason}: {does}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The first line, without what it is about.
fn reason(more: &[&str]) -> String {
    let first = more.first().copied().unwrap_or("nothing comes of it");
    for (mark, said) in
        [(" aside: ", "set aside: "), (" never reached ", "never reached "), (" is bad: ", "a bad receipt: ")]
    {
        if let Some((_, what)) = first.split_once(mark) {
            return if said.starts_with("never") { said.trim().to_owned() } else { format!("{said}{what}") };
        }
    }
    first.to_owned()
}
