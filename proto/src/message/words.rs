//! Which words have a fixed meaning in every message? Status, stage, and the marks for handling.
//! It must never know a template's own words.

use liaison_keys::named;

named! {
    /// Whether it is meant. Part of the signature's context, so that an exercise cannot open as real.
    Status {
        /// Meant.
        Actual = 0 "actual",
        /// Part of an exercise.
        Exercise = 1 "exercise",
        /// A technical test.
        Test = 2 "test",
    }
}

named! {
    /// Where in its case a message stands.
    Stage {
        /// The first word on something.
        Notice = 0 "notice",
        /// We have it.
        Acknowledgement = 1 "acknowledgement",
        /// An answer.
        Reply = 2 "reply",
        /// More on the same.
        Update = 3 "update",
        /// What was said is replaced; the old version stays visible.
        Correction = 4 "correction",
        /// What was said is taken back.
        Withdrawal = 5 "withdrawal",
        /// The last word of who opened the case.
        Closure = 6 "closure",
    }
}

named! {
    /// Traffic Light Protocol 2.0: how far it may go. Ordered, the strictest last.
    Tlp {
        /// To everyone.
        Clear = 0 "clear",
        /// Within the community.
        Green = 1 "green",
        /// Within the recipient's organization and its clients.
        Amber = 2 "amber",
        /// Within the recipient's organization.
        AmberStrict = 3 "amber+strict",
        /// The named recipients only.
        Red = 4 "red",
    }
}

named! {
    /// Permissible Actions Protocol: what may be done with it. Ordered, the strictest last.
    Pap {
        /// Anything.
        Clear = 0 "clear",
        /// Active measures allowed.
        Green = 1 "green",
        /// Passive cross-checks only.
        Amber = 2 "amber",
        /// Nothing that could be seen from outside.
        Red = 3 "red",
    }
}

named! {
    /// To whom the recipient may pass it on. Ordered, the strictest last.
    Onward {
        /// Those in the private sector who need to know.
        PrivateSectorNeedToKnow = 0 "private-sector-need-to-know",
        /// The entities named in the text.
        NamedEntity = 1 "named-entity",
        /// Within the recipient's own government.
        OwnGovernment = 2 "own-government",
        /// To nobody.
        None = 3 "none",
    }
}

named! {
    /// What the sender hopes for in return: an aim, never an obligation.
    Want {
        /// Nothing.
        None = 0 "none",
        /// A word that it arrived.
        Acknowledge = 1 "acknowledge",
        /// An answer.
        Reply = 2 "reply",
    }
}

#[cfg(test)]
mod tests {
    use liaison_keys::cbor;

    use super::*;

    #[test]
    fn names_and_numbers_agree() {
        assert_eq!(Status::NAMES, ["actual", "exercise", "test"]);
        for (number, status) in Status::ALL.iter().enumerate() {
            assert_eq!(cbor::encode(status), [number as u8]);
            assert_eq!(Status::from_name(status.name()), Some(*status));
        }
        assert!(cbor::decode::<Status>(&[3]).is_err());
        assert_eq!(Status::from_name("draft"), None);
    }

    #[test]
    fn the_strictest_mark_is_the_last() {
        assert!(Tlp::Red > Tlp::AmberStrict && Tlp::AmberStrict > Tlp::Amber && Tlp::Green > Tlp::Clear);
        assert!(Pap::Red > Pap::Clear && Onward::None > Onward::OwnGovernment);
    }
}
