//! A series → its points of one branch: those that count, or those that restarts left behind.

use std::sync::Arc;

use crate::chunk::Chunk;
use crate::columns::{Columns, Scalars};
use crate::restart::branches;
use crate::types::Point;

/// Which points of a series are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Branch {
    All,
    /// Without the abandoned ones.
    Newest,
    Abandoned,
}

/// Whether a series surely has one segment only, by what is known without decoding it.
#[must_use]
pub fn is_single(scalars: &Scalars) -> bool {
    let mut last = i64::MIN;
    let mut goes_on = |from: i64, to: i64| {
        let fits = from >= last;
        last = to;
        fits
    };
    scalars.restarts.is_empty()
        && scalars.chunks.iter().all(|chunk| {
            chunk.has_sorted_steps() && goes_on(chunk.stats.min_step, chunk.stats.max_step)
        })
        && scalars
            .tail
            .iter()
            .all(|point| goes_on(point.step, point.step))
}

/// The points of a branch; chunks that belong to it whole are shared.
#[must_use]
pub fn select(scalars: Scalars, branch: Branch) -> Scalars {
    if branch == Branch::All {
        return scalars;
    }
    if is_single(&scalars) {
        return match branch {
            Branch::Abandoned => Scalars::default(),
            _ => scalars,
        };
    }
    let mut steps = Vec::with_capacity(scalars.n_points());
    for chunk in &scalars.chunks {
        chunk.decode_steps(|step| steps.push(step));
    }
    steps.extend(scalars.tail.iter().map(|point| point.step));
    let found = branches(&steps, &scalars.restarts);
    let ends = found.starts.iter().skip(1).copied();
    let ends = ends.chain([steps.len() as u64]);
    let kept: Vec<(u64, u64)> = match branch {
        Branch::Abandoned => found.stops.iter().copied().zip(ends).collect(),
        _ => found.starts.iter().copied().zip(found.stops).collect(),
    };
    let mut selected = Scalars::default();
    let mut start = 0;
    for chunk in &scalars.chunks {
        let stop = start + chunk.n_points() as u64;
        selected.extend_from_ranges(&kept, start, stop, || points_of(chunk), Some(chunk));
        start = stop;
    }
    let stop = start + scalars.tail.len() as u64;
    selected.extend_from_ranges(&kept, start, stop, || scalars.tail.clone(), None);
    selected
}

fn points_of(chunk: &Chunk) -> Vec<Point> {
    let mut columns = Columns::with_capacity(chunk.n_points());
    columns.extend_from_chunk(chunk);
    let numbers = columns.steps.iter().zip(&columns.wall_times);
    numbers
        .zip(&columns.values)
        .map(|((&step, &wall_time), &value)| Point {
            step,
            wall_time,
            value,
        })
        .collect()
}

impl Scalars {
    /// Appends what lies in `ranges` of points with indices `[start, stop)`.
    fn extend_from_ranges(
        &mut self,
        ranges: &[(u64, u64)],
        start: u64,
        stop: u64,
        points: impl Fn() -> Vec<Point>,
        whole: Option<&Arc<Chunk>>,
    ) {
        let first = ranges.partition_point(|&(_, to)| to <= start);
        let mut decoded = None;
        for &(from, to) in ranges.get(first..).unwrap_or_default() {
            if from >= stop {
                break;
            }
            let (from, to) = (from.max(start), to.min(stop));
            match whole {
                _ if from >= to => {}
                Some(chunk) if (from, to) == (start, stop) => {
                    self.append_shared(Arc::clone(chunk));
                }
                _ => {
                    let points = decoded.get_or_insert_with(&points);
                    let piece = points.get((from - start) as usize..(to - start) as usize);
                    self.append(Vec::new(), piece.unwrap_or_default());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{select, Branch};
    use crate::columns::Scalars;
    use crate::types::Point;

    /// For any steps, a point is of the newest branch exactly when no later segment begins at or below its step.
    #[test]
    fn selecting_agrees_with_the_definition_and_loses_nothing() {
        let mut state = 1u64;
        for n in [0, 1, 2, 50, 3000] {
            for every in [3u64, 50, 1000] {
                let mut step = 0;
                let steps: Vec<i64> = (0..n)
                    .map(|_| {
                        state = state
                            .wrapping_mul(6_364_136_223_846_793_005)
                            .wrapping_add(1);
                        let random = state >> 33;
                        step = match random % every {
                            0 => step - (random / every % 40) as i64,
                            _ => step + 1,
                        };
                        step
                    })
                    .collect();
                let points: Vec<Point> = steps
                    .iter()
                    .enumerate()
                    .map(|(at, &step)| Point {
                        step,
                        wall_time: 1.0,
                        value: at as f64,
                    })
                    .collect();
                let mut scalars = Scalars::default();
                for piece in points.chunks(777) {
                    scalars.append(Vec::new(), piece);
                }
                let is_newest = |at: usize| {
                    let later = (at + 1..steps.len()).filter(|&to| steps[to] < steps[to - 1]);
                    later.into_iter().all(|to| steps[to] > steps[at])
                };
                let (newest, abandoned): (Vec<usize>, Vec<usize>) =
                    (0..steps.len()).partition(|&at| is_newest(at));
                let values = |branch| select(scalars.clone(), branch).columns().values;
                let floats = |all: &[usize]| all.iter().map(|&at| at as f64).collect::<Vec<_>>();
                assert_eq!(floats(&newest), values(Branch::Newest));
                assert_eq!(floats(&abandoned), values(Branch::Abandoned));
                assert_eq!(steps.len(), values(Branch::All).len());
            }
        }
    }
}
