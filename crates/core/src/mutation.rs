//! What must hold for any bytes at all: shared by the fuzz targets and by the fixed mutation test.
//!
//! The functions panic when it does not hold. They are no part of reading.
#![allow(clippy::missing_panics_doc)]

use std::path::Path;

use crate::branch::{select, Branch};
use crate::cache::unpack;
use crate::collector::{Collector, Stretch};
use crate::columns::Column;
use crate::event::{read_numbers, read_strings};
use crate::framing::{Frame, Position, RecordReader};
use crate::histogram::read_histogram;
use crate::masked_crc::masked_crc;
use crate::reduce::{reduce, Grid};
use crate::repair::copy_records;
use crate::scripted_reader::ScriptedReader;
use crate::table::Tags;
use crate::template::{split_record, Template};
use crate::types::Kind;
use crate::x_axis::{extent, XAxis};

/// One thing that a reader gave: (offset, bytes, whether it is a record).
type Seen = (u64, u64, bool);

fn read_frames(
    source: &ScriptedReader<'_>,
    mut position: Position,
    seen: &mut Vec<Seen>,
) -> (Position, Option<u64>) {
    let mut buffer = Vec::new();
    let mut reader = RecordReader::new(source, source.size(), position, &mut buffer);
    let pending = loop {
        let Ok(frame) = reader.next_frame() else {
            break None;
        };
        match frame {
            Frame::Record { offset, payload } => {
                seen.push((offset, payload.len() as u64 + 16, true))
            }
            Frame::Damaged(found) => seen.push((found.offset, found.skipped_bytes, false)),
            Frame::End(pending) => break pending.map(|found| found.offset),
        }
    };
    position = reader.position();
    (position, pending)
}

/// Reads `bytes` whole, and first up to `cut`, then on: the same frames, which cover every byte once.
pub fn assert_cut_reads_like_the_whole(bytes: &[u8], cut: usize) {
    let whole_source = ScriptedReader::new(bytes, usize::MAX);
    whole_source.show(bytes.len());
    let mut whole = Vec::new();
    let whole_end = read_frames(&whole_source, Position::default(), &mut whole);

    let source = ScriptedReader::new(bytes, 1000);
    let mut pieces = Vec::new();
    source.show(cut);
    let (position, _) = read_frames(&source, Position::default(), &mut pieces);
    source.show(bytes.len());
    let end = read_frames(&source, position, &mut pieces);
    assert_eq!(whole, pieces);
    assert_eq!(comparable(whole_end), comparable(end));

    let mut next = 0;
    for (offset, n_bytes, _) in whole {
        assert_eq!(next, offset, "a gap or an overlap");
        next = offset + n_bytes;
    }
    if !end.0.is_hopeless {
        assert_eq!(next, end.1.unwrap_or(bytes.len() as u64));
    }
}

/// How far a search that goes on has looked is its own affair; what it searches past is not.
fn comparable((position, pending): (Position, Option<u64>)) -> (Position, Option<u64>) {
    let offset = if position.search.is_some() {
        0
    } else {
        position.offset
    };
    (Position { offset, ..position }, pending)
}

/// Frames `payload` as sound records between others and reads everything that can be read of it.
pub fn read_every_value(payload: &[u8]) {
    let length = (payload.len() as u64).to_le_bytes();
    let record = [
        &length[..],
        &masked_crc(&length).to_le_bytes(),
        payload,
        &masked_crc(payload).to_le_bytes(),
    ]
    .concat();
    let bytes = record.repeat(3);
    let source = ScriptedReader::new(&bytes, usize::MAX);
    source.show(bytes.len());
    let tags = Tags::default();
    let stretch = Stretch {
        file: 0,
        position: Position::default(),
        end: u64::MAX,
        size: source.size(),
        seek: false,
    };
    let Ok(batch) = Collector::default().read(&source, stretch, &tags, None) else {
        return;
    };
    assert_eq!(3, batch.n_records);
    for place in batch.drafts.iter().flat_map(|draft| &draft.places) {
        let from = place.offset as usize;
        let message = &bytes[from..from + place.length as usize];
        for kind in [Kind::Image, Kind::Audio, Kind::Hparams, Kind::Text] {
            let _ = read_strings(message, kind);
        }
        let _ = read_numbers(message);
        let _ = read_histogram(message);
    }
    if let Some((_, _, rest)) = split_record(payload) {
        if let Some(template) = Template::of(rest) {
            assert!(
                template.number(rest).is_some(),
                "a layout does not match its own record"
            );
        }
    }
}

/// A repaired copy holds only sound records, and repairing it changes nothing.
pub fn assert_repair_is_clean(bytes: &[u8]) {
    let (mut once, mut twice) = (Vec::new(), Vec::new());
    let Ok(first) = copy_records(bytes, bytes.len() as u64, &mut once) else {
        return;
    };
    assert_eq!(first.n_bytes, once.len() as u64);
    let Ok(second) = copy_records(&once[..], once.len() as u64, &mut twice) else {
        return;
    };
    assert!(second.left_out.is_empty());
    assert_eq!(first.n_records, second.n_records);
    assert_eq!(once, twice);
}
/// Unpacks any bytes as the body of a cache, and looks at all that was in it.
pub fn look_at_cache(body: &[u8]) {
    let Ok(runs) = unpack(body.to_vec(), Path::new("/logs"), &Tags::default()) else {
        return;
    };
    for series in runs.values().flat_map(|cached| &cached.run.series) {
        let Column::Scalars(scalars) = &series.column else {
            continue;
        };
        assert_eq!(series.n_points, scalars.columns().steps.len() as u64);
        let newest = select(scalars.clone(), Branch::Newest);
        let abandoned = select(scalars.clone(), Branch::Abandoned);
        assert_eq!(scalars.n_points(), newest.n_points() + abandoned.n_points());
        for x_axis in [XAxis::Step, XAxis::WallTime, XAxis::Relative] {
            let Some((lo, hi)) = extent(scalars, x_axis) else {
                continue;
            };
            if lo.is_finite() && hi.is_finite() {
                let (px, hi) = (10, hi.max(lo));
                let grid = Grid { x_axis, lo, hi, px };
                let _ = reduce(scalars, &grid, 0.9);
                let _ = reduce(&newest, &grid, 0.0);
            }
        }
    }
}
