//! What if a State's certified device misbehaves? Its envelopes go through the real relay; what that refuses, the host
//! passes on all the same. It must never know what a station checks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use liaison_keys::body::ContentKey;
use liaison_keys::cbor;
use liaison_keys::directory::Body;
use liaison_keys::directory::body::{Certify, Revoke};
use liaison_keys::names::{DeviceId, HeaderHash, NetworkId, OfficeId, Subject};
use liaison_proto::Lane;
use liaison_proto::envelope::{LeftOut, LeftOutReason, WrapsMark};
use liaison_proto::frame::Frame;
use liaison_proto::limits::DAY_S;
use liaison_proto::message::Status;
use liaison_proto::receipt::{self, DeviceReceipt, DeviceState};
use liaison_proto::scope::Scope;
use liaison_tests::hostile::mailbox::Parcel;
use liaison_tests::hostile::parts::Parts;
use liaison_tests::hostile::{Behaviour, Heard};
use tokio::task::JoinSet;

use crate::fork::Fork;
use crate::pen::{Pen, Talk, content, hh, mark_as_listed, to};
use crate::row::{AT_ONCE, differences};
use crate::scene::{BYSTANDER, Founded, SENDER, Scene, VICTIM};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_hostile_sender_makes() {
    let founded = Founded::shared().await;
    let mut undisturbed = BTreeMap::new();
    for prelude in FORGERIES.iter().map(|forgery| forgery.prelude).collect::<BTreeSet<_>>() {
        undisturbed.insert(prelude, run(Arc::clone(&founded), prelude, |_, _| vec![]).await);
    }
    let (undisturbed, mut playing, mut wrong) = (Arc::new(undisturbed), JoinSet::new(), Vec::new());
    for forgery in FORGERIES {
        if playing.len() >= AT_ONCE {
            wrong.extend(playing.join_next().await.unwrap().unwrap());
        }
        let (founded, undisturbed) = (Arc::clone(&founded), Arc::clone(&undisturbed));
        playing.spawn(async move {
            let disturbed = run(founded, forgery.prelude, forgery.forge).await;
            forgery.compare(&undisturbed[&forgery.prelude], disturbed)
        });
    }
    while let Some(compared) = playing.join_next().await {
        wrong.extend(compared.unwrap());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a hostile sender makes, and all that comes of it.
pub struct Forgery {
    /// In words.
    pub does: &'static str,
    /// What went before.
    prelude: Prelude,
    /// Makes it from a right message.
    forge: fn(&Scene, Pen) -> Vec<Act>,
    /// What is there that would not be there without it; the first line is its reason. Nothing is ever missing.
    pub more: &'static [&'static str],
    /// Why another may have the same reason.
    pub shares: Option<&'static str>,
}

/// What the sender does.
enum Act {
    /// Posts this.
    Post(Vec<u8>),
    /// Says this in the directory.
    Say(Vec<u8>),
}

/// What went before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Prelude {
    /// Nothing.
    Nothing,
    /// The sender's device was retired.
    Retired,
    /// The sender's device was reported stolen.
    Stolen,
    /// Eight days in which the sender's station did not look at the directory.
    Asleep,
}

impl Forgery {
    /// This forgery, with no effect at all.
    const fn new(does: &'static str, forge: fn(&Scene, Pen) -> Vec<Act>) -> Self {
        Self { does, prelude: Prelude::Nothing, forge, more: &[], shares: None }
    }

    /// After this.
    const fn after(self, prelude: Prelude) -> Self {
        Self { prelude, ..self }
    }

    /// What is there.
    const fn ends(self, more: &'static [&'static str]) -> Self {
        Self { more, ..self }
    }

    /// Why another may have the same reason.
    const fn shares(self, why: &'static str) -> Self {
        Self { shares: Some(why), ..self }
    }

    fn compare(&self, undisturbed: &[String], disturbed: Vec<String>) -> Option<String> {
        let (more, less) = differences(undisturbed, disturbed);
        let mut expected: Vec<&str> = self.more.to_vec();
        expected.sort_unstable();
        let right = more == expected && less.is_empty();
        (!right).then(|| format!("{}\n  more: {more:#?}\n  less: {less:#?}", self.does))
    }
}

async fn run(founded: Arc<Founded>, prelude: Prelude, forge: fn(&Scene, Pen) -> Vec<Act>) -> Vec<String> {
    let mut scene = Scene::raise(&founded).await;
    scene.private_message().await;
    let before = scene.letter("xb/diplomatic/1", "before");
    scene.seal(&before, "before").await;
    scene.sessions(&[SENDER]).await;
    let mut talk = Talk::begin(&scene).await.unwrap();
    let mut pen = Pen::new(&scene, &mut talk).await;
    talk.end().await;
    prelude.play(&mut scene).await;
    pen.date(scene.time.now_ms());
    let acts = forge(&scene, pen);
    act(&mut scene, acts).await;
    if prelude == Prelude::Nothing {
        let after = scene.letter("xb/diplomatic/1", "after");
        scene.seal(&after, "after").await;
        scene.sessions(&[SENDER]).await;
    }
    scene.sessions(&[VICTIM, VICTIM]).await;
    scene.settle().await;
    scene.end().await
}

impl Prelude {
    async fn play(self, scene: &mut Scene) {
        // What was made in the same second as a revocation was made too late.
        scene.time.pass(60);
        let now = scene.time.now_ms() / 1000;
        match self {
            Self::Nothing => {}
            Self::Retired => scene.revoke_sender(None).await,
            Self::Stolen => scene.revoke_sender(Some(now)).await,
            Self::Asleep => scene.time.pass(8 * DAY_S.cast_signed()),
        }
        scene.time.pass(60);
        scene.sessions(&[VICTIM, BYSTANDER]).await;
    }
}

impl Scene {
    async fn revoke_sender(&mut self, compromised_since: Option<u64>) {
        let mut online = self.connect(SENDER).await.unwrap();
        let station = self.station(SENDER);
        let body = Body::Revoke(Revoke { device: station.device().unwrap(), compromised_since });
        let office: OfficeId = "xa/diplomatic/1".parse().unwrap();
        let statement = station.statement(Subject::Office(office), &body).unwrap();
        // The relay shuts the door in the same moment, so that the answer may not come.
        let _ = online.submit(station, &statement).await;
    }
}

impl Pen {
    /// Made now.
    fn date(&mut self, now_ms: u64) {
        let lives = self.header.expires - self.header.created;
        self.claims.created_ms = now_ms / 1000 * 1000 + 250;
        self.header.created = now_ms / 1000;
        self.header.expires = self.header.created + lives;
    }

    /// Made so many seconds earlier or later.
    fn moved(mut self, seconds: i64) -> Self {
        self.header.created = self.header.created.saturating_add_signed(seconds);
        self.header.expires = self.header.expires.saturating_add_signed(seconds);
        self.claims.created_ms = self.claims.created_ms.saturating_add_signed(seconds * 1000);
        self
    }

    fn posts(&self) -> Vec<Act> {
        vec![Act::Post(self.post())]
    }
}

/// Through the real relay as long as it lets the device in; what it does not take, the host delivers.
async fn act(scene: &mut Scene, acts: Vec<Act>) {
    let mut talk = Talk::begin(scene).await;
    let mut refused = Vec::new();
    for act in acts {
        match (act, &mut talk) {
            (Act::Post(post), Some(talk)) => {
                scene.names.set(hh(&post), "forged");
                let bytes = post.clone().into();
                let answer = talk.ask(|id| Frame::Post { id, lane: Lane::Routine, post: bytes }).await;
                if let Frame::Refused { code, .. } = answer {
                    scene.ended(SENDER, format!("the relay refuses the post: {code:?}"));
                    refused.push(post);
                }
            }
            (Act::Post(post), None) => {
                scene.names.set(hh(&post), "forged");
                refused.push(post);
            }
            (Act::Say(statement), Some(talk)) => {
                let answer = talk.ask(|id| Frame::Submit { id, statement: statement.into() }).await;
                if let Frame::Refused { code, .. } = answer {
                    scene.ended(SENDER, format!("the relay refuses the statement: {code:?}"));
                }
            }
            (Act::Say(_), None) => {}
        }
    }
    if let Some(talk) = talk {
        talk.end().await;
    }
    let to = [VICTIM, BYSTANDER].map(|name| (name, scene.stations[name].device().unwrap()));
    scene.host.behave(delivers(&refused, to));
}

/// The wraps of these posts for these stations, beside what waits for them when they next pull.
fn delivers(posts: &[Vec<u8>], to: [(&'static str, DeviceId); 2]) -> Behaviour {
    let mut parcels: BTreeMap<&'static str, Vec<Parcel>> = BTreeMap::new();
    for (name, device) in to {
        let all = posts.iter().flat_map(|post| Parts::of_post(post));
        let mut ours: Vec<Parts> = all.filter(|parts| parts.device == device).collect();
        ours.dedup();
        let parcel =
            |parts: Parts| Parcel { sequence: None, lane: Lane::Routine, delivery: parts.delivery() };
        parcels.insert(name, ours.into_iter().map(parcel).collect());
    }
    Box::new(move |heard, wire| match heard {
        Heard::Relay(Frame::Pulled { id, waiting }) => {
            let parcels = parcels.remove(wire.station()).unwrap_or_default();
            wire.to_station(Frame::Pulled { id, waiting: waiting + parcels.len() as u64 });
            parcels.into_iter().for_each(|parcel| wire.deliver(parcel.lane, parcel.delivery));
        }
        heard => wire.pass(heard),
    })
}

pub const FORGERIES: &[Forgery] = &[
    Forgery::new("puts another content key into the victim's wrap", |_, mut pen| {
        pen.victims_key = Some(ContentKey::new([9; 32]));
        pen.posts()
    })
    .ends(&[
        "xb set forged aside: commitment",
        "xa says xc/diplomatic/1 receipted nothing of ours",
        "xc has forged: Actual from xa/diplomatic/1",
        "xc keys of xa/diplomatic/1: newest, its own true",
        "xc receipted forged",
    ]),
    Forgery::new("seals to the victim alone what names the bystander too", |_, mut pen| {
        pen.wrapped = vec![pen.devices[1]];
        pen.posts()
    })
    .ends(&["xb set forged aside: recipients"])
    .shares("a hash over the addressees fits or not; whom it lacks it cannot say"),
    Forgery::new("seals to the bystander too what names the victim alone", |_, mut pen| {
        pen.claims.scope = to(&["xb/diplomatic/1"]);
        pen.posts()
    })
    .ends(&["xb set forged aside: recipients", "xc set forged aside: recipients"])
    .shares("a hash over the addressees fits or not; whom it lacks it cannot say"),
    Forgery::new("says that the bystander is left out, who is not", |_, mut pen| {
        pen.claims.left_out = Some(vec![LeftOut { device: pen.devices[2], reason: LeftOutReason::NoPrekey }]);
        pen.posts()
    })
    .ends(&["xb set forged aside: recipients", "xc set forged aside: recipients"])
    .shares("a hash over the addressees fits or not; whom it lacks it cannot say"),
    Forgery::new("says that somebody is left out who was not meant", |_, mut pen| {
        pen.claims.left_out =
            Some(vec![LeftOut { device: DeviceId::new([9; 16]), reason: LeftOutReason::NoPrekey }]);
        pen.posts()
    })
    .ends(&["xb set forged aside: recipients", "xc set forged aside: recipients"])
    .shares("a hash over the addressees fits or not; whom it lacks it cannot say"),
    Forgery::new("marks the victim alone and seals to the bystander too", |_, mut pen| {
        pen.claims.scope = to(&["xb/diplomatic/1"]);
        pen.mark = Some(WrapsMark::of(&[pen.devices[1]].into()));
        pen.posts()
    })
    .ends(&[
        "xa ends: the relay refuses the post: Malformed",
        "xb has forged: Actual from xa/diplomatic/1",
        "xb receipted forged",
        "xc set forged aside: recipients",
    ]),
    Forgery::new("posts wraps out of order", |_, mut pen| {
        pen.wrapped.reverse();
        pen.mark = Some(mark_as_listed(&pen.wrapped));
        pen.posts()
    })
    .ends(&[
        "xb set forged aside: recipients",
        "xa ends: the relay refuses the post: Malformed",
        "xc set forged aside: recipients",
    ])
    .shares("a hash over the addressees fits or not; whom it lacks it cannot say"),
    Forgery::new("posts the victim's wrap twice", |_, mut pen| {
        let at = pen.wrapped.iter().position(|device| *device == pen.devices[1]).unwrap();
        pen.wrapped.insert(at, pen.devices[1]);
        pen.mark = Some(mark_as_listed(&pen.wrapped));
        pen.posts()
    })
    .ends(&[
        "xb set forged aside: recipients",
        "xa ends: the relay refuses the post: Malformed",
        "xc set forged aside: recipients",
    ])
    .shares("a hash over the addressees fits or not; whom it lacks it cannot say"),
    Forgery::new("makes an exercise look actual", |_, mut pen| {
        pen.bound_to = Some(Status::Exercise);
        pen.posts()
    })
    .ends(&["xb set forged aside: signature", "xc set forged aside: signature"])
    .shares("a signature covers all of it and says of no part that it is wrong"),
    Forgery::new("makes what is actual look like an exercise", |_, mut pen| {
        pen.claims.status = Status::Exercise;
        pen.bound_to = Some(Status::Actual);
        pen.posts()
    })
    .ends(&["xb set forged aside: signature", "xc set forged aside: signature"])
    .shares("a signature covers all of it and says of no part that it is wrong"),
    Forgery::new("replays what was sealed and signed for another network", |_, mut pen| {
        (pen.network, pen.wraps_in) = (NetworkId::new([1; 32]), NetworkId::new([1; 32]));
        pen.posts()
    })
    .ends(&["xb set forged aside: decapsulation", "xc set forged aside: decapsulation"])
    .shares(crate::delivering::WRAP),
    Forgery::new("signs for another network", |_, mut pen| {
        pen.network = NetworkId::new([1; 32]);
        pen.posts()
    })
    .ends(&["xb set forged aside: signature", "xc set forged aside: signature"])
    .shares("a signature covers all of it and says of no part that it is wrong"),
    Forgery::new("speaks as the bystander's device", |_, mut pen| {
        pen.claims.signer = (pen.devices[2], "xc/diplomatic/1".parse().unwrap());
        pen.posts()
    })
    .ends(&["xb set forged aside: signature", "xc set forged aside: signature"])
    .shares("a signature covers all of it and says of no part that it is wrong"),
    Forgery::new("speaks as a device that there is not", |_, mut pen| {
        pen.claims.signer.0 = DeviceId::new([9; 16]);
        pen.posts()
    })
    .ends(&["xb set forged aside: unknown-sender", "xc set forged aside: unknown-sender"]),
    Forgery::new("speaks for the bystander's office", |_, mut pen| {
        pen.claims.signer.1 = "xc/diplomatic/1".parse().unwrap();
        pen.posts()
    })
    .ends(&["xb set forged aside: signer", "xc set forged aside: signer"]),
    Forgery::new("names an office that there is not", |_, mut pen| {
        pen.claims.scope = to(&["xb/diplomatic/1", "xc/diplomatic/9"]);
        pen.posts()
    })
    .ends(&["xb set forged aside: unresolved-scope", "xc set forged aside: unresolved-scope"]),
    Forgery::new("posts the same header with another text", |_, mut pen| {
        let first = pen.post();
        pen.claims.body = content("general/1", &[("text", "another")]).into();
        vec![Act::Post(first), Act::Post(pen.post())]
    })
    .ends(&[
        "xb says repeated",
        "xc says repeated",
        "xa ends: the relay refuses the post: Conflict",
        "xa says xc/diplomatic/1 receipted nothing of ours",
        "xb has forged: Actual from xa/diplomatic/1",
        "xb receipted forged",
        "xc has forged: Actual from xa/diplomatic/1",
        "xc keys of xa/diplomatic/1: newest, its own true",
        "xc receipted forged",
    ])
    .shares("a name that was verified before is not opened again, whatever comes under it"),
    Forgery::new("posts the same header with a body that does not open", |_, pen| {
        let first = pen.post();
        let mut parts = Parts::of_post(&first);
        parts.iter_mut().for_each(|part| part.body[9] ^= 1);
        vec![Act::Post(first), Act::Post(Parts::post(&parts))]
    })
    .ends(&[
        "xb set forged aside: body",
        "xa ends: the relay refuses the post: Conflict",
        "xa says xc/diplomatic/1 receipted nothing of ours",
        "xb has forged: Actual from xa/diplomatic/1",
        "xb receipted forged",
        "xc has forged: Actual from xa/diplomatic/1",
        "xc keys of xa/diplomatic/1: newest, its own true",
        "xc receipted forged",
        "xc set forged aside: body",
    ])
    .shares(crate::delivering::BODY),
    Forgery::new("signs what are no claims", |_, mut pen| {
        pen.payload = Some(vec![0xf6]);
        pen.posts()
    })
    .ends(&["xb set forged aside: claims", "xc set forged aside: claims"])
    .shares("what is signed breaks the form of claims"),
    Forgery::new("says another time than its header", |_, mut pen| {
        pen.claims.created_ms -= 5_000;
        pen.posts()
    })
    .ends(&["xb set forged aside: times", "xc set forged aside: times"]),
    Forgery::new("dates it two hours ahead", |_, pen| pen.moved(7_200).posts()).ends(&[
        "xb remarks on forged: ahead",
        "xc remarks on forged: ahead",
        "xa ends: the relay refuses the post: Ahead",
        "xa says xc/diplomatic/1 receipted nothing of ours",
        "xb has forged: Actual from xa/diplomatic/1",
        "xb receipted forged",
        "xc has forged: Actual from xa/diplomatic/1",
        "xc keys of xa/diplomatic/1: newest, its own true",
        "xc receipted forged",
    ]),
    Forgery::new("sends what has expired", |_, pen| pen.moved(-7_200).posts()).ends(&[
        "xb remarks on forged: expired",
        "xc remarks on forged: expired",
        "xa ends: the relay refuses the post: Expired",
        "xa says xc/diplomatic/1 receipted nothing of ours",
        "xb has forged: Actual from xa/diplomatic/1",
        "xb receipted forged",
        "xc has forged: Actual from xa/diplomatic/1",
        "xc keys of xa/diplomatic/1: newest, its own true",
        "xc receipted forged",
    ]),
    Forgery::new("sends what expired eight days ago", |_, pen| pen.moved(-8 * 86_400 - 7_200).posts())
        .ends(&[
            "xb set forged aside: too-old",
            "xa ends: the relay refuses the post: Expired",
            "xc set forged aside: too-old",
        ])
        .shares("who was late cannot be told from the outside"),
    Forgery::new("lets it live longer than a message may", |_, mut pen| {
        pen.header.expires = pen.header.created + 401 * DAY_S;
        pen.posts()
    })
    .ends(&[
        "xb set no envelope aside: header",
        "xa ends: the relay refuses the post: Malformed",
        "xc set no envelope aside: header",
    ])
    .shares("the header's times cannot be, too short or too long"),
    Forgery::new("gives no head", |_, mut pen| {
        pen.claims.checkpoint.head = None;
        pen.posts()
    })
    .ends(&["xb set forged aside: checkpoint", "xc set forged aside: checkpoint"])
    .shares("both halves of a checkpoint must be this log's, and neither is"),
    Forgery::new("gives a note that is none", |_, mut pen| {
        pen.claims.checkpoint.note = b"liaison".to_vec().into();
        pen.posts()
    })
    .ends(&["xb set forged aside: checkpoint", "xc set forged aside: checkpoint"])
    .shares("both halves of a checkpoint must be this log's, and neither is"),
    Forgery::new("seals under a checkpoint of a split log", |scene, mut pen| {
        let (note, head) = Fork::of(scene).altered().newest();
        (pen.claims.checkpoint.note, pen.claims.checkpoint.head) = (note.into(), Some(head.into()));
        pen.posts()
    })
    .ends(&[
        "xb set forged aside: split-view",
        "xb holds 1 proofs of a split view",
        "xb shows others two histories",
        "xc holds 1 proofs of a split view",
        "xc shows others two histories",
        "xc set forged aside: split-view",
    ])
    .shares("the same attack, with a sender that knows of it and one that does not"),
    Forgery::new("seals under a longer log that nobody shows", |scene, mut pen| {
        let (note, head) = Fork::of(scene).and_again().newest();
        (pen.claims.checkpoint.note, pen.claims.checkpoint.head) = (note.into(), Some(head.into()));
        pen.posts()
    })
    .ends(&[
        "xb says 1 withheld",
        "xc says 1 withheld",
        "xb waits for a directory with forged",
        "xc waits for a directory with forged",
    ]),
    Forgery::new("sends a crisis message to a region", |_, mut pen| {
        pen.claims.template = "crisis-message/1".parse().unwrap();
        pen.claims.body = content("crisis-message/1", &[("authoritative_text", "forged")]).into();
        pen.region()
    })
    .ends(&["xb set forged aside: not-entitled", "xc set forged aside: not-entitled"])
    .shares("one rule, for each kind of message"),
    Forgery::new("asks a region whether it is there", |_, mut pen| {
        pen.claims.template = "comm-check/1".parse().unwrap();
        pen.claims.body =
            content("comm-check/1", &[("round", "1"), ("challenge", "1"), ("answer", "auto")]).into();
        pen.region()
    })
    .ends(&["xb set forged aside: not-entitled", "xc set forged aside: not-entitled"])
    .shares("one rule, for each kind of message"),
    Forgery::new("writes more than a text may hold", |_, mut pen| {
        pen.claims.body = oversized(30_000).into();
        pen.posts()
    })
    .ends(&["xb set forged aside: template", "xc set forged aside: template"])
    .shares("the reason's words name the field or the form"),
    Forgery::new("writes more than a body may hold", |_, mut pen| {
        pen.claims.body = oversized(262_200).into();
        pen.posts()
    })
    .ends(&["xb set forged aside: claims", "xc set forged aside: claims"])
    .shares("what is signed breaks the form of claims"),
    Forgery::new("sends a body that is none", |_, mut pen| {
        pen.claims.body = vec![0xff].into();
        pen.posts()
    })
    .ends(&["xb set forged aside: template", "xc set forged aside: template"])
    .shares("the reason's words name the field or the form"),
    Forgery::new("receipts what was not sent to it", |scene, mut pen| {
        pen.receipts(scene.names.of("private"))
    })
    .ends(&[
        "xb says xa/diplomatic/1 receipted nothing of ours",
        "xc says xa/diplomatic/1 receipted nothing of ours",
    ])
    .shares("a receipt is only for a message of ours to that office"),
    Forgery::new("receipts what nobody ever sent", |_, mut pen| pen.receipts(HeaderHash::new([7; 32])))
        .ends(&[
            "xb says xa/diplomatic/1 receipted nothing of ours",
            "xc says xa/diplomatic/1 receipted nothing of ours",
        ])
        .shares("a receipt is only for a message of ours to that office"),
    Forgery::new("acknowledges what was not sent to it", |scene, mut pen| {
        pen.claims.template = "acknowledgement/1".parse().unwrap();
        pen.claims.body = content("acknowledgement/1", &[("level", "in-hand")]).into();
        pen.claims.in_reply_to = Some(scene.names.of("private"));
        pen.posts()
    })
    .ends(&[
        "xb has forged: Actual from xa/diplomatic/1, answering what was not sent to it",
        "xa says xc/diplomatic/1 receipted nothing of ours",
        "xb receipted forged",
        "xc has forged: Actual from xa/diplomatic/1",
        "xc keys of xa/diplomatic/1: newest, its own true",
        "xc receipted forged",
    ]),
    Forgery::new("answers a message that nobody ever sent", |_, mut pen| {
        pen.claims.in_reply_to = Some(HeaderHash::new([7; 32]));
        pen.posts()
    })
    .ends(&[
        "xb has forged: Actual from xa/diplomatic/1, answering what is not here",
        "xa says xc/diplomatic/1 receipted nothing of ours",
        "xb receipted forged",
        "xc has forged: Actual from xa/diplomatic/1, answering what is not here",
        "xc keys of xa/diplomatic/1: newest, its own true",
        "xc receipted forged",
    ]),
    Forgery::new("signs with a device that was retired", |_, pen| pen.posts())
        .after(Prelude::Retired)
        .ends(&["xb set forged aside: revoked", "xc set forged aside: revoked"]),
    Forgery::new("signs with a device that was reported stolen", |_, pen| pen.posts())
        .after(Prelude::Stolen)
        .ends(&[
            "xb has forged: Actual from xa/diplomatic/1, unproven",
            "xc has forged: Actual from xa/diplomatic/1, unproven",
            // Its office has no device now; the next one gets them.
            "xb owes a receipt for forged",
            "xc owes a receipt for forged",
        ]),
    Forgery::new("seals under a directory of eight days ago", |_, pen| pen.posts())
        .after(Prelude::Asleep)
        .ends(&["xb set forged aside: stale-directory", "xc set forged aside: stale-directory"]),
    Forgery::new("certifies the victim's keys as its own", |scene, _| {
        let secrets = &scene.stations[VICTIM].memory().secrets;
        let (signing, transport) = (secrets.signing.as_ref().unwrap(), secrets.transport.as_ref().unwrap());
        let expires = scene.time.now_ms() / 1000 + 86_400;
        let body =
            Body::Certify(Certify { signing: signing.public(), transport: transport.public(), expires });
        let office: OfficeId = "xa/operations/1".parse().unwrap();
        let statement = scene.stations[SENDER].statement(Subject::Office(office), &body).unwrap();
        vec![Act::Say(statement.to_bytes())]
    })
    .ends(&["xa ends: the relay refuses the statement: Void"]),
];

impl Pen {
    /// To the sender's own region, which is victim, bystander and all their offices: sealed to these two.
    fn region(&mut self) -> Vec<Act> {
        self.claims.scope = Scope::regional(
            ["group:xr-north".parse().unwrap()],
            ["diplomatic"].map(|name| liaison_keys::directory::Category::from_name(name).unwrap()),
            false,
        )
        .unwrap();
        self.posts()
    }

    fn receipts(&mut self, hh: HeaderHash) -> Vec<Act> {
        let delivered = DeviceReceipt { hh, state: DeviceState::Delivered, time_ms: self.claims.created_ms };
        self.claims.template = receipt::template();
        self.claims.body = receipt::encode(vec![delivered]).into();
        self.posts()
    }
}

/// `{0: {}, 1: {"text": …}}` with a text of this length.
fn oversized(chars: usize) -> Vec<u8> {
    let own: BTreeMap<String, String> = [("text".to_owned(), "a".repeat(chars))].into();
    let empty: BTreeMap<String, String> = BTreeMap::new();
    cbor::encode(&BTreeMap::from([(0_u8, empty), (1, own)]))
}
