//! Which defect is named when there are several? The first in the order of `docs/protocol.md` §5.7, down to the last.
//! It must never know how a step is done.

use liaison_keys::names::{HeaderHash, NetworkId};
use liaison_proto::envelope::Reason;
use liaison_proto::limits::REPLAY_KEPT_S;
use liaison_proto::recipients::ScopeUnresolved;
use liaison_proto::rights::NotEntitled;
use liaison_proto::scope::Scope;

use crate::forge::{LIVES_S, Press, Reader, content};
use crate::world::{World, name};

/// Everything that was signed is wrong at once; what is named is mended, and the next is named.
#[test]
fn the_first_defect_is_named() {
    let world = World::six_states();
    let right = || Press::new(&world, Scope::global([]));
    let (head, created_ms) = (right().claims.checkpoint.head, right().claims.created_ms);
    let mut press = right();
    press.network = NetworkId::new([9; 32]);
    press.claims.created_ms += 1_000_000;
    press.claims.checkpoint.note = b"no note".to_vec().into();
    press.claims.signer.1 = name("xa/diplomatic/1");
    press.claims.checkpoint.head = None;
    press.claims.scope = crate::forge::region(&["nowhere"], &[], false);
    press.claims.template = name("crisis-message/1");
    press.claims.body = vec![0xf6].into();
    let mut reader = Reader::new(&world).at(world.now + LIVES_S + REPLAY_KEPT_S + 1);
    reader.seen.insert(HeaderHash::of(&press.header_bytes()));

    assert_eq!(reader.refused(&press.delivery()), Reason::Signature);
    press.network = world.network();
    assert_eq!(reader.refused(&press.delivery()), Reason::Times);
    press.claims.created_ms = created_ms;
    assert_eq!(reader.refused(&press.delivery()), Reason::Checkpoint, "the note");
    press.claims.checkpoint.note = world.note().into();
    assert_eq!(reader.refused(&press.delivery()), Reason::Signer);
    press.claims.signer.1 = name(crate::forge::SENDER);
    assert_eq!(reader.refused(&press.delivery()), Reason::Checkpoint, "the head");
    press.claims.checkpoint.head = head;
    let nowhere = ScopeUnresolved::NoGroup(name("group:nowhere"));
    assert_eq!(reader.refused(&press.delivery()), Reason::Unresolved(nowhere));
    press.claims.scope = Scope::global([]);
    assert_eq!(reader.refused(&press.delivery()), Reason::Replay);
    reader.seen.clear();
    assert_eq!(reader.refused(&press.delivery()), Reason::TooOld);
    reader.now = world.now;
    assert_eq!(reader.refused(&press.delivery()), Reason::NotEntitled(NotEntitled::Scope));
    press.claims.template = name("general/1");
    assert!(matches!(reader.refused(&press.delivery()), Reason::Template(_)));
    press.claims.body = content("general/1", "{}").into();
    reader.verified(&press.delivery());
}
