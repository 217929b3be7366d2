//! Has this text the shape of a State's code, a path, a language? Small questions about one text each.
//! It must never know in which field the text stands.

use liaison_keys::names::StateCode;

use crate::limits::FIELD_DEPTH_MAX;
use crate::value::is_field_name;

/// A State as people write it, in capitals or not, but not mixed.
pub(crate) fn state(text: &str) -> Option<StateCode> {
    let lower = text.to_ascii_lowercase();
    if text == lower || text == text.to_ascii_uppercase() { lower.parse().ok() } else { None }
}

/// A path of names and positions, as in `not_known`: `affected.entity_names`, `affected.0.people`.
pub(super) fn is_path(text: &str) -> bool {
    let is_step = |step: &str| {
        is_field_name(step) || ((1..=3).contains(&step.len()) && step.bytes().all(|b| b.is_ascii_digit()))
    };
    // No field lies deeper, and a mark is compared with many paths.
    text.split('.').all(is_step) && text.split('.').count() <= FIELD_DEPTH_MAX + 1
}

/// A language tag's shape (BCP 47); whether the language exists, no station needs to know.
pub(super) fn is_language(text: &str) -> bool {
    (2..=35).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Embeddings, overrides and isolates. The plain marks of Arabic and Hebrew text stay without a hint.
pub(super) const fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_written_large_or_small() {
        assert_eq!(state("XA"), state("xa"));
        assert!(state("xa").is_some());
        for bad in ["", "X", "Xa", "XAB", "X1", "ßa"] {
            assert_eq!(state(bad), None, "{bad}");
        }
    }

    #[test]
    fn paths_are_names_and_positions() {
        for good in ["a", "affected.entity_names", "affected.199.people.min"] {
            assert!(is_path(good), "{good}");
        }
        for bad in ["", ".", "a.", "a..b", "A", "a.+1", "a.0000", &"a.".repeat(200), "a.a.a.a.a.a.a.a.a.a"] {
            assert!(!is_path(bad), "{bad}");
        }
    }

    #[test]
    fn languages_have_tags() {
        assert!(["en", "zh-Hans", "pt-BR"].into_iter().all(is_language));
        assert!(!["e", "en_GB", "français", "", &"a".repeat(36)].into_iter().any(is_language));
    }

    #[test]
    fn marks_of_arabic_and_hebrew_do_not_turn_the_rest() {
        assert!(turns_direction('\u{202e}') && turns_direction('\u{2066}'));
        assert!(!turns_direction('\u{200f}') && !turns_direction('\u{200e}'));
    }
}
