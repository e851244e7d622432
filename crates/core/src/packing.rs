//! Numbers and bytes → one stretch of bytes, and back, bounded: what a cache file is made of.
//!
//! ```text
//! number    8, 4 or 1 bytes, little-endian        bytes   u64 length | that many bytes
//! file      block 0 | block 1 | … | crc-32c of each block, u32 | footer
//! footer    magic, 8 bytes | version, u32 | n blocks, u32 | n body bytes, u64 | crc-32c of the crcs and the footer, u32
//! ```
//! A block is 4 MiB, the last one what is left. Any bytes can be unpacked: what does not fit is `Malformed`, and counts
//! are believed only as far as bytes follow.

use std::fs::File;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Mutex;

use crate::lock::hold;
use crate::source::Source;
use crate::wire::Malformed;

const BLOCK_BYTES: usize = 4 << 20;
const FOOTER_BYTES: usize = 28;

/// Writes a packed file from front to back.
pub struct Packer<W> {
    out: W,
    block: Vec<u8>,
    crcs: Vec<u8>,
    n_bytes: u64,
}

impl<W: Write> Packer<W> {
    pub fn new(out: W) -> Self {
        Self {
            out,
            block: Vec::with_capacity(BLOCK_BYTES),
            crcs: Vec::new(),
            n_bytes: 0,
        }
    }

    /// # Errors
    /// What the output says.
    pub fn raw(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let room = (BLOCK_BYTES - self.block.len()).min(bytes.len());
            let (now, later) = bytes.split_at(room);
            self.block.extend_from_slice(now);
            bytes = later;
            if self.block.len() == BLOCK_BYTES {
                self.end_block()?;
            }
        }
        Ok(())
    }

    fn end_block(&mut self) -> io::Result<()> {
        if !self.block.is_empty() {
            let crc = crc32c::crc32c(&self.block);
            self.crcs.extend(crc.to_le_bytes());
            self.out.write_all(&self.block)?;
            self.n_bytes += self.block.len() as u64;
            self.block.clear();
        }
        Ok(())
    }

    /// # Errors
    /// What the output says.
    pub fn u8(&mut self, number: u8) -> io::Result<()> {
        self.raw(&[number])
    }

    /// # Errors
    /// What the output says.
    pub fn u32(&mut self, number: u32) -> io::Result<()> {
        self.raw(&number.to_le_bytes())
    }

    /// # Errors
    /// What the output says.
    pub fn u64(&mut self, number: u64) -> io::Result<()> {
        self.raw(&number.to_le_bytes())
    }

    /// # Errors
    /// What the output says.
    pub fn i64(&mut self, number: i64) -> io::Result<()> {
        self.raw(&number.to_le_bytes())
    }

    /// # Errors
    /// What the output says.
    pub fn f64(&mut self, number: f64) -> io::Result<()> {
        self.raw(&number.to_le_bytes())
    }

    /// # Errors
    /// What the output says.
    pub fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.u64(bytes.len() as u64)?;
        self.raw(bytes)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// What the output says.
    pub fn finish(mut self, magic: [u8; 8], version: u32) -> io::Result<u64> {
        self.end_block()?;
        let mut end = std::mem::take(&mut self.crcs);
        let n_blocks = (end.len() / 4) as u32;
        end.extend(magic);
        end.extend(version.to_le_bytes());
        end.extend(n_blocks.to_le_bytes());
        end.extend(self.n_bytes.to_le_bytes());
        let crc = crc32c::crc32c(&end);
        end.extend(crc.to_le_bytes());
        self.out.write_all(&end)?;
        self.out.flush()?;
        Ok(self.n_bytes + end.len() as u64)
    }
}

/// The body of a packed file of `size` bytes, every checksum verified, on several threads; `Malformed` for anything else
/// and any other version.
///
/// # Errors
/// What the system says.
pub fn read_body(
    file: &File,
    size: u64,
    magic: [u8; 8],
    version: u32,
    n_threads: usize,
) -> io::Result<Result<Vec<u8>, Malformed>> {
    let Some(footer_at) = size.checked_sub(FOOTER_BYTES as u64) else {
        return Ok(Err(Malformed));
    };
    let mut footer = [0; FOOTER_BYTES];
    if !read_whole(file, footer_at, &mut footer)? {
        return Ok(Err(Malformed));
    }
    let mut fields = Unpacker::new(&footer);
    let parsed = (|| -> Result<_, Malformed> {
        let is_ours = fields.raw(8)? == magic && fields.u32()? == version;
        Ok((is_ours, fields.u32()?, fields.u64()?, fields.u32()?))
    })();
    let Ok((true, n_blocks, n_bytes, crc)) = parsed else {
        return Ok(Err(Malformed));
    };
    let n_blocks = n_blocks as usize;
    let n_table = 4 * n_blocks as u64;
    let fits = n_bytes.checked_add(n_table + FOOTER_BYTES as u64) == Some(size)
        && n_bytes.div_ceil(BLOCK_BYTES as u64) == n_blocks as u64;
    let Some(length) = usize::try_from(n_bytes).ok().filter(|_| fits) else {
        return Ok(Err(Malformed));
    };
    let mut table = vec![0; 4 * n_blocks];
    if !read_whole(file, n_bytes, &mut table)? {
        return Ok(Err(Malformed));
    }
    let signed = crc32c::crc32c_append(crc32c::crc32c(&table), &footer[..FOOTER_BYTES - 4]);
    if signed != crc {
        return Ok(Err(Malformed));
    }
    let mut body = vec![0; length];
    let is_sound = AtomicBool::new(true);
    let failure = Mutex::new(None);
    {
        let blocks: Vec<_> = body
            .chunks_mut(BLOCK_BYTES)
            .zip(table.chunks_exact(4))
            .collect();
        let blocks = Mutex::new(blocks.into_iter().enumerate());
        let n_left = AtomicUsize::new(n_blocks);
        let work = || loop {
            let Some((at, (block, crc))) = hold(&blocks).next() else {
                break;
            };
            match read_whole(file, (at * BLOCK_BYTES) as u64, block) {
                Ok(true) if crc32c::crc32c(block).to_le_bytes() == *crc => {
                    n_left.fetch_sub(1, Ordering::Relaxed);
                }
                Ok(_) => is_sound.store(false, Ordering::Relaxed),
                Err(error) => *hold(&failure) = Some(error),
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..n_threads.min(n_blocks) {
                scope.spawn(work);
            }
            work();
        });
        is_sound.fetch_and(n_left.into_inner() == 0, Ordering::Relaxed);
    }
    if let Some(error) = hold(&failure).take() {
        return Err(error);
    }
    Ok(match is_sound.into_inner() {
        true => Ok(body),
        false => Err(Malformed),
    })
}

/// Fills `bytes` from `offset`; false when the file ends before.
fn read_whole(file: &File, mut offset: u64, mut bytes: &mut [u8]) -> io::Result<bool> {
    while !bytes.is_empty() {
        match file.read_at(offset, bytes) {
            Ok(0) => return Ok(false),
            Ok(n) => {
                offset += n as u64;
                bytes = bytes.get_mut(n..).unwrap_or_default();
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// Reads what `Packer` wrote, from front to back.
#[derive(Clone, Debug)]
pub struct Unpacker<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Unpacker<'a> {
    #[must_use]
    pub fn new(all: &'a [u8]) -> Self {
        Self { all, at: 0 }
    }

    /// Offset of the next byte.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.at
    }

    #[must_use]
    pub fn is_at_end(&self) -> bool {
        self.at >= self.all.len()
    }

    /// # Errors
    /// When fewer bytes are left.
    pub fn raw(&mut self, n: usize) -> Result<&'a [u8], Malformed> {
        let stop = self.at.checked_add(n).ok_or(Malformed)?;
        let bytes = self.all.get(self.at..stop).ok_or(Malformed)?;
        self.at = stop;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.raw(N)?.try_into().map_err(|_| Malformed)
    }

    /// # Errors
    /// When fewer bytes are left.
    pub fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    /// # Errors
    /// When fewer bytes are left.
    pub fn u32(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// # Errors
    /// When fewer bytes are left.
    pub fn u64(&mut self) -> Result<u64, Malformed> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// # Errors
    /// When fewer bytes are left.
    pub fn i64(&mut self) -> Result<i64, Malformed> {
        Ok(i64::from_le_bytes(self.array()?))
    }

    /// # Errors
    /// When fewer bytes are left.
    pub fn f64(&mut self) -> Result<f64, Malformed> {
        Ok(f64::from_le_bytes(self.array()?))
    }

    /// # Errors
    /// When fewer bytes are left.
    pub fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let n = usize::try_from(self.u64()?).map_err(|_| Malformed)?;
        self.raw(n)
    }

    /// A count of things that take at least `least_bytes` each.
    ///
    /// # Errors
    /// When fewer bytes are left.
    pub fn count(&mut self, least_bytes: usize) -> Result<usize, Malformed> {
        let n = usize::try_from(self.u64()?).map_err(|_| Malformed)?;
        let rest = self.all.len() - self.at.min(self.all.len());
        match n.checked_mul(least_bytes.max(1)) {
            Some(least) if least <= rest => Ok(n),
            _ => Err(Malformed),
        }
    }

    /// # Errors
    /// When fewer bytes are left, or when they are no UTF-8.
    pub fn text(&mut self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Malformed)
    }
}
