//! Folders as they are now, beside the files as they were read → which runs came and went, and what is new of each file.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::archive::Archive;
use crate::cache::CachedRun;
use crate::event_file::EventFile;
use crate::folders::{FoundFile, FoundFolder, State};
use crate::follow::{compare, Book, Follower, Look, Verdict};
use crate::lock::{hold, read, write};
use crate::report::Report;

/// One file that has something new.
pub(crate) struct Job {
    pub file: u32,
    pub run: u32,
    pub state: State,
}

impl Archive {
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
    pub(crate) fn find_jobs(
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
            self.drop_gone(follower, &folders, report);
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

    /// Books out the runs that are in no folder any more.
    fn drop_gone(&self, follower: &mut Follower, folders: &[FoundFolder], report: &mut Report) {
        let filled = folders.iter().filter(|folder| !folder.files.is_empty());
        let here: HashSet<&str> = filled.map(|folder| folder.run.as_str()).collect();
        let is_gone = |name: &str, book| !here.contains(name) && !self.is_hidden(follower, book);
        let books = follower.books.iter();
        let gone: Vec<String> = books
            .filter(|(name, book)| is_gone(name, book))
            .map(|(name, _)| name.clone())
            .collect();
        for name in gone {
            self.drop_run(follower, name, report);
        }
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
                let book = self.open_book(cached, &folder, report);
                follower.books.entry(folder.run).or_insert(book)
            }
        };
        let numbers = self.number_files(book, folder.files, jobs);
        if book.files != numbers {
            hold(&self.run_files).insert(book.run, numbers.clone());
            book.files = numbers;
        }
    }

    /// The book of a run that was not there before: what the cache has of it, else an empty one.
    fn open_book(
        &self,
        cached: Option<CachedRun>,
        folder: &FoundFolder,
        report: &mut Report,
    ) -> Book {
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
        book
    }

    /// The numbers of a run's files, new ones for new files; those with something new become jobs.
    fn number_files(&self, book: &Book, found: Vec<FoundFile>, jobs: &mut Vec<Job>) -> Vec<u32> {
        let mut files = hold(&self.files);
        // Most runs are one file: no map for those.
        let only = book.files.first().copied();
        let is_single = found.len() == 1;
        let of_path = |&number: &u32| Some((files.get(number as usize)?.path.clone(), number));
        let known: HashMap<PathBuf, u32> = match is_single {
            true => HashMap::new(),
            false => book.files.iter().filter_map(of_path).collect(),
        };
        let mut numbers = Vec::with_capacity(found.len());
        for one in found {
            let number = match is_single {
                true => only,
                false => known.get(&one.path).copied(),
            };
            let number = number.unwrap_or_else(|| {
                files.push(EventFile::new(book.run, one.path));
                (files.len() - 1) as u32
            });
            numbers.push(number);
            let Some(file) = files.get_mut(number as usize) else {
                continue;
            };
            if one.state.size_bytes > file.state.size_bytes {
                jobs.push(Job {
                    file: number,
                    run: book.run,
                    state: one.state,
                });
            } else {
                file.state = one.state;
            }
        }
        numbers
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
}
