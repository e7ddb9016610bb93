//! Carries out directives.

use crate::value::{self, Values};
use crate::{Place, Report, spectest};
use std::collections::HashMap;
use std::thread::{Scope, ScopedJoinHandle};
use wasmjit::{
    Engine, Error, ErrorKind, Extern, Instance, InstantiateError, Linker, Memory, Module,
    SharedMemory, Store, Trap, TrapReason, Val,
};
use wast::token::{Id, Span};
use wast::{QuoteWat, WastDirective, WastExecute, WastInvoke, WastRet, WastThread, Wat};

/// What an action did, if it did not fail for a reason of its own.
enum Outcome {
    Returned(Vec<Val>),
    Trapped(Trap),
}

/// Why a directive failed.
type Problem = String;

/// Runs the directives of a script.
pub(crate) fn run<'a>(
    engine: &'a Engine,
    script: &'a str,
    directives: Vec<WastDirective<'a>>,
) -> Report {
    std::thread::scope(|scope| {
        let mut runner = match Runner::new(engine, script, scope) {
            Ok(runner) => runner,
            Err(error) => {
                let span = Span::from_offset(0);
                return failed_to_start(Place { script, span }, &error);
            }
        };
        runner.run(directives);
        runner.finish()
    })
}

/// A module instance, or the part of one of another thread that is shared.
#[derive(Clone)]
enum Exports {
    Instance(Instance),
    Shared(Vec<(String, Extern)>),
}

/// The state of a script, or of one of its threads.
struct Runner<'s, 'a> {
    engine: &'a Engine,
    script: &'a str,
    scope: &'s Scope<'s, 'a>,
    store: Store<()>,
    linker: Linker<()>,
    /// Modules that were defined but not instantiated, by name.
    definitions: HashMap<String, Module>,
    /// The last definition.
    definition: Option<Module>,
    /// Instances by name.
    instances: HashMap<String, Exports>,
    /// The last instance; `None` if making it failed.
    current: Option<Exports>,
    threads: HashMap<String, ScopedJoinHandle<'s, Report>>,
    report: Report,
}

impl<'s, 'a> Runner<'s, 'a> {
    fn new(engine: &'a Engine, script: &'a str, scope: &'s Scope<'s, 'a>) -> Result<Self, Error> {
        let mut store = Store::new(engine, ());
        let mut linker = Linker::new();
        spectest::define(&mut linker, &mut store)?;
        Ok(Self {
            engine,
            script,
            scope,
            store,
            linker,
            definitions: HashMap::new(),
            definition: None,
            instances: HashMap::new(),
            current: None,
            threads: HashMap::new(),
            report: Report::default(),
        })
    }

    fn run(&mut self, directives: Vec<WastDirective<'a>>) {
        for directive in directives {
            let (script, span) = (self.script, directive.span());
            match self.directive(directive) {
                Ok(()) => self.report.passed += 1,
                Err(problem) => self.report.fail(Place { script, span }, problem),
            }
        }
    }

    /// Waits for the threads that are left.
    fn finish(mut self) -> Report {
        for (_, thread) in self.threads.drain() {
            self.report.append(join(thread));
        }
        self.report
    }

    fn directive(&mut self, directive: WastDirective<'a>) -> Result<(), Problem> {
        match directive {
            WastDirective::Module(mut module) => {
                self.current = None;
                let name = module.name();
                let module = self.define(&mut module)?;
                let instance = self.instantiate(&module).map_err(|e| e.to_string())?;
                self.set_current(name, Exports::Instance(instance));
                Ok(())
            }
            WastDirective::ModuleDefinition(mut module) => {
                let name = module.name();
                let module = self.define(&mut module)?;
                if let Some(name) = name {
                    self.definitions.insert(name.name().into(), module.clone());
                }
                self.definition = Some(module);
                Ok(())
            }
            WastDirective::ModuleInstance {
                instance, module, ..
            } => {
                let module = match module {
                    Some(name) => self.definitions.get(name.name()),
                    None => self.definition.as_ref(),
                };
                let module = module.ok_or("no such module definition")?.clone();
                let made = self.instantiate(&module).map_err(|e| e.to_string())?;
                self.set_current(instance, Exports::Instance(made));
                Ok(())
            }
            WastDirective::Register { name, module, .. } => self.register(name, module),
            WastDirective::Invoke(invoke) => match self.invoke(&invoke)? {
                Outcome::Returned(_) => Ok(()),
                Outcome::Trapped(trap) => Err(format!("trapped: {trap}")),
            },
            WastDirective::AssertReturn { exec, results, .. } => {
                let outcome = self.execute(exec)?;
                assert_return(outcome, &results)
            }
            WastDirective::AssertTrap { exec, message, .. } => {
                let outcome = self.execute(exec)?;
                assert_trap(outcome, message)
            }
            WastDirective::AssertExhaustion { call, message, .. } => {
                let outcome = self.invoke(&call)?;
                assert_trap(outcome, message)
            }
            WastDirective::AssertException { exec, .. } => match self.execute(exec)? {
                Outcome::Trapped(trap) if matches!(trap.reason(), TrapReason::Exception(_)) => {
                    Ok(())
                }
                Outcome::Trapped(trap) => {
                    Err(format!("expected an exception, but it trapped: {trap}"))
                }
                Outcome::Returned(values) => {
                    Err(format!("expected an exception, got {}", Values(&values)))
                }
            },
            WastDirective::AssertInvalid {
                mut module,
                message,
                ..
            }
            | WastDirective::AssertMalformed {
                mut module,
                message,
                ..
            }
            | WastDirective::AssertMalformedCustom {
                mut module,
                message,
                ..
            }
            | WastDirective::AssertInvalidCustom {
                mut module,
                message,
                ..
            } => self.assert_refused(&mut module, message),
            WastDirective::AssertUnlinkable {
                module, message, ..
            } => self.assert_unlinkable(module, message),
            WastDirective::Thread(thread) => self.start(thread),
            WastDirective::Wait { thread, .. } => {
                let handle = self.threads.remove(thread.name());
                self.report.append(join(handle.ok_or("no such thread")?));
                Ok(())
            }
            WastDirective::AssertSuspension { .. } => {
                Err("stack switching is not supported".into())
            }
        }
    }

    fn define(&self, module: &mut QuoteWat<'_>) -> Result<Module, Problem> {
        let bytes = module.encode().map_err(|error| error.message())?;
        Module::from_shared(self.engine, bytes.into()).map_err(|error| error.to_string())
    }

    fn instantiate(&mut self, module: &Module) -> Result<Instance, InstantiateError> {
        self.linker.instantiate(&mut self.store, module)
    }

    fn set_current(&mut self, name: Option<Id<'_>>, exports: Exports) {
        if let Some(name) = name {
            self.instances.insert(name.name().into(), exports.clone());
        }
        self.current = Some(exports);
    }

    fn exports(&self, name: Option<Id<'_>>) -> Result<&Exports, Problem> {
        match name {
            Some(name) => self
                .instances
                .get(name.name())
                .ok_or_else(|| format!("no module instance ${}", name.name())),
            None => self
                .current
                .as_ref()
                .ok_or_else(|| "there is no module instance".into()),
        }
    }

    fn export(&self, module: Option<Id<'_>>, name: &str) -> Result<Extern, Problem> {
        let found = match self.exports(module)? {
            Exports::Instance(instance) => instance.get(&self.store, name),
            Exports::Shared(exports) => {
                let found = exports.iter().find(|(exported, _)| exported == name);
                found.map(|(_, item)| *item)
            }
        };
        found.ok_or_else(|| format!("no export \"{name}\""))
    }

    fn register(&mut self, name: &str, module: Option<Id<'_>>) -> Result<(), Problem> {
        match self.exports(module)?.clone() {
            Exports::Instance(instance) => {
                self.linker.instance(&self.store, name, instance);
            }
            Exports::Shared(exports) => {
                for (field, item) in exports {
                    self.linker.define(name, &field, item);
                }
            }
        }
        Ok(())
    }

    fn execute(&mut self, execute: WastExecute<'_>) -> Result<Outcome, Problem> {
        match execute {
            WastExecute::Invoke(invoke) => self.invoke(&invoke),
            WastExecute::Get { module, global, .. } => {
                let export = self.export(module, global)?;
                let global = export.into_global().ok_or("the export is no global")?;
                Ok(Outcome::Returned(vec![global.get(&self.store)]))
            }
            WastExecute::Wat(wat) => {
                let module = self.define(&mut QuoteWat::Wat(wat))?;
                match self.instantiate(&module) {
                    Ok(_) => Ok(Outcome::Returned(Vec::new())),
                    Err(InstantiateError::Trap(trap)) => Ok(Outcome::Trapped(trap)),
                    Err(error) => Err(error.to_string()),
                }
            }
        }
    }

    fn invoke(&mut self, invoke: &WastInvoke<'_>) -> Result<Outcome, Problem> {
        let export = self.export(invoke.module, invoke.name)?;
        let function = export.into_func().ok_or("the export is no function")?;
        let arguments = invoke.args.iter().map(value::argument);
        let arguments: Vec<Val> = arguments.collect::<Result<_, _>>()?;
        let count = function.ty(&self.store).results().len();
        let mut results = vec![Val::I32(0); count];
        match function.call(&mut self.store, &arguments, &mut results) {
            Ok(()) => Ok(Outcome::Returned(results)),
            Err(trap) => match trap.reason() {
                // A mistake of the script or of this runtime, not of the module.
                TrapReason::Host(_) | TrapReason::Compile(_) => Err(trap.to_string()),
                TrapReason::Code(_) | TrapReason::Exception(_) => Ok(Outcome::Trapped(trap)),
            },
        }
    }

    /// The module must be refused by the parser of the text format, the
    /// decoder or the validator. Wordings differ between implementations, so
    /// the message is not compared.
    fn assert_refused(&self, module: &mut QuoteWat<'_>, message: &str) -> Result<(), Problem> {
        let Ok(bytes) = module.encode() else {
            return Ok(());
        };
        match Module::from_shared(self.engine, bytes.into()) {
            Ok(_) => Err(format!("expected \"{message}\", but the module is valid")),
            Err(error) => match error.kind() {
                ErrorKind::Module(_) => Ok(()),
                _ => Err(format!("expected \"{message}\", got: {error}")),
            },
        }
    }

    fn assert_unlinkable(&mut self, module: Wat<'_>, message: &str) -> Result<(), Problem> {
        let module = self.define(&mut QuoteWat::Wat(module))?;
        let class = match self.instantiate(&module) {
            Err(InstantiateError::MissingImports(_)) => "unknown import",
            Err(InstantiateError::IncompatibleImport { .. }) => "incompatible import type",
            Err(error) => return Err(format!("expected \"{message}\", got: {error}")),
            Ok(_) => return Err(format!("expected \"{message}\", but it links")),
        };
        match agree(class, message) {
            true => Ok(()),
            false => Err(format!("expected \"{message}\", got \"{class}\"")),
        }
    }

    /// Starts a thread, which gets the shared memories of one module instance.
    fn start(&mut self, thread: WastThread<'a>) -> Result<(), Problem> {
        let mut shared = Vec::new();
        if let Some(name) = thread.shared_module {
            let Exports::Instance(instance) = self.exports(Some(name))?.clone() else {
                return Err("the shared module belongs to another thread".into());
            };
            for (export, item) in instance.exports(&self.store) {
                if let Extern::Memory(memory) = item
                    && let Some(memory) = memory.shared(&self.store)
                {
                    shared.push((export.to_owned(), memory));
                }
            }
        }
        let (engine, script, scope) = (self.engine, self.script, self.scope);
        let (name, shared_name) = (thread.name.name().to_owned(), thread.shared_module);
        let span = thread.span;
        let handle = scope.spawn(move || {
            let started = Runner::new(engine, script, scope).and_then(|mut runner| {
                runner.adopt(shared_name, shared)?;
                Ok(runner)
            });
            match started {
                Ok(mut runner) => {
                    runner.run(thread.directives);
                    runner.finish()
                }
                Err(error) => failed_to_start(Place { script, span }, &error),
            }
        });
        self.threads.insert(name, handle);
        Ok(())
    }

    /// Makes shared memories of another thread known.
    fn adopt(
        &mut self,
        name: Option<Id<'_>>,
        memories: Vec<(String, SharedMemory)>,
    ) -> Result<(), Error> {
        let mut exports = Vec::new();
        for (export, shared) in memories {
            let memory = Memory::from_shared(&mut self.store, &shared)?;
            exports.push((export, Extern::Memory(memory)));
        }
        if let Some(name) = name {
            let exports = Exports::Shared(exports);
            self.instances.insert(name.name().into(), exports);
        }
        Ok(())
    }
}

/// The report of a script or thread that could not even be started.
fn failed_to_start(place: Place<'_>, error: &Error) -> Report {
    let mut report = Report::default();
    report.fail(place, format!("cannot start: {error}"));
    report
}

fn join(thread: ScopedJoinHandle<'_, Report>) -> Report {
    match thread.join() {
        Ok(report) => report,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn assert_return(outcome: Outcome, expected: &[WastRet<'_>]) -> Result<(), Problem> {
    let values = match outcome {
        Outcome::Returned(values) => values,
        Outcome::Trapped(trap) => return Err(format!("trapped: {trap}")),
    };
    let matches = values.len() == expected.len()
        && values
            .iter()
            .zip(expected)
            .all(|(value, expected)| value::matches(value, expected));
    match matches {
        true => Ok(()),
        false => Err(format!("expected {expected:?}, got {}", Values(&values))),
    }
}

fn assert_trap(outcome: Outcome, expected: &str) -> Result<(), Problem> {
    match outcome {
        Outcome::Returned(values) => Err(format!(
            "expected the trap \"{expected}\", got {}",
            Values(&values)
        )),
        Outcome::Trapped(trap) => match trap.code() {
            Some(code) if agree(code.message(), expected) => Ok(()),
            _ => Err(format!("expected the trap \"{expected}\", got: {trap}")),
        },
    }
}

/// Whether two messages are the same, apart from details at the end of one.
fn agree(one: &str, other: &str) -> bool {
    one.starts_with(other) || other.starts_with(one)
}
