//! Linear memory: loads, stores, growth and bulk operations.

use super::{FunctionTranslator, Region, trap_code};
use core::mem::offset_of;
use cranelift_codegen::ir::{
    Endianness, InstBuilder, MemFlagsData, Type, Value, condcodes::IntCC, types,
};
use wasmjit_runtime::TrapCode;
use wasmjit_runtime::builtins::Builtin;
use wasmjit_runtime::codegen::MemoryStyle;
use wasmjit_runtime::vm::VMMemory;
use wasmparser::{MemArg, MemArgTarget, Operator};

/// log2 of the size of a page.
const PAGE_BITS: i64 = 16;

/// The memory that an access is to.
pub(super) fn memory_of(memarg: &MemArg) -> u32 {
    match memarg.target {
        MemArgTarget::Memory(index) => index,
        MemArgTarget::Array(_) => unreachable!("garbage-collected arrays are not enabled"),
    }
}

/// Sign or zero extension of a narrow load.
#[derive(Clone, Copy)]
enum Extension {
    None,
    Signed,
    Unsigned,
}

impl FunctionTranslator<'_> {
    pub(super) fn translate_memory(&mut self, op: &Operator<'_>) -> bool {
        use Extension::{None, Signed, Unsigned};
        use types::{F32, F64, I8, I16, I32, I64};
        match op {
            Operator::I32Load { memarg } => self.load(memarg, I32, I32, None),
            Operator::I64Load { memarg } => self.load(memarg, I64, I64, None),
            Operator::F32Load { memarg } => self.load(memarg, F32, F32, None),
            Operator::F64Load { memarg } => self.load(memarg, F64, F64, None),
            Operator::I32Load8S { memarg } => self.load(memarg, I8, I32, Signed),
            Operator::I32Load8U { memarg } => self.load(memarg, I8, I32, Unsigned),
            Operator::I32Load16S { memarg } => self.load(memarg, I16, I32, Signed),
            Operator::I32Load16U { memarg } => self.load(memarg, I16, I32, Unsigned),
            Operator::I64Load8S { memarg } => self.load(memarg, I8, I64, Signed),
            Operator::I64Load8U { memarg } => self.load(memarg, I8, I64, Unsigned),
            Operator::I64Load16S { memarg } => self.load(memarg, I16, I64, Signed),
            Operator::I64Load16U { memarg } => self.load(memarg, I16, I64, Unsigned),
            Operator::I64Load32S { memarg } => self.load(memarg, I32, I64, Signed),
            Operator::I64Load32U { memarg } => self.load(memarg, I32, I64, Unsigned),
            Operator::I32Store { memarg }
            | Operator::I64Store { memarg }
            | Operator::F32Store { memarg }
            | Operator::F64Store { memarg } => {
                let ty = self
                    .builder
                    .func
                    .dfg
                    .value_type(*self.stack.last().expect("validated"));
                self.store(memarg, ty);
            }
            Operator::I32Store8 { memarg } | Operator::I64Store8 { memarg } => {
                self.store(memarg, I8)
            }
            Operator::I32Store16 { memarg } | Operator::I64Store16 { memarg } => {
                self.store(memarg, I16);
            }
            Operator::I64Store32 { memarg } => self.store(memarg, I32),
            Operator::MemorySize { mem } => {
                let length = self.memory_length(*mem);
                let pages = self.builder.ins().ushr_imm_u(length, PAGE_BITS);
                let pages = self.memory_index_result(*mem, pages);
                self.push(pages);
            }
            Operator::MemoryGrow { mem } => {
                let delta = self.pop();
                let delta = self.extend_index(delta);
                let memory = self.i32_constant(*mem);
                let old = self
                    .call_builtin(Builtin::MemoryGrow, &[memory, delta])
                    .expect("a value");
                let old = self.memory_index_result(*mem, old);
                self.push(old);
            }
            Operator::MemoryFill { mem } => {
                let (to, value, length) = self.pop3();
                let (to, length) = (self.extend_index(to), self.extend_index(length));
                let done = self.fill_short((*mem, to), value, length);
                let memory = self.i32_constant(*mem);
                self.call_builtin(Builtin::MemoryFill, &[memory, to, value, length]);
                self.end_short(done);
            }
            Operator::MemoryCopy { dst_mem, src_mem } => {
                let (to, from, length) = self.pop3();
                let (to, from) = (self.extend_index(to), self.extend_index(from));
                let length = self.extend_index(length);
                let done = self.copy_short((*dst_mem, to), (*src_mem, from), length);
                let (dst, src) = (self.i32_constant(*dst_mem), self.i32_constant(*src_mem));
                self.call_builtin(Builtin::MemoryCopy, &[dst, src, to, from, length]);
                self.end_short(done);
            }
            Operator::MemoryInit { data_index, mem } => {
                let (to, from, length) = self.pop3();
                let to = self.extend_index(to);
                let (memory, segment) = (self.i32_constant(*mem), self.i32_constant(*data_index));
                self.call_builtin(Builtin::MemoryInit, &[memory, segment, to, from, length]);
            }
            Operator::DataDrop { data_index } => {
                let segment = self.i32_constant(*data_index);
                self.call_builtin(Builtin::DataDrop, &[segment]);
            }
            _ => return false,
        }
        true
    }

    fn load(&mut self, memarg: &MemArg, memory_ty: Type, ty: Type, extend: Extension) {
        let index = self.pop();
        let (flags, base, offset) = self.memory_address(memarg, index, memory_ty.bytes());
        let value = self.builder.ins().load(memory_ty, flags, base, offset);
        let value = match extend {
            Extension::None => value,
            Extension::Signed => self.builder.ins().sextend(ty, value),
            Extension::Unsigned => self.builder.ins().uextend(ty, value),
        };
        self.push(value);
    }

    fn store(&mut self, memarg: &MemArg, memory_ty: Type) {
        let (index, value) = self.pop2();
        let ty = self.builder.func.dfg.value_type(value);
        let value = if ty == memory_ty {
            value
        } else {
            self.builder.ins().ireduce(memory_ty, value)
        };
        let (flags, base, offset) = self.memory_address(memarg, index, memory_ty.bytes());
        self.builder.ins().store(flags, value, base, offset);
    }

    /// A size of a memory as its index type.
    fn memory_index_result(&mut self, memory: u32, value: Value) -> Value {
        if self.env.module.memories[memory as usize].memory64 {
            value
        } else {
            self.builder.ins().ireduce(types::I32, value)
        }
    }

    /// Where the memory's descriptor is.
    fn memory_descriptor(&mut self, memory: u32) -> (Value, i32) {
        let offset = self.env.offsets.memory(memory);
        if self.env.offsets.memory_is_inline(memory) {
            (self.vmctx, offset as i32)
        } else {
            (self.context_pointer(offset), 0)
        }
    }

    pub(super) fn memory_length(&mut self, memory: u32) -> Value {
        let (descriptor, at) = self.memory_descriptor(memory);
        let flags = self.trusted(Region::MemoryDescriptor);
        let offset = at + offset_of!(VMMemory, length) as i32;
        if self.env.module.memories[memory as usize].shared {
            // Another thread may grow it at any time.
            let address = self.builder.ins().iadd_imm_s(descriptor, i64::from(offset));
            self.builder.ins().atomic_load(types::I64, flags, address)
        } else {
            self.builder
                .ins()
                .load(types::I64, flags, descriptor, offset)
        }
    }

    pub(super) fn is_guarded(&self, memory: u32) -> bool {
        self.env.tunables.memory_style == MemoryStyle::Guarded
            && !self.env.module.memories[memory as usize].memory64
    }

    pub(super) fn memory_base(&mut self, memory: u32) -> Value {
        let (descriptor, at) = self.memory_descriptor(memory);
        let fixed = self.is_guarded(memory) || self.env.module.memories[memory as usize].shared;
        let flags = if fixed {
            self.constant()
        } else {
            self.trusted(Region::MemoryDescriptor)
        };
        let offset = at + offset_of!(VMMemory, base) as i32;
        self.builder
            .ins()
            .load(types::I64, flags, descriptor, offset)
    }

    /// Flags of an access to linear memory that may fault.
    pub(super) fn memory_flags(&mut self) -> MemFlagsData {
        let region = self.region(Region::Memory);
        MemFlagsData::new()
            .with_endianness(Endianness::Little)
            .with_alias_region(region)
            .with_trap_code(Some(trap_code(TrapCode::MemoryOutOfBounds)))
    }

    /// Address of an access of `size` bytes: what to give to a load or store.
    pub(super) fn memory_address(
        &mut self,
        memarg: &MemArg,
        index: Value,
        size: u32,
    ) -> (MemFlagsData, Value, i32) {
        let flags = self.memory_flags();
        let memory = memory_of(memarg);
        if self.is_guarded(memory) {
            let base = self.memory_base(memory);
            let index = self.extend_index(index);
            let address = self.builder.ins().iadd(base, index);
            return match i32::try_from(memarg.offset) {
                Ok(offset) => (flags, address, offset),
                Err(_) => {
                    let offset = self.builder.ins().iconst(types::I64, memarg.offset as i64);
                    (flags, self.builder.ins().iadd(address, offset), 0)
                }
            };
        }
        let address = self.checked_address(memarg, index, size);
        (flags, address, 0)
    }

    /// Address of an access after a comparison with the memory's length.
    ///
    /// The trap is a branch that a processor may predict wrongly, so the
    /// address itself is replaced by the memory's start when it is out of
    /// bounds: speculation then reads only what the guest may read.
    fn checked_address(&mut self, memarg: &MemArg, index: Value, size: u32) -> Value {
        let memory = memory_of(memarg);
        let ty = self.env.module.memories[memory as usize];
        let length = self.memory_length(memory);
        let end = memarg.offset.saturating_add(u64::from(size));
        // The length is never below the declared minimum, so that subtracting
        // from it cannot wrap up to there.
        let surely = ty.initial.saturating_mul(1 << PAGE_BITS);
        let index64 = self.extend_index(index);
        let out = if end <= surely && i64::try_from(end).is_ok() {
            let limit = self.builder.ins().iadd_imm_s(length, -(end as i64));
            self.builder
                .ins()
                .icmp(IntCC::UnsignedGreaterThan, index64, limit)
        } else {
            let end = self.builder.ins().iconst(types::I64, end as i64);
            let last = if ty.memory64 {
                self.builder.ins().uadd_overflow_trap(
                    index64,
                    end,
                    trap_code(TrapCode::MemoryOutOfBounds),
                )
            } else {
                self.builder.ins().iadd(index64, end)
            };
            self.builder
                .ins()
                .icmp(IntCC::UnsignedGreaterThan, last, length)
        };
        self.trap_if(out, TrapCode::MemoryOutOfBounds);
        let base = self.memory_base(memory);
        let mut address = self.builder.ins().iadd(base, index64);
        if memarg.offset != 0 {
            let offset = self.builder.ins().iconst(types::I64, memarg.offset as i64);
            address = self.builder.ins().iadd(address, offset);
        }
        if self.env.tunables.spectre_v1 {
            self.builder.ins().select_spectre_guard(out, base, address)
        } else {
            address
        }
    }

    /// As [`Self::memory_address`] for an atomic access, which must be
    /// aligned.
    pub(super) fn atomic_address(
        &mut self,
        memarg: &MemArg,
        index: Value,
        size: u32,
    ) -> (MemFlagsData, Value) {
        if size > 1 {
            // The base is aligned, so the effective address decides.
            let index64 = self.extend_index(index);
            let low = self
                .builder
                .ins()
                .iadd_imm_s(index64, (memarg.offset & u64::from(size - 1)) as i64);
            let misaligned = self.builder.ins().band_imm_u(low, i64::from(size - 1));
            self.trap_if(misaligned, TrapCode::UnalignedAtomic);
        }
        let (flags, base, offset) = self.memory_address(memarg, index, size);
        let address = if offset == 0 {
            base
        } else {
            self.builder.ins().iadd_imm_s(base, i64::from(offset))
        };
        (flags, address)
    }

    /// Index plus offset as 64 bits, for builtins that check it.
    pub(super) fn effective_address(&mut self, memarg: &MemArg, index: Value) -> Value {
        let index = self.extend_index(index);
        if memarg.offset == 0 {
            return index;
        }
        let offset = self.builder.ins().iconst(types::I64, memarg.offset as i64);
        self.builder
            .ins()
            .uadd_overflow_trap(index, offset, trap_code(TrapCode::MemoryOutOfBounds))
    }
}
