//! Who may begin a handshake now, and who must give way?
//! It must never know sockets or time, nor whose key it will turn out to be.
//!
//! A handshake costs the server more than the client, and one that never ends costs a place. So places are limited, in
//! all and per address, and when there is none the *oldest* handshake gives way: an honest one takes a few round trips,
//! so whoever wants to keep it out has to fill all places within that time, again and again.

use std::{
    collections::VecDeque,
    net::{IpAddr, Ipv6Addr},
};

use liaison_proto::limits;

/// The handshakes under way, the oldest first. `H` identifies one.
#[derive(Debug)]
pub(crate) struct Gate<H> {
    inside: VecDeque<(IpAddr, H)>,
}

impl<H> Gate<H> {
    pub(crate) fn new() -> Self {
        Self { inside: VecDeque::new() }
    }

    /// True when an address that may be forged has to be proven first: under load, or when somebody already uses up
    /// this address's places, perhaps in its name.
    pub(crate) fn wants_proof(&self, from: IpAddr) -> bool {
        self.inside.len() >= limits::HANDSHAKES_UNPROVEN_MAX
            || self.count(network(from)) >= limits::HANDSHAKES_PER_ADDRESS_MAX / 4
    }

    /// Lets one in; gives the one that has to go for it, if the place was needed.
    pub(crate) fn enter(&mut self, from: IpAddr, handshake: H) -> Option<H> {
        let from = network(from);
        let oldest = if self.count(from) >= limits::HANDSHAKES_PER_ADDRESS_MAX {
            self.inside.iter().position(|(address, _)| *address == from)
        } else if self.inside.len() >= limits::HANDSHAKES_MAX {
            Some(0)
        } else {
            None
        };
        let evicted = oldest.and_then(|index| self.inside.remove(index));
        self.inside.push_back((from, handshake));
        evicted.map(|(_, handshake)| handshake)
    }

    /// One has ended, well or badly.
    pub(crate) fn leave(&mut self, is_it: impl Fn(&H) -> bool) {
        self.inside.retain(|(_, handshake)| !is_it(handshake));
    }

    fn count(&self, from: IpAddr) -> usize {
        self.inside.iter().filter(|(address, _)| *address == from).count()
    }
}

/// What counts as one address: of IPv6 the /64, as a single customer has 2⁶⁴ addresses.
fn network(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use proptest::prelude::*;

    use super::*;

    fn v4(last: u8) -> IpAddr {
        Ipv4Addr::new(192, 0, 2, last).into()
    }

    #[test]
    fn the_oldest_of_a_full_address_gives_way() {
        let mut gate = Gate::new();
        assert_eq!(gate.enter(v4(1), 0), None);
        assert_eq!(gate.enter(v4(2), 1_000), None);
        for number in 1..limits::HANDSHAKES_PER_ADDRESS_MAX {
            assert_eq!(gate.enter(v4(2), 1_000 + number), None);
        }
        assert_eq!(gate.enter(v4(2), 2_000), Some(1_000));
        gate.leave(|number| *number == 1_001);
        assert_eq!(gate.enter(v4(2), 2_001), None);
    }

    #[test]
    fn the_oldest_of_all_gives_way_when_all_places_are_taken() {
        let mut gate = Gate::new();
        for number in 0..limits::HANDSHAKES_MAX {
            assert_eq!(gate.enter(v4((number % 100) as u8), number), None);
        }
        assert_eq!(gate.enter(v4(200), 9_999), Some(0));
    }

    #[test]
    fn addresses_are_proven_under_load() {
        let mut gate = Gate::new();
        for number in 0..limits::HANDSHAKES_UNPROVEN_MAX {
            assert!(!gate.wants_proof(v4(200)));
            gate.enter(v4((number % 100) as u8), number);
        }
        assert!(gate.wants_proof(v4(200)));
    }

    #[test]
    fn a_busy_address_is_proven_and_the_others_are_not() {
        let mut gate = Gate::new();
        for number in 0..limits::HANDSHAKES_PER_ADDRESS_MAX / 4 {
            gate.enter(v4(1), number);
        }
        assert!(gate.wants_proof(v4(1)));
        assert!(!gate.wants_proof(v4(2)));
    }

    #[test]
    fn one_customer_is_one_address() {
        let a: IpAddr = "2001:db8:1:2:3::1".parse().unwrap();
        let b: IpAddr = "2001:db8:1:2:ffff::9".parse().unwrap();
        let c: IpAddr = "2001:db8:1:3::1".parse().unwrap();
        assert_eq!(network(a), network(b));
        assert_ne!(network(a), network(c));
        assert_eq!(network("::ffff:192.0.2.1".parse().unwrap()), v4(1));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn the_limits_hold(steps in prop::collection::vec((0_u8..12, prop::bool::weighted(0.1)), 0..700)) {
            let mut gate = Gate::new();
            for (number, (last, leaves)) in steps.into_iter().enumerate() {
                gate.enter(v4(last), number);
                if leaves {
                    gate.leave(|inside| *inside == number / 2);
                }
                prop_assert!(gate.inside.len() <= limits::HANDSHAKES_MAX);
                prop_assert!(gate.count(v4(last)) <= limits::HANDSHAKES_PER_ADDRESS_MAX);
            }
        }
    }
}
