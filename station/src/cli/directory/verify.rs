//! Is it the directory that everybody sees? Size, root, age, entries without effect, and the fingerprints to compare.
//! It must never know how a root is computed.

use liaison_client::Station;
use liaison_keys::directory::replica::Fit;
use serde_json::json;

use super::fingerprint;
use crate::cli::network;
use crate::desk::Freshness;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;
use crate::out::{self, Paint};
use crate::when;

pub(super) fn run(station: &Station, freshness: Freshness, io: &mut Io) -> Result<Exit, Failure> {
    let (replica, known) = (station.replica()?, station.checkpoint()?);
    let checkpoint =
        replica.read_note(&known.note).map_err(|_| fail!(Exit::Protocol, "error-bad-checkpoint"))?;
    if replica.compare(checkpoint) == Fit::Split {
        return Err(fail!(Exit::Protocol, "error-split-view"));
    }
    let at = station.directory()?;
    let age = station.clock().now_s().saturating_sub(known.time);
    let voids = replica.directory().voids();
    let owners: Vec<_> =
        replica.directory().owners().map(|(owner, facts)| (owner, out::line(&facts.name))).collect();
    io.tell(
        || {
            let owners: Vec<_> = owners.iter().map(|(owner, name)| json!({"owner": owner, "name": name, "fingerprint": fingerprint(owner, at)})).collect();
            let voids: Vec<_> = voids.iter().map(|(index, void)| json!({"index": index, "reason": void.to_string()})).collect();
            json!({
                "network": replica.directory().network(), "size": checkpoint.size, "root": checkpoint.root,
                "checkpoint_at": when::rfc(known.time), "checkpoint_age_s": age, "fresh": freshness == Freshness::Now,
                "void": voids, "owners": owners,
            })
        },
        |io| {
            let mut rows = vec![
                (say!("label-network-hash"), replica.directory().network().to_string()),
                (say!("label-size"), checkpoint.size.to_string()),
                (say!("label-log-root"), checkpoint.root.to_string()),
                (say!("label-checkpoint"), say!("say-checkpoint", time = when::utc(known.time), age = when::span(age))),
                (say!("label-void"), if voids.is_empty() { say!("word-none") } else { voids.len().to_string() }),
            ];
            rows.extend(voids.iter().map(|(index, void)| {
                (say!("say-entry", index = *index), io.paint(Paint::Alarm, &void.to_string()))
            }));
            rows.extend(owners.iter().map(|(owner, name)| {
                let title = say!("say-owner", code = owner.display(), name = name.as_str());
                (title, fingerprint(owner, at).unwrap_or_default())
            }));
            let verdict = say!("say-directory-fits");
            format!("{}{}\n{verdict}", network::banner(station, io), out::pairs(io.width, rows))
        },
    );
    Ok(Exit::Done)
}
