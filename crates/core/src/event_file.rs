//! One event file between two readings: how far it was read, what it was then, and what was wrong with it.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use crate::batch::{Batch, OpenStart, MAX_ISSUES};
use crate::folders::State;
use crate::framing::{Mark, Position};
use crate::types::{Damage, Issue};

/// One event file and where reading stands in it.
#[derive(Clone, Debug)]
pub struct EventFile {
    pub run: u32,
    pub path: PathBuf,
    pub position: Position,
    pub n_records: u64,
    /// As it was when it was read up to its end; nothing before.
    pub state: State,
    /// Of its first bytes, and of those before `position`.
    pub(crate) head: Mark,
    pub(crate) tail: Mark,
    /// Of its first record, in seconds since the epoch; NaN before it was read, or when it does not say.
    pub first_wall_time: f64,
    /// The number behind `brain.Event:`; NaN where no record says one.
    pub file_version: f64,
    /// A START that some tags have not gone on behind.
    pub(crate) open_start: Option<OpenStart>,
    pub(crate) issues: Vec<Issue>,
    pub(crate) more_issues: (u64, u64),
    pub(crate) pending: Option<Issue>,
}

impl EventFile {
    pub(crate) fn new(run: u32, path: PathBuf) -> Self {
        Self {
            run,
            path,
            position: Position::default(),
            n_records: 0,
            state: State::default(),
            head: Mark::default(),
            tail: Mark::default(),
            first_wall_time: f64::NAN,
            file_version: f64::NAN,
            open_start: None,
            issues: Vec::new(),
            more_issues: (0, 0),
            pending: None,
        }
    }

    /// Bytes that were there at the last look that read to the end.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.state.size_bytes.max(self.position.offset)
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

    /// Whether the bytes that were read are still there. A file that cannot be opened is not known to be another.
    pub(crate) fn is_still_there(&self) -> bool {
        let look = || -> io::Result<bool> {
            let file = File::open(&self.path)?;
            let end = self.position.offset;
            let tail_at = end.saturating_sub(u64::from(self.tail.n_bytes));
            Ok(self.head.is_at(&file, 0)? && self.tail.is_at(&file, tail_at)?)
        };
        look().unwrap_or(true)
    }

    pub(crate) fn take(&mut self, batch: &mut Batch) {
        if self.n_records == 0 {
            self.first_wall_time = batch.first_wall_time.unwrap_or(f64::NAN);
        }
        if self.file_version.is_nan() {
            self.file_version = batch.file_version.unwrap_or(f64::NAN);
        }
        self.head = batch.head.unwrap_or(self.head);
        self.tail = batch.tail;
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
