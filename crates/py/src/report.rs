//! What one refresh brought, for Python.

use goodfit_core::report::Report;
use pyo3::prelude::*;

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
    pub fn new(py: Python<'_>, report: Report) -> PyResult<Self> {
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
