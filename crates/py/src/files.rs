//! Event files, as they were found and as they were read.

use std::ffi::OsString;
use std::path::PathBuf;

use goodfit_core::event_file::EventFile;
use goodfit_core::folders::Rules;
use pyo3::prelude::*;

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

impl From<EventFile> for FileState {
    fn from(file: EventFile) -> Self {
        let issues = file.issues().into_iter();
        Self {
            size_bytes: file.size_bytes(),
            first_wall_time: file.first_wall_time,
            file_version: file.file_version,
            read_bytes: file.read_bytes(),
            n_records: file.n_records,
            issues: issues
                .map(|issue| {
                    let name = issue.damage.name();
                    (issue.offset, name, issue.skipped_bytes, issue.detail)
                })
                .collect(),
            path: file.path.into_os_string(),
        }
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
