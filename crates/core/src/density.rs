//! Many series → one picture of how many curves pass through each pixel.
//!
//! A curve covers, in each pixel column, the rows from its lowest to its highest value there, joined to its value in the
//! column before (empty columns between two others lie on a straight line), and nothing before its first or behind its
//! last column: as if drawn with a pen one pixel wide. Row 0 lies at the top. One series at a time is held on each
//! thread, so ten thousand curves take no more memory than one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;

use crate::columns::Scalars;
use crate::lock::hold;
use crate::reduce::{reduce, Grid, Reduced};

/// The scale of the rows, in their own unit: values, or their decimal logarithms.
#[derive(Clone, Copy, Debug)]
pub struct Rows {
    pub bottom: f64,
    /// Above `bottom`.
    pub top: f64,
    pub n_rows: usize,
    pub is_log: bool,
}

impl Rows {
    /// A value in the rows' unit; NaN where there is nothing to draw.
    #[inline]
    fn place(&self, value: f32) -> f64 {
        place(value, self.is_log)
    }

    /// The row that a place lies in; beyond the edges the first or last.
    #[inline]
    fn row_of(&self, place: f64) -> usize {
        // Halves, for the difference of two edges may overflow.
        let (top, bottom) = (self.top / 2.0, self.bottom / 2.0);
        let share = (top - place.clamp(self.bottom, self.top) / 2.0) / (top - bottom);
        ((share * self.n_rows as f64) as usize).min(self.n_rows - 1)
    }
}

#[inline]
fn place(value: f32, is_log: bool) -> f64 {
    let value = f64::from(value);
    match is_log {
        true if value > 0.0 => value.log10(),
        true => f64::NAN,
        false => value,
    }
}

/// Curves drawn over one another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// Curves through each pixel, row by row.
    pub counts: Vec<u32>,
    /// Curves of which anything could be drawn.
    pub n_series: u64,
}

/// What one thread has drawn: +1 where a curve's span begins in a column, −1 below its end.
struct Sheet {
    steps: Vec<i32>,
    path: Vec<f64>,
    n_series: u64,
}

impl Sheet {
    fn draw(&mut self, curve: &Reduced, rows: &Rows) {
        let width = curve.last.len();
        self.path.clear();
        self.path
            .extend(curve.last.iter().zip(&curve.minimum).map(|(&last, &low)| {
                let place = rows.place(last);
                if place.is_nan() {
                    rows.place(low)
                } else {
                    place
                }
            }));
        let Some(first) = self.path.iter().position(|place| place.is_finite()) else {
            return;
        };
        self.n_series += 1;
        self.bridge(first);
        let mut before = f64::NAN;
        for (column, &path) in self.path.iter().enumerate().skip(first) {
            if !path.is_finite() {
                break; // behind the last
            }
            let low = curve
                .minimum
                .get(column)
                .map_or(f64::NAN, |&low| rows.place(low));
            let high = curve
                .maximum
                .get(column)
                .map_or(f64::NAN, |&high| rows.place(high));
            // `min` and `max` pass over NaN.
            let (low, high) = (path.min(low).min(before), path.max(high).max(before));
            before = path;
            if high >= rows.bottom && low <= rows.top {
                let begin = rows.row_of(high) * width + column;
                let end = (rows.row_of(low) + 1) * width + column;
                for (at, by) in [(begin, 1), (end, -1)] {
                    if let Some(step) = self.steps.get_mut(at) {
                        *step += by;
                    }
                }
            }
        }
    }

    /// Fills empty columns between others on a straight line.
    fn bridge(&mut self, first: usize) {
        let mut last = first;
        for at in first + 1..self.path.len() {
            let (Some(&from), Some(&to)) = (self.path.get(last), self.path.get(at)) else {
                return;
            };
            if !to.is_finite() {
                continue;
            }
            let n = (at - last) as f64;
            for (step, place) in self.path[last..at].iter_mut().enumerate().skip(1) {
                // As `store/group.py` has it, to the last bit; and no difference that could overflow.
                let share = step as f64 / n;
                *place = from * (1.0 - share) + to * share;
            }
            last = at;
        }
    }
}

/// Runs `work` for each series on several threads, each with what `begin` gives it; and gives those back.
fn on_threads<T: Send>(
    series: &[Option<Scalars>],
    n_threads: usize,
    begin: impl Fn() -> T + Sync,
    work: impl Fn(&mut T, &Scalars) + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let run = || {
        let mut own = begin();
        while let Some(one) = series.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Some(scalars) = one {
                work(&mut own, scalars);
            }
        }
        hold(&done).push(own);
    };
    std::thread::scope(|scope| {
        for _ in 1..n_threads.min(series.len()) {
            scope.spawn(run);
        }
        run();
    });
    done.into_inner().unwrap_or_default()
}

/// The lowest and highest place of all curves on the grid, in the rows' unit; None when there is nothing to draw.
#[must_use]
pub fn find_extent(
    series: &[Option<Scalars>],
    grid: &Grid,
    is_log: bool,
    n_threads: usize,
) -> Option<(f64, f64)> {
    let begin = || (f64::INFINITY, f64::NEG_INFINITY);
    let extents = on_threads(series, n_threads, begin, |extent, scalars| {
        let curve = reduce(scalars, grid, 0.0);
        for &value in curve.minimum.iter().chain(&curve.maximum) {
            let place = place(value, is_log);
            if place.is_finite() {
                *extent = (extent.0.min(place), extent.1.max(place));
            }
        }
    });
    let both = extents
        .into_iter()
        .reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
    both.filter(|(low, high)| low <= high)
}

/// Draws series over one another; `n_rows >= 1`.
#[must_use]
pub fn draw(series: &[Option<Scalars>], grid: &Grid, rows: &Rows, n_threads: usize) -> Picture {
    let n_pixels = grid.px * rows.n_rows;
    let begin = || Sheet {
        steps: vec![0; n_pixels + grid.px],
        path: Vec::with_capacity(grid.px),
        n_series: 0,
    };
    let sheets = on_threads(series, n_threads, begin, |sheet, scalars| {
        sheet.draw(&reduce(scalars, grid, 0.0), rows);
    });
    let mut counts = vec![0i32; n_pixels];
    for sheet in &sheets {
        for (count, step) in counts.iter_mut().zip(&sheet.steps) {
            *count += step;
        }
    }
    for at in grid.px..n_pixels {
        counts[at] += counts[at - grid.px];
    }
    Picture {
        counts: counts
            .into_iter()
            .map(|count| count.max(0) as u32)
            .collect(),
        n_series: sheets.iter().map(|sheet| sheet.n_series).sum(),
    }
}
