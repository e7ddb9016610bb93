//! Handlers of what Emscripten's programs import from `env`, by topic.
//!
//! Names follow the system calls; the table says which import each serves.

pub(crate) mod clock;
pub(crate) mod console;
pub(crate) mod descriptors;
pub(crate) mod directories;
pub(crate) mod epoll;
pub(crate) mod exceptions;
pub(crate) mod exec;
pub(crate) mod exit;
pub(crate) mod extra;
pub(crate) mod files;
pub(crate) mod fork;
pub(crate) mod identity;
pub(crate) mod invoke;
pub(crate) mod ioctl;
pub(crate) mod ipc;
pub(crate) mod legacy;
pub(crate) mod limits;
pub(crate) mod linker;
pub(crate) mod local_time;
pub(crate) mod mapping;
pub(crate) mod memory;
pub(crate) mod messages;
pub(crate) mod metadata;
pub(crate) mod names;
pub(crate) mod poll;
pub(crate) mod queues;
pub(crate) mod scheduling;
pub(crate) mod signals;
pub(crate) mod socket_options;
pub(crate) mod sockets;
pub(crate) mod threads;
pub(crate) mod timers;
pub(crate) mod wait;
