//! The device `/dev/wasmjit` of the kernel module.
//!
//! [`abi`] is its interface, which the module itself uses too; `RemoteEngine` is
//! an engine whose code runs there, and `Context` runs
//! modules that are linked with each other there.
#![cfg_attr(not(feature = "client"), no_std)]

pub mod abi;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
mod linked;
#[cfg(feature = "client")]
mod remote;

#[cfg(feature = "client")]
pub use client::{Device, DeviceError, Made};
#[cfg(feature = "client")]
pub use linked::{Context, End, Reservation};
#[cfg(feature = "client")]
pub use remote::{Answer, Calls, RemoteCode, RemoteEngine};
