//! Modules that run in this process, by an engine.

use crate::machine::{LinkError, Machine, Machines, Outcome, Part, Problem, Refusal, no_export};
use crate::spectest;
use crate::value::Value;
use wasmjit::{
    Engine, ErrorKind, Extern, ExternRef, Instance, InstantiateError, Linker, Memory, Module,
    SharedMemory, Store, Trap, TrapReason, Val,
};

impl Machines for Engine {
    type Machine = Process;

    fn machine(&self, _part: Part) -> Result<Process, Problem> {
        let mut store = Store::new(self, ());
        let mut linker = Linker::new();
        spectest::define(&mut linker, &mut store).map_err(|error| error.to_string())?;
        Ok(Process {
            engine: self.clone(),
            store,
            linker,
        })
    }
}

pub(crate) struct Process {
    engine: Engine,
    store: Store<()>,
    linker: Linker<()>,
}

/// A module instance, or the part of one of another thread that is shared.
#[derive(Clone)]
pub(crate) enum Exports {
    Instance(Instance),
    Shared(Vec<(String, Extern)>),
}

impl Process {
    fn export(&self, exports: &Exports, name: &str) -> Result<Extern, Problem> {
        let found = match exports {
            Exports::Instance(instance) => instance.get(&self.store, name),
            Exports::Shared(exports) => {
                let found = exports.iter().find(|(exported, _)| exported == name);
                found.map(|(_, item)| *item)
            }
        };
        found.ok_or_else(|| no_export(name))
    }
}

impl Machine for Process {
    type Module = Module;
    type Instance = Exports;
    type Shared = SharedMemory;

    fn define(&mut self, bytes: Vec<u8>) -> Result<Module, Refusal> {
        Module::from_shared(&self.engine, bytes.into()).map_err(|error| match error.kind() {
            ErrorKind::Module(_) => Refusal::Module(error.to_string()),
            _ => Refusal::Other(error.to_string()),
        })
    }

    fn instantiate(&mut self, module: &Module) -> Result<Exports, LinkError> {
        match self.linker.instantiate(&mut self.store, module) {
            Ok(instance) => Ok(Exports::Instance(instance)),
            Err(InstantiateError::Trap(trap)) => {
                Err(outcome(&trap).map_or_else(LinkError::Other, LinkError::Ended))
            }
            Err(error @ InstantiateError::MissingImports(_)) => {
                Err(LinkError::UnknownImport(error.to_string()))
            }
            Err(error @ InstantiateError::IncompatibleImport { .. }) => {
                Err(LinkError::IncompatibleImport(error.to_string()))
            }
            Err(error) => Err(LinkError::Other(error.to_string())),
        }
    }

    fn register(&mut self, name: &str, instance: &Exports) -> Result<(), Problem> {
        match instance {
            Exports::Instance(instance) => {
                self.linker.instance(&self.store, name, *instance);
            }
            Exports::Shared(exports) => {
                for (field, item) in exports {
                    self.linker.define(name, field, *item);
                }
            }
        }
        Ok(())
    }

    fn invoke(
        &mut self,
        instance: &Exports,
        export: &str,
        arguments: &[Value],
    ) -> Result<Outcome, Problem> {
        let export = self.export(instance, export)?;
        let function = export.into_func().ok_or("the export is no function")?;
        let arguments = arguments.iter().map(|value| val(*value));
        let arguments: Vec<Val> = arguments.collect::<Result<_, _>>()?;
        let count = function.ty(&self.store).results().len();
        let mut results = vec![Val::I32(0); count];
        match function.call(&mut self.store, &arguments, &mut results) {
            Ok(()) => Ok(Outcome::Returned(results.iter().map(value).collect())),
            Err(trap) => outcome(&trap),
        }
    }

    fn get(&mut self, instance: &Exports, export: &str) -> Result<Value, Problem> {
        let export = self.export(instance, export)?;
        let global = export.into_global().ok_or("the export is no global")?;
        Ok(value(&global.get(&self.store)))
    }

    fn shared(&self, instance: &Exports) -> Result<Vec<(String, SharedMemory)>, Problem> {
        let Exports::Instance(instance) = instance else {
            return Err("the shared module belongs to another thread".into());
        };
        let mut shared = Vec::new();
        for (export, item) in instance.exports(&self.store) {
            if let Extern::Memory(memory) = item
                && let Some(memory) = memory.shared(&self.store)
            {
                shared.push((export.to_owned(), memory));
            }
        }
        Ok(shared)
    }

    fn adopt(&mut self, memories: Vec<(String, SharedMemory)>) -> Result<Exports, Problem> {
        let mut exports = Vec::new();
        for (export, shared) in memories {
            let memory = Memory::from_shared(&mut self.store, &shared);
            let memory = memory.map_err(|error| error.to_string())?;
            exports.push((export, Extern::Memory(memory)));
        }
        Ok(Exports::Shared(exports))
    }
}

fn outcome(trap: &Trap) -> Result<Outcome, Problem> {
    match trap.reason() {
        TrapReason::Code(code) => Ok(Outcome::Trapped(code.message().into())),
        TrapReason::Exception(_) => Ok(Outcome::Thrown),
        // A mistake of the script or of this runtime, not of the module.
        TrapReason::Host(_) | TrapReason::Compile(_) => Err(trap.to_string()),
    }
}

fn val(value: Value) -> Result<Val, Problem> {
    Ok(match value {
        Value::I32(value) => Val::I32(value),
        Value::I64(value) => Val::I64(value),
        Value::F32(bits) => Val::F32(bits),
        Value::F64(bits) => Val::F64(bits),
        Value::V128(value) => Val::V128(value),
        Value::NullFunc => Val::FuncRef(None),
        Value::Extern(reference) => Val::ExternRef(reference.map(ExternRef)),
        Value::NullExn => Val::ExnRef(None),
        Value::Func | Value::Exn => return Err("scripts cannot pass such references".into()),
    })
}

fn value(val: &Val) -> Value {
    match *val {
        Val::I32(value) => Value::I32(value),
        Val::I64(value) => Value::I64(value),
        Val::F32(bits) => Value::F32(bits),
        Val::F64(bits) => Value::F64(bits),
        Val::V128(value) => Value::V128(value),
        Val::FuncRef(None) => Value::NullFunc,
        Val::FuncRef(Some(_)) => Value::Func,
        Val::ExternRef(reference) => Value::Extern(reference.map(|reference| reference.0)),
        Val::ExnRef(None) => Value::NullExn,
        Val::ExnRef(Some(_)) => Value::Exn,
    }
}
