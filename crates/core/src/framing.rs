//! Bytes → records: takes TFRecord frames apart, and goes on after damage.
//!
//! ```text
//! offset  0      8        12            12+n     16+n
//!         │ n    │ crc(n) │ payload     │ crc(payload)
//!         │ u64  │ u32    │ n bytes     │ u32          all little-endian, both checksums masked
//! ```
//! Source: TensorFlow, `tensorflow/core/lib/io/record_writer.cc`.
//!
//! Invariants: every checksum is verified; memory is reserved only for bytes that are there; each byte of a file
//! belongs to exactly one record or one damaged stretch; reading a growing file in any number of pieces gives the
//! same records and the same damage as reading it whole.
//!
//! After damage, the next record is found by its header, which carries its own checksum: a stretch of bytes that is
//! no header passes for one with a chance of 2⁻³² at each offset.

use std::io;

use crate::masked_crc::{mask, masked_crc};
use crate::source::{read_exact_at, Source};
use crate::types::Damage;

pub const HEADER_BYTES: usize = 12;
pub const FOOTER_BYTES: usize = 4;
const FRAME_BYTES: u64 = 16;
/// A protobuf message cannot be longer; longer claims are damage.
pub const MAX_PAYLOAD_BYTES: u64 = (1 << 31) - 1;
/// One read. Stays in the second-level cache, large enough to hide the system call (bench/load).
const WINDOW_BYTES: usize = 512 << 10;
/// Payloads above this are checksummed piece by piece before memory is reserved for them.
const LARGE_PAYLOAD_BYTES: u64 = 4 << 20;
/// A file without any record in its first bytes is not an event file; searching on would be unbounded work.
const HOPELESS_BYTES: u64 = 16 << 20;

/// Two records and more: their wall times differ from one writing of a file to the next.
const MARK_BYTES: u64 = 256;

/// A few bytes of a file by their checksum, to see later whether they are still there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    pub n_bytes: u32,
    pub crc: u32,
}

impl Mark {
    fn of(bytes: &[u8]) -> Self {
        Self {
            n_bytes: bytes.len() as u32,
            crc: crc32c::crc32c(bytes),
        }
    }

    /// Whether the bytes from `offset` on are still those that were marked. Bytes that are gone are not.
    ///
    /// # Errors
    /// What the source says.
    pub fn is_at(&self, source: &impl Source, offset: u64) -> io::Result<bool> {
        match read_exact_at(source, offset, self.n_bytes.min(MARK_BYTES as u32) as usize) {
            Ok(bytes) => Ok(Self::of(&bytes) == *self),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Where reading stands in one file; all that has to be kept between two reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Next byte to look at.
    pub offset: u64,
    /// The damage being searched past: its kind and first byte.
    pub search: Option<(Damage, u64)>,
    /// The file holds no records; nothing more is read.
    pub is_hopeless: bool,
}

/// A stretch of bytes that gives no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub offset: u64,
    pub damage: Damage,
    pub skipped_bytes: u64,
}

/// What stands next in the file.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A record whose checksums hold. `offset` is that of its first header byte.
    Record { offset: u64, payload: &'a [u8] },
    /// Damage that was passed for good.
    Damaged(Stretch),
    /// Nothing more for now. The stretch, if any, may still turn into a record when bytes arrive.
    End(Option<Stretch>),
}

/// Reads records of one file from a position up to a size known beforehand.
pub struct RecordReader<'b, S> {
    source: S,
    /// Bytes that are there; what is appended later is for the next reader.
    size: u64,
    /// Reads do not go past here unless a record does.
    soft_end: u64,
    position: Position,
    /// Holds the bytes `[base, base + filled)` of the file.
    buffer: &'b mut Vec<u8>,
    base: u64,
    filled: usize,
}

#[inline]
fn u32_at(bytes: &[u8], at: usize) -> u32 {
    match bytes.get(at..at + 4) {
        Some(&[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]),
        _ => 0,
    }
}

#[inline]
fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | (u64::from(u32_at(bytes, at + 4)) << 32)
}

/// The payload's length if these 12 bytes are a header.
#[inline]
fn parse_header(header: &[u8]) -> Option<u64> {
    let length = header.get(..8)?;
    (masked_crc(length) == u32_at(header, 8)).then(|| u64_at(header, 0))
}

impl<'b, S: Source> RecordReader<'b, S> {
    /// A reader of `source`, which has `size` bytes, going on at `position`; `buffer` is working memory.
    pub fn new(source: S, size: u64, position: Position, buffer: &'b mut Vec<u8>) -> Self {
        let rest = usize::try_from(size.saturating_sub(position.offset)).unwrap_or(usize::MAX);
        let window = WINDOW_BYTES.min(rest);
        if buffer.len() < window {
            buffer.resize(window, 0);
        }
        let base = position.offset;
        Self {
            source,
            size,
            soft_end: size,
            position,
            buffer,
            base,
            filled: 0,
        }
    }

    /// Says that records starting at `end` or behind are not wanted, so reads need not go further.
    #[must_use]
    pub fn until(mut self, end: u64) -> Self {
        self.soft_end = end.min(self.size);
        self
    }

    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// Moves to the first header at or after the position, or past `end`; nothing says that a record starts here, so
    /// this is no damage.
    ///
    /// # Errors
    /// What the source says.
    pub fn seek_header(&mut self, end: u64) -> io::Result<bool> {
        self.find_header(end)
    }

    /// A mark of the bytes before the position.
    ///
    /// # Errors
    /// What the source says.
    pub fn mark_tail(&self) -> io::Result<Mark> {
        let end = self.position.offset.min(self.size);
        let start = end.saturating_sub(MARK_BYTES);
        if start >= self.base && end <= self.base + self.filled as u64 {
            return Ok(Mark::of(self.slice(start, (end - start) as usize)));
        }
        let bytes = read_exact_at(&self.source, start, (end - start) as usize)?;
        Ok(Mark::of(&bytes))
    }

    /// A mark of the file's first bytes up to the position, while they are at hand.
    #[must_use]
    pub fn mark_head(&self) -> Option<Mark> {
        let end = MARK_BYTES.min(self.position.offset);
        (self.base == 0 && end <= self.filled as u64).then(|| Mark::of(self.slice(0, end as usize)))
    }

    /// The next record, damage or end.
    ///
    /// # Errors
    /// What the source says; the position then stands before the record that could not be read.
    #[inline]
    pub fn next_frame(&mut self) -> io::Result<Frame<'_>> {
        let start = (self.position.offset.wrapping_sub(self.base)) as usize;
        // The common case: the whole record lies in the buffer and is sound.
        if self.position.search.is_none() {
            if let Some(header) = self.buffer[..self.filled].get(start..start + HEADER_BYTES) {
                if let Some(length) = parse_header(header) {
                    let rest = self.filled - start - HEADER_BYTES;
                    if length <= MAX_PAYLOAD_BYTES && length as usize + FOOTER_BYTES <= rest {
                        let from = start + HEADER_BYTES;
                        let to = from + length as usize;
                        let stored = u32_at(self.buffer, to);
                        if masked_crc(&self.buffer[from..to]) == stored {
                            let offset = self.position.offset;
                            self.position.offset = offset + FRAME_BYTES + length;
                            return Ok(Frame::Record {
                                offset,
                                payload: &self.buffer[from..to],
                            });
                        }
                    }
                }
            }
        }
        self.next_frame_slowly()
    }

    #[cold]
    fn next_frame_slowly(&mut self) -> io::Result<Frame<'_>> {
        if self.position.is_hopeless {
            return Ok(Frame::End(None));
        }
        if let Some((damage, start)) = self.position.search {
            return self.end_search(damage, start);
        }
        let offset = self.position.offset;
        let rest = self.size.saturating_sub(offset);
        if rest == 0 {
            return Ok(Frame::End(None));
        }
        let torn = Stretch {
            offset,
            damage: Damage::TornTail,
            skipped_bytes: rest,
        };
        if rest < HEADER_BYTES as u64 || !self.fill(offset, HEADER_BYTES)? {
            return Ok(Frame::End(Some(torn)));
        }
        let Some(length) = parse_header(self.slice(offset, HEADER_BYTES)) else {
            return self.start_search(Damage::BadLengthCrc, offset);
        };
        if length > MAX_PAYLOAD_BYTES {
            return self.start_search(Damage::GiantLength, offset);
        }
        let frame_bytes = length + FRAME_BYTES;
        if frame_bytes > rest {
            return Ok(Frame::End(Some(torn)));
        }
        let sound = if length > LARGE_PAYLOAD_BYTES {
            match self.crc_piecewise(offset + HEADER_BYTES as u64, length)? {
                Some(crc) => {
                    self.fill(offset + HEADER_BYTES as u64 + length, FOOTER_BYTES)?
                        && crc
                            == u32_at(
                                self.slice(offset + HEADER_BYTES as u64 + length, FOOTER_BYTES),
                                0,
                            )
                }
                None => return Ok(Frame::End(Some(torn))),
            }
        } else {
            true
        };
        if sound {
            if !self.fill(offset, frame_bytes as usize)? {
                return Ok(Frame::End(Some(torn)));
            }
            let frame = self.slice(offset, frame_bytes as usize);
            let payload_end = HEADER_BYTES + length as usize;
            if masked_crc(&frame[HEADER_BYTES..payload_end]) == u32_at(frame, payload_end) {
                self.position.offset = offset + frame_bytes;
                let from = (offset - self.base) as usize + HEADER_BYTES;
                return Ok(Frame::Record {
                    offset,
                    payload: &self.buffer[from..from + length as usize],
                });
            }
        }
        self.pass_bad_payload(offset, frame_bytes)
    }

    /// A bad payload is skipped whole when a header follows it; otherwise the length was not the writer's last word
    /// (it died, and another appended), and the next header is searched inside. At the end of the file both are open.
    fn pass_bad_payload(&mut self, offset: u64, frame_bytes: u64) -> io::Result<Frame<'_>> {
        let stretch = Stretch {
            offset,
            damage: Damage::BadDataCrc,
            skipped_bytes: frame_bytes,
        };
        let end = offset + frame_bytes;
        if end + HEADER_BYTES as u64 > self.size || !self.fill(end, HEADER_BYTES)? {
            return Ok(Frame::End(Some(Stretch {
                skipped_bytes: self.size - offset,
                ..stretch
            })));
        }
        if parse_header(self.slice(end, HEADER_BYTES)).is_some() {
            self.position.offset = end;
            return Ok(Frame::Damaged(stretch));
        }
        self.start_search(Damage::BadDataCrc, offset)
    }

    fn start_search(&mut self, damage: Damage, start: u64) -> io::Result<Frame<'_>> {
        self.position.search = Some((damage, start));
        self.position.offset = start + 1;
        self.end_search(damage, start)
    }

    fn end_search(&mut self, damage: Damage, start: u64) -> io::Result<Frame<'_>> {
        let found = self.find_header(u64::MAX)?;
        let stretch = Stretch {
            offset: start,
            damage,
            skipped_bytes: self.position.offset - start,
        };
        if found {
            self.position.search = None;
            return Ok(Frame::Damaged(stretch));
        }
        if start == 0 && self.position.offset >= HOPELESS_BYTES {
            self.position = Position {
                offset: self.position.offset,
                search: None,
                is_hopeless: true,
            };
            return Ok(Frame::Damaged(Stretch {
                damage: Damage::NotEvents,
                skipped_bytes: self.size,
                ..stretch
            }));
        }
        Ok(Frame::End(Some(Stretch {
            skipped_bytes: self.size - start,
            ..stretch
        })))
    }

    /// Moves the position to the next header; false when none is there yet, or none before `end` (the position is where
    /// to go on).
    fn find_header(&mut self, end: u64) -> io::Result<bool> {
        let end = match self.position.search {
            Some((_, 0)) => end.min(HOPELESS_BYTES),
            _ => end,
        };
        loop {
            // A hole (a sparse file, a crash) is passed without reading it, but for the 8 bytes before its end, where
            // the header of an empty record could start.
            let mut offset = self.position.offset;
            if let Some(data) = self.source.next_data(offset) {
                offset = offset.max(data.min(self.size).saturating_sub(8));
                self.position.offset = offset;
            }
            if offset >= end
                || offset + HEADER_BYTES as u64 > self.size
                || !self.fill(offset, HEADER_BYTES)?
            {
                return Ok(false);
            }
            let start = (offset - self.base) as usize;
            let window = &self.buffer[start..self.filled];
            match find_header_in(window) {
                Ok(at) => {
                    self.position.offset = offset + at as u64;
                    return Ok(true);
                }
                Err(passed) => self.position.offset = offset + passed as u64,
            }
        }
    }

    /// The masked checksum of `length` bytes at `offset`, in constant memory; None when the file ends before.
    fn crc_piecewise(&mut self, mut offset: u64, length: u64) -> io::Result<Option<u32>> {
        let end = offset + length;
        let mut crc = 0;
        while offset < end {
            let n = usize::try_from(end - offset)
                .unwrap_or(usize::MAX)
                .min(WINDOW_BYTES);
            if !self.fill(offset, n)? {
                return Ok(None);
            }
            crc = crc32c::crc32c_append(crc, self.slice(offset, n));
            offset += n as u64;
        }
        Ok(Some(mask(crc)))
    }

    fn slice(&self, offset: u64, n: usize) -> &[u8] {
        let start = (offset - self.base) as usize;
        &self.buffer[start..start + n]
    }

    /// Makes the buffer hold `n` bytes at `offset`; false when the file turned out shorter.
    fn fill(&mut self, offset: u64, n: usize) -> io::Result<bool> {
        let held = self.base..self.base + self.filled as u64;
        if held.contains(&offset) && offset + n as u64 <= held.end {
            return Ok(true);
        }
        if held.contains(&offset) {
            let start = (offset - self.base) as usize;
            self.buffer.copy_within(start..self.filled, 0);
            self.filled -= start;
        } else {
            self.filled = 0;
        }
        self.base = offset;
        if self.buffer.len() < n {
            self.buffer.resize(n, 0);
        }
        // A search may go far beyond the stretch; small reads there would cost a system call each.
        let soft_end = match self.position.search {
            Some(_) => self.size,
            None => self.soft_end + 4096,
        };
        let window_end = (offset + WINDOW_BYTES as u64).min(soft_end);
        let wanted = window_end.max(offset + n as u64).min(self.size);
        let target = usize::try_from(wanted - offset)
            .unwrap_or(n)
            .min(self.buffer.len());
        while self.filled < target {
            match self.source.read_at(
                offset + self.filled as u64,
                &mut self.buffer[self.filled..target],
            ) {
                Ok(0) => {
                    self.size = self.size.min(offset + self.filled as u64);
                    break;
                }
                Ok(got) => self.filled += got,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.filled >= n)
    }
}

/// Offset of the first header in `window`, or how many leading bytes cannot start one.
fn find_header_in(window: &[u8]) -> Result<usize, usize> {
    let mut at = 0;
    while at + HEADER_BYTES <= window.len() {
        // Lengths stay below 2³¹, so bytes 4..8 of a header are zero. If byte 7 is not, the next four starts fail too.
        if window[at + 7] != 0 {
            at += 4;
            continue;
        }
        if u32_at(window, at + 4) != 0 {
            at += 1;
            continue;
        }
        if u64_at(window, at) == 0 && u32_at(window, at + 8) == 0 {
            // A run of zeros (a hole): on to 8 bytes before its end, where the header of an empty record could start.
            let rest = &window[at + HEADER_BYTES..];
            let zeros = rest
                .chunks(64)
                .take_while(|chunk| chunk.iter().fold(0, |any, &byte| any | byte) == 0)
                .map(<[u8]>::len)
                .sum::<usize>();
            at += (HEADER_BYTES + zeros).saturating_sub(8).max(1);
            continue;
        }
        let header = &window[at..at + HEADER_BYTES];
        if parse_header(header).is_some_and(|length| length <= MAX_PAYLOAD_BYTES) {
            return Ok(at);
        }
        at += 1;
    }
    Err(at)
}
