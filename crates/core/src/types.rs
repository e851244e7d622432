//! The small values that travel between the stations: kinds, points, places on disk, damage.

/// What a series holds. The names are those of the public interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    Scalar,
    Histogram,
    Image,
    Audio,
    Text,
    Tensor,
    Graph,
    KerasGraph,
    RunMetadata,
    Hparams,
    PrCurve,
    Mesh,
    CustomScalars,
}

impl Kind {
    /// In the order of their numbers.
    pub const ALL: [Self; 13] = [
        Self::Scalar,
        Self::Histogram,
        Self::Image,
        Self::Audio,
        Self::Text,
        Self::Tensor,
        Self::Graph,
        Self::KerasGraph,
        Self::RunMetadata,
        Self::Hparams,
        Self::PrCurve,
        Self::Mesh,
        Self::CustomScalars,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Histogram => "histogram",
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Text => "text",
            Self::Tensor => "tensor",
            Self::Graph => "graph",
            Self::KerasGraph => "keras_graph",
            Self::RunMetadata => "run_metadata",
            Self::Hparams => "hparams",
            Self::PrCurve => "pr_curve",
            Self::Mesh => "mesh",
            Self::CustomScalars => "custom_scalars",
        }
    }
}

/// What was wrong with bytes of an event file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Damage {
    /// The file ends inside a record: a writer may be at it. Waited for.
    TornTail,
    BadLengthCrc,
    BadDataCrc,
    /// Both checksums hold, yet the payload is no event.
    Undecodable,
    /// The length's checksum holds, yet no event can be that long.
    GiantLength,
    /// The point is kept; its wall time is NaN or infinite.
    NanWallTime,
    /// The value does not fit the kind that the tag's first value set; left out.
    MixedKinds,
    /// No record in the first 16 MiB; the file is left alone.
    NotEvents,
    /// More damage of this file than is listed one by one.
    More,
}

impl Damage {
    /// In the order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::TornTail,
        Self::BadLengthCrc,
        Self::BadDataCrc,
        Self::Undecodable,
        Self::GiantLength,
        Self::NanWallTime,
        Self::MixedKinds,
        Self::NotEvents,
        Self::More,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TornTail => "torn_tail",
            Self::BadLengthCrc => "bad_length_crc",
            Self::BadDataCrc => "bad_data_crc",
            Self::Undecodable => "undecodable",
            Self::GiantLength => "giant_length",
            Self::NanWallTime => "nan_wall_time",
            Self::MixedKinds => "mixed_kinds",
            Self::NotEvents => "not_events",
            Self::More => "more",
        }
    }
}

/// Damage at a place of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// First byte of the damaged record.
    pub offset: u64,
    pub damage: Damage,
    /// Bytes that gave no data.
    pub skipped_bytes: u64,
    /// One phrase more, may be empty.
    pub detail: String,
}

/// One recorded number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    pub step: i64,
    /// Seconds since the epoch, UTC; as logged, so it may be NaN.
    pub wall_time: f64,
    /// As logged: NaN and infinities stay.
    pub value: f64,
}

/// Where the value of a point that is not a number lies on disk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub step: i64,
    pub wall_time: f64,
    /// Number of the file within the engine.
    pub file: u32,
    /// Bytes of the message at `offset`.
    pub length: u32,
    /// Of a `Summary.Value` message, or of the bare bytes when `is_bare`.
    pub offset: u64,
    /// The bytes are the payload itself (a graph, run metadata) and no `Summary.Value`.
    pub is_bare: bool,
}

/// One session record: a training said that it started, stopped or saved.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    pub step: i64,
    pub wall_time: f64,
    /// 0 unspecified, 1 start, 2 stop, 3 checkpoint.
    pub status: i32,
    pub message: String,
}

/// What the first value of a tag says of the whole series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    pub plugin: String,
    pub display_name: String,
    pub description: String,
    /// The plugin's own bytes.
    pub content: Vec<u8>,
    /// 0 unknown, 1 scalar, 2 tensor, 3 blob sequence.
    pub data_class: i32,
}
