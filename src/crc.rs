//! CRC-64/XZ, the checksum OSS reports as `x-oss-hash-crc64ecma`.
//!
//! Parameters (ECMA-182 polynomial, reflected): polynomial `0xC96C5795D7870F42`,
//! initial value and final XOR all ones. OSS writes the value in decimal.

use std::fmt;

/// The polynomial, bit-reversed: bit 63 is the coefficient of x⁰.
const POLYNOMIAL: u64 = 0xC96C_5795_D787_0F42;

/// The polynomial 1 in the reflected representation.
const ONE: u64 = 1 << 63;

/// `ZERO_BYTES[n]` is x^(8·2ⁿ) mod P: what appending 2ⁿ zero bytes multiplies a CRC by.
static ZERO_BYTES: [u64; 64] = zero_bytes();

/// A CRC-64/XZ computed piece by piece.
#[derive(Clone, Default)]
pub struct Digest(crc64fast::Digest);

impl Digest {
    /// The digest of no bytes; its value is 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends `bytes`.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    /// The CRC of everything appended so far.
    pub fn finish(&self) -> u64 {
        self.0.sum64()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({:#018x})", self.finish())
    }
}

/// The CRC of `bytes`.
pub fn crc64(bytes: &[u8]) -> u64 {
    let mut digest = Digest::new();
    digest.update(bytes);
    digest.finish()
}

/// The CRC of A followed by B, from `crc1` of A, `crc2` of B and the length of B in bytes.
///
/// Any `len2` will do, and the cost grows with the number of its one bits only, so combining
/// the parts of an object never needs the parts again.
pub fn combine(crc1: u64, crc2: u64, len2: u64) -> u64 {
    // B shifts A's remainder up by 8·len2 bits; the all-ones initial value and the final XOR
    // cancel out between the two.
    let mut shifted = crc1;
    let mut rest = len2;
    while rest != 0 {
        shifted = multiply(shifted, ZERO_BYTES[rest.trailing_zeros() as usize]);
        rest &= rest - 1;
    }
    shifted ^ crc2
}

/// a·b mod P over GF(2), both reflected.
const fn multiply(a: u64, b: u64) -> u64 {
    let mut a = a;
    let mut b = b;
    let mut product = 0;
    while a != 0 {
        if a & ONE != 0 {
            product ^= b;
        }
        a <<= 1;
        // Multiplying by x is a right shift here; what falls out is reduced.
        b = (b >> 1) ^ if b & 1 != 0 { POLYNOMIAL } else { 0 };
    }
    product
}

const fn zero_bytes() -> [u64; 64] {
    let mut table = [ONE >> 8; 64];
    let mut n = 1;
    while n < table.len() {
        table[n] = multiply(table[n - 1], table[n - 1]);
        n += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One bit at a time, straight from the parameters.
    fn bitwise(bytes: &[u8]) -> u64 {
        let mut crc = u64::MAX;
        for byte in bytes {
            crc ^= u64::from(*byte);
            for _ in 0..8 {
                let carry = crc & 1;
                crc >>= 1;
                if carry == 1 {
                    crc ^= POLYNOMIAL;
                }
            }
        }
        crc ^ u64::MAX
    }

    #[test]
    fn check_value_of_the_catalogue() {
        assert_eq!(crc64(b"123456789"), 0x995D_C9BB_DF19_39FA);
        assert_eq!(crc64(b"123456789"), 11_051_210_869_376_104_954);
        assert_eq!(bitwise(b"123456789"), 0x995D_C9BB_DF19_39FA);
        assert_eq!(crc64(b""), 0);
    }

    #[test]
    fn combining_with_nothing_changes_nothing() {
        let crc = crc64(b"123456789");
        assert_eq!(combine(crc, 0, 0), crc);
        assert_eq!(combine(0, crc, 9), crc);
        assert_eq!(combine(crc, 7, 0), crc ^ 7);
    }

    #[test]
    fn combining_counts_every_bit_of_the_length() {
        // Appending B in two steps or at once is the same, far beyond any real length too.
        let crc = crc64(b"123456789");
        for shift in 0..63 {
            let half = 1 << shift;
            let twice = combine(combine(crc, 0, half), 0, half);
            assert_eq!(combine(crc, 0, half * 2), twice, "{half}");
        }
        assert_eq!(
            combine(combine(crc, 0, u64::MAX - 5), 0, 5),
            combine(crc, 0, u64::MAX)
        );
    }

    #[test]
    fn ten_thousand_parts_combine_quickly() {
        let crc = crc64(b"123456789");
        let started = std::time::Instant::now();
        let mut whole = 0;
        for _ in 0..10_000 {
            whole = combine(whole, crc, 0xFF_FFFF);
        }
        std::hint::black_box(whole);
        // Byte by byte it would take minutes, and as it is not a second even where much else runs.
        assert!(started.elapsed().as_secs() < 30);
    }

    proptest! {
        #[test]
        fn equals_the_bitwise_definition(bytes in prop::collection::vec(any::<u8>(), 0..4096)) {
            prop_assert_eq!(crc64(&bytes), bitwise(&bytes));
        }

        #[test]
        fn any_split_combines_to_the_whole(
            bytes in prop::collection::vec(any::<u8>(), 0..4096),
            first in any::<prop::sample::Index>(),
            second in any::<prop::sample::Index>(),
        ) {
            let (mut a, mut b) = (first.index(bytes.len() + 1), second.index(bytes.len() + 1));
            if a > b {
                std::mem::swap(&mut a, &mut b);
            }
            let parts = [&bytes[..a], &bytes[a..b], &bytes[b..]];
            let combined = parts
                .iter()
                .fold(0, |crc, part| combine(crc, crc64(part), part.len() as u64));
            prop_assert_eq!(combined, crc64(&bytes));

            let mut digest = Digest::new();
            parts.iter().for_each(|part| digest.update(part));
            prop_assert_eq!(digest.finish(), combined);
        }
    }
}
