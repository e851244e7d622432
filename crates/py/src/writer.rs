//! `goodfit._core.EventWriter`: Python values → records of `goodfit_core::encode` → `goodfit_core::event_writer`.
//!
//! `log` is the cheap call: one step and a dict of Python floats and ints, no allocation, no I/O. It answers with a small number
//! instead of raising, so that the caller's happy path is one comparison.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use goodfit_core::encode::{self, Content, Metadata, TensorValue};
use goodfit_core::event_writer::{EventWriter as CoreWriter, Options, Push};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyString};

/// Answers of the calls that hand over records.
const TAKEN: u8 = 0;
/// Some value was neither float nor int; nothing was written.
const ODD_VALUE: u8 = 1;
/// Taken, and the report has news.
const ATTENTION: u8 = 2;
/// Not taken: the buffer is full.
const DROPPED: u8 = 3;
/// Not taken: closed, or this process is a fork of the owner.
const CLOSED: u8 = 4;

fn now_s() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0.0, |since| since.as_secs_f64())
}

/// An event file being written by a thread of its own.
#[pyclass(frozen, module = "goodfit._core")]
pub struct EventWriter {
    core: CoreWriter,
    is_double: bool,
}

impl EventWriter {
    fn answer(&self, push: Option<Push>) -> u8 {
        match push {
            None => ODD_VALUE,
            Some(Push::Taken) if self.core.needs_attention() => ATTENTION,
            Some(Push::Taken) => TAKEN,
            Some(Push::Dropped) => DROPPED,
            Some(Push::Closed) => CLOSED,
        }
    }

    /// Hands over one large record, waiting for room without the interpreter lock.
    fn push_large(
        &self,
        py: Python<'_>,
        n_bytes: usize,
        wait_s: f64,
        encode: impl FnOnce(&mut Vec<u8>, &mut Vec<u8>),
    ) -> u8 {
        if let Ok(wait) = Duration::try_from_secs_f64(wait_s) {
            if !wait.is_zero() {
                py.detach(|| self.core.wait_for_room(n_bytes, wait));
            }
        }
        self.answer(self.core.push(|out, scratch| {
            encode(out, scratch);
            true
        }))
    }
}

#[pymethods]
impl EventWriter {
    /// Starts the file `path`; never fails on the file itself, see `report`.
    #[new]
    #[pyo3(signature = (path, *, writer, flush_s, max_pending_bytes, double_precision=false))]
    fn new(
        path: PathBuf,
        writer: &str,
        flush_s: f64,
        max_pending_bytes: usize,
        double_precision: bool,
    ) -> PyResult<Self> {
        let flush_interval = Duration::try_from_secs_f64(flush_s)
            .map_err(|error| PyValueError::new_err(format!("flush_s is {flush_s}: {error}")))?;
        let mut header = Vec::new();
        encode::put_version_record(&mut header, now_s(), writer);
        let core = CoreWriter::start(
            &path,
            header,
            &Options {
                flush_interval,
                max_pending_bytes,
            },
        );
        Ok(Self {
            core,
            is_double: double_precision,
        })
    }

    /// One event with a scalar per item of `values`, at this moment unless `wall_time` is given.
    #[pyo3(signature = (step, values, wall_time=None))]
    fn log(&self, step: i64, values: &Bound<'_, PyDict>, wall_time: Option<f64>) -> u8 {
        let wall_time = wall_time.unwrap_or_else(now_s);
        // Only exact conversions run under the lock: no Python code, so nothing can release the interpreter there.
        self.answer(self.core.push(|out, scratch| {
            for (tag, value) in values {
                let Ok(tag) = tag.cast::<PyString>() else {
                    return false;
                };
                let Ok(tag) = tag.to_str() else { return false };
                let Some(number) = exact_number(&value) else {
                    return false;
                };
                if self.is_double {
                    encode::put_double_value(scratch, tag, number);
                } else {
                    encode::put_simple_value(scratch, tag, number);
                }
            }
            encode::put_summary_record(out, wall_time, step, scratch);
            true
        }))
    }

    /// One event with one tensor: `content` is its bytes, or a list of byte strings, or None (the metadata holds it all).
    #[pyo3(signature = (step, tag, dtype, shape, content, *, plugin="", plugin_content=b"".as_slice(), display_name="",
        description="", data_class=0, wall_time=None, wait_s=0.0))]
    #[allow(clippy::too_many_arguments)]
    fn add_tensor(
        &self,
        py: Python<'_>,
        step: i64,
        tag: &str,
        dtype: u32,
        shape: Vec<u64>,
        content: Option<&Bound<'_, PyAny>>,
        plugin: &str,
        plugin_content: &[u8],
        display_name: &str,
        description: &str,
        data_class: u32,
        wall_time: Option<f64>,
        wait_s: f64,
    ) -> PyResult<u8> {
        let mut strings: Vec<Bound<'_, PyBytes>> = Vec::new();
        let mut raw: Option<Bound<'_, PyBytes>> = None;
        if let Some(content) = content {
            if let Ok(bytes) = content.cast::<PyBytes>() {
                raw = Some(bytes.clone());
            } else {
                strings = content.extract()?;
            }
        }
        let slices: Vec<&[u8]> = strings.iter().map(|s| s.as_bytes()).collect();
        let value = TensorValue {
            tag,
            dtype,
            shape: &shape,
            content: match (content, &raw) {
                (None, _) => Content::None,
                (_, Some(bytes)) => Content::Bytes(bytes.as_bytes()),
                _ => Content::Strings(&slices),
            },
            metadata: Metadata {
                plugin,
                content: plugin_content,
                display_name,
                description,
                data_class,
            },
        };
        let n_bytes = raw.as_ref().map_or(0, |b| b.as_bytes().len())
            + slices.iter().map(|s| s.len()).sum::<usize>();
        let wall_time = wall_time.unwrap_or_else(now_s);
        Ok(self.push_large(py, n_bytes, wait_s, |out, scratch| {
            encode::put_tensor_value(scratch, &value);
            encode::put_summary_record(out, wall_time, step, scratch);
        }))
    }

    /// One event whose `what` is the length-delimited protobuf field `field`: 4 graph_def, 5 summary, 7 session_log,
    /// 8 tagged_run_metadata.
    #[pyo3(signature = (step, field, content, *, wall_time=None, wait_s=0.0))]
    fn add_field(
        &self,
        py: Python<'_>,
        step: i64,
        field: u32,
        content: &[u8],
        wall_time: Option<f64>,
        wait_s: f64,
    ) -> u8 {
        let wall_time = wall_time.unwrap_or_else(now_s);
        self.push_large(py, content.len(), wait_s, |out, _| {
            encode::put_field_record(out, wall_time, step, field, content);
        })
    }

    /// The bytes of a whole `Event`, framed as they are.
    #[pyo3(signature = (event, *, wait_s=0.0))]
    fn add_event(&self, py: Python<'_>, event: &[u8], wait_s: f64) -> u8 {
        self.push_large(py, event.len(), wait_s, |out, _| {
            encode::put_record(out, |out| out.extend_from_slice(event));
        })
    }

    /// Waits until everything so far is handed to the system; false when that failed or took longer.
    fn flush(&self, py: Python<'_>, timeout_s: f64) -> bool {
        py.detach(|| self.core.flush(seconds(timeout_s)))
    }

    /// Writes the rest and ends the thread; false when records were lost or it took longer.
    fn close(&self, py: Python<'_>, timeout_s: f64) -> bool {
        py.detach(|| self.core.close(seconds(timeout_s)))
    }

    /// For a forked child: this file and its thread belong to the parent.
    fn abandon(&self) {
        self.core.abandon();
    }

    #[getter]
    fn is_abandoned(&self) -> bool {
        self.core.is_abandoned()
    }

    #[getter]
    fn path(&self) -> PathBuf {
        self.core.path().to_path_buf()
    }

    /// `n_records, n_lost, written_bytes, n_errors, last_error` so far.
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let report = py.detach(|| self.core.report());
        let dict = PyDict::new(py);
        dict.set_item("n_records", report.n_records)?;
        dict.set_item("n_lost", report.n_lost)?;
        dict.set_item("written_bytes", report.written_bytes)?;
        dict.set_item("n_errors", report.n_errors)?;
        dict.set_item("last_error", report.last_error)?;
        Ok(dict)
    }
}

/// The value of a Python float (or subclass, such as numpy.float64) or int that a float can hold; None for all else.
#[inline]
fn exact_number(value: &Bound<'_, PyAny>) -> Option<f64> {
    if let Ok(float) = value.cast::<PyFloat>() {
        return Some(float.value());
    }
    if value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>() {
        return value.extract::<i64>().ok().map(|int| int as f64);
    }
    None
}

fn seconds(timeout_s: f64) -> Duration {
    Duration::try_from_secs_f64(timeout_s).unwrap_or(Duration::ZERO)
}
