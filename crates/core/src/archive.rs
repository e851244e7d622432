//! Everything that was read below one log folder: the points, and the files that they came from.
//!
//! `booking` takes runs in and out, `merging` reads what is new into it; both only while the engine refreshes.
//!
//! Locks, in order: `files`, then `table`; `run_files` alone. Each is held for moments.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, RwLock};

use crate::event_file::EventFile;
use crate::lock::hold;
use crate::source::read_exact_at;
use crate::table::{Table, Tags};
use crate::types::Place;

/// What readers ask, and what a refresh adds to.
#[derive(Default)]
pub struct Archive {
    pub tags: Tags,
    pub table: RwLock<Table>,
    pub(crate) files: Mutex<Vec<EventFile>>,
    /// Numbers of files by run, in the order of their writing.
    pub(crate) run_files: Mutex<HashMap<u32, Vec<u32>>>,
    /// Bytes merged by the read that is going on, for a progress bar.
    pub merged_bytes: AtomicU64,
}

impl Archive {
    /// The files of runs, in the order of their writing.
    #[must_use]
    pub fn files_of(&self, runs: &[u32]) -> Vec<Vec<EventFile>> {
        let numbers: Vec<Vec<u32>> = {
            let run_files = hold(&self.run_files);
            runs.iter()
                .map(|run| run_files.get(run).cloned().unwrap_or_default())
                .collect()
        };
        let files = hold(&self.files);
        let of_run = |numbers: &Vec<u32>| {
            let found = numbers.iter().map(|&number| files.get(number as usize));
            found.flatten().cloned().collect()
        };
        numbers.iter().map(of_run).collect()
    }

    /// The bytes of places, in their order.
    ///
    /// # Errors
    /// When a file is gone or shorter than when it was read.
    pub fn read_places(&self, places: &[Place]) -> io::Result<Vec<Vec<u8>>> {
        let mut open: HashMap<u32, File> = HashMap::new();
        let mut all = Vec::with_capacity(places.len());
        for place in places {
            let file = match open.entry(place.file) {
                std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::hash_map::Entry::Vacant(entry) => {
                    let path = hold(&self.files)
                        .get(place.file as usize)
                        .map(|file| file.path.clone())
                        .ok_or(io::ErrorKind::NotFound)?;
                    entry.insert(File::open(path)?)
                }
            };
            all.push(read_exact_at(&*file, place.offset, place.length as usize)?);
        }
        Ok(all)
    }
}
