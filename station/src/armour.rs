//! How does a statement travel by mail? As text between two lines, whatever mail does to it on its way.
//! It must never know what the statement says.
//!
//! ```text
//! -----BEGIN LIAISON STATEMENT-----
//! <base64, lines of 64>
//! -----END LIAISON STATEMENT-----
//! ```
//! What stands before and after is passed over, and so are marks of quoting, blanks and other line ends.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use liaison_keys::directory::Statement;

/// The statement as text, with a few words before it for people.
pub(crate) fn write(statement: &Statement, words: &str) -> String {
    let encoded = STANDARD.encode(statement.to_bytes());
    let mut lines = vec![words.to_owned(), BEGIN.to_owned()];
    lines
        .extend(encoded.as_bytes().chunks(LINE_CHARS).map(|line| String::from_utf8_lossy(line).into_owned()));
    lines.push(END.to_owned());
    lines.join("\n") + "\n"
}

/// Reads a statement out of a text; none when there is none, or it was damaged.
pub(crate) fn read(text: &str) -> Option<Statement> {
    let (_, rest) = text.split_once(BEGIN)?;
    let (body, _) = rest.split_once(END)?;
    let encoded: String = body.chars().filter(|c| !c.is_whitespace() && *c != '>').collect();
    Statement::from_bytes(&STANDARD.decode(encoded).ok()?).ok()
}

const BEGIN: &str = "-----BEGIN LIAISON STATEMENT-----";
const END: &str = "-----END LIAISON STATEMENT-----";
const LINE_CHARS: usize = 64;

#[cfg(test)]
mod tests {
    use liaison_keys::directory::group::Join;
    use liaison_keys::directory::{Body, Claims};
    use liaison_keys::names::{Digest, NetworkId};

    use super::*;

    fn statement() -> Statement {
        let body = Body::Join(Join { group: "group:xr-north".parse().unwrap() });
        let (network, subject) = (NetworkId::new([7; 32]), "xa".parse().unwrap());
        Statement::unsigned(Claims::new(network, subject, (1, Digest::NONE), &body, 1, Vec::new()))
    }

    #[test]
    fn mail_does_not_hurt_it() {
        let text = write(&statement(), "XA joins");
        assert!(text.lines().all(|line| line.len() <= LINE_CHARS));
        assert_eq!(read(&text), Some(statement()));
        let mailed = format!("Dear colleagues,\r\n{}\r\nKind regards", text.replace('\n', "  \r\n> "));
        assert_eq!(read(&mailed), Some(statement()));
    }

    #[test]
    fn damage_is_seen() {
        let text = write(&statement(), "");
        let without_end = text.replace(END, "");
        let middle = text.lines().nth(2).unwrap();
        for bad in ["", "hello", &without_end, &text.replace(middle, ""), &text.replace(middle, "????")] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
