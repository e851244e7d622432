//! A series → the pixel columns of a chart: extremes, mean, last and smoothed value, and count of each column.
//!
//! A point at `x` in `[lo, hi]` lies in column `floor((x − lo)·px / (hi − lo))`, the last column closed. Extremes, mean
//! and last are over the finite values; `count` is over all points, and NaN and infinities are counted and placed, so
//! that nothing is lost in a picture. Sums are in float64; what is given out is float32.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::OnceLock;

use crate::columns::{Chunk, Columns, Scalars};
use crate::smooth::Smoother;

/// Below this, starting threads costs more than it saves: a point takes 10 ns.
const PARALLEL_POINTS: usize = 200_000;

/// What runs along the chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum XAxis {
    Step,
    WallTime,
    /// Seconds since the series' first point.
    Relative,
}

/// The columns asked for; `lo <= hi`, both finite, `px >= 1`.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    pub x_axis: XAxis,
    pub lo: f64,
    pub hi: f64,
    pub px: usize,
}

impl Grid {
    /// The column of a point; None outside the range or when `x` is NaN.
    #[inline]
    #[must_use]
    pub fn column(&self, x: f64) -> Option<usize> {
        if x >= self.lo && x <= self.hi {
            let column = ((x - self.lo) * self.px as f64 / (self.hi - self.lo)) as usize; // 0/0 is NaN, which becomes 0
            Some(column.min(self.px - 1))
        } else {
            None
        }
    }
}

/// One series on a grid; columns without a (finite) value hold NaN.
#[derive(Clone, Debug)]
pub struct Reduced {
    /// Points inside the range, finite or not.
    pub n_points: u64,
    pub n_nonfinite: u64,
    pub minimum: Vec<f32>,
    pub maximum: Vec<f32>,
    pub mean: Vec<f32>,
    pub last: Vec<f32>,
    /// The last smoothed value of each column; the smoothing ran over all points of the series.
    pub smooth: Vec<f32>,
    pub count: Vec<u32>,
    /// x of the first value of each column that is not finite.
    pub nonfinite_x: Vec<f64>,
}

/// What one column has gathered.
#[derive(Clone, Copy)]
struct Cell {
    min: f64,
    max: f64,
    sum: f64,
    last: f64,
    smooth: f64,
    n_finite: u32,
    n_nonfinite: u32,
    nonfinite_x: f64,
}

const EMPTY: Cell = Cell {
    min: f64::INFINITY,
    max: f64::NEG_INFINITY,
    sum: 0.0,
    last: f64::NAN,
    smooth: f64::NAN,
    n_finite: 0,
    n_nonfinite: 0,
    nonfinite_x: f64::NAN,
};

impl Cell {
    #[inline]
    fn add(&mut self, x: f64, value: f64, smooth: f64) {
        if value.is_finite() {
            self.min = self.min.min(value);
            self.max = self.max.max(value);
            self.sum += value;
            self.last = value;
            self.smooth = smooth;
            self.n_finite += 1;
        } else {
            if self.n_nonfinite == 0 {
                self.nonfinite_x = x;
            }
            self.n_nonfinite += 1;
        }
    }

    /// A whole chunk of finite values.
    fn add_chunk(&mut self, chunk: &Chunk) {
        let stats = &chunk.stats;
        self.min = self.min.min(stats.min);
        self.max = self.max.max(stats.max);
        self.sum += stats.sum;
        self.last = stats.last;
        self.smooth = stats.last;
        self.n_finite += chunk.n_points() as u32;
    }
}

/// The wall time that `Relative` counts from: the first finite one.
#[must_use]
pub fn origin(scalars: &Scalars) -> f64 {
    let mut origin = f64::NAN;
    let mut look = |wall_time: f64| {
        if wall_time.is_finite() && origin.is_nan() {
            origin = wall_time;
        }
    };
    for chunk in &scalars.chunks {
        if chunk.stats.min_wall_time.is_finite() {
            chunk.decode_wall_times(&mut look);
            return origin;
        }
    }
    scalars.tail.iter().for_each(|point| look(point.wall_time));
    if origin.is_nan() {
        0.0
    } else {
        origin
    }
}

/// The smallest and largest finite x; None for a series without one.
#[must_use]
pub fn extent(scalars: &Scalars, x_axis: XAxis) -> Option<(f64, f64)> {
    let (mut lo, mut hi) = (f64::INFINITY, f64::NEG_INFINITY);
    let mut widen = |from: f64, to: f64| {
        lo = lo.min(from);
        hi = hi.max(to);
    };
    for chunk in &scalars.chunks {
        match x_axis {
            XAxis::Step => widen(chunk.stats.min_step as f64, chunk.stats.max_step as f64),
            _ => widen(chunk.stats.min_wall_time, chunk.stats.max_wall_time),
        }
    }
    for point in &scalars.tail {
        match x_axis {
            XAxis::Step => widen(point.step as f64, point.step as f64),
            _ if point.wall_time.is_finite() => widen(point.wall_time, point.wall_time),
            _ => {}
        }
    }
    if lo > hi {
        return None;
    }
    let zero = if x_axis == XAxis::Relative {
        origin(scalars)
    } else {
        0.0
    };
    Some((lo - zero, hi - zero))
}

/// Reduces a series to the columns of a grid, smoothing with `weight` (0: none) on the way.
#[must_use]
pub fn reduce(scalars: &Scalars, grid: &Grid, weight: f64) -> Reduced {
    let mut cells = vec![EMPTY; grid.px];
    let zero = if grid.x_axis == XAxis::Relative {
        origin(scalars)
    } else {
        0.0
    };
    let weight = if is_constant(scalars) { 0.0 } else { weight };
    let mut smoother = Smoother::new(weight);
    let mut scratch = Columns::default();
    for chunk in &scalars.chunks {
        if weight == 0.0 && skip_or_add_whole(chunk, grid, zero, &mut cells).is_break() {
            continue;
        }
        scratch.clear();
        chunk.decode_values(|value| scratch.values.push(value));
        if grid.x_axis == XAxis::Step {
            chunk.decode_steps(|step| scratch.steps.push(step));
            let xs = scratch.steps.iter().map(|&step| step as f64);
            add_points(
                xs.zip(scratch.values.iter().copied()),
                grid,
                &mut smoother,
                &mut cells,
            );
        } else {
            chunk.decode_wall_times(|wall_time| scratch.wall_times.push(wall_time));
            let xs = scratch.wall_times.iter().map(|&wall_time| wall_time - zero);
            add_points(
                xs.zip(scratch.values.iter().copied()),
                grid,
                &mut smoother,
                &mut cells,
            );
        }
    }
    let tail = scalars.tail.iter().map(|point| match grid.x_axis {
        XAxis::Step => (point.step as f64, point.value),
        _ => (point.wall_time - zero, point.value),
    });
    add_points(tail, grid, &mut smoother, &mut cells);
    finish(&cells)
}

/// Reduces many series to one grid, on as many threads when there is enough to do; in the order given.
#[must_use]
pub fn reduce_all(
    series: &[Option<Scalars>],
    grid: &Grid,
    weight: f64,
    n_threads: usize,
) -> Vec<Option<Reduced>> {
    let reduce_one = |scalars: &Option<Scalars>| Some(reduce(scalars.as_ref()?, grid, weight));
    let n_points: usize = series.iter().flatten().map(Scalars::n_points).sum();
    if n_threads < 2 || n_points < PARALLEL_POINTS {
        return series.iter().map(reduce_one).collect();
    }
    let next = AtomicUsize::new(0);
    let slots: Vec<OnceLock<Option<Reduced>>> = series.iter().map(|_| OnceLock::new()).collect();
    std::thread::scope(|scope| {
        for _ in 0..n_threads.min(series.len()) {
            scope.spawn(|| loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let (Some(scalars), Some(slot)) = (series.get(at), slots.get(at)) else {
                    break;
                };
                let _ = slot.set(reduce_one(scalars));
            });
        }
    });
    slots
        .into_iter()
        .map(|slot| slot.into_inner().flatten())
        .collect()
}

fn is_constant(scalars: &Scalars) -> bool {
    let mut numbers = scalars
        .chunks
        .iter()
        .flat_map(|chunk| [chunk.stats.min, chunk.stats.max])
        .chain(scalars.tail.iter().map(|point| point.value));
    let first = numbers.next().unwrap_or_default();
    scalars
        .chunks
        .iter()
        .all(|chunk| chunk.stats.n_nonfinite == 0)
        && numbers.all(|number| number == first)
}

/// Breaks when the chunk is dealt with: it lies outside the range, or wholly in one column.
fn skip_or_add_whole(chunk: &Chunk, grid: &Grid, zero: f64, cells: &mut [Cell]) -> ControlFlow<()> {
    let stats = &chunk.stats;
    let (from, to) = match grid.x_axis {
        XAxis::Step => (stats.min_step as f64, stats.max_step as f64),
        _ => (stats.min_wall_time - zero, stats.max_wall_time - zero),
    };
    if to < grid.lo || from > grid.hi {
        return ControlFlow::Break(());
    }
    let all_x_are_finite = grid.x_axis == XAxis::Step || stats.n_nonfinite_wall_times == 0;
    match (grid.column(from), grid.column(to)) {
        (Some(first), Some(last))
            if first == last && stats.n_nonfinite == 0 && all_x_are_finite =>
        {
            if let Some(cell) = cells.get_mut(first) {
                cell.add_chunk(chunk);
            }
            ControlFlow::Break(())
        }
        _ => ControlFlow::Continue(()),
    }
}

#[inline]
fn add_points(
    points: impl Iterator<Item = (f64, f64)>,
    grid: &Grid,
    smoother: &mut Smoother,
    cells: &mut [Cell],
) {
    for (x, value) in points {
        let smooth = smoother.next(value);
        if let Some(cell) = grid.column(x).and_then(|column| cells.get_mut(column)) {
            cell.add(x, value, smooth);
        }
    }
}

fn finish(cells: &[Cell]) -> Reduced {
    let or_nan = |cell: &Cell, value: f64| {
        if cell.n_finite == 0 {
            f32::NAN
        } else {
            value as f32
        }
    };
    Reduced {
        n_points: cells
            .iter()
            .map(|cell| u64::from(cell.n_finite) + u64::from(cell.n_nonfinite))
            .sum(),
        n_nonfinite: cells.iter().map(|cell| u64::from(cell.n_nonfinite)).sum(),
        minimum: cells.iter().map(|cell| or_nan(cell, cell.min)).collect(),
        maximum: cells.iter().map(|cell| or_nan(cell, cell.max)).collect(),
        mean: cells
            .iter()
            .map(|cell| or_nan(cell, cell.sum / f64::from(cell.n_finite)))
            .collect(),
        last: cells.iter().map(|cell| or_nan(cell, cell.last)).collect(),
        smooth: cells.iter().map(|cell| or_nan(cell, cell.smooth)).collect(),
        count: cells
            .iter()
            .map(|cell| cell.n_finite.saturating_add(cell.n_nonfinite))
            .collect(),
        nonfinite_x: cells
            .iter()
            .filter(|cell| cell.n_nonfinite > 0)
            .map(|cell| cell.nonfinite_x)
            .collect(),
    }
}
