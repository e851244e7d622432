//! Any bytes as the payload of a sound record: parsed, drafted, and every value read back.
#![no_main]

use goodfit_core::mutation::read_every_value;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|payload: &[u8]| read_every_value(payload));
