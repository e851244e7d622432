//! Protobuf's wire format: bytes → (field number, value), borrowed and without a schema.
//!
//! Source: <https://protobuf.dev/programming-guides/encoding/>. Groups (wire types 3 and 4) are passed over: no message
//! of an event file has them, and what a reader does not know it must skip.

/// Groups inside one another; the limit of protobuf's own readers.
const MAX_GROUPS: usize = 100;

/// Bytes that are no protobuf message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// One field's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wire<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32(u32),
}

/// The text of a string field.
///
/// # Errors
/// When it is no UTF-8.
pub fn text(bytes: &[u8]) -> Result<&str, Malformed> {
    std::str::from_utf8(bytes).map_err(|_| Malformed)
}

/// The fields of one message, in the order of the bytes.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    #[inline]
    #[must_use]
    pub fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    #[must_use]
    pub fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Where the next field begins, counted from the start of `outer`, which holds this message; None if it does not.
    #[must_use]
    pub fn offset_in(&self, outer: &[u8]) -> Option<usize> {
        let offset = (self.rest.as_ptr() as usize).checked_sub(outer.as_ptr() as usize)?;
        (offset <= outer.len()).then_some(offset)
    }

    /// The next field, or None at the end.
    ///
    /// # Errors
    /// When the bytes are no field; nothing more can be read then.
    #[inline]
    #[allow(clippy::should_implement_trait)] // an iterator of results would cost a branch per field
    pub fn next(&mut self) -> Result<Option<(u32, Wire<'a>)>, Malformed> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (number, kind) = self.read_key()?;
        let wire = match kind {
            0 => Wire::Varint(self.read_varint()?),
            1 => Wire::Fixed64(u64::from_le_bytes(self.take_array()?)),
            2 => {
                let length = self.read_varint()?;
                let length = usize::try_from(length).map_err(|_| Malformed)?;
                let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Malformed)?;
                self.rest = rest;
                Wire::Bytes(bytes)
            }
            5 => Wire::Fixed32(u32::from_le_bytes(self.take_array()?)),
            3 => {
                self.skip_group(number)?;
                return self.next();
            }
            _ => return Err(Malformed),
        };
        Ok(Some((number, wire)))
    }

    #[inline]
    fn read_key(&mut self) -> Result<(u32, u64), Malformed> {
        let key = self.read_varint()?;
        match u32::try_from(key >> 3) {
            Ok(number) if number != 0 => Ok((number, key & 7)),
            _ => Err(Malformed),
        }
    }

    /// Passes over the rest of a group whose start was read.
    #[cold]
    fn skip_group(&mut self, number: u32) -> Result<(), Malformed> {
        let mut open = vec![number];
        while let Some(&innermost) = open.last() {
            let (number, kind) = self.read_key()?;
            match kind {
                0 => drop(self.read_varint()?),
                1 => drop(self.take_array::<8>()?),
                2 => {
                    let length = usize::try_from(self.read_varint()?).map_err(|_| Malformed)?;
                    self.rest = self.rest.get(length..).ok_or(Malformed)?;
                }
                3 if open.len() < MAX_GROUPS => open.push(number),
                4 if number == innermost => drop(open.pop()),
                5 => drop(self.take_array::<4>()?),
                _ => return Err(Malformed),
            }
        }
        Ok(())
    }

    #[inline]
    fn take_array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (array, rest) = self.rest.split_first_chunk::<N>().ok_or(Malformed)?;
        self.rest = rest;
        Ok(*array)
    }

    #[inline]
    fn read_varint(&mut self) -> Result<u64, Malformed> {
        match self.rest {
            [first, rest @ ..] if *first < 0x80 => {
                self.rest = rest;
                Ok(u64::from(*first))
            }
            _ => self.read_long_varint(),
        }
    }

    #[inline]
    fn read_long_varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0;
        for (at, &byte) in self.rest.iter().enumerate().take(10) {
            // The tenth byte holds the topmost bit; what is above falls off, as in the reference implementation.
            value |= u64::from(byte & 0x7f) << (7 * at);
            if byte < 0x80 {
                self.rest = &self.rest[at + 1..];
                return Ok(value);
            }
        }
        Err(Malformed)
    }
}

/// Calls `f` for each number of a repeated varint field, packed or not.
///
/// # Errors
/// When the bytes are no varints.
pub fn each_varint(wire: Wire<'_>, mut f: impl FnMut(u64)) -> Result<(), Malformed> {
    match wire {
        Wire::Varint(value) => f(value),
        Wire::Bytes(bytes) => {
            let mut packed = Fields::new(bytes);
            while !packed.rest.is_empty() {
                f(packed.read_varint()?);
            }
        }
        _ => {} // another wire type: no number of this field
    }
    Ok(())
}

/// Calls `f` for each number of a repeated float field, packed or not.
///
/// # Errors
/// When the bytes are no floats.
pub fn each_float(wire: Wire<'_>, mut f: impl FnMut(f32)) -> Result<(), Malformed> {
    match wire {
        Wire::Fixed32(bits) => f(f32::from_bits(bits)),
        Wire::Bytes(bytes) => {
            let mut packed = Fields::new(bytes);
            while !packed.rest.is_empty() {
                f(f32::from_le_bytes(packed.take_array()?));
            }
        }
        _ => {} // another wire type: no number of this field
    }
    Ok(())
}

/// Calls `f` for each number of a repeated double field, packed or not.
///
/// # Errors
/// When the bytes are no doubles.
pub fn each_double(wire: Wire<'_>, mut f: impl FnMut(f64)) -> Result<(), Malformed> {
    match wire {
        Wire::Fixed64(bits) => f(f64::from_bits(bits)),
        Wire::Bytes(bytes) => {
            let mut packed = Fields::new(bytes);
            while !packed.rest.is_empty() {
                f(f64::from_le_bytes(packed.take_array()?));
            }
        }
        _ => {} // another wire type: no number of this field
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Fields, Malformed, Wire};

    /// The example of the format's own documentation: field 1, varint 150.
    #[test]
    fn field_1_of_150() {
        let mut fields = Fields::new(&[0x08, 0x96, 0x01]);
        assert_eq!(Ok(Some((1, Wire::Varint(150)))), fields.next());
        assert_eq!(Ok(None), fields.next());
    }

    #[test]
    fn minus_one_has_ten_bytes() {
        let mut fields = Fields::new(&[
            0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
        ]);
        assert_eq!(Ok(Some((2, Wire::Varint(u64::MAX)))), fields.next());
    }

    /// Field 2 of 7 behind a group of number 1 that holds one of each wire type and a group.
    #[test]
    fn groups_are_passed_over() {
        let mut fields = Fields::new(&[
            0x0b, 0x08, 1, 0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, 1, 9, 0x1b, 0x1c, 0x25, 0, 0, 0, 0,
            0x0c, 0x10, 7,
        ]);
        assert_eq!(Ok(Some((2, Wire::Varint(7)))), fields.next());
        assert_eq!(Ok(None), fields.next());
        let deep = [vec![0x0b; 101], vec![0x0c; 101]].concat();
        assert_eq!(Err(Malformed), Fields::new(&deep).next());
        assert_eq!(Err(Malformed), Fields::new(&[0x0b, 0x14]).next());
        assert_eq!(Err(Malformed), Fields::new(&[0x0c]).next());
    }

    #[test]
    fn eleven_byte_varints_open_groups_field_zero_and_short_lengths_are_malformed() {
        for bytes in [
            &[
                0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
            ][..],
            &[0x0b],
            &[0x00, 0x00],
            &[0x0a, 5, 1],
        ] {
            assert_eq!(Err(Malformed), Fields::new(bytes).next());
        }
    }
}
