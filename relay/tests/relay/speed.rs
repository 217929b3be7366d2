//! temporary
use crate::bench::{Bench, Letter};
use liaison_proto::Lane;
use liaison_proto::frame::Frame;
use std::time::Instant;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn speed() {
    let (bench, relay) = Bench::with_states(&["xa", "xb", "xc", "xd", "xe"]).await;
    let began = Instant::now();
    let mut tasks = Vec::new();
    const EACH: u32 = 5_000;
    for (n, state) in ["xa", "xc", "xd", "xe"].into_iter().enumerate() {
        let mut sender = bench.station(&relay, &format!("{state}/operations/1 transport 1")).await;
        tasks.push(tokio::spawn(async move {
            let mut ids = std::collections::VecDeque::new();
            for i in 0..EACH {
                let letter = Letter {
                    created: 1_767_225_600,
                    expires: 1_767_325_600 + u64::from(i),
                    ..Letter::to(n as u8, &["xb/operations/1"])
                };
                let post: minicbor::bytes::ByteVec = letter.bytes().into();
                ids.push_back(sender.begin(|id| Frame::Post { id, lane: Lane::Routine, post }).await);
                if ids.len() >= 60 {
                    let id = ids.pop_front().unwrap();
                    let _ = sender.answer(id).await;
                }
            }
            for id in ids {
                let _ = sender.answer(id).await;
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let took = began.elapsed();
    println!("posts: {} in {took:?}: {:.0}/s", 4 * EACH, f64::from(4 * EACH) / took.as_secs_f64());
    let mut station = bench.station(&relay, "xb/operations/1 transport 1").await;
    let began = Instant::now();
    let n = station.pull().await.unwrap();
    for _ in 0..n {
        let (s, ..) = station.delivery().await;
        station.ack(&[s]).await;
    }
    println!("deliveries: {n} in {:?}", began.elapsed());
    drop(station);
    drop(relay);
    let began = Instant::now();
    let relay = bench.start().await;
    println!("restart: {:?}", began.elapsed());
    drop(relay);
}
