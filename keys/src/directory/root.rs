//! Which keys are an owner's root? Its enrolment, its changes, and what a re-root overrules
//! (`docs/protocol.md` §3). It must never know who signed a change.

use super::fact::{Moment, View};
use crate::fingerprint::digest_of_root;
use crate::names::{Digest, NetworkId, Owner};
use crate::signing::{Authority, PublicKey};

/// Root keys and how many must sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// The keys, sorted.
    pub keys: Vec<PublicKey<Authority>>,
    /// How many must sign.
    pub threshold: u8,
}

impl Root {
    /// What its fingerprint is made of, whole.
    #[must_use]
    pub fn digest(&self, network: NetworkId, owner: &Owner) -> Digest {
        digest_of_root(network, owner, self.threshold, &self.keys)
    }
}

/// All roots that an owner was given, in the order in which they were logged.
#[derive(Clone, Debug)]
pub(super) struct Roots(Vec<Given>);

#[derive(Clone, Debug)]
struct Given {
    /// When it was said, Unix seconds; it counts from a later moment on.
    said: u64,
    from: Moment,
    root: Root,
    rerooted: bool,
}

impl Roots {
    /// The root of the enrolment.
    pub(super) fn new(from: Moment, root: Root) -> Self {
        Self(vec![Given { said: from.time, from, root, rerooted: false }])
    }

    /// Another root, said at `said` and counting from a moment on.
    pub(super) fn give(&mut self, said: u64, from: Moment, root: Root, rerooted: bool) {
        self.0.push(Given { said, from, root, rerooted });
    }

    /// The root in force: the last said of what counts. A re-root overrules everything that was said before it came:
    /// else who has the lost root would outrun it.
    pub(super) fn at(&self, view: View<'_>) -> Option<&Root> {
        let rerooted = self.rerooted(view).unwrap_or(0);
        let counts = |given: &&Given| view.sees(given.from) && (given.rerooted || given.said >= rerooted);
        self.0.iter().rev().find(counts).map(|given| &given.root)
    }

    /// When the last re-root came, Unix seconds: older admins and devices ended then.
    pub(super) fn rerooted(&self, view: View<'_>) -> Option<u64> {
        let mut came = self.0.iter().rev().filter(|given| given.rerooted && view.sees(given.from));
        came.next().map(|given| given.from.time)
    }
}
