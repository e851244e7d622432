//! `goodfit._core.Engine`: the table of everything read, asked with run numbers and tag names.
//!
//! The interpreter lock is released before any lock of the engine is taken, and none of them is held when it is taken
//! back: otherwise a reader and the refresher could wait for each other.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use goodfit_core::branch::{select, Branch};
use goodfit_core::columns::{Column as Data, Scalars};
use goodfit_core::density;
use goodfit_core::engine::Engine as Core;
use goodfit_core::event::{read_numbers, read_strings};
use goodfit_core::folders::Rules;
use goodfit_core::histogram::read_histogram;
use goodfit_core::reduce::{extent, reduce_all, Grid, Reduced, XAxis};
use goodfit_core::report::Report;
use goodfit_core::restart::branches;
use goodfit_core::table::Series;
use goodfit_core::types::{Kind, Metadata, Place};
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::column::Column;

/// Everything read below one log folder.
#[pyclass(frozen, module = "goodfit._core")]
pub struct Engine {
    core: Core,
}

/// What one refresh brought.
#[pyclass(frozen, get_all, module = "goodfit._core")]
pub struct RefreshReport {
    n_points: u64,
    n_bytes: u64,
    n_unread_bytes: u64,
    new_runs: Vec<(u32, String)>,
    removed_runs: Vec<String>,
    reset_runs: Vec<u32>,
    changed_runs: Vec<u32>,
    changed: Py<ChangedSeries>,
    revision: u64,
}

/// Series with new points; made into Python's numbers when somebody looks.
#[pyclass(frozen, module = "goodfit._core")]
pub struct ChangedSeries {
    rows: Vec<(u32, u32)>,
}

#[pymethods]
impl ChangedSeries {
    fn __len__(&self) -> usize {
        self.rows.len()
    }

    /// Numbers of runs, and of their tags.
    fn rows(&self) -> (Vec<u32>, Vec<u32>) {
        self.rows.iter().copied().unzip()
    }
}

impl RefreshReport {
    fn new(py: Python<'_>, report: Report) -> PyResult<Self> {
        Ok(Self {
            n_points: report.n_points,
            n_bytes: report.n_bytes,
            n_unread_bytes: report.n_unread_bytes,
            new_runs: report.new_runs,
            removed_runs: report.removed_runs,
            reset_runs: report.reset_runs,
            changed_runs: report.changed_runs,
            changed: Py::new(
                py,
                ChangedSeries {
                    rows: report.changed,
                },
            )?,
            revision: report.revision,
        })
    }
}

/// Steps, wall times, values; where segments begin, and where the newest branch leaves each.
type ScalarColumns = (Column, Column, Column, Vec<u64>, Vec<u64>);

/// Where series stand in the table.
#[pyclass(frozen, module = "goodfit._core")]
pub struct Rows {
    /// (run, tag)
    rows: Vec<(u32, u32)>,
}

#[pymethods]
impl Rows {
    fn __len__(&self) -> usize {
        self.rows.len()
    }
}

/// What is known of the series of one run: lists of the same length, in no order.
#[pyclass(frozen, get_all, module = "goodfit._core")]
#[derive(Default)]
pub struct RunCatalog {
    tags: Vec<u32>,
    kinds: Vec<&'static str>,
    n_points: Vec<u64>,
    first_steps: Vec<i64>,
    last_steps: Vec<i64>,
    last_wall_times: Vec<f64>,
    /// Into `words`; -1 where no value had metadata.
    word_numbers: Vec<i64>,
    /// (plugin, display name, description)
    words: Vec<(String, String, String)>,
}

/// One file's state.
#[pyclass(frozen, get_all, module = "goodfit._core")]
pub struct FileState {
    path: OsString,
    size_bytes: u64,
    /// NaN when not known.
    first_wall_time: f64,
    /// NaN when no record says one.
    file_version: f64,
    read_bytes: u64,
    n_records: u64,
    /// (offset, kind, skipped bytes, detail)
    issues: Vec<(u64, &'static str, u64, String)>,
}

/// Series reduced to pixel columns, as `Sample` wants them.
#[pyclass(frozen, module = "goodfit._core")]
pub struct ReducedSeries {
    #[pyo3(get)]
    n_points: u64,
    #[pyo3(get)]
    n_nonfinite: u64,
    #[pyo3(get)]
    minimum: Py<Column>,
    #[pyo3(get)]
    maximum: Py<Column>,
    #[pyo3(get)]
    mean: Py<Column>,
    #[pyo3(get)]
    last: Py<Column>,
    #[pyo3(get)]
    smooth: Py<Column>,
    #[pyo3(get)]
    count: Py<Column>,
    #[pyo3(get)]
    nonfinite_x: Py<Column>,
}

impl ReducedSeries {
    fn new(py: Python<'_>, reduced: Reduced) -> PyResult<Self> {
        Ok(Self {
            n_points: reduced.n_points,
            n_nonfinite: reduced.n_nonfinite,
            minimum: Py::new(py, Column::from(reduced.minimum))?,
            maximum: Py::new(py, Column::from(reduced.maximum))?,
            mean: Py::new(py, Column::from(reduced.mean))?,
            last: Py::new(py, Column::from(reduced.last))?,
            smooth: Py::new(py, Column::from(reduced.smooth))?,
            count: Py::new(py, Column::from(reduced.count))?,
            nonfinite_x: Py::new(py, Column::from(reduced.nonfinite_x))?,
        })
    }
}

fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

fn parse_axis(name: &str) -> PyResult<XAxis> {
    match name {
        "step" => Ok(XAxis::Step),
        "wall_time" => Ok(XAxis::WallTime),
        "relative" => Ok(XAxis::Relative),
        _ => Err(PyValueError::new_err(format!(
            "x_axis is {name:?}, wanted 'step', 'wall_time' or 'relative'"
        ))),
    }
}

fn parse_branch(name: &str) -> PyResult<Branch> {
    match name {
        "all" => Ok(Branch::All),
        "newest" => Ok(Branch::Newest),
        "abandoned" => Ok(Branch::Abandoned),
        _ => Err(PyValueError::new_err(format!("no branch {name:?}"))),
    }
}

fn checked_grid(px: usize, x_axis: &str, lo: f64, hi: f64) -> PyResult<Grid> {
    let x_axis = parse_axis(x_axis)?;
    match px > 0 && px <= 100_000 && lo <= hi && lo.is_finite() && hi.is_finite() {
        true => Ok(Grid { x_axis, lo, hi, px }),
        false => Err(PyValueError::new_err(format!(
            "cannot make {px} columns of [{lo}, {hi}]"
        ))),
    }
}

/// `parse` of a value on disk, as a Python error when the file was changed below us.
fn parsed<T>(result: Result<T, goodfit_core::wire::Malformed>) -> PyResult<T> {
    result.map_err(|_| {
        PyValueError::new_err("the bytes on disk are no longer the value that was read there")
    })
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

    fn places(&self, run: u32, tag: &str) -> PyResult<(Vec<Place>, Kind, Option<Arc<Metadata>>)> {
        let found = || {
            let tag = self.core.archive.tags.find(tag)?;
            let table = self.core.archive.table.read().ok()?;
            let series = table.find(run, tag)?;
            match &series.column {
                Data::Places(places) => {
                    Some((places.clone(), series.kind, series.metadata.clone()))
                }
                Data::Scalars(_) => None,
            }
        };
        found().ok_or_else(|| PyKeyError::new_err(tag.to_owned()))
    }

    fn one_value(&self, run: u32, tag: &str, at: usize) -> PyResult<(Vec<u8>, bool, Kind)> {
        let (places, kind, _) = self.places(run, tag)?;
        let place = *places.get(at).ok_or_else(|| PyKeyError::new_err(at))?;
        let mut bytes = self.core.archive.read_places(&[place])?;
        Ok((bytes.pop().unwrap_or_default(), place.is_bare, kind))
    }
}

/// `finish` with Python objects, `work` without the interpreter lock.
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
        self.core
            .archive
            .merged_bytes
            .load(std::sync::atomic::Ordering::Relaxed)
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
            let state = |file: goodfit_core::event_file::EventFile| FileState {
                size_bytes: file.size_bytes(),
                first_wall_time: file.first_wall_time,
                file_version: file.file_version,
                read_bytes: file.read_bytes(),
                n_records: file.n_records,
                issues: file
                    .issues()
                    .into_iter()
                    .map(|issue| {
                        (
                            issue.offset,
                            issue.damage.name(),
                            issue.skipped_bytes,
                            issue.detail,
                        )
                    })
                    .collect(),
                path: file.path.into_os_string(),
            };
            let all = self.core.archive.files_of(&runs).into_iter();
            all.map(|files| files.into_iter().map(state).collect())
                .collect()
        })
    }

    /// The series of a run that got points at `since` (a revision) or later.
    fn catalog(&self, py: Python<'_>, run: u32, since: u64) -> RunCatalog {
        py.detach(|| {
            let Ok(table) = self.core.archive.table.read() else {
                return RunCatalog::default();
            };
            let all: &[Series] = table.run(run).map_or(&[], |run| &run.series);
            let series: Vec<&Series> = all.iter().filter(|one| one.revision >= since).collect();
            // Most series of a run share one object.
            let mut words: Vec<(*const Metadata, (String, String, String))> = Vec::new();
            let mut number_of = |metadata: &Arc<Metadata>| {
                let pointer = Arc::as_ptr(metadata);
                let known = words.iter().rposition(|(other, _)| *other == pointer);
                known.unwrap_or_else(|| {
                    let Metadata {
                        plugin,
                        display_name,
                        description,
                        ..
                    } = &**metadata;
                    let all = (plugin.clone(), display_name.clone(), description.clone());
                    words.push((pointer, all));
                    words.len() - 1
                }) as i64
            };
            let word_numbers = series
                .iter()
                .map(|one| one.metadata.as_ref().map_or(-1, &mut number_of))
                .collect();
            RunCatalog {
                tags: series.iter().map(|one| one.tag).collect(),
                kinds: series.iter().map(|one| one.kind.name()).collect(),
                n_points: series.iter().map(|one| one.n_points).collect(),
                first_steps: series.iter().map(|one| one.first_step).collect(),
                last_steps: series.iter().map(|one| one.last_step).collect(),
                last_wall_times: series.iter().map(|one| one.last_wall_time).collect(),
                word_numbers,
                words: words.into_iter().map(|(_, all)| all).collect(),
            }
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
        let (places, kind, metadata) = py.detach(|| self.places(run, tag))?;
        let steps: Vec<i64> = places.iter().map(|place| place.step).collect();
        let wall_times: Vec<f64> = places.iter().map(|place| place.wall_time).collect();
        let content = PyBytes::new(
            py,
            metadata.as_ref().map_or(&[], |metadata| &metadata.content),
        );
        Ok((
            steps.into(),
            wall_times.into(),
            kind.name(),
            content.unbind(),
        ))
    }

    fn read_strings<'py>(
        &self,
        py: Python<'py>,
        run: u32,
        tag: &str,
        at: usize,
    ) -> PyResult<Vec<Bound<'py, PyBytes>>> {
        let strings = py.detach(|| -> PyResult<Vec<Vec<u8>>> {
            let (bytes, is_bare, kind) = self.one_value(run, tag, at)?;
            if is_bare {
                Ok(vec![bytes])
            } else {
                parsed(read_strings(&bytes, kind))
            }
        })?;
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
        let (shape, numbers) = py
            .detach(|| -> PyResult<_> { parsed(read_numbers(&self.one_value(run, tag, at)?.0)) })?;
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
        let (bytes, is_bare, _) = py.detach(|| self.one_value(run, tag, at))?;
        Ok((PyBytes::new(py, &bytes), is_bare))
    }

    /// Steps, wall times, edges and counts of all histograms end to end, and the number of buckets of each.
    fn histograms(
        &self,
        py: Python<'_>,
        run: u32,
        tag: &str,
    ) -> PyResult<(Column, Column, Column, Column, Column)> {
        let (steps, wall_times, edges, counts, sizes) = py.detach(|| -> PyResult<_> {
            let (places, _, _) = self.places(run, tag)?;
            let (mut edges, mut counts, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
            // Piece by piece, so that the raw bytes of a long series are never all in memory.
            for piece in places.chunks(256) {
                for bytes in self.core.archive.read_places(piece)? {
                    let mut histogram = parsed(read_histogram(&bytes))?;
                    sizes.push(histogram.counts.len() as i64);
                    edges.append(&mut histogram.edges);
                    counts.append(&mut histogram.counts);
                }
            }
            let steps: Vec<i64> = places.iter().map(|place| place.step).collect();
            let wall_times: Vec<f64> = places.iter().map(|place| place.wall_time).collect();
            Ok((steps, wall_times, edges, counts, sizes))
        })?;
        Ok((
            steps.into(),
            wall_times.into(),
            edges.into(),
            counts.into(),
            sizes.into(),
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
        const NONE: u32 = u32::MAX;
        let number_of = |numbers: &Bound<'py, PyDict>, name: &Bound<'py, PyAny>| {
            let found = numbers.get_item(name)?;
            found.map_or(Ok(NONE), |number| number.extract::<u32>())
        };
        let (run_name, tag_name) = (intern!(py, "run"), intern!(py, "tag"));
        let mut pairs = Vec::with_capacity(keys.len().unwrap_or(0));
        let mut last: Option<(Bound<'py, PyAny>, u32)> = None;
        for key in keys.try_iter()? {
            let key = key?;
            let name = key.getattr(run_name)?;
            let run = match &last {
                Some((same, run)) if same.is(&name) => *run,
                _ => {
                    let run = number_of(runs, &name)?;
                    last = Some((name, run));
                    run
                }
            };
            pairs.push((run, number_of(tags, &key.getattr(tag_name)?)?));
        }
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
            let Ok(table) = self.core.archive.table.read() else {
                return 0;
            };
            let of_series = |series: &Series| match &series.column {
                Data::Scalars(scalars) => {
                    scalars
                        .chunks
                        .iter()
                        .map(|chunk| chunk.n_bytes())
                        .sum::<usize>()
                        + scalars.tail.capacity() * 24
                }
                Data::Places(places) => places.capacity() * size_of::<Place>(),
            };
            table
                .runs
                .iter()
                .flatten()
                .flat_map(|run| &run.series)
                .map(|series| of_series(series) + size_of::<Series>())
                .sum()
        })
    }
}

/// (run, files as (path, size, device, inode)) of each run; (path, error number, message) of what failed.
type FoundRuns = (
    Vec<(String, Vec<(OsString, u64, u64, u64)>)>,
    Vec<(OsString, i32, String)>,
);

/// Folders below `root` that directly hold event files, by run name.
#[pyfunction]
pub fn find_files(
    py: Python<'_>,
    root: PathBuf,
    part: String,
    not_suffix: String,
) -> PyResult<FoundRuns> {
    let rules = Rules { part, not_suffix };
    let found = py.detach(|| goodfit_core::folders::find_files(&root, &rules, 1))?;
    let runs = found
        .folders
        .into_iter()
        .filter(|one| !one.files.is_empty());
    let runs = runs.map(|folder| {
        let files = folder.files.into_iter().map(|file| {
            let (device, inode) = file.state.identity;
            let path = file.path.into_os_string();
            (path, file.state.size_bytes, device, inode)
        });
        (folder.run, files.collect())
    });
    let failed = found.failed.into_iter().map(|(path, error)| {
        (
            path.into_os_string(),
            error.raw_os_error().unwrap_or(0),
            error.to_string(),
        )
    });
    Ok((runs.collect(), failed.collect()))
}
