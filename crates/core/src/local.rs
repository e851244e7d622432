//! One tag, as one worker reads it: the points of this batch, and the layouts by which its records are known again.

use std::sync::Arc;

use crate::batch::Draft;
use crate::chunk::{Chunk, CHUNK_POINTS, SEAL_POINTS};
use crate::restart::Restart;
use crate::template::{RecordTemplate, Template};
use crate::types::{Kind, Metadata, Place, Point};

/// Layouts of one tag that are learnt in one stretch; a tag that changes its layout all the time is parsed.
const MAX_LESSONS: u32 = 16;

pub(crate) struct Local {
    pub name: Box<[u8]>,
    pub tag: u32,
    /// The local that followed this one last time.
    pub next: u32,
    /// The batch in which it was last used; anything else means that the rest is stale.
    pub epoch: u32,
    pub kind: Kind,
    pub has_metadata: bool,
    pub metadata: Option<Arc<Metadata>>,
    pub forms: u8,
    pub left_out_any: bool,
    n_points: u64,
    first_step: i64,
    last: Point,
    /// Points behind the last chunk.
    open: Vec<Point>,
    pub template: Option<Template>,
    /// Of records that begin with this tag and hold more, learnt in this batch.
    pub record_template: Option<RecordTemplate>,
    n_lessons: u32,
    chunks: Vec<Chunk>,
    places: Vec<Place>,
    restarts: Vec<Restart>,
}

impl Local {
    /// Of no batch yet.
    pub fn new(name: &[u8], tag: u32, at: u32) -> Self {
        Self {
            name: name.into(),
            tag,
            next: at,
            epoch: 0,
            kind: Kind::Scalar,
            has_metadata: false,
            metadata: None,
            forms: 0,
            left_out_any: false,
            n_points: 0,
            first_step: 0,
            last: Point {
                step: 0,
                wall_time: 0.0,
                value: 0.0,
            },
            open: Vec::new(),
            template: None,
            record_template: None,
            n_lessons: 0,
            chunks: Vec::new(),
            places: Vec::new(),
            restarts: Vec::new(),
        }
    }

    /// Empties it for a batch. What `template` learnt in earlier ones still holds; what names other locals does not.
    pub fn begin(
        &mut self,
        epoch: u32,
        kind: Kind,
        metadata: Option<Arc<Metadata>>,
        had_metadata: bool,
    ) {
        self.epoch = epoch;
        self.kind = kind;
        self.has_metadata = had_metadata || metadata.is_some();
        self.metadata = metadata;
        self.forms = 0;
        self.left_out_any = false;
        self.n_points = 0;
        self.n_lessons = 0;
        self.record_template = None;
        self.open.clear();
        self.chunks.clear();
        self.places.clear();
        self.restarts.clear();
    }

    fn n_taken(&self) -> u64 {
        (self.chunks.len() * CHUNK_POINTS + self.open.len() + self.places.len()) as u64
    }

    /// Notes a START in front of the next point.
    pub fn note_start(&mut self, step: i64) {
        let index = self.n_taken();
        match self.restarts.last_mut() {
            Some(last) if last.index == index => last.step = last.step.min(step),
            _ => self.restarts.push(Restart { index, step }),
        }
    }

    /// Counts one more lesson; false when there were enough.
    pub fn may_learn(&mut self) -> bool {
        let may = self.n_lessons < MAX_LESSONS;
        self.n_lessons += u32::from(may);
        may
    }

    /// Takes a number whose record looks like the last one.
    #[inline]
    pub fn push(&mut self, point: Point) {
        self.open.push(point);
        if self.open.len() == CHUNK_POINTS {
            self.seal();
        }
    }

    /// Takes a number that was parsed.
    #[inline]
    pub fn push_first(&mut self, point: Point) {
        self.push(point);
        self.count(point.step);
    }

    /// Takes a value that stays on disk.
    pub fn push_place(&mut self, place: Place) {
        self.last = Point {
            step: place.step,
            wall_time: place.wall_time,
            value: f64::NAN,
        };
        self.count(place.step);
        self.places.push(place);
    }

    #[inline]
    fn count(&mut self, step: i64) {
        if self.n_points == 0 {
            self.first_step = step;
        }
        self.n_points += 1; // of scalars counted again at the end
    }

    #[cold]
    fn seal(&mut self) {
        self.last = self.open.last().copied().unwrap_or(self.last);
        self.chunks.push(Chunk::seal(&self.open));
        self.open.clear();
    }

    /// What it holds, and whether its last START is still in front of nothing.
    pub fn finish(&mut self) -> (Draft, bool) {
        if self.kind == Kind::Scalar {
            self.n_points = (self.chunks.len() * CHUNK_POINTS + self.open.len()) as u64;
            self.last = self.open.last().copied().unwrap_or(self.last);
        }
        let mut rest = Vec::new();
        if self.open.len() >= SEAL_POINTS {
            self.chunks.push(Chunk::seal(&self.open));
        } else {
            rest = self.open.to_vec();
        }
        self.open.clear();
        let n_points = self.n_points;
        let is_open = self
            .restarts
            .last()
            .is_some_and(|last| last.index >= n_points);
        if is_open {
            self.restarts.pop();
        }
        let draft = Draft {
            restarts: std::mem::take(&mut self.restarts),
            tag: self.tag,
            kind: self.kind,
            metadata: self.metadata.take(),
            forms: self.forms,
            left_out_any: self.left_out_any,
            n_points,
            first_step: self.first_step,
            last: self.last,
            chunks: std::mem::take(&mut self.chunks),
            rest,
            places: std::mem::take(&mut self.places),
        };
        (draft, is_open)
    }
}
