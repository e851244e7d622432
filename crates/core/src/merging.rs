//! What is new of files → stretches, read by several threads and merged in order into the table.
//!
//! A small file is one stretch, a large file one per 8 MiB, whose reader finds its first record by the header's own
//! checksum. One that did not begin where the one before it ended (damage, or a record that holds an event file) is read
//! again in order, so the result is that of reading serially.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Instant;

use crate::archive::Archive;
use crate::batch::Batch;
use crate::booking::Job;
use crate::collector::{Collector, Stretch};
use crate::framing::Position;
use crate::lock::{hold, read, write};
use crate::report::Report;
use crate::types::Kind;

/// Large enough that finding a boundary and merging cost nothing, small enough that two cores end together.
const STRETCH_BYTES: u64 = 8 << 20;
/// The first stretch of a file when there is a deadline: five hundred runs show their beginning within 0.2 s.
const FIRST_STRETCH_BYTES: u64 = 1 << 20;
/// Below this, starting threads costs more than it saves.
const PARALLEL_BYTES: u64 = 1 << 20;

struct Task {
    stretch: Stretch,
    run: u32,
    path: PathBuf,
}

impl Archive {
    /// Reads what is new of files, in the order given; gives those that could not be read.
    pub(crate) fn read(
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
            archive: self,
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
}

struct Merger<'a> {
    archive: &'a Archive,
    report: &'a mut Report,
    changed: BTreeSet<u32>,
    failed: BTreeSet<u32>,
    errors: Vec<(u32, io::Error)>,
    collector: &'a mut Collector,
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
        self.archive.collect(self.collector, task, stretch)
    }

    fn position_of(&self, task: &Task) -> Position {
        hold(&self.archive.files)
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
        let archive = self.archive;
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
                        let batch = archive.collect(&mut collector, task, task.stretch);
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
        self.archive
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
        let open = hold(&self.archive.files)
            .get(task.stretch.file as usize)
            .and_then(|file| file.open_start.clone());
        let mut still_open = batch.continue_start(open.as_ref());
        let merged =
            write(&self.archive.table).merge(task.run, &mut batch, &mut self.report.changed);
        if merged.is_err() {
            batch = self.collect_in_order(task)?;
            still_open = batch.continue_start(open.as_ref());
            // Read knowing the run's kinds, it fits.
            let changed = &mut self.report.changed;
            let _ = write(&self.archive.table).merge(task.run, &mut batch, changed);
        }
        if batch.n_points > 0 || !batch.is_empty() || merged.is_err() {
            self.changed.insert(task.run);
        }
        self.report.n_points += batch.n_points;
        if let Some(file) = hold(&self.archive.files).get_mut(task.stretch.file as usize) {
            file.open_start = still_open;
            file.take(&mut batch);
        }
        Ok(())
    }
}
