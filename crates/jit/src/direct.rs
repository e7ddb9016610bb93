//! Trampolines that make a system call themselves.
//!
//! Compiled code calls such a trampoline instead of the host function's. It turns
//! the parameters into the call's arguments as a [`Direct`] describes it, and makes
//! the call. What it declines, and calls that fail, it passes on to the host
//! function, with the call's result left in [`DirectPlaces::result`].

use crate::abi;
use crate::compile::SYSTEM_CALL;
use crate::settings::Tunables;
use crate::trampoline::call_host;
use crate::translate::{Callee, trap_code};
use alloc::vec::Vec;
use core::mem::offset_of;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    AbiParam, Block, BlockArg, ExtFuncData, ExternalName, Function, InstBuilder, MemFlagsData,
    Signature, StackSlotData, StackSlotKind, UserExternalName, UserFuncName, Value, types,
};
use cranelift_codegen::isa::TargetIsa;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use wasmjit_direct::layout::{
    Copying, Field, GUEST_EVENT, KERNEL_EVENT, STATUS_TIME32, STATUS_TIME64, TIMESPEC32, TIMESPEC64,
};
use wasmjit_direct::{
    Argument, BUFFERS_MAX, Condition, Direct, EAGAIN, Kind, Outcome, Parameter, SCRATCH, WouldBlock,
};
use wasmjit_module::{FuncType, ValType};
use wasmjit_runtime::TrapCode;
use wasmjit_runtime::builtins::Builtin;
use wasmjit_runtime::vm::{VMHostFunction, VMMemory};

/// What [`DirectPlaces::result`] holds when the call was not made.
pub const NOT_MADE: i64 = i64::MAX;

/// Addresses that direct calls need.
#[derive(Debug, Clone)]
pub struct DirectPlaces {
    /// Of a pointer to the memory that the calls work on: a [`VMMemory`].
    pub memory: usize,
    /// Of 64 bits that the result is left in before the host function is called: an
    /// error, or [`NOT_MADE`].
    pub result: usize,
    /// Of [`SCRATCH`](wasmjit_direct::SCRATCH) bytes of user space outside the memory.
    pub scratch: usize,
    /// Whether the guest's `time_t` has 64 bits.
    pub time64: bool,
    /// Of 64 bits, and which of them keep calls from being made directly.
    pub watched: (usize, u64),
    /// Of 32 bits, and which of them mean that signals wait: then they are delivered
    /// after the call.
    pub signals: (usize, u32),
    /// Of the call's last parameter.
    pub context: usize,
    /// Of `extern "C" fn(registers, function, context) -> i64`, which calls the
    /// function, outside the section of compiled code. It must be within reach of a
    /// direct call.
    pub system_call: usize,
}

/// Addresses of the kernel's functions for a [`Direct`].
#[derive(Debug, Clone, Copy)]
pub struct SystemCall {
    /// Of its call.
    pub single: usize,
    /// Of the one for several buffers; without it that is declined.
    pub vectored: Option<usize>,
}

/// Bytes of a `struct iovec`, of the guest's and of the kernel's.
const GUEST_BUFFER: i64 = 8;
const KERNEL_BUFFER: i64 = 16;
const _: () = assert!(BUFFERS_MAX as i64 * KERNEL_BUFFER <= SCRATCH as i64);

/// The kernel's `struct pt_regs`: its size, and where the arguments are.
const REGISTERS: u32 = 168;
const ARGUMENTS: [i32; 6] = [112, 104, 96, 56, 72, 64];

/// Makes the trampoline for a call of the functions.
pub(crate) fn trampoline(
    isa: &dyn TargetIsa,
    tunables: &Tunables,
    (direct, functions): (&Direct, SystemCall),
    places: &DirectPlaces,
    func: &mut Function,
    builder_context: &mut FunctionBuilderContext,
) {
    let params = direct.parameters.iter().map(|kind| match kind {
        Kind::I32 => ValType::I32,
        Kind::I64 => ValType::I64,
    });
    let ty = FuncType::new(params.collect::<Vec<_>>(), [ValType::I32]);
    func.signature = abi::signature(isa, &ty);
    func.name = UserFuncName::user(1, 2);
    let mut builder = FunctionBuilder::new(func, builder_context);
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    builder.seal_block(entry);
    let params = builder.block_params(entry).to_vec();
    let host = builder.create_block();
    builder.append_block_param(host, types::I64);
    builder.set_cold_block(host);
    let declined = builder.create_block();
    builder.set_cold_block(declined);
    let mut trampoline = Trampoline {
        isa,
        tunables,
        builder,
        params,
        host,
        declined,
        places,
        memory: None,
        functions,
        buffers: None,
        room: None,
    };
    trampoline.make(direct);

    let Trampoline {
        mut builder,
        params,
        ..
    } = trampoline;
    builder.seal_block(declined);
    builder.switch_to_block(declined);
    let not_made = builder.ins().iconst(types::I64, NOT_MADE);
    builder.ins().jump(host, &[BlockArg::Value(not_made)]);
    builder.seal_block(host);
    builder.switch_to_block(host);
    let result = builder.block_params(host)[0];
    let place = builder.ins().iconst(types::I64, places.result as i64);
    builder
        .ins()
        .store(MemFlagsData::trusted(), result, place, 0);
    let results = call_host(isa, tunables, &ty, &mut builder, &params);
    builder.ins().return_(&results);
    builder.finalize(isa.frontend_config());
}

/// A trampoline in the making.
struct Trampoline<'a> {
    isa: &'a dyn TargetIsa,
    tunables: &'a Tunables,
    builder: FunctionBuilder<'a>,
    /// Its own: the [`VMHostFunction`] first.
    params: Vec<Value>,
    /// Passes the call on; takes its result.
    host: Block,
    /// Passes the call on, which was not made.
    declined: Block,
    places: &'a DirectPlaces,
    /// Address and length of the memory.
    memory: Option<[Value; 2]>,
    functions: SystemCall,
    /// Address and length of the buffer that was described, or of the description of
    /// several; and the function for them.
    buffers: Option<[Value; 3]>,
    /// Address of the room that was described, and of its length.
    room: Option<[Value; 2]>,
}

impl Trampoline<'_> {
    fn make(&mut self, direct: &Direct) {
        let (word, mask) = self.places.watched;
        let word = self.word(word, types::I64);
        let watched = self.builder.ins().band_imm_u(word, mask as i64);
        let unwatched = self.builder.ins().icmp_imm_u(IntCC::Equal, watched, 0);
        self.require(unwatched);
        for condition in direct.conditions {
            self.condition(condition);
        }
        let arguments = direct.arguments.iter();
        let arguments: Vec<Value> = arguments.map(|argument| self.argument(*argument)).collect();
        let result = self.call(direct, &arguments);
        self.outcome(direct.outcome, result);
    }

    fn param(&self, parameter: Parameter) -> Value {
        self.params[1 + usize::from(parameter)]
    }

    /// The parameter as an unsigned number.
    fn unsigned(&mut self, parameter: Parameter) -> Value {
        let value = self.param(parameter);
        self.builder.ins().uextend(types::I64, value)
    }

    /// What is at an address of the kernel's.
    fn word(&mut self, address: usize, ty: cranelift_codegen::ir::Type) -> Value {
        let address = self.builder.ins().iconst(types::I64, address as i64);
        let flags = MemFlagsData::trusted();
        self.builder.ins().load(ty, flags, address, 0)
    }

    /// Passes the call on unless the condition holds.
    fn require(&mut self, holds: Value) {
        let next = self.builder.create_block();
        self.builder
            .ins()
            .brif(holds, next, &[], self.declined, &[]);
        self.builder.seal_block(next);
        self.builder.switch_to_block(next);
    }

    fn condition(&mut self, condition: &Condition) {
        let holds = match *condition {
            Condition::Is(at, value) => {
                let param = self.param(at);
                self.builder
                    .ins()
                    .icmp_imm_u(IntCC::Equal, param, i64::from(value))
            }
            Condition::Clear(at, mask) => {
                let param = self.param(at);
                let bits = self.builder.ins().band_imm_u(param, i64::from(mask));
                self.builder.ins().icmp_imm_u(IntCC::Equal, bits, 0)
            }
            Condition::Between(at, low, high) => {
                let param = self.param(at);
                let offset = self.builder.ins().iadd_imm_s(param, -i64::from(low));
                let last = i64::from(high.wrapping_sub(low) as u32);
                self.builder
                    .ins()
                    .icmp_imm_u(IntCC::UnsignedLessThanOrEqual, offset, last)
            }
            Condition::Writable(at, bytes) => {
                let bytes = self.builder.ins().iconst(types::I64, i64::from(bytes));
                self.range(at, bytes);
                return;
            }
        };
        self.require(holds);
    }

    fn memory(&mut self) -> [Value; 2] {
        if let Some(memory) = self.memory {
            return memory;
        }
        let place = self.word(self.places.memory, types::I64);
        let flags = MemFlagsData::trusted();
        let mut field = |offset: usize| {
            let ins = self.builder.ins();
            ins.load(types::I64, flags, place, offset as i32)
        };
        let memory = [
            field(offset_of!(VMMemory, base)),
            field(offset_of!(VMMemory, length)),
        ];
        self.memory = Some(memory);
        memory
    }

    /// Address of so many bytes at a parameter, if they are in memory.
    fn range(&mut self, at: Parameter, bytes: Value) -> Value {
        let start = self.unsigned(at);
        self.checked(start, bytes)
    }

    /// Address of so many bytes at a place in memory, if they are there. Both numbers
    /// are far from the end of all numbers.
    fn checked(&mut self, start: Value, bytes: Value) -> Value {
        let [base, length] = self.memory();
        let end = self.builder.ins().iadd(start, bytes);
        let inside = self
            .builder
            .ins()
            .icmp(IntCC::UnsignedLessThanOrEqual, end, length);
        self.require(inside);
        self.builder.ins().iadd(base, start)
    }

    /// Flags of accesses to the guest's memory.
    fn guest() -> MemFlagsData {
        MemFlagsData::new().with_trap_code(Some(trap_code(TrapCode::MemoryOutOfBounds)))
    }

    fn function(&mut self, address: usize) -> Value {
        self.builder.ins().iconst(types::I64, address as i64)
    }

    /// What the `struct iovec`s at a parameter describe, of which there are as many as
    /// the other parameter says: at least one, and not more than [`BUFFERS_MAX`].
    fn buffers(&mut self, at: Parameter, count: Parameter) -> [Value; 3] {
        if let Some(buffers) = self.buffers {
            return buffers;
        }
        // On both ways.
        self.memory();
        let [one, several, done] = [(); 3].map(|()| self.builder.create_block());
        let buffers = [(); 3].map(|()| self.builder.append_block_param(done, types::I64));
        let param = self.param(count);
        let single = self.builder.ins().icmp_imm_u(IntCC::Equal, param, 1);
        self.builder.ins().brif(single, one, &[], several, &[]);
        self.builder.seal_block(one);
        self.builder.seal_block(several);

        self.builder.switch_to_block(one);
        let bytes = self.builder.ins().iconst(types::I64, GUEST_BUFFER);
        let vector = self.range(at, bytes);
        let [start, length] = self.buffer(vector);
        let function = self.function(self.functions.single);
        let arguments = [start, length, function].map(BlockArg::Value);
        self.builder.ins().jump(done, &arguments);

        self.builder.switch_to_block(several);
        if let Some(vectored) = self.functions.vectored {
            let count = self.unsigned(count);
            let bytes = self.builder.ins().imul_imm_u(count, GUEST_BUFFER);
            let vector = self.range(at, bytes);
            self.kernel_buffers(vector, count);
            let function = self.function(vectored);
            let arguments = [self.scratch(), count, function].map(BlockArg::Value);
            self.builder.ins().jump(done, &arguments);
        } else {
            self.builder.ins().jump(self.declined, &[]);
        }
        self.builder.seal_block(done);
        self.builder.switch_to_block(done);
        self.buffers = Some(buffers);
        buffers
    }

    /// Leaves the kernel's form of so many `struct iovec`s in the scratch.
    fn kernel_buffers(&mut self, vector: Value, count: Value) {
        let [head, body, done] = [(); 3].map(|()| self.builder.create_block());
        let index = self.builder.append_block_param(head, types::I64);
        let zero = self.builder.ins().iconst(types::I64, 0);
        self.builder.ins().jump(head, &[BlockArg::Value(zero)]);
        self.builder.switch_to_block(head);
        let more = self
            .builder
            .ins()
            .icmp(IntCC::UnsignedLessThan, index, count);
        self.builder.ins().brif(more, body, &[], done, &[]);
        self.builder.seal_block(body);
        self.builder.seal_block(done);

        self.builder.switch_to_block(body);
        let offset = self.builder.ins().imul_imm_u(index, GUEST_BUFFER);
        let from = self.builder.ins().iadd(vector, offset);
        let [start, length] = self.buffer(from);
        let offset = self.builder.ins().imul_imm_u(index, KERNEL_BUFFER);
        let scratch = self.scratch();
        let to = self.builder.ins().iadd(scratch, offset);
        let flags = Self::guest();
        self.builder.ins().store(flags, start, to, 0);
        self.builder.ins().store(flags, length, to, 8);
        let next = self.builder.ins().iadd_imm_s(index, 1);
        self.builder.ins().jump(head, &[BlockArg::Value(next)]);
        self.builder.seal_block(head);
        self.builder.switch_to_block(done);
    }

    /// Address and length of the buffer that the `struct iovec` at an address describes.
    fn buffer(&mut self, vector: Value) -> [Value; 2] {
        // Read once: what is checked is what is used.
        let both = self
            .builder
            .ins()
            .load(types::I64, Self::guest(), vector, 0);
        let start = self.builder.ins().ireduce(types::I32, both);
        let start = self.builder.ins().uextend(types::I64, start);
        let length = self.builder.ins().ushr_imm_u(both, 32);
        [self.checked(start, length), length]
    }

    fn argument(&mut self, argument: Argument) -> Value {
        match argument {
            Argument::Constant(value) => self.builder.ins().iconst(types::I64, value),
            Argument::Signed(at) => {
                let param = self.param(at);
                self.builder.ins().sextend(types::I64, param)
            }
            Argument::Unsigned(at) => self.unsigned(at),
            Argument::Long(at) => self.param(at),
            Argument::Halves(low, high) => {
                let (low, high) = (self.unsigned(low), self.unsigned(high));
                let high = self.builder.ins().ishl_imm_u(high, 32);
                self.builder.ins().bor(high, low)
            }
            Argument::Bytes(at, count, size) => {
                let count = self.unsigned(count);
                let bytes = self.builder.ins().imul_imm_u(count, i64::from(size));
                self.range(at, bytes)
            }
            Argument::Object(at, bytes) => {
                let bytes = self.builder.ins().iconst(types::I64, i64::from(bytes));
                self.range(at, bytes)
            }
            Argument::Path(at) => {
                let param = self.param(at);
                let given = self.builder.ins().icmp_imm_u(IntCC::NotEqual, param, 0);
                self.require(given);
                // The kernel reads to the string's end; beyond the memory's it
                // finds nothing that is accessible.
                let bytes = self.builder.ins().iconst(types::I64, 1);
                self.range(at, bytes)
            }
            Argument::BufferStart(at, count) => self.buffers(at, count)[0],
            Argument::BufferLength(at, count) => self.buffers(at, count)[1],
            Argument::Scratch(_) => self.scratch(),
            Argument::Event(at) => self.event(at),
            Argument::Room(at, length) => self.room(at, length)[0],
            Argument::RoomLength(at, length) => self.room(at, length)[1],
        }
    }

    fn scratch(&mut self) -> Value {
        let address = self.places.scratch as i64;
        self.builder.ins().iconst(types::I64, address)
    }

    /// Address of what the kernel takes for the guest's `struct epoll_event`.
    fn event(&mut self, at: Parameter) -> Value {
        let bytes = self
            .builder
            .ins()
            .iconst(types::I64, i64::from(GUEST_EVENT));
        let from = self.range(at, bytes);
        let to = self.scratch();
        let flags = Self::guest();
        let events = self.builder.ins().load(types::I32, flags, from, 0);
        let data = self.builder.ins().load(types::I64, flags, from, 8);
        self.builder.ins().store(flags, events, to, 0);
        self.builder.ins().store(flags, data, to, 4);
        to
    }

    /// Address of room at a parameter, and of a copy of its length, which stands at the
    /// other; nulls if either parameter is.
    fn room(&mut self, at: Parameter, length: Parameter) -> [Value; 2] {
        if let Some(room) = self.room {
            return room;
        }
        // On both ways.
        self.memory();
        let given = self.builder.create_block();
        let both = self.builder.create_block();
        let room = [(); 2].map(|()| self.builder.append_block_param(both, types::I64));
        let zero = self.builder.ins().iconst(types::I32, 0);
        let [first, second] = [at, length].map(|parameter| {
            let value = self.param(parameter);
            self.builder.ins().icmp(IntCC::NotEqual, value, zero)
        });
        let present = self.builder.ins().band(first, second);
        let null = self.builder.ins().iconst(types::I64, 0);
        let nulls = [BlockArg::Value(null); 2];
        self.builder.ins().brif(present, given, &[], both, &nulls);
        self.builder.seal_block(given);

        self.builder.switch_to_block(given);
        let bytes = self.builder.ins().iconst(types::I64, 4);
        let place = self.range(length, bytes);
        // Read once: what is checked is what is used.
        let size = self.builder.ins().load(types::I32, Self::guest(), place, 0);
        let bytes = self.builder.ins().uextend(types::I64, size);
        let start = self.range(at, bytes);
        let copy = self.scratch();
        self.builder.ins().store(Self::guest(), size, copy, 0);
        let arguments = [start, copy].map(BlockArg::Value);
        self.builder.ins().jump(both, &arguments);
        self.builder.seal_block(both);
        self.builder.switch_to_block(both);
        self.room = Some(room);
        room
    }

    /// Makes the call and returns its result, which is no error.
    fn call(&mut self, direct: &Direct, arguments: &[Value]) -> Value {
        let slot = self.builder.create_sized_stack_slot(StackSlotData::new(
            StackSlotKind::ExplicitSlot,
            REGISTERS,
            4,
        ));
        for (&argument, offset) in arguments.iter().zip(ARGUMENTS) {
            self.builder
                .ins()
                .stack_store(types::I64, argument, slot, offset);
        }
        let registers = self.builder.ins().stack_addr(types::I64, slot, 0);
        let function = match self.buffers {
            Some([.., function]) => function,
            None => self.function(self.functions.single),
        };
        let context = self
            .builder
            .ins()
            .iconst(types::I64, self.places.context as i64);
        let mut signature = Signature::new(abi::native(self.isa));
        signature.params.extend([AbiParam::new(types::I64); 3]);
        signature.returns.push(AbiParam::new(types::I64));
        let signature = self.builder.import_signature(signature);
        let name = UserExternalName::new(0, SYSTEM_CALL);
        let name = self.builder.func.declare_imported_user_function(name);
        let callee = self.builder.import_function(ExtFuncData {
            name: ExternalName::user(name),
            signature,
            colocated: true,
            patchable: false,
        });
        let call = Callee::Direct(callee).call(&mut self.builder, &[registers, function, context]);
        let result = self.builder.inst_results(call)[0];
        // Errors are the numbers from -4095 to -1.
        let fine = self
            .builder
            .ins()
            .icmp_imm_s(IntCC::UnsignedLessThan, result, -4095);
        let next = self.builder.create_block();
        let failed = self.builder.create_block();
        self.builder.set_cold_block(failed);
        self.builder.ins().brif(fine, next, &[], failed, &[]);
        self.builder.seal_block(next);
        self.builder.seal_block(failed);
        self.builder.switch_to_block(failed);
        self.failed(direct, result);
        self.builder.switch_to_block(next);
        result
    }

    /// What becomes of an error.
    fn failed(&mut self, direct: &Direct, result: Value) {
        if let WouldBlock::Result(value) = direct.would_block() {
            let blocks = self.builder.ins().icmp_imm_s(IntCC::Equal, result, -EAGAIN);
            let tell = self.builder.create_block();
            let host = [BlockArg::Value(result)];
            self.builder.ins().brif(blocks, tell, &[], self.host, &host);
            self.builder.seal_block(tell);
            self.builder.switch_to_block(tell);
            self.builder.set_cold_block(tell);
            self.deliver_signals();
            let value = self.builder.ins().iconst(types::I32, i64::from(value));
            self.builder.ins().return_(&[value]);
        } else {
            self.builder
                .ins()
                .jump(self.host, &[BlockArg::Value(result)]);
        }
    }

    fn outcome(&mut self, outcome: Outcome, result: Value) {
        let value = match outcome {
            Outcome::Value => self.builder.ins().ireduce(types::I32, result),
            Outcome::Zero => self.builder.ins().iconst(types::I32, 0),
            Outcome::Store32(at) => {
                let value = self.builder.ins().ireduce(types::I32, result);
                self.store(at, value)
            }
            Outcome::Store64(at) => self.store(at, result),
            Outcome::Events(at) => self.events(at, result),
            Outcome::Fields(at, fields) => self.fields(at, fields),
            Outcome::RoomLength(at, length) => {
                self.store_room_length(at, length);
                self.builder.ins().ireduce(types::I32, result)
            }
            Outcome::Status(at) => match self.places.time64 {
                true => self.fields(at, STATUS_TIME64),
                false => self.fields(at, STATUS_TIME32),
            },
            Outcome::Time(at) => match self.places.time64 {
                true => self.fields(at, TIMESPEC64),
                false => self.fields(at, TIMESPEC32),
            },
        };
        self.deliver_signals();
        self.builder.ins().return_(&[value]);
    }

    /// Stores a value at a parameter, which was checked; returns zero.
    fn store(&mut self, at: Parameter, value: Value) -> Value {
        let [base, _] = self.memory();
        let start = self.unsigned(at);
        let to = self.builder.ins().iadd(base, start);
        self.builder.ins().store(Self::guest(), value, to, 0);
        self.builder.ins().iconst(types::I32, 0)
    }

    /// Stores the length of a room where it stood, which was checked.
    fn store_room_length(&mut self, at: Parameter, length: Parameter) {
        let [_, copy] = self.room(at, length);
        let given = self.builder.create_block();
        let done = self.builder.create_block();
        self.builder.ins().brif(copy, given, &[], done, &[]);
        self.builder.seal_block(given);
        self.builder.switch_to_block(given);
        let size = self.builder.ins().load(types::I32, Self::guest(), copy, 0);
        let [base, _] = self.memory();
        let start = self.unsigned(length);
        let to = self.builder.ins().iadd(base, start);
        self.builder.ins().store(Self::guest(), size, to, 0);
        self.builder.ins().jump(done, &[]);
        self.builder.seal_block(done);
        self.builder.switch_to_block(done);
    }

    /// Turns the structure in the scratch into the guest's at a parameter, whose room
    /// was checked; returns zero.
    fn fields(&mut self, at: Parameter, fields: &[Field]) -> Value {
        let [base, _] = self.memory();
        let start = self.unsigned(at);
        let to = self.builder.ins().iadd(base, start);
        let from = self.scratch();
        // The scratch is the process's: it may be gone, as guest memory may.
        let flags = Self::guest();
        for field in fields {
            let ty = match field.copy {
                Copying::Word | Copying::Zero => types::I32,
                _ => types::I64,
            };
            let offset = i32::from(field.from);
            let value = match field.copy {
                Copying::Zero => self.builder.ins().iconst(ty, 0),
                _ => self.builder.ins().load(ty, flags, from, offset),
            };
            let value = match field.copy {
                Copying::Word | Copying::Zero | Copying::Long => value,
                Copying::Low => self.builder.ins().ireduce(types::I32, value),
                Copying::Unsigned => {
                    let most = self.limit(value, IntCC::UnsignedLessThan, u32::MAX.into());
                    self.builder.ins().ireduce(types::I32, most)
                }
                Copying::Signed => {
                    let most = self.limit(value, IntCC::SignedLessThan, i32::MAX.into());
                    let least = self.limit(most, IntCC::SignedGreaterThan, i32::MIN.into());
                    self.builder.ins().ireduce(types::I32, least)
                }
                Copying::Thousandth => {
                    let part = self.builder.ins().udiv_imm_u(value, 1000);
                    self.builder.ins().ireduce(types::I32, part)
                }
            };
            let offset = i32::from(field.to);
            self.builder.ins().store(flags, value, to, offset);
        }
        self.builder.ins().iconst(types::I32, 0)
    }

    /// The value where it compares so with the limit, which is it otherwise.
    fn limit(&mut self, value: Value, inside: IntCC, limit: i64) -> Value {
        let limit = self.builder.ins().iconst(types::I64, limit);
        let fits = self.builder.ins().icmp(inside, value, limit);
        self.builder.ins().select(fits, value, limit)
    }

    /// Turns so many of the kernel's events, of 12 bytes, into the guest's, of 16:
    /// events, padding, data. The last is moved first. Their room was checked.
    fn events(&mut self, at: Parameter, count: Value) -> Value {
        let [base, _] = self.memory();
        let start = self.unsigned(at);
        let first = self.builder.ins().iadd(base, start);
        let head = self.builder.create_block();
        let left = self.builder.append_block_param(head, types::I64);
        let body = self.builder.create_block();
        let done = self.builder.create_block();
        self.builder.ins().jump(head, &[BlockArg::Value(count)]);
        self.builder.switch_to_block(head);
        self.builder.ins().brif(left, body, &[], done, &[]);
        self.builder.seal_block(body);
        self.builder.seal_block(done);

        self.builder.switch_to_block(body);
        let index = self.builder.ins().iadd_imm_s(left, -1);
        let offset = self
            .builder
            .ins()
            .imul_imm_u(index, i64::from(KERNEL_EVENT));
        let from = self.builder.ins().iadd(first, offset);
        let offset = self.builder.ins().imul_imm_u(index, i64::from(GUEST_EVENT));
        let to = self.builder.ins().iadd(first, offset);
        let guest = Self::guest();
        let events = self.builder.ins().load(types::I32, guest, from, 0);
        let data = self.builder.ins().load(types::I64, guest, from, 4);
        let events = self.builder.ins().uextend(types::I64, events);
        self.builder.ins().store(guest, events, to, 0);
        self.builder.ins().store(guest, data, to, 8);
        self.builder.ins().jump(head, &[BlockArg::Value(index)]);
        self.builder.seal_block(head);

        self.builder.switch_to_block(done);
        self.builder.ins().ireduce(types::I32, count)
    }

    /// Signals that wait are delivered before the call returns, as natively.
    fn deliver_signals(&mut self) {
        let (word, mask) = self.places.signals;
        let word = self.word(word, types::I32);
        let waiting = self.builder.ins().band_imm_u(word, i64::from(mask));
        let slow = self.builder.create_block();
        let next = self.builder.create_block();
        self.builder.set_cold_block(slow);
        self.builder.ins().brif(waiting, slow, &[], next, &[]);
        self.builder.seal_block(slow);
        self.builder.switch_to_block(slow);
        let vmctx = self.params[0];
        let flags = MemFlagsData::trusted();
        let table = offset_of!(VMHostFunction, builtins) as i32;
        let table = self.builder.ins().load(types::I64, flags, vmctx, table);
        let poll = Builtin::Poll as i32 * 8;
        let poll = self.builder.ins().load(types::I64, flags, table, poll);
        let signature = abi::builtin_signature(self.isa, Builtin::Poll);
        let signature = self.builder.import_signature(signature);
        let callee = Callee::at(&mut self.builder, self.tunables, signature, poll);
        callee.call(&mut self.builder, &[vmctx]);
        self.builder.ins().jump(next, &[]);
        self.builder.seal_block(next);
        self.builder.switch_to_block(next);
    }
}
