//! Has somebody else changed it meanwhile? What was said on a subject since a statement on it was made.
//! It must never know what becomes of it.

use liaison_client::Station;
use liaison_keys::directory::{Entry, Statement};

use super::words::title;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::when;

/// That a statement no longer continues its subject, with what was said since: of two officers who edit at once, the
/// second is told what the first one changed.
pub(super) fn overtaken(statement: &Statement, station: &Station) -> Option<Failure> {
    let claims = statement.claims();
    let directory = station.replica().ok()?.directory();
    let (next, head) = directory.next(&claims.subject);
    if claims.version == 0 || (claims.version, claims.previous) == (next, head) {
        return None;
    }
    let entries = station.replica().ok()?.log().entries(0, usize::MAX);
    let said = entries.iter().filter_map(|bytes| {
        let entry = Entry::from_bytes(bytes).ok()?;
        let statement = Statement::from_bytes(&entry.statement).ok()?;
        (statement.claims().subject == claims.subject).then_some((entry.logged, statement))
    });
    let newer = said.filter(|(_, said)| said.claims().version >= claims.version);
    let lines = newer.map(|(logged, said)| {
        say!(
            "say-said-since",
            version = said.claims().version,
            time = when::utc(logged),
            title = title(&said)
        )
    });
    let (subject, version) = (claims.subject.to_string(), next.saturating_sub(1));
    Some(
        fail!(Exit::Refused, "error-overtaken", subject = subject, version = version)
            .with_lines(lines.collect()),
    )
}
