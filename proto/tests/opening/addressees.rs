//! Was it sealed to exactly those whom its scope means? Wrapped ∪ left out = recomputed, disjoint. Step 18.
//! It must never know what was said.

use liaison_proto::envelope::{LeftOutReason, Reason, WrapsMark};
use liaison_proto::recipients::ScopeUnresolved;
use liaison_proto::scope::Scope;

use crate::forge::{Press, Reader, region, to};
use crate::world::{World, define_group, device, name};

const XC: &str = "xc/operations/1";

fn both(world: &World) -> Press {
    Press::new(world, to(&["xb/operations/1", XC]))
}

#[test]
fn step_18_one_too_many() {
    let world = World::six_states();
    let mut press = both(&world);
    press.wrapped.insert(device("xd/operations/1", 1));
    assert_eq!(Reader::new(&world).refused(&press.delivery()), Reason::Recipients);
    // To a stranger whom the scope does not mean, in a message that means others.
    press.wrapped = both(&world).wrapped;
    press.mark = Some(WrapsMark::of(&press.wrapped));
    let outsider = Reader::of(&world, "xd/operations/1");
    assert_eq!(outsider.refused(&press.delivery_to(device("xd/operations/1", 1))), Reason::Recipients);
}

#[test]
fn step_18_the_signer_is_nobodys_recipient() {
    let world = World::six_states();
    let mut press = both(&world);
    press.wrapped.insert(device("xa/operations/1", 1));
    assert_eq!(Reader::new(&world).refused(&press.delivery()), Reason::Recipients);
}

#[test]
fn step_18_one_too_few() {
    let world = World::six_states();
    let mut press = both(&world);
    press.wrapped.remove(&device(XC, 1));
    assert_eq!(Reader::new(&world).refused(&press.delivery()), Reason::Recipients, "and not said");
    let said = both(&world).leave_out(device(XC, 1), LeftOutReason::NoPrekey);
    let message = Reader::new(&world).verified(&said.delivery());
    assert_eq!(message.left_out[0].reason, LeftOutReason::NoPrekey);
    assert_eq!(message.devices, [device("xb/operations/1", 1)].into());
}

#[test]
fn step_18_the_senders_own_office_is_part_of_it() {
    let mut world = World::six_states();
    world.device("xa/operations/1", 2);
    let mut press = both(&world);
    assert!(press.wrapped.remove(&device("xa/operations/1", 2)), "its other device");
    assert_eq!(Reader::new(&world).refused(&press.delivery()), Reason::Recipients);
}

#[test]
fn step_18_left_out_though_nobody_meant_it() {
    let world = World::six_states();
    let press = both(&world).leave_out(device("xd/operations/1", 1), LeftOutReason::EndedSince);
    assert_eq!(Reader::new(&world).refused(&press.delivery()), Reason::Recipients);
}

#[test]
fn step_18_left_out_and_sealed_to_all_the_same() {
    let world = World::six_states();
    let mut press = both(&world).leave_out(device(XC, 1), LeftOutReason::EndedSince);
    press.wrapped.insert(device(XC, 1));
    assert_eq!(Reader::new(&world).refused(&press.delivery()), Reason::Recipients);
    // Also when it is the reader itself.
    let mut press = both(&world).leave_out(device("xb/operations/1", 1), LeftOutReason::EndedSince);
    press.wrapped.insert(device("xb/operations/1", 1));
    assert_eq!(Reader::new(&world).refused(&press.delivery()), Reason::Recipients);
}

#[test]
fn step_18_a_mark_of_other_wraps() {
    let world = World::six_states();
    let mut press = both(&world);
    press.mark = Some(WrapsMark::of(&[device("xb/operations/1", 1)].into()));
    assert_eq!(Reader::new(&world).refused(&press.delivery()), Reason::Recipients);
}

#[test]
fn step_18_unresolved_scopes_fail_closed() {
    let mut world = World::six_states();
    world.does("group:xr-north", &define_group(None), &["custodian 1"]);
    let refused = |scope: Scope| {
        let mut press = Press::new(&world, scope);
        press.wrapped = [device("xb/operations/1", 1)].into();
        match Reader::new(&world).refused(&press.delivery()) {
            Reason::Unresolved(why) => why,
            other => panic!("{other:?}"),
        }
    };
    let unknown = to(&["xb/operations/1", "xb/technical/1"]);
    assert_eq!(refused(unknown), ScopeUnresolved::NoOffice(name("xb/technical/1")));
    let ended = region(&["xr-north", "xr-south"], &[], false);
    assert_eq!(refused(ended), ScopeUnresolved::NoGroup(name("group:xr-north")));
    let nowhere = region(&["nowhere"], &[], false);
    assert_eq!(refused(nowhere), ScopeUnresolved::NoGroup(name("group:nowhere")));
    let nobody = Scope::global([liaison_keys::directory::Category::Policy]);
    assert_eq!(refused(nobody), ScopeUnresolved::Nobody);
}
