//! Event bytes → records → events → columns, and the loops over every byte or point.
//!
//! This crate owns bytes and columns. It reads no configuration, prints nothing and holds no policy:
//! which files to read and what to show is decided in Python. It never names Python (see `crates/py`).

pub mod encode;
pub mod event_writer;
pub mod masked_crc;
