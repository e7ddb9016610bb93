//! Carries out directives.

use crate::machine::{LinkError, Machine, Machines, Outcome, Part, Problem, Refusal};
use crate::value::{self, Value, Values};
use crate::{Place, Report};
use std::collections::HashMap;
use std::thread::{Scope, ScopedJoinHandle};
use wast::token::{Id, Span};
use wast::{QuoteWat, WastDirective, WastExecute, WastInvoke, WastRet, WastThread, Wat};

/// Runs the directives of a script.
pub(crate) fn run<'a, P: Machines>(
    place: &'a P,
    script: &'a str,
    directives: Vec<WastDirective<'a>>,
) -> Report {
    std::thread::scope(|scope| {
        let mut runner = match Runner::new(place, script, scope, Part::Script) {
            Ok(runner) => runner,
            Err(problem) => {
                let span = Span::from_offset(0);
                return failed_to_start(Place { script, span }, &problem);
            }
        };
        runner.run(directives);
        runner.finish()
    })
}

/// The state of a script, or of one of its threads.
struct Runner<'s, 'a, P: Machines> {
    place: &'a P,
    script: &'a str,
    scope: &'s Scope<'s, 'a>,
    machine: P::Machine,
    /// Modules that were defined but not instantiated, by name.
    definitions: HashMap<String, ModuleOf<P>>,
    /// The last definition.
    definition: Option<ModuleOf<P>>,
    /// Instances by name.
    instances: HashMap<String, InstanceOf<P>>,
    /// The last instance; `None` if making it failed.
    current: Option<InstanceOf<P>>,
    threads: HashMap<String, ScopedJoinHandle<'s, Report>>,
    report: Report,
}

type ModuleOf<P> = <<P as Machines>::Machine as Machine>::Module;
type InstanceOf<P> = <<P as Machines>::Machine as Machine>::Instance;
type SharedOf<P> = <<P as Machines>::Machine as Machine>::Shared;

impl<'s, 'a, P: Machines> Runner<'s, 'a, P> {
    fn new(
        place: &'a P,
        script: &'a str,
        scope: &'s Scope<'s, 'a>,
        part: Part,
    ) -> Result<Self, Problem> {
        Ok(Self {
            place,
            script,
            scope,
            machine: place.machine(part)?,
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
                let instance = self.instantiate(&module)?;
                self.set_current(name, instance);
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
                let made = self.instantiate(&module)?;
                self.set_current(instance, made);
                Ok(())
            }
            WastDirective::Register { name, module, .. } => self.register(name, module),
            WastDirective::Invoke(invoke) => match self.invoke(&invoke)? {
                Outcome::Returned(_) => Ok(()),
                outcome => Err(ended(&outcome)),
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
                Outcome::Thrown => Ok(()),
                outcome => Err(format!("expected an exception, got: {}", ended(&outcome))),
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

    fn define(&mut self, module: &mut QuoteWat<'_>) -> Result<ModuleOf<P>, Problem> {
        let bytes = module.encode().map_err(|error| error.message())?;
        self.machine.define(bytes).map_err(Refusal::into_problem)
    }

    fn instantiate(&mut self, module: &ModuleOf<P>) -> Result<InstanceOf<P>, Problem> {
        let instance = self.machine.instantiate(module);
        instance.map_err(LinkError::into_problem)
    }

    fn set_current(&mut self, name: Option<Id<'_>>, instance: InstanceOf<P>) {
        if let Some(name) = name {
            self.instances.insert(name.name().into(), instance.clone());
        }
        self.current = Some(instance);
    }

    fn instance(&self, name: Option<Id<'_>>) -> Result<InstanceOf<P>, Problem> {
        let instance = match name {
            Some(name) => self
                .instances
                .get(name.name())
                .ok_or_else(|| format!("no module instance ${}", name.name()))?,
            None => self.current.as_ref().ok_or("there is no module instance")?,
        };
        Ok(instance.clone())
    }

    fn register(&mut self, name: &str, module: Option<Id<'_>>) -> Result<(), Problem> {
        let instance = self.instance(module)?;
        self.machine.register(name, &instance)
    }

    fn execute(&mut self, execute: WastExecute<'_>) -> Result<Outcome, Problem> {
        match execute {
            WastExecute::Invoke(invoke) => self.invoke(&invoke),
            WastExecute::Get { module, global, .. } => {
                let instance = self.instance(module)?;
                let value = self.machine.get(&instance, global)?;
                Ok(Outcome::Returned(vec![value]))
            }
            WastExecute::Wat(wat) => {
                let module = self.define(&mut QuoteWat::Wat(wat))?;
                match self.machine.instantiate(&module) {
                    Ok(_) => Ok(Outcome::Returned(Vec::new())),
                    Err(LinkError::Ended(outcome)) => Ok(outcome),
                    Err(error) => Err(error.into_problem()),
                }
            }
        }
    }

    fn invoke(&mut self, invoke: &WastInvoke<'_>) -> Result<Outcome, Problem> {
        let instance = self.instance(invoke.module)?;
        let arguments = invoke.args.iter().map(value::argument);
        let arguments: Vec<Value> = arguments.collect::<Result<_, _>>()?;
        self.machine.invoke(&instance, invoke.name, &arguments)
    }

    /// The module must be refused by the parser of the text format, the
    /// decoder or the validator. Wordings differ between implementations, so
    /// the message is not compared.
    fn assert_refused(&mut self, module: &mut QuoteWat<'_>, message: &str) -> Result<(), Problem> {
        let Ok(bytes) = module.encode() else {
            return Ok(());
        };
        match self.machine.define(bytes) {
            Ok(_) => Err(format!("expected \"{message}\", but the module is valid")),
            Err(Refusal::Module(_)) => Ok(()),
            Err(Refusal::Other(problem)) => Err(format!("expected \"{message}\", got: {problem}")),
        }
    }

    fn assert_unlinkable(&mut self, module: Wat<'_>, message: &str) -> Result<(), Problem> {
        let module = self.define(&mut QuoteWat::Wat(module))?;
        let class = match self.machine.instantiate(&module) {
            Err(LinkError::UnknownImport(_)) => "unknown import",
            Err(LinkError::IncompatibleImport(_)) => "incompatible import type",
            Err(error) => {
                let problem = error.into_problem();
                return Err(format!("expected \"{message}\", got: {problem}"));
            }
            Ok(_) => return Err(format!("expected \"{message}\", but it links")),
        };
        match agree(class, message) {
            true => Ok(()),
            false => Err(format!("expected \"{message}\", got \"{class}\"")),
        }
    }

    /// Starts a thread, which gets the shared memories of one module instance.
    fn start(&mut self, thread: WastThread<'a>) -> Result<(), Problem> {
        let shared_name = thread.shared_module;
        let shared = match shared_name {
            Some(name) => self.machine.shared(&self.instance(Some(name))?)?,
            None => Vec::new(),
        };
        let (place, script, scope) = (self.place, self.script, self.scope);
        let name = thread.name.name().to_owned();
        let span = thread.span;
        let handle = scope.spawn(move || {
            let started = Runner::new(place, script, scope, Part::Thread).and_then(|mut runner| {
                runner.adopt(shared_name, shared)?;
                Ok(runner)
            });
            match started {
                Ok(mut runner) => {
                    runner.run(thread.directives);
                    runner.finish()
                }
                Err(problem) => failed_to_start(Place { script, span }, &problem),
            }
        });
        self.threads.insert(name, handle);
        Ok(())
    }

    /// Makes shared memories of another thread known.
    fn adopt(
        &mut self,
        name: Option<Id<'_>>,
        memories: Vec<(String, SharedOf<P>)>,
    ) -> Result<(), Problem> {
        if let Some(name) = name {
            let instance = self.machine.adopt(memories)?;
            self.instances.insert(name.name().into(), instance);
        }
        Ok(())
    }
}

/// The report of a script or thread that could not even be started.
fn failed_to_start(place: Place<'_>, problem: &str) -> Report {
    let mut report = Report::default();
    report.fail(place, format!("cannot start: {problem}"));
    report
}

fn join(thread: ScopedJoinHandle<'_, Report>) -> Report {
    match thread.join() {
        Ok(report) => report,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn assert_return(outcome: Outcome, expected: &[WastRet<'_>]) -> Result<(), Problem> {
    let Outcome::Returned(values) = outcome else {
        return Err(ended(&outcome));
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
    match &outcome {
        Outcome::Trapped(message) if agree(message, expected) => Ok(()),
        other => Err(format!(
            "expected the trap \"{expected}\", got: {}",
            ended(other)
        )),
    }
}

/// What happened.
fn ended(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Returned(values) => Values(values).to_string(),
        Outcome::Trapped(message) => format!("trapped: {message}"),
        Outcome::Thrown => "an exception was not caught".into(),
    }
}

/// Whether two messages are the same, apart from details at the end of one.
fn agree(one: &str, other: &str) -> bool {
    one.starts_with(other) || other.starts_with(one)
}
