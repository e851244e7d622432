//! Points and whole stretches of them → what one column of a chart has gathered, and all columns → what is given out.

use crate::chunk::Chunk;
use crate::reduce::Reduced;
use crate::slice::Slice;

/// What one column has gathered.
#[derive(Clone, Copy)]
pub(crate) struct Cell {
    min: f64,
    max: f64,
    sum: f64,
    last: f64,
    smooth: f64,
    n_finite: u32,
    n_nonfinite: u32,
    nonfinite_x: f64,
}

pub(crate) const EMPTY: Cell = Cell {
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
    pub(crate) fn add(&mut self, x: f64, value: f64, smooth: f64) {
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

    /// Finite values one after the other; `smooth` belongs to the last.
    #[inline]
    pub(crate) fn add_stretch(&mut self, values: &Slice<'_>, smooth: f64) {
        if values.n_points() == 1 {
            return self.add(0.0, values.last(), smooth);
        }
        let all = values.extremes();
        self.min = self.min.min(all.min);
        self.max = self.max.max(all.max);
        self.sum += all.sum;
        self.last = values.last();
        self.smooth = smooth;
        self.n_finite += values.n_points() as u32;
    }

    /// A whole chunk of finite values.
    pub(crate) fn add_chunk(&mut self, chunk: &Chunk, smooth: f64) {
        let stats = &chunk.stats;
        self.min = self.min.min(stats.min);
        self.max = self.max.max(stats.max);
        self.sum += stats.sum;
        self.last = stats.last;
        self.smooth = smooth;
        self.n_finite += chunk.n_points() as u32;
    }
}

/// The columns as they are given out: float32, NaN where nothing finite was gathered.
pub(crate) fn finish(cells: &[Cell]) -> Reduced {
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
