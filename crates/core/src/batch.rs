//! What one stretch of one file gave, ready to be appended to its run.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::chunk::Chunk;
use crate::framing::{Mark, Position};
use crate::restart::Restart;
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
    /// Where the file said that its writer started, by index of the first point behind it: at least one follows.
    pub restarts: Vec<Restart>,
    pub first_step: i64,
    pub last: Point,
    pub chunks: Vec<Chunk>,
    /// Points behind the last chunk.
    pub rest: Vec<Point>,
    pub places: Vec<Place>,
}

/// A START of a writer; it means something for each of its tags that goes on behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenStart {
    pub step: i64,
    /// For these it is told already, ascending.
    pub continued: BTreeSet<u32>,
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
    /// The step of the last START in the file, and the tags that went on behind it; None when there was none.
    pub last_start: Option<OpenStart>,
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
    /// The number behind `brain.Event:`, if a record said one.
    pub file_version: Option<f64>,
}

impl Batch {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.drafts.is_empty() && self.sessions.is_empty()
    }

    /// Tells what goes on behind a START of an earlier stretch of the file, and says what is open behind this one.
    #[must_use]
    pub fn continue_start(&mut self, open: Option<&OpenStart>) -> Option<OpenStart> {
        let Some(open) = open else {
            return self.last_start.take();
        };
        for draft in &mut self.drafts {
            if draft.n_points > 0 && !open.continued.contains(&draft.tag) {
                match draft.restarts.first_mut() {
                    Some(first) if first.index == 0 => first.step = first.step.min(open.step),
                    _ => draft.restarts.insert(
                        0,
                        Restart {
                            index: 0,
                            step: open.step,
                        },
                    ),
                }
            }
        }
        self.last_start.take().or_else(|| {
            let mut open = open.clone();
            let gone_on = self.drafts.iter().filter(|draft| draft.n_points > 0);
            open.continued.extend(gone_on.map(|draft| draft.tag));
            Some(open)
        })
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
