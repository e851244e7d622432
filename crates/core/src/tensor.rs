//! TensorProto → one number, all numbers, or strings.
//!
//! Numbers stand either in `tensor_content` (little-endian, by dtype) or in one of the typed lists (`float_val`, …);
//! a list shorter than the shape is filled with its last number, and an empty one with zeros.
//! Source: TensorFlow, `tensorflow/core/framework/tensor.proto`, and `make_ndarray` for the filling.

use crate::wire::{each_double, each_float, each_varint, Fields, Malformed, Wire};

/// Numbers that a shorter list may be stretched to.
const MAX_FILLED: usize = 1 << 20;

/// The dtypes we read, by their numbers in `types.proto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtype {
    Float,
    Double,
    Int32,
    UInt8,
    Int16,
    Int8,
    String,
    Int64,
    Bool,
    BFloat16,
    UInt16,
    Half,
    UInt32,
    UInt64,
    /// Complex, quantised, resource and newer kinds: kept on disk, not turned into numbers.
    Other(u64),
}

impl Dtype {
    pub(crate) fn from_code(code: u64) -> Self {
        match code {
            1 => Self::Float,
            2 => Self::Double,
            3 => Self::Int32,
            4 => Self::UInt8,
            5 => Self::Int16,
            6 => Self::Int8,
            7 => Self::String,
            9 => Self::Int64,
            10 => Self::Bool,
            14 => Self::BFloat16,
            17 => Self::UInt16,
            19 => Self::Half,
            22 => Self::UInt32,
            23 => Self::UInt64,
            other => Self::Other(other),
        }
    }

    #[must_use]
    pub fn is_number(self) -> bool {
        !matches!(self, Self::String | Self::Other(_))
    }

    fn size_bytes(self) -> usize {
        match self {
            Self::Double | Self::Int64 | Self::UInt64 => 8,
            Self::Float | Self::Int32 | Self::UInt32 => 4,
            Self::Int16 | Self::BFloat16 | Self::UInt16 | Self::Half => 2,
            Self::UInt8 | Self::Int8 | Self::Bool | Self::String | Self::Other(_) => 1,
        }
    }

    /// One number of `tensor_content`; `bytes` has `size_bytes()` bytes.
    fn number_from_content(self, bytes: &[u8]) -> f64 {
        let mut raw = [0; 8];
        raw[..bytes.len()].copy_from_slice(bytes);
        let bits = u64::from_le_bytes(raw);
        match self {
            Self::Float => f64::from(f32::from_bits(bits as u32)),
            Self::Double => f64::from_bits(bits),
            _ => self.number_from_varint(bits),
        }
    }

    /// One number of an integer-coded list: integers, booleans, and the bits of the 16-bit floats.
    fn number_from_varint(self, bits: u64) -> f64 {
        match self {
            Self::Int32 => f64::from(bits as i32),
            Self::Int16 => f64::from(bits as i16),
            Self::Int8 => f64::from(bits as i8),
            Self::UInt8 => f64::from(bits as u8),
            Self::UInt16 => f64::from(bits as u16),
            Self::UInt32 => f64::from(bits as u32),
            Self::Int64 => bits as i64 as f64,
            Self::UInt64 => bits as f64,
            Self::Bool => f64::from(u8::from(bits != 0)),
            Self::BFloat16 => f64::from(f32::from_bits((bits as u32) << 16)),
            Self::Half => half_to_f64(bits as u16),
            Self::Float | Self::Double | Self::String | Self::Other(_) => f64::NAN,
        }
    }
}

/// IEEE 754 binary16 → binary64, exact.
fn half_to_f64(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let exponent = i32::from((bits >> 10) & 0x1f);
    let fraction = f64::from(bits & 0x3ff);
    let magnitude = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    };
    sign * magnitude
}

/// A TensorProto's parts, borrowed.
#[derive(Clone, Copy, Debug)]
pub struct Tensor<'a> {
    message: &'a [u8],
    pub dtype: Dtype,
    shape: Option<&'a [u8]>,
    content: &'a [u8],
    /// The first number of the dtype's own list.
    first: Option<f64>,
}

impl<'a> Tensor<'a> {
    /// # Errors
    /// When the bytes are no TensorProto.
    #[inline]
    pub fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut tensor = Self {
            message,
            dtype: Dtype::Other(0),
            shape: None,
            content: &[],
            first: None,
        };
        let mut fields = Fields::new(message);
        let mut has_list = false;
        while let Some((number, wire)) = fields.next()? {
            match (number, wire) {
                (1, Wire::Varint(code)) => tensor.dtype = Dtype::from_code(code),
                (2, Wire::Bytes(bytes)) => tensor.shape = Some(bytes),
                (4, Wire::Bytes(bytes)) => tensor.content = bytes,
                (5..=18, _) => has_list = true,
                _ => {}
            }
        }
        // Which list counts is known once the dtype is, which may stand behind it.
        let mut fields = Fields::new(if has_list { message } else { &[] });
        while let Some((number, wire)) = fields.next()? {
            each_number(tensor.dtype, number, wire, |value| {
                tensor.first.get_or_insert(value);
            })?;
        }
        Ok(tensor)
    }

    /// The sizes of the dimensions; no shape means a single number.
    ///
    /// # Errors
    /// When they are not known, or negative.
    pub fn shape(&self) -> Result<Vec<u64>, Malformed> {
        let mut shape = Vec::new();
        let mut fields = Fields::new(self.shape.unwrap_or_default());
        while let Some((number, wire)) = fields.next()? {
            match (number, wire) {
                (2, Wire::Bytes(bytes)) => {
                    let mut size = 0;
                    let mut dimension = Fields::new(bytes);
                    while let Some((number, wire)) = dimension.next()? {
                        if let (1, Wire::Varint(found)) = (number, wire) {
                            size = found;
                        }
                    }
                    if size > i64::MAX as u64 || shape.len() >= 254 {
                        return Err(Malformed);
                    }
                    shape.push(size);
                }
                (3, Wire::Varint(is_unknown)) if is_unknown != 0 => return Err(Malformed),
                _ => {}
            }
        }
        Ok(shape)
    }

    /// The number of elements that the shape asks for.
    ///
    /// # Errors
    /// When the shape is unknown or its product overflows.
    pub fn n_elements(&self) -> Result<u64, Malformed> {
        match self.shape {
            None | Some([]) => Ok(1),
            Some(_) => self
                .shape()?
                .iter()
                .try_fold(1u64, |n, &size| n.checked_mul(size))
                .ok_or(Malformed),
        }
    }

    /// The number of a tensor that holds exactly one, whatever its rank; None for any other tensor.
    ///
    /// # Errors
    /// When shape and content contradict each other.
    #[inline]
    pub fn single_number(&self) -> Result<Option<f64>, Malformed> {
        if !self.dtype.is_number() || self.n_elements()? != 1 {
            return Ok(None);
        }
        if let (Dtype::Float, &[a, b, c, d]) = (self.dtype, self.content) {
            return Ok(Some(f64::from(f32::from_le_bytes([a, b, c, d]))));
        }
        if !self.content.is_empty() {
            if self.content.len() != self.dtype.size_bytes() {
                return Err(Malformed);
            }
            return Ok(Some(self.dtype.number_from_content(self.content)));
        }
        Ok(Some(self.first.unwrap_or(0.0)))
    }

    /// Every number, row by row, as float64 (integers above 2⁵³ are rounded).
    ///
    /// # Errors
    /// When it holds no numbers, when shape and content contradict each other, or when a short list is to fill a shape
    /// of more than 2²⁰ numbers: a few bytes must not claim much memory.
    pub fn numbers(&self) -> Result<Vec<f64>, Malformed> {
        let n = usize::try_from(self.n_elements()?).map_err(|_| Malformed)?;
        if !self.dtype.is_number() {
            return Err(Malformed);
        }
        let size = self.dtype.size_bytes();
        if !self.content.is_empty() {
            if self.content.len() / size != n || self.content.len() % size != 0 {
                return Err(Malformed);
            }
            return Ok(self
                .content
                .chunks_exact(size)
                .map(|bytes| self.dtype.number_from_content(bytes))
                .collect());
        }
        let mut numbers = Vec::new();
        let mut fields = Fields::new(self.message);
        while let Some((number, wire)) = fields.next()? {
            each_number(self.dtype, number, wire, |value| numbers.push(value))?;
        }
        if numbers.len() > n || (numbers.len() < n && n > MAX_FILLED) {
            return Err(Malformed);
        }
        let filler = numbers.last().copied().unwrap_or(0.0);
        numbers.resize(n, filler);
        Ok(numbers)
    }

    /// The byte strings of a string tensor, row by row.
    ///
    /// # Errors
    /// When the bytes are no TensorProto.
    pub fn strings(&self) -> Result<Vec<&'a [u8]>, Malformed> {
        let mut strings = Vec::new();
        let mut fields = Fields::new(self.message);
        while let Some((number, wire)) = fields.next()? {
            if let (8, Wire::Bytes(bytes)) = (number, wire) {
                strings.push(bytes);
            }
        }
        Ok(strings)
    }
}

/// Calls `f` for each number in the list field `number`, if it is the one that `dtype` uses.
fn each_number(
    dtype: Dtype,
    number: u32,
    wire: Wire<'_>,
    mut f: impl FnMut(f64),
) -> Result<(), Malformed> {
    let field_of_dtype = match dtype {
        Dtype::Float => 5,
        Dtype::Double => 6,
        Dtype::Int32 | Dtype::UInt8 | Dtype::Int16 | Dtype::Int8 | Dtype::UInt16 => 7,
        Dtype::Int64 => 10,
        Dtype::Bool => 11,
        Dtype::BFloat16 | Dtype::Half => 13,
        Dtype::UInt32 => 16,
        Dtype::UInt64 => 17,
        Dtype::String | Dtype::Other(_) => return Ok(()),
    };
    if number != field_of_dtype {
        return Ok(());
    }
    match number {
        5 => each_float(wire, |value| f(f64::from(value))),
        6 => each_double(wire, f),
        _ => each_varint(wire, |bits| f(dtype.number_from_varint(bits))),
    }
}

#[cfg(test)]
mod tests {
    use super::{half_to_f64, Tensor};

    /// Values of IEEE 754-2008 binary16, as its Wikipedia page lists them.
    #[test]
    fn halves() {
        for (bits, value) in [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0001, 2f64.powi(-24)),
            (0x3555, 0.333_251_953_125),
        ] {
            assert_eq!(value, half_to_f64(bits));
        }
        assert!(half_to_f64(0x7e00).is_nan());
        assert_eq!(f64::NEG_INFINITY, half_to_f64(0xfc00));
    }

    #[test]
    fn every_encoding_of_one_number() {
        // dtype, then the value in the field that TensorFlow uses for it.
        let cases: [(&[u8], f64); 9] = [
            (&[0x08, 1, 0x22, 4, 0, 0, 0x20, 0x40], 2.5),
            (&[0x08, 1, 0x2d, 0, 0, 0x20, 0x40], 2.5),
            (&[0x08, 1, 0x2a, 4, 0, 0, 0x20, 0x40], 2.5),
            (&[0x08, 2, 0x32, 8, 0, 0, 0, 0, 0, 0, 4, 0x40], 2.5),
            (
                &[
                    0x08, 3, 0x3a, 10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1,
                ],
                -1.0,
            ),
            (&[0x08, 9, 0x50, 7], 7.0),
            (&[0x08, 10, 0x5a, 1, 1], 1.0),
            (&[0x08, 14, 0x6a, 3, 0xa0, 0x80, 0x01], 2.5),
            (
                &[0x08, 19, 0x12, 4, 0x12, 2, 0x08, 1, 0x22, 2, 0, 0x41],
                2.5,
            ),
        ];
        for (bytes, value) in cases {
            assert_eq!(
                Ok(Some(value)),
                Tensor::parse(bytes).and_then(|tensor| tensor.single_number()),
                "{bytes:?}"
            );
        }
    }

    #[test]
    fn one_number_of_a_list_fills_the_shape() {
        let tensor = Tensor::parse(&[0x08, 1, 0x12, 4, 0x12, 2, 0x08, 3, 0x2d, 0, 0, 0x20, 0x40]);
        assert_eq!(Ok(vec![2.5; 3]), tensor.and_then(|tensor| tensor.numbers()));
    }

    #[test]
    fn a_shape_beyond_the_limit_reserves_nothing() {
        let tensor = Tensor::parse(&[0x08, 1, 0x12, 7, 0x12, 5, 0x08, 0xff, 0xff, 0xff, 0x7f]);
        assert!(tensor.and_then(|tensor| tensor.numbers()).is_err());
    }
}
