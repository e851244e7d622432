//! Events → bytes: protobuf fields written straight into a growing buffer, framed as TFRecords.
//!
//! ```text
//! record   u64le length │ u32le masked crc of the length │ payload │ u32le masked crc of the payload
//! payload  Event { 1 wall_time: f64 · 2 step: varint, omitted when 0 · one of
//!                  3 file_version · 4 graph_def · 5 summary · 7 session_log · 8 tagged_run_metadata
//!                  10 source_metadata { 1 writer } }
//! summary  Summary { 1 value* : Value { 1 tag · 2 simple_value: f32 | 8 tensor · 9 metadata } }
//! tensor   TensorProto { 1 dtype · 2 shape { 2 dim { 1 size }* } · 4 tensor_content | 8 string_val* }
//! metadata SummaryMetadata { 1 plugin_data { 1 plugin_name · 2 content } · 2 display_name · 3 description · 4 data_class }
//! ```
//! Sources: TensorFlow, `core/util/event.proto`, `core/framework/summary.proto`, `tensor.proto`, `core/lib/io/record_writer.cc`.
//!
//! Scalars are `simple_value` by default: 49 bytes for a one-letter tag against 69 for TensorFlow 2's tensor with metadata,
//! read by every TensorBoard since the first, and each record tells its kind by itself.
//! Nothing here allocates but by growing the output.

use crate::masked_crc::masked_crc;

/// Wire types of protobuf fields.
const VARINT: u32 = 0;
const FIXED64: u32 = 1;
const BYTES: u32 = 2;
const FIXED32: u32 = 5;

/// `DT_DOUBLE` and `DT_STRING` of `tensorflow/core/framework/types.proto`.
pub const DT_DOUBLE: u32 = 2;
pub const DT_STRING: u32 = 7;

/// `DATA_CLASS_SCALAR`, `_TENSOR`, `_BLOB_SEQUENCE` of `summary.proto`; 0 leaves the field out.
pub const CLASS_SCALAR: u32 = 1;

/// What TensorBoard needs to know of a tag to choose its plugin. Empty fields are not written.
#[derive(Clone, Copy, Default)]
pub struct Metadata<'a> {
    pub plugin: &'a str,
    pub content: &'a [u8],
    pub display_name: &'a str,
    pub description: &'a str,
    /// 0 unknown, 1 scalar, 2 tensor, 3 blob sequence.
    pub data_class: u32,
}

/// The values of a tensor, in one of the two encodings that TensorBoard's writers use.
#[derive(Clone, Copy)]
pub enum Content<'a> {
    /// Little-endian elements in row-major order.
    Bytes(&'a [u8]),
    Strings(&'a [&'a [u8]]),
    /// No tensor at all: the value lives in the metadata, as hparams do.
    None,
}

/// A tensor and its tag.
#[derive(Clone, Copy)]
pub struct TensorValue<'a> {
    pub tag: &'a str,
    /// A number of `types.proto`.
    pub dtype: u32,
    pub shape: &'a [u64],
    pub content: Content<'a>,
    pub metadata: Metadata<'a>,
}

/// Appends one framed record whose payload `write` appends.
pub fn put_record(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; 12]);
    write(out);
    let length = (out.len() - start - 12) as u64;
    let length_bytes = length.to_le_bytes();
    let payload_crc = masked_crc(out.get(start + 12..).unwrap_or_default());
    if let Some(head) = out.get_mut(start..start + 12) {
        head[..8].copy_from_slice(&length_bytes);
        head[8..].copy_from_slice(&masked_crc(&length_bytes).to_le_bytes());
    }
    out.extend_from_slice(&payload_crc.to_le_bytes());
}

/// Appends the first record of every file: the format's version and the writer's name.
pub fn put_version_record(out: &mut Vec<u8>, wall_time: f64, writer: &str) {
    put_record(out, |out| {
        put_event_head(out, wall_time, 0);
        put_bytes(out, 3, b"brain.Event:2");
        if !writer.is_empty() {
            put_message(
                out,
                10,
                writer.len() + 1 + varint_len(writer.len() as u64),
                |out| {
                    put_bytes(out, 1, writer.as_bytes());
                },
            );
        }
    });
}

/// Appends an event that holds `summary`, the bytes of a `Summary`.
pub fn put_summary_record(out: &mut Vec<u8>, wall_time: f64, step: i64, summary: &[u8]) {
    put_record(out, |out| {
        put_event_head(out, wall_time, step);
        put_bytes(out, 5, summary);
    });
}

/// Appends an event whose `what` is the length-delimited `field` (4 graph_def, 7 session_log, 8 tagged_run_metadata, …).
pub fn put_field_record(out: &mut Vec<u8>, wall_time: f64, step: i64, field: u32, bytes: &[u8]) {
    put_record(out, |out| {
        put_event_head(out, wall_time, step);
        put_bytes(out, field, bytes);
    });
}

/// Appends to a `Summary` a scalar as `simple_value`; `value` is rounded to float32, NaN and infinities stay.
#[inline]
pub fn put_simple_value(summary: &mut Vec<u8>, tag: &str, value: f64) {
    put_message(summary, 1, bytes_len(tag.len()) + 5, |out| {
        put_bytes(out, 1, tag.as_bytes());
        put_key(out, 2, FIXED32);
        #[allow(clippy::cast_possible_truncation)]
        out.extend_from_slice(&(value as f32).to_le_bytes());
    });
}

/// Appends to a `Summary` a scalar as a rank-0 double tensor, exact.
pub fn put_double_value(summary: &mut Vec<u8>, tag: &str, value: f64) {
    put_tensor_value(
        summary,
        &TensorValue {
            tag,
            dtype: DT_DOUBLE,
            shape: &[],
            content: Content::Bytes(&value.to_le_bytes()),
            metadata: Metadata {
                plugin: "scalars",
                data_class: CLASS_SCALAR,
                ..Metadata::default()
            },
        },
    );
}

/// Appends to a `Summary` a tensor value.
pub fn put_tensor_value(summary: &mut Vec<u8>, value: &TensorValue) {
    let metadata_len = metadata_len(&value.metadata);
    let tensor_len = match value.content {
        Content::None => None,
        _ => Some(tensor_len(value)),
    };
    let length = bytes_len(value.tag.len())
        + tensor_len.map_or(0, bytes_len)
        + if metadata_len == 0 {
            0
        } else {
            bytes_len(metadata_len)
        };
    put_message(summary, 1, length, |out| {
        put_bytes(out, 1, value.tag.as_bytes());
        if let Some(tensor_len) = tensor_len {
            put_message(out, 8, tensor_len, |out| put_tensor(out, value));
        }
        if metadata_len > 0 {
            put_message(out, 9, metadata_len, |out| {
                put_metadata(out, &value.metadata)
            });
        }
    });
}

fn shape_len(shape: &[u64]) -> usize {
    shape.iter().map(|&size| bytes_len(dim_len(size))).sum()
}

fn dim_len(size: u64) -> usize {
    1 + varint_len(size)
}

fn tensor_len(value: &TensorValue) -> usize {
    let content = match value.content {
        Content::Bytes(bytes) => bytes_len(bytes.len()),
        Content::Strings(strings) => strings.iter().map(|s| bytes_len(s.len())).sum(),
        Content::None => 0,
    };
    1 + varint_len(u64::from(value.dtype)) + bytes_len(shape_len(value.shape)) + content
}

fn put_tensor(out: &mut Vec<u8>, value: &TensorValue) {
    put_varint_field(out, 1, u64::from(value.dtype));
    put_message(out, 2, shape_len(value.shape), |out| {
        for &size in value.shape {
            put_message(out, 2, dim_len(size), |out| put_varint_field(out, 1, size));
        }
    });
    match value.content {
        Content::Bytes(bytes) => put_bytes(out, 4, bytes),
        Content::Strings(strings) => strings.iter().for_each(|s| put_bytes(out, 8, s)),
        Content::None => {}
    }
}

fn plugin_len(metadata: &Metadata) -> usize {
    optional_len(metadata.plugin.len()) + optional_len(metadata.content.len())
}

fn metadata_len(metadata: &Metadata) -> usize {
    let class = if metadata.data_class == 0 { 0 } else { 2 };
    optional_len(plugin_len(metadata))
        + optional_len(metadata.display_name.len())
        + optional_len(metadata.description.len())
        + class
}

fn put_metadata(out: &mut Vec<u8>, metadata: &Metadata) {
    let plugin_len = plugin_len(metadata);
    if plugin_len > 0 {
        put_message(out, 1, plugin_len, |out| {
            put_optional(out, 1, metadata.plugin.as_bytes());
            put_optional(out, 2, metadata.content);
        });
    }
    put_optional(out, 2, metadata.display_name.as_bytes());
    put_optional(out, 3, metadata.description.as_bytes());
    if metadata.data_class != 0 {
        put_varint_field(out, 4, u64::from(metadata.data_class));
    }
}

#[inline]
fn put_event_head(out: &mut Vec<u8>, wall_time: f64, step: i64) {
    put_key(out, 1, FIXED64);
    out.extend_from_slice(&wall_time.to_le_bytes());
    if step != 0 {
        #[allow(clippy::cast_sign_loss)] // int64 goes on the wire as its two's complement
        put_varint_field(out, 2, step as u64);
    }
}

#[inline]
fn put_key(out: &mut Vec<u8>, field: u32, wire_type: u32) {
    put_varint(out, u64::from(field << 3 | wire_type));
}

fn put_varint_field(out: &mut Vec<u8>, field: u32, value: u64) {
    put_key(out, field, VARINT);
    put_varint(out, value);
}

#[inline]
fn put_bytes(out: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    put_key(out, field, BYTES);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn put_optional(out: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    if !bytes.is_empty() {
        put_bytes(out, field, bytes);
    }
}

/// Appends a submessage of a length known beforehand, so that no byte moves twice.
#[inline]
fn put_message(out: &mut Vec<u8>, field: u32, length: usize, write: impl FnOnce(&mut Vec<u8>)) {
    put_key(out, field, BYTES);
    put_varint(out, length as u64);
    let start = out.len();
    write(out);
    debug_assert_eq!(
        out.len() - start,
        length,
        "field {field} is not as long as announced"
    );
}

#[inline]
fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    #[allow(clippy::cast_possible_truncation)] // seven bits at a time
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    #[allow(clippy::cast_possible_truncation)]
    out.push(value as u8);
}

#[inline]
fn varint_len(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

/// Length on the wire of a bytes field with a number below 16: key, length, bytes.
#[inline]
fn bytes_len(length: usize) -> usize {
    1 + varint_len(length as u64) + length
}

fn optional_len(length: usize) -> usize {
    if length == 0 {
        0
    } else {
        bytes_len(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes of a file that tensorflow-cpu 2.21 wrote begin with this record; wall time 2.0 put in place of its own.
    #[test]
    fn version_record_is_as_tensorflow_writes_it() {
        let mut out = Vec::new();
        put_version_record(&mut out, 2.0, "");
        assert_eq!(&out[..12], b"\x18\0\0\0\0\0\0\0\xa3\x7f\x4b\x22");
        assert_eq!(&out[12..36], b"\x09\0\0\0\0\0\0\0\x40\x1a\x0dbrain.Event:2");
        assert_eq!(out.len(), 40);
    }

    /// Worked out by hand: Event{wall_time 1.0, step 300, summary{value{tag "a", simple_value 1.0}}}.
    #[test]
    fn scalar_record_by_hand() {
        let mut summary = Vec::new();
        put_simple_value(&mut summary, "a", 1.0);
        let mut out = Vec::new();
        put_summary_record(&mut out, 1.0, 300, &summary);
        let payload =
            b"\x09\0\0\0\0\0\0\xf0\x3f\x10\xac\x02\x2a\x0a\x0a\x08\x0a\x01a\x15\0\0\x80\x3f";
        assert_eq!(&out[12..out.len() - 4], payload);
        assert_eq!(out[..8], (payload.len() as u64).to_le_bytes());
    }

    /// TensorFlow 2's scalar: `Value{tag "a", tensor{dtype 1, shape {}, tensor_content}, metadata{plugin "scalars", class 1}}`.
    #[test]
    fn tensor_scalar_by_hand() {
        let mut summary = Vec::new();
        let value = TensorValue {
            tag: "a",
            dtype: 1,
            shape: &[],
            content: Content::Bytes(&1f32.to_le_bytes()),
            metadata: Metadata {
                plugin: "scalars",
                data_class: 1,
                ..Metadata::default()
            },
        };
        put_tensor_value(&mut summary, &value);
        let expected =
            b"\x0a\x1e\x0a\x01a\x42\x0a\x08\x01\x12\x00\x22\x04\0\0\x80\x3f\x4a\x0d\x0a\x09\x0a\x07scalars\x20\x01";
        assert_eq!(summary, expected);
    }

    #[test]
    fn negative_step_takes_ten_bytes_as_in_protobuf() {
        let mut out = Vec::new();
        put_event_head(&mut out, 0.0, -1);
        assert_eq!(&out[9..], b"\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
    }

    #[test]
    fn varint_length_agrees_with_what_is_written() {
        for shift in 0..64 {
            for value in [1u64 << shift, (1u64 << shift) - 1, u64::MAX >> shift] {
                let mut out = Vec::new();
                put_varint(&mut out, value);
                assert_eq!(out.len(), varint_len(value), "{value}");
            }
        }
    }
}
