//! A folder tree → the folders that directly hold event files, with the state of each file.
//!
//! Follows links to folders and files. A folder is not entered again below itself, nor through links more than sixteen
//! times, so links that loop or multiply end. One listing a folder and one `stat` a matching file; nothing is opened.
//! Folders are listed in parallel, but for what lies behind links: which of many paths to a folder are shown must not
//! depend on who was first.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};

use crate::lock::hold;
use crate::natural;

/// A link web of n folders has up to 2ⁿ paths; each folder is shown under at most this many of them.
const MAX_VISITS: u32 = 16;
/// Deeper trees are cut off.
const MAX_DEPTH: u32 = 64;
/// Below this many folders waiting, starting threads costs more than it saves.
const PARALLEL_FOLDERS: usize = 32;

/// What makes a file an event file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Its name contains this.
    pub part: String,
    /// Its name does not end in this.
    pub not_suffix: String,
}

impl Rules {
    fn accept(&self, name: &OsStr) -> bool {
        let name = name.as_encoded_bytes();
        let part = self.part.as_bytes();
        name.windows(part.len().max(1)).any(|window| window == part)
            && !name.ends_with(self.not_suffix.as_bytes())
    }
}

/// What a `stat` says of a file; while it stays the same, nobody wrote to the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub size_bytes: u64,
    /// Device and inode, 0 where the system has none: another file under the same name has another.
    pub identity: (u64, u64),
    /// Of the last writing, in nanoseconds since the epoch.
    pub modified_ns: i64,
    /// Of the last change of anything, the other times included; 0 where the system has none.
    pub changed_ns: i64,
}

/// One matching file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFile {
    pub path: PathBuf,
    pub state: State,
    /// Reached through a link of its own: nothing in its folder tells when it grows.
    pub is_link: bool,
}

/// One folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFolder {
    pub path: PathBuf,
    /// Names from the root down with slashes between, as text; `.` for the root.
    pub run: String,
    /// In the order of their writing.
    pub files: Vec<FoundFile>,
    /// Names of folders and of links to folders below, sorted.
    pub below: Vec<(std::ffi::OsString, bool)>,
}

/// What a walk found.
#[derive(Debug, Default)]
pub struct Found {
    /// All folders, sorted by run name.
    pub folders: Vec<FoundFolder>,
    /// Folders and files that could not be looked at, and why.
    pub failed: Vec<(PathBuf, io::Error)>,
}

/// A folder to be listed.
struct Waiting {
    path: PathBuf,
    run: String,
    depth: u32,
}

#[cfg(unix)]
fn state_of(metadata: &Metadata) -> State {
    use std::os::unix::fs::MetadataExt;
    let nanoseconds = |s: i64, ns: i64| s.saturating_mul(1_000_000_000).saturating_add(ns);
    State {
        size_bytes: metadata.len(),
        identity: (metadata.dev(), metadata.ino()),
        modified_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
        changed_ns: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
    }
}

#[cfg(not(unix))]
fn state_of(metadata: &Metadata) -> State {
    let modified = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    State {
        size_bytes: metadata.len(),
        modified_ns: modified.map_or(0, |since| since.as_nanos() as i64),
        ..State::default()
    }
}

/// `name` as text: bytes that are no UTF-8 become `\xff` escapes.
#[must_use]
pub fn printable(name: &OsStr) -> String {
    if let Some(text) = name.to_str() {
        return text.to_owned();
    }
    let mut text = String::new();
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

fn run_below(run: &str, name: &OsStr) -> String {
    match run {
        "." => printable(name),
        _ => format!("{run}/{}", printable(name)),
    }
}

/// Finds the event files below the folder `root`.
///
/// # Errors
/// When the root itself cannot be listed; what fails below it is told in `Found::failed`.
pub fn find_files(root: &Path, rules: &Rules, n_threads: usize) -> io::Result<Found> {
    let mut found = Found::default();
    let root = Waiting {
        path: root.to_path_buf(),
        run: ".".to_owned(),
        depth: 0,
    };
    let listing = fs::read_dir(&root.path)?;
    let mut waiting = vec![];
    let mut links = vec![];
    found.take(root, listing, rules, &mut waiting, &mut links);
    while let Some(next) = waiting.pop() {
        found.enter(next, rules, &mut waiting, &mut links);
        if waiting.len() >= PARALLEL_FOLDERS && n_threads > 1 {
            found.enter_in_parallel(std::mem::take(&mut waiting), rules, n_threads, &mut links);
        }
    }
    found.follow_links(links, rules);
    // Under an escaped name, two folders may share one.
    found
        .folders
        .sort_unstable_by(|a, b| a.run.cmp(&b.run).then_with(|| a.path.cmp(&b.path)));
    found.failed.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(found)
}

/// Lists one folder, without what lies below. What fails inside is told in the second part.
///
/// # Errors
/// When the folder cannot be listed.
pub fn list_folder(path: &Path, run: &str, rules: &Rules) -> io::Result<Found> {
    let mut found = Found::default();
    let folder = Waiting {
        path: path.to_path_buf(),
        run: run.to_owned(),
        depth: 0,
    };
    let listing = fs::read_dir(path)?;
    found.take(folder, listing, rules, &mut vec![], &mut vec![]);
    Ok(found)
}

impl Found {
    fn enter(
        &mut self,
        folder: Waiting,
        rules: &Rules,
        waiting: &mut Vec<Waiting>,
        links: &mut Vec<(Waiting, (u64, u64))>,
    ) {
        match fs::read_dir(&folder.path) {
            Ok(listing) => self.take(folder, listing, rules, waiting, links),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {} // gone since it was listed
            Err(error) => self.failed.push((folder.path, error)),
        }
    }

    fn take(
        &mut self,
        folder: Waiting,
        listing: fs::ReadDir,
        rules: &Rules,
        waiting: &mut Vec<Waiting>,
        links: &mut Vec<(Waiting, (u64, u64))>,
    ) {
        let mut files = Vec::new();
        let mut below = Vec::new();
        for entry in listing {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.failed.push((folder.path.clone(), error));
                    break;
                }
            };
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            let name = entry.file_name();
            let go_down = |path: PathBuf| Waiting {
                path,
                run: run_below(&folder.run, &name),
                depth: folder.depth + 1,
            };
            if kind.is_dir() {
                if folder.depth < MAX_DEPTH {
                    waiting.push(go_down(entry.path()));
                }
                below.push((name, false));
            } else if kind.is_symlink() {
                match fs::metadata(entry.path()) {
                    Ok(metadata) if metadata.is_dir() => {
                        if folder.depth < MAX_DEPTH {
                            links.push((go_down(entry.path()), state_of(&metadata).identity));
                        }
                        below.push((name, true));
                    }
                    Ok(metadata) if rules.accept(&name) => {
                        self.take_file(entry.path(), &metadata, true, &mut files)
                    }
                    Err(error) if rules.accept(&name) => self.failed.push((entry.path(), error)),
                    _ => {}
                }
            } else if rules.accept(&name) {
                match entry.metadata() {
                    Ok(metadata) => self.take_file(entry.path(), &metadata, false, &mut files),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {} // gone since it was listed
                    Err(error) => self.failed.push((entry.path(), error)),
                }
            }
        }
        if files.len() > 1 {
            let name = |file: &'_ FoundFile| file.path.file_name().map(OsStr::to_owned);
            files.sort_by(|a: &FoundFile, b: &FoundFile| {
                let (a, b) = (name(a).unwrap_or_default(), name(b).unwrap_or_default());
                let part = rules.part.as_bytes();
                natural::compare(a.as_encoded_bytes(), b.as_encoded_bytes(), part)
            });
        }
        below.sort();
        self.folders.push(FoundFolder {
            path: folder.path,
            run: folder.run,
            files,
            below,
        });
    }

    fn take_file(
        &mut self,
        path: PathBuf,
        metadata: &Metadata,
        is_link: bool,
        files: &mut Vec<FoundFile>,
    ) {
        if metadata.is_file() {
            files.push(FoundFile {
                path,
                state: state_of(metadata),
                is_link,
            });
        } else {
            // Opening a pipe would wait for its writer.
            self.failed.push((
                path,
                io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"),
            ));
        }
    }

    fn enter_in_parallel(
        &mut self,
        waiting: Vec<Waiting>,
        rules: &Rules,
        n_threads: usize,
        links: &mut Vec<(Waiting, (u64, u64))>,
    ) {
        /// Folders nobody has taken yet, and how many workers are at one.
        struct Queue {
            waiting: Vec<Waiting>,
            n_busy: usize,
        }
        let queue = Mutex::new(Queue { waiting, n_busy: 0 });
        let has_news = Condvar::new();
        let work = || {
            let (mut found, mut links, mut below) = (Found::default(), vec![], vec![]);
            loop {
                let mut state = hold(&queue);
                let taken = loop {
                    if !state.waiting.is_empty() {
                        let n = state.waiting.len();
                        break state.waiting.split_off(n - (n / 4).clamp(1, 64));
                    }
                    if state.n_busy == 0 {
                        return (found, links);
                    }
                    state = has_news.wait(state).unwrap_or_else(PoisonError::into_inner);
                };
                state.n_busy += 1;
                drop(state);
                for folder in taken {
                    found.enter(folder, rules, &mut below, &mut links);
                }
                let mut state = hold(&queue);
                state.waiting.append(&mut below);
                state.n_busy -= 1;
                drop(state);
                has_news.notify_all();
            }
        };
        let parts: Vec<_> = std::thread::scope(|scope| {
            let others: Vec<_> = (1..n_threads).map(|_| scope.spawn(work)).collect();
            let own = work();
            let others = others.into_iter().filter_map(|other| other.join().ok());
            std::iter::once(own).chain(others).collect()
        });
        for (mut found, mut more_links) in parts {
            self.folders.append(&mut found.folders);
            self.failed.append(&mut found.failed);
            links.append(&mut more_links);
        }
    }

    /// Enters what links lead to, one after the other in the order of their paths.
    fn follow_links(&mut self, mut links: Vec<(Waiting, (u64, u64))>, rules: &Rules) {
        let mut visits: HashMap<(u64, u64), u32> = HashMap::new();
        links.sort_by(|a, b| b.0.path.cmp(&a.0.path));
        while let Some((folder, identity)) = links.pop() {
            // Only a link can lead up or sideways.
            if identity != (0, 0) {
                let n_visits = visits.entry(identity).or_default();
                *n_visits += 1;
                if *n_visits > MAX_VISITS || is_above(&folder.path, identity, folder.depth) {
                    continue;
                }
            }
            let mut waiting = vec![folder];
            let mut more_links = vec![];
            while let Some(next) = waiting.pop() {
                self.enter(next, rules, &mut waiting, &mut more_links);
            }
            more_links.sort_by(|a, b| b.0.path.cmp(&a.0.path));
            links.append(&mut more_links);
        }
    }
}

/// Whether one of the `depth` folders above `path` is the folder of this identity.
fn is_above(path: &Path, identity: (u64, u64), depth: u32) -> bool {
    path.ancestors()
        .skip(1)
        .take(depth as usize)
        .any(|above| fs::metadata(above).is_ok_and(|found| state_of(&found).identity == identity))
}

/// The state of one file, links followed.
///
/// # Errors
/// What the system says; `InvalidInput` for what is no regular file.
pub fn look_at_file(path: &Path) -> io::Result<FoundFile> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not a regular file",
        ));
    }
    Ok(FoundFile {
        path: path.to_path_buf(),
        state: state_of(&metadata),
        is_link: true,
    })
}
