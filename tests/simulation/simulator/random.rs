//! Where all choices of a simulation come from: a seed, or the bytes of a fuzzer.

#[derive(Clone)]
pub enum Random {
    /// SplitMix64.
    Seed(u64),
    /// Choices one after another. Once they are used up every choice is 0 and nothing goes wrong any
    /// more, so that a run ends.
    Bytes { bytes: Vec<u8>, at: usize },
}

impl Random {
    pub fn of_seed(seed: u64) -> Random {
        Random::Seed(seed)
    }

    pub fn of_bytes(bytes: &[u8]) -> Random {
        Random::Bytes {
            bytes: bytes.to_vec(),
            at: 0,
        }
    }

    /// Nothing happens by chance: everything in the order in which it was begun.
    pub fn none() -> Random {
        Random::of_bytes(&[])
    }

    fn take(&mut self, count: usize) -> u64 {
        match self {
            Random::Seed(state) => {
                *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut mixed = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                mixed ^ (mixed >> 31)
            }
            Random::Bytes { bytes, at } => {
                let taken = bytes.iter().skip(*at).take(count);
                *at += count;
                taken.fold(0, |number, byte| number << 8 | u64::from(*byte))
            }
        }
    }

    /// A choice beside the others, one in `count`: it takes none from them, so that what a seed has meant
    /// it goes on to mean.
    pub fn aside(&self, salt: u64, count: u64) -> bool {
        match self {
            Random::Seed(state) => Random::Seed(state ^ salt).any().is_multiple_of(count),
            Random::Bytes { bytes, .. } => {
                let last = bytes.last().copied().unwrap_or(1);
                u64::from(last).is_multiple_of(count)
            }
        }
    }

    pub fn any(&mut self) -> u64 {
        self.take(8)
    }

    /// 0 to `limit` - 1.
    pub fn below(&mut self, limit: u64) -> u64 {
        match limit {
            0 | 1 => 0,
            ..=256 => self.take(1) % limit,
            _ => self.take(4) % limit,
        }
    }

    pub fn index(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    /// True in `per_mille` of a thousand cases; a byte of 0 is never true.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        match self {
            _ if per_mille == 0 => false,
            Random::Seed(_) => self.take(8) % 1000 < per_mille,
            Random::Bytes { .. } => self.take(1) * 1000 / 256 >= 1000 - per_mille.min(996),
        }
    }
}
