//! One record → points of its tags.
//!
//! A record that has the layout of the last one of the tag that comes next is not parsed at all (`template`).

use crate::batch::Batch;
use crate::event::{
    check_values, forms_of, graph_of_meta_graph, kind_of, parse_file_version, Event, Form, Value,
    Values, What,
};
use crate::framing::HEADER_BYTES;
use crate::locals::Locals;
use crate::table::Tags;
use crate::template::{split_record, RecordTemplate, Template};
use crate::types::{Damage, Kind, Place, Point, Session};
use crate::wire::Malformed;

/// The tag under which a run's graph is listed, as in TensorBoard.
const GRAPH_TAG: &str = "__run_graph__";
/// The tag for the graph inside a meta graph.
const META_GRAPH_TAG: &str = "__meta_graph__";
/// `SessionLog.START`.
const SESSION_START: i32 = 1;

/// What an earlier file of the run says of a tag: its kind, and whether it had metadata.
pub type Known<'k> = &'k dyn Fn(u32) -> Option<(Kind, bool)>;

/// One record, on its way into the locals.
pub(crate) struct Taker<'t, 'k> {
    pub locals: &'t mut Locals,
    pub batch: &'t mut Batch,
    pub file: u32,
    /// Of the record.
    pub offset: u64,
    pub payload: &'t [u8],
    pub tags: &'t Tags,
    pub known: Option<Known<'k>>,
}

impl Taker<'_, '_> {
    #[inline]
    pub fn take_record(&mut self) -> Result<(), Malformed> {
        let event = Event::parse(self.payload)?;
        match event.what {
            What::Summary(summary) => return self.take_summary(&event, summary),
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
                    self.locals.note_start(event.step, self.batch.n_records);
                }
                self.batch.sessions.push(Session {
                    step: event.step,
                    wall_time: event.wall_time,
                    status,
                    message: String::from_utf8_lossy(message).into_owned(),
                });
            }
        }
        self.check_wall_time(event.wall_time);
        Ok(())
    }

    #[inline]
    fn take_summary(&mut self, event: &Event<'_>, summary: &[u8]) -> Result<(), Malformed> {
        let mut values = Values::new(summary);
        let Some(first) = values.next()? else {
            return Ok(());
        };
        let mut others = values;
        let mut message = others.next()?;
        if message.is_none() {
            self.take_value(event, first)?;
            self.learn_layout();
        } else {
            // All or nothing: a record with one broken value is a broken record.
            check_values(values)?;
            self.locals.taken.clear();
            self.take_value(event, first)?;
            self.locals.taken.push(self.locals.last);
            while let Some(value) = message {
                self.take_value(event, value)?;
                self.locals.taken.push(self.locals.last);
                message = others.next()?;
            }
            self.learn_record_layout();
        }
        self.check_wall_time(event.wall_time);
        Ok(())
    }

    #[inline]
    fn check_wall_time(&mut self, wall_time: f64) {
        if !wall_time.is_finite() {
            self.batch
                .report(self.offset, Damage::NanWallTime, 0, "kept");
        }
    }

    /// Takes a record that has the layout of the last one of the tag that comes next; false when it has not.
    #[inline]
    pub fn take_known_layout(&mut self) -> bool {
        let Some((wall_time, step, rest)) = split_record(self.payload) else {
            return false;
        };
        let locals = &mut *self.locals;
        let Some(guess) = locals.all.get(locals.last as usize).map(|last| last.next) else {
            return false;
        };
        let epoch = locals.epoch;
        let Some(local) = locals
            .all
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
        locals.last = guess;
        self.check_wall_time(wall_time);
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
        let locals = &mut *self.locals;
        // Taken out while other tags are written to.
        let template = match locals.all.get_mut(guess as usize) {
            Some(local) if local.record_template.is_some() => local.record_template.take(),
            _ => return false,
        };
        let fitting = template.as_ref().filter(|template| template.fits(rest));
        for slot in fitting.map_or(&[][..], RecordTemplate::slots) {
            if let (Some(local), Some(value)) =
                (locals.all.get_mut(slot.owner as usize), slot.number(rest))
            {
                local.push(Point {
                    step,
                    wall_time,
                    value,
                });
                locals.last = slot.owner;
            }
        }
        let is_taken = fitting.is_some();
        if let Some(local) = locals.all.get_mut(guess as usize) {
            local.record_template = template;
        }
        if is_taken {
            self.check_wall_time(wall_time);
        }
        is_taken
    }

    /// Keeps the layout of the record of several values just taken, if all were scalars.
    fn learn_record_layout(&mut self) {
        let locals = &mut *self.locals;
        let epoch = locals.epoch;
        let all_are_scalars = locals.taken.iter().all(|&at| {
            let local = locals.all.get(at as usize);
            local.is_some_and(|local| local.epoch == epoch && local.kind == Kind::Scalar)
        });
        let first = locals.taken.first().copied().unwrap_or_default();
        let Some(local) = locals.all.get_mut(first as usize) else {
            return;
        };
        if !all_are_scalars || !local.may_learn() {
            return;
        }
        local.record_template = split_record(self.payload)
            .and_then(|(.., rest)| RecordTemplate::of(rest, &locals.taken));
    }

    /// Keeps the layout of the record just taken, if it was one scalar.
    fn learn_layout(&mut self) {
        let epoch = self.locals.epoch;
        let last = self.locals.last as usize;
        let Some(local) = self.locals.all.get_mut(last) else {
            return;
        };
        if local.epoch != epoch || local.kind != Kind::Scalar {
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
            && local.may_learn()
        {
            local.template = Template::of(rest);
        }
    }

    #[inline]
    fn take_value(&mut self, event: &Event<'_>, message: &[u8]) -> Result<(), Malformed> {
        let value = Value::parse(message)?;
        let form = Form::of(&value.data)?;
        let at = self.locals.find(value.tag, self.tags)?;
        let epoch = self.locals.epoch;
        let needs_look = match self.locals.all.get(at as usize) {
            Some(local) => {
                local.epoch != epoch || (!local.has_metadata && value.metadata.is_some())
            }
            None => return Ok(()),
        };
        if needs_look && !self.look_at_first(at, &value, form)? {
            return Ok(());
        }
        let Some(local) = self.locals.all.get_mut(at as usize) else {
            return Ok(());
        };
        match (local.kind, form) {
            (Kind::Scalar, Form::Number { value, .. }) => {
                local.forms |= form.bit();
                local.push_first(Point {
                    step: event.step,
                    wall_time: event.wall_time,
                    value,
                });
            }
            _ if forms_of(local.kind) & form.bit() != 0 => {
                local.forms |= form.bit();
                let place = place_of(event, self.file, self.offset, self.payload, message, false);
                local.push_place(place);
            }
            _ => self.leave_out(at, value.tag, message),
        }
        Ok(())
    }

    /// A tag's first value in this batch, or its first metadata; false when it sets no kind and is passed over.
    #[cold]
    fn look_at_first(&mut self, at: u32, value: &Value<'_>, form: Form) -> Result<bool, Malformed> {
        let metadata = value
            .metadata
            .map(|bytes| self.locals.share_metadata(bytes))
            .transpose()?;
        let epoch = self.locals.epoch;
        let Some(local) = self.locals.all.get_mut(at as usize) else {
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
        let had_metadata = earlier.is_some_and(|(_, has_metadata)| has_metadata);
        self.locals.begin_local(at, kind, metadata, had_metadata);
        Ok(true)
    }

    /// Takes what stands in a record without a summary around it, under a tag of its own.
    #[cold]
    fn take_bare(
        &mut self,
        event: &Event<'_>,
        tag: &str,
        kind: Kind,
        bytes: &[u8],
    ) -> Result<(), Malformed> {
        let at = self.locals.find(tag.as_bytes(), self.tags)?;
        let epoch = self.locals.epoch;
        if let Some(local) = self
            .locals
            .all
            .get(at as usize)
            .filter(|local| local.epoch != epoch)
        {
            let earlier = self.known.and_then(|known| known(local.tag));
            let had_metadata = earlier.is_some_and(|(_, has_metadata)| has_metadata);
            let first_kind = earlier.map_or(kind, |(kind, _)| kind);
            self.locals.begin_local(at, first_kind, None, had_metadata);
        }
        let Some(local) = self.locals.all.get_mut(at as usize) else {
            return Ok(());
        };
        if forms_of(local.kind) & Form::Strings.bit() == 0 || local.kind != kind {
            self.leave_out(at, tag.as_bytes(), bytes);
            return Ok(());
        }
        local.forms |= Form::Strings.bit();
        local.push_place(place_of(
            event,
            self.file,
            self.offset,
            self.payload,
            bytes,
            true,
        ));
        Ok(())
    }

    /// Says that a value is not of its tag's kind.
    #[cold]
    fn leave_out(&mut self, at: u32, tag: &[u8], message: &[u8]) {
        let Some(local) = self.locals.all.get_mut(at as usize) else {
            return;
        };
        local.left_out_any = true;
        let detail = format!(
            "{:?} is of kind {}",
            String::from_utf8_lossy(tag),
            local.kind.name()
        );
        let n_bytes = message.len() as u64;
        self.batch
            .report(self.offset, Damage::MixedKinds, n_bytes, &detail);
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
