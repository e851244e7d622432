//! The Python module `goodfit._core`: a list of exports, converted from `goodfit-core`.

use pyo3::prelude::*;

mod blobs;
mod catalog;
mod chart;
mod column;
mod engine;
mod files;
mod repair;
mod report;
mod rows;
mod writer;

/// `goodfit._core`
#[pymodule]
mod _core {
    use super::{pyfunction, PyResult};

    #[pymodule_export]
    use crate::catalog::RunCatalog;
    #[pymodule_export]
    use crate::chart::ReducedSeries;
    #[pymodule_export]
    use crate::column::Column;
    #[pymodule_export]
    use crate::engine::Engine;
    #[pymodule_export]
    use crate::files::{find_files, FileState};
    #[pymodule_export]
    use crate::repair::copy_records;
    #[pymodule_export]
    use crate::report::{ChangedSeries, RefreshReport};
    #[pymodule_export]
    use crate::rows::Rows;
    #[pymodule_export]
    use crate::writer::EventWriter;

    /// The masked CRC-32C of `data`, as event files store it.
    #[pyfunction]
    fn masked_crc(data: &[u8]) -> PyResult<u32> {
        Ok(goodfit_core::masked_crc::masked_crc(data))
    }

    /// True when the extension was built without optimisation; Python warns at import then.
    #[pymodule_export]
    const IS_DEBUG_BUILD: bool = cfg!(debug_assertions);
}
