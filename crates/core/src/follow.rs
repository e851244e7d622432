//! A log folder, looked at again and again → what there is to read: runs that came and went, files that grew.
//!
//! The first looks list every folder. Then, where the system tells of changes (`watch`), only folders it names are listed
//! again; everything is still listed when it says that folders came or went, or that it lost count, and when asked to.
//!
//! Invariant: the files of a run are read in the order of their writing (`natural`); what is appended later follows.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::folders::{find_files, list_folder, look_at_file, Found, FoundFolder, Rules, State};
use crate::watch::{Bell, FolderWatch, News};

/// A run and its files, by numbers of the engine.
#[derive(Clone, Debug, Default)]
pub struct Book {
    pub run: u32,
    /// In the order of their writing.
    pub files: Vec<u32>,
}

/// What one look found.
#[derive(Debug)]
pub enum Look {
    /// Everything there is, sorted by run.
    All(Vec<FoundFolder>),
    /// All that can have changed.
    Some(Vec<FoundFolder>),
}

/// Whether the system tells of changes.
#[derive(Debug, Default)]
enum Watching {
    /// Not asked yet.
    #[default]
    NotYet,
    On(FolderWatch),
    /// It cannot: no more watches, a network file system, another system.
    Refused,
}

/// One log folder, or one file.
#[derive(Debug)]
pub struct Follower {
    root: PathBuf,
    rules: Rules,
    watching: Watching,
    /// What was listed last, by path; kept while the system tells of changes.
    known: HashMap<PathBuf, FoundFolder>,
    /// Folders to be looked at next time, whatever the system tells.
    again: HashSet<PathBuf>,
    /// What could not be looked at, and why.
    pub failed: Vec<(PathBuf, io::Error)>,
    /// By run name.
    pub books: HashMap<String, Book>,
}

/// Whether a path that is gone, or leads in circles, is the reason: nothing to tell anybody.
fn is_absent(error: &io::Error) -> bool {
    #[cfg(unix)]
    let is_loop = error.raw_os_error() == Some(libc::ELOOP);
    #[cfg(not(unix))]
    let is_loop = false;
    is_loop
        || matches!(
            error.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
        )
}

impl Follower {
    #[must_use]
    pub fn new(root: PathBuf, rules: Rules) -> Self {
        Self {
            root,
            rules,
            watching: Watching::NotYet,
            known: HashMap::new(),
            again: HashSet::new(),
            failed: Vec::new(),
            books: HashMap::new(),
        }
    }

    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Looks for files. `is_thorough` lists every folder.
    pub fn look(&mut self, is_thorough: bool, n_threads: usize) -> Look {
        if let Ok(file) = look_at_file(&self.root) {
            self.failed.clear();
            let run = ".".to_owned();
            let (path, files) = (self.root.clone(), vec![file]);
            return Look::All(vec![FoundFolder {
                path,
                run,
                files,
                below: vec![],
            }]);
        }
        if let Watching::On(watch) = &mut self.watching {
            match watch.take() {
                // Nothing is known yet when watching has just begun: then the folders are still to be watched.
                News::Folders(paths)
                    if !is_thorough && self.failed.is_empty() && !self.known.is_empty() =>
                {
                    if let Some(folders) = self.look_at(paths) {
                        return Look::Some(folders);
                    }
                }
                News::Folders(_) => {}
                News::Unknown => watch.forget(),
            }
        }
        Look::All(self.look_everywhere(n_threads))
    }

    /// The folders of these paths, and those to be looked at again; None when everything must be.
    fn look_at(&mut self, mut paths: HashSet<PathBuf>) -> Option<Vec<FoundFolder>> {
        paths.extend(self.again.drain());
        let mut paths: Vec<PathBuf> = paths.into_iter().collect();
        paths.sort();
        let mut folders = Vec::with_capacity(paths.len());
        for path in paths {
            let known = self.known.get_mut(&path)?;
            let mut found = list_folder(&path, &known.run, &self.rules).ok()?;
            let folder = found.folders.pop()?;
            if !found.failed.is_empty() || folder.below != known.below {
                return None;
            }
            if has_link(&folder) {
                self.again.insert(path);
            }
            known.clone_from(&folder);
            folders.push(folder);
        }
        folders.sort_by(|a, b| a.run.cmp(&b.run));
        Some(folders)
    }

    fn look_everywhere(&mut self, n_threads: usize) -> Vec<FoundFolder> {
        let mut found = find_files(&self.root, &self.rules, n_threads);
        // A folder is watched before it is listed, or a change in between would be missed: so list again.
        for _ in 0..3 {
            let Ok(all) = &found else { break };
            if !self.watch_all(&all.folders) {
                break;
            }
            found = find_files(&self.root, &self.rules, n_threads);
        }
        let Found {
            mut folders,
            failed,
        } = found.unwrap_or_else(|error| Found {
            folders: vec![],
            failed: vec![(self.root.clone(), error)],
        });
        // Names that are no UTF-8 may read alike once escaped; the first path has the name.
        folders.dedup_by(|later, first| later.run == first.run);
        self.failed = failed;
        self.failed.retain(|(_, error)| !is_absent(error));
        self.again.clear();
        self.known.clear();
        if matches!(self.watching, Watching::On(_)) {
            let linked = folders.iter().filter(|folder| has_link(folder));
            self.again.extend(linked.map(|folder| folder.path.clone()));
            let known = folders.iter().map(|one| (one.path.clone(), one.clone()));
            self.known.extend(known);
        }
        folders
    }

    /// Watches folders; whether one of them was not watched before.
    fn watch_all(&mut self, folders: &[FoundFolder]) -> bool {
        let Watching::On(watch) = &mut self.watching else {
            return false;
        };
        let mut any = false;
        for folder in folders {
            match watch.add(&folder.path) {
                Ok(is_new) => any |= is_new,
                Err(error) if is_absent(&error) => {} // gone since it was listed
                Err(_) => {
                    self.watching = Watching::Refused;
                    return false;
                }
            }
        }
        any
    }

    /// Asks the system to tell of changes from the next look on; the bell to wait for, None when it cannot.
    pub fn start_watching(&mut self) -> Option<Arc<Bell>> {
        if let Watching::NotYet = self.watching {
            let watch =
                FolderWatch::new().and_then(|mut watch| watch.add(&self.root).map(|_| watch));
            match watch {
                Ok(watch) => self.watching = Watching::On(watch),
                // The log folder is not there yet, or is a file.
                Err(error) if is_absent(&error) => return None,
                Err(_) => self.watching = Watching::Refused,
            }
        }
        match &self.watching {
            Watching::On(watch) => Some(watch.bell()),
            _ => None,
        }
    }

    /// Has the folder of a file looked at next time: there is more to read than was read.
    pub fn look_again(&mut self, file: &Path) {
        if matches!(self.watching, Watching::On(_)) {
            self.again.extend(file.parent().map(Path::to_path_buf));
        }
    }

    /// Whether `path` lies in a folder that could not be looked at.
    #[must_use]
    pub fn is_hidden(&self, path: &Path) -> bool {
        self.failed
            .iter()
            .any(|(failed, _)| path.starts_with(failed))
    }
}

fn has_link(folder: &FoundFolder) -> bool {
    folder.files.iter().any(|file| file.is_link)
}

/// What has to be done with a file that was read before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Unchanged,
    /// It may have grown, if its first and last bytes are those that were read.
    Touched,
    /// It is another file, or shorter.
    Replaced,
}

/// Compares a file with what it was when it was read.
#[must_use]
pub fn compare(before: &State, now: &State) -> Verdict {
    if before == now {
        Verdict::Unchanged
    } else if before.identity != now.identity || now.size_bytes < before.size_bytes {
        Verdict::Replaced
    } else {
        Verdict::Touched
    }
}
