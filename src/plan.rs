//! The part plan: which bytes of the file go into which part.

use std::fmt;

use crate::bug::{self, Bug};

/// The smallest part size in bytes (100 KiB); the last part may be smaller.
///
/// OSS checks this only when the upload is completed, with `EntityTooSmall`.
pub const MIN_PART_SIZE: u64 = 100 * KIB;

/// The largest part size in bytes (5 GiB); also the largest body of one PutObject.
pub const MAX_PART_SIZE: u64 = 5 * 1024 * MIB;

/// The largest number of parts of one upload, and the largest part number.
pub const MAX_PARTS: u32 = 10_000;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
const MIN_AUTO_PART_SIZE: u64 = 4 * MIB;
const MAX_FILE_SIZE: u64 = MAX_PARTS as u64 * MAX_PART_SIZE;

/// The part size asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartSize {
    /// A thousandth of the file, rounded up to a whole MiB; at least 4 MiB, at most 5 GiB.
    ///
    /// That is at most 1,000 parts up to a file of 5,000 GiB, so one lost part costs little,
    /// and parts large enough that the round trip of each costs little too.
    Auto,
    /// This many bytes, [`MIN_PART_SIZE`] to [`MAX_PART_SIZE`]; see [`Plan::raised`].
    Bytes(u64),
}

/// Why there is no plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanError {
    /// The part size asked for is outside [`MIN_PART_SIZE`] to [`MAX_PART_SIZE`].
    PartSize {
        /// The part size asked for, in bytes.
        given: u64,
    },
    /// The file does not fit into [`MAX_PARTS`] parts of [`MAX_PART_SIZE`].
    FileTooLarge {
        /// The size of the file in bytes.
        size: u64,
    },
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PartSize { given } => write!(
                f,
                "part size {given} is not between {MIN_PART_SIZE} (100 KiB) and {MAX_PART_SIZE} (5 GiB)"
            ),
            Self::FileTooLarge { size } => write!(
                f,
                "file of {size} bytes is larger than {MAX_PARTS} parts of 5 GiB ({MAX_FILE_SIZE} bytes)"
            ),
        }
    }
}

impl std::error::Error for PlanError {}

/// One part of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The part number, 1 to [`MAX_PARTS`].
    pub number: u32,
    /// Where the part begins in the file, in bytes.
    pub offset: u64,
    /// The length in bytes; 0 only for the one part of an empty file.
    pub len: u64,
}

/// How a file of a given size is cut into parts.
///
/// Parts follow one another without gap or overlap; all but the last have the same length.
/// Planning again with [`Plan::part_size`] gives the same plan, which is what lets a
/// checkpoint keep no more than that number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    size: u64,
    part_size: u64,
    parts: u32,
    raised: bool,
}

impl Plan {
    /// Plans a file of `size` bytes, 0 to 10,000 × 5 GiB.
    pub fn new(size: u64, requested: PartSize) -> Result<Self, PlanError> {
        let too_large = PlanError::FileTooLarge { size };
        if size > MAX_FILE_SIZE {
            return Err(too_large);
        }
        let wanted = match requested {
            PartSize::Auto => size
                .div_ceil(1000)
                .checked_next_multiple_of(MIB)
                .ok_or(too_large)?
                .clamp(MIN_AUTO_PART_SIZE, MAX_PART_SIZE),
            PartSize::Bytes(given) if (MIN_PART_SIZE..=MAX_PART_SIZE).contains(&given) => given,
            PartSize::Bytes(given) => return Err(PlanError::PartSize { given }),
        };
        let least = size.div_ceil(u64::from(MAX_PARTS));
        let raised = wanted < least;
        let part_size = if raised {
            // A whole number of pages, or better of MiB, keeps reads of the file aligned.
            let unit = if least < MIB { 4 * KIB } else { MIB };
            least.checked_next_multiple_of(unit).ok_or(too_large)?
        } else {
            wanted
        };
        let parts = u32::try_from(size.div_ceil(part_size).max(1)).map_err(|_| too_large)?;
        Ok(Self {
            size,
            part_size,
            parts,
            raised,
        })
    }

    /// The size of the file in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The length in bytes of every part but the last.
    pub fn part_size(&self) -> u64 {
        self.part_size
    }

    /// The number of parts, 1 to [`MAX_PARTS`]; an empty file has one empty part.
    pub fn parts(&self) -> u32 {
        self.parts
    }

    /// Whether one part holds the whole file, which is then sent as one PutObject.
    ///
    /// A multipart upload cannot have an empty part, so an empty file has no other way.
    pub fn is_single(&self) -> bool {
        self.parts == 1
    }

    /// Whether the part size asked for would have given more than [`MAX_PARTS`] parts.
    ///
    /// It was then raised to the smallest sufficient size, a ten-thousandth of the file,
    /// rounded up: to a multiple of 1 MiB from 1 MiB on, to a multiple of 4 KiB below.
    pub fn raised(&self) -> bool {
        self.raised
    }

    /// The part with this number, counted from 1; `None` when there is no such part.
    pub fn part(&self, number: u32) -> Option<Part> {
        if number > self.parts {
            return None;
        }
        let before = u64::from(number.checked_sub(1)?);
        let offset = before.checked_mul(self.part_size)?;
        let mut len = self.size.checked_sub(offset)?.min(self.part_size);
        if number == self.parts && bug::seeded(Bug::LastPartShort) {
            len = len.saturating_sub(1);
        }
        Some(Part {
            number,
            offset,
            len,
        })
    }

    /// All parts, by rising number.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Part> + use<> {
        let plan = *self;
        (1..=plan.parts).filter_map(move |number| plan.part(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GIB: u64 = 1024 * MIB;

    fn plan(size: u64, requested: PartSize) -> Plan {
        Plan::new(size, requested).unwrap()
    }

    #[test]
    fn sizes_around_one_part() {
        for (size, parts, last) in [
            (0, 1, 0),
            (1, 1, 1),
            (MIN_PART_SIZE - 1, 1, MIN_PART_SIZE - 1),
            (MIN_PART_SIZE, 1, MIN_PART_SIZE),
            (MIN_PART_SIZE + 1, 2, 1),
            (2 * MIN_PART_SIZE, 2, MIN_PART_SIZE),
        ] {
            let plan = plan(size, PartSize::Bytes(MIN_PART_SIZE));
            assert_eq!(plan.parts(), parts, "{size}");
            assert_eq!(plan.part(parts).map(|part| part.len), Some(last), "{size}");
            assert_eq!(plan.is_single(), parts == 1, "{size}");
            assert_eq!((plan.part(0), plan.part(parts + 1)), (None, None));
            assert!(!plan.raised());
        }
    }

    #[test]
    fn auto_is_a_thousandth_between_4_mib_and_5_gib() {
        for (size, part_size, parts) in [
            (0, 4 * MIB, 1),
            (4 * MIB + 1, 4 * MIB, 2),
            (4000 * MIB, 4 * MIB, 1000),
            (4000 * MIB + 1, 5 * MIB, 801),
            (5000 * GIB, 5 * GIB, 1000),
            (5000 * GIB + 1, 5 * GIB, 1001),
            (MAX_FILE_SIZE, 5 * GIB, 10_000),
        ] {
            let plan = plan(size, PartSize::Auto);
            assert_eq!(
                (plan.part_size(), plan.parts()),
                (part_size, parts),
                "{size}"
            );
            assert!(!plan.raised());
        }
    }

    #[test]
    fn raised_to_the_smallest_sufficient_multiple() {
        let most = u64::from(MAX_PARTS);
        for (size, asked, part_size) in [
            (most * MIN_PART_SIZE, MIN_PART_SIZE, MIN_PART_SIZE),
            (
                most * MIN_PART_SIZE + 1,
                MIN_PART_SIZE,
                MIN_PART_SIZE + 4 * KIB,
            ),
            (most * (MIB - 1), MIN_PART_SIZE, MIB),
            (most * MIB, MIN_PART_SIZE, MIB),
            (most * MIB + 1, MIN_PART_SIZE, 2 * MIB),
            (most * MIB + 1, MIB, 2 * MIB),
            (MAX_FILE_SIZE, MIN_PART_SIZE, MAX_PART_SIZE),
            (MAX_FILE_SIZE, MAX_PART_SIZE - 1, MAX_PART_SIZE),
        ] {
            let plan = plan(size, PartSize::Bytes(asked));
            assert_eq!(plan.part_size(), part_size, "{size}");
            assert_eq!(plan.raised(), part_size != asked, "{size}");
        }
    }

    #[test]
    fn what_cannot_be_planned() {
        for given in [0, 1, MIN_PART_SIZE - 1, MAX_PART_SIZE + 1, u64::MAX] {
            assert_eq!(
                Plan::new(1, PartSize::Bytes(given)),
                Err(PlanError::PartSize { given })
            );
        }
        for size in [MAX_FILE_SIZE + 1, u64::MAX] {
            for requested in [PartSize::Auto, PartSize::Bytes(MAX_PART_SIZE)] {
                assert_eq!(
                    Plan::new(size, requested),
                    Err(PlanError::FileTooLarge { size })
                );
            }
        }
    }

    fn any_size() -> impl Strategy<Value = u64> {
        prop_oneof![0..=100 * MIB, 0..=10_000 * GIB, 0..=MAX_FILE_SIZE]
    }

    fn any_part_size() -> impl Strategy<Value = PartSize> {
        prop_oneof![
            Just(PartSize::Auto),
            (MIN_PART_SIZE..=4 * MIB).prop_map(PartSize::Bytes),
            (MIN_PART_SIZE..=MAX_PART_SIZE).prop_map(PartSize::Bytes),
        ]
    }

    proptest! {
        #[test]
        fn parts_cover_the_file_exactly(size in any_size(), requested in any_part_size()) {
            let plan = plan(size, requested);
            prop_assert!((1..=MAX_PARTS).contains(&plan.parts()));
            prop_assert!((MIN_PART_SIZE..=MAX_PART_SIZE).contains(&plan.part_size()));

            let mut end = 0;
            let mut count = 0;
            for part in plan.iter() {
                count += 1;
                prop_assert_eq!((part.number, part.offset), (count, end));
                prop_assert_eq!(plan.part(part.number), Some(part));
                if count < plan.parts() {
                    prop_assert_eq!(part.len, plan.part_size());
                } else {
                    prop_assert!(part.len <= plan.part_size());
                    prop_assert!(part.len >= size.min(1));
                }
                end += part.len;
            }
            prop_assert_eq!((count, end), (plan.parts(), size));
            prop_assert_eq!(plan.is_single(), size <= plan.part_size());
        }

        #[test]
        fn planning_again_gives_the_same_parts(size in any_size(), requested in any_part_size()) {
            let first = plan(size, requested);
            let again = plan(size, PartSize::Bytes(first.part_size()));
            prop_assert_eq!(again, Plan { raised: false, ..first });
        }
    }
}
