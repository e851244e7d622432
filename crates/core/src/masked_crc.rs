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
    mask(crc(bytes))
}

/// Longer inputs are worth the three parallel streams of the `crc32c` crate.
#[cfg(target_arch = "x86_64")]
const SHORT_BYTES: usize = 512;

/// CRC-32C of `bytes`. Most records have 40 to 100 bytes at any alignment, where the crate goes byte by byte at both
/// ends: 60 bytes took it 14 ns, and take 7 ns here (bench/load).
#[inline]
fn crc(bytes: &[u8]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    if bytes.len() <= SHORT_BYTES && std::arch::is_x86_feature_detected!("sse4.2") {
        // SAFETY: the processor has the instruction, as just asked.
        return unsafe { short_crc(bytes) };
    }
    crc32c::crc32c(bytes)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse4.2")]
unsafe fn short_crc(bytes: &[u8]) -> u32 {
    use std::arch::x86_64::{_mm_crc32_u32, _mm_crc32_u64, _mm_crc32_u8};
    let mut crc = u64::from(u32::MAX);
    let (words, mut rest) = split_words(bytes);
    for word in words {
        crc = _mm_crc32_u64(crc, u64::from_le_bytes(word));
    }
    let mut crc = crc as u32;
    if let Some((four, after)) = rest.split_first_chunk::<4>() {
        crc = _mm_crc32_u32(crc, u32::from_le_bytes(*four));
        rest = after;
    }
    for &byte in rest {
        crc = _mm_crc32_u8(crc, byte);
    }
    !crc
}

/// The whole 8-byte words of `bytes`, and what is left.
#[cfg(target_arch = "x86_64")]
#[inline]
fn split_words(bytes: &[u8]) -> (impl Iterator<Item = [u8; 8]> + '_, &[u8]) {
    let words = bytes.chunks_exact(8);
    let rest = words.remainder();
    let to_array = |word: &[u8]| {
        let mut array = [0; 8];
        array.copy_from_slice(word);
        array
    };
    (words.map(to_array), rest)
}

/// Masks a plain CRC-32C.
#[inline]
#[must_use]
pub fn mask(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(MASK_DELTA)
}

#[cfg(test)]
mod tests {
    use super::{crc, masked_crc};

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

    #[test]
    fn every_length_and_alignment_agrees_with_the_crate() {
        let bytes: Vec<u8> = (0..700u32).map(|i| (i * 37 + i / 256) as u8).collect();
        for start in 0..9 {
            for end in start..bytes.len() {
                assert_eq!(crc32c::crc32c(&bytes[start..end]), crc(&bytes[start..end]));
            }
        }
    }
}
