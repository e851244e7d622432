//! One run of one file, read as the engine would, and its whole state for comparison.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)] // each test file uses its part; tests may stop

use std::collections::BTreeMap;
use std::path::PathBuf;

use goodfit_core::collector::{Collector, Stretch};
use goodfit_core::columns::Column;
use goodfit_core::framing::Position;
use goodfit_core::masked_crc::masked_crc;
use goodfit_core::scripted_reader::ScriptedReader;
use goodfit_core::table::{Table, Tags};
use goodfit_core::types::Issue;

/// A framed record.
pub fn record(payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u64).to_le_bytes();
    [
        &length[..],
        &masked_crc(&length).to_le_bytes(),
        payload,
        &masked_crc(payload).to_le_bytes(),
    ]
    .concat()
}

/// An event with one simple value; `step` below 128, `tag` below 100 bytes.
pub fn scalar_event(step: u8, tag: &str, value: f32) -> Vec<u8> {
    let mut message = vec![0x0a, tag.len() as u8];
    message.extend(tag.as_bytes());
    message.push(0x15);
    message.extend(value.to_le_bytes());
    let mut summary = vec![0x0a, message.len() as u8];
    summary.extend(message);
    let mut event = vec![0x09];
    event.extend((1.7e9 + f64::from(step)).to_le_bytes());
    event.extend([0x10, step, 0x2a, summary.len() as u8]);
    event.extend(summary);
    event
}

/// The files that other libraries wrote, by path below `tests/golden`.
pub fn golden_files() -> Vec<(String, Vec<u8>)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden");
    let rules = goodfit_core::folders::Rules {
        part: "tfevents".to_owned(),
        not_suffix: ".profile-empty".to_owned(),
    };
    let found = goodfit_core::folders::find_files(&root, &rules, 1).unwrap();
    let files = found.folders.into_iter().flat_map(|folder| folder.files);
    files
        .map(|file| {
            (
                file.path.display().to_string(),
                std::fs::read(&file.path).unwrap(),
            )
        })
        .collect()
}

/// Kind, then every point as (step, bits of wall time, bits of value or offset).
pub type Series = (&'static str, Vec<(i64, u64, u64)>);

/// All that was read, comparable.
#[derive(Debug, PartialEq)]
pub struct State {
    pub series: BTreeMap<String, Series>,
    pub n_sessions: usize,
    pub issues: Vec<Issue>,
    pub n_records: u64,
    pub position: Position,
}

pub fn series_of(table: &Table, tags: &Tags, run: u32) -> BTreeMap<String, Series> {
    let names = tags.names_from(0);
    let run = table.run(run).unwrap();
    let points = |column: &Column| match column {
        Column::Scalars(scalars) => {
            let columns = scalars.columns();
            let numbers = columns
                .steps
                .iter()
                .zip(&columns.wall_times)
                .zip(&columns.values);
            numbers
                .map(|((&step, wall_time), value)| (step, wall_time.to_bits(), value.to_bits()))
                .collect()
        }
        Column::Places(places) => places
            .iter()
            .map(|p| (p.step, p.wall_time.to_bits(), p.offset))
            .collect(),
    };
    run.series
        .iter()
        .map(|one| {
            (
                names[one.tag as usize].to_string(),
                (one.kind.name(), points(&one.column)),
            )
        })
        .collect()
}

/// Follows one growing file.
pub struct Follower {
    tags: Tags,
    table: Table,
    collector: Collector,
    position: Position,
    issues: Vec<Issue>,
    pending: Option<Issue>,
    n_records: u64,
}

impl Follower {
    pub fn new() -> Self {
        let mut table = Table::default();
        table.add_run();
        Self {
            tags: Tags::default(),
            table,
            collector: Collector::default(),
            position: Position::default(),
            issues: Vec::new(),
            pending: None,
            n_records: 0,
        }
    }

    pub fn read(&mut self, source: &ScriptedReader<'_>) {
        let stretch = Stretch {
            file: 0,
            position: self.position,
            end: u64::MAX,
            size: source.size(),
            seek: false,
        };
        let table = &self.table;
        let known = |tag: u32| {
            table
                .find(0, tag)
                .map(|series| (series.kind, series.metadata.is_some()))
        };
        let mut batch = self
            .collector
            .read(source, stretch, &self.tags, Some(&known))
            .unwrap();
        self.table.merge(0, &mut batch, &mut Vec::new()).unwrap();
        self.position = batch.position;
        self.issues.append(&mut batch.issues);
        self.pending = batch.pending;
        self.n_records += batch.n_records;
    }

    pub fn state(&self) -> State {
        State {
            series: series_of(&self.table, &self.tags, 0),
            n_sessions: self.table.run(0).unwrap().sessions.len(),
            issues: self.issues.iter().chain(&self.pending).cloned().collect(),
            n_records: self.n_records,
            position: self.position,
        }
    }
}

/// The state after reading `bytes` as they grow to each of `sizes` in turn, in reads of at most `piece` bytes.
pub fn read_in_steps(bytes: &[u8], sizes: &[usize], piece: usize) -> State {
    let source = ScriptedReader::new(bytes, piece);
    let mut follower = Follower::new();
    for &size in sizes {
        source.show(size);
        follower.read(&source);
    }
    follower.state()
}

pub fn read_whole(bytes: &[u8]) -> State {
    read_in_steps(bytes, &[bytes.len()], usize::MAX)
}
