//! Use of vector registers where it is guarded: in a kernel, which has to set them
//! aside for whoever has values there, and may not sleep meanwhile.
//!
//! All of these registers are the caller's to save, so that none is in use at a call.
//! A function that has such values in parameters or results is called by functions
//! that have them too.

use crate::compile::{VECTORS_OFF, VECTORS_ON};
use cranelift_codegen::ir::{
    AbiParam, ExtFuncData, ExternalName, FuncRef, InstBuilder, MemFlagsData, SigRef, Signature,
    UserExternalName, Value, types,
};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::FunctionBuilder;
use wasmjit_runtime::vm::{context, store_context};

/// A function's use of vector registers.
#[derive(Clone, Copy)]
pub(crate) struct VectorGuard {
    /// Address of [`wasmjit_runtime::vm::StoreContext::vectors`].
    word: Value,
    /// What it was before.
    before: Value,
    signature: SigRef,
}

impl VectorGuard {
    /// Makes the registers usable, if they are not yet. To be called before anything
    /// uses them.
    pub(crate) fn begin(builder: &mut FunctionBuilder<'_>, vmctx: Value) -> Self {
        let flags = MemFlagsData::trusted();
        let store = builder
            .ins()
            .load(types::I64, flags.with_readonly(), vmctx, context::STORE);
        let word = builder
            .ins()
            .iadd_imm_s(store, i64::from(store_context::VECTORS));
        let before = builder.ins().load(types::I64, flags, word, 0);
        let mut signature = Signature::new(CallConv::PreserveAll);
        signature.params.push(AbiParam::new(types::I64));
        let guard = Self {
            word,
            before,
            signature: builder.import_signature(signature),
        };
        guard.unless_before(builder, VECTORS_ON);
        guard
    }

    /// Ends what was begun. Nothing may use the registers any more, unless they were
    /// usable before.
    pub(crate) fn end(self, builder: &mut FunctionBuilder<'_>) {
        self.unless_before(builder, VECTORS_OFF);
    }

    /// Calls what the settings provide, unless the registers were usable before.
    fn unless_before(self, builder: &mut FunctionBuilder<'_>, target: u32) {
        let change = builder.create_block();
        let next = builder.create_block();
        builder.ins().brif(self.before, next, &[], change, &[]);
        builder.seal_block(change);
        builder.switch_to_block(change);
        let function = self.function(builder, target);
        builder.ins().call(function, &[self.word]);
        builder.ins().jump(next, &[]);
        builder.seal_block(next);
        builder.switch_to_block(next);
    }

    fn function(self, builder: &mut FunctionBuilder<'_>, target: u32) -> FuncRef {
        let name = UserExternalName::new(0, target);
        let name = builder.func.declare_imported_user_function(name);
        builder.import_function(ExtFuncData {
            name: ExternalName::user(name),
            signature: self.signature,
            colocated: true,
            patchable: false,
        })
    }
}
