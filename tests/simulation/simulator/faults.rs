//! How often things go wrong, and what the user may do.

use super::random::Random;

/// In thousandths of the occasions.
#[derive(Clone, Copy, Default)]
pub struct Faults {
    /// Answered with an error; some of these have been carried out all the same.
    pub refused: u64,
    /// Refused for good (a right that is missing for a moment).
    pub denied: u64,
    /// Refused for what it was signed with, or nothing to sign with.
    pub credentials: u64,
    pub unsent: u64,
    pub reply_lost: u64,
    /// Given up by us, carried out later.
    pub late: u64,
    /// An answer that is not what it should be.
    pub unclear: u64,
    /// Other bytes stored than were sent, or another CRC64 reported.
    pub wrong_crc: u64,
    /// Unfinished uploads vanish.
    pub forget: u64,
    /// Somebody else puts or deletes the object.
    pub stranger: u64,
    /// Writing or synchronising fails.
    pub disk: u64,
    /// At each step.
    pub crash: u64,
    pub cancel: u64,
    pub edit: u64,
    /// The clock leaps by hours, as after a suspend.
    pub leap: u64,
}

/// What does not pass by itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rights {
    pub deny_list: bool,
    pub deny_abort: bool,
    pub deny_head: bool,
}

impl Faults {
    pub fn any(random: &mut Random) -> Faults {
        let level = [0, 10, 60, 250][random.index(4)];
        let mut sometimes = |often: u64, rate: u64| if random.chance(often) { rate } else { 0 };
        Faults {
            refused: level,
            unsent: level,
            reply_lost: level,
            credentials: level / 4,
            denied: sometimes(100, 10),
            late: sometimes(300, 60),
            unclear: sometimes(300, 100),
            wrong_crc: sometimes(300, 40),
            forget: sometimes(200, 10),
            stranger: sometimes(150, 10),
            disk: sometimes(250, 60),
            crash: sometimes(650, 20),
            cancel: sometimes(200, 6),
            edit: sometimes(300, 10),
            leap: sometimes(200, 10),
        }
    }
}

impl Rights {
    pub fn any(random: &mut Random) -> Rights {
        Rights {
            deny_list: random.chance(300),
            deny_abort: random.chance(250),
            deny_head: random.chance(250),
        }
    }
}
