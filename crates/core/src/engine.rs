//! A log folder → table: finds what is new, reads it in parallel, and answers for all series.
//!
//! `booking` compares folders with what was read, `merging` reads what is new in parallel. With a deadline, first
//! stretches of all files go first, so that every run shows early; what is left is left to the next refresh.
//!
//! Locks, in order: `reading` (for a whole refresh; one at a time), then `files`, `bell` or `table` (moments).

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use crate::booking::Job;
use crate::cache::{self, CachedRun};
use crate::collector::Collector;
use crate::event_file::EventFile;
use crate::folders::Rules;
use crate::follow::{Book, Follower};
use crate::lock::{hold, read, write};
use crate::source::read_exact_at;
use crate::table::{Table, Tags};
use crate::types::Place;
use crate::watch::Bell;

/// What one refresh brought.
#[derive(Debug, Default)]
pub struct Report {
    pub n_points: u64,
    pub n_bytes: u64,
    /// Bytes that are there and were left to the next refresh, because the time was up.
    pub n_unread_bytes: u64,
    /// Numbers and names, sorted by name.
    pub new_runs: Vec<(u32, String)>,
    /// Names, sorted.
    pub removed_runs: Vec<String>,
    /// Runs that were read anew, because a file of theirs was replaced, cut or removed.
    pub reset_runs: Vec<u32>,
    /// Runs with new points or session records, ascending.
    pub changed_runs: Vec<u32>,
    /// (run, tag) of the series with new points, in no order.
    pub changed: Vec<(u32, u32)>,
    /// Of the table, for `Series::revision`.
    pub revision: u64,
}

/// What one thread at a time has while it refreshes.
struct Reading {
    collector: Collector,
    follower: Follower,
    /// What a cache holds of runs that were not looked at yet.
    cached: HashMap<String, CachedRun>,
}

/// Everything that was read below one log folder.
pub struct Engine {
    pub tags: Tags,
    pub table: RwLock<Table>,
    pub(crate) files: Mutex<Vec<EventFile>>,
    /// Numbers of files by run, in the order of their writing.
    pub(crate) run_files: Mutex<HashMap<u32, Vec<u32>>>,
    reading: Mutex<Reading>,
    /// Why paths could not be listed or read, by path.
    unreadable: Mutex<Vec<(PathBuf, io::Error)>>,
    bell: Mutex<Option<Arc<Bell>>>,
    is_closed: AtomicBool,
    closing: (Mutex<()>, Condvar),
    /// Bytes merged by the read that is going on, for a progress bar.
    pub merged_bytes: AtomicU64,
}

impl Engine {
    #[must_use]
    pub fn new(root: PathBuf, rules: Rules) -> Self {
        Self {
            tags: Tags::default(),
            table: RwLock::default(),
            files: Mutex::default(),
            run_files: Mutex::default(),
            reading: Mutex::new(Reading {
                collector: Collector::default(),
                follower: Follower::new(root, rules),
                cached: HashMap::new(),
            }),
            unreadable: Mutex::default(),
            bell: Mutex::default(),
            is_closed: AtomicBool::new(false),
            closing: (Mutex::default(), Condvar::new()),
            merged_bytes: AtomicU64::new(0),
        }
    }

    /// Looks for files and reads what is new.
    ///
    /// `deadline`: when to stop reading (each call reads something). `is_thorough`: list every folder, even where the
    /// system tells of changes.
    pub fn refresh(
        &self,
        n_threads: usize,
        deadline: Option<Instant>,
        is_thorough: bool,
    ) -> Report {
        let mut reading = hold(&self.reading);
        let Reading {
            collector,
            follower,
            cached,
        } = &mut *reading;
        let revision = {
            let mut table = write(&self.table);
            table.revision += 1;
            table.revision
        };
        let mut report = Report {
            revision,
            ..Report::default()
        };
        let look = follower.look(is_thorough, n_threads);
        let jobs = self.find_jobs(follower, std::mem::take(cached), look, &mut report);
        let failed = self.read(collector, &jobs, n_threads, deadline, &mut report);
        self.settle(follower, &jobs, failed, &mut report);
        report
    }

    /// Takes what a cache holds, for the first refresh to go on from where files are still those that were read; whether
    /// there was a cache of ours.
    ///
    /// # Errors
    /// What the system says.
    pub fn load_cache(&self, path: &Path, n_threads: usize) -> io::Result<bool> {
        let mut reading = hold(&self.reading);
        let root = reading.follower.root().to_path_buf();
        let Ok(runs) = cache::load(path, &root, &self.tags, n_threads)? else {
            return Ok(false);
        };
        if reading.follower.books.is_empty() {
            reading.cached = runs;
        }
        Ok(true)
    }

    /// Writes all that was read to a file; how many bytes that took. Waits for a refresh that is going on.
    ///
    /// # Errors
    /// What the system says; then the file is not to be used.
    pub fn save_cache(&self, path: &Path) -> io::Result<u64> {
        let reading = hold(&self.reading);
        let mut books: Vec<(&String, &Book)> = reading.follower.books.iter().collect();
        books.sort_by_key(|&(name, _)| name);
        let numbers: Vec<u32> = books.iter().map(|(_, book)| book.run).collect();
        let files = self.files_of(&numbers);
        let runs: Vec<_> = books
            .into_iter()
            .zip(&files)
            .filter(|(_, files)| files.iter().all(cache::is_whole))
            .map(|((name, book), files)| (name.as_str(), book, files.as_slice()))
            .collect();
        let table = read(&self.table);
        cache::save(path, reading.follower.root(), &self.tags, &table, &runs)
    }

    /// Notes how far files were read, and what to look at again.
    fn settle(
        &self,
        follower: &mut Follower,
        jobs: &[Job],
        failed: Vec<(u32, io::Error)>,
        report: &mut Report,
    ) {
        let mut files = hold(&self.files);
        let unread: HashSet<u32> = failed.iter().map(|&(number, _)| number).collect();
        for job in jobs {
            let Some(file) = files.get_mut(job.file as usize) else {
                continue;
            };
            // What is pending at the end was looked at, and waits for more.
            let end = job.state.size_bytes;
            let is_read = file.position.is_hopeless
                || file.position.search.is_some()
                || file.pending.is_some()
                || file.position.offset >= end;
            if is_read && !unread.contains(&job.file) {
                file.state = job.state;
            } else {
                follower.look_again(&file.path);
                if !unread.contains(&job.file) {
                    report.n_unread_bytes += end.saturating_sub(file.position.offset);
                }
            }
        }
        let copy = |error: &io::Error| match error.raw_os_error() {
            Some(number) => io::Error::from_raw_os_error(number),
            None => io::Error::new(error.kind(), error.to_string()),
        };
        let listed = follower
            .failed
            .iter()
            .map(|(path, error)| (path.clone(), copy(error)));
        let opened = failed.into_iter().filter_map(|(number, error)| {
            files
                .get(number as usize)
                .map(|file| (file.path.clone(), error))
        });
        *hold(&self.unreadable) = listed.chain(opened).collect();
        report.new_runs.sort_by(|a, b| a.1.cmp(&b.1));
    }

    /// Why paths could not be listed or read at the last refresh: (path, error number or 0, message).
    #[must_use]
    pub fn unreadable(&self) -> Vec<(PathBuf, i32, String)> {
        hold(&self.unreadable)
            .iter()
            .map(|(path, error)| {
                let number = error.raw_os_error().unwrap_or(0);
                (path.clone(), number, error.to_string())
            })
            .collect()
    }

    /// Asks the system to tell of changes; whether it does. Waits for a refresh that is going on.
    pub fn start_watching(&self) -> bool {
        let bell = hold(&self.reading).follower.start_watching();
        let is_told = bell.is_some();
        *hold(&self.bell) = bell;
        is_told && !self.is_closed.load(Ordering::Acquire)
    }

    /// Waits until a file or folder changed, or until `stop_waiting`; false when the time passed instead. Where the system
    /// does not tell of changes, the time passes.
    #[must_use]
    pub fn wait(&self, timeout: Duration) -> bool {
        let bell = hold(&self.bell).clone();
        if self.is_closed.load(Ordering::Acquire) {
            return true;
        }
        match bell {
            Some(bell) => bell.wait(timeout),
            None => self.pause(timeout),
        }
    }

    /// Lets time pass, until `stop_waiting`; whether that was called.
    #[must_use]
    pub fn pause(&self, time: Duration) -> bool {
        let is_open = |_: &mut ()| !self.is_closed.load(Ordering::Acquire);
        let (lock, condition) = &self.closing;
        let (_guard, result) = condition
            .wait_timeout_while(hold(lock), time, is_open)
            .unwrap_or_else(PoisonError::into_inner);
        !result.timed_out()
    }

    /// Ends all waiting, now and later.
    pub fn stop_waiting(&self) {
        {
            let _guard = hold(&self.closing.0);
            self.is_closed.store(true, Ordering::Release);
        }
        self.closing.1.notify_all();
        if let Some(bell) = &*hold(&self.bell) {
            bell.wake();
        }
    }

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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{hold, Engine, HashMap, Reading, Report};
    use crate::folders::Rules;

    /// As without permission, but for root too.
    #[test]
    fn a_file_that_goes_between_listing_and_reading_is_told_and_the_others_are_read() {
        let root = std::env::temp_dir().join(format!("goodfit-engine-{}", std::process::id()));
        for run in ["gone", "here"] {
            std::fs::create_dir_all(root.join(run)).unwrap();
            std::fs::write(root.join(run).join("tfevents"), [0; 16]).unwrap();
        }
        let rules = Rules {
            part: "tfevents".to_owned(),
            not_suffix: "-".to_owned(),
        };
        let engine = Engine::new(root.clone(), rules);
        let mut report = Report::default();
        let mut reading = hold(&engine.reading);
        let Reading {
            collector,
            follower,
            ..
        } = &mut *reading;
        let look = follower.look(true, 2);
        let jobs = engine.find_jobs(follower, HashMap::new(), look, &mut report);
        std::fs::remove_file(root.join("gone/tfevents")).unwrap();
        let failed = engine.read(collector, &jobs, 2, None, &mut report);
        engine.settle(follower, &jobs, failed, &mut report);
        assert_eq!((2, 8), (report.new_runs.len(), report.n_bytes)); // no header in the first 8
        assert_eq!(root.join("gone/tfevents"), engine.unreadable()[0].0);
        assert_eq!(1, engine.unreadable().len());
        drop(reading);
        let report = engine.refresh(2, None, true);
        std::fs::remove_dir_all(root).unwrap();
        assert_eq!(vec!["gone".to_owned()], report.removed_runs);
        assert!(engine.unreadable().is_empty());
    }
}
