//! A test double for a file that is being written: bytes appear when the script says so, reads come in short pieces.

use std::cell::Cell;
use std::io;

use crate::source::Source;

/// Bytes of which only a growing front part is visible.
#[derive(Debug)]
pub struct ScriptedReader<'a> {
    bytes: &'a [u8],
    visible: Cell<usize>,
    /// A read gives at most this many bytes.
    piece: usize,
    /// Every third read is interrupted by a signal.
    n_reads: Cell<usize>,
}

impl<'a> ScriptedReader<'a> {
    /// Nothing of `bytes` is visible yet.
    #[must_use]
    pub fn new(bytes: &'a [u8], piece: usize) -> Self {
        Self {
            bytes,
            visible: Cell::new(0),
            piece: piece.max(1),
            n_reads: Cell::new(0),
        }
    }

    /// The first `size` bytes are in the file now; also shrinks it.
    pub fn show(&self, size: usize) {
        self.visible.set(size.min(self.bytes.len()));
    }

    /// Bytes in the file now.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.visible.get() as u64
    }
}

impl Source for ScriptedReader<'_> {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.n_reads.set(self.n_reads.get() + 1);
        if self.n_reads.get() % 3 == 0 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let n = buf.len().min(self.piece);
        self.bytes[..self.visible.get()].read_at(offset, &mut buf[..n])
    }
}
