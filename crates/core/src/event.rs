//! Records → events: reads only the fields that are used, borrowed from the record.
//!
//! Field numbers: TensorBoard, `tensorboard/compat/proto/{event,summary}.proto`. As protobuf asks, fields may come in
//! any order, the last of a repeated single field counts, and unknown fields are passed over, as are fields of a known
//! number with another wire type.

use crate::tensor::Tensor;
use crate::types::{Kind, Metadata};
use crate::wire::{text, Fields, Malformed, Wire};

/// One event; the payload of one record.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// Seconds since the epoch; 0 when absent.
    pub wall_time: f64,
    pub step: i64,
    pub what: What<'a>,
}

/// What an event tells.
#[derive(Clone, Copy, Debug)]
pub enum What<'a> {
    Nothing,
    FileVersion(&'a [u8]),
    Graph(&'a [u8]),
    MetaGraph(&'a [u8]),
    Summary(&'a [u8]),
    Session { status: i32, message: &'a [u8] },
    RunMetadata { tag: &'a str, bytes: &'a [u8] },
}

impl<'a> Event<'a> {
    /// # Errors
    /// When the bytes are no event.
    #[inline]
    pub fn parse(record: &'a [u8]) -> Result<Self, Malformed> {
        let mut event = Self {
            wall_time: 0.0,
            step: 0,
            what: What::Nothing,
        };
        let mut fields = Fields::new(record);
        while let Some((number, wire)) = fields.next()? {
            match (number, wire) {
                (1, Wire::Fixed64(bits)) => event.wall_time = f64::from_bits(bits),
                (2, Wire::Varint(step)) => event.step = step as i64,
                (5, Wire::Bytes(bytes)) => event.what = What::Summary(bytes),
                (3, Wire::Bytes(bytes)) => event.what = What::FileVersion(bytes),
                (4, Wire::Bytes(bytes)) => event.what = What::Graph(bytes),
                (7, Wire::Bytes(bytes)) => event.what = parse_session(bytes)?,
                (8, Wire::Bytes(bytes)) => event.what = parse_run_metadata(bytes)?,
                (9, Wire::Bytes(bytes)) => event.what = What::MetaGraph(bytes),
                _ => {}
            }
        }
        Ok(event)
    }
}

/// The number of a file version, as `brain.Event:2` has it.
#[must_use]
pub fn parse_file_version(words: &[u8]) -> Option<f64> {
    let words = std::str::from_utf8(words).ok()?;
    let number = words.rsplit("brain.Event:").next()?.trim();
    number
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
}

#[cold]
fn parse_session(message: &[u8]) -> Result<What<'_>, Malformed> {
    let (mut status, mut message_text) = (0, &[][..]);
    let mut fields = Fields::new(message);
    while let Some((number, wire)) = fields.next()? {
        match (number, wire) {
            (1, Wire::Varint(code)) => status = code as i32,
            (3, Wire::Bytes(bytes)) => message_text = bytes,
            _ => {}
        }
    }
    Ok(What::Session {
        status,
        message: message_text,
    })
}

#[cold]
fn parse_run_metadata(message: &[u8]) -> Result<What<'_>, Malformed> {
    let (mut tag, mut bytes) = ("", &[][..]);
    let mut fields = Fields::new(message);
    while let Some((number, wire)) = fields.next()? {
        match (number, wire) {
            (1, Wire::Bytes(name)) => tag = text(name)?,
            (2, Wire::Bytes(found)) => bytes = found,
            _ => {}
        }
    }
    Ok(What::RunMetadata { tag, bytes })
}

/// The GraphDef inside a MetaGraphDef, if it has one.
///
/// # Errors
/// When the bytes are no MetaGraphDef.
pub fn graph_of_meta_graph(message: &[u8]) -> Result<Option<&[u8]>, Malformed> {
    let mut graph = None;
    let mut fields = Fields::new(message);
    while let Some((number, wire)) = fields.next()? {
        if let (2, Wire::Bytes(bytes)) = (number, wire) {
            graph = Some(bytes);
        }
    }
    Ok(graph)
}

/// The values of a summary, in order.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a>(Fields<'a>);

impl<'a> Values<'a> {
    #[inline]
    #[must_use]
    pub fn new(summary: &'a [u8]) -> Self {
        Self(Fields::new(summary))
    }

    /// The next value's bytes, or None at the end.
    ///
    /// # Errors
    /// When the summary is no message.
    #[inline]
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<&'a [u8]>, Malformed> {
        while let Some((number, wire)) = self.0.next()? {
            if let (1, Wire::Bytes(bytes)) = (number, wire) {
                return Ok(Some(bytes));
            }
        }
        Ok(None)
    }
}

/// One `Summary.Value`.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    pub tag: &'a [u8],
    pub node_name: &'a [u8],
    pub data: Data<'a>,
    /// A serialized `SummaryMetadata`.
    pub metadata: Option<&'a [u8]>,
}

/// The data of a value, by its encoding.
#[derive(Clone, Copy, Debug)]
pub enum Data<'a> {
    Nothing,
    Simple(f32),
    Histogram(&'a [u8]),
    Image(&'a [u8]),
    Audio(&'a [u8]),
    Tensor(Tensor<'a>),
}

impl<'a> Value<'a> {
    /// # Errors
    /// When the bytes are no `Summary.Value`.
    #[inline]
    pub fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut value = Self {
            tag: &[],
            node_name: &[],
            data: Data::Nothing,
            metadata: None,
        };
        let mut fields = Fields::new(message);
        while let Some((number, wire)) = fields.next()? {
            match (number, wire) {
                (1, Wire::Bytes(bytes)) => value.tag = bytes,
                (2, Wire::Fixed32(bits)) => value.data = Data::Simple(f32::from_bits(bits)),
                (4, Wire::Bytes(bytes)) => value.data = Data::Image(bytes),
                (5, Wire::Bytes(bytes)) => value.data = Data::Histogram(bytes),
                (6, Wire::Bytes(bytes)) => value.data = Data::Audio(bytes),
                (7, Wire::Bytes(bytes)) => value.node_name = bytes,
                (8, Wire::Bytes(bytes)) => value.data = Data::Tensor(Tensor::parse(bytes)?),
                (9, Wire::Bytes(bytes)) => value.metadata = Some(bytes),
                _ => {}
            }
        }
        if value.tag.is_empty() {
            value.tag = value.node_name;
        }
        Ok(value)
    }
}

/// # Errors
/// When the bytes are no `SummaryMetadata`.
pub fn parse_metadata(message: &[u8]) -> Result<Metadata, Malformed> {
    let mut metadata = Metadata::default();
    let mut fields = Fields::new(message);
    while let Some((number, wire)) = fields.next()? {
        match (number, wire) {
            (1, Wire::Bytes(bytes)) => {
                let mut plugin = Fields::new(bytes);
                while let Some((number, wire)) = plugin.next()? {
                    match (number, wire) {
                        (1, Wire::Bytes(name)) => text(name)?.clone_into(&mut metadata.plugin),
                        (2, Wire::Bytes(bytes)) => metadata.content = bytes.to_vec(),
                        _ => {}
                    }
                }
            }
            (2, Wire::Bytes(name)) => text(name)?.clone_into(&mut metadata.display_name),
            (3, Wire::Bytes(words)) => text(words)?.clone_into(&mut metadata.description),
            (4, Wire::Varint(code)) => metadata.data_class = code as i32,
            _ => {}
        }
    }
    Ok(metadata)
}

/// Whether a record is an event that can be read in every part.
///
/// # Errors
/// When it is not.
pub fn check_event(record: &[u8]) -> Result<(), Malformed> {
    match Event::parse(record)?.what {
        What::Summary(summary) => check_values(Values::new(summary)),
        What::MetaGraph(bytes) => graph_of_meta_graph(bytes).map(drop),
        _ => Ok(()),
    }
}

/// Whether all values of a summary can be read.
///
/// # Errors
/// When one cannot.
pub fn check_values(mut values: Values<'_>) -> Result<(), Malformed> {
    while let Some(message) = values.next()? {
        let value = Value::parse(message)?;
        Form::of(&value.data)?;
        std::str::from_utf8(value.tag).map_err(|_| Malformed)?;
        parse_metadata(value.metadata.unwrap_or_default())?;
    }
    Ok(())
}

/// How a value is encoded: what decides which kinds it can belong to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    /// A simple value, or a tensor of exactly one number.
    Number {
        value: f64,
        is_tensor: bool,
    },
    Histogram,
    Image,
    Audio,
    Strings,
    Numbers,
    Nothing,
}

impl Form {
    /// # Errors
    /// When a tensor contradicts itself.
    #[inline]
    pub fn of(data: &Data<'_>) -> Result<Self, Malformed> {
        Ok(match data {
            Data::Simple(value) => Self::Number {
                value: f64::from(*value),
                is_tensor: false,
            },
            Data::Tensor(tensor) => match tensor.single_number()? {
                Some(value) => Self::Number {
                    value,
                    is_tensor: true,
                },
                None if tensor.dtype == crate::tensor::Dtype::String => Self::Strings,
                None => Self::Numbers,
            },
            Data::Histogram(_) => Self::Histogram,
            Data::Image(_) => Self::Image,
            Data::Audio(_) => Self::Audio,
            Data::Nothing => Self::Nothing,
        })
    }

    /// One bit per form, to tell afterwards which forms a series was given.
    #[must_use]
    pub fn bit(self) -> u8 {
        match self {
            Self::Number {
                is_tensor: false, ..
            } => 1,
            Self::Number {
                is_tensor: true, ..
            } => 2,
            Self::Histogram => 4,
            Self::Image => 8,
            Self::Audio => 16,
            Self::Strings => 32,
            Self::Numbers => 64,
            Self::Nothing => 128,
        }
    }
}

const SIMPLE: u8 = 1;
const TENSOR_NUMBER: u8 = 2;
const STRINGS: u8 = 32;
const NUMBERS: u8 = 64;
const TENSORS: u8 = TENSOR_NUMBER | STRINGS | NUMBERS;

/// The forms (bits of `Form::bit`) whose values belong to a series of this kind.
#[must_use]
pub fn forms_of(kind: Kind) -> u8 {
    match kind {
        Kind::Scalar => SIMPLE | TENSOR_NUMBER,
        Kind::Histogram => 4 | NUMBERS,
        Kind::Image => 8 | STRINGS,
        Kind::Audio => 16 | STRINGS,
        Kind::Text | Kind::CustomScalars => STRINGS,
        Kind::Tensor | Kind::Graph | Kind::KerasGraph | Kind::RunMetadata => TENSORS,
        Kind::Hparams => 128 | TENSORS,
        Kind::PrCurve | Kind::Mesh => NUMBERS | TENSOR_NUMBER,
    }
}

/// The kind that a tag's first value sets; None when it holds nothing that could be shown.
#[must_use]
pub fn kind_of(form: Form, metadata: Option<&Metadata>) -> Option<Kind> {
    let plugin = metadata.map_or("", |metadata| metadata.plugin.as_str());
    let named = match plugin {
        "scalars" => Some(Kind::Scalar),
        "histograms" => Some(Kind::Histogram),
        "images" => Some(Kind::Image),
        "audio" => Some(Kind::Audio),
        "text" => Some(Kind::Text),
        "pr_curves" => Some(Kind::PrCurve),
        "mesh" => Some(Kind::Mesh),
        "custom_scalars" => Some(Kind::CustomScalars),
        "hparams" => Some(Kind::Hparams),
        "graphs" => Some(Kind::Graph),
        "graph_keras_model" => Some(Kind::KerasGraph),
        "graph_run_metadata" | "graph_run_metadata_graph" | "graph_tagged_run_metadata" => {
            Some(Kind::RunMetadata)
        }
        _ => None,
    };
    if let Some(kind) = named.filter(|&kind| forms_of(kind) & form.bit() != 0) {
        return Some(kind);
    }
    let is_scalar_class = metadata.is_none_or(|metadata| matches!(metadata.data_class, 0 | 1));
    let is_plain = matches!(plugin, "" | "scalars")
        || metadata.is_some_and(|metadata| metadata.data_class == 1);
    match form {
        Form::Number {
            is_tensor: false, ..
        } => Some(Kind::Scalar),
        Form::Number { .. } if is_plain && is_scalar_class => Some(Kind::Scalar),
        Form::Histogram => Some(Kind::Histogram),
        Form::Image => Some(Kind::Image),
        Form::Audio => Some(Kind::Audio),
        Form::Number { .. } | Form::Strings | Form::Numbers => Some(Kind::Tensor),
        Form::Nothing => None,
    }
}

/// The byte strings of a value of any kind but numbers: PNGs, WAVs, texts, a graph, the plugin's content of hparams.
///
/// # Errors
/// When the bytes are no value.
pub fn read_strings(message: &[u8], kind: Kind) -> Result<Vec<Vec<u8>>, Malformed> {
    let value = Value::parse(message)?;
    let content = || -> Result<Vec<u8>, Malformed> {
        Ok(parse_metadata(value.metadata.unwrap_or_default())?.content)
    };
    let one_field = |message: &[u8], wanted: u32| -> Result<Vec<u8>, Malformed> {
        let mut found: &[u8] = &[];
        let mut fields = Fields::new(message);
        while let Some((number, wire)) = fields.next()? {
            match wire {
                Wire::Bytes(bytes) if number == wanted => found = bytes,
                _ => {}
            }
        }
        Ok(found.to_vec())
    };
    Ok(match value.data {
        _ if kind == Kind::Hparams => vec![content()?],
        Data::Image(image) => vec![one_field(image, 4)?],
        Data::Audio(audio) => vec![one_field(audio, 4)?],
        Data::Tensor(tensor) => {
            let strings = tensor.strings()?;
            let skipped = match kind {
                Kind::Image => 2,
                _ => 0,
            };
            let stride = match (kind, tensor.shape()?.as_slice()) {
                (Kind::Audio, &[_, columns]) => usize::try_from(columns).unwrap_or(1).max(1),
                _ => 1,
            };
            strings
                .into_iter()
                .skip(skipped)
                .step_by(stride)
                .map(<[u8]>::to_vec)
                .collect()
        }
        Data::Histogram(_) | Data::Simple(_) | Data::Nothing => Vec::new(),
    })
}

/// Shape and numbers of a value that is a tensor, row by row.
///
/// # Errors
/// When the bytes are no value, when it holds no numbers.
pub fn read_numbers(message: &[u8]) -> Result<(Vec<u64>, Vec<f64>), Malformed> {
    match Value::parse(message)?.data {
        Data::Tensor(tensor) => Ok((tensor.shape()?, tensor.numbers()?)),
        Data::Simple(value) => Ok((Vec::new(), vec![f64::from(value)])),
        _ => Err(Malformed),
    }
}

/// What `field` of a message holds, if it is a plain number; used for the small headers of images and audio.
///
/// # Errors
/// When the bytes are no message.
pub fn varint_field(message: &[u8], field: u32) -> Result<Option<u64>, Malformed> {
    let mut found = None;
    let mut fields = Fields::new(message);
    while let Some((number, wire)) = fields.next()? {
        if let (true, Wire::Varint(value)) = (number == field, wire) {
            found = Some(value);
        }
    }
    Ok(found)
}
