//! Which chunks end a connection? The layout below frames, which the crate `link` reads: its tests judge these files.
//! It must never know what a frame says.

use liaison_proto::limits::CHUNK_BYTES_MAX;

use super::kit::{Bad, Base};
use crate::samples::Sample;

pub(super) fn files(_: &[Sample]) -> Vec<Bad> {
    let good = [chunk(0x83, PING), chunk(0x80, PONG), end(8)].concat();
    let base = Base::own("7.1", "chunks", good).with("frame bytes max", 4_096);
    let bad = |name: &str, error: &str, about: &str, bytes: Vec<u8>| {
        let bad = base.bad(&format!("chunk-{name}"), error, about, bytes);
        if bad.changed.is_empty() { bad.changed("The first chunk.") } else { bad }
    };
    let first = |chunk: Vec<u8>| [chunk, self::chunk(0x80, PONG), end(8)].concat();
    let full = vec![0; CHUNK_BYTES_MAX];
    let long = [full.as_slice(), &[0]].concat();
    let wide = base.of(first([chunk(0x03, &full), chunk(0x83, &[0])].concat()));
    let wide = wide.with("frame bytes max", 2 * CHUNK_BYTES_MAX);
    let unfinished = [chunk(0x80, PONG), chunk(0x03, &full), end(8)].concat();
    let own = Base::own("7.1", "chunks", [chunk(0x83, PING), end(8)].concat());
    let own = own.with("frame bytes max", 4_096).with("lane", "flash");
    vec![
        bad("flag-unknown", "unknown-flags", "A flag that has no meaning.", first(chunk(0x87, PING))),
        bad(
            "flags-last-and-end",
            "unknown-flags",
            "The last chunk and the end in one.",
            first(chunk(0xc0, PING)),
        ),
        bad("empty", "chunk-length", "A chunk of nothing.", first(chunk(0x83, &[]))),
        wide.bad("chunk-too-long", "chunk-length", "A chunk of 65,537 bytes.", first(chunk(0x83, &long)))
            .changed("One chunk instead of two."),
        wide.bad(
            "chunk-not-full",
            "chunk-length",
            "A chunk of 65,535 bytes that is not its frame's last.",
            first([chunk(0x03, &full[1..]), chunk(0x83, &[0, 0])].concat()),
        )
        .changed("The second chunk has a byte more and the first one less."),
        bad("end-without-code", "chunk-length", "An end of one byte.", {
            [chunk(0x83, PING), chunk(0x80, PONG), vec![0, 0, 0, 1, 0x40, 8]].concat()
        }),
        bad("after-the-end", "bytes-after-end", "A chunk after the end.", {
            [chunk(0x83, PING), end(8), chunk(0x80, PONG)].concat()
        }),
        wide.bad(
            "chunk-end-inside-frame",
            "end-inside-frame",
            "The end before a frame's last chunk.",
            unfinished,
        )
        .changed("The last chunk of the first frame is missing."),
        base.bad(
            "chunk-frame-too-large",
            "frame-too-large",
            "A frame that is larger than the reader takes.",
            base.bytes.clone(),
        )
        .given("frame bytes max", 2),
        own.bad("chunk-of-another-lane", "lane-mixed", "A chunk of another lane on a lane's own stream.", {
            [chunk(0x80, PING), end(8)].concat()
        }),
    ]
}

fn chunk(flags: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [length.as_slice(), &[flags], payload].concat()
}

fn end(code: u16) -> Vec<u8> {
    [&[0, 0, 0, 2, 0x40], code.to_be_bytes().as_slice()].concat()
}

const PING: &[u8] = &[0x82, 0x03, 0x01];
const PONG: &[u8] = &[0x82, 0x04, 0x01];
