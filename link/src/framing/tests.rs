//! Does every frame survive the cutting, and nothing else?
//! It must never know sockets or clocks, as `framing` does not either.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;

const ROOM: usize = 4 * limits::CHUNK_BYTES_MAX;

fn chunk(length: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    [length.to_be_bytes().as_slice(), &[flags], payload].concat()
}

fn feed_all(assembler: &mut Assembler, mut input: &[u8]) -> Result<Vec<Arrived>, FramingError> {
    let mut all = Vec::new();
    while !input.is_empty() {
        all.extend(assembler.feed(&mut input)?);
    }
    Ok(all)
}

fn refused(bytes: &[u8]) -> FramingError {
    feed_all(&mut Assembler::new(ROOM), bytes).unwrap_err()
}

/// Everything that leaves when these frames are all queued at the start.
fn sent(frames: &[(Lane, Vec<u8>)], code: u16) -> Vec<u8> {
    let mut queues = PerLane::from_fn(|wanted| {
        frames.iter().filter(|(lane, _)| *lane == wanted).map(|(_, frame)| frame).collect::<VecDeque<_>>()
    });
    let (mut splitter, mut bytes, mut chunk) = (Splitter::new(), Vec::new(), Vec::new());
    loop {
        for lane in Lane::URGENT_FIRST {
            if splitter.is_free(lane)
                && let Some(frame) = queues.of_mut(lane).pop_front()
            {
                splitter.put(lane, frame);
            }
        }
        if !splitter.next_chunk(&mut chunk) {
            break;
        }
        bytes.extend_from_slice(&chunk);
        splitter.written();
    }
    put_end(&mut chunk, code);
    bytes.extend_from_slice(&chunk);
    bytes
}

#[test]
fn the_layout_is_frozen() {
    let bytes = sent(&[(Lane::Flash, b"abc".to_vec()), (Lane::Routine, b"z".to_vec())], 0x0102);
    assert_eq!(bytes, b"\0\0\0\x03\x83abc\0\0\0\x01\x80z\0\0\0\x02\x40\x01\x02");
}

#[test]
fn a_full_chunk_is_not_followed_by_an_empty_one() {
    let bytes = sent(&[(Lane::Routine, vec![7; 2 * limits::CHUNK_BYTES_MAX])], 0);
    assert_eq!(
        bytes.len(),
        2 * (CHUNK_HEAD_BYTES + limits::CHUNK_BYTES_MAX) + CHUNK_HEAD_BYTES + END_CODE_BYTES
    );
}

#[test]
fn a_flash_overtakes_at_the_next_chunk() {
    let (mut splitter, mut chunk) = (Splitter::new(), Vec::new());
    splitter.put(Lane::Routine, vec![0; 3 * limits::CHUNK_BYTES_MAX]);
    splitter.next_chunk(&mut chunk);
    splitter.written();
    splitter.put(Lane::Flash, vec![1]);
    splitter.next_chunk(&mut chunk);
    splitter.written();
    assert_eq!(chunk, b"\0\0\0\x01\x83\x01");
    assert!(splitter.is_free(Lane::Flash) && !splitter.is_free(Lane::Routine));
}

#[test]
fn unknown_flags_are_refused() {
    assert_eq!(refused(&chunk(1, 0x84, b"x")), FramingError::UnknownFlags { flags: 0x84 });
    assert_eq!(refused(&chunk(2, 0x41, b"xx")), FramingError::UnknownFlags { flags: 0x41 });
    assert_eq!(refused(&chunk(2, 0xc0, b"xx")), FramingError::UnknownFlags { flags: 0xc0 });
}

#[test]
fn wrong_lengths_are_refused() {
    let above = limits::CHUNK_BYTES_MAX as u32 + 1;
    for (length, flags) in
        [(0, 0x80), (above, 0x80), (u32::MAX, 0x80), (1, 0x00), (above, 0x00), (1, 0x40), (3, 0x40)]
    {
        assert_eq!(refused(&chunk(length, flags, b"")), FramingError::ChunkLength { got: length });
    }
}

#[test]
fn another_lane_is_refused_on_a_lanes_own_stream() {
    let mut assembler = Assembler::for_lane(Lane::Flash, ROOM);
    assert_eq!(
        feed_all(&mut assembler, &chunk(1, 0x83, b"x")),
        Ok(vec![Arrived::Frame(Lane::Flash, b"x".to_vec())])
    );
    assert_eq!(feed_all(&mut assembler, &chunk(1, 0x80, b"x")), Err(FramingError::LaneMixed));
}

#[test]
fn a_frame_that_is_too_large_is_refused_before_its_payload() {
    let mut assembler = Assembler::new(limits::HELLO_BYTES_MAX);
    let too_large = limits::HELLO_BYTES_MAX + 1;
    let error = FramingError::FrameTooLarge { got: too_large, max: limits::HELLO_BYTES_MAX };
    assert_eq!(feed_all(&mut assembler, &chunk(too_large as u32, 0x80, b"")), Err(error));

    let mut assembler = Assembler::new(limits::HELLO_BYTES_MAX);
    assembler.admit(too_large);
    let bytes = sent(&[(Lane::Routine, vec![0; too_large])], 0);
    assert_eq!(feed_all(&mut assembler, &bytes).unwrap().len(), 2);
}

#[test]
fn a_frame_cannot_grow_past_the_limit_chunk_by_chunk() {
    let bytes = sent(&[(Lane::Routine, vec![0; ROOM + 1])], 0);
    assert_eq!(refused(&bytes), FramingError::FrameTooLarge { got: ROOM + 1, max: ROOM });
}

#[test]
fn the_end_inside_a_frame_is_refused() {
    let open = chunk(limits::CHUNK_BYTES_MAX as u32, 0x00, &vec![0; limits::CHUNK_BYTES_MAX]);
    assert_eq!(refused(&[open, chunk(2, 0x40, b"\0\0")].concat()), FramingError::EndInsideFrame);
}

#[test]
fn bytes_after_the_end_are_refused() {
    let mut assembler = Assembler::new(ROOM);
    assert_eq!(feed_all(&mut assembler, &chunk(2, 0x40, b"\0\x07")), Ok(vec![Arrived::End(7)]));
    assert_eq!(feed_all(&mut assembler, b"\0"), Err(FramingError::BytesAfterEnd));
}

fn lane() -> impl Strategy<Value = Lane> {
    prop::sample::select(Lane::URGENT_FIRST.to_vec())
}

/// Lengths near the borders of chunks are the interesting ones.
fn frames() -> impl Strategy<Value = Vec<(Lane, Vec<u8>)>> {
    let near = |chunks: usize| (chunks * limits::CHUNK_BYTES_MAX).saturating_sub(2).max(1);
    let length = prop_oneof![1_usize..300, near(1)..near(1) + 4, near(2)..near(2) + 4];
    let frame = (length, any::<u8>()).prop_map(|(length, byte)| vec![byte; length]);
    prop::collection::vec((lane(), frame), 0..6)
}

fn held(assembler: &Assembler) -> usize {
    assembler.partial.iter().map(Vec::len).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_sent_arrives_in_any_pieces(frames in frames(), code: u16, piece in 1_usize..100_000) {
        let bytes = sent(&frames, code);
        let mut assembler = Assembler::new(ROOM);
        let mut arrived = Vec::new();
        for piece in bytes.chunks(piece) {
            arrived.extend(feed_all(&mut assembler, piece).unwrap());
        }
        prop_assert_eq!(arrived.pop(), Some(Arrived::End(code)));
        for lane in Lane::URGENT_FIRST {
            let was: Vec<_> = frames.iter().filter(|(of, _)| *of == lane).map(|(_, frame)| frame).collect();
            let is: Vec<_> = arrived.iter().filter_map(|arrived| match arrived {
                Arrived::Frame(of, frame) if *of == lane => Some(frame),
                _ => None,
            }).collect();
            prop_assert_eq!(was, is);
        }
    }

    #[test]
    fn a_truncated_stream_never_ends_in_order(frames in frames(), cut: prop::sample::Index) {
        let bytes = sent(&frames, 0);
        let arrived = feed_all(&mut Assembler::new(ROOM), &bytes[..cut.index(bytes.len())]).unwrap();
        let ended = arrived.iter().any(|arrived| matches!(arrived, Arrived::End(_)));
        prop_assert!(!ended);
    }

    #[test]
    fn garbage_is_refused_or_waited_for_and_holds_little(
        pieces in prop::collection::vec(
            (prop_oneof![0_u32..9, Just(limits::CHUNK_BYTES_MAX as u32), any::<u32>()], any::<u8>(), 0_usize..70_000),
            0..30,
        ),
        max in 0_usize..ROOM,
    ) {
        let mut assembler = Assembler::new(max);
        for (length, flags, payload) in pieces {
            let result = feed_all(&mut assembler, &chunk(length, flags & 0x83, &vec![0; payload]));
            prop_assert!(held(&assembler) <= 4 * max);
            if result.is_err() {
                break;
            }
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let mut assembler = Assembler::new(1_000);
        let _ = feed_all(&mut assembler, &bytes);
        prop_assert!(held(&assembler) <= 4_000);
    }
}
