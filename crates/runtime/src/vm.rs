//! Layouts shared by compiled code and the runtime.
//!
//! Everything here is `repr(C)` and read by generated machine code. A compiled
//! function receives a pointer to its instance's [`VMContext`] as its first
//! argument; [`VMOffsets`] says where each part of the module stands in it.
//! Offsets depend on the module alone, so code can be shared by all instances
//! of a module and kept on disk.

use crate::func::DirectCalls;
use core::ffi::c_void;
use core::mem::{offset_of, size_of};
use core::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize};
use wasmjit_module::Module;

/// A WebAssembly value in memory: 16 bytes, the value in the low bytes, little
/// endian. Arguments and results cross between Rust and compiled code in
/// arrays of these; globals are stored in the same form.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
pub struct RawValue(pub [u64; 2]);

impl RawValue {
    /// All bits zero: number zero, or a null reference.
    pub const ZERO: Self = Self([0, 0]);
    /// From an `i32`; the upper bits are zero.
    #[inline]
    pub const fn from_i32(value: i32) -> Self {
        Self([value as u32 as u64, 0])
    }
    /// From an `i64`.
    #[inline]
    pub const fn from_i64(value: i64) -> Self {
        Self([value as u64, 0])
    }
    /// From an unsigned 64-bit value (also a reference).
    #[inline]
    pub const fn from_u64(value: u64) -> Self {
        Self([value, 0])
    }
    /// From the bits of an `f32`.
    #[inline]
    pub const fn from_f32_bits(bits: u32) -> Self {
        Self([bits as u64, 0])
    }
    /// From the bits of an `f64`.
    #[inline]
    pub const fn from_f64_bits(bits: u64) -> Self {
        Self([bits, 0])
    }
    /// From a `v128`, lane 0 in the low bits.
    #[inline]
    pub const fn from_v128(value: u128) -> Self {
        Self([value as u64, (value >> 64) as u64])
    }
    /// As `i32`.
    #[inline]
    pub const fn i32(self) -> i32 {
        self.0[0] as i32
    }
    /// As unsigned 32-bit value: a wasm32 address or length.
    #[inline]
    pub const fn u32(self) -> u32 {
        self.0[0] as u32
    }
    /// As `i64`.
    #[inline]
    pub const fn i64(self) -> i64 {
        self.0[0] as i64
    }
    /// As unsigned 64-bit value.
    #[inline]
    pub const fn u64(self) -> u64 {
        self.0[0]
    }
    /// As the bits of an `f32`.
    #[inline]
    pub const fn f32_bits(self) -> u32 {
        self.0[0] as u32
    }
    /// As the bits of an `f64`.
    #[inline]
    pub const fn f64_bits(self) -> u64 {
        self.0[0]
    }
    /// As `v128`.
    #[inline]
    pub const fn v128(self) -> u128 {
        self.0[0] as u128 | (self.0[1] as u128) << 64
    }
}

/// Per-store state that compiled code reads and writes.
#[repr(C)]
pub struct StoreContext {
    /// Lowest address that the stack pointer of compiled code may have.
    /// Function entries and loop back-edges compare against it; storing
    /// [`INTERRUPTED`] makes the next of them call the `poll` builtin.
    pub stack_limit: AtomicUsize,
    /// Frame pointer of the compiled function that called out last.
    pub exit_fp: usize,
    /// Return address into the compiled function that called out last.
    pub exit_pc: usize,
    /// The innermost activation; null when no compiled code is on the stack.
    pub activation: *mut Activation,
    /// Where an exception resumes: program counter, stack pointer, frame
    /// pointer, and the exception itself. Written by the `throw` builtins just
    /// before they jump there.
    pub resume_pc: usize,
    /// See `resume_pc`.
    pub resume_sp: usize,
    /// See `resume_pc`.
    pub resume_fp: usize,
    /// See `resume_pc`.
    pub resume_exception: usize,
    /// The store (`store::Store`'s inner part); opaque to compiled code.
    pub store: *mut c_void,
    /// The value of `stack_limit` when not interrupted.
    pub real_stack_limit: usize,
    /// A word of the platform's, some bits of which mean that it wants
    /// attention, as [`INTERRUPTED`] does; null where it has none. Code looks at
    /// it if its compiler was told to.
    pub attention: *const AtomicU32,
    /// The thread that runs the store's code, as the platform numbers threads; 0
    /// where it does not say ([`crate::platform::Platform::interrupts_loops`]).
    pub runner: AtomicU64,
    /// Whether code may use vector registers now; looked at where the engine's
    /// settings say that their use is guarded, as a kernel has to.
    pub vectors: u64,
}

/// Value of [`StoreContext::stack_limit`] that makes every poll call out.
pub const INTERRUPTED: usize = usize::MAX;

/// One entry from Rust into compiled code; lives on the stack of the caller of
/// [`crate::arch::enter`]. Activations of a store form a list, innermost first.
#[repr(C)]
pub struct Activation {
    /// Stack pointer inside `enter`'s frame; set by `enter`, used to unwind.
    pub sp: usize,
    /// Frame pointer of `enter`'s frame: a walk over frame pointers ends there.
    pub fp: usize,
    /// The activation that was innermost before this one.
    pub previous: *mut Activation,
    /// `StoreContext::exit_fp` as it was before this activation.
    pub previous_exit_fp: usize,
    /// `StoreContext::exit_pc` as it was before this activation.
    pub previous_exit_pc: usize,
    /// Instance whose function was called, or null for a host function.
    pub vmctx: *mut VMContext,
    /// For an activation of the interpreter: one more than the number of
    /// interpreted frames that the store had before. 0 for compiled code.
    pub interpreted: usize,
}

/// What a function reference points to.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct VMFuncRef {
    /// Entry point, in the calling convention of compiled code
    /// (Cranelift's `tail`): `vmctx` first, then the parameters.
    pub code: *const u8,
    /// First argument of `code`: a [`VMContext`] for WebAssembly functions, a
    /// [`VMHostFunction`] for host functions.
    pub vmctx: *mut VMContext,
    /// Canonical type, an index into the engine's type registry.
    pub type_id: u32,
    /// Index among the functions that the instance's module defines, or
    /// [`FUNC_HOST`]. Compiled code need not look at it.
    pub function: u32,
}

/// [`VMFuncRef::function`] of a host function.
pub const FUNC_HOST: u32 = u32::MAX;

/// An imported function.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct VMImportedFunction {
    /// As [`VMFuncRef::code`].
    pub code: *const u8,
    /// As [`VMFuncRef::vmctx`].
    pub vmctx: *mut VMContext,
    /// The reference it was taken from.
    pub func_ref: *mut VMFuncRef,
}

/// The function that a host trampoline calls: reads its parameters from
/// `values`, writes its results there (the array has room for whichever is
/// more), and returns 0, or 1 after it has left a pending trap in the store.
pub type HostCall =
    unsafe extern "C" fn(context: *mut VMHostFunction, values: *mut RawValue) -> u64;

/// First argument of a host function's trampoline.
#[repr(C)]
pub struct VMHostFunction {
    /// At the same offset as in [`VMContext`].
    pub store: *mut StoreContext,
    /// At the same offset as in [`VMContext`].
    pub builtins: *const *const u8,
    /// The Rust side, as compiled code calls it.
    pub call: HostCall,
    /// Closure data for `call`.
    pub data: *mut c_void,
    /// The function's reference. While no trampoline is compiled, its code is
    /// what [`crate::codegen::CodeGen::lazy_host_trampoline`] returned.
    pub reference: VMFuncRef,
    /// What [`crate::Func::set_direct`] was given for those that import the function;
    /// otherwise null.
    pub direct_code: *const u8,
    /// For that code.
    pub direct: *const DirectCalls,
    /// The Rust side itself, where `call` has to leave the section of compiled
    /// code first.
    #[cfg(feature = "ring0")]
    pub target: HostCall,
}

impl VMFuncRef {
    /// What those call that import the function.
    ///
    /// # Safety
    /// What the reference points to must be valid.
    pub(crate) unsafe fn import_code(&self) -> *const u8 {
        if self.function == FUNC_HOST {
            // SAFETY: what is no WebAssembly function's reference points to a host
            // function.
            let direct = unsafe { (*self.vmctx.cast::<VMHostFunction>()).direct_code };
            if !direct.is_null() {
                return direct;
            }
        }
        self.code
    }
}

impl VMHostFunction {
    /// What Rust calls.
    #[inline]
    pub(crate) fn implementation(&self) -> HostCall {
        #[cfg(feature = "ring0")]
        return self.target;
        #[cfg(not(feature = "ring0"))]
        self.call
    }
}

/// A linear memory.
#[repr(C)]
pub struct VMMemory {
    /// First byte.
    pub base: *mut u8,
    /// Accessible bytes. Only grows. Atomic for shared memories.
    pub length: AtomicUsize,
}

/// A table. Elements are 8 bytes each: a `*mut VMFuncRef`, an external
/// reference plus one, or an exception reference; 0 is null.
#[repr(C)]
pub struct VMTable {
    /// First element.
    pub base: *mut u64,
    /// Number of elements.
    pub length: usize,
}

/// An exception tag; its identity is its address.
#[repr(C)]
pub struct VMTag {
    /// Canonical type.
    pub type_id: u32,
    /// Number of values that its exceptions carry.
    pub count: u32,
}

/// Header of a thrown exception. `values` follow as [`RawValue`]s at offset
/// [`VMException::VALUES`]. An exception reference is its address.
#[repr(C, align(16))]
pub struct VMException {
    /// Which tag.
    pub tag: *mut VMTag,
    /// Number of values.
    pub count: usize,
}

impl VMException {
    /// Offset of the first value.
    pub const VALUES: usize = size_of::<Self>();
}

/// Fixed head of an instance's context; [`VMOffsets`] describes what follows.
#[repr(C, align(16))]
pub struct VMContext {
    /// The store's context.
    pub store: *mut StoreContext,
    /// Table of builtins, indexed by [`crate::builtins::Builtin`].
    pub builtins: *const *const u8,
    /// Canonical type of each of the module's types.
    pub type_ids: *const u32,
    /// The instance (Rust side); opaque to compiled code.
    pub instance: *mut c_void,
}

/// Offsets in [`StoreContext`].
pub mod store_context {
    use super::*;
    /// Offset of `stack_limit`.
    pub const STACK_LIMIT: i32 = offset_of!(StoreContext, stack_limit) as i32;
    /// Offset of `exit_fp`.
    pub const EXIT_FP: i32 = offset_of!(StoreContext, exit_fp) as i32;
    /// Offset of `exit_pc`.
    pub const EXIT_PC: i32 = offset_of!(StoreContext, exit_pc) as i32;
    /// Offset of `vectors`.
    pub const VECTORS: i32 = offset_of!(StoreContext, vectors) as i32;
    /// Offset of `attention`.
    pub const ATTENTION: i32 = offset_of!(StoreContext, attention) as i32;
}

/// Offsets in [`VMContext`]'s head.
pub mod context {
    use super::*;
    /// Offset of `store`.
    pub const STORE: i32 = offset_of!(VMContext, store) as i32;
    /// Offset of `builtins`.
    pub const BUILTINS: i32 = offset_of!(VMContext, builtins) as i32;
    /// Offset of `type_ids`.
    pub const TYPE_IDS: i32 = offset_of!(VMContext, type_ids) as i32;
}

/// Where each part of a module stands in its [`VMContext`]. All offsets are in
/// bytes from the context's start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VMOffsets {
    imported_functions: u32,
    imported_tables: u32,
    imported_memories: u32,
    imported_globals: u32,
    imported_tags: u32,
    globals: u32,
    memories: u32,
    import_memory_pointers: u32,
    import_global_pointers: u32,
    import_functions: u32,
    tables: u32,
    import_table_pointers: u32,
    import_tag_pointers: u32,
    tags: u32,
    func_refs: u32,
    /// For each memory: whether it stands in the context itself; otherwise the
    /// context has a pointer to it (imported, or shared).
    memory_inline: alloc::vec::Vec<bool>,
    /// For each function: its place among the function references, if any.
    func_ref_slots: alloc::vec::Vec<u32>,
    func_ref_count: u32,
    size: u32,
}

const NO_SLOT: u32 = u32::MAX;

impl VMOffsets {
    /// Computes the layout of `module`'s context.
    pub fn new(module: &Module) -> Self {
        let memory_inline: alloc::vec::Vec<bool> = module
            .memories
            .iter()
            .enumerate()
            .map(|(i, ty)| i >= module.imported_memories as usize && !ty.shared)
            .collect();
        let mut func_ref_count = 0;
        let func_ref_slots = module
            .escaped
            .iter()
            .enumerate()
            .map(|(i, &escaped)| {
                if escaped && i >= module.imported_functions as usize {
                    func_ref_count += 1;
                    func_ref_count - 1
                } else {
                    NO_SLOT
                }
            })
            .collect();
        let mut at = size_of::<VMContext>() as u32;
        let mut take = |count: usize, size: usize| {
            let start = at;
            at += (count * size) as u32;
            start
        };
        let defined = |all: usize, imported: u32| all - imported as usize;
        let globals = take(
            defined(module.globals.len(), module.imported_globals),
            size_of::<RawValue>(),
        );
        let memories = take(module.memories.len(), size_of::<VMMemory>());
        let tables = take(
            defined(module.tables.len(), module.imported_tables),
            size_of::<VMTable>(),
        );
        let import_memory_pointers = take(module.memories.len(), 8);
        let import_global_pointers = take(module.imported_globals as usize, 8);
        let import_table_pointers = take(module.imported_tables as usize, 8);
        let import_tag_pointers = take(module.imported_tags as usize, 8);
        let tags = take(
            defined(module.tags.len(), module.imported_tags),
            size_of::<VMTag>(),
        );
        let import_functions = take(
            module.imported_functions as usize,
            size_of::<VMImportedFunction>(),
        );
        let func_refs = take(func_ref_count as usize, size_of::<VMFuncRef>());
        Self {
            imported_functions: module.imported_functions,
            imported_tables: module.imported_tables,
            imported_memories: module.imported_memories,
            imported_globals: module.imported_globals,
            imported_tags: module.imported_tags,
            globals,
            memories,
            import_memory_pointers,
            import_global_pointers,
            import_functions,
            tables,
            import_table_pointers,
            import_tag_pointers,
            tags,
            func_refs,
            memory_inline,
            func_ref_slots,
            func_ref_count,
            size: at.next_multiple_of(16),
        }
    }

    /// Size of the whole context.
    pub fn size(&self) -> u32 {
        self.size
    }

    /// Whether memory `index` stands in the context; otherwise
    /// [`Self::memory`] holds a `*mut VMMemory`.
    pub fn memory_is_inline(&self, index: u32) -> bool {
        self.memory_inline[index as usize]
    }

    /// A [`VMMemory`], or a pointer to one; see [`Self::memory_is_inline`].
    pub fn memory(&self, index: u32) -> u32 {
        if self.memory_is_inline(index) {
            self.memories + index * size_of::<VMMemory>() as u32
        } else {
            self.import_memory_pointers + index * 8
        }
    }

    /// Whether global `index` is imported; then [`Self::global`] holds a
    /// `*mut RawValue`.
    pub fn global_is_imported(&self, index: u32) -> bool {
        index < self.imported_globals
    }

    /// A [`RawValue`], or a pointer to one.
    pub fn global(&self, index: u32) -> u32 {
        match index.checked_sub(self.imported_globals) {
            Some(defined) => self.globals + defined * size_of::<RawValue>() as u32,
            None => self.import_global_pointers + index * 8,
        }
    }

    /// Whether table `index` is imported; then [`Self::table`] holds a
    /// `*mut VMTable`.
    pub fn table_is_imported(&self, index: u32) -> bool {
        index < self.imported_tables
    }

    /// A [`VMTable`], or a pointer to one.
    pub fn table(&self, index: u32) -> u32 {
        match index.checked_sub(self.imported_tables) {
            Some(defined) => self.tables + defined * size_of::<VMTable>() as u32,
            None => self.import_table_pointers + index * 8,
        }
    }

    /// Whether tag `index` is imported; then [`Self::tag`] holds a
    /// `*mut VMTag`.
    pub fn tag_is_imported(&self, index: u32) -> bool {
        index < self.imported_tags
    }

    /// A [`VMTag`], or a pointer to one.
    pub fn tag(&self, index: u32) -> u32 {
        match index.checked_sub(self.imported_tags) {
            Some(defined) => self.tags + defined * size_of::<VMTag>() as u32,
            None => self.import_tag_pointers + index * 8,
        }
    }

    /// The [`VMImportedFunction`] of imported function `index`.
    pub fn imported_function(&self, index: u32) -> u32 {
        debug_assert!(index < self.imported_functions);
        self.import_functions + index * size_of::<VMImportedFunction>() as u32
    }

    /// The [`VMFuncRef`] of defined function `index` (an index into the whole
    /// function space); `None` when no reference to it can exist.
    pub fn func_ref(&self, index: u32) -> Option<u32> {
        match self.func_ref_slots[index as usize] {
            NO_SLOT => None,
            slot => Some(self.func_refs + slot * size_of::<VMFuncRef>() as u32),
        }
    }

    /// Number of function references in the context.
    pub fn func_ref_count(&self) -> u32 {
        self.func_ref_count
    }

    /// Number of imported memories.
    pub fn imported_memories(&self) -> u32 {
        self.imported_memories
    }
}
