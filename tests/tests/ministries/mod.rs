//! Who is at the stations of a test? The network of the demonstration, and what its people do again and again.
//! It must never know what a test expects.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use liaison_client::{Clock, DialOptions, Happening, Letter, Online, Station};
use liaison_demo::world::World;
use liaison_keys::directory::Body;
use liaison_keys::names::{OfficeId, Subject};
use liaison_proto::message::{Draft, Form};
use tempfile::TempDir;

/// The demonstration's network in a folder of its own.
pub async fn world() -> (TempDir, World) {
    let folder = tempfile::tempdir().unwrap();
    let world = World::found(folder.path()).await.unwrap();
    (folder, world)
}

/// The station of an office; whoever takes it answers for it.
pub fn take(world: &mut World, office: &str) -> Station {
    world.stations.remove(&office.parse::<OfficeId>().unwrap()).unwrap()
}

/// A clock so many seconds ahead of the machine's as the number says.
pub fn clock_ahead(apart_s: &Arc<AtomicI64>) -> Clock {
    let apart_s = Arc::clone(apart_s);
    Clock::new(move || Clock::system().now_ms().saturating_add_signed(apart_s.load(Ordering::Relaxed) * 1000))
}

/// Connects, brings everything up to date, and says what happened.
pub async fn exchange(station: &mut Station) -> Vec<Happening> {
    let mut online = Online::connect(station, DialOptions::default()).await.unwrap();
    online.exchange(station).await.unwrap();
    let happenings = online.happenings();
    online.close().await;
    happenings
}

/// Says something of a subject, by who may.
pub async fn submit(station: &mut Station, subject: Subject, body: &Body) {
    let mut online = Online::connect(station, DialOptions::default()).await.unwrap();
    online.exchange(station).await.unwrap();
    let statement = station.statement(subject, body).unwrap();
    online.submit(station, &statement).await.unwrap();
    online.close().await;
}

/// A message to one office or several, in the form that people write.
pub fn letter(station: &Station, to: &str, text: &str) -> Letter {
    let to: Vec<&str> = to.split(' ').collect();
    let json = serde_json::json!({"kind": "general", "to": to, "text": text}).to_string();
    let (draft, _) = Draft::read(Form::from_json(&json).unwrap()).unwrap();
    station.letter(draft).unwrap()
}
