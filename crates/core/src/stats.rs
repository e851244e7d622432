//! Points → what can be said of them without decoding them again.

use crate::types::Point;

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
    #[must_use]
    pub fn of(points: &[Point]) -> Self {
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
