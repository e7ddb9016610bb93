//! Wasmtime, observed. It runs without signals, with other checks and without
//! optimisation, so that little is common to both engines.

use super::host::{Action, Host};
use super::observation::{End, Event, Signature, Value};
use super::script::{Call, MAX_WASM_STACK, Script};
use crate::smith::FUEL;
use std::sync::Arc;
use wasmjit_module::FuncType;
use wasmtime::{
    AsContextMut, Caller, Collector, Config, Engine, Error, ExnRef, ExnRefPre, ExnType, Extern,
    ExternRef, ExternType, Func, Global, Instance, Memory, Module, OptLevel, Ref, RefType, Rooted,
    SharedMemory, Store, StoreContextMut, Table, Tag, ThrownException, Trap, V128, Val, ValType,
};

/// The engine that wasmjit is compared with.
pub struct Oracle(Engine);

/// The error of a host function that ends the computation.
#[derive(Debug)]
struct Stop;

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the host function wants it so")
    }
}

impl std::error::Error for Stop {}

impl Oracle {
    /// An engine with every feature that wasmjit has.
    pub fn new() -> Self {
        let mut config = Config::new();
        config
            .wasm_tail_call(true)
            .wasm_threads(true)
            .shared_memory(true)
            .wasm_relaxed_simd(true)
            .wasm_multi_memory(true)
            .wasm_memory64(true)
            .wasm_function_references(true)
            .wasm_gc(true)
            .wasm_exceptions(true)
            .collector(Collector::Null)
            .cranelift_opt_level(OptLevel::None)
            .signals_based_traps(false)
            // Enough for the largest memory: shared ones cannot move to grow.
            .memory_reservation(1 << 20)
            .memory_guard_size(0)
            .memory_init_cow(false)
            .wasm_backtrace_max_frames(None)
            .concurrency_support(false)
            .async_stack_size(2 * MAX_WASM_STACK)
            .max_wasm_stack(MAX_WASM_STACK);
        Self(Engine::new(&config).expect("settings that go together"))
    }

    /// Runs the script.
    pub(super) fn observe(&self, bytes: &[u8], script: &Arc<Script>) -> Result<Vec<Event>, Error> {
        let module = Module::from_binary(&self.0, bytes)?;
        let mut store = Store::new(&self.0, Host::new(script));
        let imports = self.imports(&module, script, &mut store)?;
        let instance = Instance::new(&mut store, &module, &imports);
        let outcome = match &instance {
            Ok(_) => Ok(()),
            Err(error) => Err(end(store.as_context_mut(), error)),
        };
        store.data_mut().note(Event::Instantiated(outcome));
        if let Ok(instance) = instance {
            for call in &script.calls {
                if let Some(fuel) = script.fuel {
                    let global = instance.get_global(&mut store, FUEL);
                    let global = global.ok_or_else(|| Error::msg("no fuel"))?;
                    global.set(&mut store, Val::I32(fuel))?;
                }
                perform(
                    store.as_context_mut(),
                    |store, name| instance.get_func(store, name),
                    call,
                );
            }
            for (export, _) in &script.exports {
                let event = observe(&mut store, instance, export)?;
                store.data_mut().events.extend(event);
            }
        }
        Ok(std::mem::take(&mut store.data_mut().events))
    }

    /// Makes everything that the module imports.
    fn imports(
        &self,
        module: &Module,
        script: &Script,
        store: &mut Store<Host>,
    ) -> Result<Vec<Extern>, Error> {
        let mut imports: Vec<Extern> = Vec::new();
        for (index, import) in module.imports().enumerate() {
            imports.push(match import.ty() {
                ExternType::Func(ty) => {
                    let types = script.imports[index].clone();
                    let types = types.ok_or_else(|| Error::msg("a function without a type"))?;
                    let theirs = ty.clone();
                    let function =
                        move |caller: Caller<'_, Host>, params: &[Val], results: &mut [Val]| {
                            let values = host_function(caller, index, &types, &theirs, params)?;
                            results.clone_from_slice(&values);
                            Ok(())
                        };
                    Func::new(&mut *store, ty, function).into()
                }
                ExternType::Global(ty) => {
                    let value = script.globals[index];
                    let value = value.ok_or_else(|| Error::msg("a global without a value"))?;
                    let value = to_val(&mut *store, value, ty.content())?;
                    Global::new(&mut *store, ty, value)?.into()
                }
                ExternType::Memory(ty) if ty.is_shared() => SharedMemory::new(&self.0, ty)?.into(),
                ExternType::Memory(ty) => Memory::new(&mut *store, ty)?.into(),
                ExternType::Table(ty) => {
                    let null = Ref::null(ty.element().heap_type());
                    Table::new(&mut *store, ty, null)?.into()
                }
                ExternType::Tag(ty) => Tag::new(&mut *store, &ty)?.into(),
            });
        }
        Ok(imports)
    }
}

impl Default for Oracle {
    fn default() -> Self {
        Self::new()
    }
}

fn host_function(
    mut caller: Caller<'_, Host>,
    import: usize,
    ty: &FuncType,
    theirs: &wasmtime::FuncType,
    params: &[Val],
) -> Result<Vec<Val>, Error> {
    let params: Result<_, Error> = params.iter().map(|v| from_val(&mut caller, v)).collect();
    let (action, values) = caller.data_mut().called(import, params?, ty.results());
    match action {
        Action::Nothing => {}
        Action::Stop => return Err(Error::new(Stop)),
        Action::Poke {
            export,
            offset,
            bytes,
            grow,
        } => {
            let poked = match caller.get_export(&export) {
                Some(Extern::Memory(memory)) => {
                    let written = memory.write(&mut caller, offset as usize, &bytes);
                    let grown = memory.grow(&mut caller, grow);
                    let size = memory.data_size(&caller) as u64;
                    Some((written.is_ok() && grown.is_ok(), size))
                }
                Some(Extern::SharedMemory(memory)) => {
                    let cells = memory.data().get(offset as usize..);
                    let cells = cells.and_then(|cells| cells.get(..bytes.len()));
                    for (cell, byte) in cells.into_iter().flatten().zip(bytes) {
                        // SAFETY: no other thread knows this memory.
                        unsafe { *cell.get() = byte };
                    }
                    let written = cells.is_some();
                    let grown = memory.grow(grow);
                    Some((written && grown.is_ok(), memory.data_size() as u64))
                }
                _ => None,
            };
            if let Some((possible, size)) = poked {
                caller.data_mut().note(Event::Poked { possible, size });
            }
        }
        Action::Throw { export, values } => {
            if let Some(Extern::Tag(tag)) = caller.get_export(&export) {
                let ty = tag.ty(&caller);
                let values = values.into_iter().zip(ty.ty().params());
                let values: Result<Vec<_>, Error> = values
                    .map(|(value, ty)| to_val(&mut caller, value, &ty))
                    .collect();
                let kind = ExnRefPre::new(&mut caller, ExnType::from_tag_type(&ty)?);
                let exception = ExnRef::new(&mut caller, &kind, &tag, &values?)?;
                return caller.as_context_mut().throw(exception);
            }
        }
        Action::Call(call) => {
            let script = caller.data().script.clone();
            if let Some(Extern::Func(func)) = caller.get_export(script.name(call.export)) {
                perform(caller.as_context_mut(), |_, _| Some(func), &call);
            }
        }
    }
    let values = values.into_iter().zip(theirs.results());
    values
        .map(|(value, ty)| to_val(&mut caller, value, &ty))
        .collect()
}

/// Calls an export and notes what comes of it.
fn perform(
    mut store: StoreContextMut<'_, Host>,
    find: impl FnOnce(&mut StoreContextMut<'_, Host>, &str) -> Option<Func>,
    call: &Call,
) {
    let script = store.data().script.clone();
    let export = script.name(call.export).to_string();
    store.data_mut().enter(call);
    let result = match find(&mut store, &export) {
        Some(func) => match invoke(&mut store, func, call, script.results(call.export)) {
            Ok(values) => Ok(values),
            Err(error) => Err(end(store.as_context_mut(), &error)),
        },
        None => Err(End::Other("the export is no function".into())),
    };
    store.data_mut().leave();
    store.data_mut().note(Event::Returned { export, result });
}

fn invoke(
    store: &mut StoreContextMut<'_, Host>,
    func: Func,
    call: &Call,
    results: usize,
) -> Result<Vec<Value>, Error> {
    let ty = func.ty(&*store);
    let params = call.params.iter().zip(ty.params());
    let params: Result<Vec<_>, Error> = params
        .map(|(&value, ty)| to_val(&mut *store, value, &ty))
        .collect();
    let mut results = vec![Val::I32(0); results];
    func.call(&mut *store, &params?, &mut results)?;
    results
        .iter()
        .map(|value| from_val(&mut *store, value))
        .collect()
}

/// The state of an export.
fn observe(
    store: &mut Store<Host>,
    instance: Instance,
    export: &str,
) -> Result<Option<Event>, Error> {
    let item = instance.get_export(&mut *store, export);
    let item = item.ok_or_else(|| Error::msg("an export is missing"))?;
    Ok(Some(match item {
        Extern::Global(global) => {
            let value = global.get(&mut *store);
            Event::Global {
                export: export.into(),
                value: from_val(store, &value)?,
            }
        }
        Extern::Memory(memory) => Event::memory(export, memory.data(&*store)),
        Extern::SharedMemory(memory) => {
            let cells = memory.data().iter();
            // SAFETY: no other thread knows this memory.
            let bytes: Vec<u8> = cells.map(|cell| unsafe { *cell.get() }).collect();
            Event::memory(export, &bytes)
        }
        Extern::Table(table) => {
            let mut elements = Vec::new();
            for index in 0..table.size(&*store) {
                let element = table.get(&mut *store, index);
                let element = element.ok_or_else(|| Error::msg("a table is cut short"))?;
                elements.push(from_val(&mut *store, &element.into())?);
            }
            Event::Table {
                export: export.into(),
                elements,
            }
        }
        _ => return Ok(None),
    }))
}

fn end(mut store: StoreContextMut<'_, Host>, error: &Error) -> End {
    if error.is::<Stop>() {
        return End::Host;
    }
    if error.is::<ThrownException>() {
        return match exception_values(&mut store) {
            Ok(values) => End::Exception(values),
            Err(error) => End::Other(format!("{error:?}")),
        };
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::UnreachableCodeReached) => End::Unreachable,
        Some(Trap::MemoryOutOfBounds) => End::Memory,
        Some(Trap::TableOutOfBounds) => End::Table,
        Some(Trap::IndirectCallToNull) => End::UninitializedElement,
        Some(Trap::BadSignature) => End::Signature,
        Some(Trap::IntegerDivisionByZero) => End::DivideByZero,
        Some(Trap::IntegerOverflow) => End::IntegerOverflow,
        Some(Trap::BadConversionToInteger) => End::InvalidConversion,
        Some(Trap::StackOverflow) => End::StackOverflow,
        Some(Trap::HeapMisaligned) => End::Unaligned,
        Some(Trap::AtomicWaitNonSharedMemory) => End::NotShared,
        Some(Trap::NullReference) => End::Null,
        _ => End::Other(format!("{error:?}")),
    }
}

/// The values of the exception that ended a call.
fn exception_values(store: &mut StoreContextMut<'_, Host>) -> Result<Vec<Value>, Error> {
    let exception = store.take_pending_exception();
    let exception = exception.ok_or_else(|| Error::msg("there is no exception"))?;
    let count = exception.ty(&*store)?.fields().len();
    let mut values = Vec::new();
    for index in 0..count {
        let value = exception.field(&mut *store, index)?;
        values.push(from_val(&mut *store, &value)?);
    }
    Ok(values)
}

fn to_val(mut store: impl AsContextMut, value: Value, ty: &ValType) -> Result<Val, Error> {
    Ok(match value {
        Value::I32(value) => Val::I32(value),
        Value::I64(value) => Val::I64(value),
        Value::F32(bits) => Val::F32(bits),
        Value::F64(bits) => Val::F64(bits),
        Value::V128(value) => Val::V128(V128::from(value)),
        Value::Extern(number) => Val::ExternRef(Some(ExternRef::new(&mut store, number)?)),
        Value::Null | Value::Function(_) | Value::Exception => match ty {
            ValType::Ref(ty) => null(ty).into(),
            _ => return Err(Error::msg("null for a number")),
        },
    })
}

fn null(ty: &RefType) -> Ref {
    Ref::null(ty.heap_type())
}

fn from_val(mut store: impl AsContextMut, value: &Val) -> Result<Value, Error> {
    Ok(match value {
        Val::I32(value) => Value::I32(*value),
        Val::I64(value) => Value::I64(*value),
        Val::F32(bits) => Value::F32(*bits),
        Val::F64(bits) => Value::F64(*bits),
        Val::V128(value) => Value::V128(value.as_u128()),
        Val::FuncRef(Some(func)) => {
            let ty = func.ty(&store);
            Value::Function(Signature(ty.params().len(), ty.results().len()))
        }
        Val::ExternRef(Some(reference)) => Value::Extern(number(&mut store, *reference)?),
        Val::ExnRef(Some(_)) => Value::Exception,
        Val::FuncRef(None) | Val::ExternRef(None) | Val::ExnRef(None) => Value::Null,
        other => return Err(Error::msg(format!("value {other:?}"))),
    })
}

fn number(store: &mut impl AsContextMut, reference: Rooted<ExternRef>) -> Result<u64, Error> {
    let store = store.as_context_mut();
    let data = reference.data(&store)?;
    let number = data.and_then(|data| data.downcast_ref::<u64>());
    number
        .copied()
        .ok_or_else(|| Error::msg("not the host's reference"))
}
