//! Signatures of compiled functions, builtins and trampolines.

use alloc::vec::Vec;
use core::mem::offset_of;
use cranelift_codegen::ir::{
    self, AbiParam, ArgumentPurpose, GlobalValueData, MemFlagsData, Signature, Type, types,
};
use cranelift_codegen::isa::{CallConv, TargetIsa};
use wasmjit_module::{FuncType, ValType};
use wasmjit_runtime::builtins::{Builtin, BuiltinResult, BuiltinType};
use wasmjit_runtime::vm::{StoreContext, context};

/// The machine type of a WebAssembly value; `v128` in its canonical form.
pub(crate) fn value_type(ty: ValType) -> Type {
    match ty {
        ValType::I32 => types::I32,
        ValType::I64 | ValType::Ref(_) => types::I64,
        ValType::F32 => types::F32,
        ValType::F64 => types::F64,
        ValType::V128 => types::I8X16,
    }
}

/// Signature of a compiled function: the context, then the parameters.
pub(crate) fn signature(_isa: &dyn TargetIsa, ty: &FuncType) -> Signature {
    let mut signature = Signature::new(CallConv::Tail);
    signature
        .params
        .push(AbiParam::special(types::I64, ArgumentPurpose::VMContext));
    signature
        .params
        .extend(ty.params().iter().map(|&t| AbiParam::new(value_type(t))));
    signature
        .returns
        .extend(ty.results().iter().map(|&t| AbiParam::new(value_type(t))));
    signature
}

/// Signature of the variant of a function that begins at a loop: the context,
/// the address of its values, and the function's results.
pub(crate) fn loop_signature(isa: &dyn TargetIsa, ty: &FuncType) -> Signature {
    let mut signature = signature(isa, ty);
    signature.params.truncate(1);
    signature.params.push(AbiParam::new(types::I64));
    signature
}

/// Whether a function of type `ty` leaves results in an area of memory, because
/// the registers for them do not suffice. On x86-64 the address of that area is
/// its first argument, before the context.
pub(crate) fn returns_in_memory(ty: &FuncType) -> bool {
    /// Registers for results, of integers and of floats and vectors.
    const REGISTERS: usize = 8;
    let is_integer = |ty: &&ValType| matches!(ty, ValType::I32 | ValType::I64 | ValType::Ref(_));
    let integers = ty.results().iter().filter(is_integer).count();
    integers > REGISTERS || ty.results().len() - integers > REGISTERS
}

/// The C convention of the target.
pub(crate) fn native(isa: &dyn TargetIsa) -> CallConv {
    isa.default_call_conv()
}

/// Signature with which compiled code calls a builtin's shim.
pub(crate) fn builtin_signature(isa: &dyn TargetIsa, builtin: Builtin) -> Signature {
    let described = builtin.signature();
    let machine = |ty: &BuiltinType| match ty {
        BuiltinType::I32 => types::I32,
        BuiltinType::I64 | BuiltinType::Pointer => types::I64,
    };
    let convention = match described.result {
        // Never: a landing block must not rely on any register.
        BuiltinResult::StatusPreserveAll | BuiltinResult::Never => CallConv::PreserveAll,
        _ => native(isa),
    };
    let mut signature = Signature::new(convention);
    signature.params.push(AbiParam::new(types::I64));
    signature
        .params
        .extend(described.params.iter().map(|t| AbiParam::new(machine(t))));
    match described.result {
        BuiltinResult::Value(ty) => signature.returns.push(AbiParam::new(machine(&ty))),
        BuiltinResult::ValueOrTrap => signature.returns.push(AbiParam::new(types::I64)),
        _ => {}
    }
    signature
}

/// Makes the prologue compare the stack pointer with the store's limit before
/// the frame is allocated.
pub(crate) fn set_prologue_stack_check(func: &mut ir::Function, _isa: &dyn TargetIsa) {
    let vmctx = func.create_global_value(GlobalValueData::VMContext);
    let flags = func
        .dfg
        .mem_flags
        .insert(MemFlagsData::trusted().with_readonly())
        .expect("room for flags");
    let store = func.create_global_value(GlobalValueData::Load {
        base: vmctx,
        offset: context::STORE.into(),
        global_type: types::I64,
        flags,
    });
    let limit = func.create_global_value(GlobalValueData::Load {
        base: store,
        offset: (offset_of!(StoreContext, real_stack_limit) as i32).into(),
        global_type: types::I64,
        flags,
    });
    func.stack_limit = Some(limit);
}

/// Machine types of a list of WebAssembly types.
pub(crate) fn value_types(types: &[ValType]) -> Vec<Type> {
    types.iter().map(|&t| value_type(t)).collect()
}
