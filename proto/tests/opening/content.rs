//! What is signed: its form, the signature over it, and at the end the sender's right to it and the template's rules.
//! It must never know how the signature was checked.

use liaison_keys::cbor;
use liaison_keys::cose::Sign1;
use liaison_keys::label::Label;
use liaison_keys::names::{Digest, HeaderHash, NetworkId};
use liaison_keys::signing::Device;
use liaison_proto::envelope::{Attachment, LeftOut, LeftOutReason, Reason};
use liaison_proto::message::Status;
use liaison_proto::receipt;
use liaison_proto::rights::NotEntitled;
use liaison_proto::scope::Scope;

use crate::forge::{Press, Reader, content, pad, region, to};
use crate::world::{World, device, key, name};

fn press(world: &World) -> Press {
    Press::new(world, to(&["xb/operations/1"]))
}

/// These bytes as claims, signed by the right key.
fn signed(press: &Press, payload: Vec<u8>) -> Vec<u8> {
    Sign1::sign(&press.key, &press.context(), payload).to_bytes()
}

#[test]
fn step_11_claims_in_one_spelling() {
    let world = World::six_states();
    let (press, reader) = (press(&world), Reader::new(&world));
    let refused = |signed: &[u8]| reader.refused(&press.delivery_of(&pad(signed)));
    let claims = cbor::encode(&press.claims);
    assert_eq!(claims[..2], [0xa7, 1], "seven claims");
    for bad in [
        vec![],
        claims[..claims.len() - 1].to_vec(),
        [claims.as_slice(), &[0]].concat(),
        // Claims 6 and 8 are never used, others are not known.
        [&[0xa8], &claims[1..], &[14, 0]].concat(),
        [&[0xa8, 0, 0], &claims[1..]].concat(),
        [&[0xbf], &claims[1..], &[0xff]].concat(),
    ] {
        assert_eq!(refused(&signed(&press, bad)), Reason::Claims);
    }
    assert_eq!(refused(b""), Reason::Claims, "no signature at all");
    assert_eq!(refused(&press.signed()[1..]), Reason::Claims, "not tagged");
    assert_eq!(refused(&[press.signed().as_slice(), &[0]].concat()), Reason::Claims);
}

#[test]
fn step_11_claims_within_their_limits() {
    let world = World::six_states();
    let reader = Reader::new(&world);
    let refused = |spoil: &dyn Fn(&mut Press)| {
        let mut press = press(&world);
        spoil(&mut press);
        reader.refused(&press.delivery())
    };
    let attachment = Attachment {
        name: "a.txt".into(),
        media_type: "text/plain".into(),
        size: 1,
        ciphertext: [1; 32],
        key: [2; 32],
    };
    let left_out = |n: u8| LeftOut {
        device: liaison_keys::names::DeviceId::new([n; 16]),
        reason: LeftOutReason::NoPrekey,
    };
    assert_eq!(refused(&|press| press.claims.attachments = Some(vec![])), Reason::Claims);
    assert_eq!(
        refused(&|press| press.claims.attachments = Some(vec![attachment.clone(); 11])),
        Reason::Claims
    );
    assert_eq!(refused(&|press| press.claims.left_out = Some(vec![])), Reason::Claims);
    assert_eq!(
        refused(&|press| press.claims.left_out = Some(vec![left_out(2), left_out(1)])),
        Reason::Claims
    );
    assert_eq!(
        refused(&|press| press.claims.left_out = Some(vec![left_out(1), left_out(1)])),
        Reason::Claims
    );
    assert_eq!(refused(&|press| press.claims.checkpoint.note = vec![b'a'; 8_193].into()), Reason::Claims);
    assert_eq!(refused(&|press| press.claims.body = vec![0; 256 * 1024 + 1].into()), Reason::Claims);
}

#[test]
fn step_13_signature() {
    let world = World::six_states();
    let (mut press, reader) = (press(&world), Reader::new(&world));
    let context =
        |network, status: Status| Label::message_context(network, status as u8, &press.header_bytes());
    let under = |context| Sign1::sign(&press.key, &context, cbor::encode(&press.claims)).to_bytes();
    let refused = |signed: &[u8]| reader.refused(&press.delivery_of(&pad(signed)));
    let here = world.network();
    assert_eq!(reader.verified(&press.delivery_of(&pad(&under(context(here, Status::Exercise))))).counter, 7);
    assert_eq!(refused(&under(context(NetworkId::new([9; 32]), Status::Exercise))), Reason::Signature);
    assert_eq!(refused(&under(context(here, Status::Actual))), Reason::Signature);
    assert_eq!(refused(&under(Label::Statement.context(here))), Reason::Signature, "for another purpose");
    let other_header = Label::message_context(here, Status::Exercise as u8, b"another header");
    assert_eq!(refused(&under(other_header)), Reason::Signature);
    let mut changed = press.signed();
    *changed.last_mut().unwrap() ^= 1;
    assert_eq!(refused(&changed), Reason::Signature);
    press.key = key::<Device>("xa/diplomatic/1 signing 1");
    assert_eq!(reader.refused(&press.delivery()), Reason::Signature, "another device's key");
}

/// A recipient takes what was signed for it and seals it again, to somebody else, in an envelope of its own.
#[test]
fn step_13_a_signature_stays_in_its_envelope() {
    let world = World::six_states();
    let original = press(&world);
    let mut other = press(&world);
    other.header.id = liaison_keys::names::EnvelopeId::new([0x22; 16]);
    other.header.commitment = other.content_key.commitment(other.header.id);
    let lifted = other.delivery_of(&pad(&original.signed()));
    assert_eq!(Reader::new(&world).refused(&lifted), Reason::Signature);
}

#[test]
fn step_13_an_exercise_does_not_open_as_real() {
    let world = World::six_states();
    let mut press = press(&world);
    let as_exercise = press.context();
    press.claims.status = Status::Actual;
    let signed = Sign1::sign(&press.key, &as_exercise, cbor::encode(&press.claims)).to_bytes();
    assert_eq!(Reader::new(&world).refused(&press.delivery_of(&pad(&signed))), Reason::Signature);
}

#[test]
fn step_21_rights() {
    let world = World::six_states();
    let reader = Reader::new(&world);
    let refused = |by: &str, template: &str, scope: Scope| {
        let mut press = Press::by(&world, (by, 1), scope);
        press.claims.template = name(template);
        press.claims.body = content(template, "{}").into();
        reader.refused(&press.delivery())
    };
    let kind = Reason::NotEntitled(NotEntitled::Kind);
    let wide = Reason::NotEntitled(NotEntitled::Scope);
    let custodian = "org:custodian/secretariat/1";
    let (coordinator, elsewhere) = ("org:xr-north/coordinator/1", "org:xr-south/coordinator/1");
    assert_eq!(refused("xa/operations/1", "crisis-message/1", Scope::global([])), wide);
    assert_eq!(refused("xa/operations/1", "crisis-message/9", Scope::global([])), wide, "a newer version");
    assert_eq!(refused("xa/operations/1", "receipt/9", Scope::global([])), wide, "a newer receipt");
    assert_eq!(refused(custodian, "incident-notification/1", to(&["xb/operations/1"])), kind);
    assert_eq!(refused(custodian, "no-such-kind/1", to(&["xb/operations/1"])), kind);
    assert_eq!(refused(coordinator, "comm-check/1", Scope::global([])), wide);
    let north = region(&["xr-north"], &[], false);
    assert_eq!(refused(elsewhere, "comm-check/1", north), Reason::NotEntitled(NotEntitled::Group));
}

#[test]
fn step_21_receipts_go_to_named_offices_only() {
    let world = World::six_states();
    let mut press = Press::new(&world, Scope::global([]));
    press.claims.template = name("receipt/1");
    let hh = HeaderHash::new([1; 32]);
    let line = receipt::DeviceReceipt { hh, state: receipt::DeviceState::Delivered, time_ms: 1 };
    press.claims.body = receipt::encode(vec![line]).into();
    let refused = Reader::new(&world).refused(&press.delivery());
    assert_eq!(refused, Reason::NotEntitled(NotEntitled::Scope));
}

#[test]
fn step_22_template() {
    let world = World::six_states();
    let reader = Reader::new(&world);
    let refused = |template: &str, body: &[u8]| {
        let mut press = press(&world);
        press.claims.template = name(template);
        press.claims.body = body.to_vec().into();
        match reader.refused(&press.delivery()) {
            Reason::Template(says) => says,
            other => panic!("{other:?}"),
        }
    };
    // {0: {}, 1: {"text": 1}}
    let number_for_text = [0xa2, 0, 0xa0, 1, 0xa1, 0x64, b't', b'e', b'x', b't', 1];
    assert!(refused("general/1", &number_for_text).starts_with("text: found a number"));
    assert_eq!(refused("general/1", &[0xf6]), "not the expected CBOR structure");
    assert_eq!(refused("general/1", &[0xa2, 0x18, 0, 0xa0, 1, 0xa0]), "not in deterministic form");
    assert_eq!(refused("receipt/1", &receipt::encode(vec![])), "receipts");
    assert_eq!(refused("receipt/1", &[0xa2, 0, 0xa0, 1, 0xa0]), "receipts");
}

#[test]
fn unknown_kinds_and_fields_are_kept() {
    let world = World::six_states();
    let reader = Reader::new(&world);
    let mut press = press(&world);
    press.claims.template = name("early-warning/3");
    press.claims.body = content("early-warning/3", r#"{"colour":"red"}"#).into();
    let message = reader.verified(&press.delivery());
    let liaison_proto::envelope::Payload::Content(content) = &message.payload else { panic!() };
    assert_eq!(content.own().text("colour"), Some("red"));
    assert!(content.definition().is_none());
    assert_eq!(Digest::of(&message.proof.0).as_bytes(), message.hh.as_bytes());
    assert_eq!(message.device, device("xa/operations/1", 1));
}
