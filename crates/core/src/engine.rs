//! A log folder → its archive: finds what is new, and has it read in parallel.
//!
//! `booking` compares folders with what was read, `merging` reads what is new. With a deadline, first stretches of all
//! files go first, so that every run shows early; what is left is left to the next refresh.
//!
//! Locks, in order: `reading` (for a whole refresh; one at a time), then those of the archive.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::archive::Archive;
use crate::booking::Job;
use crate::cache::{self, CachedRun};
use crate::collector::Collector;
use crate::folders::Rules;
use crate::follow::{Book, Follower};
use crate::lock::{hold, read, write};
use crate::report::Report;
use crate::waiting::Waiting;

/// What one thread at a time has while it refreshes.
struct Reading {
    collector: Collector,
    follower: Follower,
    /// What a cache holds of runs that were not looked at yet.
    cached: HashMap<String, CachedRun>,
}

/// An archive, and all that keeps it up to date.
pub struct Engine {
    pub archive: Archive,
    reading: Mutex<Reading>,
    /// Why paths could not be listed or read, by path.
    unreadable: Mutex<Vec<(PathBuf, io::Error)>>,
    waiting: Waiting,
}

impl Engine {
    #[must_use]
    pub fn new(root: PathBuf, rules: Rules) -> Self {
        Self {
            archive: Archive::default(),
            reading: Mutex::new(Reading {
                collector: Collector::default(),
                follower: Follower::new(root, rules),
                cached: HashMap::new(),
            }),
            unreadable: Mutex::default(),
            waiting: Waiting::default(),
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
            let mut table = write(&self.archive.table);
            table.revision += 1;
            table.revision
        };
        let mut report = Report {
            revision,
            ..Report::default()
        };
        let look = follower.look(is_thorough, n_threads);
        let jobs = self
            .archive
            .find_jobs(follower, std::mem::take(cached), look, &mut report);
        let failed = self
            .archive
            .read(collector, &jobs, n_threads, deadline, &mut report);
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
        let Ok(runs) = cache::load(path, &root, &self.archive.tags, n_threads)? else {
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
        let files = self.archive.files_of(&numbers);
        let runs: Vec<_> = books
            .into_iter()
            .zip(&files)
            .filter(|(_, files)| files.iter().all(cache::is_whole))
            .map(|((name, book), files)| (name.as_str(), book, files.as_slice()))
            .collect();
        let table = read(&self.archive.table);
        cache::save(
            path,
            reading.follower.root(),
            &self.archive.tags,
            &table,
            &runs,
        )
    }

    /// Notes how far files were read, and what to look at again.
    fn settle(
        &self,
        follower: &mut Follower,
        jobs: &[Job],
        failed: Vec<(u32, io::Error)>,
        report: &mut Report,
    ) {
        let mut files = hold(&self.archive.files);
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
        self.waiting.start(bell)
    }

    /// Waits until a file or folder changed, or until `stop_waiting`; false when the time passed instead. Where the system
    /// does not tell of changes, the time passes.
    #[must_use]
    pub fn wait(&self, timeout: Duration) -> bool {
        self.waiting.wait(timeout)
    }

    /// Lets time pass, until `stop_waiting`; whether that was called.
    #[must_use]
    pub fn pause(&self, time: Duration) -> bool {
        self.waiting.pause(time)
    }

    /// Ends all waiting, now and later.
    pub fn stop_waiting(&self) {
        self.waiting.stop();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{hold, Engine, HashMap, Reading};
    use crate::folders::Rules;
    use crate::report::Report;

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
        let jobs = engine
            .archive
            .find_jobs(follower, HashMap::new(), look, &mut report);
        std::fs::remove_file(root.join("gone/tfevents")).unwrap();
        let failed = engine.archive.read(collector, &jobs, 2, None, &mut report);
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
