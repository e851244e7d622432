//! Events → batch: one worker's reading of stretches of files.
//!
//! A worker keeps its table of tags from file to file: runs mostly share their tags, so after the first file no record
//! allocates. A tag is found by guessing that it follows the tag it followed last time; when the record also has the
//! layout of that tag's last one, nothing of it is parsed at all (`template`).

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::sync::Arc;

use crate::batch::{Batch, Draft, OpenStart};
use crate::chunk::{Chunk, CHUNK_POINTS, SEAL_POINTS};
use crate::event::{
    check_values, forms_of, graph_of_meta_graph, kind_of, parse_file_version, parse_metadata,
    Event, Form, Value, Values, What,
};
use crate::framing::{Frame, Position, RecordReader, HEADER_BYTES};
use crate::restart::Restart;
use crate::source::Source;
use crate::table::Tags;
use crate::template::{split_record, RecordTemplate, Template};
use crate::types::{Damage, Issue, Kind, Metadata, Place, Point, Session};
use crate::wire::Malformed;

/// The tag under which a run's graph is listed, as in TensorBoard.
pub const GRAPH_TAG: &str = "__run_graph__";
/// The tag for the graph inside a meta graph.
pub const META_GRAPH_TAG: &str = "__meta_graph__";
/// A worker forgets its tags above this many, so that one odd file does not stay in memory.
const MAX_KEPT_TAGS: usize = 100_000;
/// `SessionLog.START`.
const SESSION_START: i32 = 1;
/// Layouts of one tag that are learnt in one stretch; a tag that changes its layout all the time is parsed.
const MAX_LESSONS: u32 = 16;

/// Which stretch of which file to read.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    /// Number of the file within the engine.
    pub file: u32,
    pub position: Position,
    /// Records that begin at or behind this are left to the next stretch.
    pub end: u64,
    /// Bytes in the file.
    pub size: u64,
    /// The position is no known record boundary: go to the first header behind it.
    pub seek: bool,
}

/// What an earlier file of the run says of a tag: its kind, and whether it had metadata.
pub type Known<'k> = &'k dyn Fn(u32) -> Option<(Kind, bool)>;

struct Local {
    name: Box<[u8]>,
    tag: u32,
    /// The local that followed this one last time.
    next: u32,
    /// The batch in which it was last used; anything else means that the rest is stale.
    epoch: u32,
    kind: Kind,
    has_metadata: bool,
    metadata: Option<Arc<Metadata>>,
    forms: u8,
    left_out_any: bool,
    n_points: u64,
    first_step: i64,
    last: Point,
    /// Points behind the last chunk.
    open: Vec<Point>,
    template: Option<Template>,
    /// Of records that begin with this tag and hold more, learnt in this batch.
    record_template: Option<RecordTemplate>,
    n_lessons: u32,
    chunks: Vec<Chunk>,
    places: Vec<Place>,
    restarts: Vec<Restart>,
}

impl Local {
    fn n_taken(&self) -> u64 {
        (self.chunks.len() * CHUNK_POINTS + self.open.len() + self.places.len()) as u64
    }

    /// Notes a START in front of the next point.
    fn note_start(&mut self, step: i64) {
        let index = self.n_taken();
        match self.restarts.last_mut() {
            Some(last) if last.index == index => last.step = last.step.min(step),
            _ => self.restarts.push(Restart { index, step }),
        }
    }

    #[inline]
    fn push(&mut self, point: Point) {
        self.open.push(point);
        if self.open.len() == CHUNK_POINTS {
            self.seal();
        }
    }

    #[cold]
    fn seal(&mut self) {
        self.last = self.open.last().copied().unwrap_or(self.last);
        self.chunks.push(Chunk::seal(&self.open));
        self.open.clear();
    }
}

/// One worker's memory.
#[derive(Default)]
pub struct Collector {
    locals: Vec<Local>,
    by_name: HashMap<Box<[u8]>, u32>,
    /// Locals of this batch, in order of appearance.
    used: Vec<u32>,
    epoch: u32,
    last: u32,
    /// STARTs of this batch: the least step of all, that of the last, and the number of the last one's record.
    starts: Option<(i64, i64, u64)>,
    /// Locals of the values of the record at hand.
    taken: Vec<u32>,
    buffer: Vec<u8>,
    /// The newest metadata; most series of a file share theirs.
    recent_metadata: Option<(Box<[u8]>, Arc<Metadata>)>,
}

impl Collector {
    /// Reads one stretch.
    ///
    /// # Errors
    /// What the source says; what was read before is lost, the position is unchanged.
    pub fn read(
        &mut self,
        source: impl Source,
        stretch: Stretch,
        tags: &Tags,
        known: Option<Known<'_>>,
    ) -> io::Result<Batch> {
        self.begin();
        let mut buffer = std::mem::take(&mut self.buffer);
        let result = self.read_frames(source, stretch, tags, known, &mut buffer);
        // One huge record must not keep its memory.
        buffer.truncate(4 << 20);
        buffer.shrink_to(4 << 20);
        self.buffer = buffer;
        let mut batch = result?;
        self.finish(&mut batch);
        Ok(batch)
    }

    fn begin(&mut self) {
        if self.locals.len() > MAX_KEPT_TAGS || self.epoch == u32::MAX {
            *self = Self {
                buffer: std::mem::take(&mut self.buffer),
                ..Self::default()
            };
        }
        self.epoch += 1;
        self.starts = None;
        self.used.clear();
    }

    fn read_frames(
        &mut self,
        source: impl Source,
        stretch: Stretch,
        tags: &Tags,
        known: Option<Known<'_>>,
        buffer: &mut Vec<u8>,
    ) -> io::Result<Batch> {
        let mut reader =
            RecordReader::new(source, stretch.size, stretch.position, buffer).until(stretch.end);
        let mut batch = Batch::default();
        if stretch.seek {
            reader.seek_header(stretch.end)?;
        }
        batch.start = reader.position().offset;
        while reader.position().offset < stretch.end || reader.position().search.is_some() {
            if batch.n_records == 1 && batch.head.is_none() {
                batch.head = reader.mark_head();
            }
            match reader.next_frame()? {
                Frame::Record { offset, payload } => {
                    batch.n_records += 1;
                    if batch.n_records == 1 {
                        batch.first_wall_time = split_record(payload).map(|(time, ..)| time);
                    }
                    let mut taker = Taker {
                        collector: self,
                        batch: &mut batch,
                        file: stretch.file,
                        offset,
                        payload,
                        tags,
                        known,
                    };
                    if !taker.take_known_layout() && taker.take_record().is_err() {
                        let frame_bytes = payload.len() as u64 + 16;
                        batch.report(offset, Damage::Undecodable, frame_bytes, "");
                    }
                }
                Frame::Damaged(found) => {
                    batch.report(found.offset, found.damage, found.skipped_bytes, "")
                }
                Frame::End(pending) => {
                    batch.pending = pending.map(|found| Issue {
                        offset: found.offset,
                        damage: found.damage,
                        skipped_bytes: found.skipped_bytes,
                        detail: String::new(),
                    });
                    break;
                }
            }
        }
        batch.position = reader.position();
        batch.tail = reader.mark_tail()?;
        if batch.head.is_none() {
            batch.head = reader.mark_head();
        }
        Ok(batch)
    }

    /// Moves what the locals hold into the batch.
    fn finish(&mut self, batch: &mut Batch) {
        batch.drafts.reserve_exact(self.used.len());
        batch.last_start = self.starts.map(|(_, step, _)| OpenStart {
            step,
            continued: BTreeSet::new(),
        });
        for &at in &self.used {
            let Some(local) = self.locals.get_mut(at as usize) else {
                continue;
            };
            if local.kind == Kind::Scalar {
                local.n_points = (local.chunks.len() * CHUNK_POINTS + local.open.len()) as u64;
                local.last = local.open.last().copied().unwrap_or(local.last);
            }
            let mut rest = Vec::new();
            if local.open.len() >= SEAL_POINTS {
                local.chunks.push(Chunk::seal(&local.open));
            } else {
                rest = local.open.to_vec();
            }
            local.open.clear();
            batch.n_points += local.n_points;
            let n_points = local.n_points;
            let is_open = local
                .restarts
                .last()
                .is_some_and(|last| last.index >= n_points);
            if is_open {
                local.restarts.pop();
            }
            if let Some(start) = batch.last_start.as_mut().filter(|_| !is_open) {
                start.continued.insert(local.tag);
            }
            batch.drafts.push(Draft {
                restarts: std::mem::take(&mut local.restarts),
                tag: local.tag,
                kind: local.kind,
                metadata: local.metadata.take(),
                forms: local.forms,
                left_out_any: local.left_out_any,
                n_points: local.n_points,
                first_step: local.first_step,
                last: local.last,
                chunks: std::mem::take(&mut local.chunks),
                rest,
                places: std::mem::take(&mut local.places),
            });
        }
    }

    #[cold]
    fn note_start(&mut self, step: i64, record: u64) {
        let (least, last, at) = self.starts.unwrap_or((step, step, record));
        // One that follows another without a word in between does not take it back.
        let last = if record == at + 1 {
            last.min(step)
        } else {
            step
        };
        self.starts = Some((least.min(step), last, record));
        for &at in &self.used {
            if let Some(local) = self.locals.get_mut(at as usize) {
                local.note_start(step);
            }
        }
    }

    /// Where the local of a tag stands; a new one for a new tag.
    #[inline]
    fn find(&mut self, name: &[u8], tags: &Tags) -> Result<u32, Malformed> {
        if let Some(previous) = self.locals.get(self.last as usize) {
            let guess = previous.next;
            if self
                .locals
                .get(guess as usize)
                .is_some_and(|local| *local.name == *name)
            {
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
                let at = self.locals.len() as u32;
                self.locals.push(Local {
                    name: name.into(),
                    tag: tags.number_of(text),
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
                });
                self.by_name.insert(name.into(), at);
                at
            }
        };
        if let Some(previous) = self.locals.get_mut(self.last as usize) {
            previous.next = at;
        }
        self.last = at;
        Ok(at)
    }

    fn share_metadata(&mut self, message: &[u8]) -> Result<Arc<Metadata>, Malformed> {
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

/// Takes one record into the collector.
struct Taker<'t, 'k> {
    collector: &'t mut Collector,
    batch: &'t mut Batch,
    file: u32,
    /// Of the record.
    offset: u64,
    payload: &'t [u8],
    tags: &'t Tags,
    known: Option<Known<'k>>,
}

impl Taker<'_, '_> {
    #[inline]
    fn take_record(&mut self) -> Result<(), Malformed> {
        let event = Event::parse(self.payload)?;
        match event.what {
            What::Summary(summary) => {
                let mut values = Values::new(summary);
                let Some(first) = values.next()? else {
                    return Ok(());
                };
                let mut others = values;
                let mut message = others.next()?;
                if message.is_none() {
                    self.take_value(&event, first)?;
                    self.learn_layout();
                    return self.check_wall_time(event.wall_time);
                }
                // All or nothing: a record with one broken value is a broken record.
                check_values(values)?;
                self.collector.taken.clear();
                self.take_value(&event, first)?;
                self.collector.taken.push(self.collector.last);
                while let Some(value) = message {
                    self.take_value(&event, value)?;
                    self.collector.taken.push(self.collector.last);
                    message = others.next()?;
                }
                self.learn_record_layout();
            }
            What::FileVersion(bytes) => {
                self.batch.file_version = self
                    .batch
                    .file_version
                    .or_else(|| parse_file_version(bytes));
                return Ok(());
            }
            What::Nothing => return Ok(()),
            What::Graph(bytes) => self.take_bare(&event, GRAPH_TAG, Kind::Graph, bytes)?,
            What::RunMetadata { tag, bytes } => {
                self.take_bare(&event, tag, Kind::RunMetadata, bytes)?
            }
            What::MetaGraph(bytes) => {
                if let Some(graph) = graph_of_meta_graph(bytes)? {
                    self.take_bare(&event, META_GRAPH_TAG, Kind::Graph, graph)?;
                }
            }
            What::Session { status, message } => {
                if status == SESSION_START {
                    self.collector.note_start(event.step, self.batch.n_records);
                }
                self.batch.sessions.push(Session {
                    step: event.step,
                    wall_time: event.wall_time,
                    status,
                    message: String::from_utf8_lossy(message).into_owned(),
                });
            }
        }
        self.check_wall_time(event.wall_time)
    }

    #[inline]
    fn check_wall_time(&mut self, wall_time: f64) -> Result<(), Malformed> {
        if !wall_time.is_finite() {
            self.batch
                .report(self.offset, Damage::NanWallTime, 0, "kept");
        }
        Ok(())
    }

    /// Takes a record that has the layout of the last one of the tag that comes next; false when it has not.
    #[inline]
    fn take_known_layout(&mut self) -> bool {
        let Some((wall_time, step, rest)) = split_record(self.payload) else {
            return false;
        };
        let collector = &mut *self.collector;
        let Some(guess) = collector
            .locals
            .get(collector.last as usize)
            .map(|last| last.next)
        else {
            return false;
        };
        let epoch = collector.epoch;
        let Some(local) = collector
            .locals
            .get_mut(guess as usize)
            .filter(|local| local.epoch == epoch && local.kind == Kind::Scalar)
        else {
            return false;
        };
        let Some(value) = local
            .template
            .as_ref()
            .and_then(|template| template.number(rest))
        else {
            return self.take_known_record_layout(guess, wall_time, step, rest);
        };
        local.push(Point {
            step,
            wall_time,
            value,
        });
        collector.last = guess;
        let _ = self.check_wall_time(wall_time);
        true
    }

    /// The same for a record of several scalars; `guess` is the tag it should begin with.
    #[inline]
    fn take_known_record_layout(
        &mut self,
        guess: u32,
        wall_time: f64,
        step: i64,
        rest: &[u8],
    ) -> bool {
        let collector = &mut *self.collector;
        // Taken out while other tags are written to.
        let template = match collector.locals.get_mut(guess as usize) {
            Some(local) if local.record_template.is_some() => local.record_template.take(),
            _ => return false,
        };
        let fitting = template.as_ref().filter(|template| template.fits(rest));
        for slot in fitting.map_or(&[][..], RecordTemplate::slots) {
            if let (Some(local), Some(value)) = (
                collector.locals.get_mut(slot.owner as usize),
                slot.number(rest),
            ) {
                local.push(Point {
                    step,
                    wall_time,
                    value,
                });
                collector.last = slot.owner;
            }
        }
        let is_taken = fitting.is_some();
        if let Some(local) = collector.locals.get_mut(guess as usize) {
            local.record_template = template;
        }
        if is_taken {
            let _ = self.check_wall_time(wall_time);
        }
        is_taken
    }

    /// Keeps the layout of the record of several values just taken, if all were scalars.
    fn learn_record_layout(&mut self) {
        let collector = &mut *self.collector;
        let epoch = collector.epoch;
        let all_are_scalars = collector.taken.iter().all(|&at| {
            let local = collector.locals.get(at as usize);
            local.is_some_and(|local| local.epoch == epoch && local.kind == Kind::Scalar)
        });
        let first = collector.taken.first().copied().unwrap_or_default();
        let Some(local) = collector.locals.get_mut(first as usize) else {
            return;
        };
        if !all_are_scalars || local.n_lessons >= MAX_LESSONS {
            return;
        }
        local.n_lessons += 1;
        local.record_template = split_record(self.payload)
            .and_then(|(.., rest)| RecordTemplate::of(rest, &collector.taken));
    }

    /// Keeps the layout of the record just taken, if it was one scalar.
    fn learn_layout(&mut self) {
        let epoch = self.collector.epoch;
        let last = self.collector.last as usize;
        let Some(local) = self.collector.locals.get_mut(last) else {
            return;
        };
        if local.epoch != epoch || local.kind != Kind::Scalar || local.n_lessons >= MAX_LESSONS {
            return;
        }
        let Some((_, _, rest)) = split_record(self.payload) else {
            return;
        };
        if local
            .template
            .as_ref()
            .and_then(|template| template.number(rest))
            .is_none()
        {
            local.n_lessons += 1;
            local.template = Template::of(rest);
        }
    }

    #[inline]
    fn take_value(&mut self, event: &Event<'_>, message: &[u8]) -> Result<(), Malformed> {
        let value = Value::parse(message)?;
        let form = Form::of(&value.data)?;
        let at = self.collector.find(value.tag, self.tags)?;
        let epoch = self.collector.epoch;
        let needs_look = match self.collector.locals.get(at as usize) {
            Some(local) => {
                local.epoch != epoch || (!local.has_metadata && value.metadata.is_some())
            }
            None => return Ok(()),
        };
        if needs_look && !self.look_at_first(at, &value, form)? {
            return Ok(());
        }
        let Some(local) = self.collector.locals.get_mut(at as usize) else {
            return Ok(());
        };
        match (local.kind, form) {
            (Kind::Scalar, Form::Number { value, .. }) => {
                local.forms |= form.bit();
                local.push(Point {
                    step: event.step,
                    wall_time: event.wall_time,
                    value,
                });
            }
            _ if forms_of(local.kind) & form.bit() != 0 => {
                local.forms |= form.bit();
                let place = place_of(event, self.file, self.offset, self.payload, message, false);
                local.places.push(place);
                local.last = Point {
                    step: event.step,
                    wall_time: event.wall_time,
                    value: f64::NAN,
                };
            }
            _ => {
                local.left_out_any = true;
                let detail = format!(
                    "{:?} is of kind {}",
                    String::from_utf8_lossy(value.tag),
                    local.kind.name()
                );
                self.batch.report(
                    self.offset,
                    Damage::MixedKinds,
                    message.len() as u64,
                    &detail,
                );
                return Ok(());
            }
        }
        if local.n_points == 0 {
            local.first_step = event.step;
        }
        local.n_points += 1; // of scalars counted again at the end
        Ok(())
    }

    /// A tag's first value in this batch, or its first metadata; false when it sets no kind and is passed over.
    #[cold]
    fn look_at_first(&mut self, at: u32, value: &Value<'_>, form: Form) -> Result<bool, Malformed> {
        let metadata = value
            .metadata
            .map(|bytes| self.collector.share_metadata(bytes))
            .transpose()?;
        let epoch = self.collector.epoch;
        let Some(local) = self.collector.locals.get_mut(at as usize) else {
            return Ok(false);
        };
        if local.epoch == epoch {
            // The kind stands; only the words (description, content) come late.
            local.has_metadata = true;
            local.metadata = metadata;
            return Ok(true);
        }
        let earlier = self.known.and_then(|known| known(local.tag));
        let kind = match earlier {
            Some((kind, _)) => kind,
            None => match kind_of(form, metadata.as_deref()) {
                Some(kind) => kind,
                None => return Ok(false),
            },
        };
        local.epoch = epoch;
        local.kind = kind;
        local.has_metadata =
            metadata.is_some() || earlier.is_some_and(|(_, has_metadata)| has_metadata);
        local.metadata = metadata;
        local.forms = 0;
        local.left_out_any = false;
        local.n_points = 0;
        local.n_lessons = 0;
        local.record_template = None;
        local.open.clear();
        local.chunks.clear();
        local.places.clear();
        local.restarts.clear();
        if let Some((least, ..)) = self.collector.starts {
            local.note_start(least);
        }
        self.collector.used.push(at);
        Ok(true)
    }

    #[cold]
    fn take_bare(
        &mut self,
        event: &Event<'_>,
        tag: &str,
        kind: Kind,
        bytes: &[u8],
    ) -> Result<(), Malformed> {
        let at = self.collector.find(tag.as_bytes(), self.tags)?;
        let epoch = self.collector.epoch;
        let known = self.known;
        let Some(local) = self.collector.locals.get_mut(at as usize) else {
            return Ok(());
        };
        if local.epoch != epoch {
            let earlier = known.and_then(|known| known(local.tag));
            local.epoch = epoch;
            local.kind = earlier.map_or(kind, |(kind, _)| kind);
            local.has_metadata = earlier.is_some_and(|(_, has_metadata)| has_metadata);
            local.metadata = None;
            local.forms = 0;
            local.left_out_any = false;
            local.n_points = 0;
            local.n_lessons = 0;
            local.record_template = None;
            local.open.clear();
            local.chunks.clear();
            local.places.clear();
            local.restarts.clear();
            if let Some((least, ..)) = self.collector.starts {
                local.note_start(least);
            }
            self.collector.used.push(at);
        }
        let form = Form::Strings;
        if forms_of(local.kind) & form.bit() == 0 || local.kind != kind {
            local.left_out_any = true;
            let detail = format!("{tag:?} is of kind {}", local.kind.name());
            self.batch
                .report(self.offset, Damage::MixedKinds, bytes.len() as u64, &detail);
            return Ok(());
        }
        local.forms |= form.bit();
        local.places.push(place_of(
            event,
            self.file,
            self.offset,
            self.payload,
            bytes,
            true,
        ));
        local.last = Point {
            step: event.step,
            wall_time: event.wall_time,
            value: f64::NAN,
        };
        if local.n_points == 0 {
            local.first_step = event.step;
        }
        local.n_points += 1;
        Ok(())
    }
}

/// Where `message`, a part of the record's payload, lies in the file.
fn place_of(
    event: &Event<'_>,
    file: u32,
    record: u64,
    payload: &[u8],
    message: &[u8],
    is_bare: bool,
) -> Place {
    let inside = match message.is_empty() {
        true => 0, // may point anywhere
        false => (message.as_ptr() as usize).wrapping_sub(payload.as_ptr() as usize) as u64,
    };
    Place {
        step: event.step,
        wall_time: event.wall_time,
        file,
        length: message.len() as u32,
        offset: record + HEADER_BYTES as u64 + inside,
        is_bare,
    }
}
