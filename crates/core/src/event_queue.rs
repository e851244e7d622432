//! Records between those who push them and the thread that writes: what waits, what is on its way, who waits for it.
//!
//! The thread swaps buffers and writes without the lock. The first record after a quiet time is written at once, later ones at
//! most `flush_interval` after they came. A failed write keeps its bytes and is tried again every interval, from the very byte
//! where it stopped, so that a disk that was full for a while costs nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::event_sink::Sink;

/// Buffers larger than this are given back after a write.
const KEPT_CAPACITY_BYTES: usize = 1024 * 1024;

/// The writer's health so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Records given to the writer and not dropped, the version record excluded.
    pub n_records: u64,
    /// Records that no file holds: dropped because the buffer was full, or left over when the writer closed.
    pub n_lost: u64,
    pub written_bytes: u64,
    /// Writes that failed, each tried again later.
    pub n_errors: u64,
    /// The newest failure in the system's words.
    pub last_error: Option<String>,
}

/// What the lock guards.
#[derive(Default)]
pub(crate) struct State {
    pub pending: Vec<u8>,
    /// The bytes of a summary before its length is known; kept to save allocations.
    pub scratch: Vec<u8>,
    pub n_pending: u64,
    pub in_flight_bytes: usize,
    /// The thread waits for work without a time limit.
    pub is_idle: bool,
    pub is_urgent: bool,
    pub is_closing: bool,
    pub is_done: bool,
    pub asked_flush: u64,
    pub done_flush: u64,
    /// The newest flush whose write failed.
    pub failed_flush: u64,
    /// The newest write failed, and none has succeeded since.
    pub is_refused: bool,
    pub report: Report,
}

/// The queue of one event file. The lock is held for an append (a copy of the record) or a swap; never during I/O.
pub(crate) struct EventQueue {
    pub state: Mutex<State>,
    /// To the thread: there is work.
    pub work: Condvar,
    /// To callers: a write ended.
    pub written: Condvar,
    /// There is something in the report that nobody has seen. Read without the lock by the cheap call.
    pub needs_attention: AtomicBool,
    /// This process is a fork of the one that owns the thread: touch no lock, the thread may have held it.
    pub is_abandoned: AtomicBool,
    pub max_pending_bytes: usize,
    pub flush_interval: Duration,
}

impl EventQueue {
    pub fn new(max_pending_bytes: usize, flush_interval: Duration) -> Self {
        Self {
            state: Mutex::default(),
            work: Condvar::new(),
            written: Condvar::new(),
            needs_attention: AtomicBool::new(false),
            is_abandoned: AtomicBool::new(false),
            max_pending_bytes,
            flush_interval,
        }
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for `bell`, `work` or `written`; None when the deadline has passed.
    pub fn wait<'s>(
        bell: &Condvar,
        state: MutexGuard<'s, State>,
        deadline: Instant,
    ) -> Option<MutexGuard<'s, State>> {
        let left = deadline.checked_duration_since(Instant::now())?;
        let waited = bell.wait_timeout(state, left);
        Some(waited.unwrap_or_else(PoisonError::into_inner).0)
    }

    /// The thread: writes until the queue is closed and empty, or a closing queue's write fails.
    pub fn write_until_closed(&self, sink: &mut Sink) {
        let mut batch = Batch::default();
        loop {
            let takes_all = batch.bytes.is_empty();
            let mut state = self.wait_for_work(takes_all);
            if takes_all {
                batch.take(&mut state);
            }
            let flush_ticket = state.asked_flush;
            let was_closing = state.is_closing;
            drop(state);

            let result = sink.append(&batch.bytes, &mut batch.n_sent);

            let mut state = self.lock();
            let has_failed = result.is_err();
            self.note_result(&mut state, &mut batch, result);
            // After a repeated write, what was pushed before the flush may still be pending: the next round brings it.
            if takes_all || has_failed {
                state.done_flush = flush_ticket;
            }
            if has_failed {
                state.failed_flush = flush_ticket;
            }
            let is_end = was_closing && (has_failed || state.pending.is_empty());
            if is_end && has_failed {
                state.report.n_lost += batch.n_records + state.n_pending;
                self.needs_attention.store(true, Ordering::Release);
            }
            state.is_done |= is_end;
            self.written.notify_all();
            if is_end {
                return;
            }
            self.let_more_come(state, has_failed);
        }
    }

    /// Without a time limit, unless there is something left to write.
    fn wait_for_work(&self, may_wait: bool) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        while may_wait
            && state.pending.is_empty()
            && !state.is_closing
            && state.asked_flush == state.done_flush
        {
            state.is_idle = true;
            let waited = self.work.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
        state.is_idle = false;
        state.is_urgent = false;
        state
    }

    fn note_result(&self, state: &mut State, batch: &mut Batch, result: Result<(), String>) {
        state.is_refused = result.is_err();
        match result {
            Ok(()) => {
                state.report.written_bytes += batch.bytes.len() as u64;
                batch.bytes.clear();
                batch.bytes.shrink_to(KEPT_CAPACITY_BYTES);
                state.in_flight_bytes = 0;
            }
            Err(message) => {
                state.report.n_errors += 1;
                state.report.last_error = Some(message);
                self.needs_attention.store(true, Ordering::Release);
            }
        }
    }

    /// Lets an interval pass, unless somebody asks for a write.
    fn let_more_come(&self, mut state: MutexGuard<'_, State>, has_failed: bool) {
        let deadline = Instant::now() + self.flush_interval;
        while !state.is_closing
            && state.asked_flush == state.done_flush
            && (has_failed || !state.is_urgent)
        {
            let Some(later) = Self::wait(&self.work, state, deadline) else {
                return;
            };
            state = later;
        }
    }
}

/// What the thread writes at once.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    n_records: u64,
    /// Bytes of it that the file holds already.
    n_sent: usize,
}

impl Batch {
    fn take(&mut self, state: &mut State) {
        std::mem::swap(&mut self.bytes, &mut state.pending);
        self.n_records = std::mem::take(&mut state.n_pending);
        self.n_sent = 0;
        state.in_flight_bytes = self.bytes.len();
    }
}
