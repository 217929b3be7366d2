//! What is an office for? The directory record of a PoC without its contact data
//! (`docs/protocol.md` §3, nominate). It must never know a person's name, an address or a number.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::cbor;
use crate::names::{Digest, GroupId, OfficeId, Owner, Slug};

crate::named! {
    /// What a State's office is for; an office has one or more (papers F B3, I 13, X §1 on ARF).
    Category {
        /// Ministry of foreign affairs.
        Diplomatic = 0 "diplomatic",
        /// Cyber policy.
        Policy = 1 "policy",
        /// CERT or CSIRT.
        Technical = 2 "technical",
        /// Incident handling around the clock.
        Operations = 3 "operations",
        /// Asking for and giving help.
        Assistance = 4 "assistance",
        /// Policy and law.
        PolicyLegal = 5 "policy-legal",
        /// Law enforcement.
        LawEnforcement = 6 "law-enforcement",
        /// National security and policy coordination.
        NationalSecurity = 7 "national-security",
        /// One central PoC for everything; matches every category in regional and global scope.
        Single = 8 "single",
    }
}

crate::named! {
    /// Whom an office speaks for (X §1 on ARF).
    Level {
        /// Senior level.
        Senior = 0 "senior",
        /// Working level.
        Working = 1 "working",
    }
}

crate::named! {
    /// Whether an office is asked first (I 14).
    Rank {
        /// Asked first.
        Primary = 0 "primary",
        /// Asked when the primary one does not answer.
        Backup = 1 "backup",
    }
}

crate::named! {
    /// Who answers at an office (I 1): a unit goes before a person, because people move on.
    Answers {
        /// A unit.
        Unit = 0 "unit",
        /// One person.
        Person = 1 "person",
    }
}

/// That the office is also a PoC of a regional or other network (F ¶6: one PoC, several networks).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(map)]
pub struct Membership {
    /// The group.
    #[n(1)]
    pub group: GroupId,
    /// Whether it is the same PoC that this group's own list has.
    #[n(2)]
    pub same_poc: bool,
    /// The organization that drafted the entry, if not the State itself (U-Who ¶2).
    #[n(3)]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub supplied_by: Option<Owner>,
}

/// The directory record of an office, without personal fields: those come with its card.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(map)]
pub struct OfficeRecord {
    /// What the office is for: sorted, distinct; at least one for a State's office, none for an organization's.
    #[n(1)]
    pub categories: Vec<Category>,
    /// Name of the unit, as shown to others: 1 to 200 characters, no control or direction-changing ones.
    #[n(2)]
    pub unit: String,
    /// Senior or working level, if the State says.
    #[n(3)]
    pub level: Option<Level>,
    /// Primary or back-up.
    #[n(4)]
    pub rank: Rank,
    /// Languages in which the office receives messages, BCP 47, at most 16.
    #[n(5)]
    pub languages: Vec<String>,
    /// Whether a unit or a person answers; a unit when absent.
    #[n(6)]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub answers: Option<Answers>,
    /// The institution that the office belongs to, as the State decides (F B3, J 2).
    #[n(7)]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub organisation: Option<String>,
    /// The primary office of the same State that this back-up stands in for.
    #[n(8)]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub backup_of: Option<OfficeId>,
    /// Kinds of message that the office wants, by template name without version: ascending, distinct, at least one.
    /// All of them when absent.
    #[n(9)]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub wants: Option<Vec<Slug>>,
    /// Other networks that the office is a PoC of, ascending by group, at least one.
    #[n(10)]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub networks: Option<Vec<Membership>>,
    /// Groups whose members alone may read the card: ascending, distinct, at least one. All participants when absent.
    #[n(11)]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub card_for: Option<Vec<GroupId>>,
    /// The hash of the office's card, which holds its contact data.
    #[n(12)]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub card: Option<Digest>,
    /// Since when what the record says has been so, Unix seconds: what a change is notified late against (F B7).
    #[n(13)]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub effective: Option<u64>,
    /// Until when it is expected to hold, Unix seconds; of use where a person answers.
    #[n(14)]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub valid_until: Option<u64>,
}

impl OfficeRecord {
    /// Whether the record says what it must and no more than it may (`docs/protocol.md` §3).
    #[must_use]
    pub fn is_well_formed(&self, of_state: bool) -> bool {
        let sorted = self.categories.is_sorted_by(|a, b| a < b);
        let languages = self.languages.len() <= LANGUAGES_MAX
            && self.languages.iter().all(|tag| {
                (2..=35).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            });
        sorted
            && of_state != self.categories.is_empty()
            && is_plain_line(&self.unit, UNIT_CHARS_MAX)
            && self.organisation.as_ref().is_none_or(|text| is_plain_line(text, UNIT_CHARS_MAX))
            && languages
            && (self.backup_of.is_none() || self.rank == Rank::Backup)
            && is_list(self.wants.as_deref())
            && is_list(self.card_for.as_deref())
            && self.networks.as_ref().is_none_or(|networks| {
                let groups: Vec<&GroupId> = networks.iter().map(|network| &network.group).collect();
                is_list(Some(&groups))
            })
    }

    /// A record of a unit that says what it must, and nothing more.
    #[must_use]
    pub fn of_unit(categories: Vec<Category>, unit: String, rank: Rank, languages: Vec<String>) -> Self {
        Self {
            categories,
            unit,
            level: None,
            rank,
            languages,
            answers: None,
            organisation: None,
            backup_of: None,
            wants: None,
            networks: None,
            card_for: None,
            card: None,
            effective: None,
            valid_until: None,
        }
    }
}

/// Absent, or a set that is not empty and not over-long.
fn is_list<T: Encode<()>>(list: Option<&[T]>) -> bool {
    list.is_none_or(|list| (1..=LIST_MAX).contains(&list.len()) && cbor::is_set(list))
}

/// One line of text that cannot disguise itself: not empty, no blanks at its ends, no control characters, no line
/// separators and no characters that turn the direction of what follows.
#[must_use]
pub fn is_plain_line(text: &str, chars_max: usize) -> bool {
    let disguised = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{061c}')
    };
    !text.is_empty()
        && text.trim() == text
        && text.chars().count() <= chars_max
        && !text.chars().any(disguised)
}

const LANGUAGES_MAX: usize = 16;
const LIST_MAX: usize = 64;
const UNIT_CHARS_MAX: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_disguise_itself() {
        assert!(is_plain_line("National CERT duty desk", 200));
        assert!(is_plain_line("المركز الوطني", 200));
        for bad in ["", " desk", "de\u{202e}sk", "de\nsk", "de\u{2028}sk", "desk\u{0}"] {
            assert!(!is_plain_line(bad, 200), "{bad:?}");
        }
        assert!(!is_plain_line("desk", 3));
    }

    #[test]
    fn names_and_numbers_agree() {
        for category in Category::ALL {
            assert_eq!(Category::from_name(category.name()), Some(*category));
        }
        assert_eq!(Category::from_name("spy"), None);
    }
}
