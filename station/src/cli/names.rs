//! How does a person write a name? As it is said: in capitals or not, a group with or without its mark.
//! It must never know whether somebody by that name exists.

use liaison_keys::directory::body::Taking;
use liaison_keys::directory::witness::Announced;
use liaison_keys::directory::{Category, Level, MemberStatus, Rank};
use liaison_keys::names::{DeviceId, GroupId, OfficeId, Owner, Slug, StateCode};
use liaison_proto::{Lane, profile};

pub(super) fn office(text: &str) -> Result<OfficeId, String> {
    text.to_lowercase().parse().map_err(|_| say!("expected-office"))
}

pub(super) fn owner(text: &str) -> Result<Owner, String> {
    text.to_lowercase().parse().map_err(|_| say!("expected-owner"))
}

pub(super) fn state(text: &str) -> Result<StateCode, String> {
    text.to_lowercase().parse().map_err(|_| say!("expected-state"))
}

pub(super) fn slug(text: &str) -> Result<Slug, String> {
    text.parse().map_err(|_| say!("expected-slug"))
}

pub(super) fn announced(text: &str) -> Result<Announced, String> {
    text.trim().parse().map_err(|_| say!("expected-witness"))
}

pub(super) fn device(text: &str) -> Result<DeviceId, String> {
    text.to_lowercase().parse().map_err(|_| say!("expected-device"))
}

pub(super) fn group(text: &str) -> Result<GroupId, String> {
    let lower = text.to_lowercase();
    let slug = lower.strip_prefix("group:").unwrap_or(&lower);
    slug.parse().map(GroupId::new).map_err(|_| say!("expected-group"))
}

pub(super) fn category(text: &str) -> Result<Category, String> {
    Category::from_name(text).ok_or_else(|| one_of(Category::ALL.iter().map(|one| one.name())))
}

pub(super) fn level(text: &str) -> Result<Level, String> {
    Level::from_name(text).ok_or_else(|| one_of(Level::ALL.iter().map(|one| one.name())))
}

pub(super) fn rank(text: &str) -> Result<Rank, String> {
    Rank::from_name(text).ok_or_else(|| one_of(Rank::ALL.iter().map(|one| one.name())))
}

pub(super) fn member(text: &str) -> Result<MemberStatus, String> {
    MemberStatus::from_name(text).ok_or_else(|| one_of(MemberStatus::ALL.iter().map(|one| one.name())))
}

/// A profile that this version knows.
pub(super) fn profile(text: &str) -> Result<Slug, String> {
    let known = profile::NAMES.contains(&text);
    known.then(|| text.parse().ok()).flatten().ok_or_else(|| one_of(profile::NAMES.into_iter()))
}

/// `return` is how a State says that it takes part again.
pub(super) fn taking(text: &str) -> Result<Taking, String> {
    match text {
        "pause" => Ok(Taking::Paused),
        "leave" => Ok(Taking::Left),
        "return" => Ok(Taking::Participating),
        _ => Err(one_of(["pause", "leave", "return"].into_iter())),
    }
}

pub(super) fn lane(text: &str) -> Result<Lane, String> {
    let found = Lane::URGENT_FIRST.into_iter().find(|lane| lane.name() == text);
    found.ok_or_else(|| one_of(Lane::URGENT_FIRST.iter().map(|lane| lane.name())))
}

/// Categories as a person narrows a group down: `all` says that it was meant to be wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    All,
    One(Category),
}

pub(super) fn wanted(text: &str) -> Result<Wanted, String> {
    if text == "all" { Ok(Wanted::All) } else { category(text).map(Wanted::One) }
}

fn one_of<'n>(names: impl Iterator<Item = &'n str>) -> String {
    say!("expected-one-of", names = names.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_people_write_them() {
        assert_eq!(office("XA/operations/1"), office("xa/operations/1"));
        assert_eq!(group("xr-north"), group("group:xr-north"));
        assert_eq!(owner("XB").unwrap().to_string(), "xb");
        assert_eq!(wanted("all"), Ok(Wanted::All));
        assert!(category("spy").unwrap_err().contains("diplomatic"));
        assert!(
            office("xa").is_err() && state("xaa").is_err() && device("12").is_err() && lane("fast").is_err()
        );
    }
}
