//! Points → columns: chunks that never change once sealed, and a short open tail.
//!
//! A chunk holds up to 1024 points of one series in three coded columns. Codes are exact: every bit of step, wall time
//! and value comes back (but for the payload of a NaN).
//!
//! ```text
//! steps       first, then differences less the smallest one, in 0, 1, 2, 4 or 8 bytes each: evenly spaced steps take none
//! wall times  the same over their bits: doubles that lie close have bits that lie close
//! values      4 bytes each if all of them are exactly float32 (most writers log no more), else 8
//! ```
//! Measured on 10M points of twenty interleaved curves: 5 to 9 bytes a point instead of 24.

use std::io::{self, Write};
use std::sync::Arc;

use crate::packing::{Packer, Unpacker};
use crate::restart::Restart;
use crate::slice::Slice;
use crate::types::{Place, Point};
use crate::wire::Malformed;

/// Points of a full chunk: large enough that the header is below 0.2 bytes a point, small enough that twenty open
/// series stay in the second-level cache.
pub const CHUNK_POINTS: usize = 1024;
/// A batch's rest is sealed from this length on; below, the header would outweigh what the code saves.
pub const SEAL_POINTS: usize = 64;

/// `bytes` in pieces of `N`; a shorter rest is left out.
fn arrays<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> + '_ {
    bytes.chunks_exact(N).map(|piece| {
        let mut array = [0; N];
        array.copy_from_slice(piece);
        array
    })
}

/// What can be said of a chunk without decoding it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stats {
    pub min_step: i64,
    pub max_step: i64,
    /// Of the finite wall times; +∞ and −∞ if there is none.
    pub min_wall_time: f64,
    pub max_wall_time: f64,
    /// Of the finite values; +∞ and −∞ if there is none.
    pub min: f64,
    pub max: f64,
    /// Sum of the finite values.
    pub sum: f64,
    /// The last finite value; NaN if there is none.
    pub last: f64,
    /// NaN and infinite values.
    pub n_nonfinite: u32,
    pub n_nonfinite_wall_times: u32,
}

/// How one column of 64-bit integers is coded.
#[derive(Clone, Copy, Debug, Default)]
struct Differences {
    first: i64,
    smallest: i64,
    /// Bytes of one difference: 0, 1, 2, 4 or 8.
    width: u8,
}

/// Appends `n` codes of one width; faster than one by one, since room is asked for once.
fn put<const BYTES: usize>(
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

impl Differences {
    fn of(numbers: impl Iterator<Item = i64> + Clone) -> Self {
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

    fn encode(self, numbers: impl ExactSizeIterator<Item = i64>, bytes: &mut Vec<u8>) {
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

    fn n_bytes(self, n_points: usize) -> usize {
        usize::from(self.width) * n_points.saturating_sub(1)
    }

    #[inline]
    fn decode(self, n_points: usize, bytes: &[u8], mut push: impl FnMut(i64)) {
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

// Not `min` and `max`, which look for NaN: there is none.
#[inline(always)]
fn lower(value: f64, other: f64) -> f64 {
    if value < other {
        value
    } else {
        other
    }
}

#[inline(always)]
fn higher(value: f64, other: f64) -> f64 {
    if value > other {
        value
    } else {
        other
    }
}

impl Stats {
    fn of(points: &[Point]) -> Self {
        let mut stats = Self {
            min_step: i64::MAX,
            max_step: i64::MIN,
            min_wall_time: f64::INFINITY,
            max_wall_time: f64::NEG_INFINITY,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            sum: 0.0,
            last: f64::NAN,
            n_nonfinite: 0,
            n_nonfinite_wall_times: 0,
        };
        for point in points {
            stats.min_step = stats.min_step.min(point.step);
            stats.max_step = stats.max_step.max(point.step);
            if point.wall_time.is_finite() {
                stats.min_wall_time = lower(point.wall_time, stats.min_wall_time);
                stats.max_wall_time = higher(point.wall_time, stats.max_wall_time);
            } else {
                stats.n_nonfinite_wall_times += 1;
            }
            if point.value.is_finite() {
                stats.min = lower(point.value, stats.min);
                stats.max = higher(point.value, stats.max);
                stats.sum += point.value;
                stats.last = point.value;
            } else {
                stats.n_nonfinite += 1;
            }
        }
        stats
    }
}

/// All points of a scalar series at one moment; readers keep it as long as they like.
#[derive(Clone, Debug, Default)]
pub struct Scalars {
    pub chunks: Vec<Arc<Chunk>>,
    /// Behind the last chunk, in order.
    pub tail: Vec<Point>,
    /// Where the writer said that it started anew, ascending.
    pub restarts: Vec<Restart>,
}

/// Three plain columns of the same length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    pub steps: Vec<i64>,
    pub wall_times: Vec<f64>,
    pub values: Vec<f64>,
}

impl Columns {
    #[must_use]
    pub fn with_capacity(n: usize) -> Self {
        Self {
            steps: Vec::with_capacity(n),
            wall_times: Vec::with_capacity(n),
            values: Vec::with_capacity(n),
        }
    }

    pub fn clear(&mut self) {
        self.steps.clear();
        self.wall_times.clear();
        self.values.clear();
    }

    /// Appends the points of a chunk.
    pub fn extend_from_chunk(&mut self, chunk: &Chunk) {
        chunk.decode_steps(|step| self.steps.push(step));
        chunk.decode_wall_times(|wall_time| self.wall_times.push(wall_time));
        chunk.decode_values(|value| self.values.push(value));
    }

    pub fn push(&mut self, point: Point) {
        self.steps.push(point.step);
        self.wall_times.push(point.wall_time);
        self.values.push(point.value);
    }
}

impl Scalars {
    #[must_use]
    pub fn n_points(&self) -> usize {
        self.chunks
            .iter()
            .map(|chunk| chunk.n_points())
            .sum::<usize>()
            + self.tail.len()
    }

    /// Every point in file order.
    #[must_use]
    pub fn columns(&self) -> Columns {
        let mut columns = Columns::with_capacity(self.n_points());
        self.chunks
            .iter()
            .for_each(|chunk| columns.extend_from_chunk(chunk));
        self.tail.iter().for_each(|&point| columns.push(point));
        columns
    }

    /// Appends sealed chunks, then loose points.
    pub fn append(&mut self, chunks: Vec<Chunk>, rest: &[Point]) {
        if !chunks.is_empty() && !self.tail.is_empty() {
            self.seal_tail();
        }
        self.chunks.extend(chunks.into_iter().map(Arc::new));
        for &point in rest {
            self.tail.push(point);
            if self.tail.len() == CHUNK_POINTS {
                self.seal_tail();
            }
        }
    }

    /// Appends a chunk that another series has as well.
    pub fn append_shared(&mut self, chunk: Arc<Chunk>) {
        if !self.tail.is_empty() {
            self.seal_tail();
        }
        self.chunks.push(chunk);
    }

    fn seal_tail(&mut self) {
        self.chunks.push(Arc::new(Chunk::seal(&self.tail)));
        self.tail.clear();
    }
}

/// What a series holds.
#[derive(Clone, Debug)]
pub enum Column {
    Scalars(Scalars),
    /// Everything that is no number stays on disk.
    Places(Vec<Place>),
}

#[cfg(test)]
mod tests {
    use super::{Chunk, Columns, Scalars, CHUNK_POINTS};
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

    #[test]
    fn appending_in_any_pieces_gives_the_same_points() {
        let points: Vec<Point> = (0..3000)
            .map(|i| Point {
                step: i,
                wall_time: i as f64,
                value: -i as f64,
            })
            .collect();
        let mut scalars = Scalars::default();
        for piece in points.chunks(700) {
            scalars.append(Vec::new(), piece);
        }
        assert!(scalars.tail.len() < CHUNK_POINTS);
        assert_eq!((0..3000).collect::<Vec<i64>>(), scalars.columns().steps);
        assert_eq!(3000, scalars.n_points());
    }
}
