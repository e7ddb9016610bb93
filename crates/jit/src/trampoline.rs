//! The code between Rust and compiled functions, one piece a signature.

use crate::abi;
use crate::settings::Tunables;
use crate::translate::{Callee, VectorGuard, is_interrupted};
use alloc::vec::Vec;
use core::mem::{offset_of, size_of};
use cranelift_codegen::ir::{
    AbiParam, ArgumentPurpose, Function, InstBuilder, MemFlagsData, Signature, StackSlotData,
    StackSlotKind, UserFuncName, Value, types,
};
use cranelift_codegen::isa::TargetIsa;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use wasmjit_module::{FuncType, ValType};
use wasmjit_runtime::TrapCode;
use wasmjit_runtime::builtins::Builtin;
use wasmjit_runtime::vm::{RawValue, VMHostFunction, store_context};

const SLOT: i32 = size_of::<RawValue>() as i32;

/// `extern "C" fn(vmctx, code, values)`: see
/// [`wasmjit_runtime::codegen::CodeGen::entry_trampoline`].
pub(crate) fn entry(
    isa: &dyn TargetIsa,
    tunables: &Tunables,
    ty: &FuncType,
    func: &mut Function,
    builder_context: &mut FunctionBuilderContext,
) {
    let mut signature = Signature::new(abi::native(isa));
    signature.params.extend([AbiParam::new(types::I64); 3]);
    func.signature = signature;
    func.name = UserFuncName::user(1, 0);
    let mut builder = FunctionBuilder::new(func, builder_context);
    let block = builder.create_block();
    builder.append_block_params_for_function_params(block);
    builder.switch_to_block(block);
    builder.seal_block(block);
    let &[vmctx, code, values] = builder.block_params(block) else {
        unreachable!("three parameters");
    };
    let flags = MemFlagsData::trusted();
    let mut types = ty.params().iter().chain(ty.results());
    let is_vector = |ty: &ValType| matches!(ty, ValType::F32 | ValType::F64 | ValType::V128);
    if tunables.guarded_vectors && types.any(is_vector) {
        // Whoever called this ends it.
        VectorGuard::begin(&mut builder, vmctx);
    }
    let mut args = alloc::vec![vmctx];
    for (i, &param) in ty.params().iter().enumerate() {
        let ty = abi::value_type(param);
        args.push(builder.ins().load(ty, flags, values, i as i32 * SLOT));
    }
    let sig = builder.import_signature(abi::signature(isa, ty));
    let callee = Callee::at(&mut builder, tunables, sig, code);
    let call = callee.call(&mut builder, &args);
    let results = builder.inst_results(call).to_vec();
    for (i, result) in results.into_iter().enumerate() {
        builder.ins().store(flags, result, values, i as i32 * SLOT);
    }
    builder.ins().return_(&[]);
    builder.finalize(isa.frontend_config());
}

/// Code in the compiled convention: see
/// [`wasmjit_runtime::codegen::CodeGen::host_trampoline`].
pub(crate) fn host(
    isa: &dyn TargetIsa,
    tunables: &Tunables,
    ty: &FuncType,
    func: &mut Function,
    builder_context: &mut FunctionBuilderContext,
) {
    func.signature = abi::signature(isa, ty);
    func.name = UserFuncName::user(1, 1);
    let mut builder = FunctionBuilder::new(func, builder_context);
    let block = builder.create_block();
    builder.append_block_params_for_function_params(block);
    builder.switch_to_block(block);
    builder.seal_block(block);
    let params = builder.block_params(block).to_vec();
    let results = call_host(isa, tunables, ty, &mut builder, &params);
    builder.ins().return_(&results);
    builder.finalize(isa.frontend_config());
}

/// Calls the host function with the trampoline's own parameters, its
/// [`VMHostFunction`] first; returns the results. The builder stands where that has
/// succeeded.
pub(crate) fn call_host(
    isa: &dyn TargetIsa,
    tunables: &Tunables,
    ty: &FuncType,
    builder: &mut FunctionBuilder<'_>,
    params: &[Value],
) -> Vec<Value> {
    let vmctx = params[0];
    let flags = MemFlagsData::trusted();

    let count = ty.params().len().max(ty.results().len());
    let slot = builder.create_sized_stack_slot(StackSlotData::new(
        StackSlotKind::ExplicitSlot,
        count as u32 * SLOT as u32,
        4,
    ));
    let values = builder.ins().stack_addr(types::I64, slot, 0);
    for (i, &param) in params[1..].iter().enumerate() {
        builder.ins().store(flags, param, values, i as i32 * SLOT);
    }

    // Where compiled code left: the caller of this trampoline.
    let store = builder.ins().load(
        types::I64,
        flags,
        vmctx,
        offset_of!(VMHostFunction, store) as i32,
    );
    let fp = builder.ins().get_frame_pointer(types::I64);
    let exit_fp = builder.ins().load(types::I64, flags, fp, 0);
    let exit_pc = builder.ins().get_return_address(types::I64);
    builder
        .ins()
        .store(flags, exit_fp, store, store_context::EXIT_FP);
    builder
        .ins()
        .store(flags, exit_pc, store, store_context::EXIT_PC);

    let mut signature = Signature::new(abi::native(isa));
    signature
        .params
        .push(AbiParam::special(types::I64, ArgumentPurpose::Normal));
    signature.params.push(AbiParam::new(types::I64));
    signature.returns.push(AbiParam::new(types::I64));
    let sig = builder.import_signature(signature);
    let callee = builder.ins().load(
        types::I64,
        flags,
        vmctx,
        offset_of!(VMHostFunction, call) as i32,
    );
    let callee = Callee::at(builder, tunables, sig, callee);
    let call = callee.call(builder, &[vmctx, values]);
    let status = builder.inst_results(call)[0];
    let raise = builder.create_block();
    let done = builder.create_block();
    builder.set_cold_block(raise);
    builder.ins().brif(status, raise, &[], done, &[]);
    builder.seal_block(raise);
    builder.seal_block(done);

    builder.switch_to_block(raise);
    call_builtin(isa, tunables, builder, vmctx, Builtin::Raise);
    builder
        .ins()
        .trap(crate::translate::trap_code(TrapCode::Unreachable));

    builder.switch_to_block(done);
    if !tunables.polled_loops {
        poll(isa, tunables, builder, vmctx, store);
    }
    ty.results()
        .iter()
        .enumerate()
        .map(|(i, &result)| {
            builder
                .ins()
                .load(abi::value_type(result), flags, values, i as i32 * SLOT)
        })
        .collect()
}

/// Asks for attention before code goes on that may not do so itself.
fn poll(
    isa: &dyn TargetIsa,
    tunables: &Tunables,
    builder: &mut FunctionBuilder<'_>,
    vmctx: Value,
    store: Value,
) {
    let header = builder.create_block();
    let wanted = builder.create_block();
    let done = builder.create_block();
    builder.set_cold_block(wanted);
    builder.ins().jump(header, &[]);
    builder.switch_to_block(header);
    let interrupted = is_interrupted(builder, store);
    builder.ins().brif(interrupted, wanted, &[], done, &[]);
    builder.seal_block(wanted);
    builder.seal_block(done);
    builder.switch_to_block(wanted);
    call_builtin(isa, tunables, builder, vmctx, Builtin::Poll);
    builder.ins().jump(header, &[]);
    builder.seal_block(header);
    builder.switch_to_block(done);
}

/// Calls a builtin without parameters, with the host function as its context.
fn call_builtin(
    isa: &dyn TargetIsa,
    tunables: &Tunables,
    builder: &mut FunctionBuilder<'_>,
    vmctx: Value,
    builtin: Builtin,
) {
    let flags = MemFlagsData::trusted();
    let table = offset_of!(VMHostFunction, builtins) as i32;
    let table = builder.ins().load(types::I64, flags, vmctx, table);
    let callee = builder
        .ins()
        .load(types::I64, flags, table, builtin as i32 * 8);
    let sig = builder.import_signature(abi::builtin_signature(isa, builtin));
    Callee::at(builder, tunables, sig, callee).call(builder, &[vmctx]);
}
