//! Everything that was read of a log folder ↔ one file, so that the next process reads only what is new.
//!
//! ```text
//! body      tags: count, names | metadata: count, each plugin, name, words, content, class | runs: count, each
//! run       name | files: count, each | sessions: count, each | series: count, each
//! file      path below the root | size, identity, times | position | counts | marks | damage
//! series    tag, kind, metadata, counts, newest point | chunks, tail, restarts, or places
//! ```
//! `packing` has the frame around it and its checksums. The file holds nothing that the event files do not: it can be
//! deleted, and one of another version or of garbage is no cache. It is written beside its name and then renamed, so that
//! two processes may share it. Chunks are used where they were read, so a large cache costs a few system calls a file.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::batch::OpenStart;
use crate::chunk::Chunk;
use crate::columns::{Column, Scalars};
use crate::event_file::EventFile;
use crate::folders::State;
use crate::follow::Book;
use crate::framing::{Mark, Position};
use crate::packing::{read_body, Packer, Unpacker};
use crate::restart::Restart;
use crate::table::{Run, Series, Table, Tags};
use crate::types::{Damage, Issue, Kind, Metadata, Place, Point, Session};
use crate::wire::Malformed;

pub const MAGIC: [u8; 8] = *b"GFCACHE\n";
/// Of the layout above, and of the meaning of all that is in it; grows with every change to either.
pub const VERSION: u32 = 2;
const NONE: u32 = u32::MAX;

/// A run as it was read before.
#[derive(Debug)]
pub struct CachedRun {
    pub files: Vec<EventFile>,
    /// Its places count files from 0.
    pub run: Run,
}

/// Name, numbers and files of a run.
type Entry<'a> = (&'a str, &'a Book, &'a [EventFile]);

/// Writes a cache; how many bytes it has.
///
/// # Errors
/// What the system says; nothing is left behind then.
pub fn save(
    path: &Path,
    root: &Path,
    tags: &Tags,
    table: &Table,
    runs: &[Entry<'_>],
) -> io::Result<u64> {
    let beside = path.with_extension(format!("{}.tmp", std::process::id()));
    let write = || -> io::Result<u64> {
        let mut out = Packer::new(BufWriter::new(File::create(&beside)?));
        pack_all(&mut out, root, tags, table, runs)?;
        let n_bytes = out.finish(MAGIC, VERSION)?;
        fs::rename(&beside, path)?;
        Ok(n_bytes)
    };
    let written = write();
    if written.is_err() {
        let _ = fs::remove_file(&beside); // may not be there
    }
    written
}

/// Reads a cache; what it holds of each run, by name.
///
/// # Errors
/// What the system says.
pub fn load(
    path: &Path,
    root: &Path,
    tags: &Tags,
    n_threads: usize,
) -> io::Result<Result<HashMap<String, CachedRun>, Malformed>> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    let body = read_body(&file, size, MAGIC, VERSION, n_threads)?;
    Ok(body.and_then(|body| unpack(body, root, tags)))
}

fn pack_all<W: Write>(
    out: &mut Packer<W>,
    root: &Path,
    tags: &Tags,
    table: &Table,
    runs: &[Entry<'_>],
) -> io::Result<()> {
    let names = tags.names_from(0);
    out.u64(names.len() as u64)?;
    for name in &names {
        out.bytes(name.as_bytes())?;
    }
    let mut numbers: HashMap<*const Metadata, u32> = HashMap::new();
    let mut all: Vec<&Metadata> = Vec::new();
    let series = runs.iter().filter_map(|(_, book, _)| table.run(book.run));
    for metadata in series.flat_map(|run| run.series.iter().filter_map(|one| one.metadata.as_ref()))
    {
        numbers.entry(Arc::as_ptr(metadata)).or_insert_with(|| {
            all.push(metadata);
            (all.len() - 1) as u32
        });
    }
    out.u64(all.len() as u64)?;
    for metadata in all {
        out.bytes(metadata.plugin.as_bytes())?;
        out.bytes(metadata.display_name.as_bytes())?;
        out.bytes(metadata.description.as_bytes())?;
        out.bytes(&metadata.content)?;
        out.u32(metadata.data_class as u32)?;
    }
    out.u64(runs.len() as u64)?;
    for (name, book, files) in runs {
        out.bytes(name.as_bytes())?;
        out.u64(files.len() as u64)?;
        for file in *files {
            pack_file(out, file, root)?;
        }
        let empty = Run::default();
        let run = table.run(book.run).unwrap_or(&empty);
        out.u64(run.sessions.len() as u64)?;
        for session in &run.sessions {
            out.i64(session.step)?;
            out.f64(session.wall_time)?;
            out.u32(session.status as u32)?;
            out.bytes(session.message.as_bytes())?;
        }
        out.u64(run.series.len() as u64)?;
        for series in &run.series {
            let metadata = series.metadata.as_ref().map(Arc::as_ptr);
            let metadata = metadata.and_then(|pointer| numbers.get(&pointer));
            pack_series(out, series, metadata.copied().unwrap_or(NONE), &book.files)?;
        }
    }
    Ok(())
}

/// The runs in the body of a cache file. Any bytes may be given: those of a sound checksum may be of another program.
///
/// # Errors
/// When the bytes are no such body.
pub fn unpack(
    body: Vec<u8>,
    root: &Path,
    tags: &Tags,
) -> Result<HashMap<String, CachedRun>, Malformed> {
    let body = Arc::new(body);
    let mut from = Unpacker::new(&body);
    let n_tags = from.count(8)?;
    let mut numbers = Vec::with_capacity(n_tags);
    for _ in 0..n_tags {
        numbers.push(tags.number_of(from.text()?));
    }
    let n_metadata = from.count(36)?;
    let mut metadata = Vec::with_capacity(n_metadata);
    for _ in 0..n_metadata {
        metadata.push(Arc::new(Metadata {
            plugin: from.text()?.to_owned(),
            display_name: from.text()?.to_owned(),
            description: from.text()?.to_owned(),
            content: from.bytes()?.to_vec(),
            data_class: from.u32()? as i32,
        }));
    }
    let n_runs = from.count(32)?;
    let mut runs = HashMap::with_capacity(n_runs);
    for _ in 0..n_runs {
        let name = from.text()?.to_owned();
        let n_files = from.count(108)?;
        let files = (0..n_files)
            .map(|_| unpack_file(&mut from, root, &numbers))
            .collect::<Result<Vec<_>, _>>()?;
        let mut run = Run::default();
        for _ in 0..from.count(28)? {
            run.sessions.push(Session {
                step: from.i64()?,
                wall_time: from.f64()?,
                status: from.u32()? as i32,
                message: from.text()?.to_owned(),
            });
        }
        let n_series = from.count(60)?;
        run.series.reserve_exact(n_series);
        for _ in 0..n_series {
            let series = unpack_series(&mut from, &body, &numbers, &metadata, n_files as u32)?;
            run.add(series).ok_or(Malformed)?;
        }
        runs.insert(name, CachedRun { files, run });
    }
    match from.is_at_end() {
        true => Ok(runs),
        false => Err(Malformed),
    }
}

fn pack_damage<W: Write>(out: &mut Packer<W>, issue: &Issue) -> io::Result<()> {
    out.u8(issue.damage as u8)?;
    out.u64(issue.offset)?;
    out.u64(issue.skipped_bytes)?;
    out.bytes(issue.detail.as_bytes())
}

fn unpack_kind_of_damage(from: &mut Unpacker<'_>) -> Result<Damage, Malformed> {
    let code = usize::from(from.u8()?);
    Damage::ALL.get(code).copied().ok_or(Malformed)
}

fn unpack_damage(from: &mut Unpacker<'_>) -> Result<Issue, Malformed> {
    Ok(Issue {
        damage: unpack_kind_of_damage(from)?,
        offset: from.u64()?,
        skipped_bytes: from.u64()?,
        detail: from.text()?.to_owned(),
    })
}

/// Whether a file's size, when it was read, is that of which the position is a part; if not, reading stopped half-way.
#[must_use]
pub fn is_whole(file: &EventFile) -> bool {
    file.position.offset <= file.state.size_bytes
}

fn pack_file<W: Write>(out: &mut Packer<W>, file: &EventFile, root: &Path) -> io::Result<()> {
    let below = file.path.strip_prefix(root).unwrap_or(&file.path);
    out.bytes(below.as_os_str().as_encoded_bytes())?;
    let (device, inode) = file.state.identity;
    for number in [file.state.size_bytes, device, inode] {
        out.u64(number)?;
    }
    out.i64(file.state.modified_ns)?;
    out.i64(file.state.changed_ns)?;
    out.u64(file.position.offset)?;
    out.u8(u8::from(file.position.is_hopeless))?;
    let (damage, start) = file.position.search.unwrap_or((Damage::More, 0));
    out.u8(damage as u8)?;
    out.u64(start)?;
    out.u64(file.n_records)?;
    for mark in [&file.head, &file.tail] {
        out.u32(mark.n_bytes)?;
        out.u32(mark.crc)?;
    }
    out.f64(file.first_wall_time)?;
    out.f64(file.file_version)?;
    out.u64(u64::from(file.open_start.is_some()))?;
    if let Some(open) = &file.open_start {
        out.i64(open.step)?;
        out.u64(open.continued.len() as u64)?;
        for &tag in &open.continued {
            out.u32(tag)?;
        }
    }
    out.u64(file.more_issues.0)?;
    out.u64(file.more_issues.1)?;
    out.u64(file.issues.len() as u64)?;
    file.issues
        .iter()
        .try_for_each(|issue| pack_damage(out, issue))?;
    out.u64(u64::from(file.pending.is_some()))?;
    file.pending
        .iter()
        .try_for_each(|issue| pack_damage(out, issue))
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> Result<PathBuf, Malformed> {
    use std::os::unix::ffi::OsStrExt;
    Ok(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> Result<PathBuf, Malformed> {
    crate::wire::text(bytes).map(PathBuf::from)
}

fn unpack_file(
    from: &mut Unpacker<'_>,
    root: &Path,
    numbers: &[u32],
) -> Result<EventFile, Malformed> {
    let mut file = EventFile::new(0, root.join(path_of(from.bytes()?)?));
    file.state = State {
        size_bytes: from.u64()?,
        identity: (from.u64()?, from.u64()?),
        modified_ns: from.i64()?,
        changed_ns: from.i64()?,
    };
    let offset = from.u64()?;
    let is_hopeless = from.u8()? == 1;
    let (damage, start) = (unpack_kind_of_damage(from)?, from.u64()?);
    file.position = Position {
        offset,
        search: (damage != Damage::More).then_some((damage, start)),
        is_hopeless,
    };
    file.n_records = from.u64()?;
    for mark in [&mut file.head, &mut file.tail] {
        *mark = Mark {
            n_bytes: from.u32()?,
            crc: from.u32()?,
        };
    }
    file.first_wall_time = from.f64()?;
    file.file_version = from.f64()?;
    if from.u64()? == 1 {
        let mut open = OpenStart {
            step: from.i64()?,
            ..OpenStart::default()
        };
        for _ in 0..from.count(4)? {
            let tag = numbers.get(from.u32()? as usize).ok_or(Malformed)?;
            open.continued.insert(*tag);
        }
        file.open_start = Some(open);
    }
    file.more_issues = (from.u64()?, from.u64()?);
    for _ in 0..from.count(25)? {
        file.issues.push(unpack_damage(from)?);
    }
    if from.u64()? == 1 {
        file.pending = Some(unpack_damage(from)?);
    }
    match is_whole(&file) && start <= offset {
        true => Ok(file),
        false => Err(Malformed),
    }
}

fn pack_point<W: Write>(out: &mut Packer<W>, point: &Point) -> io::Result<()> {
    out.i64(point.step)?;
    out.f64(point.wall_time)?;
    out.f64(point.value)
}

fn pack_series<W: Write>(
    out: &mut Packer<W>,
    series: &Series,
    metadata: u32,
    files: &[u32],
) -> io::Result<()> {
    out.u32(series.tag)?;
    out.u8(series.kind as u8)?;
    out.u32(metadata)?;
    out.u64(series.n_points)?;
    out.i64(series.first_step)?;
    out.i64(series.last_step)?;
    out.f64(series.last_wall_time)?;
    out.f64(series.last_value)?;
    match &series.column {
        Column::Scalars(scalars) => {
            out.u64(scalars.chunks.len() as u64)?;
            scalars
                .chunks
                .iter()
                .try_for_each(|chunk| chunk.pack(out))?;
            out.u64(scalars.tail.len() as u64)?;
            scalars
                .tail
                .iter()
                .try_for_each(|point| pack_point(out, point))?;
            out.u64(scalars.restarts.len() as u64)?;
            for restart in &scalars.restarts {
                out.u64(restart.index)?;
                out.i64(restart.step)?;
            }
        }
        Column::Places(places) => {
            let mut last = (NONE, 0);
            out.u64(places.len() as u64)?;
            for place in places {
                if last.0 != place.file {
                    let at = files.iter().position(|&number| number == place.file);
                    last = (place.file, at.unwrap_or(0) as u32);
                }
                out.i64(place.step)?;
                out.f64(place.wall_time)?;
                out.u32(last.1)?;
                out.u32(place.length)?;
                out.u64(place.offset)?;
                out.u8(u8::from(place.is_bare))?;
            }
        }
    }
    Ok(())
}

fn unpack_series(
    from: &mut Unpacker<'_>,
    body: &Arc<Vec<u8>>,
    numbers: &[u32],
    metadata: &[Arc<Metadata>],
    n_files: u32,
) -> Result<Series, Malformed> {
    let tag = *numbers.get(from.u32()? as usize).ok_or(Malformed)?;
    let kind = *Kind::ALL.get(usize::from(from.u8()?)).ok_or(Malformed)?;
    let metadata = match from.u32()? {
        NONE => None,
        number => Some(Arc::clone(metadata.get(number as usize).ok_or(Malformed)?)),
    };
    let n_points = from.u64()?;
    let (first_step, last_step) = (from.i64()?, from.i64()?);
    let (last_wall_time, last_value) = (from.f64()?, from.f64()?);
    let column = match kind {
        Kind::Scalar => Column::Scalars(unpack_scalars(from, body)?),
        _ => Column::Places(unpack_places(from, n_files)?),
    };
    let n_held = match &column {
        Column::Scalars(scalars) => scalars.n_points(),
        Column::Places(places) => places.len(),
    };
    if n_held as u64 != n_points {
        return Err(Malformed);
    }
    Ok(Series {
        tag,
        kind,
        metadata,
        column,
        n_points,
        first_step,
        last_step,
        last_wall_time,
        last_value,
        revision: 0,
    })
}

fn unpack_scalars(from: &mut Unpacker<'_>, body: &Arc<Vec<u8>>) -> Result<Scalars, Malformed> {
    let n_chunks = from.count(Chunk::PACKED_BYTES)?;
    let mut scalars = Scalars::default();
    scalars.chunks.reserve_exact(n_chunks);
    for _ in 0..n_chunks {
        scalars.chunks.push(Arc::new(Chunk::unpack(from, body)?));
    }
    for _ in 0..from.count(24)? {
        scalars.tail.push(Point {
            step: from.i64()?,
            wall_time: from.f64()?,
            value: from.f64()?,
        });
    }
    for _ in 0..from.count(16)? {
        scalars.restarts.push(Restart {
            index: from.u64()?,
            step: from.i64()?,
        });
    }
    Ok(scalars)
}

fn unpack_places(from: &mut Unpacker<'_>, n_files: u32) -> Result<Vec<Place>, Malformed> {
    let n_places = from.count(33)?;
    let mut places = Vec::with_capacity(n_places);
    for _ in 0..n_places {
        let place = Place {
            step: from.i64()?,
            wall_time: from.f64()?,
            file: from.u32()?,
            length: from.u32()?,
            offset: from.u64()?,
            is_bare: from.u8()? == 1,
        };
        if place.file >= n_files {
            return Err(Malformed);
        }
        places.push(place);
    }
    Ok(places)
}
