//! Batches → series: everything that was read, by run and tag.
//!
//! One writer merges batches, any number of readers look. The lock around the table is held for one batch or one
//! question, never while a file is read or a chunk is decoded: readers take a snapshot (shared chunks) and go.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, RwLock};

use crate::batch::{Batch, Draft};
use crate::columns::{Column, Scalars};
use crate::event::forms_of;
use crate::restart::Restart;
use crate::types::{Kind, Metadata, Place, Session};

/// Names of tags, each held once however many runs have it.
#[derive(Debug, Default)]
pub struct Tags {
    inner: RwLock<TagNames>,
}

#[derive(Debug, Default)]
struct TagNames {
    names: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Tags {
    /// The number of a tag; a new one for a new name.
    pub fn number_of(&self, name: &str) -> u32 {
        let mut inner = crate::lock::write(&self.inner);
        if let Some(&number) = inner.numbers.get(name) {
            return number;
        }
        let number = inner.names.len() as u32;
        let shared: Arc<str> = name.into();
        inner.names.push(Arc::clone(&shared));
        inner.numbers.insert(shared, number);
        number
    }

    #[must_use]
    pub fn find(&self, name: &str) -> Option<u32> {
        crate::lock::read(&self.inner).numbers.get(name).copied()
    }

    /// Names from number `start` on.
    #[must_use]
    pub fn names_from(&self, start: usize) -> Vec<Arc<str>> {
        crate::lock::read(&self.inner)
            .names
            .get(start..)
            .unwrap_or_default()
            .to_vec()
    }
}

/// One tag of one run.
#[derive(Debug)]
pub struct Series {
    pub tag: u32,
    pub kind: Kind,
    /// Of the first value that had any.
    pub metadata: Option<Arc<Metadata>>,
    pub column: Column,
    pub n_points: u64,
    pub first_step: i64,
    pub last_step: i64,
    pub last_wall_time: f64,
    /// NaN for a series of no numbers.
    pub last_value: f64,
    /// Of the table, when the newest points came.
    pub revision: u64,
}

/// Spreads the numbers of tags: they are given one after the other, so nobody can choose them to collide.
#[derive(Clone, Copy, Debug, Default)]
struct SpreadNumber(u64);

impl Hasher for SpreadNumber {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u32(u32::from(byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        // 2⁶⁴ over the golden ratio: neighbours end up far apart (Knuth, TAOCP 3, 6.4).
        self.0 = (self.0 ^ u64::from(number)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// The series of one run.
#[derive(Debug, Default)]
pub struct Run {
    pub series: Vec<Series>,
    by_tag: HashMap<u32, u32, BuildHasherDefault<SpreadNumber>>,
    pub sessions: Vec<Session>,
    /// Of the table, when anything of the run changed.
    pub revision: u64,
}

impl Run {
    /// Appends a series; None when there is one of its tag.
    pub fn add(&mut self, series: Series) -> Option<()> {
        let at = self.series.len() as u32;
        if self.by_tag.insert(series.tag, at).is_some() {
            return None;
        }
        self.series.push(series);
        Some(())
    }

    #[must_use]
    pub fn find(&self, tag: u32) -> Option<&Series> {
        self.by_tag
            .get(&tag)
            .and_then(|&at| self.series.get(at as usize))
    }
}

/// All runs, by number; a dropped run leaves an empty place.
#[derive(Debug, Default)]
pub struct Table {
    pub runs: Vec<Option<Run>>,
    pub revision: u64,
}

/// The batch cannot be merged as it is: it was read without knowing what the run's earlier files say of its tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindsDiffer;

impl Table {
    #[must_use]
    pub fn run(&self, run: u32) -> Option<&Run> {
        self.runs.get(run as usize).and_then(Option::as_ref)
    }

    #[must_use]
    pub fn find(&self, run: u32, tag: u32) -> Option<&Series> {
        self.run(run)?.find(tag)
    }

    /// Bytes that the points take.
    #[must_use]
    pub fn n_bytes(&self) -> usize {
        let runs = self.runs.iter().flatten();
        runs.flat_map(|run| &run.series)
            .map(|series| series.column.n_bytes() + size_of::<Series>())
            .sum()
    }

    pub fn add_run(&mut self) -> u32 {
        self.runs.push(Some(Run::default()));
        (self.runs.len() - 1) as u32
    }

    /// Takes a run that was read before, whose places count files from 0; they are from `first_file` on now.
    pub fn adopt_run(&mut self, mut run: Run, first_file: u32) -> u32 {
        run.revision = self.revision;
        for series in &mut run.series {
            series.revision = self.revision;
            if let Column::Places(places) = &mut series.column {
                for place in places {
                    place.file = place.file.wrapping_add(first_file);
                }
            }
        }
        self.runs.push(Some(run));
        (self.runs.len() - 1) as u32
    }

    /// Forgets the points of a run; with `keep`, the run itself stays, empty.
    pub fn clear_run(&mut self, run: u32, keep: bool) {
        let revision = self.revision;
        if let Some(place) = self.runs.get_mut(run as usize) {
            *place = keep.then(|| Run {
                revision,
                ..Run::default()
            });
        }
    }

    /// Appends a batch to its run; series that change for the first time in this revision are added to `changed`.
    ///
    /// # Errors
    /// `KindsDiffer`, with nothing changed, when the batch must be read again knowing the run's kinds.
    pub fn merge(
        &mut self,
        number: u32,
        batch: &mut Batch,
        changed: &mut Vec<(u32, u32)>,
    ) -> Result<(), KindsDiffer> {
        let revision = self.revision;
        let Some(run) = self.runs.get_mut(number as usize).and_then(Option::as_mut) else {
            return Ok(());
        };
        if !batch
            .drafts
            .iter()
            .all(|draft| run.find(draft.tag).is_none_or(|series| fits(series, draft)))
        {
            return Err(KindsDiffer);
        }
        if batch.is_empty() {
            return Ok(());
        }
        run.revision = revision;
        run.sessions.append(&mut batch.sessions);
        if run.series.is_empty() {
            run.series.reserve_exact(batch.drafts.len());
        }
        for draft in batch.drafts.drain(..) {
            let at = *run.by_tag.entry(draft.tag).or_insert_with(|| {
                run.series.push(new_series(&draft));
                (run.series.len() - 1) as u32
            });
            if let Some(series) = run.series.get_mut(at as usize) {
                if draft.n_points > 0 && series.revision != revision {
                    changed.push((number, draft.tag));
                }
                append(series, draft, revision);
            }
        }
        Ok(())
    }
}

/// Whether what a draft holds is what reading it after the series' earlier points would have given.
fn fits(series: &Series, draft: &Draft) -> bool {
    let same_column = matches!(series.kind, Kind::Scalar) == matches!(draft.kind, Kind::Scalar);
    series.kind == draft.kind
        || (same_column && !draft.left_out_any && draft.forms & !forms_of(series.kind) == 0)
}

fn new_series(draft: &Draft) -> Series {
    Series {
        tag: draft.tag,
        kind: draft.kind,
        metadata: None,
        column: match draft.kind {
            Kind::Scalar => Column::Scalars(Scalars::default()),
            _ => Column::Places(Vec::new()),
        },
        n_points: 0,
        first_step: draft.first_step,
        last_step: draft.first_step,
        last_wall_time: f64::NAN,
        last_value: f64::NAN,
        revision: 0,
    }
}

fn append(series: &mut Series, draft: Draft, revision: u64) {
    if series.metadata.is_none() {
        series.metadata = draft.metadata;
    }
    if draft.n_points == 0 {
        return;
    }
    if series.n_points == 0 {
        series.first_step = draft.first_step;
    }
    if let Column::Scalars(scalars) = &mut series.column {
        // What has nothing before it starts nothing anew.
        let from = series.n_points;
        let told = draft.restarts.iter().map(|restart| Restart {
            index: from + restart.index,
            ..*restart
        });
        scalars
            .restarts
            .extend(told.filter(|restart| restart.index > 0));
    }
    series.n_points += draft.n_points;
    series.last_step = draft.last.step;
    series.last_wall_time = draft.last.wall_time;
    series.last_value = draft.last.value;
    series.revision = revision;
    match &mut series.column {
        Column::Scalars(scalars) => scalars.append(draft.chunks, &draft.rest),
        Column::Places(places) => places.extend::<Vec<Place>>(draft.places),
    }
}
