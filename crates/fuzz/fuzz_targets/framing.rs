//! Any bytes, read whole and cut at a place that they choose themselves, give the same frames.
#![no_main]

use goodfit_core::mutation::assert_cut_reads_like_the_whole;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((&cut, bytes)) = input.split_first() else { return };
    assert_cut_reads_like_the_whole(bytes, bytes.len() * usize::from(cut) / 255);
});
