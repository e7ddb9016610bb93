//! wasmjit, observed.

use super::host::{Action, Host};
use super::observation::{End, Event, Value};
use super::script::{Call, Script, signature};
use crate::smith::FUEL;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use wasmjit::{
    CacheKey, CodeCache, Config, Engine, Execution, Extern, ExternRef, Func, Global, Instance,
    InstantiateError, Memory, MemoryStyle, Module, OptLevel, SharedMemory, Store, Strategy, Table,
    Tag, Trap, TrapCode, TrapReason, Val, ValType,
};
use wasmjit_module::wasmparser::AbstractHeapType;
use wasmjit_module::{HeapType, ImportType};
use wasmjit_runtime::vm::RawValue;
use wasmjit_runtime::{Caller, Store as RawStore};

/// A way to run wasmjit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Variant {
    strategy: Strategy,
    memory: MemoryStyle,
    opt_level: OptLevel,
    /// Through an image of the code, as the cache on disk keeps them.
    cached: bool,
    /// Interpreted at first, and compiled after so many iterations of loops.
    hot_after: Option<u32>,
}

/// More iterations than there ever are: what the interpreter can do stays there.
const NEVER: u32 = u32::MAX / 4;

impl Variant {
    /// Every variant.
    pub fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for memory in [MemoryStyle::Guarded, MemoryStyle::Checked] {
            for opt_level in [OptLevel::None, OptLevel::Speed] {
                for (strategy, cached, hot_after) in [
                    (Strategy::Lazy, false, None),
                    (Strategy::Lazy, false, Some(0)),
                    (Strategy::Lazy, false, Some(5)),
                    (Strategy::Lazy, false, Some(NEVER)),
                    (Strategy::Eager, false, None),
                    (Strategy::Eager, true, None),
                ] {
                    all.push(Self {
                        strategy,
                        memory,
                        opt_level,
                        cached,
                        hot_after,
                    });
                }
            }
        }
        all
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?}, {:?}, {:?}{}",
            self.strategy,
            self.memory,
            self.opt_level,
            if self.cached { ", cached" } else { "" }
        )?;
        match self.hot_after {
            Some(iterations) => write!(f, ", hot after {iterations}"),
            None => Ok(()),
        }
    }
}

/// Keeps the code of one module.
#[derive(Default)]
struct InMemory(Mutex<Option<Vec<u8>>>);

impl CodeCache for InMemory {
    fn key(&self, _module: &[u8], _compiler: &str) -> CacheKey {
        [0; 32]
    }

    fn load(&self, _key: &CacheKey) -> Option<Vec<u8>> {
        self.0.lock().expect("no panics").clone()
    }

    fn store(&self, _key: &CacheKey, image: &[&[u8]]) {
        *self.0.lock().expect("no panics") = Some(image.concat());
    }
}

/// Engines with all settings, each made when it is first needed.
pub struct Wasmjit {
    engines: HashMap<Variant, (Engine, Arc<InMemory>)>,
}

/// The error of a host function that ends the computation.
#[derive(Debug)]
struct Stop;

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the host function wants it so")
    }
}

impl std::error::Error for Stop {}

impl Wasmjit {
    /// No engines yet.
    pub fn new() -> Self {
        // As the command does.
        wasmjit_unix::interrupt_loops();
        Self {
            engines: HashMap::new(),
        }
    }

    fn engine(&mut self, variant: Variant) -> (Engine, Arc<InMemory>) {
        let engine = self.engines.entry(variant).or_insert_with(|| {
            let cache = Arc::new(InMemory::default());
            let mut config = Config::new()
                .strategy(variant.strategy)
                .memory_style(variant.memory)
                .opt_level(variant.opt_level)
                .threads(1);
            config = match variant.hot_after {
                Some(iterations) => config.hot_after(iterations),
                None => config.execution(Execution::Compiled),
            };
            if variant.cached {
                config = config.cache(cache.clone());
            }
            (Engine::new(config).expect("an engine"), cache)
        });
        engine.clone()
    }

    /// Runs the script.
    pub(super) fn observe(
        &mut self,
        bytes: &[u8],
        script: &Arc<Script>,
        variant: Variant,
    ) -> Result<Vec<Event>, String> {
        let (engine, cache) = self.engine(variant);
        *cache.0.lock().expect("no panics") = None;
        let mut module = Module::new(&engine, bytes).map_err(|error| error.to_string())?;
        if variant.cached {
            module = Module::new(&engine, bytes).map_err(|error| error.to_string())?;
            if !module.is_from_cache() && module.module().defined_functions() > 0 {
                return Err("the image of the code is not accepted".into());
            }
        }
        run(&engine, &module, script)
    }
}

impl Default for Wasmjit {
    fn default() -> Self {
        Self::new()
    }
}

fn run(engine: &Engine, module: &Module, script: &Arc<Script>) -> Result<Vec<Event>, String> {
    let mut store = Store::new(engine, Host::new(script));
    let imports = imports(engine, module, script, &mut store)?;
    let instance = Instance::new(&mut store, module, &imports);
    let outcome = match &instance {
        Ok(_) => Ok(()),
        Err(InstantiateError::Trap(trap)) => Err(end(&store, trap)),
        Err(error) => Err(End::Other(error.to_string())),
    };
    store.data_mut().note(Event::Instantiated(outcome));
    if let Ok(instance) = instance {
        for call in &script.calls {
            if !module.module().tags.is_empty() {
                fill_heap(&mut store)?;
            }
            if let Some(fuel) = script.fuel {
                let global = instance.get_global(&store, FUEL).ok_or("no fuel")?;
                let set = global.set(&mut store, Val::I32(fuel));
                set.map_err(|error| error.to_string())?;
            }
            perform(&mut store, instance, call);
        }
        for (export, _) in &script.exports {
            let event = observe(&store, instance, export)?;
            store.data_mut().events.extend(event);
        }
    }
    Ok(std::mem::take(&mut store.data_mut().events))
}

/// Makes so many exceptions that a few more start a collection.
fn fill_heap(store: &mut RawStore) -> Result<(), String> {
    const COUNT: usize = 1020;
    let ty = wasmjit::FuncType::new([], []);
    let tag = Tag::new(store, &ty).map_err(|error| error.to_string())?;
    for _ in 0..COUNT {
        let exception = store.new_exception(&tag, &[]);
        store.release_exception(exception.map_err(|error| error.to_string())?);
    }
    Ok(())
}

/// Makes everything that the module imports.
fn imports(
    engine: &Engine,
    module: &Module,
    script: &Script,
    store: &mut Store<Host>,
) -> Result<Vec<Extern>, String> {
    let parsed = module.module();
    let mut imports: Vec<Extern> = Vec::new();
    for (index, import) in parsed.imports.iter().enumerate() {
        imports.push(match &import.ty {
            ImportType::Function(ty) => {
                let ty = parsed.type_signature(*ty).clone();
                let types = ty.clone();
                let function = move |caller: &mut Caller<'_>, values: &mut [RawValue]| {
                    host_function(caller, index, &types, values)
                };
                Func::new(store, ty, function).into()
            }
            ImportType::Global(ty) => {
                let value = script.globals[index].ok_or("a global without a value")?;
                let global = Global::new(store, *ty, to_val(value, ty.content_type));
                global.map_err(|error| error.to_string())?.into()
            }
            ImportType::Memory(ty) if ty.shared => {
                let shared = SharedMemory::new(engine.runtime(), *ty);
                let shared = shared.map_err(|error| error.to_string())?;
                let memory = Memory::from_shared(store, &shared);
                memory.map_err(|error| error.to_string())?.into()
            }
            ImportType::Memory(ty) => {
                let memory = Memory::new(store, *ty);
                memory.map_err(|error| error.to_string())?.into()
            }
            ImportType::Table(ty) => {
                let null = to_val(Value::Null, ValType::Ref(ty.element_type));
                let table = Table::new(store, *ty, null);
                table.map_err(|error| error.to_string())?.into()
            }
            ImportType::Tag(ty) => {
                let tag = Tag::new(store, parsed.type_signature(*ty));
                tag.map_err(|error| error.to_string())?.into()
            }
        });
    }
    Ok(imports)
}

fn host_function(
    caller: &mut Caller<'_>,
    import: usize,
    ty: &wasmjit::FuncType,
    values: &mut [RawValue],
) -> Result<(), Trap> {
    let params = ty.params().iter().zip(values.iter());
    let params = params
        .map(|(&ty, &raw)| from_raw(caller, raw, ty))
        .collect();
    let host = caller.data_mut::<Host>();
    let (action, results) = host.called(import, params, ty.results());
    match action {
        Action::Nothing => {}
        Action::Stop => return Err(Trap::host(Stop)),
        Action::Poke {
            export,
            offset,
            bytes,
            grow,
        } => {
            let instance = caller.instance();
            if let Some(memory) = instance.and_then(|i| i.get_memory(caller, &export)) {
                let possible = memory.write(caller, offset, &bytes).is_ok();
                let grown = memory.grow(caller, grow).is_some();
                let size = memory.data_size(caller) as u64;
                let possible = possible && grown;
                caller
                    .data_mut::<Host>()
                    .note(Event::Poked { possible, size });
            }
        }
        Action::Throw { export, values } => {
            let instance = caller.instance();
            if let Some(tag) = instance.and_then(|i| i.get_tag(caller, &export)) {
                let ty = tag.ty(caller);
                let values = values.into_iter().zip(ty.params());
                let values: Vec<Val> = values.map(|(value, &ty)| to_val(value, ty)).collect();
                let exception = caller.new_exception(&tag, &values)?;
                return Err(Trap::new(TrapReason::Exception(exception)));
            }
        }
        Action::Call(call) => {
            if let Some(instance) = caller.instance() {
                perform(caller, instance, &call);
            }
        }
    }
    for ((value, &ty), raw) in results.into_iter().zip(ty.results()).zip(values) {
        *raw = to_raw(to_val(value, ty));
    }
    Ok(())
}

/// Calls an export and notes what comes of it.
fn perform(store: &mut RawStore, instance: Instance, call: &Call) {
    let script = store.data::<Host>().script.clone();
    let export = script.name(call.export).to_string();
    store.data_mut::<Host>().enter(call);
    let result = match instance.get_func(store, &export) {
        Some(func) => {
            let ty = func.ty(store);
            let params = call.params.iter().zip(ty.params());
            let params: Vec<Val> = params.map(|(&value, &ty)| to_val(value, ty)).collect();
            let mut results = vec![Val::I32(0); script.results(call.export)];
            match func.call(store, &params, &mut results) {
                Ok(()) => Ok(results.into_iter().map(|v| from_val(store, v)).collect()),
                Err(trap) => Err(end(store, &trap)),
            }
        }
        None => Err(End::Other("the export is no function".into())),
    };
    let host = store.data_mut::<Host>();
    host.leave();
    host.note(Event::Returned { export, result });
}

/// The state of an export.
fn observe(store: &RawStore, instance: Instance, export: &str) -> Result<Option<Event>, String> {
    let item = instance.get(store, export);
    Ok(Some(match item.ok_or("an export is missing")? {
        Extern::Global(global) => Event::Global {
            export: export.into(),
            value: from_val(store, global.get(store)),
        },
        Extern::Memory(memory) => {
            let mut bytes = vec![0; memory.data_size(store)];
            let read = memory.read(store, 0, &mut bytes);
            read.map_err(|_| "a memory cannot be read as a whole")?;
            Event::memory(export, &bytes)
        }
        Extern::Table(table) => {
            let elements = (0..table.size(store)).map(|i| table.get(store, i));
            let elements = elements.map(|e| e.map(|value| from_val(store, value)));
            let elements: Option<_> = elements.collect();
            Event::Table {
                export: export.into(),
                elements: elements.ok_or("a table has fewer elements than its size")?,
            }
        }
        Extern::Func(_) | Extern::Tag(_) => return Ok(None),
    }))
}

fn end(store: &RawStore, trap: &Trap) -> End {
    match trap.reason() {
        TrapReason::Code(code) => match code {
            TrapCode::Unreachable => End::Unreachable,
            TrapCode::MemoryOutOfBounds => End::Memory,
            TrapCode::TableOutOfBounds | TrapCode::UndefinedElement => End::Table,
            TrapCode::UninitializedElement => End::UninitializedElement,
            TrapCode::IndirectCallTypeMismatch => End::Signature,
            TrapCode::IntegerDivideByZero => End::DivideByZero,
            TrapCode::IntegerOverflow => End::IntegerOverflow,
            TrapCode::InvalidConversion => End::InvalidConversion,
            TrapCode::StackOverflow => End::StackOverflow,
            TrapCode::UnalignedAtomic => End::Unaligned,
            TrapCode::ExpectedSharedMemory => End::NotShared,
            TrapCode::NullFunctionReference
            | TrapCode::NullReference
            | TrapCode::NullExceptionReference => End::Null,
            TrapCode::Interrupted => End::Other("interrupted".into()),
        },
        TrapReason::Exception(exception) => {
            let values = store.exception_values(*exception).unwrap_or_default();
            store.release_exception(*exception);
            End::Exception(values.into_iter().map(|v| from_val(store, v)).collect())
        }
        TrapReason::Host(error) if error.is::<Stop>() => End::Host,
        other => End::Other(format!("{other:?}")),
    }
}

/// The module's own function cannot be named from outside, so it never is.
fn to_val(value: Value, ty: ValType) -> Val {
    match value {
        Value::I32(value) => Val::I32(value),
        Value::I64(value) => Val::I64(value),
        Value::F32(bits) => Val::F32(bits),
        Value::F64(bits) => Val::F64(bits),
        Value::V128(value) => Val::V128(value),
        Value::Extern(number) => Val::ExternRef(Some(ExternRef(number))),
        Value::Null | Value::Function(_) | Value::Exception => match kind(ty) {
            Kind::Function => Val::FuncRef(None),
            Kind::Extern => Val::ExternRef(None),
            Kind::Exception => Val::ExnRef(None),
        },
    }
}

fn to_raw(value: Val) -> RawValue {
    match value {
        Val::I32(value) => RawValue::from_i32(value),
        Val::I64(value) => RawValue::from_i64(value),
        Val::F32(bits) => RawValue::from_f32_bits(bits),
        Val::F64(bits) => RawValue::from_f64_bits(bits),
        Val::V128(value) => RawValue::from_v128(value),
        Val::ExternRef(Some(ExternRef(number))) => RawValue::from_u64(number + 1),
        Val::FuncRef(_) | Val::ExternRef(None) | Val::ExnRef(_) => RawValue::ZERO,
    }
}

fn from_raw(store: &RawStore, raw: RawValue, ty: ValType) -> Value {
    match ty {
        ValType::I32 => Value::I32(raw.i32()),
        ValType::I64 => Value::I64(raw.i64()),
        ValType::F32 => Value::F32(raw.f32_bits()),
        ValType::F64 => Value::F64(raw.f64_bits()),
        ValType::V128 => Value::V128(raw.v128()),
        ValType::Ref(_) if raw.u64() == 0 => Value::Null,
        ValType::Ref(_) => match kind(ty) {
            // SAFETY: the value came from compiled code with this type.
            Kind::Function => match unsafe { Func::from_raw(store, raw.u64()) } {
                Some(func) => Value::Function(signature(&func.ty(store))),
                None => Value::Null,
            },
            Kind::Extern => Value::Extern(raw.u64() - 1),
            Kind::Exception => Value::Exception,
        },
    }
}

fn from_val(store: &RawStore, value: Val) -> Value {
    match value {
        Val::I32(value) => Value::I32(value),
        Val::I64(value) => Value::I64(value),
        Val::F32(bits) => Value::F32(bits),
        Val::F64(bits) => Value::F64(bits),
        Val::V128(value) => Value::V128(value),
        Val::FuncRef(Some(func)) => Value::Function(signature(&func.ty(store))),
        Val::ExternRef(Some(ExternRef(number))) => Value::Extern(number),
        Val::ExnRef(Some(_)) => Value::Exception,
        Val::FuncRef(None) | Val::ExternRef(None) | Val::ExnRef(None) => Value::Null,
    }
}

/// What references of a type refer to.
enum Kind {
    Function,
    Extern,
    Exception,
}

fn kind(ty: ValType) -> Kind {
    let ValType::Ref(ty) = ty else {
        return Kind::Function;
    };
    match ty.heap_type() {
        HeapType::Abstract {
            ty: AbstractHeapType::Extern | AbstractHeapType::NoExtern,
            ..
        } => Kind::Extern,
        HeapType::Abstract {
            ty: AbstractHeapType::Exn | AbstractHeapType::NoExn,
            ..
        } => Kind::Exception,
        _ => Kind::Function,
    }
}
