//! `goodfit._core.Engine`: the table of everything read, asked with run numbers and tag names.
//!
//! The interpreter lock is released before any lock of the engine is taken, and none of them is held when it is taken
//! back: otherwise a reader and the refresher could wait for each other.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use goodfit_core::columns::{Column as Data, Scalars};
use goodfit_core::engine::{Engine as Core, Report};
use goodfit_core::event::{read_numbers, read_strings};
use goodfit_core::histogram::read_histogram;
use goodfit_core::reduce::{extent, reduce_all, Grid, Reduced, XAxis};
use goodfit_core::table::Series;
use goodfit_core::types::{Kind, Metadata, Place};
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::column::Column;

/// Everything read below one log folder.
#[pyclass(frozen, module = "goodfit._core")]
pub struct Engine {
    core: Core,
}

/// What one read brought.
#[pyclass(frozen, get_all, module = "goodfit._core")]
pub struct ReadReport {
    n_points: u64,
    n_bytes: u64,
    changed_runs: Vec<u32>,
    /// (file, error number or 0, message)
    failed: Vec<(u32, i32, String)>,
    revision: u64,
}

impl From<Report> for ReadReport {
    fn from(report: Report) -> Self {
        let failed = report
            .failed
            .into_iter()
            .map(|(file, error)| (file, error.raw_os_error().unwrap_or(0), error.to_string()));
        Self {
            n_points: report.n_points,
            n_bytes: report.n_bytes,
            changed_runs: report.changed_runs,
            failed: failed.collect(),
            revision: report.revision,
        }
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
    /// (plugin, display name, description), None where no value had metadata
    words: Vec<Option<(String, String, String)>>,
}

/// One file's state.
#[pyclass(frozen, get_all, module = "goodfit._core")]
pub struct FileState {
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

/// `parse` of a value on disk, as a Python error when the file was changed below us.
fn parsed<T>(result: Result<T, goodfit_core::wire::Malformed>) -> PyResult<T> {
    result.map_err(|_| {
        PyValueError::new_err("the bytes on disk are no longer the value that was read there")
    })
}

impl Engine {
    fn snapshot(&self, run: u32, tag: &str) -> Option<Scalars> {
        let tag = self.core.tags.find(tag)?;
        let table = self.core.table.read().ok()?;
        match &table.find(run, tag)?.column {
            Data::Scalars(scalars) => Some(scalars.clone()),
            Data::Places(_) => None,
        }
    }

    fn places(&self, run: u32, tag: &str) -> PyResult<(Vec<Place>, Kind, Option<Arc<Metadata>>)> {
        let found = || {
            let tag = self.core.tags.find(tag)?;
            let table = self.core.table.read().ok()?;
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
        let mut bytes = self.core.read_places(&[place])?;
        Ok((bytes.pop().unwrap_or_default(), place.is_bare, kind))
    }
}

/// `finish` with Python objects, `work` without the interpreter lock.
#[pymethods]
impl Engine {
    #[new]
    fn new() -> Self {
        Self {
            core: Core::default(),
        }
    }

    fn add_run(&self, py: Python<'_>) -> u32 {
        py.detach(|| self.core.add_run())
    }

    fn add_file(&self, py: Python<'_>, run: u32, path: PathBuf) -> u32 {
        py.detach(|| self.core.add_file(run, path))
    }

    fn clear_run(&self, py: Python<'_>, run: u32, files: Vec<u32>, keep: bool) {
        py.detach(|| self.core.clear_run(run, &files, keep));
    }

    fn read(&self, py: Python<'_>, files: Vec<(u32, u64)>, n_threads: usize) -> ReadReport {
        py.detach(|| self.core.read(&files, n_threads)).into()
    }

    fn merged_bytes(&self) -> u64 {
        self.core
            .merged_bytes
            .load(std::sync::atomic::Ordering::Relaxed)
    }

    fn tag_names(&self, py: Python<'_>, start: usize) -> Vec<String> {
        py.detach(|| {
            self.core
                .tags
                .names_from(start)
                .iter()
                .map(ToString::to_string)
                .collect()
        })
    }

    fn files(&self, py: Python<'_>, numbers: Vec<u32>) -> Vec<FileState> {
        py.detach(|| {
            let state = |file: goodfit_core::engine::EventFile| FileState {
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
            };
            self.core.files(&numbers).into_iter().map(state).collect()
        })
    }

    /// The series of a run that got points at `since` (a revision) or later.
    fn catalog(&self, py: Python<'_>, run: u32, since: u64) -> RunCatalog {
        py.detach(|| {
            let Ok(table) = self.core.table.read() else {
                return RunCatalog::default();
            };
            let all: &[Series] = table.run(run).map_or(&[], |run| &run.series);
            let series: Vec<&Series> = all.iter().filter(|one| one.revision >= since).collect();
            RunCatalog {
                tags: series.iter().map(|one| one.tag).collect(),
                kinds: series.iter().map(|one| one.kind.name()).collect(),
                n_points: series.iter().map(|one| one.n_points).collect(),
                first_steps: series.iter().map(|one| one.first_step).collect(),
                last_steps: series.iter().map(|one| one.last_step).collect(),
                last_wall_times: series.iter().map(|one| one.last_wall_time).collect(),
                words: series
                    .iter()
                    .map(|one| {
                        one.metadata.as_ref().map(|m| {
                            (
                                m.plugin.clone(),
                                m.display_name.clone(),
                                m.description.clone(),
                            )
                        })
                    })
                    .collect(),
            }
        })
    }

    fn sessions(&self, py: Python<'_>, run: u32) -> Vec<(i32, i64, f64, String)> {
        py.detach(|| {
            let Ok(table) = self.core.table.read() else {
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

    fn scalars(
        &self,
        py: Python<'_>,
        run: u32,
        tag: &str,
    ) -> PyResult<(Column, Column, Column, Vec<u64>)> {
        let columns = py.detach(|| {
            let columns = self.snapshot(run, tag)?.columns();
            let segments = goodfit_core::restart::segments(&columns.steps);
            Some((columns, segments))
        });
        let (columns, segments) = columns.ok_or_else(|| PyKeyError::new_err(tag.to_owned()))?;
        Ok((
            columns.steps.into(),
            columns.wall_times.into(),
            columns.values.into(),
            segments,
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
                for bytes in self.core.read_places(piece)? {
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

    /// Steps, wall times and values of the newest points; a series without numbers has value NaN, an unknown one is
    /// (0, NaN, NaN).
    fn latest(&self, py: Python<'_>, keys: Vec<(u32, String)>) -> (Column, Column, Column) {
        let (steps, wall_times, values) = py.detach(|| {
            let (mut steps, mut wall_times, mut values) = (
                Vec::with_capacity(keys.len()),
                Vec::with_capacity(keys.len()),
                Vec::with_capacity(keys.len()),
            );
            let table = self.core.table.read();
            for (run, tag) in &keys {
                let series = self
                    .core
                    .tags
                    .find(tag)
                    .and_then(|tag| table.as_ref().ok()?.find(*run, tag));
                steps.push(series.map_or(0, |series| series.last_step));
                wall_times.push(series.map_or(f64::NAN, |series| series.last_wall_time));
                values.push(series.map_or(f64::NAN, |series| series.last_value));
            }
            (steps, wall_times, values)
        });
        (steps.into(), wall_times.into(), values.into())
    }

    /// The smallest and largest x of scalar series together; None when there is none.
    fn extent(
        &self,
        py: Python<'_>,
        keys: Vec<(u32, String)>,
        x_axis: &str,
    ) -> PyResult<Option<(f64, f64)>> {
        let axis = parse_axis(x_axis)?;
        Ok(py.detach(|| {
            let extents = keys
                .iter()
                .filter_map(|(run, tag)| extent(&self.snapshot(*run, tag)?, axis));
            extents.reduce(|(lo, hi), (from, to)| (lo.min(from), hi.max(to)))
        }))
    }

    /// One reduced series for each key, None for unknown ones.
    #[allow(clippy::too_many_arguments)] // as many as a chart has
    #[pyo3(signature = (keys, *, px, x_axis, lo, hi, smoothing, n_threads))]
    fn sample(
        &self,
        py: Python<'_>,
        keys: Vec<(u32, String)>,
        px: usize,
        x_axis: &str,
        lo: f64,
        hi: f64,
        smoothing: f64,
        n_threads: usize,
    ) -> PyResult<Vec<Option<ReducedSeries>>> {
        if px == 0 || px > 100_000 || lo > hi || !lo.is_finite() || !hi.is_finite() {
            return Err(PyValueError::new_err(format!(
                "cannot make {px} columns of [{lo}, {hi}]"
            )));
        }
        let grid = Grid {
            x_axis: parse_axis(x_axis)?,
            lo,
            hi,
            px,
        };
        let reduced = py.detach(|| {
            let series: Vec<Option<Scalars>> = keys
                .iter()
                .map(|(run, tag)| self.snapshot(*run, tag))
                .collect();
            reduce_all(&series, &grid, smoothing, n_threads)
        });
        reduced
            .into_iter()
            .map(|one| one.map(|one| ReducedSeries::new(py, one)).transpose())
            .collect()
    }

    /// Bytes that the points take.
    fn n_bytes(&self, py: Python<'_>) -> usize {
        py.detach(|| {
            let Ok(table) = self.core.table.read() else {
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

/// (names from the root down, files as (path, size, device, inode)) of each folder; (path, error number, message) of what failed.
type FoundFolders = (
    Vec<(Vec<OsString>, Vec<(OsString, u64, u64, u64)>)>,
    Vec<(OsString, i32, String)>,
);

/// Folders below `root` that directly hold regular files whose names contain `part`.
#[pyfunction]
pub fn find_files(py: Python<'_>, root: PathBuf, part: &str) -> PyResult<FoundFolders> {
    let found = py.detach(|| goodfit_core::folders::find_files(&root, part))?;
    let folders = found.folders.into_iter().map(|folder| {
        let files = folder.files.into_iter().map(|file| {
            (
                file.path.into_os_string(),
                file.size_bytes,
                file.identity.0,
                file.identity.1,
            )
        });
        (folder.names, files.collect())
    });
    let failed = found.failed.into_iter().map(|(path, error)| {
        (
            path.into_os_string(),
            error.raw_os_error().unwrap_or(0),
            error.to_string(),
        )
    });
    Ok((folders.collect(), failed.collect()))
}
