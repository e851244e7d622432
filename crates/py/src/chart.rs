//! Words and numbers of a chart → grid and branch; reduced series → what Python draws.

use goodfit_core::branch::Branch;
use goodfit_core::reduce::{Grid, Reduced};
use goodfit_core::x_axis::XAxis;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::column::Column;

pub fn parse_axis(name: &str) -> PyResult<XAxis> {
    match name {
        "step" => Ok(XAxis::Step),
        "wall_time" => Ok(XAxis::WallTime),
        "relative" => Ok(XAxis::Relative),
        _ => Err(PyValueError::new_err(format!(
            "x_axis is {name:?}, wanted 'step', 'wall_time' or 'relative'"
        ))),
    }
}

pub fn parse_branch(name: &str) -> PyResult<Branch> {
    match name {
        "all" => Ok(Branch::All),
        "newest" => Ok(Branch::Newest),
        "abandoned" => Ok(Branch::Abandoned),
        _ => Err(PyValueError::new_err(format!("no branch {name:?}"))),
    }
}

pub fn checked_grid(px: usize, x_axis: &str, lo: f64, hi: f64) -> PyResult<Grid> {
    let x_axis = parse_axis(x_axis)?;
    match px > 0 && px <= 100_000 && lo <= hi && lo.is_finite() && hi.is_finite() {
        true => Ok(Grid { x_axis, lo, hi, px }),
        false => Err(PyValueError::new_err(format!(
            "cannot make {px} columns of [{lo}, {hi}]"
        ))),
    }
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
    pub fn new(py: Python<'_>, reduced: Reduced) -> PyResult<Self> {
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
