//! Folders → which of them changed, told by the system, so that nobody has to look.
//!
//! Linux: inotify, for folders on file systems that this machine alone writes. On network file systems, where another
//! machine's writes are not told, and on other systems `FolderWatch::new` says no, and the caller looks now and then.
//! What is not told either way: writing through a memory map, and through a link to a file elsewhere.

#[cfg(target_os = "linux")]
mod inotify {
    use std::collections::{HashMap, HashSet};
    use std::ffi::CString;
    use std::io;
    use std::mem::MaybeUninit;
    use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
    use std::os::unix::ffi::OsStrExt;
    use std::path::{Path, PathBuf};
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use super::News;

    /// File systems (`f_type` of statfs(2)) whose every write inotify sees.
    const LOCAL_FILE_SYSTEMS: [i64; 7] = [
        0xef53,      // ext2, 3, 4
        0x5846_5342, // xfs
        0x9123_683e, // btrfs
        0x0102_1994, // tmpfs
        0xf2f5_2010, // f2fs
        0x2fc1_2fc1, // zfs
        0x794c_7630, // overlayfs
    ];
    const EVENTS: u32 = libc::IN_MODIFY
        | libc::IN_ATTRIB
        | libc::IN_CREATE
        | libc::IN_DELETE
        | libc::IN_MOVED_FROM
        | libc::IN_MOVED_TO
        | libc::IN_DELETE_SELF
        | libc::IN_MOVE_SELF;
    const HEADER_BYTES: usize = 16;

    /// What can be waited for without holding any lock.
    #[derive(Debug)]
    pub struct Bell {
        changes: OwnedFd,
        wake: OwnedFd,
    }

    impl Bell {
        /// Waits until something changed or `wake` was called; false when the time passed instead.
        #[must_use]
        pub fn wait(&self, timeout: Duration) -> bool {
            let deadline = Instant::now() + timeout;
            loop {
                let rest = deadline.saturating_duration_since(Instant::now());
                let milliseconds = rest.as_millis().min(60_000) as libc::c_int;
                let poll = |fd: &OwnedFd| libc::pollfd {
                    fd: fd.as_raw_fd(),
                    events: libc::POLLIN,
                    revents: 0,
                };
                let mut both = [poll(&self.changes), poll(&self.wake)];
                // SAFETY: `both` is an array of two, alive during the call.
                let n = unsafe { libc::poll(both.as_mut_ptr(), 2, milliseconds) };
                let is_interrupted =
                    n < 0 && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted;
                if n > 0 || (n < 0 && !is_interrupted) {
                    return true;
                }
                if milliseconds == 0 || rest.is_zero() {
                    return false;
                }
            }
        }

        /// Ends all waiting, now and later.
        pub fn wake(&self) {
            let one = 1u64.to_ne_bytes();
            // SAFETY: eight bytes of `one`, alive during the call.
            unsafe { libc::write(self.wake.as_raw_fd(), one.as_ptr().cast(), one.len()) };
        }
    }

    /// The folders being watched.
    #[derive(Debug)]
    pub struct FolderWatch {
        bell: Arc<Bell>,
        /// By the system's number; one folder reached on two paths has one number.
        folders: HashMap<i32, Vec<PathBuf>>,
    }

    fn owned(fd: libc::c_int) -> io::Result<OwnedFd> {
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the system just gave us this descriptor, and nobody else has it.
        Ok(unsafe { OwnedFd::from_raw_fd(fd) })
    }

    impl FolderWatch {
        /// # Errors
        /// When the system has no more watches to give.
        pub fn new() -> io::Result<Self> {
            // SAFETY: no pointers are passed.
            let changes =
                owned(unsafe { libc::inotify_init1(libc::IN_NONBLOCK | libc::IN_CLOEXEC) })?;
            // SAFETY: no pointers are passed.
            let wake = owned(unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) })?;
            Ok(Self {
                bell: Arc::new(Bell { changes, wake }),
                folders: HashMap::new(),
            })
        }

        #[must_use]
        pub fn bell(&self) -> Arc<Bell> {
            Arc::clone(&self.bell)
        }

        /// Forgets which folder is which, because some moved; what is added again is told apart anew.
        pub fn forget(&mut self) {
            self.folders.clear();
        }

        /// Watches a folder from now on; whether it was not watched before.
        ///
        /// # Errors
        /// `Unsupported` when its file system does not tell of every change; else what the system says.
        pub fn add(&mut self, path: &Path) -> io::Result<bool> {
            let name = CString::new(path.as_os_str().as_bytes())?;
            let mut info = MaybeUninit::<libc::statfs>::uninit();
            // SAFETY: `name` ends in NUL, `info` is as large as the call fills.
            if unsafe { libc::statfs(name.as_ptr(), info.as_mut_ptr()) } != 0 {
                return Err(io::Error::last_os_error());
            }
            // SAFETY: the call above succeeded and filled it.
            #[allow(clippy::unnecessary_cast)] // of another width on some systems
            let kind = unsafe { info.assume_init() }.f_type as i64;
            if !LOCAL_FILE_SYSTEMS.contains(&(kind & 0xffff_ffff)) {
                return Err(io::ErrorKind::Unsupported.into());
            }
            let fd = self.bell.changes.as_raw_fd();
            // SAFETY: `name` ends in NUL and is alive during the call.
            let number =
                unsafe { libc::inotify_add_watch(fd, name.as_ptr(), EVENTS | libc::IN_ONLYDIR) };
            if number < 0 {
                return Err(io::Error::last_os_error());
            }
            let paths = self.folders.entry(number).or_default();
            let is_new = !paths.iter().any(|known| known == path);
            if is_new {
                paths.push(path.to_path_buf());
            }
            Ok(is_new)
        }

        /// What changed since the last call, without waiting.
        #[must_use]
        pub fn take(&mut self) -> News {
            let mut dirty = HashSet::new();
            let mut buffer = [0u8; 64 << 10];
            loop {
                let fd = self.bell.changes.as_raw_fd();
                // SAFETY: the buffer is as long as said.
                let n = unsafe { libc::read(fd, buffer.as_mut_ptr().cast(), buffer.len()) };
                let Some(mut rest) = usize::try_from(n).ok().and_then(|n| buffer.get(..n)) else {
                    return match io::Error::last_os_error().kind() {
                        io::ErrorKind::WouldBlock => News::Folders(dirty),
                        io::ErrorKind::Interrupted => continue,
                        _ => News::Unknown,
                    };
                };
                // i32 watch | u32 mask | u32 cookie | u32 length | name, padded with NUL; inotify(7)
                while let Some((header, after)) = rest.split_at_checked(HEADER_BYTES) {
                    let word = |at: usize| {
                        let bytes = header.get(at..at + 4).and_then(|four| four.try_into().ok());
                        bytes.map_or(0, u32::from_ne_bytes)
                    };
                    let (number, mask, length) = (word(0) as i32, word(4), word(12) as usize);
                    rest = after.get(length..).unwrap_or_default();
                    let is_folder = mask & libc::IN_ISDIR != 0 && mask & libc::IN_ATTRIB == 0;
                    let is_lost = mask
                        & (libc::IN_Q_OVERFLOW
                            | libc::IN_IGNORED
                            | libc::IN_UNMOUNT
                            | libc::IN_DELETE_SELF
                            | libc::IN_MOVE_SELF);
                    if is_folder || is_lost != 0 {
                        return News::Unknown;
                    }
                    dirty.extend(self.folders.get(&number).into_iter().flatten().cloned());
                }
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod nothing {
    use std::io;
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Duration;

    use super::News;

    /// Never made.
    #[derive(Debug)]
    pub struct Bell;

    impl Bell {
        #[must_use]
        pub fn wait(&self, _timeout: Duration) -> bool {
            false
        }

        pub fn wake(&self) {}
    }

    /// Never made.
    #[derive(Debug)]
    pub struct FolderWatch;

    impl FolderWatch {
        /// # Errors
        /// Always: this system's notifications are not used.
        pub fn new() -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
        }

        #[must_use]
        pub fn bell(&self) -> Arc<Bell> {
            Arc::new(Bell)
        }

        pub fn forget(&mut self) {}

        /// # Errors
        /// Always.
        pub fn add(&mut self, _path: &Path) -> io::Result<bool> {
            Err(io::ErrorKind::Unsupported.into())
        }

        #[must_use]
        pub fn take(&mut self) -> News {
            News::Unknown
        }
    }
}

use std::collections::HashSet;
use std::path::PathBuf;

#[cfg(target_os = "linux")]
pub use inotify::{Bell, FolderWatch};
#[cfg(not(target_os = "linux"))]
pub use nothing::{Bell, FolderWatch};

/// What changed below the watched folders.
#[derive(Debug, PartialEq, Eq)]
pub enum News {
    /// Files of these folders; none when nothing changed.
    Folders(HashSet<PathBuf>),
    /// Folders came, went or moved, or news was lost: everything must be looked at, and watched anew.
    Unknown,
}
