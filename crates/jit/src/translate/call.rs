//! Calls and tail calls.

use super::{FunctionTranslator, Region, SignatureKey, trap_code};
use crate::abi;
use crate::compile::INDIRECT_BRANCH;
use crate::settings::Tunables;
use alloc::vec::Vec;
use core::mem::offset_of;
use cranelift_codegen::ir::{
    BlockArg, BlockCall, ExceptionTableData, ExceptionTableItem, ExtFuncData, ExternalName,
    FuncRef, Inst, InstBuilder, SigRef, UserExternalName, Value, condcodes::IntCC, types,
};
use cranelift_frontend::FunctionBuilder;
use wasmjit_runtime::TrapCode;
use wasmjit_runtime::vm::{VMFuncRef, VMImportedFunction, context};
use wasmparser::Operator;

/// What is called.
#[derive(Clone, Copy)]
pub(crate) enum Callee {
    /// A function of this module.
    Direct(FuncRef),
    /// An address.
    Indirect(SigRef, Value),
}

impl Callee {
    /// The function at an address. Where indirect branches are guarded, that is
    /// a direct call of the guard, which finds the address in the pinned
    /// register; so make the call at once.
    pub(crate) fn at(
        builder: &mut FunctionBuilder<'_>,
        tunables: &Tunables,
        sig: SigRef,
        address: Value,
    ) -> Self {
        if !tunables.guarded_branches {
            return Self::Indirect(sig, address);
        }
        builder.ins().set_pinned_reg(address);
        let name = builder
            .func
            .declare_imported_user_function(UserExternalName::new(0, INDIRECT_BRANCH));
        Self::Direct(builder.import_function(ExtFuncData {
            name: ExternalName::user(name),
            signature: sig,
            colocated: true,
            patchable: false,
        }))
    }

    /// A plain call.
    pub(crate) fn call(self, builder: &mut FunctionBuilder<'_>, args: &[Value]) -> Inst {
        match self {
            Self::Direct(function) => builder.ins().call(function, args),
            Self::Indirect(sig, address) => builder.ins().call_indirect(sig, address, args),
        }
    }
}

impl FunctionTranslator<'_> {
    pub(super) fn translate_call(&mut self, op: &Operator<'_>) -> bool {
        match *op {
            Operator::Call { function_index } => {
                let type_index = self.env.module.functions[function_index as usize];
                let (callee, vmctx) = self.function(function_index);
                self.call(type_index, callee, vmctx);
                if function_index < self.env.module.imported_functions {
                    self.poll_return();
                }
            }
            Operator::ReturnCall { function_index } => {
                let type_index = self.env.module.functions[function_index as usize];
                let (callee, vmctx) = self.tail_function(function_index);
                self.tail_call(type_index, callee, vmctx);
            }
            Operator::CallIndirect {
                type_index,
                table_index,
            } => {
                let (callee, vmctx) = self.table_function(type_index, table_index);
                self.call(type_index, callee, vmctx);
            }
            Operator::ReturnCallIndirect {
                type_index,
                table_index,
            } => {
                let (callee, vmctx) = self.table_function(type_index, table_index);
                self.tail_call(type_index, callee, vmctx);
            }
            Operator::CallRef { type_index } => {
                let (callee, vmctx) = self.referenced_function(type_index);
                self.call(type_index, callee, vmctx);
            }
            Operator::ReturnCallRef { type_index } => {
                let (callee, vmctx) = self.referenced_function(type_index);
                self.tail_call(type_index, callee, vmctx);
            }
            _ => return false,
        }
        true
    }

    /// The signature of a function type.
    fn signature_of(&mut self, type_index: u32) -> SigRef {
        let key = SignatureKey::Type(type_index);
        if let Some(&sig) = self.signatures.get(&key) {
            return sig;
        }
        let ty = self.env.module.type_signature(type_index);
        let sig = self
            .builder
            .import_signature(abi::signature(self.env.isa, ty));
        self.signatures.insert(key, sig);
        sig
    }

    /// A function by its index, and the context to pass.
    fn function(&mut self, index: u32) -> (Callee, Value) {
        let type_index = self.env.module.functions[index as usize];
        if let Some(defined) = index.checked_sub(self.env.module.imported_functions) {
            return (
                Callee::Direct(self.defined_function(defined, type_index)),
                self.vmctx,
            );
        }
        let sig = self.signature_of(type_index);
        let at = self.env.offsets.imported_function(index);
        let code = self.context_pointer(at + offset_of!(VMImportedFunction, code) as u32);
        let vmctx = self.context_pointer(at + offset_of!(VMImportedFunction, vmctx) as u32);
        (Callee::Indirect(sig, code), vmctx)
    }

    /// As [`Self::function`], for a call after which this function cannot ask for
    /// attention: code that stands in for an imported function's own does not either.
    fn tail_function(&mut self, index: u32) -> (Callee, Value) {
        let module = self.env.module;
        if index >= module.imported_functions || !self.are_loops_interrupted() {
            return self.function(index);
        }
        let at = self.env.offsets.imported_function(index);
        let reference = offset_of!(VMImportedFunction, func_ref) as u32;
        let reference = self.context_pointer(at + reference);
        self.reference_target(module.functions[index as usize], reference)
    }

    fn defined_function(&mut self, defined: u32, type_index: u32) -> FuncRef {
        if let Some(&function) = self.functions.get(&defined) {
            return function;
        }
        let signature = self.signature_of(type_index);
        let name = self
            .builder
            .func
            .declare_imported_user_function(UserExternalName::new(0, defined));
        let function = self.builder.import_function(ExtFuncData {
            name: ExternalName::user(name),
            signature,
            colocated: true,
            patchable: false,
        });
        self.functions.insert(defined, function);
        function
    }

    /// Pops an index; the function at that place of a table, checked.
    fn table_function(&mut self, type_index: u32, table: u32) -> (Callee, Value) {
        let index = self.pop();
        let reference = self.table_element(table, index, TrapCode::UndefinedElement);
        let flags = self.trusted(Region::Context);
        let actual_flags = if self.env.tunables.null_checks_by_fault {
            flags
                .with_readonly()
                .with_trap_code(Some(trap_code(TrapCode::UninitializedElement)))
        } else {
            self.builder
                .ins()
                .trapz(reference, trap_code(TrapCode::UninitializedElement));
            flags.with_readonly()
        };
        let actual = self.builder.ins().load(
            types::I32,
            actual_flags,
            reference,
            offset_of!(VMFuncRef, type_id) as i32,
        );
        let ids = self.context_pointer(context::TYPE_IDS as u32);
        let flags = self.constant();
        let expected = self
            .builder
            .ins()
            .load(types::I32, flags, ids, (type_index * 4) as i32);
        let differs = self.builder.ins().icmp(IntCC::NotEqual, actual, expected);
        self.trap_if(differs, TrapCode::IndirectCallTypeMismatch);
        self.reference_target(type_index, reference)
    }

    /// Pops a function reference that may be null.
    fn referenced_function(&mut self, type_index: u32) -> (Callee, Value) {
        let reference = self.pop();
        self.builder
            .ins()
            .trapz(reference, trap_code(TrapCode::NullFunctionReference));
        self.reference_target(type_index, reference)
    }

    /// Code and context of a reference that is not null.
    fn reference_target(&mut self, type_index: u32, reference: Value) -> (Callee, Value) {
        let sig = self.signature_of(type_index);
        let flags = self.trusted(Region::Context);
        let code = self.builder.ins().load(
            types::I64,
            flags,
            reference,
            offset_of!(VMFuncRef, code) as i32,
        );
        let vmctx = self.builder.ins().load(
            types::I64,
            flags,
            reference,
            offset_of!(VMFuncRef, vmctx) as i32,
        );
        (Callee::Indirect(sig, code), vmctx)
    }

    fn arguments(&mut self, type_index: u32, vmctx: Value) -> Vec<Value> {
        let count = self.env.module.type_signature(type_index).params().len();
        let mut args = Vec::with_capacity(count + 1);
        args.push(vmctx);
        args.extend(self.pop_many(count));
        args
    }

    fn call(&mut self, type_index: u32, callee: Callee, vmctx: Value) {
        let args = self.arguments(type_index, vmctx);
        let results = self.emit_call(callee, &args, true);
        self.stack.extend(results);
    }

    fn tail_call(&mut self, type_index: u32, callee: Callee, vmctx: Value) {
        let args = self.arguments(type_index, vmctx);
        match self.guarded(callee) {
            Callee::Direct(function) => self.builder.ins().return_call(function, &args),
            Callee::Indirect(sig, address) => {
                self.builder.ins().return_call_indirect(sig, address, &args)
            }
        };
        self.reachable = false;
    }

    /// Lets an indirect call take the way that the settings want.
    fn guarded(&mut self, callee: Callee) -> Callee {
        match callee {
            Callee::Direct(_) => callee,
            Callee::Indirect(sig, address) => {
                Callee::at(&mut self.builder, self.env.tunables, sig, address)
            }
        }
    }

    /// A call; when it may throw and a handler is active, with that handler.
    pub(super) fn emit_call(
        &mut self,
        callee: Callee,
        args: &[Value],
        may_throw: bool,
    ) -> Vec<Value> {
        let callee = self.guarded(callee);
        let landing = match self.handlers.last() {
            Some(&landing) if may_throw => landing,
            _ => {
                let call = callee.call(&mut self.builder, args);
                return self.builder.inst_results(call).to_vec();
            }
        };
        let sig = match callee {
            Callee::Direct(function) => self.builder.func.dfg.ext_funcs[function].signature,
            Callee::Indirect(sig, _) => sig,
        };
        let normal = self.builder.create_block();
        let returns: Vec<_> = self.builder.func.dfg.signatures[sig]
            .returns
            .iter()
            .map(|param| param.value_type)
            .collect();
        for &ty in &returns {
            self.builder.append_block_param(normal, ty);
        }
        let pool = &mut self.builder.func.dfg.value_lists;
        let normal_call = BlockCall::new(
            normal,
            (0..returns.len() as u32).map(BlockArg::TryCallRet),
            pool,
        );
        let landing_call = BlockCall::new(landing, [BlockArg::TryCallExn(0)], pool);
        let data = ExceptionTableData::new(
            sig,
            normal_call,
            [ExceptionTableItem::Default(landing_call)],
        );
        let table = self.builder.func.dfg.exception_tables.push(data);
        match callee {
            Callee::Direct(function) => self.builder.ins().try_call(function, args, table),
            Callee::Indirect(_, address) => {
                self.builder.ins().try_call_indirect(address, args, table)
            }
        };
        self.builder.seal_block(normal);
        self.builder.switch_to_block(normal);
        self.builder.block_params(normal).to_vec()
    }
}
