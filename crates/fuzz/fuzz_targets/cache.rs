//! Any bytes as the body of a cache: unpacked or refused, and what was unpacked can be looked at in every way.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| goodfit_core::mutation::look_at_cache(data));
