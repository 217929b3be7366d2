//! How much is too much? Every limit of the system, with its unit in the name and its reason beside it.
//! It must never know who applies a limit; it only states the numbers and how they fit together.

/// Recipients of one envelope: 193 States × 8 offices × 2 devices, with room to spare (`docs/protocol.md` §5).
pub const WRAPS_MAX: usize = 8_192;
/// Bytes of one wrap on the wire: device 16, kid 16, enc 1120, ct 56, and their CBOR heads.
pub const WRAP_BYTES_MAX: usize = 1_220;
/// A header is about 130 bytes; twice that leaves room for a later version to be refused politely.
pub const HEADER_BYTES_MAX: usize = 256;
/// A body without attachments: 256 KiB of message, as people write it.
pub const BODY_BYTES_MAX: usize = 256 * 1024 + 12 * 1024;
/// A whole post: header, body, and every wrap.
pub const POST_BYTES_MAX: usize = HEADER_BYTES_MAX + BODY_BYTES_MAX + WRAPS_MAX * WRAP_BYTES_MAX + 64;
/// The largest frame: a post and its tag, request id and byte-string head.
pub const FRAME_BYTES_MAX: usize = POST_BYTES_MAX + 64;
/// Frames are cut into chunks of this size, so that a flash waits for one chunk and not for one post.
pub const CHUNK_BYTES_MAX: usize = 64 * 1024;
/// A frame before admission is a hello: nobody unknown makes us hold more.
pub const HELLO_BYTES_MAX: usize = 4 * 1024;

/// Longest time between `created` and `expires`.
pub const LIFETIME_S_MAX: u64 = 400 * DAY_S;
/// How far ahead of the relay's clock a message may be dated.
pub const CREATED_AHEAD_S_MAX: u64 = 10 * 60;
/// How long after its expiry a verified message is still remembered against replays, and still shown.
pub const REPLAY_KEPT_S: u64 = 7 * DAY_S;
/// A directory older than this asks for a person's word before sealing.
pub const DIRECTORY_FRESH_S: u64 = DAY_S;
/// A directory older than this is not sealed under.
pub const DIRECTORY_STALE_S: u64 = 7 * DAY_S;
/// A preview of the recipients older than this is made again.
pub const PREVIEW_S_MAX: u64 = 60 * 60;
/// Seconds in a day.
pub const DAY_S: u64 = 86_400;

/// Subject line, characters.
pub const SUBJECT_CHARS_MAX: usize = 200;
/// Summary, characters.
pub const SUMMARY_CHARS_MAX: usize = 4_000;
/// Any other text, characters.
pub const TEXT_CHARS_MAX: usize = 20_000;
/// A single line such as a reference or a place, characters.
pub const LINE_CHARS_MAX: usize = 200;
/// The name of a field: the longest in the templates has 23.
pub const FIELD_NAME_BYTES_MAX: usize = 64;
/// Fields of one group: the largest template has 20, and a newer version may add some.
pub const GROUP_FIELDS_MAX: usize = 200;
/// Mistakes and hints told at once about one message: a person mends ten and asks again.
pub const FINDINGS_MAX: usize = 32;
/// Items of a list in a template.
pub const LIST_ITEMS_MAX: usize = 200;
/// How deep lists and groups of fields may nest: the deepest template uses three.
pub const FIELD_DEPTH_MAX: usize = 8;
/// Encoded message body (common and own fields).
pub const TEMPLATE_BYTES_MAX: usize = 256 * 1024;
/// Attachments of one message.
pub const ATTACHMENTS_MAX: usize = 10;
/// Receipts that share one envelope.
pub const RECEIPTS_MAX: usize = 256;
/// Offices or groups or categories named in one scope.
pub const SCOPE_NAMES_MAX: usize = 1_024;

/// One statement of the directory.
pub const STATEMENT_BYTES_MAX: usize = 8 * 1024;
/// One entry: a statement and its time.
pub const ENTRY_BYTES_MAX: usize = STATEMENT_BYTES_MAX + 32;
/// A signed note with its cosignatures.
pub const NOTE_BYTES_MAX: usize = 8 * 1024;
/// One witness's line below a note: its name of 64 characters, and 76 bytes in base64.
pub const COSIGNATURE_BYTES_MAX: usize = 512;
/// How often a witness cosigns a log that has not grown: within the hour, so that its word does not grow old.
pub const COSIGNED_EVERY_S: u64 = 50 * 60;
/// How far an entry's time may be from a witness's own: ahead of its clock, or before its last cosignature when the entry
/// was not there.
pub const WITNESS_APART_S_MAX: u64 = 600;
/// How much newer cosignatures of a size that is held must be to be kept.
pub const COSIGNED_KEPT_EVERY_S: u64 = 3_600;
/// Cosigned notes that a relay gives with a checkpoint: the newest, and one for each of the last changes of witnesses.
pub const COSIGNED_NOTES_MAX: usize = 16;
/// One signed prekey bundle: two X-Wing keys and a signature.
pub const BUNDLE_BYTES_MAX: usize = 4 * 1024;
/// A request to seal again: a bundle, and what is said of it.
pub const RESEAL_BYTES_MAX: usize = BUNDLE_BYTES_MAX + 256;
/// A message older than this is sealed again only if a person says so, seconds.
pub const RESEAL_AGE_S_MAX: u64 = 30 * DAY_S;
/// Requests for one message by one device that are remembered.
pub const RESEALS_REMEMBERED_MAX: usize = 4;
/// A contact card with its salt.
pub const CARD_BYTES_MAX: usize = liaison_keys::card::SALTED_BYTES_MAX;
/// Cards in one frame.
pub const CARDS_PER_FRAME_MAX: usize = 64;
/// Lines of the log of who read one's cards, in one frame: the newest.
pub const CARD_READS_PER_FRAME_MAX: usize = 1_024;
/// Cards of one owner that no statement names yet.
pub const CARDS_WAITING_MAX: usize = 64;
/// How long a card waits for the statement that names it.
pub const CARD_WAITS_S_MAX: u64 = 60 * 60;
/// Entries in one answer to `log from`.
pub const LOG_ENTRIES_PER_FRAME_MAX: usize = 512;
/// A whole directory that a station takes: ten times what 193 States with 8 offices each need.
pub const DIRECTORY_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Envelopes set aside whole; of more than these only the reason is kept, so that garbage cannot fill a disk.
pub const QUARANTINE_ITEMS_MAX: usize = 1_000;
/// Envelopes set aside of which anything is kept: beyond, they are told as they come and forgotten, so that a relay that
/// makes garbage without end fills neither memory nor disk.
pub const QUARANTINE_REASONS_MAX: usize = 2_000;
/// Envelopes that wait for a longer directory: with an honest relay none does for longer than a fetch. When as many wait,
/// the next is set aside at once.
pub const WAITING_ITEMS_MAX: usize = 500;
/// How long an envelope waits for a longer directory. Whoever sealed it could no longer seal under that directory then;
/// and while any waits, the secrets of ended prekeys are kept, so nobody may make one wait for ever.
pub const WAITING_S_MAX: u64 = 7 * DAY_S;
/// How often a station that stays connected asks for the newest head: a relay that holds the directory back is noticed.
pub const DIRECTORY_ASKED_EVERY_S: u64 = 60 * 60;
/// Checks that a station answers by itself to one office in a minute: a person who tries again is answered, a flood is
/// not.
pub const CHECK_ANSWERS_PER_MINUTE_MAX: usize = 10;
/// Bundles in one answer to `prekeys get`.
pub const BUNDLES_PER_FRAME_MAX: usize = 256;

/// Requests of one connection that wait for their answer.
pub const REQUESTS_IN_FLIGHT_MAX: usize = 64;
/// Deliveries sent to one connection and not yet acknowledged.
pub const DELIVERIES_IN_FLIGHT_MAX: usize = 32;
/// Bytes of deliveries sent to one connection and not yet acknowledged; one larger delivery travels alone. With 200 ms
/// between the two, 5 MB/s.
pub const DELIVERY_BYTES_IN_FLIGHT_MAX: usize = 1024 * 1024;
/// Bytes of one connection's requests that are being worked on; while there are more, nothing is read from it.
pub const WORK_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of entries in one answer to `log from`: fifty offices' statements, and no wait for what is more urgent.
pub const LOG_BYTES_PER_FRAME_MAX: usize = 256 * 1024;
/// The largest frame of who may not post: a statement, an invitation or a bundle, with room.
pub const SMALL_FRAME_BYTES_MAX: usize = 2 * STATEMENT_BYTES_MAX;
/// Frames waiting to be written on one connection; a reader slower than this is waited for.
pub const FRAMES_QUEUED_MAX: usize = 64;
/// Connections that a relay serves at once.
pub const CONNECTIONS_MAX: usize = 8_192;
/// Handshakes under way at once, before admission.
pub const HANDSHAKES_MAX: usize = 256;
/// Handshakes under way at once from one address.
pub const HANDSHAKES_PER_ADDRESS_MAX: usize = 32;
/// Connections of one device at once: a station, its successor after a network change, and one to spare.
pub const CONNECTIONS_PER_DEVICE_MAX: usize = 4;

/// Bytes of one lane that a QUIC peer may send before we have read them: eight chunks, 2.5 MB/s at 200 ms away.
pub const LANE_WINDOW_BYTES_MAX: usize = 8 * CHUNK_BYTES_MAX;
/// Each of a TCP socket's two kernel buffers; what lies in them cannot be overtaken, so they hold no more than a flash
/// can wait for. (Linux doubles the number for its own bookkeeping.)
pub const SOCKET_BYTES_MAX: usize = 4 * CHUNK_BYTES_MAX;
/// After so many chunks chosen by urgency, one chunk is shared out, so that no lane starves.
pub const URGENT_CHUNKS_IN_A_ROW_MAX: u32 = 15;
/// From so many handshakes under way on, a QUIC client must first prove its address (retry).
pub const HANDSHAKES_UNPROVEN_MAX: usize = HANDSHAKES_MAX / 4;
/// Connections made and not yet taken by the relay; more are dropped, and their stations try the next relay.
pub const LINKS_WAITING_MAX: usize = 64;
/// Addresses tried of one relay's name.
pub const ADDRESSES_PER_RELAY_MAX: usize = 4;
/// Tries to find a port number that is free for both TCP and UDP.
pub const BIND_TRIES_MAX: usize = 16;

/// Posts waiting in one device's mailbox.
pub const MAILBOX_POSTS_MAX: usize = 100_000;
/// Bytes that one State's posts may hold on a relay at once.
pub const STATE_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// Posts of one State in a day: a crisis is hundreds, a loop is millions.
pub const STATE_POSTS_PER_DAY_MAX: u32 = 50_000;
/// Directory entries of one State in a day.
pub const STATE_ENTRIES_PER_DAY_MAX: u32 = 200;
/// Directory entries of one State in a year.
pub const STATE_ENTRIES_PER_YEAR_MAX: u32 = 5_000;
/// Invitations alive at once.
pub const INVITATIONS_MAX: usize = 1_024;

/// Setting up a connection, both transports together.
pub const DIAL_MS_MAX: u64 = 10_000;
/// TCP is tried beside QUIC when QUIC has not answered after this time.
pub const TCP_AFTER_MS: u64 = 800;
/// How much longer QUIC is waited for when the same host refuses TCP: most likely no relay runs there.
pub const QUIC_AFTER_REFUSAL_MS: u64 = 700;
/// One handshake, from the first byte to the session.
pub const HANDSHAKE_MS_MAX: u64 = 5_000;
/// Pause of a listener that the operating system gives no more sockets.
pub const ACCEPT_PAUSE_MS: u64 = 100;
/// Any single answer of a relay.
pub const ANSWER_MS_MAX: u64 = 30_000;
/// A post's receipt: ten megabytes over a slow line, and the disk.
pub const POST_ANSWER_MS_MAX: u64 = 300_000;
/// How long a station does not offer posts again after a relay said that the quota is used up.
pub const QUOTA_PAUSE_MS: u64 = 60_000;
/// Silence after which a side sends `ping`.
pub const KEEPALIVE_MS: u64 = 15_000;
/// Silence after which a connection is given up.
pub const IDLE_MS_MAX: u64 = 45_000;
/// A peer that takes longer than this to read one chunk is dropped.
pub const WRITE_STALL_MS_MAX: u64 = 60_000;
/// How long a signed head answers for "now", seconds: a thousand stations that ask at once cost one signature.
pub const HEAD_CACHED_S: u64 = 5;
/// How long after its certificate ended a device may still fetch and renew itself.
pub const LAPSED_S_MAX: u64 = 400 * DAY_S;
/// How long a stopping relay waits for its connections.
pub const SHUTDOWN_MS_MAX: u64 = 5_000;

const _: () = assert!(liaison_keys::body::PLAINTEXT_BYTES_MIN < BODY_BYTES_MAX);
const _: () = assert!(TEMPLATE_BYTES_MAX < BODY_BYTES_MAX);
const _: () = assert!(POST_BYTES_MAX < FRAME_BYTES_MAX);
const _: () = assert!(CHUNK_BYTES_MAX < FRAME_BYTES_MAX);
const _: () = assert!(HELLO_BYTES_MAX < CHUNK_BYTES_MAX);
const _: () = assert!(FRAME_BYTES_MAX < u32::MAX as usize);
const _: () = assert!(LOG_ENTRIES_PER_FRAME_MAX * ENTRY_BYTES_MAX < FRAME_BYTES_MAX);
const _: () = assert!(BUNDLES_PER_FRAME_MAX * BUNDLE_BYTES_MAX < FRAME_BYTES_MAX);
const _: () = assert!(ENTRY_BYTES_MAX < LOG_BYTES_PER_FRAME_MAX && BUNDLE_BYTES_MAX < SMALL_FRAME_BYTES_MAX);
const _: () =
    assert!(HELLO_BYTES_MAX < SMALL_FRAME_BYTES_MAX && BODY_BYTES_MAX < DELIVERY_BYTES_IN_FLIGHT_MAX);
const _: () = assert!(TCP_AFTER_MS < DIAL_MS_MAX && KEEPALIVE_MS < IDLE_MS_MAX);
const _: () = assert!(DIRECTORY_FRESH_S < DIRECTORY_STALE_S && DIRECTORY_ASKED_EVERY_S < DIRECTORY_FRESH_S);
const _: () = assert!(QUARANTINE_ITEMS_MAX < QUARANTINE_REASONS_MAX);
// All that wait may have to be set aside at once, whole.
const _: () = assert!(WAITING_ITEMS_MAX < QUARANTINE_ITEMS_MAX && WAITING_S_MAX <= DIRECTORY_STALE_S);
const _: () = assert!(HELLO_BYTES_MAX < LANE_WINDOW_BYTES_MAX && SOCKET_BYTES_MAX < FRAME_BYTES_MAX);
const _: () = assert!(
    HANDSHAKES_PER_ADDRESS_MAX <= HANDSHAKES_UNPROVEN_MAX && HANDSHAKES_UNPROVEN_MAX < HANDSHAKES_MAX
);
const _: () = assert!(HANDSHAKE_MS_MAX < DIAL_MS_MAX);
