//! What is missing when something did not come about? Lines of an undisturbed script, by what they have in common.
//! It must never know why they are missing.

/// The check never became a message at the victim, and nobody answered.
pub const CHECK_AT_VICTIM: &[&str] = &[
    "xa has comm-check-ack of xb: Actual from xb/diplomatic/1",
    "xa knows of comm-check of xa at xb/diplomatic/1: Delivered",
    "xa receipted comm-check-ack of xb",
    "xb has comm-check of xa: Actual from xa/diplomatic/1",
    "xb knows of comm-check-ack of xb at xa/diplomatic/1: Delivered",
    "xb receipted comm-check of xa",
    "xb sent comm-check-ack of xb to 1: accepted",
];
/// The same at the bystander.
pub const CHECK_AT_BYSTANDER: &[&str] = &[
    "xa has comm-check-ack of xc: Actual from xc/diplomatic/1",
    "xa knows of comm-check of xa at xc/diplomatic/1: Delivered",
    "xa receipted comm-check-ack of xc",
    "xc has comm-check of xa: Actual from xa/diplomatic/1",
    "xc knows of comm-check-ack of xc at xa/diplomatic/1: Delivered",
    "xc receipted comm-check of xa",
    "xc sent comm-check-ack of xc to 1: accepted",
    "xc keys of xa/diplomatic/1: newest, its own true",
];
/// The same where so much time passes that no answer would have come.
pub const LATE_CHECK_AT_VICTIM: &[&str] = &[
    "xa knows of comm-check of xa at xb/diplomatic/1: Delivered",
    "xb has comm-check of xa: Actual from xa/diplomatic/1",
    "xb receipted comm-check of xa",
    "xb sent comm-check-ack of xb to 1: accepted",
];
/// The same at the bystander.
pub const LATE_CHECK_AT_BYSTANDER: &[&str] = &[
    "xa knows of comm-check of xa at xc/diplomatic/1: Delivered",
    "xc has comm-check of xa: Actual from xa/diplomatic/1",
    "xc receipted comm-check of xa",
    "xc sent comm-check-ack of xc to 1: accepted",
    "xc keys of xa/diplomatic/1: newest, its own true",
];
/// The two letters never became messages at the victim.
pub const LETTERS_AT_VICTIM: &[&str] = &[
    "xa knows of after at xb/diplomatic/1: Delivered",
    "xa knows of before at xb/diplomatic/1: Delivered",
    "xb has after: Actual from xa/diplomatic/1",
    "xb has before: Actual from xa/diplomatic/1",
    "xb keys of xa/diplomatic/1: newest, its own true",
    "xb receipted after",
    "xb receipted before",
];
/// The two letters were not taken by a relay.
pub const LETTERS_TAKEN: &[&str] = &["xa sent after to 1: accepted", "xa sent before to 1: accepted"];
/// The check was not taken by a relay.
pub const CHECK_TAKEN: &[&str] = &["xa sent comm-check of xa to 2: accepted"];
/// The directories as they were at the beginning.
pub const LOGS: &[&str] = &[
    "xa log of 63, checkpoint of 63, root the relay's own, void []",
    "xb log of 63, checkpoint of 63, root the relay's own, void []",
    "xc log of 63, checkpoint of 63, root the relay's own, void []",
];
/// The directories with one more entry.
pub const LOGS_GROWN: &[&str] = &[
    "xa log of 64, checkpoint of 64, root the relay's own, void []",
    "xb log of 64, checkpoint of 64, root the relay's own, void []",
    "xc log of 64, checkpoint of 64, root the relay's own, void []",
];
