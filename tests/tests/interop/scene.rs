//! Which fresh network do both sides meet in? Random offices, devices, times and words, from the trial's seed.
//! It must never know who opens and who makes.

use liaison_keys::directory::{Category, MemberStatus};
use liaison_keys::names::{DeviceId, Digest, OfficeId};
use liaison_keys::prekey::Slot;
use liaison_proto::scope::Scope;
use rand_chacha::ChaCha20Rng;
use rand_core::Rng as _;
use serde_json::{Value, json};

use crate::forge::{region, to};
use crate::world::{World, certifiers, certify, device, group_member, name};

/// Who signs, in every scene.
pub(crate) const SENDER: &str = "xa/operations/1";

/// A number from 0 to below `end`.
pub(crate) fn below(entropy: &mut ChaCha20Rng, end: u64) -> u64 {
    entropy.next_u64() % end
}

/// Six States and two regions; offices with a second device, of which some were renewed, retired, reported stolen, or
/// have run out; an office of the category *single*; a member of a region that was suspended.
pub(crate) fn network(entropy: &mut ChaCha20Rng) -> World {
    let mut world = World::six_states();
    world.device("xb/operations/1", 2).device(SENDER, 2);
    for state in ["xc", "xd", "xe"] {
        let office = format!("{state}/{}/1", ["diplomatic", "operations"][below(entropy, 2) as usize]);
        world.advance(below(entropy, 3_600)).device(&office, 2);
        let stolen = world.now;
        match below(entropy, 3) {
            0 => _ = world.advance(60).revoke(&office, 1, None),
            1 => _ = world.advance(60).revoke(&office, 2, Some(stolen)),
            _ => _ = world.advance(60).device(&office, 1),
        }
    }
    let ends = world.now + 3_600;
    for office in ["xb/diplomatic/1", "xa/diplomatic/1"] {
        world.does(office, &certify(office, 2, ends), &certifiers(office, 2));
    }
    world.advance(60).device("xb/diplomatic/1", 2).office("xf/single/1");
    let suspended = group_member("xf", MemberStatus::Suspended);
    world.does("group:xr-south", &suspended, &["org:xr-south admin"]);
    world.advance(3_600 + below(entropy, 6 * 3_600));
    world
}

/// Each kind of scope, with the array that stands for it in JSON.
pub(crate) fn scopes() -> [(Scope, Value); 6] {
    [
        (to(&["xb/operations/1"]), json!([1, ["xb/operations/1"]])),
        (
            to(&["xb/operations/1", "xf/single/1", "org:custodian/secretariat/1"]),
            // Shorter names come first.
            json!([1, ["xf/single/1", "xb/operations/1", "org:custodian/secretariat/1"]]),
        ),
        (
            region(&["xr-north", "xr-south"], &[Category::Operations], false),
            json!([2, ["group:xr-north", "group:xr-south"], [3], false]),
        ),
        (region(&["xr-north"], &[], true), json!([2, ["group:xr-north"], [], true])),
        (Scope::global([]), json!([3, []])),
        (Scope::global([Category::Diplomatic]), json!([3, [0]])),
    ]
}

/// Which office's n-th device this is.
pub(crate) fn holder(world: &World, id: DeviceId) -> (String, u32) {
    let offices = world.directory().now(world.now).offices().map(|(office, _)| office.to_string());
    let mut devices = offices.flat_map(|office| (1..=3).map(move |n| (office.clone(), n)));
    devices.find(|(office, n)| device(office, *n) == id).unwrap()
}

/// What both verbs say of the directory.
pub(crate) fn log_of(world: &World) -> Value {
    let entries: Vec<String> = world.entries().iter().map(hex::encode).collect();
    json!({ "network": world.network().to_string(), "entries": entries })
}

/// The seed of an office's n-th device's prekey.
pub(crate) fn prekey_seed(office: &str, n: u32, slot: Slot) -> String {
    Digest::of(format!("{office} prekey {n} {slot:?}").as_bytes()).to_string()
}

/// A request to open a delivery as the n-th device of an office, with both prekeys.
pub(crate) fn opening(world: &World, (office, n): (&str, u32), delivery: &[u8]) -> Value {
    let mut request = log_of(world);
    request["device"] = device(office, n).to_string().into();
    let seeds = [Slot::Current, Slot::Fallback].map(|slot| prekey_seed(office, n, slot));
    request["seeds"] = json!(seeds);
    request["now"] = world.now.into();
    request["delivery"] = hex::encode(delivery).into();
    request
}

/// Lengths of texts, in characters: in the least body, around its end, and in several steps of the padding.
pub(crate) const LENGTHS: [usize; 10] = [1, 1_100, 1_700, 2_000, 2_500, 3_300, 6_000, 9_000, 14_000, 20_000];

/// A text of this many characters, of alphabets that take one to four bytes a character.
pub(crate) fn words(entropy: &mut ChaCha20Rng, chars: usize) -> String {
    const ALPHABET: [char; 12] = ['a', 'Z', ' ', '"', '\\', 'é', 'ß', 'Ж', '中', 'ع', '🕊', '.'];
    let middle = (1..chars).map(|_| ALPHABET[below(entropy, ALPHABET.len() as u64) as usize]);
    middle.chain(['.']).collect()
}

/// A short text.
pub(crate) fn some_words(entropy: &mut ChaCha20Rng) -> String {
    let chars = 1 + below(entropy, 200) as usize;
    words(entropy, chars)
}

/// All devices of all offices that are live now, with their holders.
pub(crate) fn everybody(world: &World) -> Vec<(String, u32)> {
    let at = world.directory().now(world.now);
    let offices: Vec<OfficeId> = at.offices().map(|(office, _)| office.clone()).collect();
    let devices = offices.iter().flat_map(|office| (1..=2).map(move |n| (office.to_string(), n)));
    devices.filter(|(office, n)| at.contact(name(&device(office, *n).to_string())).is_some()).collect()
}
