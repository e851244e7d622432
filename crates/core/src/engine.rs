//! A log folder → table: finds what is new, reads it in parallel, and answers for all series.
//!
//! Work is cut into stretches: a small file is one, a large file one per 8 MiB, whose reader finds its first record by
//! the header's own checksum. Stretches are merged in order; one that did not begin where the one before it ended
//! (damage, or a record that holds an event file) is read again in order, so the result is that of reading serially.
//! With a deadline, first stretches of all files go first, so that every run shows early; what is left is left to the
//! next refresh.
//!
//! Locks, in order: `reading` (for a whole refresh; one at a time), then `files`, `bell` or `table` (moments).

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{mpsc, Arc, Condvar, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use crate::batch::Batch;
use crate::cache::{self, CachedRun};
use crate::collector::{Collector, Stretch};
use crate::event_file::EventFile;
use crate::folders::{FoundFile, FoundFolder, Rules, State};
use crate::follow::{compare, Book, Follower, Look, Verdict};
use crate::framing::Position;
use crate::lock::{hold, read, write};
use crate::source::read_exact_at;
use crate::table::{Table, Tags};
use crate::types::{Kind, Place};
use crate::watch::Bell;

/// Large enough that finding a boundary and merging cost nothing, small enough that two cores end together.
const STRETCH_BYTES: u64 = 8 << 20;
/// The first stretch of a file when there is a deadline: five hundred runs show their beginning within 0.2 s.
const FIRST_STRETCH_BYTES: u64 = 1 << 20;
/// Below this, starting threads costs more than it saves.
const PARALLEL_BYTES: u64 = 1 << 20;

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
    files: Mutex<Vec<EventFile>>,
    /// Numbers of files by run, in the order of their writing.
    run_files: Mutex<HashMap<u32, Vec<u32>>>,
    reading: Mutex<Reading>,
    /// Why paths could not be listed or read, by path.
    unreadable: Mutex<Vec<(PathBuf, io::Error)>>,
    bell: Mutex<Option<Arc<Bell>>>,
    is_closed: AtomicBool,
    closing: (Mutex<()>, Condvar),
    /// Bytes merged by the read that is going on, for a progress bar.
    pub merged_bytes: AtomicU64,
}

/// One file that has something new.
struct Job {
    file: u32,
    run: u32,
    state: State,
}

struct Task {
    stretch: Stretch,
    run: u32,
    path: PathBuf,
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

    /// A run as the cache has it, if all its files are still those that were read.
    fn adopt(&self, cached: CachedRun, found: &[FoundFile]) -> Option<Book> {
        let by_path: HashMap<&Path, &State> = found
            .iter()
            .map(|file| (file.path.as_path(), &file.state))
            .collect();
        let is_still_there = cached.files.iter().all(|file| {
            let now = by_path.get(file.path.as_path());
            now.is_some_and(|now| match compare(&file.state, now) {
                Verdict::Unchanged => true,
                Verdict::Replaced => false,
                // Of one that did not grow, the first and last bytes do not tell what was changed between them.
                Verdict::Touched => now.size_bytes > file.state.size_bytes && file.is_still_there(),
            })
        });
        if !is_still_there {
            return None;
        }
        let mut files = hold(&self.files);
        let first = files.len() as u32;
        let n_files = cached.files.len() as u32;
        let mut table = write(&self.table);
        let run = table.adopt_run(cached.run, first);
        files.extend(
            cached
                .files
                .into_iter()
                .map(|file| EventFile { run, ..file }),
        );
        Some(Book {
            run,
            files: (first..first + n_files).collect(),
        })
    }

    /// Books the runs that came and went, and finds the files to read.
    fn find_jobs(
        &self,
        follower: &mut Follower,
        mut cached: HashMap<String, CachedRun>,
        look: Look,
        report: &mut Report,
    ) -> Vec<Job> {
        let mut jobs = Vec::new();
        let (folders, is_all) = match look {
            Look::All(folders) => (folders, true),
            Look::Some(folders) => (folders, false),
        };
        if is_all {
            let here: HashSet<&str> = folders
                .iter()
                .filter(|folder| !folder.files.is_empty())
                .map(|folder| folder.run.as_str())
                .collect();
            let gone: Vec<String> = follower
                .books
                .iter()
                .filter(|(name, book)| {
                    !here.contains(name.as_str()) && !self.is_hidden(follower, book)
                })
                .map(|(name, _)| name.clone())
                .collect();
            gone.into_iter()
                .for_each(|name| self.drop_run(follower, name, report));
        }
        for folder in folders {
            if !folder.files.is_empty() {
                let cached = cached.remove(&folder.run);
                self.follow_run(follower, cached, folder, report, &mut jobs);
            } else if !is_all && follower.books.contains_key(&folder.run) {
                self.drop_run(follower, folder.run, report);
            }
        }
        report.removed_runs.sort();
        jobs
    }

    fn is_hidden(&self, follower: &Follower, book: &Book) -> bool {
        if follower.failed.is_empty() {
            return false;
        }
        let files = hold(&self.files);
        let mut paths = book
            .files
            .iter()
            .filter_map(|&number| files.get(number as usize));
        paths.any(|file| follower.is_hidden(&file.path))
    }

    fn drop_run(&self, follower: &mut Follower, name: String, report: &mut Report) {
        if let Some(book) = follower.books.remove(&name) {
            self.forget_files(&book);
            hold(&self.run_files).remove(&book.run);
            write(&self.table).clear_run(book.run, false);
            report.removed_runs.push(name);
        }
    }

    fn forget_files(&self, book: &Book) {
        let mut files = hold(&self.files);
        for &number in &book.files {
            if let Some(file) = files.get_mut(number as usize) {
                *file = EventFile::new(file.run, std::mem::take(&mut file.path));
            }
        }
    }

    /// Compares the files of one run with what was read of them.
    fn follow_run(
        &self,
        follower: &mut Follower,
        cached: Option<CachedRun>,
        folder: FoundFolder,
        report: &mut Report,
        jobs: &mut Vec<Job>,
    ) {
        let book = match follower.books.get_mut(&folder.run) {
            Some(book) => {
                if self.is_rewritten(book, &folder.files) {
                    self.forget_files(book);
                    write(&self.table).clear_run(book.run, true);
                    book.files.clear();
                    report.reset_runs.push(book.run);
                }
                book
            }
            None => {
                let adopted = cached.and_then(|cached| self.adopt(cached, &folder.files));
                if let Some(book) = &adopted {
                    hold(&self.run_files).insert(book.run, book.files.clone());
                    if let Some(run) = read(&self.table).run(book.run) {
                        let filled = run.series.iter().filter(|series| series.n_points > 0);
                        let changed = filled.map(|series| (book.run, series.tag));
                        let before = report.changed.len();
                        report.changed.extend(changed);
                        report.n_points += run.series.iter().map(|one| one.n_points).sum::<u64>();
                        if report.changed.len() > before || !run.sessions.is_empty() {
                            report.changed_runs.push(book.run);
                        }
                    }
                }
                let book = adopted.unwrap_or_else(|| Book {
                    run: write(&self.table).add_run(),
                    files: Vec::new(),
                });
                report.new_runs.push((book.run, folder.run.clone()));
                follower.books.entry(folder.run).or_insert(book)
            }
        };
        let mut files = hold(&self.files);
        let known: HashMap<PathBuf, u32> = match folder.files.len() {
            1 => HashMap::new(),
            _ => {
                let of_path = |&number: &u32| {
                    files
                        .get(number as usize)
                        .map(|file| (file.path.clone(), number))
                };
                book.files.iter().filter_map(of_path).collect()
            }
        };
        let only = book.files.first().copied();
        let is_single = folder.files.len() == 1;
        let mut numbers = Vec::with_capacity(folder.files.len());
        for found in folder.files {
            let number = if is_single {
                only
            } else {
                known.get(&found.path).copied()
            };
            let number = number.unwrap_or_else(|| {
                files.push(EventFile::new(book.run, found.path));
                (files.len() - 1) as u32
            });
            numbers.push(number);
            let Some(file) = files.get_mut(number as usize) else {
                continue;
            };
            if found.state.size_bytes > file.state.size_bytes {
                jobs.push(Job {
                    file: number,
                    run: book.run,
                    state: found.state,
                });
            } else {
                file.state = found.state;
            }
        }
        if book.files != numbers {
            drop(files);
            hold(&self.run_files).insert(book.run, numbers.clone());
            book.files = numbers;
        }
    }

    /// Whether a file read before is gone, shorter, or another one: then the run must be read anew.
    fn is_rewritten(&self, book: &Book, found: &[FoundFile]) -> bool {
        let files = hold(&self.files);
        let by_path: HashMap<&Path, &State> = match found {
            [_] => HashMap::new(),
            _ => found
                .iter()
                .map(|file| (file.path.as_path(), &file.state))
                .collect(),
        };
        book.files.iter().any(|&number| {
            let Some(file) = files.get(number as usize) else {
                return false;
            };
            let now = match found {
                [only] => (only.path == file.path).then_some(&only.state),
                _ => by_path.get(file.path.as_path()).copied(),
            };
            let Some(now) = now else {
                return true;
            };
            if file.state == State::default() {
                // Not read to its end yet.
                return now.size_bytes < file.position.offset || !file.is_still_there();
            }
            match compare(&file.state, now) {
                Verdict::Unchanged => false,
                Verdict::Replaced => true,
                Verdict::Touched => !file.is_still_there(),
            }
        })
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

    /// Reads what is new of files, in the order given; gives those that could not be read.
    fn read(
        &self,
        collector: &mut Collector,
        jobs: &[Job],
        n_threads: usize,
        deadline: Option<Instant>,
        report: &mut Report,
    ) -> Vec<(u32, io::Error)> {
        self.merged_bytes.store(0, Ordering::Relaxed);
        let tasks = self.cut(jobs, deadline.is_some());
        let n_bytes: u64 = tasks
            .iter()
            .map(|task| {
                task.stretch
                    .end
                    .min(task.stretch.size)
                    .saturating_sub(task.stretch.position.offset)
            })
            .sum();
        let mut merger = Merger {
            engine: self,
            report,
            changed: BTreeSet::new(),
            failed: BTreeSet::new(),
            errors: Vec::new(),
            collector,
        };
        let is_over = |at: usize| at > 0 && deadline.is_some_and(|end| Instant::now() >= end);
        let n_threads = n_threads.min(tasks.len());
        if n_threads < 2 || n_bytes < PARALLEL_BYTES {
            for (at, task) in tasks.iter().enumerate() {
                if is_over(at) {
                    break;
                }
                let batch = merger.collect_in_order(task);
                merger.merge(task, batch);
            }
        } else {
            merger.merge_in_parallel(&tasks, n_threads, is_over);
        }
        let Merger {
            changed, errors, ..
        } = merger;
        report.changed_runs.extend(changed);
        report.changed_runs.sort_unstable();
        report.changed_runs.dedup();
        errors
    }

    /// Stretches of files in the order of reading; with `is_fair`, runs of which less was read go first. Stretches of one
    /// run stay in their order all the same.
    fn cut(&self, jobs: &[Job], is_fair: bool) -> Vec<Task> {
        let files = hold(&self.files);
        let mut tasks = Vec::with_capacity(jobs.len());
        // Bytes of the run that are read before each stretch.
        let mut befores: Vec<u64> = Vec::with_capacity(jobs.len());
        let (mut run, mut before) = (None, 0);
        for job in jobs {
            let Some(file) = files
                .get(job.file as usize)
                .filter(|file| !file.position.is_hopeless)
            else {
                continue;
            };
            if run != Some(job.run) {
                (run, before) = (Some(job.run), 0);
            }
            before += file.position.offset;
            let size = job.state.size_bytes;
            let mut position = file.position;
            let mut seek = false;
            loop {
                let length = match before {
                    0 if is_fair => FIRST_STRETCH_BYTES,
                    _ => STRETCH_BYTES,
                };
                let rest = size.saturating_sub(position.offset);
                let is_last = rest < 2 * length;
                let end = if is_last {
                    u64::MAX
                } else {
                    position.offset + length
                };
                let stretch = Stretch {
                    file: job.file,
                    position,
                    end,
                    size,
                    seek,
                };
                tasks.push(Task {
                    stretch,
                    run: job.run,
                    path: file.path.clone(),
                });
                befores.push(before);
                before += end.min(size).saturating_sub(position.offset);
                if is_last {
                    break;
                }
                (position, seek) = (
                    Position {
                        offset: end,
                        ..Position::default()
                    },
                    true,
                );
            }
        }
        if is_fair && jobs.len() > 1 {
            let mut ordered: Vec<(u64, Task)> = befores.into_iter().zip(tasks).collect();
            ordered.sort_by_key(|&(before, _)| before); // stable
            return ordered.into_iter().map(|(_, task)| task).collect();
        }
        tasks
    }

    /// Reads one stretch, knowing what is known of the run's tags now.
    fn collect(
        &self,
        collector: &mut Collector,
        task: &Task,
        stretch: Stretch,
    ) -> io::Result<Batch> {
        let file = File::open(&task.path)?;
        let known = |tag: u32| -> Option<(Kind, bool)> {
            let table = read(&self.table);
            let series = table.find(task.run, tag)?;
            Some((series.kind, series.metadata.is_some()))
        };
        collector.read(&file, stretch, &self.tags, Some(&known))
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

struct Merger<'e> {
    engine: &'e Engine,
    report: &'e mut Report,
    changed: BTreeSet<u32>,
    failed: BTreeSet<u32>,
    errors: Vec<(u32, io::Error)>,
    collector: &'e mut Collector,
}

impl Merger<'_> {
    /// Reads a stretch from where its file stands now.
    fn collect_in_order(&mut self, task: &Task) -> io::Result<Batch> {
        let position = self.position_of(task);
        let stretch = Stretch {
            position,
            seek: false,
            ..task.stretch
        };
        self.engine.collect(self.collector, task, stretch)
    }

    fn position_of(&self, task: &Task) -> Position {
        hold(&self.engine.files)
            .get(task.stretch.file as usize)
            .map(|file| file.position)
            .unwrap_or_default()
    }

    fn merge_in_parallel(
        &mut self,
        tasks: &[Task],
        n_threads: usize,
        is_over: impl Fn(usize) -> bool + Sync,
    ) {
        let engine = self.engine;
        let next = AtomicUsize::new(0);
        let (sender, receiver) = mpsc::channel();
        std::thread::scope(|scope| {
            for _ in 0..n_threads {
                let (sender, next, is_over) = (sender.clone(), &next, &is_over);
                scope.spawn(move || {
                    let mut collector = Collector::default();
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(task) = tasks.get(at).filter(|_| !is_over(at)) else {
                            break;
                        };
                        let batch = engine.collect(&mut collector, task, task.stretch);
                        if sender.send((at, batch)).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(sender);
            let mut waiting = HashMap::new();
            let mut turn = 0;
            for (at, batch) in receiver {
                waiting.insert(at, batch);
                while let Some(batch) = waiting.remove(&turn) {
                    if let Some(task) = tasks.get(turn) {
                        self.merge(task, batch);
                    }
                    turn += 1;
                }
            }
        });
    }

    fn merge(&mut self, task: &Task, batch: io::Result<Batch>) {
        let number = task.stretch.file;
        if self.failed.contains(&number) {
            return;
        }
        let before = self.position_of(task);
        let merged = batch.and_then(|batch| self.merge_batch(task, batch, before));
        let after = self.position_of(task);
        let n_bytes = after.offset.saturating_sub(before.offset);
        self.report.n_bytes += n_bytes;
        self.engine
            .merged_bytes
            .fetch_add(n_bytes, Ordering::Relaxed);
        if let Err(error) = merged {
            self.failed.insert(number);
            self.errors.push((number, error));
        }
    }

    fn merge_batch(&mut self, task: &Task, mut batch: Batch, before: Position) -> io::Result<()> {
        if task.stretch.seek {
            if before.is_hopeless || (before.offset >= task.stretch.end && before.search.is_none())
            {
                return Ok(());
            }
            if before.search.is_some() || before.offset != batch.start {
                batch = self.collect_in_order(task)?;
            }
        }
        let open = hold(&self.engine.files)
            .get(task.stretch.file as usize)
            .and_then(|file| file.open_start.clone());
        let mut still_open = batch.continue_start(open.as_ref());
        let merged =
            write(&self.engine.table).merge(task.run, &mut batch, &mut self.report.changed);
        if merged.is_err() {
            batch = self.collect_in_order(task)?;
            still_open = batch.continue_start(open.as_ref());
            // Read knowing the run's kinds, it fits.
            let changed = &mut self.report.changed;
            let _ = write(&self.engine.table).merge(task.run, &mut batch, changed);
        }
        if batch.n_points > 0 || !batch.is_empty() || merged.is_err() {
            self.changed.insert(task.run);
        }
        self.report.n_points += batch.n_points;
        if let Some(file) = hold(&self.engine.files).get_mut(task.stretch.file as usize) {
            file.open_start = still_open;
            file.take(&mut batch);
        }
        Ok(())
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
