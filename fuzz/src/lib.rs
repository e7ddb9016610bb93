//! Fuzzing of wasmjit without special tools: drivers that run on stable Rust,
//! and whose every case follows from a seed and a number.
//!
//! - `mutate` gives damaged files to everything that reads files.
//! - `differential` runs generated modules in wasmjit and in another engine, and
//!   compares all that can be observed.

#[cfg(feature = "differential")]
pub mod differential;
pub mod extremes;
pub mod inputs;
pub mod leb;
pub mod memory;
pub mod mutation;
pub mod operators;
pub mod platform;
pub mod progress;
pub mod rng;
pub mod seeds;
pub mod smith;
pub mod supervise;
pub mod targets;
pub mod trees;
