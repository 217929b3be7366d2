//! How much is too much? Devices of an owner, organizations of a network.
//! It must never know why the numbers are what they are.

use liaison_keys::directory::Void;
use liaison_keys::directory::rules::{ORGANIZATION_DEVICES_MAX, ORGANIZATIONS_MAX, STATE_DEVICES_MAX};

use super::judge;
use super::world::*;

fn certified(world: &World, office: &str, n: u32) -> Result<(), Void> {
    judge(world, office, &certify(office, n, world.now + 1_000), &certifiers(office, n))
}

/// Fills an owner's two offices up to its cap; the devices live 1000 s.
fn full(owner: &str, offices: [&str; 2], max: usize) -> World {
    let mut world = World::found();
    world.owner(owner);
    for office in offices {
        world.does(office, &nominate(office), &[admin_of(office)]);
    }
    for n in 0..max {
        let office = offices[n % 2];
        let n = u32::try_from(n).unwrap();
        world.does(office, &certify(office, n, world.now + 1_000), &certifiers(office, n));
    }
    world
}

#[test]
fn a_state_has_32_live_devices() {
    let offices = ["xa/operations/1", "xa/diplomatic/1"];
    let mut world = full("xa", offices, STATE_DEVICES_MAX);
    assert_eq!(certified(&world, offices[0], 99), Err(Void::Cap));
    assert_eq!(certified(&world, offices[1], 99), Err(Void::Cap), "of the State, not of the office");
    assert_eq!(certified(&world, offices[0], 0), Ok(()), "one of the 32, renewed");
    world.revoke(offices[0], 2, None);
    assert_eq!(certified(&world, offices[1], 99), Ok(()), "a revoked device frees its place");
    world.device(offices[1], 99);
    assert_eq!(certified(&world, offices[1], 98), Err(Void::Cap));
    world.advance(1_000);
    assert_eq!(certified(&world, offices[0], 98), Ok(()), "so do expired ones");
}

#[test]
fn an_expired_device_does_not_come_back_over_the_cap() {
    let offices = ["xa/operations/1", "xa/diplomatic/1"];
    let mut world = full("xa", offices, STATE_DEVICES_MAX);
    world.advance(1_000);
    for n in 100..100 + u32::try_from(STATE_DEVICES_MAX).unwrap() {
        world.device(offices[0], n);
    }
    assert_eq!(certified(&world, offices[0], 0), Err(Void::Cap));
}

#[test]
fn an_organization_has_16_live_devices() {
    let offices = ["org:aid/desk/1", "org:aid/desk/2"];
    let world = full("org:aid", offices, ORGANIZATION_DEVICES_MAX);
    assert_eq!(certified(&world, offices[0], 99), Err(Void::Cap));
    assert_eq!(certified(&world, offices[0], 0), Ok(()));
}

#[test]
fn a_network_has_100_organizations() {
    let mut world = World::found();
    let enrolled = |world: &World, owner: &str| {
        judge(world, owner, &enrol(owner), &["custodian 1", &format!("{owner} root 1")])
    };
    for n in 0..ORGANIZATIONS_MAX {
        assert_eq!(enrolled(&world, "org:last"), Ok(()));
        world.owner(&format!("org:o-{n}"));
    }
    assert_eq!(enrolled(&world, "org:last"), Err(Void::Cap));
    assert_eq!(enrolled(&world, "xa"), Ok(()), "States are not counted");
}
