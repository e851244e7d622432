//! What one stretch of one file gave, ready to be appended to its run.

use std::sync::Arc;

use crate::columns::Chunk;
use crate::framing::{Mark, Position};
use crate::types::{Damage, Issue, Kind, Metadata, Place, Point, Session};

/// Damage listed one by one per file; more is only counted, so that a file of nothing but damage stays cheap.
pub const MAX_ISSUES: usize = 1000;

/// New points of one series.
#[derive(Debug)]
pub struct Draft {
    pub tag: u32,
    pub kind: Kind,
    pub metadata: Option<Arc<Metadata>>,
    /// Forms of the values (bits of `Form::bit`) that were taken.
    pub forms: u8,
    /// Some values did not fit the kind and were left out.
    pub left_out_any: bool,
    pub n_points: u64,
    pub first_step: i64,
    pub last: Point,
    pub chunks: Vec<Chunk>,
    /// Points behind the last chunk.
    pub rest: Vec<Point>,
    pub places: Vec<Place>,
}

/// What one stretch of a file gave.
#[derive(Debug, Default)]
pub struct Batch {
    pub drafts: Vec<Draft>,
    pub sessions: Vec<Session>,
    /// Damage passed for good, in file order.
    pub issues: Vec<Issue>,
    /// Damage beyond `MAX_ISSUES`: how many, and the bytes.
    pub more_issues: (u64, u64),
    /// Damage at the end of the file that bytes to come may heal.
    pub pending: Option<Issue>,
    pub n_records: u64,
    pub n_points: u64,
    /// Where the first record or damage began.
    pub start: u64,
    /// Where to go on.
    pub position: Position,
    /// Of the file's first bytes, when they were among those read.
    pub head: Option<Mark>,
    /// Of the bytes before `position`.
    pub tail: Mark,
    /// Of the first record; NaN when there was none or it says no time.
    pub first_wall_time: Option<f64>,
}

impl Batch {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.drafts.is_empty() && self.sessions.is_empty()
    }

    /// Notes damage.
    pub fn report(&mut self, offset: u64, damage: Damage, skipped_bytes: u64, detail: &str) {
        if self.issues.len() < MAX_ISSUES {
            self.issues.push(Issue {
                offset,
                damage,
                skipped_bytes,
                detail: detail.to_owned(),
            });
        } else {
            self.more_issues.0 += 1;
            self.more_issues.1 += skipped_bytes;
        }
    }
}
