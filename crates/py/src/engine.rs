//! `goodfit._core.Engine`: the table of everything read, asked with run numbers and tag names.
//!
//! The interpreter lock is released before any lock of the engine is taken, and none of them is held when it is taken
//! back: otherwise a reader and the refresher could wait for each other.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use goodfit_core::branch::{select, Branch};
use goodfit_core::columns::{Column as Data, Scalars};
use goodfit_core::density;
use goodfit_core::engine::Engine as Core;
use goodfit_core::folders::Rules;
use goodfit_core::reduce::reduce_all;
use goodfit_core::restart::branches;
use goodfit_core::x_axis::extent;
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::blobs::{Blob, Blobs};
use crate::catalog::RunCatalog;
use crate::chart::{checked_grid, parse_axis, parse_branch, ReducedSeries};
use crate::column::Column;
use crate::files::FileState;
use crate::report::RefreshReport;
use crate::rows::{number_keys, Rows};

/// Everything read below one log folder.
#[pyclass(frozen, module = "goodfit._core")]
pub struct Engine {
    core: Core,
}

/// Steps, wall times, values; where segments begin, and where the newest branch leaves each.
type ScalarColumns = (Column, Column, Column, Vec<u64>, Vec<u64>);

fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

impl Engine {
    fn snapshot(&self, run: u32, tag: u32) -> Option<Scalars> {
        let table = self.core.archive.table.read().ok()?;
        match &table.find(run, tag)?.column {
            Data::Scalars(scalars) => Some(scalars.clone()),
            Data::Places(_) => None,
        }
    }

    fn snapshots(&self, rows: &Rows, branch: Branch) -> Vec<Option<Scalars>> {
        let one = |&(run, tag): &(u32, u32)| Some(select(self.snapshot(run, tag)?, branch));
        rows.rows.iter().map(one).collect()
    }
}

/// What loops or waits does so without the interpreter lock; objects of Python are made behind it.
#[pymethods]
impl Engine {
    #[new]
    fn new(root: PathBuf, part: String, not_suffix: String) -> Self {
        Self {
            core: Core::new(root, Rules { part, not_suffix }),
        }
    }

    #[pyo3(signature = (*, n_threads, budget_s, is_thorough))]
    fn refresh(
        &self,
        py: Python<'_>,
        n_threads: usize,
        budget_s: Option<f64>,
        is_thorough: bool,
    ) -> PyResult<RefreshReport> {
        let report = py.detach(|| {
            let budget = budget_s.and_then(|s| Duration::try_from_secs_f64(s).ok());
            let deadline = budget.and_then(|time| Instant::now().checked_add(time));
            self.core.refresh(n_threads, deadline, is_thorough)
        });
        RefreshReport::new(py, report)
    }

    fn load_cache(&self, py: Python<'_>, path: PathBuf, n_threads: usize) -> PyResult<bool> {
        Ok(py.detach(|| self.core.load_cache(&path, n_threads))?)
    }

    fn save_cache(&self, py: Python<'_>, path: PathBuf) -> PyResult<u64> {
        Ok(py.detach(|| self.core.save_cache(&path))?)
    }

    /// (path, error number or 0, message) of what could not be listed or read at the last refresh.
    fn unreadable(&self, py: Python<'_>) -> Vec<(OsString, i32, String)> {
        let found = py.detach(|| self.core.unreadable());
        found
            .into_iter()
            .map(|(path, number, message)| (path.into_os_string(), number, message))
            .collect()
    }

    fn start_watching(&self, py: Python<'_>) -> bool {
        py.detach(|| self.core.start_watching())
    }

    fn wait(&self, py: Python<'_>, timeout_s: f64) -> bool {
        py.detach(|| self.core.wait(duration(timeout_s)))
    }

    fn pause(&self, py: Python<'_>, time_s: f64) -> bool {
        py.detach(|| self.core.pause(duration(time_s)))
    }

    fn stop_waiting(&self, py: Python<'_>) {
        py.detach(|| self.core.stop_waiting());
    }

    fn merged_bytes(&self) -> u64 {
        self.core.archive.merged_bytes.load(Ordering::Relaxed)
    }

    fn tag_names(&self, py: Python<'_>, start: usize) -> Vec<String> {
        py.detach(|| {
            self.core
                .archive
                .tags
                .names_from(start)
                .iter()
                .map(ToString::to_string)
                .collect()
        })
    }

    /// The files of runs, in the order of their writing.
    fn files(&self, py: Python<'_>, runs: Vec<u32>) -> Vec<Vec<FileState>> {
        py.detach(|| {
            let all = self.core.archive.files_of(&runs).into_iter();
            all.map(|files| files.into_iter().map(FileState::from).collect())
                .collect()
        })
    }

    /// The series of a run that got points at `since` (a revision) or later.
    fn catalog(&self, py: Python<'_>, run: u32, since: u64) -> RunCatalog {
        py.detach(|| {
            let table = self.core.archive.table.read().ok();
            let run = table.as_ref().and_then(|table| table.run(run));
            run.map_or_else(RunCatalog::default, |run| RunCatalog::of(run, since))
        })
    }

    fn sessions(&self, py: Python<'_>, run: u32) -> Vec<(i32, i64, f64, String)> {
        py.detach(|| {
            let Ok(table) = self.core.archive.table.read() else {
                return Vec::new();
            };
            let sessions = table.run(run).map_or(&[][..], |run| &run.sessions);
            sessions
                .iter()
                .map(|session| {
                    (
                        session.status,
                        session.step,
                        session.wall_time,
                        session.message.clone(),
                    )
                })
                .collect()
        })
    }

    fn scalars(&self, py: Python<'_>, run: u32, tag: &str) -> PyResult<ScalarColumns> {
        let columns = py.detach(|| {
            let scalars = self.snapshot(run, self.core.archive.tags.find(tag)?)?;
            let columns = scalars.columns();
            let branches = branches(&columns.steps, &scalars.restarts);
            Some((columns, branches))
        });
        let (columns, branches) = columns.ok_or_else(|| PyKeyError::new_err(tag.to_owned()))?;
        Ok((
            columns.steps.into(),
            columns.wall_times.into(),
            columns.values.into(),
            branches.starts,
            branches.stops,
        ))
    }

    fn places_of(
        &self,
        py: Python<'_>,
        run: u32,
        tag: &str,
    ) -> PyResult<(Column, Column, &'static str, Py<PyBytes>)> {
        let blobs = py.detach(|| Blobs::find(&self.core.archive, run, tag))?;
        let (steps, wall_times) = blobs.columns();
        let content = blobs
            .metadata
            .as_ref()
            .map_or(&[][..], |words| &words.content);
        Ok((
            steps.into(),
            wall_times.into(),
            blobs.kind.name(),
            PyBytes::new(py, content).unbind(),
        ))
    }

    fn read_strings<'py>(
        &self,
        py: Python<'py>,
        run: u32,
        tag: &str,
        at: usize,
    ) -> PyResult<Vec<Bound<'py, PyBytes>>> {
        let archive = &self.core.archive;
        let strings = py.detach(|| Blob::read(archive, run, tag, at)?.strings())?;
        Ok(strings
            .iter()
            .map(|string| PyBytes::new(py, string))
            .collect())
    }

    fn read_numbers(
        &self,
        py: Python<'_>,
        run: u32,
        tag: &str,
        at: usize,
    ) -> PyResult<(Vec<u64>, Column)> {
        let archive = &self.core.archive;
        let (shape, numbers) = py.detach(|| Blob::read(archive, run, tag, at)?.numbers())?;
        Ok((shape, numbers.into()))
    }

    /// The bytes of one point as its writer wrote them, and whether they are the payload itself.
    fn read_message<'py>(
        &self,
        py: Python<'py>,
        run: u32,
        tag: &str,
        at: usize,
    ) -> PyResult<(Bound<'py, PyBytes>, bool)> {
        let blob = py.detach(|| Blob::read(&self.core.archive, run, tag, at))?;
        Ok((PyBytes::new(py, &blob.bytes), blob.is_bare))
    }

    /// Steps, wall times, edges and counts of all histograms end to end, and the number of buckets of each.
    fn histograms(
        &self,
        py: Python<'_>,
        run: u32,
        tag: &str,
    ) -> PyResult<(Column, Column, Column, Column, Column)> {
        let (blobs, histograms) = py.detach(|| -> PyResult<_> {
            let blobs = Blobs::find(&self.core.archive, run, tag)?;
            let histograms = blobs.read_histograms(&self.core.archive)?;
            Ok((blobs, histograms))
        })?;
        let (steps, wall_times) = blobs.columns();
        Ok((
            steps.into(),
            wall_times.into(),
            histograms.edges.into(),
            histograms.counts.into(),
            histograms.sizes.into(),
        ))
    }

    /// Where series stand, given as objects with a `run` and a `tag`; and the indices of those that are not there.
    /// `runs` and `tags` give the numbers of names.
    fn find<'py>(
        &self,
        py: Python<'py>,
        keys: &Bound<'py, PyAny>,
        runs: &Bound<'py, PyDict>,
        tags: &Bound<'py, PyDict>,
    ) -> PyResult<(Rows, Vec<usize>)> {
        let mut pairs = number_keys(py, keys, runs, tags)?;
        Ok(py.detach(|| {
            let mut missing = Vec::new();
            let Ok(table) = self.core.archive.table.read() else {
                return (Rows { rows: vec![] }, (0..pairs.len()).collect());
            };
            let mut at = 0;
            pairs.retain(|&(run, tag)| {
                let is_there = table.find(run, tag).is_some();
                if !is_there {
                    missing.push(at);
                }
                at += 1;
                is_there
            });
            (Rows { rows: pairs }, missing)
        }))
    }

    /// Steps, wall times and values of the newest points; a series without numbers has value NaN, one that went away since
    /// it was found is (0, NaN, NaN).
    fn latest(&self, py: Python<'_>, rows: &Rows) -> (Column, Column, Column) {
        let rows = &rows.rows;
        let (steps, wall_times, values) = py.detach(|| {
            let (mut steps, mut wall_times, mut values) = (
                Vec::with_capacity(rows.len()),
                Vec::with_capacity(rows.len()),
                Vec::with_capacity(rows.len()),
            );
            let table = self.core.archive.table.read();
            for &(run, tag) in rows {
                let series = table.as_ref().ok().and_then(|table| table.find(run, tag));
                steps.push(series.map_or(0, |series| series.last_step));
                wall_times.push(series.map_or(f64::NAN, |series| series.last_wall_time));
                values.push(series.map_or(f64::NAN, |series| series.last_value));
            }
            (steps, wall_times, values)
        });
        (steps.into(), wall_times.into(), values.into())
    }

    /// The smallest and largest x of scalar series together; None when there is none.
    fn extent(&self, py: Python<'_>, rows: &Rows, x_axis: &str) -> PyResult<Option<(f64, f64)>> {
        let axis = parse_axis(x_axis)?;
        let rows = &rows.rows;
        Ok(py.detach(|| {
            let extents = rows
                .iter()
                .filter_map(|&(run, tag)| extent(&self.snapshot(run, tag)?, axis));
            extents.reduce(|(lo, hi), (from, to)| (lo.min(from), hi.max(to)))
        }))
    }

    /// One reduced series for each row, None for what holds no scalars.
    #[allow(clippy::too_many_arguments)] // as many as a chart has
    #[pyo3(signature = (rows, *, px, x_axis, lo, hi, smoothing, branch, n_threads))]
    fn sample(
        &self,
        py: Python<'_>,
        rows: &Rows,
        px: usize,
        x_axis: &str,
        lo: f64,
        hi: f64,
        smoothing: f64,
        branch: &str,
        n_threads: usize,
    ) -> PyResult<Vec<Option<ReducedSeries>>> {
        let grid = checked_grid(px, x_axis, lo, hi)?;
        let branch = parse_branch(branch)?;
        let reduced = py.detach(|| {
            let series = self.snapshots(rows, Branch::All);
            reduce_all(&series, &grid, smoothing, branch, n_threads)
        });
        reduced
            .into_iter()
            .map(|one| one.map(|one| ReducedSeries::new(py, one)).transpose())
            .collect()
    }

    /// The lowest and highest value of series on a grid, in decimal logarithms if `is_log`; None without any.
    #[allow(clippy::too_many_arguments)] // as many as a picture has
    #[pyo3(signature = (rows, *, px, x_axis, lo, hi, is_log, branch, n_threads))]
    fn value_extent(
        &self,
        py: Python<'_>,
        rows: &Rows,
        px: usize,
        x_axis: &str,
        lo: f64,
        hi: f64,
        is_log: bool,
        branch: &str,
        n_threads: usize,
    ) -> PyResult<Option<(f64, f64)>> {
        let grid = checked_grid(px, x_axis, lo, hi)?;
        let branch = parse_branch(branch)?;
        Ok(py.detach(|| {
            let series = self.snapshots(rows, branch);
            density::find_extent(&series, &grid, is_log, n_threads)
        }))
    }

    /// How many curves pass through each pixel, row by row from the top; and how many were drawn.
    #[allow(clippy::too_many_arguments)] // as many as a picture has
    #[pyo3(signature = (rows, *, width, height, x_axis, lo, hi, bottom, top, is_log, branch, n_threads))]
    fn density(
        &self,
        py: Python<'_>,
        rows: &Rows,
        width: usize,
        height: usize,
        x_axis: &str,
        lo: f64,
        hi: f64,
        bottom: f64,
        top: f64,
        is_log: bool,
        branch: &str,
        n_threads: usize,
    ) -> PyResult<(Column, u64)> {
        let grid = checked_grid(width, x_axis, lo, hi)?;
        let branch = parse_branch(branch)?;
        let is_sound = bottom < top && bottom.is_finite() && top.is_finite();
        if height == 0 || height > 100_000 || width * height > 1 << 24 || !is_sound {
            return Err(PyValueError::new_err(format!(
                "cannot make {height} rows of [{bottom}, {top}]"
            )));
        }
        let scale = density::Rows {
            bottom,
            top,
            n_rows: height,
            is_log,
        };
        let picture = py.detach(|| {
            let series = self.snapshots(rows, branch);
            density::draw(&series, &grid, &scale, n_threads)
        });
        Ok((picture.counts.into(), picture.n_series))
    }

    /// Bytes that the points take.
    fn n_bytes(&self, py: Python<'_>) -> usize {
        py.detach(|| {
            let table = self.core.archive.table.read();
            table.map_or(0, |table| table.n_bytes())
        })
    }
}
