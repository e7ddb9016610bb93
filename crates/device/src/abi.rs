//! The structures and numbers of `kernel/wasmjit.h`, which documents them.

/// [`Info::version`] of this interface.
pub const VERSION: u32 = 4;

/// Declares a structure whose every bit pattern is valid and which has no
/// padding.
macro_rules! structures {
    ($($(#[doc = $doc:expr])* $name:ident { $($field:ident: $ty:ty,)* })*) => {
        $(
            $(#[doc = $doc])*
            #[derive(Debug, Clone, Copy, Default)]
            #[repr(C)]
            #[allow(missing_docs)]
            pub struct $name { $(pub $field: $ty,)* }

            const _: () = assert!(size_of::<$name>() == 0 $(+ size_of::<$ty>())*);

            // SAFETY: numbers only, and no padding, as was just asserted.
            unsafe impl Plain for $name {}
        )*
    };
}

/// Types whose bytes may be copied from and to another process as they are.
///
/// # Safety
/// Every bit pattern must be a value, and there must be no padding.
pub unsafe trait Plain: Copy {}

// SAFETY: a number.
unsafe impl Plain for u8 {}
// SAFETY: a number.
unsafe impl Plain for u64 {}

structures! {
    /// `struct wasmjit_value`
    Value { low: u64, high: u64, }
    /// `struct wasmjit_info`
    Info {
        size: u32, version: u32, code_bytes: u64, code_used: u64, contexts: u64,
        runs: u64, faults: u64, traps: u64, heap_bytes: u64,
        cache_entries: u64, cache_bytes: u64,
    }
    /// `struct wasmjit_load`
    Load {
        size: u32, flags: u32, module: u64, module_bytes: u64, stack_bytes: u64,
        message: u64, message_bytes: u64, code_bytes: u64, module_number: u32, cached: u32,
    }
    /// `struct wasmjit_memory`
    Memory { base: u64, length: u64, }
    /// `struct wasmjit_import`
    Import { instance: u32, export: u32, }
    /// `struct wasmjit_instantiate`
    Instantiate {
        size: u32, memory_count: u32, memories: u64, message: u64, message_bytes: u64,
        module: u32, import_count: u32, imports: u64, instance: u32, reason: u32,
        trap: u32, reserved: u32,
    }
    /// `struct wasmjit_frame`
    Frame { function: u32, offset: u32, }
    /// `struct wasmjit_run`
    Run {
        size: u32, command: u32, function: u32, value_count: u32, values: u64,
        memory_lengths: u64, memory_count: u32, frame_count: u32, frames: u64,
        result: u64, reason: u32, import: u32, trap: u32, depth: u32,
        argument: [u64; 2], instance: u32, wait_bytes: u32, wait_timeout: u64,
    }
}

/// [`Load::flags`]: all calls exit.
pub const EXIT_FOR_CALLS: u32 = 1;
/// [`Load::flags`]: the program's `time_t` has 64 bits.
pub const TIME64: u32 = 2;

/// [`Run::command`]: calls a function.
pub const CALL: u32 = 1;
/// [`Run::command`]: goes on after an exit.
pub const CONTINUE: u32 = 2;
/// [`Run::command`]: ends the call that has exited.
pub const UNWIND: u32 = 3;

/// [`Run::reason`]: the call returned.
pub const RETURNED: u32 = 1;
/// [`Run::reason`]: the call was ended.
pub const UNWOUND: u32 = 2;
/// [`Run::reason`]: the call trapped.
pub const TRAPPED: u32 = 3;
/// [`Run::reason`]: an import is called.
pub const HOST_CALL: u32 = 4;
/// [`Run::reason`]: a memory shall grow.
pub const GROW: u32 = 5;
/// [`Run::reason`]: a signal waits.
pub const ATTENTION: u32 = 6;

/// [`Run::reason`]: code waits at an address.
pub const WAIT: u32 = 7;
/// [`Run::reason`]: code wakes who waits at an address.
pub const NOTIFY: u32 = 8;

/// [`Import::instance`] of what the caller provides.
pub const CALLERS: u32 = u32::MAX;

/// [`Run::trap`] of an exception that nobody caught.
pub const UNCAUGHT: u32 = 0;

/// [`Run::result`] after [`WAIT`], as `memory.atomic.wait` has it.
pub const WOKEN: u64 = 0;
/// [`Run::result`] after [`WAIT`]: there was another value.
pub const NOT_EQUAL: u64 = 1;
/// [`Run::result`] after [`WAIT`]: the time was over.
pub const TIMED_OUT: u64 = 2;
/// [`Run::result`] after [`WAIT`]: a signal waits.
pub const INTERRUPTED: u64 = 3;

/// [`Frame::offset`] when it is not known.
pub const NO_OFFSET: u32 = u32::MAX;

/// Number of an ioctl with a structure of this type: `_IOWR('w', number, T)`.
const fn request<T>(number: u32) -> u32 {
    const READ_AND_WRITE: u32 = 3;
    READ_AND_WRITE << 30 | (size_of::<T>() as u32) << 16 | (b'w' as u32) << 8 | number
}

/// `WASMJIT_IOC_INFO`
pub const INFO: u32 = request::<Info>(0);
/// `WASMJIT_IOC_LOAD`
pub const LOAD: u32 = request::<Load>(1);
/// `WASMJIT_IOC_INSTANTIATE`
pub const INSTANTIATE: u32 = request::<Instantiate>(2);
/// `WASMJIT_IOC_RUN`
pub const RUN: u32 = request::<Run>(3);

/// The number of an ioctl without its structure's size, by which the kernel
/// tells them apart.
pub const fn number(request: u32) -> u32 {
    request & 0xff
}
