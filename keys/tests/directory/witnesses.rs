//! Which witnesses does a checkpoint of a size need, and which must have seen that others come?
//! It must never know how they say so.

use liaison_keys::directory::body::Operate;
use liaison_keys::directory::{Body, Quorum};

use crate::world::{World, public};

/// How the network is run, with these witnesses of whom one is needed.
fn witnessed(world: &World, names: &[&str]) -> Body {
    let stands = world.directory().now(world.now).operation().clone();
    let witnesses = names.iter().map(|name| ((*name).to_owned(), public(name))).collect();
    Body::Operate(Box::new(Operate { witnesses, cosignatures: 1, ..stands }))
}

fn names(quorum: Quorum<'_>) -> Vec<&str> {
    quorum.witnesses().iter().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn said_by_all_custodian_keys_other_witnesses_are_asked_from_that_entry_on() {
    let mut world = World::found();
    let body = witnessed(&world, &["a"]);
    world.does("network", &body, &["custodian 1", "custodian 2"]);
    let directory = world.directory();
    assert_eq!(directory.quorum(1), Quorum::of(&directory.genesis().operation()));
    assert_eq!(names(directory.quorum(2)), ["a"]);
    let [(entry, before)] = directory.handovers().try_into().unwrap();
    assert_eq!((entry, before.needed()), (1, 0), "those before are asked for none");
}

#[test]
fn said_by_fewer_they_are_asked_from_the_first_entry_after_seven_days() {
    let mut world = World::found();
    let first = witnessed(&world, &["a"]);
    world.does("network", &first, &["custodian 1", "custodian 2"]);
    let body = witnessed(&world, &["b"]);
    world.does("network", &body, &["custodian 1"]);
    world.owner("org:custodian");
    let early = world.size();
    world.advance(7 * 86_400);
    assert_eq!(names(world.directory().quorum(early)), ["a"], "a log that does not grow keeps its witnesses");
    world.owner("xa");
    assert_eq!(names(world.directory().quorum(early)), ["a"], "a size needs the same for ever");
    assert_eq!(names(world.directory().quorum(early + 1)), ["b"]);
    let handovers = world.directory().handovers();
    assert_eq!(
        handovers.iter().map(|(entry, before)| (*entry, names(*before))).collect::<Vec<_>>(),
        [(1, vec![]), (2, vec!["a"])]
    );
}
