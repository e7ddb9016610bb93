//! Handlers of `wasi_snapshot_preview1`.
//!
//! Emscripten's programs import a few of these for their own descriptors, which
//! are the host's. Programs of WASI proper have descriptors of their own, of
//! which 3 and 4 are the root and the working directory; see [`descriptors`].

pub(crate) mod clock;
pub(crate) mod descriptors;
pub(crate) mod directories;
pub(crate) mod files;
pub(crate) mod paths;
pub(crate) mod poll;
pub(crate) mod process;
pub(crate) mod sockets;
pub(crate) mod types;
