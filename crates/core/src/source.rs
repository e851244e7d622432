//! Where bytes come from: a file, a slice, or the test double.

use std::fs::File;
use std::io;

/// Bytes that can be read at any offset, and that may grow at the end between two reads.
pub trait Source {
    /// Reads into `buf` from `offset`; 0 means that there is nothing there yet.
    ///
    /// # Errors
    /// What the system says.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize>;

    /// Where the next bytes that were ever written begin, at `offset` or behind; None when the source cannot tell.
    /// What lies between is a hole that reads as zeros.
    fn next_data(&self, _offset: u64) -> Option<u64> {
        None
    }
}

impl Source for File {
    #[cfg(unix)]
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, buf, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, buf, offset)
    }

    #[cfg(target_os = "linux")]
    fn next_data(&self, offset: u64) -> Option<u64> {
        use std::os::fd::AsRawFd;
        let from = libc::off64_t::try_from(offset).ok()?;
        // SAFETY: the descriptor is open for as long as `self`; only the file's own cursor moves, which no read uses.
        let found = unsafe { libc::lseek64(self.as_raw_fd(), from, libc::SEEK_DATA) };
        match u64::try_from(found) {
            Ok(found) => Some(found),
            // Nothing but a hole up to the end.
            Err(_) if io::Error::last_os_error().raw_os_error() == Some(libc::ENXIO) => {
                Some(u64::MAX)
            }
            Err(_) => None,
        }
    }
}

impl Source for [u8] {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|start| self.get(start..))
            .unwrap_or_default();
        let n = rest.len().min(buf.len());
        buf[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }
}

impl<S: Source + ?Sized> Source for &S {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        (**self).read_at(offset, buf)
    }

    fn next_data(&self, offset: u64) -> Option<u64> {
        (**self).next_data(offset)
    }
}

/// Reads exactly `length` bytes at `offset`, or says that the file ended early.
///
/// # Errors
/// What the system says, or `UnexpectedEof`. The length must be bounded by the caller.
pub fn read_exact_at(source: &impl Source, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    let mut done = 0;
    while done < length {
        match source.read_at(offset + done as u64, &mut bytes[done..]) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => done += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}
