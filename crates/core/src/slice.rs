//! Coded values of a chunk → extremes, sums and weighted sums of a stretch of them, several values at a time.
//!
//! Lanes are added up apart from one another, so sums differ from adding value after value by rounding alone.

const LANES: usize = 8;

/// Finite values one after the other, as a chunk holds them, little-endian.
#[derive(Clone, Copy, Debug)]
pub enum Slice<'a> {
    F32(&'a [u8]),
    F64(&'a [u8]),
}

/// What can be said of values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extremes {
    pub min: f64,
    pub max: f64,
    pub sum: f64,
}

/// A number of a fixed width in bytes.
trait Number: Copy {
    const BYTES: usize;
    fn read(bytes: &[u8]) -> Self;
    fn wide(self) -> f64;
    fn lower(self, other: Self) -> Self;
    fn higher(self, other: Self) -> Self;
    const HIGHEST: Self;
    const LOWEST: Self;
}

macro_rules! number {
    ($type:ty, $bytes:literal) => {
        impl Number for $type {
            const BYTES: usize = $bytes;
            const HIGHEST: Self = <$type>::INFINITY;
            const LOWEST: Self = <$type>::NEG_INFINITY;

            #[inline(always)]
            fn read(bytes: &[u8]) -> Self {
                let mut array = [0; $bytes];
                array.copy_from_slice(bytes);
                Self::from_le_bytes(array)
            }

            #[inline(always)]
            fn wide(self) -> f64 {
                f64::from(self)
            }

            // Not `min` and `max`, which look for NaN: there is none.
            #[inline(always)]
            fn lower(self, other: Self) -> Self {
                if self < other {
                    self
                } else {
                    other
                }
            }

            #[inline(always)]
            fn higher(self, other: Self) -> Self {
                if self > other {
                    self
                } else {
                    other
                }
            }
        }
    };
}
number!(f32, 4);
number!(f64, 8);

fn extremes<N: Number>(bytes: &[u8]) -> Extremes {
    let mut min = [N::HIGHEST; LANES];
    let mut max = [N::LOWEST; LANES];
    let mut sum = [0.0; LANES];
    let blocks = bytes.chunks_exact(N::BYTES * LANES);
    let rest = blocks.remainder();
    for block in blocks {
        for lane in 0..LANES {
            let value = N::read(&block[lane * N::BYTES..][..N::BYTES]);
            min[lane] = value.lower(min[lane]);
            max[lane] = value.higher(max[lane]);
            sum[lane] += value.wide();
        }
    }
    for (lane, bytes) in rest.chunks_exact(N::BYTES).enumerate() {
        let value = N::read(bytes);
        min[lane] = value.lower(min[lane]);
        max[lane] = value.higher(max[lane]);
        sum[lane] += value.wide();
    }
    Extremes {
        min: min.into_iter().fold(N::HIGHEST, N::lower).wide(),
        max: max.into_iter().fold(N::LOWEST, N::higher).wide(),
        sum: sum.iter().sum(),
    }
}

fn dot<N: Number>(bytes: &[u8], weights: &[f64]) -> f64 {
    let mut sum = [0.0; LANES];
    let blocks = bytes.chunks_exact(N::BYTES * LANES);
    let weight_blocks = weights.chunks_exact(LANES);
    let (rest, weight_rest) = (blocks.remainder(), weight_blocks.remainder());
    for (block, weights) in blocks.zip(weight_blocks) {
        for lane in 0..LANES {
            sum[lane] += weights[lane] * N::read(&block[lane * N::BYTES..][..N::BYTES]).wide();
        }
    }
    for ((lane, bytes), weight) in rest.chunks_exact(N::BYTES).enumerate().zip(weight_rest) {
        sum[lane] += weight * N::read(bytes).wide();
    }
    sum.iter().sum()
}

impl<'a> Slice<'a> {
    #[must_use]
    pub fn n_points(&self) -> usize {
        match self {
            Self::F32(bytes) => bytes.len() / 4,
            Self::F64(bytes) => bytes.len() / 8,
        }
    }

    /// The values of indices `[start, stop)`; none where they lie outside.
    #[must_use]
    pub fn part(&self, start: usize, stop: usize) -> Slice<'a> {
        match self {
            Self::F32(bytes) => Slice::F32(bytes.get(4 * start..4 * stop).unwrap_or_default()),
            Self::F64(bytes) => Slice::F64(bytes.get(8 * start..8 * stop).unwrap_or_default()),
        }
    }

    #[must_use]
    pub fn split_at(&self, at: usize) -> (Slice<'a>, Slice<'a>) {
        let n = self.n_points();
        let at = at.min(n);
        (self.part(0, at), self.part(at, n))
    }

    /// The last value; NaN if there is none.
    #[must_use]
    pub fn last(&self) -> f64 {
        match self {
            Self::F32(bytes) => bytes
                .last_chunk()
                .map_or(f64::NAN, |&last| f64::from(f32::from_le_bytes(last))),
            Self::F64(bytes) => bytes
                .last_chunk()
                .map_or(f64::NAN, |&last| f64::from_le_bytes(last)),
        }
    }

    /// +∞ and −∞ of no values.
    #[must_use]
    pub fn extremes(&self) -> Extremes {
        match self {
            Self::F32(bytes) => extremes::<f32>(bytes),
            Self::F64(bytes) => extremes::<f64>(bytes),
        }
    }

    /// The sum of each value times its weight.
    #[must_use]
    pub fn dot(&self, weights: &[f64]) -> f64 {
        match self {
            Self::F32(bytes) => dot::<f32>(bytes, weights),
            Self::F64(bytes) => dot::<f64>(bytes, weights),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Extremes, Slice};

    #[test]
    fn every_length_and_both_widths_agree_with_one_after_the_other() {
        let values: Vec<f64> = (0..40u32).map(|i| f64::from(i * 37 % 41) - 20.0).collect();
        let weights: Vec<f64> = (0..40).map(f64::from).collect();
        for n in 0..values.len() {
            let (values, weights) = (&values[..n], &weights[..n]);
            let narrow: Vec<u8> = values
                .iter()
                .flat_map(|&v| (v as f32).to_le_bytes())
                .collect();
            let wide: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
            let expected = Extremes {
                min: values.iter().fold(f64::INFINITY, |a, &b| a.min(b)),
                max: values.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b)),
                sum: values.iter().sum(),
            };
            let dot: f64 = values.iter().zip(weights).map(|(v, w)| v * w).sum();
            for slice in [Slice::F32(&narrow), Slice::F64(&wide)] {
                assert_eq!(expected, slice.extremes());
                assert_eq!(dot, slice.dot(weights));
                assert_eq!(n, slice.n_points());
            }
        }
    }
}
