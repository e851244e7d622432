//! Objects with a `run` and a `tag` → numbers of runs and tags.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Where series stand in the table.
#[pyclass(frozen, module = "goodfit._core")]
pub struct Rows {
    /// (run, tag)
    pub rows: Vec<(u32, u32)>,
}

#[pymethods]
impl Rows {
    fn __len__(&self) -> usize {
        self.rows.len()
    }
}

/// The numbers of keys by those of names; `u32::MAX`, which nothing has, where a name has none.
pub fn number_keys<'py>(
    py: Python<'py>,
    keys: &Bound<'py, PyAny>,
    runs: &Bound<'py, PyDict>,
    tags: &Bound<'py, PyDict>,
) -> PyResult<Vec<(u32, u32)>> {
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
    Ok(pairs)
}
