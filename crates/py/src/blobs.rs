//! Values that stay on disk: where they lie, and their bytes read back and parsed.

use std::sync::Arc;

use goodfit_core::archive::Archive;
use goodfit_core::columns::Column;
use goodfit_core::event::{read_numbers, read_strings};
use goodfit_core::histogram::read_histogram;
use goodfit_core::types::{Kind, Metadata, Place};
use goodfit_core::wire::Malformed;
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;

/// A series that is not scalar.
pub struct Blobs {
    pub places: Vec<Place>,
    pub kind: Kind,
    pub metadata: Option<Arc<Metadata>>,
}

/// One point of it.
pub struct Blob {
    pub bytes: Vec<u8>,
    /// The bytes are the payload itself, without a `Summary.Value` around it.
    pub is_bare: bool,
    kind: Kind,
}

/// Histograms end to end, and the number of buckets of each.
#[derive(Default)]
pub struct Histograms {
    pub edges: Vec<f64>,
    pub counts: Vec<f64>,
    pub sizes: Vec<i64>,
}

impl Blobs {
    /// Raises KeyError when the run has no such series, or it is scalar.
    pub fn find(archive: &Archive, run: u32, tag: &str) -> PyResult<Self> {
        let found = || {
            let tag = archive.tags.find(tag)?;
            let table = archive.table.read().ok()?;
            let series = table.find(run, tag)?;
            match &series.column {
                Column::Places(places) => Some(Self {
                    places: places.clone(),
                    kind: series.kind,
                    metadata: series.metadata.clone(),
                }),
                Column::Scalars(_) => None,
            }
        };
        found().ok_or_else(|| PyKeyError::new_err(tag.to_owned()))
    }

    pub fn columns(&self) -> (Vec<i64>, Vec<f64>) {
        let places = self.places.iter();
        places.map(|place| (place.step, place.wall_time)).unzip()
    }

    pub fn read_histograms(&self, archive: &Archive) -> PyResult<Histograms> {
        let mut all = Histograms::default();
        // Piece by piece, so that the raw bytes of a long series are never all in memory.
        for piece in self.places.chunks(256) {
            for bytes in archive.read_places(piece)? {
                let mut histogram = parsed(read_histogram(&bytes))?;
                all.sizes.push(histogram.counts.len() as i64);
                all.edges.append(&mut histogram.edges);
                all.counts.append(&mut histogram.counts);
            }
        }
        Ok(all)
    }
}

impl Blob {
    /// Raises KeyError when there is no such point.
    pub fn read(archive: &Archive, run: u32, tag: &str, at: usize) -> PyResult<Self> {
        let blobs = Blobs::find(archive, run, tag)?;
        let place = blobs.places.get(at);
        let place = *place.ok_or_else(|| PyKeyError::new_err(at))?;
        Ok(Self {
            bytes: archive.read_places(&[place])?.pop().unwrap_or_default(),
            is_bare: place.is_bare,
            kind: blobs.kind,
        })
    }

    pub fn strings(self) -> PyResult<Vec<Vec<u8>>> {
        match self.is_bare {
            true => Ok(vec![self.bytes]),
            false => parsed(read_strings(&self.bytes, self.kind)),
        }
    }

    pub fn numbers(&self) -> PyResult<(Vec<u64>, Vec<f64>)> {
        parsed(read_numbers(&self.bytes))
    }
}

/// `parse` of a value on disk, as a Python error when the file was changed below us.
fn parsed<T>(result: Result<T, Malformed>) -> PyResult<T> {
    result.map_err(|_| {
        PyValueError::new_err("the bytes on disk are no longer the value that was read there")
    })
}
