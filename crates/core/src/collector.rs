//! Events → batch: one worker's reading of stretches of files.

use std::io;

use crate::batch::Batch;
use crate::framing::{Frame, Position, RecordReader};
use crate::locals::Locals;
use crate::source::Source;
use crate::table::Tags;
use crate::taker::{Known, Taker};
use crate::template::split_record;
use crate::types::{Damage, Issue};

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

/// One worker's memory.
#[derive(Default)]
pub struct Collector {
    locals: Locals,
    buffer: Vec<u8>,
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
        self.locals.begin();
        let mut buffer = std::mem::take(&mut self.buffer);
        let result = self.read_frames(source, stretch, tags, known, &mut buffer);
        // One huge record must not keep its memory.
        buffer.truncate(4 << 20);
        buffer.shrink_to(4 << 20);
        self.buffer = buffer;
        let mut batch = result?;
        self.locals.finish(&mut batch);
        Ok(batch)
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
                        locals: &mut self.locals,
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
}
