//! A folder tree → the folders that directly hold files of a certain name, with the state of each file.
//!
//! Follows links to folders and files. A folder is not entered again below itself, nor through links more than sixteen times,
//! so links that loop or multiply end. One listing a folder and one `stat` a matching file; nothing is opened.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// A link web of n folders has up to 2ⁿ paths; each folder is shown under at most this many of them.
const MAX_VISITS: u32 = 16;
/// Deeper trees are cut off.
const MAX_DEPTH: usize = 64;

/// One matching file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFile {
    pub path: PathBuf,
    pub size_bytes: u64,
    /// Device and inode, 0 where the system has none: another file under the same name has another.
    pub identity: (u64, u64),
}

/// One folder that directly holds matching files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFolder {
    /// Names from the root down; empty for the root itself.
    pub names: Vec<std::ffi::OsString>,
    /// Sorted by name.
    pub files: Vec<FoundFile>,
}

/// What a walk found.
#[derive(Debug, Default)]
pub struct Found {
    /// Sorted by path.
    pub folders: Vec<FoundFolder>,
    /// Folders and files that could not be looked at, and why.
    pub failed: Vec<(PathBuf, io::Error)>,
}

struct Walk<'w> {
    part: &'w str,
    /// How often each link's target was entered.
    visits: HashMap<(u64, u64), u32>,
    names: Vec<std::ffi::OsString>,
    found: Found,
}

#[cfg(unix)]
fn identity_of(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn identity_of(_: &Metadata) -> (u64, u64) {
    (0, 0)
}

/// Finds the regular files below `root` whose names contain `part`.
///
/// # Errors
/// When the root itself cannot be listed; what fails below it is told in `Found::failed`.
pub fn find_files(root: &Path, part: &str) -> io::Result<Found> {
    let mut walk = Walk {
        part,
        visits: HashMap::new(),
        names: Vec::new(),
        found: Found::default(),
    };
    let listing = fs::read_dir(root)?;
    walk.enter(root, listing);
    walk.found.folders.sort_by(|a, b| a.names.cmp(&b.names));
    Ok(walk.found)
}

impl Walk<'_> {
    fn enter(&mut self, folder: &Path, listing: fs::ReadDir) {
        let mut files = Vec::new();
        let mut below = Vec::new();
        for entry in listing {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.found.failed.push((folder.to_path_buf(), error));
                    break;
                }
            };
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            let matches = entry
                .file_name()
                .as_encoded_bytes()
                .windows(self.part.len())
                .any(|part| part == self.part.as_bytes());
            if kind.is_dir() {
                below.push((entry.file_name(), None));
            } else if kind.is_symlink() {
                match fs::metadata(entry.path()) {
                    Ok(metadata) if metadata.is_dir() => {
                        below.push((entry.file_name(), Some(identity_of(&metadata))))
                    }
                    Ok(metadata) if matches => self.take_file(entry.path(), &metadata, &mut files),
                    Err(error) if matches => self.found.failed.push((entry.path(), error)),
                    _ => {}
                }
            } else if matches {
                match entry.metadata() {
                    Ok(metadata) => self.take_file(entry.path(), &metadata, &mut files),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {} // gone since it was listed
                    Err(error) => self.found.failed.push((entry.path(), error)),
                }
            }
        }
        if !files.is_empty() {
            files.sort_by(|a, b| a.path.cmp(&b.path));
            self.found.folders.push(FoundFolder {
                names: self.names.clone(),
                files,
            });
        }
        for (name, link_identity) in below {
            self.go_down(&folder.join(&name), name, link_identity);
        }
    }

    fn take_file(&mut self, path: PathBuf, metadata: &Metadata, files: &mut Vec<FoundFile>) {
        if metadata.is_file() {
            files.push(FoundFile {
                path,
                size_bytes: metadata.len(),
                identity: identity_of(metadata),
            });
        } else {
            // Opening a pipe would wait for its writer.
            self.found.failed.push((
                path,
                io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"),
            ));
        }
    }

    /// Enters a folder; `link_identity` is that of a link's target.
    fn go_down(
        &mut self,
        path: &Path,
        name: std::ffi::OsString,
        link_identity: Option<(u64, u64)>,
    ) {
        if self.names.len() >= MAX_DEPTH {
            return;
        }
        // Only a link can lead up or sideways.
        if let Some(identity) = link_identity.filter(|&identity| identity != (0, 0)) {
            let visits = self.visits.entry(identity).or_default();
            *visits += 1;
            if *visits > MAX_VISITS || is_above(path, identity, self.names.len() + 1) {
                return;
            }
        }
        match fs::read_dir(path) {
            Ok(listing) => {
                self.names.push(name);
                self.enter(path, listing);
                self.names.pop();
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {} // gone since it was listed
            Err(error) => self.found.failed.push((path.to_path_buf(), error)),
        }
    }
}

/// Whether one of the `depth` folders above `path` is the folder of this identity.
fn is_above(path: &Path, identity: (u64, u64), depth: usize) -> bool {
    path.ancestors()
        .skip(1)
        .take(depth)
        .any(|above| fs::metadata(above).is_ok_and(|metadata| identity_of(&metadata) == identity))
}
