//! WebAssembly function bodies to Cranelift IR.
//!
//! [`translate`] reads a validated body and builds a [`Function`]. Operators
//! are grouped by idea, a file each; this file has the operand stack and what
//! the groups share.
//!
//! Values of type `v128` may lie on the operand stack with any 128-bit vector
//! type; they have the canonical type `i8x16` wherever control flow joins, in
//! locals, and at calls.

mod atomic;
mod bulk;
mod call;
mod control;
mod exception;
mod loop_entry;
mod memory;
mod numeric;
mod poll;
mod reference;
mod simd;
mod table;
mod variable;
mod vectors;

use crate::abi;
use crate::settings::Tunables;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
pub(crate) use call::Callee;
use control::ControlFrame;
use cranelift_codegen::ir::{
    self, AliasRegion, AliasRegionData, Block, Endianness, FuncRef, InstBuilder, MemFlagsData,
    SigRef, SourceLoc, Type, UserFuncName, Value, types,
};
use cranelift_codegen::isa::TargetIsa;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Variable};
use hashbrown::HashMap;
use loop_entry::LoopEntry;
pub(crate) use poll::is_interrupted;
pub(crate) use vectors::VectorGuard;
use wasmjit_module::{FuncType, Module, ValType};
use wasmjit_runtime::TrapCode;
use wasmjit_runtime::builtins::{Builtin, BuiltinResult};
use wasmjit_runtime::vm::{VMOffsets, context};
use wasmparser::{BinaryReader, FunctionBody, Operator};

/// Cranelift's carrier of a trap code.
pub(crate) fn trap_code(code: TrapCode) -> ir::TrapCode {
    ir::TrapCode::unwrap_user(code as u8)
}

/// The trap that Cranelift's own or our trap code means.
pub(crate) fn trap_of(code: ir::TrapCode) -> Option<TrapCode> {
    Some(match code {
        ir::TrapCode::STACK_OVERFLOW => TrapCode::StackOverflow,
        ir::TrapCode::INTEGER_OVERFLOW => TrapCode::IntegerOverflow,
        ir::TrapCode::HEAP_OUT_OF_BOUNDS => TrapCode::MemoryOutOfBounds,
        ir::TrapCode::INTEGER_DIVISION_BY_ZERO => TrapCode::IntegerDivideByZero,
        ir::TrapCode::BAD_CONVERSION_TO_INTEGER => TrapCode::InvalidConversion,
        other => return TrapCode::from_u8(other.as_raw().get()),
    })
}

/// What translation needs to know besides the body.
pub(crate) struct Environment<'a> {
    /// The module.
    pub module: &'a Module,
    /// Layout of its context.
    pub offsets: &'a VMOffsets,
    /// Target.
    pub isa: &'a dyn TargetIsa,
    /// Choices that change code.
    pub tunables: &'a Tunables,
    /// Check the stack in the prologue, before the frame is made: for
    /// functions with very large frames.
    pub prologue_stack_check: bool,
    /// The function uses vector registers, which [`Settings::vectors`] guards.
    ///
    /// [`Settings::vectors`]: crate::Settings::vectors
    pub vectors_guarded: bool,
    /// Begin at the loop at this offset in the module's binary.
    pub entry_loop: Option<u32>,
}

/// Distinct kinds of memory that never overlap, for alias analysis.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Region {
    /// Linear memories.
    Memory,
    /// The context's fixed parts, read-only after instantiation.
    Context,
    /// Globals.
    Global,
    /// Table elements and descriptors.
    Table,
    /// Memory descriptors.
    MemoryDescriptor,
    /// Exceptions and value arrays.
    Values,
}

pub(crate) struct FunctionTranslator<'a> {
    pub(super) builder: FunctionBuilder<'a>,
    pub(super) env: &'a Environment<'a>,
    vmctx: Value,
    entry: Block,
    /// Of the function's use of vector registers, where that is guarded.
    pub(super) vectors: Option<VectorGuard>,
    stack: Vec<Value>,
    control: Vec<ControlFrame>,
    locals: Vec<(Variable, ValType)>,
    /// Landing blocks of the active handlers, innermost last.
    handlers: Vec<Block>,
    reachable: bool,
    /// Where the current operator stands in the module's binary.
    at: u32,
    /// Where the body ends there.
    end: usize,
    loops: Loops,
    regions: [Option<AliasRegion>; 6],
    signatures: HashMap<SignatureKey, SigRef>,
    functions: HashMap<u32, FuncRef>,
    result_types: Vec<Type>,
    /// When the function is entered at one of its loops.
    loop_entry: Option<LoopEntry>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum SignatureKey {
    Type(u32),
    Builtin(u32),
}

/// What is known of a function's loops.
#[derive(Debug, Default)]
pub(crate) struct Loops {
    pub any: bool,
    /// Where those are, in the module's binary, that may be interrupted at any
    /// instruction.
    pub interrupted: Vec<u32>,
}

/// Builds the IR of defined function `defined`.
///
/// # Errors
/// A message when the body needs something that this compiler does not do.
pub(crate) fn translate(
    env: &Environment<'_>,
    defined: u32,
    func: &mut ir::Function,
    builder_context: &mut FunctionBuilderContext,
) -> Result<Loops, String> {
    let module = env.module;
    let index = module.imported_functions + defined;
    let ty = module.function_type(index);
    func.signature = match env.entry_loop {
        Some(_) => abi::loop_signature(env.isa, ty),
        None => abi::signature(env.isa, ty),
    };
    func.name = UserFuncName::user(0, defined);
    let range = module
        .body(index)
        .expect("a defined function")
        .range
        .clone();
    let reader = BinaryReader::new(&module.bytes()[range.clone()], range.start as u64);
    let body = FunctionBody::new(reader);

    let mut translator = FunctionTranslator::new(env, func, builder_context, ty);
    if let Some(offset) = env.entry_loop {
        translator.begin_at_loop(&body, offset)?;
    }
    translator
        .declare_locals(&body, ty)
        .map_err(|e| e.to_string())?;
    translator.end = range.end;
    let start = u32::try_from(range.start).unwrap_or(u32::MAX);
    translator.builder.set_srcloc(SourceLoc::new(start));
    if env.entry_loop.is_none() && poll::is_polled_at_entry(&body) {
        translator.poll_entry();
    }
    let mut operators = body.get_operators_reader().map_err(|e| e.to_string())?;
    while !operators.eof() {
        let (operator, offset) = operators.read_with_offset().map_err(|e| e.to_string())?;
        translator.at = u32::try_from(offset).unwrap_or(u32::MAX);
        translator.builder.set_srcloc(SourceLoc::new(translator.at));
        translator.translate_operator(&operator)?;
    }
    translator.finish()
}

impl<'a> FunctionTranslator<'a> {
    fn new(
        env: &'a Environment<'a>,
        func: &'a mut ir::Function,
        builder_context: &'a mut FunctionBuilderContext,
        ty: &FuncType,
    ) -> Self {
        if env.prologue_stack_check {
            abi::set_prologue_stack_check(func, env.isa);
        }
        let mut builder = FunctionBuilder::new(func, builder_context);
        let entry = builder.create_block();
        builder.append_block_params_for_function_params(entry);
        builder.switch_to_block(entry);
        builder.seal_block(entry);
        let vmctx = builder.block_params(entry)[0];
        let vectors = env
            .vectors_guarded
            .then(|| VectorGuard::begin(&mut builder, vmctx));
        let result_types: Vec<Type> = ty.results().iter().map(|&t| abi::value_type(t)).collect();
        let mut translator = Self {
            builder,
            env,
            vmctx,
            entry,
            vectors,
            stack: Vec::new(),
            control: Vec::new(),
            locals: Vec::new(),
            handlers: Vec::new(),
            reachable: true,
            regions: [None; 6],
            signatures: HashMap::new(),
            functions: HashMap::new(),
            result_types,
            loop_entry: None,
            at: 0,
            end: 0,
            loops: Loops::default(),
        };
        let exit = translator.builder.create_block();
        for i in 0..translator.result_types.len() {
            let ty = translator.result_types[i];
            translator.builder.append_block_param(exit, ty);
        }
        translator
            .control
            .push(ControlFrame::function(exit, ty.results().len()));
        translator
    }

    fn declare_locals(&mut self, body: &FunctionBody<'_>, ty: &FuncType) -> wasmparser::Result<()> {
        let entry = self.entry;
        for (i, &param) in ty.params().iter().enumerate() {
            let variable = self.builder.declare_var(abi::value_type(param));
            // Entered at a loop, the locals come from elsewhere.
            if self.loop_entry.is_none() {
                let value = self.builder.block_params(entry)[i + 1];
                self.builder.def_var(variable, value);
            }
            self.locals.push((variable, param));
        }
        let mut reader = body.get_locals_reader()?;
        for _ in 0..reader.get_count() {
            let (count, ty) = reader.read()?;
            let zero = self.zero(ty);
            for _ in 0..count {
                let variable = self.builder.declare_var(abi::value_type(ty));
                self.builder.def_var(variable, zero);
                self.locals.push((variable, ty));
            }
        }
        Ok(())
    }

    fn zero(&mut self, ty: ValType) -> Value {
        match ty {
            ValType::I32 => self.builder.ins().iconst(types::I32, 0),
            ValType::I64 | ValType::Ref(_) => self.builder.ins().iconst(types::I64, 0),
            ValType::F32 => self.builder.ins().f32const(0.0),
            ValType::F64 => self.builder.ins().f64const(0.0),
            ValType::V128 => {
                let zero = self
                    .builder
                    .func
                    .dfg
                    .constants
                    .insert([0u8; 16].as_slice().into());
                self.builder.ins().vconst(types::I8X16, zero)
            }
        }
    }

    fn finish(mut self) -> Result<Loops, String> {
        if self.loop_entry.as_ref().is_some_and(|entry| !entry.done()) {
            return Err("the function cannot be entered at this loop".to_string());
        }
        self.builder.seal_all_blocks();
        self.builder.finalize(self.env.isa.frontend_config());
        Ok(self.loops)
    }

    fn translate_operator(&mut self, op: &Operator<'_>) -> Result<(), String> {
        if !self.reachable {
            self.translate_unreachable(op);
            return Ok(());
        }
        if self.translate_variable(op)
            || self.translate_memory(op)
            || self.translate_numeric(op)
            || self.translate_control(op)
            || self.translate_call(op)
            || self.translate_table(op)
            || self.translate_reference(op)
            || self.translate_exception(op)
            || self.translate_simd(op)
            || self.translate_atomic(op)
        {
            return Ok(());
        }
        Err(alloc::format!("instruction {op:?} is not supported"))
    }

    // The operand stack.

    pub(super) fn push(&mut self, value: Value) {
        self.stack.push(value);
    }

    pub(super) fn pop(&mut self) -> Value {
        self.stack.pop().expect("validated code")
    }

    pub(super) fn pop2(&mut self) -> (Value, Value) {
        let b = self.pop();
        (self.pop(), b)
    }

    pub(super) fn pop3(&mut self) -> (Value, Value, Value) {
        let c = self.pop();
        let b = self.pop();
        (self.pop(), b, c)
    }

    /// Pops a `v128` with lanes of `ty`.
    pub(super) fn pop_vector(&mut self, ty: Type) -> Value {
        let value = self.pop();
        self.cast_vector(value, ty)
    }

    pub(super) fn pop2_vector(&mut self, ty: Type) -> (Value, Value) {
        let b = self.pop_vector(ty);
        (self.pop_vector(ty), b)
    }

    pub(super) fn cast_vector(&mut self, value: Value, ty: Type) -> Value {
        // Casts of casts hide the lanes from the code generator's patterns.
        let value = self.uncast_vector(value);
        if self.builder.func.dfg.value_type(value) == ty {
            return value;
        }
        let flags = MemFlagsData::new().with_endianness(Endianness::Little);
        self.builder.ins().bitcast(ty, flags, value)
    }

    /// Gives a value the type that it has at joins and calls.
    fn canonical(&mut self, value: Value) -> Value {
        if self.builder.func.dfg.value_type(value).is_vector() {
            self.cast_vector(value, types::I8X16)
        } else {
            value
        }
    }

    /// Removes the top `count` values, canonical, in stack order.
    fn pop_many(&mut self, count: usize) -> Vec<Value> {
        let values = self.stack.split_off(self.stack.len() - count);
        values.into_iter().map(|v| self.canonical(v)).collect()
    }

    /// The top `count` values, canonical, in stack order; they stay.
    fn peek_many(&mut self, count: usize) -> Vec<Value> {
        let start = self.stack.len() - count;
        (start..self.stack.len())
            .map(|i| {
                let value = self.stack[i];
                self.canonical(value)
            })
            .collect()
    }

    // The context and the runtime.

    fn region(&mut self, region: Region) -> Option<AliasRegion> {
        let slot = region as usize;
        if self.regions[slot].is_none() {
            let data = AliasRegionData {
                user_id: slot as u32,
                description: "".into(),
            };
            self.regions[slot] = Some(self.builder.func.dfg.alias_regions.insert(data));
        }
        self.regions[slot]
    }

    /// Flags of an access to runtime data, which never faults.
    fn trusted(&mut self, region: Region) -> MemFlagsData {
        let region = self.region(region);
        MemFlagsData::trusted().with_alias_region(region)
    }

    /// Flags of a load of runtime data that does not change while the function
    /// runs.
    fn constant(&mut self) -> MemFlagsData {
        self.trusted(Region::Context)
            .with_readonly()
            .with_can_move()
    }

    /// Loads a pointer that never changes from the context.
    fn context_pointer(&mut self, offset: u32) -> Value {
        let flags = self.constant();
        let vmctx = self.vmctx;
        self.builder
            .ins()
            .load(types::I64, flags, vmctx, offset as i32)
    }

    /// Calls a runtime function; returns its value. After a builtin that never
    /// returns the block is ended.
    pub(super) fn call_builtin(&mut self, builtin: Builtin, args: &[Value]) -> Option<Value> {
        let signature = builtin.signature();
        let key = SignatureKey::Builtin(builtin as u32);
        let sig = match self.signatures.get(&key) {
            Some(&sig) => sig,
            None => {
                let sig = self
                    .builder
                    .import_signature(abi::builtin_signature(self.env.isa, builtin));
                self.signatures.insert(key, sig);
                sig
            }
        };
        // Where the call is rare, loading its address must not be moved out of
        // a loop, where it would occupy a register.
        let flags = match signature.result {
            BuiltinResult::StatusPreserveAll | BuiltinResult::Never => {
                self.trusted(Region::Context)
            }
            _ => self.constant(),
        };
        let vmctx = self.vmctx;
        let table = self
            .builder
            .ins()
            .load(types::I64, flags, vmctx, context::BUILTINS);
        let callee = self
            .builder
            .ins()
            .load(types::I64, flags, table, builtin as i32 * 8);
        let mut all = Vec::with_capacity(args.len() + 1);
        all.push(self.vmctx);
        all.extend_from_slice(args);
        let may_catch = matches!(builtin, Builtin::Throw | Builtin::ThrowRef);
        let results = self.emit_call(call::Callee::Indirect(sig, callee), &all, may_catch);
        match signature.result {
            BuiltinResult::Never => {
                self.builder.ins().trap(trap_code(TrapCode::Unreachable));
                None
            }
            BuiltinResult::Status | BuiltinResult::StatusPreserveAll => None,
            BuiltinResult::Value(_) | BuiltinResult::ValueOrTrap => Some(results[0]),
        }
    }

    pub(super) fn i32_constant(&mut self, value: u32) -> Value {
        self.builder.ins().iconst(types::I32, i64::from(value))
    }

    pub(super) fn trap_if(&mut self, condition: Value, code: TrapCode) {
        self.builder.ins().trapnz(condition, trap_code(code));
    }

    /// Zero-extends an index or length of a memory or table to 64 bits.
    fn extend_index(&mut self, value: Value) -> Value {
        if self.builder.func.dfg.value_type(value) == types::I32 {
            self.builder.ins().uextend(types::I64, value)
        } else {
            value
        }
    }

    pub(super) fn has_fma(&self) -> bool {
        self.env.tunables.has_fma
    }
}
