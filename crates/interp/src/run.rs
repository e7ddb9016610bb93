//! The loop that carries out the interpreter's code.
//!
//! Calls of functions of the same instance stay in the loop: their frames lie
//! on the store's interpreter stack, arguments becoming locals where they are.
//! Everything else leaves it: other instances, the host, and machine code.
//!
//! Before anything that may trap, call, or look at the stack, the frame's place
//! in its code is stored.

use crate::code::{Code, Unit};
use crate::exchange::with_values;
use crate::instructions::{Op, for_each_instruction};
use crate::module::{CALL_HEAT, InterpretedModule, Target, enter_with_slots, heat};
use crate::numeric::{self, SlotValue};
use core::hint::cold_path;
use core::sync::atomic::Ordering;
use wasmjit_runtime::TrapCode;
use wasmjit_runtime::interpreter::{self, InterpreterFrame, InterpreterStack};
use wasmjit_runtime::vm::{
    FUNC_HOST, INTERRUPTED, RawValue, VMContext, VMFuncRef, VMImportedFunction, VMMemory, VMTable,
};

/// log2 of the size of a page.
const PAGE_BITS: u32 = 16;

/// A value at any address. Volatile: other threads may change it.
#[derive(Clone, Copy)]
#[repr(C, packed)]
struct Unaligned<T>(T);

/// Address of `size` bytes at `address + offset` in a memory.
///
/// # Safety
/// `memory` must be valid.
#[inline(always)]
unsafe fn near(memory: *const VMMemory, address: u64, offset: u16, size: usize) -> Option<*mut u8> {
    // SAFETY: the caller vouches for the memory.
    let (base, length) = unsafe { ((*memory).base, (*memory).length.load(Ordering::Relaxed)) };
    let start = u64::from(address as u32) + u64::from(offset);
    if start + size as u64 > length as u64 {
        cold_path();
        return None;
    }
    Some(base.wrapping_add(start as usize))
}

/// As [`near`], for any memory and offset.
///
/// # Safety
/// `vmctx` must be an instance of the module.
#[inline(never)]
unsafe fn far(
    module: &InterpretedModule,
    vmctx: *mut VMContext,
    index: u16,
    address: u64,
    offset: u64,
    size: usize,
) -> Option<*mut u8> {
    // SAFETY: the index is one of the module's.
    let memory = unsafe { memory(module, vmctx, index) };
    let is_64 = module.module.memories[usize::from(index)].memory64;
    let address = if is_64 {
        address
    } else {
        u64::from(address as u32)
    };
    let start = address.checked_add(offset)?;
    let end = start.checked_add(size as u64)?;
    // SAFETY: the memory is valid.
    let (base, length) = unsafe { ((*memory).base, (*memory).length.load(Ordering::Relaxed)) };
    (end <= length as u64).then(|| base.wrapping_add(start as usize))
}

/// # Safety
/// `vmctx` must be an instance of the module, which has this memory.
unsafe fn memory(module: &InterpretedModule, vmctx: *mut VMContext, index: u16) -> *const VMMemory {
    let index = u32::from(index);
    let offset = module.offsets.memory(index);
    // SAFETY: the layout says what is at the offset.
    unsafe {
        let place = vmctx.byte_add(offset as usize);
        if module.offsets.memory_is_inline(index) {
            place.cast()
        } else {
            place.cast::<*const VMMemory>().read()
        }
    }
}

/// # Safety
/// `vmctx` must be an instance of the module, which has this table.
#[inline]
unsafe fn table(module: &InterpretedModule, vmctx: *mut VMContext, index: u16) -> *const VMTable {
    let index = u32::from(index);
    let offset = module.offsets.table(index);
    // SAFETY: the layout says what is at the offset.
    unsafe {
        let place = vmctx.byte_add(offset as usize);
        if module.offsets.table_is_imported(index) {
            place.cast::<*const VMTable>().read()
        } else {
            place.cast()
        }
    }
}

/// Address of an element.
///
/// # Safety
/// As [`table`].
#[inline]
unsafe fn element(
    module: &InterpretedModule,
    vmctx: *mut VMContext,
    table_index: u16,
    index: u64,
) -> Option<*mut u64> {
    let is_64 = module.module.tables[usize::from(table_index)].ty.table64;
    let index = if is_64 {
        index
    } else {
        u64::from(index as u32)
    };
    // SAFETY: the caller vouches for the table.
    unsafe {
        let table = table(module, vmctx, table_index);
        (index < (*table).length as u64).then(|| (*table).base.add(index as usize))
    }
}

/// Results of a size or growth in the type of an index.
fn index_result(is_64: bool, value: u64) -> u64 {
    if is_64 {
        value
    } else {
        u64::from(value as u32)
    }
}

/// The function that an indirect call is of.
///
/// # Safety
/// As [`table`]; `ty` must be a type of the module.
#[inline]
unsafe fn indirect(
    module: &InterpretedModule,
    vmctx: *mut VMContext,
    table_index: u16,
    index: u64,
    ty: u32,
) -> Result<*const VMFuncRef, TrapCode> {
    // SAFETY: the caller vouches for the arguments; tables of functions hold
    // references or null.
    unsafe {
        let element = element(module, vmctx, table_index, index);
        let element = element.ok_or(TrapCode::UndefinedElement)?;
        let reference = core::ptr::with_exposed_provenance::<VMFuncRef>(element.read() as usize);
        if reference.is_null() {
            return Err(TrapCode::UninitializedElement);
        }
        if (*reference).type_id != (*vmctx).type_ids.add(ty as usize).read() {
            return Err(TrapCode::IndirectCallTypeMismatch);
        }
        Ok(reference)
    }
}

/// Calls a function that is not of this instance, with arguments in slots.
///
/// # Safety
/// `reference` must be a function of the store of type `ty`, with its arguments
/// in `slots`, and room for the results.
#[inline(never)]
unsafe fn call_out(
    module: &InterpretedModule,
    vmctx: *mut VMContext,
    reference: *const VMFuncRef,
    ty: u32,
    slots: *mut u64,
) -> u64 {
    let ty = module.module.type_signature(ty);
    // SAFETY: the caller vouches for the arguments.
    unsafe {
        with_values(slots, ty.params().len(), ty.results(), |values| {
            interpreter::call_reference(vmctx, &*reference, values)
        })
    }
}

/// An address on the machine's stack near its top.
#[inline(always)]
fn stack_pointer() -> usize {
    let here = 0_usize;
    (&raw const here).addr()
}

macro_rules! define_run {
    (
        unary { $( $u:ident($uf:ident => $ut:ident) |$ua:ident| $ue:expr; )* }
        unary_trapping { $( $ux:ident($uxf:ident => $uxt:ident) |$uxa:ident| $uxe:expr; )* }
        binary { $( $b:ident, $bi:ident($bf:ident => $bt:ident) |$ba:ident, $bb:ident| $be:expr; )* }
        binary_plain { $( $p:ident($pf:ident => $pt:ident) |$pa:ident, $pb:ident| $pe:expr; )* }
        binary_trapping { $( $x:ident($xf:ident => $xt:ident) |$xa:ident, $xb:ident| $xe:expr; )* }
        compare { $( $k:ident, $ki:ident, $kb:ident, $kbi:ident, $kn:ident, $kni:ident($kf:ident) |$ka:ident, $kkb:ident| $ke:expr; )* }
        load { $( $l:ident, $lf:ident($lm:ident => $lt:ident); )* }
        store { $( $s:ident, $sf:ident($sm:ident); )* }
        other { $( $(#[doc = $doc:literal])* $o:ident [$($operand:ident),*]; )* }
    ) => {
        /// Interprets a function; its parameters are at `slots`, where it leaves
        /// its results. Returns 0, or 1 after a pending trap was left in the
        /// store.
        ///
        /// # Safety
        /// `vmctx` must be an instance of the module, whose store runs on this
        /// thread in an activation of the interpreter; `stack` its store's, with
        /// room for the frame at `slots`.
        pub(crate) unsafe fn run(
            module: &InterpretedModule,
            vmctx: *mut VMContext,
            stack: *mut InterpreterStack,
            entered: *const Code,
            slots: *mut u64,
        ) -> u64 {
            // SAFETY: the translator made the code from a valid body: places of
            // values are inside the frame, distances lead to instructions, and
            // indices are those of the module. Frames are only entered where the
            // stack has room for them.
            unsafe {
                let context = (*vmctx).store;
                let bottom = (&*stack).depth();
                let memory_0: *const VMMemory = if module.module.memories.is_empty() {
                    core::ptr::null()
                } else {
                    memory(module, vmctx, 0)
                };
                let mut code = entered;
                let mut slots = slots;
                let mut pc: *const u64;

                macro_rules! get {
                    ($place:expr) => {
                        slots.add(usize::from($place)).read()
                    };
                }
                macro_rules! set {
                    ($place:expr, $value:expr) => {
                        slots.add(usize::from($place)).write($value)
                    };
                }
                macro_rules! jump {
                    ($distance:expr) => {
                        pc = pc.offset(($distance as i32) as isize)
                    };
                }
                // Stores the place of the frame in its code.
                macro_rules! save {
                    () => {
                        if let Some(frame) = (&mut *stack).frames().last_mut() {
                            frame.pc = pc;
                        }
                    };
                }
                macro_rules! fail {
                    ($code:expr) => {{
                        cold_path();
                        save!();
                        interpreter::trap(vmctx, $code as u32);
                        return 1;
                    }};
                }
                // Makes the frame of `code`, whose parameters are at `slots`.
                macro_rules! begin {
                    () => {{
                        let entered = &*code;
                        let end = slots.add(entered.frame_size as usize);
                        pc = entered.units.as_ptr();
                        (&mut *stack).frames().push(InterpreterFrame {
                            vmctx,
                            function: entered.function,
                            pc,
                            code: code.cast(),
                            slots,
                            end,
                        });
                        for local in entered.params..entered.locals {
                            slots.add(local as usize).write(0);
                        }
                        if (*context).stack_limit.load(Ordering::Relaxed) == INTERRUPTED {
                            cold_path();
                            pc = pc.add(1);
                            save!();
                            pc = pc.sub(1);
                            if interpreter::poll(vmctx, stack_pointer()) != 0 {
                                return 1;
                            }
                        }
                    }};
                }
                // Goes on in the innermost frame, if it is one of this run's.
                macro_rules! go_on {
                    () => {
                        match (&mut *stack).frames().last() {
                            Some(frame) if (&*stack).depth() > bottom => {
                                pc = frame.pc;
                                slots = frame.slots;
                                code = frame.code.cast();
                            }
                            _ => return 0,
                        }
                    };
                }
                // Removes the frame and goes on in its caller.
                macro_rules! end {
                    () => {{
                        (&mut *stack).frames().pop();
                        go_on!();
                    }};
                }
                // Calls a function of this instance. `pc` must be stored, and is
                // where it returns to.
                macro_rules! call {
                    ($defined:expr, $arguments:expr) => {{
                        let defined: u32 = $defined;
                        let arguments: *mut u64 = $arguments;
                        let function = module.functions.get_unchecked(defined as usize);
                        let mut callee = function.code.load(Ordering::Acquire).cast_const();
                        let mut target = None;
                        if callee.is_null()
                            || heat(&(*callee).heat, CALL_HEAT)
                                >= (*callee).hot_at.load(Ordering::Relaxed)
                        {
                            match module.resolve(vmctx, defined) {
                                Target::Interpret(code) => callee = code,
                                other => target = Some(other),
                            }
                        }
                        if target.is_none()
                            && (arguments.wrapping_add((*callee).frame_size as usize)
                                > (&*stack).limit()
                                || !(&*stack).has_room_for_frame())
                        {
                            cold_path();
                            target = Some(module.overflow(vmctx, defined));
                        }
                        match target {
                            None => {
                                code = callee;
                                slots = arguments;
                                begin!();
                            }
                            Some(Target::Machine(machine)) => {
                                if enter_with_slots(module, vmctx, defined, machine, arguments)
                                    != 0
                                {
                                    return 1;
                                }
                            }
                            Some(_) => return 1,
                        }
                    }};
                }
                // Calls a reference of the type.
                macro_rules! call_reference {
                    ($reference:expr, $ty:expr, $arguments:expr) => {{
                        let reference: *const VMFuncRef = $reference;
                        if (*reference).vmctx == vmctx && (*reference).function != FUNC_HOST {
                            call!((*reference).function, $arguments);
                        } else if call_out(module, vmctx, reference, $ty, $arguments) != 0 {
                            return 1;
                        }
                    }};
                }

                begin!();
                loop {
                    let unit = Unit(pc.read());
                    pc = pc.add(1);
                    // The translator encodes valid opcodes only.
                    let op = core::mem::transmute::<u16, Op>(unit.number());
                    match op {
                        $( Op::$u => {
                            let $ua = <$uf as SlotValue>::get(get!(unit.b()));
                            let value: $ut = $ue;
                            set!(unit.a(), value.put());
                        } )*
                        $( Op::$ux => {
                            let $uxa = <$uxf as SlotValue>::get(get!(unit.b()));
                            let value: Result<$uxt, TrapCode> = $uxe;
                            match value {
                                Ok(value) => set!(unit.a(), value.put()),
                                Err(trap) => fail!(trap),
                            }
                        } )*
                        $(
                            Op::$b => {
                                let $ba = <$bf as SlotValue>::get(get!(unit.b()));
                                let $bb = <$bf as SlotValue>::get(get!(unit.c()));
                                let value: $bt = $be;
                                set!(unit.a(), value.put());
                            }
                            Op::$bi => {
                                let $ba = <$bf as SlotValue>::get(get!(unit.b()));
                                let $bb = <$bf as SlotValue>::get(Unit::immediate(unit.c()));
                                let value: $bt = $be;
                                set!(unit.a(), value.put());
                            }
                        )*
                        $( Op::$p => {
                            let $pa = <$pf as SlotValue>::get(get!(unit.b()));
                            let $pb = <$pf as SlotValue>::get(get!(unit.c()));
                            let value: $pt = $pe;
                            set!(unit.a(), value.put());
                        } )*
                        $( Op::$x => {
                            let $xa = <$xf as SlotValue>::get(get!(unit.b()));
                            let $xb = <$xf as SlotValue>::get(get!(unit.c()));
                            let value: Result<$xt, TrapCode> = $xe;
                            match value {
                                Ok(value) => set!(unit.a(), value.put()),
                                Err(trap) => fail!(trap),
                            }
                        } )*
                        $(
                            Op::$k => {
                                let $ka = <$kf as SlotValue>::get(get!(unit.b()));
                                let $kkb = <$kf as SlotValue>::get(get!(unit.c()));
                                set!(unit.a(), ($ke).put());
                            }
                            Op::$ki => {
                                let $ka = <$kf as SlotValue>::get(get!(unit.b()));
                                let $kkb = <$kf as SlotValue>::get(Unit::immediate(unit.c()));
                                set!(unit.a(), ($ke).put());
                            }
                            Op::$kb => {
                                let $ka = <$kf as SlotValue>::get(get!(unit.a()));
                                let $kkb = <$kf as SlotValue>::get(get!(unit.b()));
                                let distance = pc.read();
                                pc = pc.add(1);
                                if $ke {
                                    jump!(distance);
                                }
                            }
                            Op::$kbi => {
                                let $ka = <$kf as SlotValue>::get(get!(unit.a()));
                                let $kkb = <$kf as SlotValue>::get(Unit::immediate(unit.b()));
                                let distance = pc.read();
                                pc = pc.add(1);
                                if $ke {
                                    jump!(distance);
                                }
                            }
                        )*
                        $(
                            Op::$l => {
                                let address = get!(unit.b());
                                let Some(at) = near(memory_0, address, unit.c(), size_of::<$lm>())
                                else {
                                    fail!(TrapCode::MemoryOutOfBounds)
                                };
                                let value = at.cast::<Unaligned<$lm>>().read_volatile().0;
                                set!(unit.a(), (<$lm>::from_le(value) as $lt).put());
                            }
                            Op::$lf => {
                                let address = get!(unit.b());
                                let offset = pc.read();
                                let Some(at) = far(
                                    module, vmctx, unit.c(), address, offset, size_of::<$lm>(),
                                ) else {
                                    fail!(TrapCode::MemoryOutOfBounds)
                                };
                                pc = pc.add(1);
                                let value = at.cast::<Unaligned<$lm>>().read_volatile().0;
                                set!(unit.a(), (<$lm>::from_le(value) as $lt).put());
                            }
                        )*
                        $(
                            Op::$s => {
                                let address = get!(unit.a());
                                let value = (get!(unit.b()) as $sm).to_le();
                                let Some(at) = near(memory_0, address, unit.c(), size_of::<$sm>())
                                else {
                                    fail!(TrapCode::MemoryOutOfBounds)
                                };
                                at.cast::<Unaligned<$sm>>().write_volatile(Unaligned(value));
                            }
                            Op::$sf => {
                                let address = get!(unit.a());
                                let value = (get!(unit.b()) as $sm).to_le();
                                let offset = pc.read();
                                let Some(at) = far(
                                    module, vmctx, unit.c(), address, offset, size_of::<$sm>(),
                                ) else {
                                    fail!(TrapCode::MemoryOutOfBounds)
                                };
                                pc = pc.add(1);
                                at.cast::<Unaligned<$sm>>().write_volatile(Unaligned(value));
                            }
                        )*

                        Op::Copy => set!(unit.a(), get!(unit.b())),
                        Op::Const32 => set!(unit.a(), u64::from(unit.bc())),
                        Op::Const64 => {
                            set!(unit.a(), pc.read());
                            pc = pc.add(1);
                        }
                        Op::Select => {
                            let condition = get!(pc.read() as u16) as u32;
                            pc = pc.add(1);
                            let (a, b) = (get!(unit.b()), get!(unit.c()));
                            set!(unit.a(), if condition != 0 { a } else { b });
                        }
                        Op::Jump => jump!(unit.bc()),
                        Op::BrIf => {
                            if get!(unit.a()) as u32 != 0 {
                                jump!(unit.bc());
                            }
                        }
                        Op::BrUnless => {
                            if get!(unit.a()) as u32 == 0 {
                                jump!(unit.bc());
                            }
                        }
                        Op::BrTable => {
                            let index = (get!(unit.a()) as u32).min(unit.bc());
                            let distance = pc.add(index as usize).read();
                            jump!(distance);
                        }
                        Op::Loop => {
                            let current = &*code;
                            if heat(&current.heat, 1) >= current.hot_at.load(Ordering::Relaxed) {
                                cold_path();
                                save!();
                                let site = current.loops.get_unchecked(unit.bc() as usize);
                                if let Some((machine, trampoline)) =
                                    module.machine_loop(vmctx, current, site)
                                {
                                    // The frame goes on in machine code, which
                                    // reads the values before anything else can
                                    // use their place.
                                    let start = RawValue::from_u64(
                                        slots.expose_provenance() as u64,
                                    );
                                    (&mut *stack).frames().pop();
                                    let results =
                                        module.function_type(current.function).results();
                                    let status = with_values(slots, 0, results, |values| {
                                        values.write(start);
                                        interpreter::enter(vmctx, machine, trampoline, values)
                                    });
                                    if status != 0 {
                                        return 1;
                                    }
                                    go_on!();
                                    continue;
                                }
                            }
                            if (*context).stack_limit.load(Ordering::Relaxed) == INTERRUPTED {
                                cold_path();
                                save!();
                                if interpreter::poll(vmctx, stack_pointer()) != 0 {
                                    return 1;
                                }
                            }
                        }
                        Op::Return0 => end!(),
                        Op::Return1 => {
                            let value = get!(unit.a());
                            slots.write(value);
                            end!();
                        }
                        Op::ReturnMany => {
                            let first = slots.add(usize::from(unit.a()));
                            first.copy_to(slots, usize::from(unit.b()));
                            end!();
                        }
                        Op::Call => {
                            save!();
                            call!(unit.bc(), slots.add(usize::from(unit.a())));
                        }
                        Op::CallImport => {
                            save!();
                            let index = unit.bc();
                            let offset = module.offsets.imported_function(index);
                            let import: *const VMImportedFunction =
                                vmctx.byte_add(offset as usize).cast();
                            let ty = module.module.functions[index as usize];
                            call_reference!(
                                (*import).func_ref,
                                ty,
                                slots.add(usize::from(unit.a()))
                            );
                        }
                        Op::CallIndirect => {
                            let ty = pc.read() as u32;
                            match indirect(module, vmctx, unit.c(), get!(unit.b()), ty) {
                                Ok(reference) => {
                                    pc = pc.add(1);
                                    save!();
                                    call_reference!(
                                        reference,
                                        ty,
                                        slots.add(usize::from(unit.a()))
                                    );
                                }
                                Err(trap) => fail!(trap),
                            }
                        }
                        Op::CallRef => {
                            let ty = pc.read() as u32;
                            let reference = core::ptr::with_exposed_provenance::<VMFuncRef>(
                                get!(unit.b()) as usize,
                            );
                            if reference.is_null() {
                                fail!(TrapCode::NullFunctionReference);
                            }
                            pc = pc.add(1);
                            save!();
                            call_reference!(reference, ty, slots.add(usize::from(unit.a())));
                        }
                        Op::ReturnCall => {
                            save!();
                            let params = module.function_type(unit.bc()).params().len();
                            let first = slots.add(usize::from(unit.a()));
                            first.copy_to(slots, params);
                            (&mut *stack).frames().pop();
                            let depth = (&*stack).depth();
                            call!(unit.bc(), slots);
                            if (&*stack).depth() == depth {
                                // It has run in machine code.
                                go_on!();
                            }
                        }
                        Op::Unreachable => fail!(TrapCode::Unreachable),
                        Op::GlobalGet => {
                            let value: *const u64 = vmctx.byte_add(unit.bc() as usize).cast();
                            set!(unit.a(), value.read());
                        }
                        Op::GlobalSet => {
                            let value: *mut u64 = vmctx.byte_add(unit.bc() as usize).cast();
                            value.write(get!(unit.a()));
                        }
                        Op::GlobalGetImported => {
                            let place: *const *const u64 =
                                vmctx.byte_add(unit.bc() as usize).cast();
                            set!(unit.a(), place.read().read());
                        }
                        Op::GlobalSetImported => {
                            let place: *const *mut u64 =
                                vmctx.byte_add(unit.bc() as usize).cast();
                            place.read().write(get!(unit.a()));
                        }
                        Op::MemorySize => {
                            let memory = memory(module, vmctx, unit.b());
                            let pages = (*memory).length.load(Ordering::Relaxed) >> PAGE_BITS;
                            set!(unit.a(), pages as u64);
                        }
                        Op::MemoryGrow => {
                            save!();
                            let index = u32::from(unit.c());
                            let is_64 = module.module.memories[index as usize].memory64;
                            let pages = index_result(is_64, get!(unit.b()));
                            let old = interpreter::memory_grow(vmctx, index, pages);
                            set!(unit.a(), index_result(is_64, old));
                        }
                        Op::MemoryFill => {
                            save!();
                            let [to, value, length] = three(slots, unit.a());
                            let index = u32::from(unit.b());
                            if interpreter::memory_fill(vmctx, index, to, value as u32, length) != 0 {
                                return 1;
                            }
                        }
                        Op::MemoryCopy => {
                            save!();
                            let [to, from, length] = three(slots, unit.a());
                            let (dst, src) = (u32::from(unit.b()), u32::from(unit.c()));
                            if interpreter::memory_copy(vmctx, dst, src, to, from, length) != 0 {
                                return 1;
                            }
                        }
                        Op::MemoryInit => {
                            save!();
                            let segment = pc.read() as u32;
                            pc = pc.add(1);
                            let [to, from, length] = three(slots, unit.a());
                            let index = u32::from(unit.b());
                            if interpreter::memory_init(
                                vmctx, index, segment, to, from as u32, length as u32,
                            ) != 0
                            {
                                return 1;
                            }
                        }
                        Op::DataDrop => {
                            interpreter::data_drop(vmctx, unit.bc());
                        }
                        Op::TableGet => match element(module, vmctx, unit.c(), get!(unit.b())) {
                            Some(element) => set!(unit.a(), element.read()),
                            None => fail!(TrapCode::TableOutOfBounds),
                        },
                        Op::TableSet => match element(module, vmctx, unit.c(), get!(unit.a())) {
                            Some(element) => element.write(get!(unit.b())),
                            None => fail!(TrapCode::TableOutOfBounds),
                        },
                        Op::TableSize => {
                            let length = (*table(module, vmctx, unit.b())).length;
                            set!(unit.a(), length as u64);
                        }
                        Op::TableGrow => {
                            save!();
                            let index = u32::from(unit.b());
                            let is_64 = module.module.tables[index as usize].ty.table64;
                            let value = get!(unit.a());
                            let count = slots.add(usize::from(unit.a()) + 1).read();
                            let count = index_result(is_64, count);
                            let old = interpreter::table_grow(vmctx, index, value, count);
                            set!(unit.a(), index_result(is_64, old));
                        }
                        Op::TableFill => {
                            save!();
                            let [at, value, count] = three(slots, unit.a());
                            let index = u32::from(unit.b());
                            if interpreter::table_fill(vmctx, index, at, value, count) != 0 {
                                return 1;
                            }
                        }
                        Op::TableCopy => {
                            save!();
                            let [to, from, count] = three(slots, unit.a());
                            let (dst, src) = (u32::from(unit.b()), u32::from(unit.c()));
                            if interpreter::table_copy(vmctx, dst, src, to, from, count) != 0 {
                                return 1;
                            }
                        }
                        Op::TableInit => {
                            save!();
                            let segment = pc.read() as u32;
                            pc = pc.add(1);
                            let [to, from, count] = three(slots, unit.a());
                            let index = u32::from(unit.b());
                            if interpreter::table_init(
                                vmctx, index, segment, to, from as u32, count as u32,
                            ) != 0
                            {
                                return 1;
                            }
                        }
                        Op::ElemDrop => {
                            interpreter::elem_drop(vmctx, unit.bc());
                        }
                        Op::RefFunc => {
                            let reference = vmctx.byte_add(unit.bc() as usize);
                            set!(unit.a(), reference.expose_provenance() as u64);
                        }
                        Op::RefFuncImported => {
                            let place: *const *mut VMFuncRef =
                                vmctx.byte_add(unit.bc() as usize).cast();
                            set!(unit.a(), place.read().expose_provenance() as u64);
                        }
                        Op::RefAsNonNull => {
                            if get!(unit.a()) == 0 {
                                fail!(TrapCode::NullReference);
                            }
                        }
                    }
                }
            }
        }
    };
}

/// The three values from a place on.
///
/// # Safety
/// They must be inside the frame.
#[inline(always)]
unsafe fn three(slots: *mut u64, first: u16) -> [u64; 3] {
    // SAFETY: the caller vouches for the place.
    unsafe { slots.add(usize::from(first)).cast::<[u64; 3]>().read() }
}

for_each_instruction!(define_run);
