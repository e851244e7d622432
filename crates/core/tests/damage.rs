//! Damage is passed, placed to the byte, and nothing sound is lost.
#![allow(clippy::unwrap_used)]

mod common;

use common::{read_in_steps, read_whole, record, scalar_event, State};
use goodfit_core::masked_crc::masked_crc;
use goodfit_core::types::Damage;

fn steps(state: &State) -> Vec<i64> {
    state.series.get("loss").map_or_else(Vec::new, |series| {
        series.1.iter().map(|point| point.0).collect()
    })
}

fn damage(state: &State) -> Vec<(Damage, u64, u64)> {
    state
        .issues
        .iter()
        .map(|issue| (issue.damage, issue.offset, issue.skipped_bytes))
        .collect()
}

/// Three records; the middle one is changed by `spoil`. All have 49 bytes: 16 + 9 + 2 + 2 + 2 + (2 + 4 + 5 + 5) + 2.
fn spoiled(spoil: impl Fn(&mut Vec<u8>)) -> (Vec<u8>, u64) {
    let mut middle = record(&scalar_event(1, "loss", 2.0));
    let n = middle.len() as u64;
    spoil(&mut middle);
    (
        [
            record(&scalar_event(0, "loss", 1.0)),
            middle,
            record(&scalar_event(2, "loss", 3.0)),
        ]
        .concat(),
        n,
    )
}

#[test]
fn a_bad_length_checksum_costs_one_record() {
    let (bytes, n) = spoiled(|record| record[8] ^= 1);
    let state = read_whole(&bytes);
    assert_eq!(vec![0, 2], steps(&state));
    assert_eq!(vec![(Damage::BadLengthCrc, n, n)], damage(&state));
}

#[test]
fn a_bad_data_checksum_costs_one_record() {
    let (bytes, n) = spoiled(|record| record[20] ^= 1);
    let state = read_whole(&bytes);
    assert_eq!(vec![0, 2], steps(&state));
    assert_eq!(vec![(Damage::BadDataCrc, n, n)], damage(&state));
}

#[test]
fn bytes_cut_out_of_a_record_cost_that_record() {
    let (bytes, n) = spoiled(|record| drop(record.drain(20..30)));
    let state = read_whole(&bytes);
    assert_eq!(vec![0, 2], steps(&state));
    assert_eq!(vec![(Damage::BadDataCrc, n, n - 10)], damage(&state));
}

#[test]
fn bytes_put_between_records_cost_nothing_else() {
    let (bytes, n) = spoiled(|record| record.extend(b"some line that a wrong program wrote\n"));
    let state = read_whole(&bytes);
    assert_eq!(vec![0, 1, 2], steps(&state));
    assert_eq!(vec![(Damage::BadLengthCrc, 2 * n, 37)], damage(&state));
}

#[test]
fn a_record_that_claims_2_to_the_60_bytes_reserves_nothing() {
    let header = (1u64 << 60).to_le_bytes();
    let (bytes, n) =
        spoiled(|record| *record = [&header[..], &masked_crc(&header).to_le_bytes()].concat());
    let state = read_whole(&bytes);
    assert_eq!(vec![0, 2], steps(&state));
    assert_eq!(vec![(Damage::GiantLength, n, 12)], damage(&state));
}

/// Two gigabytes are possible in a protobuf, but not in this file: it may still grow.
#[test]
fn a_claim_beyond_the_end_waits() {
    let header = (1u64 << 30).to_le_bytes();
    let bytes = [
        record(&scalar_event(0, "loss", 1.0)),
        [&header[..], &masked_crc(&header).to_le_bytes(), b"abc"].concat(),
    ]
    .concat();
    let state = read_whole(&bytes);
    assert_eq!(vec![0], steps(&state));
    assert_eq!(
        vec![(Damage::TornTail, bytes.len() as u64 - 15, 15)],
        damage(&state)
    );
}

#[test]
fn an_undecodable_payload_costs_one_record() {
    let (bytes, n) = spoiled(|bytes| *bytes = record(b"\xff\xff\xff"));
    let state = read_whole(&bytes);
    assert_eq!(vec![0, 2], steps(&state));
    assert_eq!(vec![(Damage::Undecodable, n, 19)], damage(&state));
    assert_eq!(3, state.n_records);
}

#[test]
fn a_torn_tail_waits_and_its_issue_goes_when_it_is_whole() {
    let bytes = [
        record(&scalar_event(0, "loss", 1.0)),
        record(&scalar_event(1, "loss", 2.0)),
    ]
    .concat();
    let n = bytes.len() / 2;
    for cut in n + 1..bytes.len() {
        let torn = read_in_steps(&bytes, &[cut], usize::MAX);
        assert_eq!(
            vec![(Damage::TornTail, n as u64, (cut - n) as u64)],
            damage(&torn)
        );
        let whole = read_in_steps(&bytes, &[cut, bytes.len()], usize::MAX);
        assert_eq!((vec![0, 1], vec![]), (steps(&whole), damage(&whole)));
    }
}

/// The system may show a file's new size before its new bytes (NFS, a crash with delayed allocation).
#[test]
fn a_bad_last_record_is_looked_at_again_when_the_file_grows() {
    let good = [
        record(&scalar_event(0, "loss", 1.0)),
        record(&scalar_event(1, "loss", 2.0)),
    ]
    .concat();
    let mut bad = good.clone();
    *bad.last_mut().unwrap() ^= 1;
    let n = good.len() as u64 / 2;
    assert_eq!(vec![(Damage::BadDataCrc, n, n)], damage(&read_whole(&bad)));
    let longer = [&bad[..], &record(&scalar_event(2, "loss", 3.0))].concat();
    assert_eq!(
        vec![0, 2],
        steps(&read_in_steps(
            &longer,
            &[bad.len(), longer.len()],
            usize::MAX
        ))
    );
}

#[test]
fn a_writer_that_died_and_another_that_appended_lose_only_the_torn_record() {
    let torn = &record(&scalar_event(1, "loss", 2.0))[..30];
    let bytes = [
        &record(&scalar_event(0, "loss", 1.0)),
        torn,
        &record(&scalar_event(2, "loss", 3.0)),
        &record(&scalar_event(3, "loss", 4.0)),
    ]
    .concat();
    assert_eq!(vec![0, 2, 3], steps(&read_whole(&bytes)));
}

#[test]
fn a_hole_of_zeros_is_one_issue() {
    for n_zeros in [1, 7, 8, 11, 12, 13, 63, 64, 65, 1000, 5_000_000] {
        let (bytes, n) = spoiled(|record| record.extend(vec![0; n_zeros]));
        let state = read_whole(&bytes);
        assert_eq!(vec![0, 1, 2], steps(&state), "{n_zeros} zeros");
        assert_eq!(
            vec![(Damage::BadLengthCrc, 2 * n, n_zeros as u64)],
            damage(&state)
        );
    }
}

/// Payloads of 256·k bytes have headers that begin with zeros: a run of zeros before them must not swallow them.
#[test]
fn a_header_that_begins_with_zeros_is_found_behind_zeros() {
    for length in [256, 65_536, 1 << 24] {
        // Field 15 is unknown to an event, so any bytes will do there.
        let filler = vec![0x7a, 0, 0, 0, 0];
        let mut payload = filler;
        let n = length - 5;
        payload[1..5].copy_from_slice(&[
            (n & 0x7f) as u8 | 0x80,
            (n >> 7 & 0x7f) as u8 | 0x80,
            (n >> 14 & 0x7f) as u8 | 0x80,
            (n >> 21) as u8,
        ]);
        payload.resize(length, 1);
        let bytes = [
            record(&scalar_event(0, "loss", 1.0)),
            vec![0; 200],
            record(&payload),
        ]
        .concat();
        let state = read_whole(&bytes);
        assert_eq!(2, state.n_records, "{length}");
        assert_eq!(1, state.issues.len());
    }
}

#[test]
fn a_file_of_something_else_is_given_up_after_16_mib() {
    let mut noise = vec![0u8; 20 << 20];
    let mut state = 1u32;
    for byte in &mut noise {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = (state >> 24) as u8;
    }
    let state = read_whole(&noise);
    assert_eq!(vec![(Damage::NotEvents, 0, 20 << 20)], damage(&state));
    assert!(state.position.is_hopeless && state.position.offset <= (16 << 20) + (1 << 20));
    assert_eq!(0, read_whole(b"").n_records);
    assert_eq!(
        vec![(Damage::TornTail, 0, 5)],
        damage(&read_whole(b"hello"))
    );
    assert_eq!(
        vec![(Damage::BadLengthCrc, 0, 30)],
        damage(&read_whole(b"this is not an event file, no."))
    );
}

#[test]
fn nan_wall_time_keeps_the_point() {
    let (bytes, n) = spoiled(|bytes| {
        let mut event = scalar_event(1, "loss", 2.0);
        event[1..9].copy_from_slice(&f64::NAN.to_le_bytes());
        *bytes = record(&event);
    });
    let state = read_whole(&bytes);
    assert_eq!(vec![0, 1, 2], steps(&state));
    assert_eq!(vec![(Damage::NanWallTime, n, 0)], damage(&state));
}

#[test]
fn a_file_of_nothing_but_damage_lists_a_thousand_and_counts_the_rest() {
    let bytes = record(b"\xff").repeat(1500);
    let state = read_whole(&bytes);
    assert_eq!((1000, 1500), (state.issues.len(), state.n_records));
}
