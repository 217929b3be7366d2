//! Which invitations and foundings do not count? It must never know statements beyond the genesis.

use liaison_keys::cbor;
use liaison_keys::cose::Sign;
use liaison_keys::directory::founding::Founding;
use liaison_keys::directory::invitation::{INVITATION_LIVES_S_MAX, Invitation};
use liaison_keys::label::Label;
use liaison_keys::names::NetworkId;
use liaison_keys::signing::{Authority, SecretKey};

use super::kit::{Bad, Base};
use super::raw;
use crate::samples::{Sample, find};
use crate::world::{key, name, public};

const ELSEWHERE: NetworkId = NetworkId::new([7; 32]);

pub(super) fn files(samples: &[Sample]) -> Vec<Bad> {
    let mut files = invitations(samples);
    files.extend(foundings(samples));
    files
}

fn number(sample: &Sample, input: &str) -> u64 {
    sample.inputs[input].parse().unwrap()
}

fn network(sample: &Sample) -> NetworkId {
    sample.inputs["network"].parse().unwrap()
}

fn invitations(samples: &[Sample]) -> Vec<Bad> {
    let sample = find(samples, "invitation");
    let (network, ends) = (network(sample), number(sample, "ends"));
    let base = Base::vector(sample, "invitation", &["network", "seed of custodian 1"]);
    let base = base.with("m", 1).with("now", ends - 60);
    let one = Invitation { key: public("invited transport"), owner: name("xc"), ends };
    let custodians = ["custodian 1", "custodian 2"].map(key::<Authority>);
    let [first, second] = &custodians;
    let other = key::<Authority>("custodian 2").expose_seed();
    let two = base.of(one.sign(network, &[first, second]));
    let two = two.with("m", 2).with("seed of custodian 2", hex::encode(other.as_slice()));
    let signed = |payload: Vec<u8>, label: Label, network, by: &[&SecretKey<Authority>]| {
        let mut signed = Sign::unsigned(payload);
        by.iter().for_each(|key| signed.add(key, &label.context(network)));
        signed.to_bytes()
    };
    let parts = raw::parts(&cbor::encode(&one));
    let with = |at: usize, to: Vec<u8>| {
        signed(raw::array(&raw::changed(&parts, at, to)), Label::Invite, network, &[first])
    };
    let stranger = key::<Authority>("stranger");
    let both = raw::parts(&two.bytes);
    let signatures = raw::parts(&both[3]);
    let ordered = |signatures: &[Vec<u8>]| raw::tagged(&raw::changed(&both, 3, raw::array(signatures)));
    let bad = |base: &Base, name: &str, error: &str, about: &str, changed: &str, bytes: Vec<u8>| {
        base.bad(&format!("invitation-{name}"), error, about, bytes).changed(changed)
    };
    let payload = cbor::encode(&one);
    vec![
        bad(
            &base,
            "signed-by-a-stranger",
            "signature",
            "Signed by nobody of the custodian.",
            "The signer.",
            one.sign(network, &[&stranger]),
        ),
        bad(
            &base,
            "signed-by-one-more",
            "signature",
            "Signed by the custodian, and by a stranger too.",
            "One signature more.",
            one.sign(network, &[first, &stranger]),
        ),
        bad(
            &two,
            "signed-by-too-few",
            "signature",
            "One signature where two must sign.",
            "The second signature is missing.",
            one.sign(network, &[first]),
        ),
        bad(
            &two,
            "signatures-unsorted",
            "signature",
            "The signatures in descending order of their kids.",
            "The two signatures in the other order.",
            ordered(&[signatures[1].clone(), signatures[0].clone()]),
        )
        .section("2.2"),
        bad(
            &two,
            "signed-twice-by-one",
            "signature",
            "One key's signature twice where two keys must sign.",
            "The first signature twice, the second none.",
            ordered(&[signatures[0].clone(), signatures[0].clone()]),
        ),
        bad(
            &base,
            "of-another-network",
            "signature",
            "Signed for another network.",
            "The network in the context.",
            one.sign(ELSEWHERE, &[first]),
        ),
        bad(
            &base,
            "under-another-label",
            "signature",
            "Signed as if it were a statement.",
            "The label in the context.",
            signed(payload, Label::Statement, network, &[first]),
        ),
        bad(
            &base,
            "key-short",
            "malformed",
            "A transport key of 31 bytes.",
            "The key without its last byte; signed again.",
            with(0, raw::bytes(&[7; 31])),
        ),
        bad(
            &base,
            "owner-malformed",
            "malformed",
            "An owner in capitals.",
            "The owner: XC; signed again.",
            with(1, raw::text("XC")),
        ),
        bad(
            &base,
            "for-an-office",
            "malformed",
            "An office where an owner belongs.",
            "The owner: xc/operations/1; signed again.",
            with(1, raw::text("xc/operations/1")),
        ),
        base.bad("invitation-ended", "time", "It has ended, to the second.", base.bytes.clone())
            .given("now", ends),
        base.bad(
            "invitation-too-long",
            "time",
            "It would live a second longer than 30 days.",
            base.bytes.clone(),
        )
        .given("now", ends - INVITATION_LIVES_S_MAX - 1),
    ]
}

fn foundings(samples: &[Sample]) -> Vec<Bad> {
    let sample = find(samples, "founding");
    let taken = number(sample, "taken at");
    let base = Base::vector(sample, "founding", &[]).with("taken at", taken);
    let network = network(sample);
    let parts = raw::parts(&base.bytes);
    let (genesis, invitation) = (raw::inside(&parts[1]), raw::inside(&parts[2]));
    let custodian = key::<Authority>("custodian 1");
    let invite = |owner: &str, network, by: &SecretKey<Authority>, ends| {
        let one = Invitation { key: public("invited transport"), owner: name(owner), ends };
        one.sign(network, &[by])
    };
    let ends = number(sample, "ends");
    let with = |invitation: Vec<u8>| Founding::encode(genesis.clone(), invitation);
    let statement = |name: &str| Founding::encode(find(samples, name).bytes.clone(), invitation.clone());
    let spoilt = raw::flipped(&genesis, genesis.len() - 1);
    let bad = |name: &str, error: &str, about: &str, changed: &str, bytes: Vec<u8>| {
        base.bad(&format!("founding-{name}"), error, about, bytes).changed(changed)
    };
    vec![
        bad(
            "mark-of-version-2",
            "malformed",
            "Another mark in front.",
            "The mark: `liaison-v2 founding`.",
            raw::array(&raw::changed(&parts, 0, raw::text("liaison-v2 founding"))),
        ),
        bad(
            "without-invitation",
            "malformed",
            "Nobody is invited.",
            "The third part is missing.",
            raw::array(&parts[..2]),
        ),
        bad(
            "statement-not-genesis",
            "malformed",
            "An enrolment where the genesis belongs.",
            "The statement: statement-04-enrol.",
            statement("statement-04-enrol"),
        ),
        bad(
            "genesis-signature-changed",
            "genesis",
            "A genesis that founds nothing: one signature does not verify.",
            "The genesis' last byte.",
            Founding::encode(spoilt, invitation.clone()),
        ),
        bad(
            "invitation-for-a-state",
            "not-for-custodian",
            "The first invitation is for a State.",
            "The invitation's owner: xa; signed again.",
            with(invite("xa", network, &custodian, ends)),
        ),
        bad(
            "invitation-by-a-stranger",
            "invitation",
            "The custodian did not sign the invitation.",
            "The invitation's signer.",
            with(invite("org:custodian", network, &key("stranger"), ends)),
        ),
        bad(
            "invitation-of-another-network",
            "invitation",
            "The invitation is another network's.",
            "The network in the invitation's context.",
            with(invite("org:custodian", ELSEWHERE, &custodian, ends)),
        ),
        bad(
            "invitation-ended",
            "invitation",
            "The invitation has ended when it is taken.",
            "The invitation's end; signed again.",
            with(invite("org:custodian", network, &custodian, taken)),
        ),
        base.bad(
            "founding-taken-too-late",
            "genesis",
            "Taken when the genesis has lapsed, seven days after it was made.",
            base.bytes.clone(),
        )
        .given("taken at", taken + 7 * 86_400),
    ]
}
