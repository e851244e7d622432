//! Names of tags in records → the locals of one worker, kept from file to file.
//!
//! Runs mostly share their tags, so after the first file no record allocates. A tag is found by guessing that it follows
//! the tag it followed last time.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::batch::{Batch, OpenStart};
use crate::event::parse_metadata;
use crate::local::Local;
use crate::table::Tags;
use crate::types::{Kind, Metadata};
use crate::wire::Malformed;

/// A worker forgets its tags above this many, so that one odd file does not stay in memory.
const MAX_KEPT_TAGS: usize = 100_000;

/// STARTs of one batch.
#[derive(Clone, Copy)]
struct Starts {
    least_step: i64,
    last_step: i64,
    /// Number of the last one's record.
    last_record: u64,
}

/// One worker's tags.
#[derive(Default)]
pub(crate) struct Locals {
    pub all: Vec<Local>,
    by_name: HashMap<Box<[u8]>, u32>,
    /// Those of this batch, in order of appearance.
    used: Vec<u32>,
    pub epoch: u32,
    pub last: u32,
    starts: Option<Starts>,
    /// Of the values of the record at hand.
    pub taken: Vec<u32>,
    /// The newest metadata; most series of a file share theirs.
    recent_metadata: Option<(Box<[u8]>, Arc<Metadata>)>,
}

impl Locals {
    /// Begins a batch.
    pub fn begin(&mut self) {
        if self.all.len() > MAX_KEPT_TAGS || self.epoch == u32::MAX {
            *self = Self::default();
        }
        self.epoch += 1;
        self.starts = None;
        self.used.clear();
    }

    /// Moves what the locals hold into the batch.
    pub fn finish(&mut self, batch: &mut Batch) {
        batch.drafts.reserve_exact(self.used.len());
        batch.last_start = self.starts.map(|starts| OpenStart {
            step: starts.last_step,
            continued: BTreeSet::new(),
        });
        for &at in &self.used {
            let Some(local) = self.all.get_mut(at as usize) else {
                continue;
            };
            let (draft, is_open) = local.finish();
            if let Some(start) = batch.last_start.as_mut().filter(|_| !is_open) {
                start.continued.insert(draft.tag);
            }
            batch.n_points += draft.n_points;
            batch.drafts.push(draft);
        }
    }

    #[cold]
    pub fn note_start(&mut self, step: i64, record: u64) {
        let mut starts = self.starts.unwrap_or(Starts {
            least_step: step,
            last_step: step,
            last_record: record,
        });
        starts.least_step = starts.least_step.min(step);
        // One that follows another without a word in between does not take it back.
        starts.last_step = match record == starts.last_record + 1 {
            true => starts.last_step.min(step),
            false => step,
        };
        starts.last_record = record;
        self.starts = Some(starts);
        for &at in &self.used {
            if let Some(local) = self.all.get_mut(at as usize) {
                local.note_start(step);
            }
        }
    }

    /// Begins a local of this batch.
    #[cold]
    pub fn begin_local(
        &mut self,
        at: u32,
        kind: Kind,
        metadata: Option<Arc<Metadata>>,
        had_metadata: bool,
    ) {
        if let Some(local) = self.all.get_mut(at as usize) {
            local.begin(self.epoch, kind, metadata, had_metadata);
            if let Some(starts) = self.starts {
                local.note_start(starts.least_step);
            }
            self.used.push(at);
        }
    }

    /// Where the local of a tag stands; a new one for a new tag.
    #[inline]
    pub fn find(&mut self, name: &[u8], tags: &Tags) -> Result<u32, Malformed> {
        if let Some(previous) = self.all.get(self.last as usize) {
            let guess = previous.next;
            let guessed = self.all.get(guess as usize);
            if guessed.is_some_and(|local| *local.name == *name) {
                self.last = guess;
                return Ok(guess);
            }
        }
        self.look_up(name, tags)
    }

    fn look_up(&mut self, name: &[u8], tags: &Tags) -> Result<u32, Malformed> {
        let at = match self.by_name.get(name) {
            Some(&at) => at,
            None => {
                let text = std::str::from_utf8(name).map_err(|_| Malformed)?;
                let at = self.all.len() as u32;
                self.all.push(Local::new(name, tags.number_of(text), at));
                self.by_name.insert(name.into(), at);
                at
            }
        };
        if let Some(previous) = self.all.get_mut(self.last as usize) {
            previous.next = at;
        }
        self.last = at;
        Ok(at)
    }

    pub fn share_metadata(&mut self, message: &[u8]) -> Result<Arc<Metadata>, Malformed> {
        if let Some((bytes, metadata)) = &self.recent_metadata {
            if **bytes == *message {
                return Ok(Arc::clone(metadata));
            }
        }
        let metadata = Arc::new(parse_metadata(message)?);
        self.recent_metadata = Some((message.into(), Arc::clone(&metadata)));
        Ok(metadata)
    }
}
