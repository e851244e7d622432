//! One column of 64-bit integers → its first number, and differences less the smallest one in 0, 1, 2, 4 or 8 bytes each.
//!
//! Evenly spaced steps take no bytes at all. Differences wrap around, so every number comes back.

/// How one column of 64-bit integers is coded.
#[derive(Clone, Copy, Debug, Default)]
pub struct Differences {
    pub first: i64,
    pub smallest: i64,
    /// Bytes of one difference: 0, 1, 2, 4 or 8.
    pub width: u8,
}

impl Differences {
    /// How to code these.
    #[must_use]
    pub fn of(numbers: impl Iterator<Item = i64> + Clone) -> Self {
        let first = numbers.clone().next().unwrap_or_default();
        let (mut smallest, mut largest, mut before) = (i64::MAX, i64::MIN, first);
        for number in numbers.skip(1) {
            let difference = number.wrapping_sub(before);
            smallest = smallest.min(difference);
            largest = largest.max(difference);
            before = number;
        }
        if smallest > largest {
            return Self {
                first,
                smallest: 0,
                width: 0,
            };
        }
        let width = match largest.wrapping_sub(smallest) as u64 {
            0 => 0,
            1..=0xff => 1,
            0x100..=0xffff => 2,
            0x1_0000..=0xffff_ffff => 4,
            _ => 8,
        };
        Self {
            first,
            smallest,
            width,
        }
    }

    /// Appends the differences of the numbers this is `of`.
    pub fn encode(self, numbers: impl ExactSizeIterator<Item = i64>, bytes: &mut Vec<u8>) {
        let mut before = self.first;
        let n = numbers.len().saturating_sub(1);
        let differences = numbers.skip(1).map(|number| {
            let coded = number.wrapping_sub(before).wrapping_sub(self.smallest);
            before = number;
            coded
        });
        match self.width {
            0 => {}
            1 => put(n, differences.map(|coded| [coded as u8]), bytes),
            2 => put(
                n,
                differences.map(|coded| (coded as u16).to_le_bytes()),
                bytes,
            ),
            4 => put(
                n,
                differences.map(|coded| (coded as u32).to_le_bytes()),
                bytes,
            ),
            _ => put(n, differences.map(i64::to_le_bytes), bytes),
        }
    }

    #[must_use]
    pub fn n_bytes(self, n_points: usize) -> usize {
        usize::from(self.width) * n_points.saturating_sub(1)
    }

    /// The numbers again, from the bytes that `encode` appended.
    #[inline]
    pub fn decode(self, n_points: usize, bytes: &[u8], mut push: impl FnMut(i64)) {
        let mut number = self.first;
        push(number);
        let mut add = |coded: i64| {
            number = number.wrapping_add(self.smallest).wrapping_add(coded);
            push(number);
        };
        match self.width {
            0 => (1..n_points).for_each(|_| add(0)),
            1 => bytes.iter().for_each(|&byte| add(i64::from(byte))),
            2 => arrays(bytes).for_each(|two| add(i64::from(u16::from_le_bytes(two)))),
            4 => arrays(bytes).for_each(|four| add(i64::from(u32::from_le_bytes(four)))),
            _ => arrays(bytes).for_each(|eight| add(i64::from_le_bytes(eight))),
        }
    }
}

/// `bytes` in pieces of `N`; a shorter rest is left out.
pub fn arrays<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> + '_ {
    bytes.chunks_exact(N).map(|piece| {
        let mut array = [0; N];
        array.copy_from_slice(piece);
        array
    })
}

/// Appends `n` codes of one width; faster than one by one, since room is asked for once.
pub fn put<const BYTES: usize>(
    n: usize,
    codes: impl Iterator<Item = [u8; BYTES]>,
    bytes: &mut Vec<u8>,
) {
    let start = bytes.len();
    bytes.resize(start + BYTES * n, 0);
    for (place, code) in bytes[start..].chunks_exact_mut(BYTES).zip(codes) {
        place.copy_from_slice(&code);
    }
}
