//! Does the network in memory misbehave exactly as asked?
//! It must never know what a session does about it.

use std::time::Duration;

use liaison_link::{Link, LinkError, LinkReceiver, LinkSender, memory::Faults};
use liaison_proto::Lane;
use tokio::time::Instant;

use crate::kit::{identity, soon};

fn faulty(faults: Faults) -> (LinkSender, LinkReceiver, Link) {
    let (left, right) = (identity(1).public(), identity(2).public());
    let (here, there) = liaison_link::memory::faulty_pair((left, faults), (right, Faults::default()));
    assert_eq!((here.peer(), there.peer()), (right, left));
    let (sender, _) = here.split();
    let (back, receiver) = there.split();
    // The far sender stays alive inside a link of its own, so that only the fault ends anything.
    let (unused, _) = liaison_link::memory::pair(left, right);
    drop(back);
    (sender, receiver, unused)
}

async fn send_all(sender: &LinkSender, count: u8) {
    for number in 1..=count {
        // After a cut nothing more is taken; that is what these tests are about.
        let _ = sender.send(Lane::Routine, vec![number]).await;
    }
}

async fn received(receiver: &mut LinkReceiver) -> (Vec<u8>, Result<(), LinkError>) {
    let mut numbers = Vec::new();
    loop {
        match soon(receiver.receive()).await {
            Ok(Some(frame)) => numbers.extend(frame),
            Ok(None) => return (numbers, Ok(())),
            Err(error) => return (numbers, Err(error)),
        }
    }
}
