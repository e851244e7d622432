//! A repaired file has no damage, and repairing it again changes nothing.
#![no_main]

use goodfit_core::mutation::assert_repair_is_clean;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| assert_repair_is_clean(bytes));
