//! The masked CRC-32C that TFRecord framing puts behind each length and each payload.
//!
//! `masked = rotate_right(crc32c(bytes), 15) + 0xa282ead8`, so that a checksum stored inside
//! checksummed data does not spoil it. Source: TensorFlow, `tensorflow/core/lib/hash/crc32c.h`.

/// Added after the rotation; the constant is part of the file format.
const MASK_DELTA: u32 = 0xa282_ead8;

/// The masked checksum of `bytes`, as stored little-endian in an event file.
#[inline]
#[must_use]
pub fn masked_crc(bytes: &[u8]) -> u32 {
    mask(crc32c::crc32c(bytes))
}

/// Masks a plain CRC-32C.
#[inline]
#[must_use]
pub fn mask(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(MASK_DELTA)
}

#[cfg(test)]
mod tests {
    use super::masked_crc;

    /// The header of the first record of any TensorFlow file: length 24, then these four bytes.
    #[test]
    fn length_24_has_the_checksum_that_tensorflow_writes() {
        assert_eq!(masked_crc(&24u64.to_le_bytes()), 0x224b_7fa3);
    }

    /// RFC 3720, B.4: 32 bytes of zeros have CRC-32C 0x8a9136aa.
    #[test]
    fn plain_checksum_is_castagnoli() {
        assert_eq!(crc32c::crc32c(&[0; 32]), 0x8a91_36aa);
    }
}
