//! `goodfit._core.copy_records`: a damaged event file → a clean copy.

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

use pyo3::prelude::*;

/// (records, bytes, left out as (offset, kind, skipped bytes))
type Copied = (u64, u64, Vec<(u64, &'static str, u64)>);

/// Copies the readable records of `source` to `out`, which must not exist.
#[pyfunction]
pub fn copy_records(py: Python<'_>, source: PathBuf, out: PathBuf) -> PyResult<Copied> {
    let copied = py.detach(|| -> std::io::Result<_> {
        let source = File::open(source)?;
        let size = source.metadata()?.len();
        let out = File::create_new(out)?;
        goodfit_core::repair::copy_records(&source, size, &mut BufWriter::new(out))
    })?;
    let left_out = copied.left_out.into_iter();
    let left_out = left_out.map(|issue| (issue.offset, issue.damage.name(), issue.skipped_bytes));
    Ok((copied.n_records, copied.n_bytes, left_out.collect()))
}
