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

#[cfg(test)]
mod tests {
    use super::{branches, Branches, Restart};

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
}
