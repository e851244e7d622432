//! Rust vectors → read-only buffers that numpy looks into without copying.

use std::ffi::{c_int, c_void, CStr};

use pyo3::exceptions::PyBufferError;
use pyo3::ffi;
use pyo3::prelude::*;

/// The numbers behind a column.
enum Numbers {
    Int64(Vec<i64>),
    Float64(Vec<f64>),
    Float32(Vec<f32>),
    UInt32(Vec<u32>),
}

/// A one-dimensional read-only buffer; `numpy.asarray(column)` shares its memory and keeps it alive.
#[pyclass(frozen, module = "goodfit._core")]
pub struct Column {
    numbers: Numbers,
    length: [isize; 1],
    stride: [isize; 1],
}

impl Column {
    fn new(numbers: Numbers, length: usize, item_bytes: usize) -> Self {
        Self {
            numbers,
            length: [length as isize],
            stride: [item_bytes as isize],
        }
    }

    fn parts(&self) -> (*const c_void, &'static CStr) {
        match &self.numbers {
            Numbers::Int64(numbers) => (numbers.as_ptr().cast(), c"q"),
            Numbers::Float64(numbers) => (numbers.as_ptr().cast(), c"d"),
            Numbers::Float32(numbers) => (numbers.as_ptr().cast(), c"f"),
            Numbers::UInt32(numbers) => (numbers.as_ptr().cast(), c"I"),
        }
    }
}

impl From<Vec<i64>> for Column {
    fn from(numbers: Vec<i64>) -> Self {
        let length = numbers.len();
        Self::new(Numbers::Int64(numbers), length, 8)
    }
}

impl From<Vec<f64>> for Column {
    fn from(numbers: Vec<f64>) -> Self {
        let length = numbers.len();
        Self::new(Numbers::Float64(numbers), length, 8)
    }
}

impl From<Vec<f32>> for Column {
    fn from(numbers: Vec<f32>) -> Self {
        let length = numbers.len();
        Self::new(Numbers::Float32(numbers), length, 4)
    }
}

impl From<Vec<u32>> for Column {
    fn from(numbers: Vec<u32>) -> Self {
        let length = numbers.len();
        Self::new(Numbers::UInt32(numbers), length, 4)
    }
}

#[pymethods]
impl Column {
    fn __len__(&self) -> usize {
        self.length[0] as usize
    }

    /// # Safety
    /// Called by the interpreter with a valid `view`. The memory lives as long as `slf`, which the view keeps alive,
    /// and never moves: a `Column` has no method that changes it.
    #[expect(clippy::needless_pass_by_value)]
    unsafe fn __getbuffer__(
        slf: Bound<'_, Self>,
        view: *mut ffi::Py_buffer,
        flags: c_int,
    ) -> PyResult<()> {
        if view.is_null() {
            return Err(PyBufferError::new_err("no view given"));
        }
        if flags & ffi::PyBUF_WRITABLE == ffi::PyBUF_WRITABLE {
            return Err(PyBufferError::new_err("a column is read-only"));
        }
        let column = slf.get();
        let (pointer, format) = column.parts();
        // SAFETY: `view` is valid by the contract of the buffer protocol; all pointers stored in it point into
        // `column`, which is frozen and kept alive by the reference stored in `obj`.
        unsafe {
            (*view).obj = slf.clone().into_any().into_ptr();
            (*view).buf = pointer.cast_mut();
            (*view).len = column.length[0] * column.stride[0];
            (*view).itemsize = column.stride[0];
            (*view).readonly = 1;
            (*view).ndim = 1;
            (*view).format = if flags & ffi::PyBUF_FORMAT == ffi::PyBUF_FORMAT {
                format.as_ptr().cast_mut()
            } else {
                std::ptr::null_mut()
            };
            (*view).shape = column.length.as_ptr().cast_mut();
            (*view).strides = column.stride.as_ptr().cast_mut();
            (*view).suboffsets = std::ptr::null_mut();
            (*view).internal = std::ptr::null_mut();
        }
        Ok(())
    }
}
