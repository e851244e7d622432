//! Files → table: reads what is new of many files, in parallel, and answers for all series.
//!
//! Work is cut into stretches: a small file is one, a large file one per 8 MiB, whose reader finds its first record by
//! the header's own checksum. Stretches are merged in order; one that did not begin where the one before it ended
//! (damage, or a record that holds an event file) is read again in order, so the result is that of reading serially.
//!
//! Locks, in order: `reading` (for a whole read; one reader of files at a time), then `files` or `table` (moments).

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{mpsc, Mutex, RwLock};

use crate::batch::{Batch, MAX_ISSUES};
use crate::collector::{Collector, Stretch};
use crate::framing::Position;
use crate::lock::{hold, read, write};
use crate::source::read_exact_at;
use crate::table::{Table, Tags};
use crate::types::{Damage, Issue, Kind, Place};

/// Large enough that finding a boundary and merging cost nothing, small enough that two cores end together.
const STRETCH_BYTES: u64 = 8 << 20;
/// Below this, starting threads costs more than it saves.
const PARALLEL_BYTES: u64 = 1 << 20;

/// One event file and where reading stands in it.
#[derive(Clone, Debug)]
pub struct EventFile {
    pub run: u32,
    pub path: PathBuf,
    pub position: Position,
    pub n_records: u64,
    issues: Vec<Issue>,
    more_issues: (u64, u64),
    pending: Option<Issue>,
}

impl EventFile {
    fn new(run: u32, path: PathBuf) -> Self {
        Self {
            run,
            path,
            position: Position::default(),
            n_records: 0,
            issues: Vec::new(),
            more_issues: (0, 0),
            pending: None,
        }
    }

    /// Bytes that are done with.
    #[must_use]
    pub fn read_bytes(&self) -> u64 {
        self.position
            .search
            .map_or(self.position.offset, |(_, start)| start)
    }

    /// All damage, in file order.
    #[must_use]
    pub fn issues(&self) -> Vec<Issue> {
        let mut issues = self.issues.clone();
        if self.more_issues.0 > 0 {
            issues.push(Issue {
                offset: self.issues.last().map_or(0, |issue| issue.offset),
                damage: Damage::More,
                skipped_bytes: self.more_issues.1,
                detail: format!("{} more", self.more_issues.0),
            });
        }
        issues.extend(self.pending.clone());
        issues
    }

    fn take(&mut self, batch: &mut Batch) {
        self.position = batch.position;
        self.n_records += batch.n_records;
        self.pending = batch.pending.take();
        let room = MAX_ISSUES
            .saturating_sub(self.issues.len())
            .min(batch.issues.len());
        for issue in batch.issues.drain(room..) {
            self.more_issues.0 += 1;
            self.more_issues.1 += issue.skipped_bytes;
        }
        self.issues.append(&mut batch.issues);
        self.more_issues.0 += batch.more_issues.0;
        self.more_issues.1 += batch.more_issues.1;
    }
}

/// What one read brought.
#[derive(Debug, Default)]
pub struct Report {
    pub n_points: u64,
    pub n_bytes: u64,
    /// Runs with new points or session records, ascending.
    pub changed_runs: Vec<u32>,
    /// Files that could not be read, with what the system says.
    pub failed: Vec<(u32, io::Error)>,
    /// Of the table, for `Series::revision`.
    pub revision: u64,
}

/// Everything that was read below one log folder.
#[derive(Default)]
pub struct Engine {
    pub tags: Tags,
    pub table: RwLock<Table>,
    files: Mutex<Vec<EventFile>>,
    /// The working memory of the calling thread; whoever holds it reads files.
    reading: Mutex<Collector>,
    /// Bytes merged by the read that is going on, for a progress bar.
    pub merged_bytes: AtomicU64,
}

struct Task {
    stretch: Stretch,
    run: u32,
    path: PathBuf,
}

impl Engine {
    pub fn add_run(&self) -> u32 {
        write(&self.table).add_run()
    }

    pub fn add_file(&self, run: u32, path: PathBuf) -> u32 {
        let mut files = hold(&self.files);
        files.push(EventFile::new(run, path));
        (files.len() - 1) as u32
    }

    /// Forgets what was read of a run and where its files stand; without `keep`, the run itself too.
    pub fn clear_run(&self, run: u32, numbers: &[u32], keep: bool) {
        let _reading = hold(&self.reading);
        let mut files = hold(&self.files);
        for &number in numbers {
            if let Some(file) = files.get_mut(number as usize) {
                *file = EventFile::new(run, std::mem::take(&mut file.path));
            }
        }
        drop(files);
        write(&self.table).clear_run(run, keep);
    }

    /// The state of files, in the order asked for; numbers that are not known are left out.
    #[must_use]
    pub fn files(&self, numbers: &[u32]) -> Vec<EventFile> {
        let files = hold(&self.files);
        numbers
            .iter()
            .filter_map(|&number| files.get(number as usize).cloned())
            .collect()
    }

    /// Reads what is new of files (numbers and their sizes in bytes), in the order given.
    pub fn read(&self, jobs: &[(u32, u64)], n_threads: usize) -> Report {
        let mut collector = hold(&self.reading);
        self.merged_bytes.store(0, Ordering::Relaxed);
        let tasks = self.cut(jobs);
        let n_bytes: u64 = tasks
            .iter()
            .map(|task| {
                task.stretch
                    .end
                    .min(task.stretch.size)
                    .saturating_sub(task.stretch.position.offset)
            })
            .sum();
        let revision = {
            let mut table = write(&self.table);
            table.revision += 1;
            table.revision
        };
        let mut merger = Merger {
            engine: self,
            report: Report {
                revision,
                ..Report::default()
            },
            changed: BTreeSet::new(),
            failed: BTreeSet::new(),
            collector: &mut collector,
        };
        let n_threads = n_threads.min(tasks.len());
        if n_threads < 2 || n_bytes < PARALLEL_BYTES {
            for task in &tasks {
                let batch = merger.collect_in_order(task);
                merger.merge(task, batch);
            }
        } else {
            merger.merge_in_parallel(&tasks, n_threads);
        }
        merger.report.changed_runs = merger.changed.into_iter().collect();
        merger.report
    }

    fn cut(&self, jobs: &[(u32, u64)]) -> Vec<Task> {
        let files = hold(&self.files);
        let mut tasks = Vec::with_capacity(jobs.len());
        for &(number, size) in jobs {
            let Some(file) = files
                .get(number as usize)
                .filter(|file| !file.position.is_hopeless)
            else {
                continue;
            };
            let mut position = file.position;
            let mut seek = false;
            loop {
                let rest = size.saturating_sub(position.offset);
                let is_last = rest < 2 * STRETCH_BYTES;
                let end = if is_last {
                    u64::MAX
                } else {
                    position.offset + STRETCH_BYTES
                };
                let stretch = Stretch {
                    file: number,
                    position,
                    end,
                    size,
                    seek,
                };
                tasks.push(Task {
                    stretch,
                    run: file.run,
                    path: file.path.clone(),
                });
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
    report: Report,
    changed: BTreeSet<u32>,
    failed: BTreeSet<u32>,
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

    fn merge_in_parallel(&mut self, tasks: &[Task], n_threads: usize) {
        let engine = self.engine;
        let next = AtomicUsize::new(0);
        let (sender, receiver) = mpsc::channel();
        std::thread::scope(|scope| {
            for _ in 0..n_threads {
                let (sender, next) = (sender.clone(), &next);
                scope.spawn(move || {
                    let mut collector = Collector::default();
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(task) = tasks.get(at) else { break };
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
            self.report.failed.push((number, error));
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
        let merged = write(&self.engine.table).merge(task.run, &mut batch);
        if merged.is_err() {
            batch = self.collect_in_order(task)?;
            // Read knowing the run's kinds, it fits.
            let _ = write(&self.engine.table).merge(task.run, &mut batch);
        }
        if batch.n_points > 0 || !batch.is_empty() || merged.is_err() {
            self.changed.insert(task.run);
        }
        self.report.n_points += batch.n_points;
        if let Some(file) = hold(&self.engine.files).get_mut(task.stretch.file as usize) {
            file.take(&mut batch);
        }
        Ok(())
    }
}
