//! Modules that run in the kernel. Everything of a script is in one context: its
//! instances are linked with each other there, and all that is seen here are
//! numbers and exported names.

use crate::machine::{LinkError, Machine, Machines, Outcome, Part, Problem, Refusal, no_export};
use crate::value::Value;
use std::collections::HashMap;
use std::sync::Arc;
use wasmjit::{
    Engine, ErrorKind, ExternKind, GlobalType, MemoryType, RefType, TrapCode, ValType,
    platform::Platform,
};
use wasmjit_device::abi::{self, Import};
use wasmjit_device::{Context, Device, DeviceError, End, Reservation};
use wasmjit_module::ImportType;

/// The kernel's device, and an engine whose features modules may use.
pub(crate) struct Kernel<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) platform: Arc<dyn Platform>,
}

impl Machines for Kernel<'_> {
    type Machine = InKernel;

    fn machine(&self, part: Part) -> Result<InKernel, Problem> {
        let device = Device::open().map_err(|error| error.to_string())?;
        // Functions of so many types are entered and left; their own code has room of
        // its own.
        let code_bytes = match part {
            Part::Script => 512 << 10,
            Part::Thread => 128 << 10,
        };
        let mut machine = InKernel {
            context: Context::new(device, self.platform.clone(), code_bytes),
            engine: self.engine.clone(),
            platform: self.platform.clone(),
            registered: HashMap::new(),
        };
        let spectest = encode(include_str!("spectest.wat"))?;
        let spectest = machine.load(spectest).map_err(Refusal::into_problem)?;
        let spectest = machine.link(&spectest, |_, import| match import.ty {
            ImportType::Function(_) => Ok(HOST),
            _ => Err(unknown(import)),
        });
        let spectest = spectest.map_err(LinkError::into_problem)?;
        machine.register("spectest", &spectest)?;
        Ok(machine)
    }
}

/// Source of what this process provides.
const HOST: Import = Import {
    instance: abi::CALLERS,
    export: 0,
};

pub(crate) struct InKernel {
    context: Context,
    engine: Engine,
    platform: Arc<dyn Platform>,
    registered: HashMap<String, InstanceInKernel>,
}

/// A module that the kernel has compiled.
#[derive(Clone)]
pub(crate) struct ModuleInKernel {
    number: u32,
    module: Arc<wasmjit_module::Module>,
}

/// An instance in the kernel.
#[derive(Clone)]
pub(crate) struct InstanceInKernel {
    number: u32,
    module: Arc<wasmjit_module::Module>,
    /// Those of its memories that are known here, by index.
    memories: Vec<Option<Arc<Reservation>>>,
}

impl InstanceInKernel {
    fn export(&self, name: &str, kind: ExternKind) -> Result<u32, Problem> {
        let export = self.module.export(name).ok_or_else(|| no_export(name))?;
        match export.kind == kind {
            true => Ok(export.index),
            false => Err(format!("the export \"{name}\" is of another kind")),
        }
    }
}

fn unknown(import: &wasmjit_module::Import) -> LinkError {
    LinkError::UnknownImport(format!("unknown import {}.{}", import.module, import.name))
}

fn encode(text: &str) -> Result<Vec<u8>, Problem> {
    let buffer = wast::parser::ParseBuffer::new(text).map_err(|error| error.message())?;
    let mut wat = wast::parser::parse::<wast::Wat<'_>>(&buffer).map_err(|e| e.message())?;
    wat.encode().map_err(|error| error.message())
}

impl InKernel {
    fn load(&mut self, bytes: Vec<u8>) -> Result<ModuleInKernel, Refusal> {
        let other = |error: &dyn std::fmt::Display| Refusal::Other(error.to_string());
        let number = self.context.load(&bytes).map_err(|error| match error {
            DeviceError::Refused(reason) => Refusal::Module(reason),
            error => other(&error),
        })?;
        // What the kernel has accepted is valid.
        let (module, _) = wasmjit_module::Module::parse(bytes).map_err(|error| other(&error))?;
        Ok(ModuleInKernel {
            number,
            module: Arc::new(module),
        })
    }

    fn reserve(&self, ty: &MemoryType) -> Result<Arc<Reservation>, LinkError> {
        // What is too much, the kernel says.
        let bytes = ty.initial.saturating_mul(u64::from(ty.page_size()));
        let memory = Reservation::new(&self.platform, bytes);
        let memory = memory.ok_or_else(|| LinkError::Other("no memory".into()))?;
        Ok(Arc::new(memory))
    }

    /// Makes an instance whose imports come from where `source` says, and calls
    /// the start function.
    fn link(
        &mut self,
        module: &ModuleInKernel,
        source: impl Fn(&Self, &wasmjit_module::Import) -> Result<Import, LinkError>,
    ) -> Result<InstanceInKernel, LinkError> {
        let imports = module.module.imports.iter();
        let imports: Vec<Import> = imports
            .map(|import| source(self, import))
            .collect::<Result<_, _>>()?;
        let imported = module.module.imported_memories as usize;
        let own = module.module.memories.iter().skip(imported);
        let own: Vec<_> = own.map(|ty| self.reserve(ty)).collect::<Result<_, _>>()?;
        self.make(module, &imports, own)
    }

    fn make(
        &mut self,
        module: &ModuleInKernel,
        imports: &[Import],
        passed: Vec<Arc<Reservation>>,
    ) -> Result<InstanceInKernel, LinkError> {
        let made = self.context.instantiate(module.number, imports, &passed);
        let made = made.map_err(|error| match error {
            DeviceError::Incompatible(reason) => LinkError::IncompatibleImport(reason),
            error => LinkError::Other(error.to_string()),
        })?;
        if let Some(trap) = made.trap {
            return Err(ended(End::Trapped(trap), Vec::new())
                .map_or_else(LinkError::Other, LinkError::Ended));
        }
        let count = module.module.memories.len();
        let mut memories = vec![None; count.saturating_sub(passed.len())];
        memories.extend(passed.into_iter().map(Some));
        let instance = InstanceInKernel {
            number: made.instance,
            module: module.module.clone(),
            memories,
        };
        if let Some(start) = instance.module.start {
            match self.call(&instance, start, &[]).map_err(LinkError::Other)? {
                Outcome::Returned(_) => {}
                outcome => return Err(LinkError::Ended(outcome)),
            }
        }
        Ok(instance)
    }

    fn call(
        &mut self,
        instance: &InstanceInKernel,
        function: u32,
        arguments: &[Value],
    ) -> Result<Outcome, Problem> {
        let ty = instance.module.function_type(function);
        if arguments.len() != ty.params().len() {
            return Err("the function has other parameters".into());
        }
        let mut values: Vec<abi::Value> = arguments
            .iter()
            .map(|value| raw(*value))
            .collect::<Result<_, _>>()?;
        let results = ty.results().len();
        // What is imported from here prints, and returns nothing.
        let mut host = |_: Import, values: &mut Vec<abi::Value>| values.clear();
        let end = self
            .context
            .call(instance.number, function, &mut values, results, &mut host)
            .map_err(|error| error.to_string())?;
        let results = values.iter().zip(ty.results());
        ended(end, results.map(|(raw, ty)| value(raw, *ty)).collect())
    }
}

impl Machine for InKernel {
    type Module = ModuleInKernel;
    type Instance = InstanceInKernel;
    type Shared = (MemoryType, Arc<Reservation>);

    /// The kernel knows one set of features. What a script may not use of them is
    /// checked here.
    fn define(&mut self, bytes: Vec<u8>) -> Result<ModuleInKernel, Refusal> {
        if self.engine.features() != wasmjit_module::FEATURES {
            wasmjit::Module::from_shared(&self.engine, bytes.clone().into()).map_err(|error| {
                match error.kind() {
                    ErrorKind::Module(_) => Refusal::Module(error.to_string()),
                    _ => Refusal::Other(error.to_string()),
                }
            })?;
        }
        self.load(bytes)
    }

    fn instantiate(&mut self, module: &ModuleInKernel) -> Result<InstanceInKernel, LinkError> {
        self.link(module, |own, import| {
            let instance = own.registered.get(&import.module);
            let found = instance.and_then(|instance| {
                let mut exports = instance.module.exports.iter();
                let export = exports.position(|export| export.name == import.name)?;
                Some(Import {
                    instance: instance.number,
                    export: export as u32,
                })
            });
            found.ok_or_else(|| unknown(import))
        })
    }

    fn register(&mut self, name: &str, instance: &InstanceInKernel) -> Result<(), Problem> {
        self.registered.insert(name.into(), instance.clone());
        Ok(())
    }

    fn invoke(
        &mut self,
        instance: &InstanceInKernel,
        export: &str,
        arguments: &[Value],
    ) -> Result<Outcome, Problem> {
        let function = instance.export(export, ExternKind::Function)?;
        self.call(instance, function, arguments)
    }

    /// By a module that imports the global, and has a function that returns it.
    fn get(&mut self, instance: &InstanceInKernel, export: &str) -> Result<Value, Problem> {
        let global = instance.export(export, ExternKind::Global)?;
        let GlobalType {
            content_type,
            mutable,
            ..
        } = instance.module.globals[global as usize].ty;
        let ty = type_text(content_type)?;
        let variable = if mutable {
            format!("(mut {ty})")
        } else {
            ty.into()
        };
        let reader = encode(&format!(
            "(module (import \"\" \"\" (global {variable}))
                (func (export \"\") (result {ty}) (global.get 0)))"
        ))?;
        let reader = self.load(reader).map_err(Refusal::into_problem)?;
        let mut exports = instance.module.exports.iter();
        let position = exports.position(|candidate| candidate.name == export);
        let import = Import {
            instance: instance.number,
            export: position.unwrap_or(0) as u32,
        };
        let reader = self
            .make(&reader, &[import], Vec::new())
            .map_err(LinkError::into_problem)?;
        match self.invoke(&reader, "", &[])? {
            Outcome::Returned(values) if values.len() == 1 => Ok(values[0]),
            _ => Err("the global cannot be read".into()),
        }
    }

    fn shared(&self, instance: &InstanceInKernel) -> Result<Vec<(String, Self::Shared)>, Problem> {
        let mut shared = Vec::new();
        for export in &instance.module.exports {
            let index = export.index as usize;
            if export.kind == ExternKind::Memory
                && instance.module.memories[index].shared
                && let Some(memory) = &instance.memories[index]
            {
                let ty = instance.module.memories[index];
                shared.push((export.name.clone(), (ty, memory.clone())));
            }
        }
        Ok(shared)
    }

    /// By a module that imports them from this process and exports them.
    fn adopt(
        &mut self,
        memories: Vec<(String, Self::Shared)>,
    ) -> Result<InstanceInKernel, Problem> {
        let mut text = String::from("(module");
        let mut passed = Vec::new();
        for (index, (name, (ty, memory))) in memories.into_iter().enumerate() {
            let maximum = ty.maximum.unwrap_or(ty.initial);
            text += &format!(
                " (import \"\" \"\" (memory {} {maximum} shared)) \
                  (export {name:?} (memory {index}))",
                ty.initial
            );
            passed.push(memory);
        }
        let module = encode(&(text + ")"))?;
        let module = self.load(module).map_err(Refusal::into_problem)?;
        let imports = vec![HOST; passed.len()];
        self.make(&module, &imports, passed)
            .map_err(LinkError::into_problem)
    }
}

fn ended(end: End, values: Vec<Value>) -> Result<Outcome, Problem> {
    let End::Trapped(number) = end else {
        return Ok(Outcome::Returned(values));
    };
    if number == abi::UNCAUGHT {
        return Ok(Outcome::Thrown);
    }
    let code = u8::try_from(number).ok().and_then(TrapCode::from_u8);
    let code = code.ok_or_else(|| format!("an unknown trap, {number}"))?;
    Ok(Outcome::Trapped(code.message().into()))
}

fn type_text(ty: ValType) -> Result<&'static str, Problem> {
    Ok(match ty {
        ValType::I32 => "i32",
        ValType::I64 => "i64",
        ValType::F32 => "f32",
        ValType::F64 => "f64",
        ValType::V128 => "v128",
        ValType::Ref(RefType::FUNCREF) => "funcref",
        ValType::Ref(RefType::EXTERNREF) => "externref",
        ValType::Ref(RefType::EXNREF) => "exnref",
        ValType::Ref(_) => return Err("a global of a type that cannot be read here".into()),
    })
}

fn raw(value: Value) -> Result<abi::Value, Problem> {
    let low = |low| abi::Value { low, high: 0 };
    Ok(match value {
        Value::I32(value) => low(u64::from(value as u32)),
        Value::I64(value) => low(value as u64),
        Value::F32(bits) => low(u64::from(bits)),
        Value::F64(bits) => low(bits),
        Value::V128(value) => abi::Value {
            low: value as u64,
            high: (value >> 64) as u64,
        },
        Value::Extern(Some(number)) => low(number + 1),
        Value::NullFunc | Value::Extern(None) | Value::NullExn => low(0),
        Value::Func | Value::Exn => return Err("scripts cannot pass such references".into()),
    })
}

fn value(raw: &abi::Value, ty: ValType) -> Value {
    match ty {
        ValType::I32 => Value::I32(raw.low as i32),
        ValType::I64 => Value::I64(raw.low as i64),
        ValType::F32 => Value::F32(raw.low as u32),
        ValType::F64 => Value::F64(raw.low),
        ValType::V128 => Value::V128(u128::from(raw.high) << 64 | u128::from(raw.low)),
        ValType::Ref(ty) if ty.is_extern_ref() => Value::Extern(raw.low.checked_sub(1)),
        ValType::Ref(RefType::EXNREF) if raw.low == 0 => Value::NullExn,
        ValType::Ref(RefType::EXNREF) => Value::Exn,
        ValType::Ref(_) if raw.low == 0 => Value::NullFunc,
        ValType::Ref(_) => Value::Func,
    }
}
