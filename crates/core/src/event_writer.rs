//! Records from a training loop → an event file, written by a thread of its own.
//!
//! The caller appends encoded records to a buffer and returns (`event_queue`). Memory is bounded: what would exceed
//! `max_pending_bytes` is dropped and counted. Nothing panics, nothing prints: problems are kept for whoever asks
//! (`EventWriter::report`).

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::event_queue::EventQueue;
pub use crate::event_queue::Report;
use crate::event_sink::Sink;

/// Pending bytes that wake the thread before its interval is over: large enough to write rarely, small against memory.
const URGENT_BYTES: usize = 256 * 1024;

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Push {
    Taken,
    /// The buffer is full because the disk does not take what came before; the record is counted as dropped.
    Dropped,
    /// `close` was called before.
    Closed,
}

/// An event file being written. Dropping it lets the thread finish by itself; `close` waits for that.
pub struct EventWriter {
    shared: Arc<EventQueue>,
    thread: Mutex<Option<JoinHandle<()>>>,
    path: PathBuf,
}

/// How to write.
pub struct Options {
    pub flush_interval: Duration,
    /// Upper bound of records held in memory; one record larger than this is taken when nothing else waits.
    pub max_pending_bytes: usize,
}

impl EventWriter {
    /// Starts a file at `path` whose first bytes are `header`, the version record. Never fails: a file that cannot be made is
    /// tried again while records wait, and told by the report.
    #[must_use]
    pub fn start(path: &Path, header: Vec<u8>, options: &Options) -> Self {
        let shared = Arc::new(EventQueue::new(
            options.max_pending_bytes,
            options.flush_interval,
        ));
        let mut sink = Sink {
            path: path.to_path_buf(),
            header,
            file: None,
        };
        let opened = sink.open();
        let of_thread = Arc::clone(&shared);
        let spawned = std::thread::Builder::new()
            .name("goodfit-writer".into())
            .spawn(move || of_thread.write_until_closed(&mut sink));
        let mut state = shared.lock();
        let failure = match (&opened, &spawned) {
            (Err(error), _) => Some(error.to_string()),
            (_, Err(error)) => Some(format!("no thread could be started: {error}")),
            _ => None,
        };
        if let Some(failure) = failure {
            state.report.n_errors += 1;
            state.report.last_error = Some(failure);
            shared.needs_attention.store(true, Ordering::Release);
        }
        state.is_done = spawned.is_err();
        drop(state);
        Self {
            shared,
            thread: Mutex::new(spawned.ok()),
            path: path.to_path_buf(),
        }
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Hands over what `encode(out, scratch)` appends to `out`, one record. `scratch` is empty working room.
    /// When `encode` answers false its bytes are taken back and nothing is counted.
    ///
    /// `encode` runs under the lock: it must not wait for anything.
    #[inline]
    pub fn push(&self, encode: impl FnOnce(&mut Vec<u8>, &mut Vec<u8>) -> bool) -> Option<Push> {
        if self.is_abandoned() {
            return Some(Push::Closed);
        }
        let mut guard = self.shared.lock();
        let state = &mut *guard;
        if state.is_closing || state.is_done {
            state.report.n_lost += 1;
            return Some(Push::Closed);
        }
        let start = state.pending.len();
        state.scratch.clear();
        if !encode(&mut state.pending, &mut state.scratch) {
            state.pending.truncate(start);
            return None;
        }
        let waiting_before = start + state.in_flight_bytes;
        let length = state.pending.len() - start;
        if waiting_before > 0 && waiting_before + length > self.shared.max_pending_bytes {
            state.pending.truncate(start);
            state.report.n_lost += 1;
            self.shared.needs_attention.store(true, Ordering::Release);
            return Some(Push::Dropped);
        }
        state.n_pending += 1;
        state.report.n_records += 1;
        if state.is_idle {
            state.is_idle = false;
            self.shared.work.notify_one();
        } else if !state.is_urgent && state.pending.len() >= URGENT_BYTES {
            state.is_urgent = true;
            self.shared.work.notify_one();
        }
        Some(Push::Taken)
    }

    /// Waits until `n_bytes` more fit into the buffer, at most `timeout`, and not at all while the disk refuses: a full
    /// one would hold the training up at every record. For large records, which may wait; scalars never do.
    pub fn wait_for_room(&self, n_bytes: usize, timeout: Duration) {
        if self.is_abandoned() {
            return;
        }
        let deadline = Instant::now() + timeout;
        let mut state = self.shared.lock();
        loop {
            let waiting = state.pending.len() + state.in_flight_bytes;
            let fits = waiting == 0 || waiting + n_bytes <= self.shared.max_pending_bytes;
            if fits || state.is_refused || state.is_done {
                return;
            }
            state.is_urgent = true;
            self.shared.work.notify_one();
            let Some(later) = EventQueue::wait(&self.shared.written, state, deadline) else {
                return;
            };
            state = later;
        }
    }

    /// Waits until all that was pushed before is handed to the system, at most `timeout`. True when it is.
    pub fn flush(&self, timeout: Duration) -> bool {
        if self.is_abandoned() {
            return false;
        }
        let deadline = Instant::now() + timeout;
        let mut state = self.shared.lock();
        if state.is_done {
            return state.report.n_lost == 0;
        }
        state.asked_flush += 1;
        let ticket = state.asked_flush;
        self.shared.work.notify_one();
        while state.done_flush < ticket && !state.is_done {
            let Some(later) = EventQueue::wait(&self.shared.written, state, deadline) else {
                return false;
            };
            state = later;
        }
        state.done_flush >= ticket && state.failed_flush < ticket
    }

    /// Writes what waits and ends the thread; waits for that at most `timeout`. True when every record is in the file.
    /// A second call changes nothing.
    pub fn close(&self, timeout: Duration) -> bool {
        if self.is_abandoned() {
            return false;
        }
        let deadline = Instant::now() + timeout;
        let mut state = self.shared.lock();
        state.is_closing = true;
        self.shared.work.notify_one();
        while !state.is_done {
            let Some(later) = EventQueue::wait(&self.shared.written, state, deadline) else {
                return false;
            };
            state = later;
        }
        let is_complete = state.report.n_lost == 0;
        drop(state);
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            // It has set is_done and only returns; a panic there has been counted by nobody, so nothing to read from it.
            drop(thread.join());
        }
        is_complete
    }

    /// To be called in a forked child: the thread and its lock belong to the parent, whose file must not be touched here.
    pub fn abandon(&self) {
        self.shared.is_abandoned.store(true, Ordering::Release);
    }

    #[must_use]
    #[inline]
    pub fn is_abandoned(&self) -> bool {
        self.shared.is_abandoned.load(Ordering::Acquire)
    }

    /// Whether a problem came up since `report` was last called.
    #[must_use]
    #[inline]
    pub fn needs_attention(&self) -> bool {
        self.shared.needs_attention.load(Ordering::Relaxed)
    }

    #[must_use]
    pub fn report(&self) -> Report {
        if self.is_abandoned() {
            return Report::default();
        }
        self.shared.needs_attention.store(false, Ordering::Release);
        self.shared.lock().report.clone()
    }
}

impl Drop for EventWriter {
    fn drop(&mut self) {
        if self.is_abandoned() {
            // The thread does not exist in this process: neither join nor detach it.
            let thread = self
                .thread
                .get_mut()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            std::mem::forget(thread);
            std::mem::forget(Arc::clone(&self.shared));
            return;
        }
        self.shared.lock().is_closing = true;
        self.shared.work.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("goodfit-{}-{name}", std::process::id()));
            drop(std::fs::remove_dir_all(&path));
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            drop(std::fs::remove_dir_all(&self.0));
        }
    }

    const LONG: Duration = Duration::from_secs(20);

    fn options(max_pending_bytes: usize) -> Options {
        Options {
            flush_interval: Duration::from_millis(5),
            max_pending_bytes,
        }
    }

    fn push(writer: &EventWriter, bytes: &[u8]) -> Option<Push> {
        writer.push(|out, _| {
            out.extend_from_slice(bytes);
            true
        })
    }

    #[test]
    fn writes_in_order_and_all() {
        let folder = Folder::new("order");
        let path = folder.0.join("a/b/file");
        let writer = EventWriter::start(&path, b"head".to_vec(), &options(1 << 20));
        let mut expected = b"head".to_vec();
        for i in 0..20_000u32 {
            assert_eq!(push(&writer, &i.to_le_bytes()), Some(Push::Taken));
            expected.extend_from_slice(&i.to_le_bytes());
        }
        assert!(writer.close(LONG));
        assert_eq!(std::fs::read(&path).unwrap_or_default(), expected);
        assert_eq!(writer.report().n_records, 20_000);
        assert_eq!(push(&writer, b"x"), Some(Push::Closed));
    }

    #[test]
    fn flush_brings_everything_to_the_file() {
        let folder = Folder::new("flush");
        let path = folder.0.join("file");
        let slow = Options {
            flush_interval: LONG,
            max_pending_bytes: 1 << 20,
        };
        let writer = EventWriter::start(&path, Vec::new(), &slow);
        for i in 1..50usize {
            push(&writer, b"x");
            assert!(writer.flush(LONG));
            assert_eq!(std::fs::read(&path).unwrap_or_default().len(), i);
        }
    }

    #[test]
    fn a_file_that_cannot_be_made_is_told_and_tried_again() {
        let folder = Folder::new("blocked");
        std::fs::write(&folder.0, b"in the way").unwrap_or_default();
        let path = folder.0.join("file");
        let writer = EventWriter::start(&path, b"head".to_vec(), &options(1 << 20));
        assert!(writer.needs_attention());
        push(&writer, b"kept");
        assert!(!writer.flush(LONG));
        assert!(writer.report().last_error.is_some());
        std::fs::remove_file(&folder.0).unwrap_or_default();
        assert!(writer.close(LONG));
        assert_eq!(std::fs::read(&path).unwrap_or_default(), b"headkept");
    }

    #[test]
    fn memory_is_bounded_while_the_disk_refuses() {
        let folder = Folder::new("bounded");
        std::fs::write(&folder.0, b"in the way").unwrap_or_default();
        let writer = EventWriter::start(&folder.0.join("file"), Vec::new(), &options(1000));
        let taken = (0..100)
            .filter(|_| push(&writer, &[0; 100]) == Some(Push::Taken))
            .count();
        assert_eq!(taken, 10);
        assert!(!writer.close(LONG));
        assert_eq!(writer.report().n_lost, 100);
    }

    #[test]
    fn nobody_waits_for_a_disk_that_refuses() {
        let folder = Folder::new("refusing");
        std::fs::write(&folder.0, b"in the way").unwrap_or_default();
        let path = folder.0.join("file");
        let writer = EventWriter::start(&path, Vec::new(), &options(1000));
        push(&writer, &[0; 1000]);
        assert!(!writer.flush(LONG));
        writer.wait_for_room(1000, Duration::from_secs(3600));
        std::fs::remove_file(&folder.0).unwrap_or_default();
        assert!(writer.flush(LONG));
        push(&writer, &[1; 1000]);
        writer.wait_for_room(1000, LONG);
        assert!(writer.flush(LONG));
        assert_eq!(std::fs::read(&path).unwrap_or_default().len(), 2000);
    }

    #[test]
    fn a_deleted_file_is_made_anew() {
        let folder = Folder::new("deleted");
        let path = folder.0.join("file");
        let writer = EventWriter::start(&path, b"head".to_vec(), &options(1 << 20));
        push(&writer, b"one");
        assert!(writer.flush(LONG));
        std::fs::remove_dir_all(&folder.0).unwrap_or_default();
        push(&writer, b"two");
        assert!(writer.close(LONG));
        assert_eq!(std::fs::read(&path).unwrap_or_default(), b"headtwo");
    }

    #[test]
    fn a_refused_encoding_leaves_nothing() {
        let folder = Folder::new("refused");
        let path = folder.0.join("file");
        let writer = EventWriter::start(&path, Vec::new(), &options(1 << 20));
        let refused = writer.push(|out, _| {
            out.extend_from_slice(b"half");
            false
        });
        assert_eq!(refused, None);
        push(&writer, b"whole");
        assert!(writer.close(LONG));
        assert_eq!(std::fs::read(&path).unwrap_or_default(), b"whole");
        assert_eq!(writer.report().n_records, 1);
    }

    #[test]
    fn an_abandoned_writer_touches_nothing() {
        let folder = Folder::new("abandoned");
        let path = folder.0.join("file");
        let writer = EventWriter::start(&path, b"head".to_vec(), &options(1 << 20));
        writer.abandon();
        assert_eq!(push(&writer, b"x"), Some(Push::Closed));
        assert!(!writer.close(LONG));
        drop(writer);
        assert_eq!(std::fs::read(&path).unwrap_or_default(), b"head");
    }

    #[test]
    fn many_threads_lose_nothing() {
        let folder = Folder::new("threads");
        let path = folder.0.join("file");
        let writer = EventWriter::start(&path, Vec::new(), &options(1 << 24));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..5000 {
                        push(&writer, b"abcd");
                    }
                });
            }
        });
        assert!(writer.close(LONG));
        assert_eq!(
            std::fs::read(&path).unwrap_or_default(),
            b"abcd".repeat(20_000)
        );
    }
}
