//! A damaged event file → a clean copy: every readable record, byte for byte, in order.

use std::io::{self, Write};

use crate::event::check_event;
use crate::framing::{Frame, Position, RecordReader};
use crate::masked_crc::masked_crc;
use crate::source::Source;
use crate::types::{Damage, Issue};

/// What was copied and what was not.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Copied {
    pub n_records: u64,
    pub n_bytes: u64,
    /// What was left out, in file order, a torn tail included.
    pub left_out: Vec<Issue>,
}

/// Copies the readable records of a source of `size` bytes.
///
/// # Errors
/// What reading or writing says.
pub fn copy_records(source: impl Source, size: u64, out: &mut impl Write) -> io::Result<Copied> {
    let mut buffer = Vec::new();
    let mut reader = RecordReader::new(source, size, Position::default(), &mut buffer);
    let mut copied = Copied::default();
    let mut leave_out = |offset, damage, skipped_bytes| {
        copied.left_out.push(Issue {
            offset,
            damage,
            skipped_bytes,
            detail: String::new(),
        });
    };
    loop {
        match reader.next_frame()? {
            Frame::Record { offset, payload } => {
                let n_bytes = payload.len() as u64 + 16;
                if check_event(payload).is_err() {
                    leave_out(offset, Damage::Undecodable, n_bytes);
                    continue;
                }
                let length = (payload.len() as u64).to_le_bytes();
                out.write_all(&length)?;
                out.write_all(&masked_crc(&length).to_le_bytes())?;
                out.write_all(payload)?;
                out.write_all(&masked_crc(payload).to_le_bytes())?;
                copied.n_records += 1;
                copied.n_bytes += n_bytes;
            }
            Frame::Damaged(found) => leave_out(found.offset, found.damage, found.skipped_bytes),
            Frame::End(pending) => {
                if let Some(found) = pending {
                    leave_out(found.offset, found.damage, found.skipped_bytes);
                }
                break;
            }
        }
    }
    out.flush()?;
    Ok(copied)
}
