//! Are chunks read as the frozen bytes say, and refused where they must be? `tests/vectors`, the files of the reader
//! `chunks`. It must never know how the files were made: the tests of `proto` do.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects"
)]

use std::fs;
use std::path::{Path, PathBuf};

use liaison_link::FramingError;
use liaison_link::framing::{Arrived, Assembler};
use liaison_proto::Lane;
use serde_json::Value;

/// The files of `bad` that are for this reader.
fn bad() -> Vec<Value> {
    let files = fs::read_dir(folder().join("bad")).unwrap().map(|file| file.unwrap().path());
    let read = files.map(|path| serde_json::from_str::<Value>(&fs::read_to_string(path).unwrap()).unwrap());
    read.filter(|file| file["reader"] == "chunks").collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors")
}

/// The bytes of a file, or of its good counterpart: `hex`, and the runs that it leaves out.
fn bytes(of: &Value) -> Vec<u8> {
    let mut bytes = hex::decode(of["hex"].as_str().unwrap()).unwrap();
    for run in of["insert"].as_array().into_iter().flatten() {
        let number = |name: &str| usize::try_from(run[name].as_u64().unwrap()).unwrap();
        let byte = hex::decode(run["byte"].as_str().unwrap()).unwrap()[0];
        let at = number("at");
        bytes.splice(at..at, std::iter::repeat_n(byte, number("times")));
    }
    bytes
}

/// Everything that arrives.
fn read(inputs: &Value, bytes: &[u8]) -> Result<Vec<Arrived>, &'static str> {
    let max = usize::try_from(inputs["frame bytes max"].as_u64().unwrap()).unwrap();
    let lane = Lane::URGENT_FIRST.into_iter().find(|lane| inputs["lane"] == lane.name());
    let mut assembler = lane.map_or_else(|| Assembler::new(max), |lane| Assembler::for_lane(lane, max));
    let (mut arrived, mut left) = (Vec::new(), bytes);
    while !left.is_empty() {
        arrived.extend(assembler.feed(&mut left).map_err(|error| code(&error))?);
    }
    Ok(arrived)
}

fn code(error: &FramingError) -> &'static str {
    match error {
        FramingError::UnknownFlags { .. } => "unknown-flags",
        FramingError::ChunkLength { .. } => "chunk-length",
        FramingError::LaneMixed => "lane-mixed",
        FramingError::FrameTooLarge { .. } => "frame-too-large",
        FramingError::EndInsideFrame => "end-inside-frame",
        FramingError::BytesAfterEnd => "bytes-after-end",
        _ => "?",
    }
}

#[test]
fn each_defect_is_refused_with_its_error() {
    let files = bad();
    assert!(files.len() >= 10, "{} files", files.len());
    for file in files {
        let refused = read(&file["inputs"], &bytes(&file));
        assert_eq!(refused, Err(file["error"].as_str().unwrap()), "{}", file["name"]);
    }
}

#[test]
fn each_good_counterpart_is_taken() {
    for file in bad() {
        let mut inputs = file["inputs"].clone();
        if let Some(others) = file["good"]["inputs"].as_object() {
            inputs.as_object_mut().unwrap().extend(others.clone());
        }
        let taken = read(&inputs, &bytes(&file["good"])).unwrap();
        assert_eq!(taken.last(), Some(&Arrived::End(8)), "{}", file["name"]);
    }
}

#[test]
fn the_good_chunks_hold_their_frames() {
    let file = fs::read_to_string(folder().join("good/chunks.json")).unwrap();
    let vector: Value = serde_json::from_str(&file).unwrap();
    let frame = |name: &str| hex::decode(vector["inputs"][name].as_str().unwrap()).unwrap();
    let arrived = read(&serde_json::json!({"frame bytes max": 4_096}), &bytes(&vector)).unwrap();
    let expected = [
        Arrived::Frame(Lane::Flash, frame("flash frame")),
        Arrived::Frame(Lane::Routine, frame("routine frame")),
        Arrived::End(vector["inputs"]["end code"].as_str().unwrap().parse().unwrap()),
    ];
    assert_eq!(arrived, expected);
}
