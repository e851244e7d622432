//! The cut test: a file read as it grows reads like the whole, wherever the cuts lie, sound or damaged.
#![allow(clippy::unwrap_used)]

mod common;

use common::{golden_files, read_in_steps, read_whole, record, scalar_event};

fn assert_every_split_reads_like_the_whole(
    name: &str,
    bytes: &[u8],
    cuts: impl Iterator<Item = usize>,
) {
    let whole = read_whole(bytes);
    for cut in cuts {
        assert_eq!(
            whole,
            read_in_steps(bytes, &[cut, bytes.len()], usize::MAX),
            "{name} cut at {cut}"
        );
    }
}

/// Sound records, then one damage of each kind between others, then a torn tail.
pub fn damaged_file() -> Vec<u8> {
    let mut bytes = record(&scalar_event(0, "loss", 1.0));
    let mut bad_length = record(&scalar_event(1, "loss", 2.0));
    bad_length[9] ^= 0x40;
    let mut bad_data = record(&scalar_event(2, "loss", 3.0));
    bad_data[20] ^= 1;
    let giant = [
        &(1u64 << 60).to_le_bytes()[..],
        &goodfit_core::masked_crc::masked_crc(&(1u64 << 60).to_le_bytes()).to_le_bytes(),
    ]
    .concat();
    for damage in [
        bad_length,
        bad_data,
        giant,
        record(b"\x07no event"),
        vec![0; 100],
    ] {
        bytes.extend(damage);
        bytes.extend(record(&scalar_event(5, "loss", 4.0)));
    }
    // A writer that died inside a record, and another that appended.
    bytes.extend(&record(&scalar_event(6, "other", 5.0))[..30]);
    bytes.extend(record(&scalar_event(7, "loss", 6.0)));
    bytes.extend(record(&scalar_event(8, "loss", 7.0)));
    bytes.extend(&record(&scalar_event(9, "loss", 8.0))[..33]);
    bytes
}

#[test]
fn every_split_of_small_golden_files() {
    let small = golden_files()
        .into_iter()
        .filter(|(_, bytes)| bytes.len() < 2000);
    let mut n_files = 0;
    for (name, bytes) in small {
        assert_every_split_reads_like_the_whole(&name, &bytes, 0..=bytes.len());
        n_files += 1;
    }
    assert!(n_files >= 10, "only {n_files} golden files found");
}

#[test]
fn large_golden_files_split_at_many_places_and_read_in_short_pieces() {
    for (name, bytes) in golden_files() {
        assert_every_split_reads_like_the_whole(
            &name,
            &bytes,
            (0..bytes.len()).step_by(bytes.len() / 60 + 1),
        );
        assert_eq!(
            read_whole(&bytes),
            read_in_steps(&bytes, &[bytes.len()], 1000),
            "{name}"
        );
    }
}

#[test]
fn every_split_of_a_damaged_file() {
    let bytes = damaged_file();
    assert_every_split_reads_like_the_whole("damaged", &bytes, 0..=bytes.len());
}

#[test]
fn growing_byte_by_byte() {
    let bytes = damaged_file();
    let sizes: Vec<usize> = (0..=bytes.len()).collect();
    assert_eq!(read_whole(&bytes), read_in_steps(&bytes, &sizes, 7));
}

/// What is read of a front part is a front part of what is read of the whole.
#[test]
fn every_prefix_gives_a_prefix_of_the_points() {
    let bytes = damaged_file();
    let whole = read_whole(&bytes);
    let loss = &whole.series["loss"].1;
    for cut in 0..bytes.len() {
        let part = read_in_steps(&bytes, &[cut], usize::MAX);
        let points = part.series.get("loss").map_or(&[][..], |series| &series.1);
        assert_eq!(points, &loss[..points.len()], "cut at {cut}");
    }
}

#[test]
fn golden_files_are_sound() {
    for (name, bytes) in golden_files() {
        let state = read_whole(&bytes);
        assert!(
            state.issues.is_empty() && state.n_records > 1,
            "{name}: {:?}",
            state.issues
        );
        assert_eq!(bytes.len() as u64, state.position.offset);
    }
}
