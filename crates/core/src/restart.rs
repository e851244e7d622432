//! Steps → segments and branches: where a training went back, and what it left behind.
//!
//! ```text
//! steps      0 1 2 3 4 5 │ 3 4 5 6 │ 5 6 7        a restart at step 3, another at step 5
//! segments   ─────────── │ ─────── │ ─────
//! newest     0 1 2       │ 3 4     │ 5 6 7        the rest was abandoned
//! ```
//! A segment begins where a step is below the one before it, and where the writer said that it started (a SessionLog
//! START) and went on with the series. All earlier points at or above its step are abandoned: they were written by a life
//! of the training whose state was thrown away. Source: TensorBoard, `plugin_event_accumulator.py`, which forgets them.
//! Nothing is forgotten here.

use crate::columns::{Chunk, Columns, Scalars};
use crate::types::Point;
use std::sync::Arc;

/// The writer of a series said that it started anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restart {
    /// Index of the first point behind it.
    pub index: u64,
    /// Earlier points from this step on are abandoned.
    pub step: i64,
}

/// The segments of a series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Branches {
    /// Index of the first point of each segment; steps never go back within one. Empty for no points.
    pub starts: Vec<u64>,
    /// Of each segment, the index behind the last point that belongs to the newest branch; never before its start.
    pub stops: Vec<u64>,
}

/// Which points of a series are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Branch {
    All,
    /// Without the abandoned ones.
    Newest,
    Abandoned,
}

/// The segments of points with these steps; restarts ascend by index.
#[must_use]
pub fn branches(steps: &[i64], restarts: &[Restart]) -> Branches {
    let mut found = Branches::default();
    if steps.is_empty() {
        return found;
    }
    // Where each segment begins, and the step from which on it leaves the past behind.
    let mut begins: Vec<(usize, i64)> = Vec::new();
    let mut told = restarts.iter().peekable();
    for (at, two) in steps.windows(2).enumerate() {
        let (before, here, at) = (two[0], two[1], at + 1);
        let mut limit = (here < before).then_some(here);
        while let Some(restart) = told.next_if(|restart| restart.index <= at as u64) {
            if restart.index == at as u64 {
                limit = Some(limit.unwrap_or(here).min(restart.step));
            }
        }
        begins.extend(limit.map(|limit| (at, limit)));
    }
    found.starts = std::iter::once(0)
        .chain(begins.iter().map(|&(at, _)| at as u64))
        .collect();
    let mut limit = None;
    let mut stop = steps.len();
    for &(start, from) in begins.iter().rev().chain([&(0, i64::MAX)]) {
        let segment = steps.get(start..stop).unwrap_or_default();
        let n_kept = limit.map_or(segment.len(), |limit| {
            segment.partition_point(|&step| step < limit)
        });
        found.stops.push((start + n_kept) as u64);
        limit = Some(limit.map_or(from, |limit: i64| limit.min(from)));
        stop = start;
    }
    found.stops.reverse();
    found
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
    use super::{branches, select, Branch, Branches, Restart};
    use crate::columns::Scalars;
    use crate::types::Point;

    /// The picture above, by hand.
    #[test]
    fn each_restart_abandons_what_lies_at_or_above_it() {
        let steps = [0, 1, 2, 3, 4, 5, 3, 4, 5, 6, 5, 6, 7];
        let expected = Branches {
            starts: vec![0, 6, 10],
            stops: vec![3, 8, 13],
        };
        assert_eq!(expected, branches(&steps, &[]));
    }

    #[test]
    fn a_step_that_goes_back_begins_a_segment_and_an_equal_one_does_not() {
        assert_eq!(vec![0, 4, 5], branches(&[0, 1, 1, 9, 5, 2, 7], &[]).starts);
        assert_eq!(vec![0], branches(&[-3], &[]).starts);
        assert!(branches(&[], &[]).starts.is_empty());
        assert_eq!(vec![4], branches(&[7, 7, 7, 7], &[]).stops);
    }

    /// Logged at 0, 10, 20; started again from 15: the next point, at 30, leaves that at 20 behind.
    #[test]
    fn a_told_restart_abandons_even_when_steps_do_not_go_back() {
        let restart = [Restart { index: 3, step: 15 }];
        let expected = Branches {
            starts: vec![0, 3],
            stops: vec![2, 4],
        };
        assert_eq!(expected, branches(&[0, 10, 20, 30], &restart));
        // Where steps go back below it, they count.
        let expected = Branches {
            starts: vec![0, 3],
            stops: vec![1, 4],
        };
        assert_eq!(expected, branches(&[0, 10, 20, 5], &restart));
    }

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
