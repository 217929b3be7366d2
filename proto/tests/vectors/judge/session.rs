//! What do frames say, and may they come now? Both sides of a session, brought to where a file begins.
//! It must never know what a frame carries.

use liaison_keys::names::DeviceId;
use liaison_proto::Lane;
use liaison_proto::frame::{Code, Frame, Hello};
use liaison_proto::session::auth::Party;
use liaison_proto::session::{client, relay};

use super::{Given, Verdict};

pub(super) fn frame(bytes: &[u8]) -> Verdict {
    Frame::from_bytes(bytes).map(|frame| format!("{frame:?}")).map_err(|_| "malformed")
}

/// A relay, before the first frame of a station.
pub(super) fn hello(given: Given<'_>, bytes: &[u8]) -> Verdict {
    let (_, hello, version) =
        relay::ExpectHello::new(given.parsed("network")).hello(bytes).map_err(|ends| code(ends.0))?;
    Ok(format!("{hello:?} {version}"))
}

/// A relay in a session: with this party, and these deliveries not yet acknowledged.
pub(super) fn to_relay(given: Given<'_>, bytes: &[u8]) -> Verdict {
    let network = given.parsed("network");
    let first = Frame::Hello(Hello::new(network, (1, 0), 0)).to_bytes();
    let (mut session, ..) = relay::ExpectHello::new(network).hello(&first).unwrap();
    for sequence in given.list("in flight") {
        let _ = session.deliver(
            sequence.parse().unwrap(),
            relay::Item::Delivery { lane: Lane::Routine, delivery: Vec::new() },
        );
    }
    match session.handle(&party(given), bytes).map_err(|ends| code(ends.0))? {
        relay::Task::Answer(Frame::Refused { code: why, .. }) => Err(code(why)),
        task => Ok(format!("{task:?}")),
    }
}

fn party(given: Given<'_>) -> Party {
    let (device, owner) = (DeviceId::new([1; 16]), given.parsed("owner"));
    match given.text("party") {
        "live" => Party::Live { device, owner },
        "lapsed" => Party::Lapsed { device, owner },
        "invited" => Party::Invited { owner },
        other => panic!("no party {other}"),
    }
}

/// A station, before the relay's first frame.
pub(super) fn welcome(bytes: &[u8]) -> Verdict {
    let (_, welcome) = begun(bytes).map_err(client_code)?;
    Ok(format!("{welcome:?}"))
}

fn begun(bytes: &[u8]) -> Result<(client::Ready, liaison_proto::frame::Welcome), client::ClientError> {
    let hello = Hello::new(liaison_keys::names::NetworkId::new([1; 32]), (1, 0), 0);
    client::hello(hello).0.welcome(bytes)
}

/// A station in a session: after these requests, whose ids count from 1, and these frames.
pub(super) fn to_station(given: Given<'_>, bytes: &[u8]) -> Verdict {
    let welcome = hex::decode(given.text("welcome")).unwrap();
    let (mut session, _) = begun(&welcome).unwrap();
    for request in given.list("asked") {
        ask(&mut session, request);
    }
    for frame in given.list("before") {
        session.handle(&hex::decode(frame).unwrap()).unwrap();
    }
    session.handle(bytes).map(|event| format!("{event:?}")).map_err(client_code)
}

fn ask(session: &mut client::Ready, request: &str) {
    let asked = match request {
        "post" => session.post(Lane::Flash, vec![1]),
        "pull" => session.pull(),
        "submit" => session.submit(vec![1]),
        "checkpoint get" => session.checkpoint(),
        "invite" => session.invite(vec![1]),
        "prekeys put" => session.prekeys_put(vec![1]),
        "prekeys get" => session.prekeys_get(Vec::new()),
        "ping" => session.ping(),
        log => session.log_from(log.strip_prefix("log from ").unwrap().parse().unwrap()),
    };
    asked.unwrap();
}

fn client_code(error: client::ClientError) -> &'static str {
    match error {
        client::ClientError::Protocol => "protocol",
        client::ClientError::GoAway(_) => "go-away",
        _ => "?",
    }
}

fn code(code: Code) -> &'static str {
    match code {
        Code::Protocol => "protocol",
        Code::Version => "version",
        Code::Network => "network",
        Code::NotAllowed => "not-allowed",
        Code::NotYet => "not-yet",
        _ => "?",
    }
}
