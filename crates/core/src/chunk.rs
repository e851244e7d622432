//! Up to 1024 points of one series → three coded columns that never change.
//!
//! Codes are exact: every bit of step, wall time and value comes back (but for the payload of a NaN).
//!
//! ```text
//! steps       first, then differences less the smallest one, in 0, 1, 2, 4 or 8 bytes each: evenly spaced steps take none
//! wall times  the same over their bits: doubles that lie close have bits that lie close
//! values      4 bytes each if all of them are exactly float32 (most writers log no more), else 8
//! ```
//! Measured on 10M points of twenty interleaved curves: 5 to 9 bytes a point instead of 24.

use std::io::{self, Write};
use std::sync::Arc;

use crate::differences::{arrays, put, Differences};
use crate::packing::{Packer, Unpacker};
use crate::slice::Slice;
use crate::stats::Stats;
use crate::types::Point;
use crate::wire::Malformed;

/// Points of a full chunk: large enough that the header is below 0.2 bytes a point, small enough that twenty open
/// series stay in the second-level cache.
pub const CHUNK_POINTS: usize = 1024;
/// A batch's rest is sealed from this length on; below, the header would outweigh what the code saves.
pub const SEAL_POINTS: usize = 64;

/// Up to `CHUNK_POINTS` points, coded, never changed.
#[derive(Debug)]
pub struct Chunk {
    n_points: u32,
    values_are_f32: bool,
    steps: Differences,
    wall_times: Differences,
    /// Steps, then wall times, then values.
    bytes: Bytes,
    pub stats: Stats,
}

/// The bytes of a chunk: its own, or a stretch of a cache that was read as a whole.
#[derive(Debug)]
enum Bytes {
    Own(Box<[u8]>),
    Shared {
        all: Arc<Vec<u8>>,
        start: usize,
        length: u32,
    },
}

impl Bytes {
    #[inline]
    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Own(bytes) => bytes,
            Self::Shared { all, start, length } => all
                .get(*start..*start + *length as usize)
                .unwrap_or_default(),
        }
    }
}

impl Chunk {
    /// Codes points, at least one.
    #[must_use]
    pub fn seal(points: &[Point]) -> Self {
        let steps = || points.iter().map(|point| point.step);
        let wall_bits = || points.iter().map(|point| point.wall_time.to_bits() as i64);
        let values = || points.iter().map(|point| point.value);
        let step_code = Differences::of(steps());
        let wall_code = Differences::of(wall_bits());
        let values_are_f32 = values().all(is_f32);
        let value_bytes = if values_are_f32 { 4 } else { 8 };
        let n_points = points.len();
        let mut bytes = Vec::with_capacity(
            step_code.n_bytes(n_points) + wall_code.n_bytes(n_points) + value_bytes * n_points,
        );
        step_code.encode(steps(), &mut bytes);
        wall_code.encode(wall_bits(), &mut bytes);
        if values_are_f32 {
            let codes = values().map(|value| (value as f32).to_le_bytes());
            put(n_points, codes, &mut bytes);
        } else {
            put(n_points, values().map(f64::to_le_bytes), &mut bytes);
        }
        Self {
            n_points: n_points as u32,
            values_are_f32,
            steps: step_code,
            wall_times: wall_code,
            bytes: Bytes::Own(bytes.into_boxed_slice()),
            stats: Stats::of(points),
        }
    }

    /// Bytes of a packed chunk without its columns.
    pub const PACKED_BYTES: usize = 4 + 1 + 2 * 17 + 7 * 8 + 2 * 4 + 8;

    /// # Errors
    /// What the output says.
    pub fn pack<W: Write>(&self, out: &mut Packer<W>) -> io::Result<()> {
        out.u32(self.n_points)?;
        out.u8(u8::from(self.values_are_f32))?;
        for code in [&self.steps, &self.wall_times] {
            out.i64(code.first)?;
            out.i64(code.smallest)?;
            out.u8(code.width)?;
        }
        let stats = &self.stats;
        out.i64(stats.min_step)?;
        out.i64(stats.max_step)?;
        for number in [
            stats.min_wall_time,
            stats.max_wall_time,
            stats.min,
            stats.max,
            stats.sum,
            stats.last,
        ] {
            out.f64(number)?;
        }
        out.u32(stats.n_nonfinite)?;
        out.u32(stats.n_nonfinite_wall_times)?;
        out.bytes(self.bytes.as_slice())
    }

    /// A chunk whose columns stay in `all`, which `from` reads.
    ///
    /// # Errors
    /// When the bytes are no chunk.
    pub fn unpack(from: &mut Unpacker<'_>, all: &Arc<Vec<u8>>) -> Result<Self, Malformed> {
        let n_points = from.u32()?;
        let values_are_f32 = from.u8()? == 1;
        let mut codes = [Differences::default(); 2];
        for code in &mut codes {
            *code = Differences {
                first: from.i64()?,
                smallest: from.i64()?,
                width: from.u8()?,
            };
            if !matches!(code.width, 0 | 1 | 2 | 4 | 8) {
                return Err(Malformed);
            }
        }
        let (min_step, max_step) = (from.i64()?, from.i64()?);
        let mut numbers = [0.0; 6];
        for number in &mut numbers {
            *number = from.f64()?;
        }
        let [min_wall_time, max_wall_time, min, max, sum, last] = numbers;
        let stats = Stats {
            min_step,
            max_step,
            min_wall_time,
            max_wall_time,
            min,
            max,
            sum,
            last,
            n_nonfinite: from.u32()?,
            n_nonfinite_wall_times: from.u32()?,
        };
        let length = from.bytes()?.len();
        let start = from.offset() - length;
        let [steps, wall_times] = codes;
        let n = n_points as usize;
        let value_bytes = if values_are_f32 { 4 } else { 8 };
        if n == 0
            || n > CHUNK_POINTS
            || steps.n_bytes(n) + wall_times.n_bytes(n) + value_bytes * n != length
        {
            return Err(Malformed);
        }
        Ok(Self {
            n_points,
            values_are_f32,
            steps,
            wall_times,
            bytes: Bytes::Shared {
                all: Arc::clone(all),
                start,
                length: length as u32,
            },
            stats,
        })
    }

    #[must_use]
    pub fn n_points(&self) -> usize {
        self.n_points as usize
    }

    #[must_use]
    pub fn n_bytes(&self) -> usize {
        size_of::<Self>() + self.bytes.as_slice().len()
    }

    fn parts(&self) -> (&[u8], &[u8], &[u8]) {
        let bytes = self.bytes.as_slice();
        let (steps, rest) = bytes.split_at(self.steps.n_bytes(self.n_points()));
        let (wall_times, values) = rest.split_at(self.wall_times.n_bytes(self.n_points()));
        (steps, wall_times, values)
    }

    /// The values as they are held; only for a chunk whose values are all finite.
    #[must_use]
    pub fn values(&self) -> Slice<'_> {
        match self.values_are_f32 {
            true => Slice::F32(self.parts().2),
            false => Slice::F64(self.parts().2),
        }
    }

    /// Whether no step is below the one before it.
    #[must_use]
    pub fn has_sorted_steps(&self) -> bool {
        // Differences wrap around only in chunks that span more than i64 holds.
        let span = self.stats.max_step.checked_sub(self.stats.min_step);
        span.is_some() && self.steps.smallest >= 0
    }

    /// Whether all wall times are finite, and none is below the one before it.
    #[must_use]
    pub fn has_sorted_wall_times(&self) -> bool {
        // The bits of doubles from 0 up are in the order of the doubles.
        self.stats.n_nonfinite_wall_times == 0
            && self.stats.min_wall_time.is_sign_positive()
            && self.wall_times.smallest >= 0
    }

    /// First step and distance, when all steps lie equally far apart.
    #[must_use]
    pub fn even_steps(&self) -> Option<(i64, i64)> {
        (self.steps.width == 0).then_some((self.steps.first, self.steps.smallest))
    }

    #[inline]
    pub fn decode_steps(&self, push: impl FnMut(i64)) {
        self.steps.decode(self.n_points(), self.parts().0, push);
    }

    #[inline]
    pub fn decode_wall_times(&self, mut push: impl FnMut(f64)) {
        self.wall_times
            .decode(self.n_points(), self.parts().1, |bits| {
                push(f64::from_bits(bits as u64))
            });
    }

    #[inline]
    pub fn decode_values(&self, mut push: impl FnMut(f64)) {
        let bytes = self.parts().2;
        if self.values_are_f32 {
            arrays(bytes).for_each(|four| push(f64::from(f32::from_le_bytes(four))));
        } else {
            arrays(bytes).for_each(|eight| push(f64::from_le_bytes(eight)));
        }
    }
}

/// Whether float32 holds the value exactly. A NaN passes: it comes back as a NaN.
#[inline]
fn is_f32(value: f64) -> bool {
    f64::from(value as f32).to_bits() == value.to_bits() || value.is_nan()
}

#[cfg(test)]
mod tests {
    use super::Chunk;
    use crate::columns::Columns;
    use crate::types::Point;

    fn round_trip(steps: &[i64], wall_times: &[f64], values: &[f64]) -> (Columns, usize) {
        let numbers = steps.iter().zip(wall_times).zip(values);
        let points: Vec<Point> = numbers
            .map(|((&step, &wall_time), &value)| Point {
                step,
                wall_time,
                value,
            })
            .collect();
        let chunk = Chunk::seal(&points);
        let mut back = Columns::default();
        back.extend_from_chunk(&chunk);
        (back, chunk.bytes.as_slice().len())
    }

    fn bits(numbers: &[f64]) -> Vec<u64> {
        numbers.iter().map(|number| number.to_bits()).collect()
    }

    #[test]
    fn even_steps_cost_nothing_and_float32_values_four_bytes() {
        let steps: Vec<i64> = (0..1000).map(|i| 5 * i).collect();
        let wall_times: Vec<f64> = (0..1000).map(|i| 1.7e9 + f64::from(i) * 0.25).collect();
        let values: Vec<f64> = (0..1000).map(|i| f64::from(0.1f32 * i as f32)).collect();
        let (back, n_bytes) = round_trip(&steps, &wall_times, &values);
        assert_eq!(
            (steps, wall_times, values),
            (back.steps, back.wall_times, back.values)
        );
        assert_eq!(4000, n_bytes);
    }

    #[test]
    fn every_extreme_comes_back_bit_for_bit() {
        let steps = [i64::MAX, i64::MIN, 0, -1, 1, i64::MIN, i64::MAX, 0];
        let numbers = [
            0.0,
            -0.0,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
            f64::MIN_POSITIVE,
            5e-324,
            0.1,
        ];
        let (back, _) = round_trip(&steps, &numbers, &numbers);
        assert_eq!(steps.to_vec(), back.steps);
        assert_eq!(bits(&numbers), bits(&back.wall_times));
        assert_eq!(bits(&numbers), bits(&back.values));
    }
}
