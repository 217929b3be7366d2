//! Is it the directory that everybody sees? Size, root, age, entries without effect, and the fingerprints to compare.
//! It must never know how a root is computed.

use liaison_client::Station;
use liaison_keys::directory::owner::OwnerFacts;
use liaison_keys::directory::replica::Fit;
use liaison_keys::directory::witness::Announced;
use liaison_keys::directory::{At, Checkpoint, Directory, Void};
use liaison_keys::names::Owner;
use serde_json::{Value as Json, json};

use super::fingerprint;
use crate::cli::network;
use crate::desk::Freshness;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;
use crate::out::{self, Paint};
use crate::when;

pub(super) fn run(station: &Station, freshness: Freshness, io: &mut Io) -> Result<Exit, Failure> {
    let (replica, known) = (station.replica()?, station.word()?);
    let checkpoint =
        replica.read_note(&known.note).map_err(|_| fail!(Exit::Protocol, "error-bad-checkpoint"))?.checkpoint;
    if replica.compare(checkpoint) == Fit::Split {
        return Err(fail!(Exit::Protocol, "error-split-view"));
    }
    let at = station.directory()?;
    let seen = Seen { station, directory: replica.directory(), checkpoint, freshness };
    io.tell(|| seen.json(at), |io| seen.words(at, io));
    Ok(Exit::Done)
}

/// The directory against its checkpoint.
struct Seen<'s> {
    station: &'s Station,
    directory: &'s Directory,
    checkpoint: Checkpoint,
    freshness: Freshness,
}

impl Seen<'_> {
    fn json(&self, at: At<'_>) -> Json {
        let (directory, time, age) = (self.directory, self.time(), self.age());
        let owner = |(owner, facts): (&Owner, &OwnerFacts)| json!({"owner": owner, "name": facts.name, "fingerprint": fingerprint(owner, at)});
        let void = |(index, void): &(u64, Void)| json!({"index": index, "reason": void.to_string()});
        json!({
            "network": directory.network(), "size": self.checkpoint.size, "root": self.checkpoint.root,
            "checkpoint_at": when::rfc(time), "checkpoint_age_s": age, "fresh": self.freshness == Freshness::Now,
            "witnesses": self.witnesses(), "counts_to": self.station.checkpoint().map_or(0, |known| known.size),
            "split_views": self.station.memory().split_views.len(),
            "withheld": self.station.memory().withheld.len(),
            "void": directory.voids().iter().map(void).collect::<Vec<_>>(),
            "owners": directory.owners().map(owner).collect::<Vec<_>>(),
        })
    }

    fn words(&self, at: At<'_>, io: &Io) -> String {
        let directory = self.directory;
        let checkpoint = say!("say-checkpoint", time = when::utc(self.time()), age = when::span(self.age()));
        let (voids, (witnesses, k)) = (directory.voids(), self.station.witnesses().unwrap_or_default());
        let mut rows = vec![
            (say!("label-network-hash"), directory.network().to_string()),
            (say!("label-size"), self.checkpoint.size.to_string()),
            (say!("label-log-root"), self.checkpoint.root.to_string()),
            (say!("label-checkpoint"), checkpoint),
            (say!("label-void"), if voids.is_empty() { say!("word-none") } else { voids.len().to_string() }),
        ];
        if !witnesses.is_empty() {
            rows.push((say!("label-witnesses"), say!("say-witnesses", k = k, n = witnesses.len())));
            rows.extend(witnesses.iter().map(|witness| {
                let heard = self.station.heard_of(&witness.name);
                let said = heard.map_or_else(|| io.paint(Paint::Warn, &say!("say-silent")), when::utc);
                (say!("label-saw-it", name = witness.name.as_str()), said)
            }));
        }
        if let waiting @ 1.. = self.station.unwitnessed() {
            let said = say!("say-unwitnessed", n = waiting);
            rows.push((say!("label-unwitnessed"), io.paint(Paint::Warn, &said)));
        }
        let void = |(index, void): &(u64, Void)| {
            (say!("say-entry", index = *index), io.paint(Paint::Alarm, &void.to_string()))
        };
        rows.extend(voids.iter().map(void));
        let memory = self.station.memory();
        for (label, proofs) in [
            (say!("label-proofs-split"), memory.split_views.len()),
            (say!("label-proofs-withheld"), memory.withheld.len()),
        ] {
            if proofs > 0 {
                rows.push((label, io.paint(Paint::Alarm, &proofs.to_string())));
            }
        }
        let owner = |(owner, facts): (&Owner, &OwnerFacts)| {
            let title = say!("say-owner", code = owner.display(), name = out::line(&facts.name));
            (title, fingerprint(owner, at).unwrap_or_default())
        };
        rows.extend(directory.owners().map(owner));
        let (banner, table) = (network::banner(self.station, io), out::pairs(io.width, rows));
        format!("{banner}{table}\n{}", say!("say-directory-fits"))
    }

    fn witnesses(&self) -> Json {
        let (named, k) = self.station.witnesses().unwrap_or_default();
        let one = |witness: &Announced| {
            let heard = self.station.heard_of(&witness.name).map(when::rfc);
            json!({"name": witness.name, "announced": witness.to_string(), "heard_at": heard})
        };
        json!({"needed": k, "named": named.iter().map(one).collect::<Vec<_>>()})
    }

    /// When the checkpoint was made, Unix seconds.
    fn time(&self) -> u64 {
        self.station.memory().head_time()
    }

    fn age(&self) -> u64 {
        self.station.clock().now_s().saturating_sub(self.time())
    }
}
