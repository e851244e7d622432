//! Points → where they stand along a chart: by step, by wall time, or by seconds since the series' first point.

use crate::chunk::Chunk;
use crate::columns::Scalars;
use crate::types::Point;

/// What runs along the chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum XAxis {
    Step,
    WallTime,
    /// Seconds since the series' first point.
    Relative,
}

/// The wall time that `Relative` counts from: the first finite one.
fn origin(scalars: &Scalars) -> f64 {
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
    let zero = zero_of(scalars, x_axis);
    Some((lo - zero, hi - zero))
}

/// What is taken off a wall time to get x.
pub(crate) fn zero_of(scalars: &Scalars, x_axis: XAxis) -> f64 {
    match x_axis {
        XAxis::Relative => origin(scalars),
        XAxis::Step | XAxis::WallTime => 0.0,
    }
}

#[inline]
pub(crate) fn x_of(point: &Point, x_axis: XAxis, zero: f64) -> f64 {
    match x_axis {
        XAxis::Step => point.step as f64,
        _ => point.wall_time - zero,
    }
}

/// Smallest and largest finite x of a chunk.
pub(crate) fn span(chunk: &Chunk, x_axis: XAxis, zero: f64) -> (f64, f64) {
    let stats = &chunk.stats;
    match x_axis {
        XAxis::Step => (stats.min_step as f64, stats.max_step as f64),
        _ => (stats.min_wall_time - zero, stats.max_wall_time - zero),
    }
}
