//! Does the network in memory misbehave exactly as asked?
//! It must never know what a session does about it.

use std::{num::NonZeroU64, time::Duration};

use liaison_link::{LinkError, LinkReceiver, LinkSender, Transport, memory, memory::Faults};
use liaison_proto::Lane;
use tokio::time::Instant;

use crate::kit::{identity, soon};

fn faulty(faults: Faults) -> (LinkSender, LinkReceiver) {
    let (left, right) = (identity(1).public(), identity(2).public());
    let (here, there) = memory::faulty_pair((left, faults), (right, Faults::default()));
    assert_eq!((here.peer(), there.peer()), (right, left));
    assert_eq!(here.transport(), Transport::Memory);
    (here.split().0, there.split().1)
}

async fn send_all(sender: &LinkSender, lanes: &[Lane]) {
    for (number, lane) in lanes.iter().enumerate() {
        // After a cut nothing more is taken; that is what these tests are about.
        let _ = sender.send(*lane, vec![number as u8 + 1]).await;
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

#[tokio::test]
async fn a_link_without_faults_has_none() {
    let (sender, mut receiver) = faulty(Faults::default());
    send_all(&sender, &[Lane::Routine; 5]).await;
    sender.close(0).await;
    assert_eq!(received(&mut receiver).await, (vec![1, 2, 3, 4, 5], Ok(())));
}

#[tokio::test]
async fn it_is_cut_after_so_many_frames() {
    let (sender, mut receiver) = faulty(Faults { cut_after_frames: Some(3), ..Faults::default() });
    send_all(&sender, &[Lane::Routine; 5]).await;
    assert_eq!(received(&mut receiver).await, (vec![1, 2, 3], Err(LinkError::Cut)));
    assert_eq!(sender.flush().await, Err(LinkError::Cut));
    assert_eq!(sender.send(Lane::Flash, vec![9]).await, Err(LinkError::Cut));
}

#[tokio::test]
async fn it_is_cut_inside_a_frame() {
    let (sender, mut receiver) = faulty(Faults { cut_inside_frame: NonZeroU64::new(3), ..Faults::default() });
    send_all(&sender, &[Lane::Routine; 5]).await;
    assert_eq!(received(&mut receiver).await, (vec![1, 2], Err(LinkError::Cut)));
}

#[tokio::test]
async fn frames_come_twice() {
    let (sender, mut receiver) = faulty(Faults { duplicate_every: NonZeroU64::new(2), ..Faults::default() });
    send_all(&sender, &[Lane::Routine; 4]).await;
    sender.close(0).await;
    assert_eq!(received(&mut receiver).await, (vec![1, 2, 2, 3, 4, 4], Ok(())));
}

#[tokio::test]
async fn lanes_overtake_each_other_the_same_way_for_the_same_seed() {
    let lanes = [Lane::Routine, Lane::Flash].repeat(6);
    let mut orders = Vec::new();
    for seed in [7, 7, 8] {
        let (sender, mut receiver) = faulty(Faults { reorder_seed: Some(seed), ..Faults::default() });
        send_all(&sender, &lanes).await;
        sender.close(0).await;
        let (numbers, end) = received(&mut receiver).await;
        assert_eq!(end, Ok(()));
        let (routine, flash): (Vec<u8>, Vec<u8>) = numbers.iter().partition(|number| *number % 2 == 1);
        assert_eq!(
            (routine, flash),
            (vec![1, 3, 5, 7, 9, 11], vec![2, 4, 6, 8, 10, 12]),
            "a lane keeps its order"
        );
        orders.push(numbers);
    }
    assert_eq!(orders[0], orders[1]);
    assert_ne!(orders[0], orders[2]);
}

#[tokio::test(start_paused = true)]
async fn frames_are_late() {
    let began = Instant::now();
    let (sender, mut receiver) = faulty(Faults { delay_ms: 1_000, ..Faults::default() });
    send_all(&sender, &[Lane::Routine; 3]).await;
    for _ in 0..3 {
        receiver.receive().await.unwrap();
    }
    // Virtual time: exact, and not a measurement.
    assert_eq!(Instant::now() - began, Duration::from_millis(3_000));
}
