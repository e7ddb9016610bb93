//! Atomic accesses, wait, notify and fences.
//!
//! All accesses are sequentially consistent, whatever weaker order an operator
//! may allow. A narrow access works on the low bits of its operands and
//! extends what it read with zeros.

use super::FunctionTranslator;
use cranelift_codegen::ir::types::{I8, I16, I32, I64};
use cranelift_codegen::ir::{AtomicRmwOp, InstBuilder, Type, Value};
use wasmjit_runtime::builtins::Builtin;
use wasmparser::{MemArg, MemArgTarget, Operator};

/// An operator, without the types that it works on.
enum Access {
    Load,
    Store,
    Modify(AtomicRmwOp),
    CompareExchange,
}

/// The access, the type in memory, the type on the stack, and the address.
fn access<'a>(op: &'a Operator<'_>) -> Option<(Access, Type, Type, &'a MemArg)> {
    use Operator::*;

    /// The seven widths of one access.
    macro_rules! accesses {
        ($( $access:expr => $w32:ident $w64:ident $w32_8:ident $w32_16:ident
                            $w64_8:ident $w64_16:ident $w64_32:ident; )*) => {
            Some(match op {
                $(
                    $w32 { memarg } => ($access, I32, I32, memarg),
                    $w64 { memarg } => ($access, I64, I64, memarg),
                    $w32_8 { memarg } => ($access, I8, I32, memarg),
                    $w32_16 { memarg } => ($access, I16, I32, memarg),
                    $w64_8 { memarg } => ($access, I8, I64, memarg),
                    $w64_16 { memarg } => ($access, I16, I64, memarg),
                    $w64_32 { memarg } => ($access, I32, I64, memarg),
                )*
                _ => return None,
            })
        };
    }

    accesses! {
        Access::Load => I32AtomicLoad I64AtomicLoad I32AtomicLoad8U I32AtomicLoad16U
            I64AtomicLoad8U I64AtomicLoad16U I64AtomicLoad32U;
        Access::Store => I32AtomicStore I64AtomicStore I32AtomicStore8 I32AtomicStore16
            I64AtomicStore8 I64AtomicStore16 I64AtomicStore32;
        Access::Modify(AtomicRmwOp::Add) => I32AtomicRmwAdd I64AtomicRmwAdd
            I32AtomicRmw8AddU I32AtomicRmw16AddU
            I64AtomicRmw8AddU I64AtomicRmw16AddU I64AtomicRmw32AddU;
        Access::Modify(AtomicRmwOp::Sub) => I32AtomicRmwSub I64AtomicRmwSub
            I32AtomicRmw8SubU I32AtomicRmw16SubU
            I64AtomicRmw8SubU I64AtomicRmw16SubU I64AtomicRmw32SubU;
        Access::Modify(AtomicRmwOp::And) => I32AtomicRmwAnd I64AtomicRmwAnd
            I32AtomicRmw8AndU I32AtomicRmw16AndU
            I64AtomicRmw8AndU I64AtomicRmw16AndU I64AtomicRmw32AndU;
        Access::Modify(AtomicRmwOp::Or) => I32AtomicRmwOr I64AtomicRmwOr
            I32AtomicRmw8OrU I32AtomicRmw16OrU
            I64AtomicRmw8OrU I64AtomicRmw16OrU I64AtomicRmw32OrU;
        Access::Modify(AtomicRmwOp::Xor) => I32AtomicRmwXor I64AtomicRmwXor
            I32AtomicRmw8XorU I32AtomicRmw16XorU
            I64AtomicRmw8XorU I64AtomicRmw16XorU I64AtomicRmw32XorU;
        Access::Modify(AtomicRmwOp::Xchg) => I32AtomicRmwXchg I64AtomicRmwXchg
            I32AtomicRmw8XchgU I32AtomicRmw16XchgU
            I64AtomicRmw8XchgU I64AtomicRmw16XchgU I64AtomicRmw32XchgU;
        Access::CompareExchange => I32AtomicRmwCmpxchg I64AtomicRmwCmpxchg
            I32AtomicRmw8CmpxchgU I32AtomicRmw16CmpxchgU
            I64AtomicRmw8CmpxchgU I64AtomicRmw16CmpxchgU I64AtomicRmw32CmpxchgU;
    }
}

impl FunctionTranslator<'_> {
    pub(super) fn translate_atomic(&mut self, op: &Operator<'_>) -> bool {
        match op {
            Operator::MemoryAtomicWait32 { memarg } => {
                self.atomic_wait(memarg, Builtin::MemoryAtomicWait32);
            }
            Operator::MemoryAtomicWait64 { memarg } => {
                self.atomic_wait(memarg, Builtin::MemoryAtomicWait64);
            }
            Operator::MemoryAtomicNotify { memarg } => {
                let (index, count) = self.pop2();
                self.parking(Builtin::MemoryAtomicNotify, memarg, index, &[count]);
            }
            Operator::AtomicFence { .. } => {
                self.builder.ins().fence();
            }
            _ => match access(op) {
                Some((access, memory, stack, memarg)) => {
                    self.atomic_access(access, memory, stack, memarg);
                }
                None => return false,
            },
        }
        true
    }

    fn atomic_access(&mut self, access: Access, memory: Type, stack: Type, memarg: &MemArg) {
        let size = memory.bytes();
        let old = match access {
            Access::Load => {
                let index = self.pop();
                let (flags, address) = self.atomic_address(memarg, index, size);
                self.builder.ins().atomic_load(memory, flags, address)
            }
            Access::Store => {
                let (index, value) = self.pop2();
                let value = self.reduce(memory, value);
                let (flags, address) = self.atomic_address(memarg, index, size);
                self.builder.ins().atomic_store(flags, value, address);
                return;
            }
            Access::Modify(operation) => {
                let (index, value) = self.pop2();
                let value = self.reduce(memory, value);
                let (flags, address) = self.atomic_address(memarg, index, size);
                self.builder
                    .ins()
                    .atomic_rmw(memory, flags, operation, address, value)
            }
            Access::CompareExchange => {
                let (index, expected, replacement) = self.pop3();
                let expected = self.reduce(memory, expected);
                let replacement = self.reduce(memory, replacement);
                let (flags, address) = self.atomic_address(memarg, index, size);
                self.builder
                    .ins()
                    .atomic_cas(flags, address, expected, replacement)
            }
        };
        let old = if memory == stack {
            old
        } else {
            self.builder.ins().uextend(stack, old)
        };
        self.push(old);
    }

    /// The low bits of an integer, of which `ty` is the type.
    fn reduce(&mut self, ty: Type, value: Value) -> Value {
        if self.builder.func.dfg.value_type(value) == ty {
            value
        } else {
            self.builder.ins().ireduce(ty, value)
        }
    }

    fn atomic_wait(&mut self, memarg: &MemArg, builtin: Builtin) {
        let (index, expected, timeout) = self.pop3();
        self.parking(builtin, memarg, index, &[expected, timeout]);
    }

    /// Calls the runtime to wait or notify; pushes the result, an `i32`.
    fn parking(&mut self, builtin: Builtin, memarg: &MemArg, index: Value, rest: &[Value]) {
        let MemArgTarget::Memory(memory) = memarg.target else {
            unreachable!("wait and notify work on memories only");
        };
        let memory = self.i32_constant(memory);
        let address = self.effective_address(memarg, index);
        let mut args = alloc::vec![memory, address];
        args.extend_from_slice(rest);
        let result = self.call_builtin(builtin, &args).expect("has a result");
        let result = self.reduce(I32, result);
        self.push(result);
    }
}
