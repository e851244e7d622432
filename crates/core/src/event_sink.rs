//! Bytes of records → an event file on a disk that may be full, away, or cleared by somebody.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

/// The file, opened when first needed and made anew when someone has deleted it.
pub(crate) struct Sink {
    pub path: PathBuf,
    pub header: Vec<u8>,
    pub file: Option<File>,
}

impl Sink {
    pub fn open(&mut self) -> std::io::Result<()> {
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .open(&self.path)?;
        if let Err(error) = file.write_all(&self.header) {
            // A file that begins with half a record would hide all that follows.
            let removed = std::fs::remove_file(&self.path);
            return Err(removed.err().unwrap_or(error));
        }
        self.file = Some(file);
        Ok(())
    }

    /// Appends `bytes[*n_sent..]`, moving `n_sent` along, so that a later call goes on where this one failed.
    pub fn append(&mut self, bytes: &[u8], n_sent: &mut usize) -> Result<(), String> {
        if self.file.as_ref().is_some_and(is_deleted) {
            self.file = None;
            *n_sent = 0;
        }
        if self.file.is_none() {
            self.open().map_err(|error| error.to_string())?;
        }
        let Some(file) = self.file.as_mut() else {
            return Err("the file is not open".into());
        };
        while let Some(rest) = bytes.get(*n_sent..).filter(|rest| !rest.is_empty()) {
            match file.write(rest) {
                Ok(0) => return Err("the system took no bytes".into()),
                Ok(n) => *n_sent += n,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.to_string()),
            }
        }
        Ok(())
    }
}

/// Whether the open file has no name left: its folder was removed while the training ran.
#[cfg(unix)]
fn is_deleted(file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    file.metadata().is_ok_and(|metadata| metadata.nlink() == 0)
}

#[cfg(not(unix))]
fn is_deleted(_: &File) -> bool {
    false
}
