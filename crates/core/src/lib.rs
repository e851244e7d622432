//! Event bytes → records → events → columns, and the loops over every byte or point.
//!
//! This crate owns bytes and columns. It reads no configuration, prints nothing and holds no policy:
//! which files to read and what to show is decided in Python. It never names Python (see `crates/py`).

pub mod archive;
pub mod batch;
mod booking;
pub mod branch;
pub mod cache;
mod cell;
pub mod chunk;
pub mod collector;
pub mod columns;
pub mod density;
pub mod differences;
pub mod encode;
pub mod engine;
pub mod event;
pub mod event_file;
mod event_queue;
mod event_sink;
pub mod event_writer;
pub mod folders;
pub mod follow;
pub mod framing;
pub mod histogram;
mod local;
mod locals;
mod lock;
pub mod masked_crc;
mod merging;
pub mod mutation;
pub mod natural;
pub mod packing;
pub mod reduce;
pub mod repair;
pub mod report;
pub mod restart;
pub mod scripted_reader;
pub mod slice;
pub mod smooth;
pub mod source;
pub mod stats;
pub mod table;
mod taker;
pub mod template;
pub mod tensor;
pub mod types;
mod waiting;
pub mod watch;
pub mod wire;
pub mod x_axis;
